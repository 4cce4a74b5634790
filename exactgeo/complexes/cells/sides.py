"""Facets as faces of polyhedra, so that they have faces themselves, volumes, and descriptions by half-spaces."""

from collections.abc import Sequence
from typing import NamedTuple

from exactgeo.complexes.cells.facets import Facet
from exactgeo.polyhedra.shapes import Shape


class Side(NamedTuple):
    """A polyhedron of dimension n - 1 as a facet of one of dimension n.

    Attributes:
        shape: the polyhedron of dimension n.
        face: the generators on the facet, as bits.
    """

    shape: Shape
    face: int

    def faces(self) -> list[int]:
        """Return the facet and all its non-empty faces, each as bits."""
        found = {self.face: None}
        waiting = [self.face]
        while waiting:
            for face in self.shape.facets_of(waiting.pop()):
                if face not in found:
                    found[face] = None
                    waiting.append(face)
        return list(found)


def side_of(shapes: Sequence[Shape], facet: Facet) -> Side:
    """Return a facet as one of a polyhedron: of a cell, or of a part of one, where it is a part of a cell's facet.

    *Proof*: close to the relative interior of { h = 0 } n p n q, the cell p satisfies q's other inequalities; so p with
    these inequalities is full-dimensional there, and its intersection with { h = 0 } is the facet.
    """
    cells = facet.cells
    for cell in cells:
        shape = shapes[cell]
        for on in shape.incidences:
            if shape.flat(on) == facet.flat:
                return Side(shape, on)
    first, second = (shapes[cell] for cell in cells)
    others = [row for row in second.rows if row != facet.hyperplane and row != tuple(-a for a in facet.hyperplane)]
    shape = Shape.of(first.dimension, [*first.rows, *others])
    return Side(shape, next(on for on in shape.incidences if shape.flat(on) == facet.flat))
