"""The hyperplanes at which the gates of a network open and close."""

from collections.abc import Iterator
from itertools import combinations

from exactgeo.analyses.gated.geometry.arrangements import HyperplaneArrangement
from exactgeo.arithmetic.rationals import Rational
from exactgeo.errors import InvalidArgument
from exactgeo.networks.programs import Program

_Row = tuple[Rational, ...]


def gate_hyperplanes(program: Program) -> HyperplaneArrangement:
    """Return the hyperplanes in input space at which the units of a deep linearly gated network switch.

    *Definition*: for each two selectors of each unit, the points at which they are equal, if that is a hyperplane. All
    selectors must differ by affine forms in the network's input. On each face of the arrangement every unit chooses
    one piece. Where all units have two pieces, as gates have, its regions are the activation regions.

    Raises:
        InvalidArgument: if some unit's choice depends on what other units do: the network is not linearly gated.

    **Exactness**: exact.
    **Source**: Lakshminarayanan and Singh, Disentangling deep neural networks with rectified linear units using
    duality, arXiv 2110.03403.

    >>> from exactgeo import gated_network
    >>> gate_hyperplanes(gated_network([[[1, 0], [2, 4]], [[-1, -2]]], [[[1, 1], [1, 0]], [[1, 1]], [[1]]])).hyperplanes
    ((0, 1, 0), (0, 1, 2))
    """
    rows = [row for unit in range(program.unit_count) for row in _rows_of(program, unit)]
    return HyperplaneArrangement(program.inputs, tuple(rows))


def _rows_of(program: Program, unit: int) -> Iterator[_Row]:
    for first, second in combinations(program.unit(unit).pieces, 2):
        entries = first.selector.keys() | second.selector.keys()
        difference = {k: first.selector.get(k, Rational(0)) - second.selector.get(k, Rational(0)) for k in entries}
        moved_by = [entry for entry, value in difference.items() if value and entry > program.inputs]
        if moved_by:
            raise InvalidArgument(
                f"the choice of unit {unit} depends on unit {min(moved_by) - program.inputs - 1}: the network is not "
                "linearly gated, its gates being no hyperplanes in input space; cell_complex and interior_facets look "
                "at any network"
            )
        yield tuple(difference.get(k, Rational(0)) for k in range(program.inputs + 1))
