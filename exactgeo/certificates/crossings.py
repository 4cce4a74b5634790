"""What lies across the hyperplanes around a cell: evidence for each facet, and for each facet that is not there."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import mul

import flint

from exactgeo.arithmetic.affine import AffineForm, Row, primitive_row
from exactgeo.arithmetic.rationals import Point, Rational, text
from exactgeo.certificates.claims import pairs, seen_from_later
from exactgeo.certificates.steps import Cell, Node, NoFacet, Step
from exactgeo.complexes import CellComplex
from exactgeo.errors import CertificateError
from exactgeo.networks.branches import Branch, LayeredForms, SubstitutedUnit
from exactgeo.polyhedra.charts import Chart
from exactgeo.polyhedra.points import shortened
from exactgeo.polyhedra.polyhedron import SOLVER
from exactgeo.polyhedra.shapes import Flat, Shape
from exactgeo.polyhedra.solvers import InteriorPoint, Multipliers

Neighbours = Sequence[tuple[int, Flat]]
"""Cells on the other side of a hyperplane, and the facets in which they meet the one on this side."""


@dataclass(frozen=True, slots=True)
class _Fork:
    """A unit whose piece across the hyperplane is not certain.

    Attributes:
        branch: the choices made across it so far.
        winners: the pieces that may be best there.
    """

    branch: Branch
    winners: tuple[int, ...]


class Crossings:
    """Evidence for the facets of cells, cell by cell.

    Args:
        cells: of an arrangement, whose patterns increase.
    """

    def __init__(self, cells: CellComplex) -> None:
        self._cells = cells
        self._patterns = [tuple(pattern) for pattern in cells.arrangement.patterns[:].tolist()]
        self._is_continuous = cells.arrangement.program.is_continuous
        self._across: list[defaultdict[Row, list[tuple[int, Flat]]]] = [defaultdict(list) for _ in cells.shapes]
        for facet in cells.facets:
            if facet.is_interior:
                here, row, there = seen_from_later(facet)
                self._across[here][row].append((there, facet.flat))

    def steps(self, cell: int, constraints: Sequence[Row], candidates: Sequence[Row]) -> Iterator[Step]:
        """Yield the steps that show what lies across hyperplanes.

        Args:
            cell: the number of the cell on their positive sides.
            constraints: that define it.
            candidates: the rows of the hyperplanes by which it parts from cells that came before.

        Raises:
            CertificateError: if a facet is there that should not be, or the other way round.

        **Exactness**: exact.
        """
        for hyperplane in sorted(set(candidates), key=lambda row: list(pairs(row))):
            neighbours = self._across[cell].get(hyperplane, ())
            others = [row for row in constraints if row != hyperplane]
            if not neighbours:
                yield self._refuted(cell, hyperplane, others, ())
            elif self._is_continuous:
                yield self._shown(cell, hyperplane, neighbours)
            else:
                yield from self._explored(cell, hyperplane, others, neighbours)

    def _shown(self, cell: int, hyperplane: Row, neighbours: Neighbours) -> Cell:
        """Return a point of the facet that a cell has in a hyperplane, or in the part of it that is left."""
        if len(neighbours) > 1:
            others = ", ".join(str(there) for there, _ in neighbours)
            raise CertificateError(f"the claim is false: cell {cell} has one neighbour where there are to be {others}")
        ((there, flat),) = neighbours
        return Cell(self._point(cell, there, flat, hyperplane))

    def _point(self, cell: int, there: int, flat: Flat, hyperplane: Row) -> Point:
        """Return a short point in the relative interior of a facet."""
        rows = [row for k in (cell, there) for row in self._cells.shapes[k].rows]
        chart = Chart([hyperplane])
        inner = [row for row in map(chart.restricted, rows) if any(row)]
        return chart.lifted(shortened(chart.seen(_inner_point(flat)), inner))

    def _refuted(self, cell: int, hyperplane: Row, others: Sequence[Row], further: Sequence[Row]) -> NoFacet:
        """Return why a cell has no facet, or no part of one, in a hyperplane.

        Args:
            cell: its number.
            hyperplane: the row.
            others: the cell's constraints but those that are this row.
            further: what else is demanded.
        """
        shape = self._cells.shapes[cell]
        rows = [row for row in shape.rows if row != hyperplane]
        try:
            places = [*map(others.index, rows), *range(len(others), len(others) + len(further))]
        except ValueError:
            raise CertificateError(
                f"the claim is false: cell {cell} does not have the shape that it is to have"
            ) from None
        factor, multipliers = Rational(-1), () if further else _support(shape, hyperplane)
        if not multipliers:
            answer = SOLVER.strict_feasibility(shape.dimension, (*rows, *further), [hyperplane])
            if isinstance(answer, InteriorPoint):
                point = ", ".join(map(text, answer.point))
                raise CertificateError(f"the claim is false: cell {cell} has a facet at ({point}) that is not known")
            factor = sum((value for _, value in answer.equation_multipliers), Rational(0))
            multipliers = answer.multipliers
        named = sorted((places[k], value) for k, value in multipliers)
        whole, *values = primitive_row([factor, *(value for _, value in named)])
        return NoFacet(whole, tuple(zip((k for k, _ in named), values, strict=True)))

    def _explored(self, cell: int, hyperplane: Row, others: Sequence[Row], neighbours: Neighbours) -> Iterator[Step]:
        """Yield the tree of what lies across a hyperplane, where units jump and the other side is not one cell's."""
        forms = self._cells.arrangement.forms
        walk = _Walk(forms, self._patterns[cell], hyperplane)
        stack: list[tuple[Branch, tuple[Row, ...], Neighbours]] = [(forms.root, (), neighbours)]
        while stack:
            branch, further, left = stack.pop()
            fork = walk.next_fork(branch)
            if not left:
                yield self._refuted(cell, hyperplane, others, further)
            elif fork is None:
                yield self._shown(cell, hyperplane, left)
            else:
                yield Node()
                unit = len(fork.branch.pattern)
                for piece in reversed(fork.winners):
                    own = [(there, flat) for there, flat in left if self._patterns[there][unit] == piece]
                    demanded = walk.demanded(fork, piece)
                    stack.append((fork.branch.choose(piece), (*further, *demanded), own))


