"""Which outputs of a network are certainly not negative, whatever its input."""

from collections.abc import Mapping

from exactgeo.arithmetic.rationals import Rational
from exactgeo.networks import Program, Unit


def certainly_nonnegative(program: Program) -> tuple[bool, ...]:
    """Return for each output whether it is >= 0 for all inputs, as far as the network's shape tells.

    An entry of the environment is certainly >= 0 if it is the constant 1; a unit whose values are its selectors, one of
    which is certainly >= 0 (its value being the greatest selector); or a unit all of whose values are certainly >= 0.
    A form is certainly >= 0 if no coefficient is negative, and every entry in it is certainly >= 0.

    **Exactness**: True is a proof; False says nothing. **Complexity**: linear in the program's size.

    >>> from exactgeo import relu_network
    >>> certainly_nonnegative(relu_network([[[1], [-1]], [[1, 1], [1, -1]]]))
    (True, False)
    """
    known = [True] + [False] * program.inputs
    for index in range(program.unit_count):
        known.append(_of_unit(program.unit(index), known))
    return tuple(_of_form(program.outputs.row(k), known) for k in range(program.output_count))


def _of_unit(unit: Unit, known: list[bool]) -> bool:
    of_values = [_of_form(piece.value, known) for piece in unit.pieces]
    is_maximum = all(piece.selector == piece.value for piece in unit.pieces)
    return all(of_values) or (is_maximum and any(of_values))


def _of_form(form: Mapping[int, Rational], known: list[bool]) -> bool:
    return all(value >= 0 and known[entry] for entry, value in form.items())
