"""Facets between cells, and those on the domain's border: cells' own facets, put side to side."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from exactgeo.arithmetic.affine import Row, negated
from exactgeo.complexes.cells.overlaps import overlaps
from exactgeo.errors import InternalError
from exactgeo.polyhedra.shapes import Flat, Shape


@dataclass(frozen=True, slots=True)
class Facet:
    """The closed set of dimension n - 1 in which two cells meet, or a cell meets what is outside the domain.

    Attributes:
        hyperplane: the primitive row h whose zero set holds the facet; its first non-zero entry is positive.
        positive: the number of the cell on the side h > 0; None if the domain does not reach there.
        negative: that of the cell on the side h < 0, likewise.
        flat: the facet as a polyhedron.
    """

    hyperplane: Row
    positive: int | None
    negative: int | None
    flat: Flat

    @property
    def is_interior(self) -> bool:
        """Whether there is a cell on either side."""
        return self.positive is not None and self.negative is not None

    @property
    def cells(self) -> tuple[int, ...]:
        """The numbers of the cells on either side, the positive one first."""
        return tuple(cell for cell in (self.positive, self.negative) if cell is not None)


def facets_between(shapes: Sequence[Shape], border: Iterable[Row]) -> Iterator[Facet]:
    """Yield all facets of cells that fill a domain, none twice.

    In a continuous network two cells meet in a facet of both. In a discontinuous one they may meet in a part of one:
    what finds no counterpart of the same shape is intersected with all that lies across its hyperplane.

    Args:
        shapes: of the cells.
        border: the domain's rows.

    **Exactness**: exact.
    """
    outside = set(border)
    sides: defaultdict[Row, tuple[dict[Flat, int], dict[Flat, int]]] = defaultdict(lambda: ({}, {}))
    for cell, shape in enumerate(shapes):
        for row, on in zip(shape.rows, shape.incidences, strict=True):
            hyperplane, flat = max(row, negated(row)), shape.flat(on)
            if row not in outside:
                sides[hyperplane][hyperplane != row][flat] = cell
            elif hyperplane == row:
                yield Facet(hyperplane, cell, None, flat)
            else:
                yield Facet(hyperplane, None, cell, flat)
    for hyperplane, (positive, negative) in sides.items():
        yield from _matched(hyperplane, positive, negative, shapes)


def _matched(
    hyperplane: Row, positive: Mapping[Flat, int], negative: Mapping[Flat, int], shapes: Sequence[Shape]
) -> Iterator[Facet]:
    """Yield the facets in a hyperplane, given those of the cells on either side."""
    for flat in positive.keys() & negative.keys():
        yield Facet(hyperplane, positive[flat], negative[flat], flat)
    here = [(flat, shapes[cell].rows, cell) for flat, cell in positive.items() if flat not in negative]
    there = [(flat, shapes[cell].rows, cell) for flat, cell in negative.items() if flat not in positive]
    if bool(here) != bool(there):
        raise InternalError(f"cells lie on one side only of {hyperplane}, inside the domain")
    for one, other, flat in overlaps(hyperplane, here, there):
        yield Facet(hyperplane, one, other, flat)