class _Walk:
    """Goes through the units on the negative side of a hyperplane, on whose positive side a cell lies."""

    def __init__(self, forms: LayeredForms, pattern: Sequence[int], hyperplane: Row) -> None:
        self._pattern = pattern
        self._hyperplane = hyperplane
        self._pivot = max(k for k, value in enumerate(hyperplane) if value)
        self._own: list[SubstitutedUnit] = []
        branch = forms.root
        for piece in pattern:
            branch = branch.entered()
            self._own.append(branch.unit)
            branch = branch.choose(piece)

    def next_fork(self, branch: Branch) -> _Fork | None:
        """Go on as long as it is certain which piece is best; return the unit where it is not, None at the end."""
        while not branch.is_complete:
            branch = branch.entered()
            unit = len(branch.pattern)
            selectors, own = branch.unit.selectors, self._own[unit].selectors
            winners = self._winners(selectors)
            shifts = {self._restricted(new - old) for new, old in zip(selectors, own, strict=True)}
            if len(winners) > 1 and len(shifts) > 1:
                return _Fork(branch, tuple(sorted(winners.values())))
            branch = branch.choose(winners[self._restricted(selectors[self._pattern[unit]])])
        return None

    def demanded(self, fork: _Fork, piece: int) -> tuple[Row, ...]:
        """Return what is positive where a piece wins."""
        selectors = fork.branch.unit.selectors
        others = (selectors[other] for other in fork.winners if other != piece)
        return tuple(selectors[piece].above(other) for other in others)

    def _winners(self, selectors: Sequence[AffineForm]) -> dict[Point, int]:
        """Return, of all pieces whose selectors agree on the hyperplane, the best one on its negative side."""
        slope = Rational(self._hyperplane[self._pivot])
        found: dict[Point, int] = {}
        for piece in sorted(range(len(selectors)), key=lambda k: selectors[k].coefficients[self._pivot] * slope):
            found.setdefault(self._restricted(selectors[piece]), piece)
        return found

    def _restricted(self, form: AffineForm) -> Point:
        """Return the same for two forms if and only if they agree on the hyperplane."""
        coefficients = form.coefficients
        factor = coefficients[self._pivot] / self._hyperplane[self._pivot]
        return tuple(value - factor * a for value, a in zip(coefficients, self._hyperplane, strict=True))


def _support(shape: Shape, hyperplane: Row) -> Multipliers:
    """Return multipliers with which a shape's rows add up to a hyperplane's, less a constant >= 0; or none, if unlucky.

    At a vertex where the hyperplane's row is least, those of the facets through it do, if just n pass there.
    """
    if shape.lines or hyperplane in shape.rows:
        return ()
    least, place = min(
        (Rational(sum(map(mul, hyperplane, vector)), vector[0]), place)
        for place, vector in enumerate(shape.generators)
        if vector[0]
    )
    through = [k for k, on in enumerate(shape.incidences) if on >> place & 1]
    if least < 0 or len(through) != shape.dimension:
        return ()
    normals = flint.fmpz_mat([[shape.rows[k][axis] for k in through] for axis in range(1, shape.dimension + 1)])
    solved = normals.solve(flint.fmpz_mat([[value] for value in hyperplane[1:]]))
    factors = [Rational(int(solved[k, 0].p), int(solved[k, 0].q)) for k in range(len(through))]
    return tuple(pair for pair in zip(through, factors, strict=True) if pair[1]) if min(factors) >= 0 else ()


def _inner_point(flat: Flat) -> Point:
    """Return a point in the relative interior of a polyhedron: the mean of its points, moved along all its rays."""
    points = sum(1 for vector in flat.generators if vector[0])
    total = [Rational(0)] * (len(flat.generators[0]) - 1)
    for vector in flat.generators:
        weight = Rational(1, vector[0] * points) if vector[0] else Rational(1)
        total = [value + weight * x for value, x in zip(total, vector[1:], strict=True)]
    return tuple(total)
