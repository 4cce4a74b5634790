"""The cells of an arrangement as polyhedra that fill the domain."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from exactgeo.arithmetic.affine import AffineForm
from exactgeo.arithmetic.rationals import Point, Rational
from exactgeo.complexes.cells.faces import FaceComplex, face_complex, facet_complex, strata_below, strata_complex
from exactgeo.complexes.cells.facets import Facet, facets_between
from exactgeo.complexes.cells.shapes import cell_shapes
from exactgeo.complexes.cells.strata import Level, strata
from exactgeo.complexes.descents import Descents
from exactgeo.complexes.steps import Steps
from exactgeo.enumeration.arrangements import Arrangement, demand_complete
from exactgeo.enumeration.budgets import Budget, OnProgress, ignore_progress
from exactgeo.enumeration.engines import is_exact
from exactgeo.errors import InvalidArgument
from exactgeo.networks.programs import Program
from exactgeo.polyhedra.shapes import MOST_DIMENSIONS, Shape, Vector, point_of
from exactgeo.polyhedra.volumes import volume


@dataclass(frozen=True)
class CellComplex:
    """The closures of an arrangement's cells, and the facets in which they meet.

    Attributes:
        arrangement: whose cells.
        shapes: the cells' closures, in the order of the arrangement's regions, whose numbers are the cells'.
        facets: sorted by their hyperplanes, then by their generators; those on the domain's border too.
    """

    arrangement: Arrangement
    shapes: tuple[Shape, ...]
    facets: tuple[Facet, ...]

    def __repr__(self) -> str:
        return f"<CellComplex: {len(self.shapes)} cells, {len(self.facets)} facets of {self.arrangement.program}>"

    @property
    def dimension(self) -> int:
        """n, the number of inputs."""
        return self.arrangement.program.inputs

    @property
    def is_bounded(self) -> bool:
        """Whether the domain lies in some ball."""
        return all(shape.is_bounded for shape in self.shapes)

    @cached_property
    def faces(self) -> FaceComplex:
        """All faces of all cells.

        **Exactness**: exact. **Complexity**: exponential in the dimension; meant for up to four.
        """
        if self._meet_in_faces:
            return face_complex(self.shapes)
        return strata_complex(self.shapes, self.facets, self._strata)

    def closure_of(self, facets: Sequence[Facet]) -> FaceComplex:
        """Return some of the facets with all their faces. **Exactness**: exact."""
        return facet_complex(self.shapes, facets) if self._meet_in_faces else strata_below(facets, self._strata)

    @property
    def _meet_in_faces(self) -> bool:
        """Whether cells meet in faces of both: on a line, and where the network is continuous."""
        return self.dimension == 1 or self.arrangement.program.is_continuous

    @cached_property
    def _strata(self) -> list[Level]:
        return strata(self.shapes, self.facets)

    @cached_property
    def affine_maps(self) -> tuple[tuple[AffineForm, ...], ...]:
        """For each cell the affine map that the network is on it: a form in (1, x) for each output."""
        descents = Descents(self.arrangement.forms)
        return tuple(descents.affine_map(pattern) for pattern in self.arrangement.patterns[:].tolist())

    @cached_property
    def vertices(self) -> tuple[Point, ...]:
        """The vertices of all cells that have some, sorted."""
        found = {vector for shape in self.shapes if not shape.lines for vector in shape.generators if vector[0]}
        return tuple(sorted(map(point_of, found)))

    def interior(self) -> Iterator[tuple[Facet, int, int]]:
        """Yield the facets between cells, with the numbers of the cells on their positive and negative sides."""
        for facet in self.facets:
            if facet.positive is not None and facet.negative is not None:
                yield facet, facet.positive, facet.negative

    def around(self, vertices: Collection[Vector]) -> Iterator[tuple[Vector, int]]:
        """Yield some of the facets' vertices, each with the number of every cell whose closure holds it.

        *Proof*: in a continuous network it is a vertex of all these cells, which meet in faces. In any network a small
        ball around it, within the domain, is connected without the facets' borders; so facets that hold the vertex lead
        from one of the cells to all others.

        **Exactness**: exact.
        """
        wanted = set(vertices)
        if self.arrangement.program.is_continuous:
            for cell, shape in enumerate(self.shapes):
                yield from ((vector, cell) for vector in shape.generators if vector in wanted)
            return
        known: defaultdict[Vector, set[int]] = defaultdict(set)
        beside: list[list[int]] = [[] for _ in self.shapes]
        for facet in self.facets:
            for vector in wanted.intersection(facet.flat.generators):
                known[vector].update(facet.cells)
        for _, here, there in self.interior():
            beside[here].append(there)
            beside[there].append(here)
        for vector in vertices:
            for cell in self._spread(vector, known[vector], beside):
                yield vector, cell

    def _spread(self, vector: Vector, cells: Collection[int], beside: Sequence[Sequence[int]]) -> set[int]:
        """Return the cells that hold a vertex, given some of them, and which cells are neighbours."""
        found, waiting = set(cells), list(cells)
        while waiting:
            for cell in beside[waiting.pop()]:
                if cell not in found and self.shapes[cell].holds(vector):
                    found.add(cell)
                    waiting.append(cell)
        return found

    def units_of(self, facet: Facet) -> tuple[int, ...]:
        """Return the units that cause an interior facet: those whose pieces change across it, the first one first."""
        if facet.positive is None or facet.negative is None:
            return ()
        patterns = self._patterns
        return tuple(np.flatnonzero(patterns[facet.positive] != patterns[facet.negative]).tolist())

    def volume(self, cell: int) -> Rational | None:
        """Return a cell's volume; None if it is infinite. **Exactness**: exact."""
        shape = self.shapes[cell]
        return volume(shape) if shape.is_bounded else None

    @cached_property
    def _patterns(self) -> np.ndarray:
        return self.arrangement.patterns[:]


