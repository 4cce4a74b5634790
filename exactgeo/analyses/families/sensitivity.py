"""How much outputs change at most if each input changes a little."""

from itertools import pairwise

from exactgeo.arithmetic.rationals import Rational
from exactgeo.errors import InvalidArgument
from exactgeo.networks import Program


def sensitivities(program: Program) -> tuple[Rational, ...]:
    """Return for each output a bound L: it changes by L e at most if no input changes by more than e.

    *Proof*: each unit of a continuous network is, on each of the finitely many parts of a segment between two inputs,
    one of its values, which changes by the sum of its coefficients' sizes times the changes of what it uses.

    Args:
        program: a continuous network.

    Raises:
        InvalidArgument: for a network that jumps, or may jump.

    **Exactness**: a rigorous bound, seldom the least.
    """
    if not program.is_continuous:
        raise InvalidArgument("a network with units that jump may change by much where its inputs change by little")
    records = list(program.units.forms.records())
    bounds = [Rational(0), *[Rational(1)] * program.inputs]
    values = program.units.values.tolist()
    for low, high in pairwise(program.units.starts.tolist()):
        bounds.append(max(_change(records[value], bounds) for value in set(values[low:high])))
    return tuple(_change(record, bounds) for record in program.outputs.records())


def _change(record: tuple[int, ...], bounds: list[Rational]) -> Rational:
    """Return by how much a form changes at most, given (denominator, entry, numerator, entry, numerator, …)."""
    changes = (abs(value) * bounds[entry] for entry, value in zip(record[1::2], record[2::2], strict=True))
    return sum(changes, Rational(0)) / record[0]
