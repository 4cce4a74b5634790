"""The decision boundary of a network: the facets across which its class changes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from exactgeo.complexes.boundaries.classes import Rule
from exactgeo.complexes.cells.cell_complex import CellComplex, cell_complex
from exactgeo.complexes.cells.faces import FaceComplex
from exactgeo.complexes.cells.facets import Facet
from exactgeo.complexes.descents import Descents
from exactgeo.complexes.disjoint_sets import DisjointSets
from exactgeo.enumeration.arrangements import Arrangement, PartialArrangement, demand_complete
from exactgeo.enumeration.budgets import Budget, OnProgress, ignore_progress
from exactgeo.enumeration.engines import enumerate_regions
from exactgeo.errors import BudgetExhausted


@dataclass(frozen=True, slots=True)
class Piece:
    """A facet of the boundary.

    Attributes:
        facet: the polyhedron of dimension n - 1, and the cells on its sides.
        classes: those on the hyperplane's positive and negative side.
    """

    facet: Facet
    classes: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Tie:
    """A cell on all of which several classes are equally good; the least is taken.

    Attributes:
        cell: its number.
        classes: all of them.
    """

    cell: int
    classes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class DecisionRegion:
    """A maximal set of cells with one class that facets join to one another.

    Attributes:
        label: the class.
        cells: their numbers.
    """

    label: int
    cells: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class BoundaryComponent:
    """A connected component of the boundary.

    Attributes:
        pieces: the numbers of its pieces.
        classes: the classes that it separates from others.
        is_closed: whether it has no rim: no face of dimension n - 2 of just one piece.
        is_bounded: whether it lies in some ball.
        touches_border: whether it has a point on the domain's border.
    """

    pieces: tuple[int, ...]
    classes: tuple[int, ...]
    is_closed: bool
    is_bounded: bool
    touches_border: bool


@dataclass(frozen=True)
class DecisionBoundary:
    """Where a network's class changes within a domain.

    Attributes:
        rule: how the outputs decide.
        cells: those of the network with its class as the last unit: the class is constant on each.
        pieces: in the order of the cells' facets.
        ties: the cells on which classes are equally good.
    """

    rule: Rule
    cells: CellComplex
    pieces: tuple[Piece, ...]
    ties: tuple[Tie, ...]

    def __repr__(self) -> str:
        return f"<DecisionBoundary: {len(self.pieces)} facets of {self.cells.arrangement.program}>"

    @cached_property
    def labels(self) -> tuple[int, ...]:
        """The class of each cell."""
        return tuple(self.cells.arrangement.patterns[:][:, -1].tolist())

    @cached_property
    def faces(self) -> FaceComplex:
        """The pieces with all their faces."""
        return self.cells.closure_of([piece.facet for piece in self.pieces])

    def between(self, first: int, second: int) -> tuple[int, ...]:
        """Return the numbers of the pieces between two classes."""
        return tuple(k for k, piece in enumerate(self.pieces) if set(piece.classes) == {first, second})

    def regions(self) -> tuple[DecisionRegion, ...]:
        """Return the decision regions, by their first cells."""
        together = DisjointSets(len(self.labels))
        for _, here, there in self.cells.interior():
            if self.labels[here] == self.labels[there]:
                together.join(here, there)
        return tuple(DecisionRegion(self.labels[cells[0]], cells) for cells in together.sets())

    def components(self) -> tuple[BoundaryComponent, ...]:
        """Return the connected components, by their first pieces."""
        if not self.pieces:
            return ()
        places = {flat: place for place, flat in enumerate(self.faces.faces[self.cells.dimension - 1])}
        numbers = {places[piece.facet.flat]: k for k, piece in enumerate(self.pieces)}
        found = (sorted(numbers[place] for place in component) for component in self.faces.components())
        return tuple(self._component(pieces, places) for pieces in sorted(found))

    def _component(self, pieces: Sequence[int], places: dict[Any, int]) -> BoundaryComponent:
        flats = [self.pieces[k].facet.flat for k in pieces]
        counts: dict[int, int] = {}
        for flat in flats:
            for ridge in self.faces.facets[self.cells.dimension - 1][places[flat]]:
                counts[ridge] = counts.get(ridge, 0) + 1
        generators = {vector for flat in flats for vector in flat.generators}
        return BoundaryComponent(
            tuple(pieces),
            tuple(sorted({label for k in pieces for label in self.pieces[k].classes})),
            all(count > 1 for count in counts.values()),
            all(flat.is_bounded for flat in flats),
            any(
                vector[0] and not sum(a * x for a, x in zip(row, vector, strict=True))
                for vector in generators
                for row in self.cells.arrangement.domain.inequalities
            ),
        )


def decision_boundary(
    regions: Arrangement,
    *,
    output: int | None = None,
    threshold: Any | None = None,  # noqa: ANN401 (anything rational)
    jobs: int = 1,
    budget: Budget | None = None,
    on_progress: OnProgress = ignore_progress,
) -> DecisionBoundary:
    """Return the decision boundary of a network.

    *Definition*: all facets between cells of different classes. The class is the least output among the greatest ones;
    of a single output, 1 where it is more than the threshold and 0 elsewhere. Where two classes are equally good on a
    set with interior points, that set is no part of the boundary, but among the `ties`. Nor is a set without interior
    points whose class is that of no cell around it, as |x| > 0 has another class at 0 alone.

    Args:
        regions: the network's regions: of which network, in which domain, by which engine.
        output: a single output whose threshold decides.
        threshold: anything rational, by default 0.
        jobs: how many processes look for the regions with their classes.
        budget: when to stop early.
        on_progress: called now and then.

    Raises:
        BudgetExhausted: if the budget ends first.
        InvalidArgument: for an output that there is not, and where `cell_complex` does.

    **Exactness**: exact. **Source**: Pukowski and Lu, SkelEx and BoundEx, arXiv 2305.05562, 2023.

    >>> from exactgeo import Box, relu_network
    >>> diamond = relu_network([[[1, 0], [-1, 0], [0, 1], [0, -1]], [[1, 1, 1, 1]]], [None, [-1]])
    >>> boundary = decision_boundary(enumerate_regions(diamond, Box.cube(2, radius=2)))
    >>> len(boundary.pieces), boundary.faces.betti_numbers
    (4, (1, 1))
    """
    demand_complete(regions, "classes")
    rule = Rule.of(regions.program, output, threshold)
    classified = enumerate_regions(
        rule.applied(regions.program),
        regions.domain,
        engine=regions.engine,
        jobs=jobs,
        budget=budget,
        on_progress=on_progress,
    )
    if isinstance(classified, PartialArrangement):
        raise BudgetExhausted(f"the decision boundary was not found: {classified.reason}", None)
    cells = cell_complex(classified, budget, on_progress)
    labels = classified.patterns[:][:, -1].tolist()
    return DecisionBoundary(rule, cells, tuple(_pieces(cells, labels)), tuple(_ties(classified)))


def _pieces(cells: CellComplex, labels: Sequence[int]) -> Iterator[Piece]:
    for facet, here, there in cells.interior():
        if labels[here] != labels[there]:
            yield Piece(facet, (labels[here], labels[there]))


def _ties(classified: Arrangement) -> Iterator[Tie]:
    descents, unit = Descents(classified.forms), classified.program.unit_count - 1
    for cell, pattern in enumerate(classified.patterns[:].tolist()):
        rivals = descents.equals(pattern, unit)
        if rivals:
            yield Tie(cell, tuple(sorted((pattern[unit], *rivals))))