def demand_vertices(program: Program) -> None:
    """Raise InvalidArgument for a network with so many inputs that its cells have too many vertices."""
    if program.inputs > MOST_DIMENSIONS:
        raise InvalidArgument(
            f"in {program.inputs} dimensions cells have too many vertices (up to {MOST_DIMENSIONS} will do): "
            "restrict the network to a slice, or ask interior_facets, which needs none"
        )


def cell_complex(
    arrangement: Arrangement, budget: Budget | None = None, on_progress: OnProgress = ignore_progress
) -> CellComplex:
    """Return the cells of an arrangement as polyhedra, with their vertices and the facets in which they meet.

    *Definition*: a facet is a set of dimension n - 1 that is the intersection of two cells' closures, or of a cell's
    closure and a facet of the domain. In a continuous network it is a face of both cells, and all faces together are a
    polyhedral complex; in a discontinuous one it may be a part of a face.

    Args:
        arrangement: complete, of an exact engine, in at most nine dimensions.
        budget: when to stop early.
        on_progress: called now and then; its number of regions is that of the cells done.

    Raises:
        BudgetExhausted: if the budget ends first.
        InvalidArgument: for an arrangement that is partial, or comes from floats, or in more dimensions.

    **Exactness**: exact. **Memory**: some kilobytes a cell in two dimensions, more in others.

    >>> from exactgeo import Box, enumerate_regions, relu_network
    >>> square = enumerate_regions(relu_network([[[1, 0], [0, 1]], [[1, 1]]]), Box.cube(2))
    >>> cell_complex(square).faces.f_vector
    (9, 12, 4)
    """
    demand_complete(arrangement, "cells' shapes")
    if not is_exact(arrangement.engine):
        raise InvalidArgument(f"the engine {arrangement.engine!r} promises nothing: enumerate with 'certified'")
    demand_vertices(arrangement.program)
    steps = Steps(len(arrangement), "cells", 1, budget, on_progress)
    shapes = tuple(cell_shapes(arrangement, steps))
    facets = facets_between(shapes, arrangement.domain.inequalities)
    return CellComplex(arrangement, shapes, tuple(sorted(facets, key=lambda facet: (facet.hyperplane, facet.flat))))
