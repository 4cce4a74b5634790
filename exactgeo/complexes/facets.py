"""Interior facets of an arrangement: where two cells meet in a set of dimension n - 1."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from exactgeo.arithmetic.affine import Row, evaluate_row, multiple_of, negated
from exactgeo.arithmetic.rationals import Point, sign
from exactgeo.enumeration.arrangements import ActivationRegion, Arrangement, demand_complete
from exactgeo.enumeration.reference import Germ, walk
from exactgeo.errors import InternalError
from exactgeo.networks.branches import LayeredForms, SubstitutedUnit
from exactgeo.networks.evaluation import Pattern
from exactgeo.polyhedra.bounds import Bounds
from exactgeo.polyhedra.polyhedron import SOLVER
from exactgeo.polyhedra.solvers import InteriorPoint


@dataclass(frozen=True, slots=True)
class InteriorFacet:
    """The set of dimension n - 1 in which the closures of two cells meet.

    Attributes:
        hyperplane: the primitive row h whose zero set holds the facet; its first non-zero entry is positive.
        positive: the region on the side h > 0.
        negative: the region on the side h < 0.
        rows: the facet's relative interior is { rows > 0, h = 0 }.
        point: a point of the relative interior.
    """

    hyperplane: Row
    positive: ActivationRegion
    negative: ActivationRegion
    rows: tuple[Row, ...]
    point: Point


def interior_facets(arrangement: Arrangement) -> Iterator[InteriorFacet]:
    """Yield every facet between two cells once.

    *Definition*: cells p and q meet in a facet if the intersection of their closures has dimension n - 1. In a
    continuous network this is a common face of both; in a discontinuous one it may be a part of a face of either.

    A cell's facets are found by a linear program for each of its hyperplanes. In a continuous network the cell
    across is read off at one point of the facet, for its closures form a polyhedral complex (where each of p's and
    of q's pieces is largest, the values of both agree, so the intersection is where certain rows of p, none of them
    negative on p, vanish: a face). In a discontinuous one the patterns infinitely close to the facet are enumerated.

    Raises:
        InvalidArgument: for a partial arrangement.

    **Exactness**: exact. **Complexity**: a linear program for each distinct row of each cell, and a descent for
    each facet.
    """
    demand_complete(arrangement, "facets")
    domain = arrangement.domain.inequalities
    bounds = Bounds.of(arrangement.domain.dimension, arrangement.domain.inequalities)
    for region in arrangement:
        rows = tuple(row for row in dict.fromkeys(arrangement.rows(region)) if not bounds.imply(row))
        # Other facets are found from their other sides.
        for hyperplane, others, point in facets_within(domain, rows, lambda row: row >= negated(row)):
            yield from _facets_at(arrangement, region, hyperplane, others, point)


def facets_within(
    domain: Sequence[Row], rows: Sequence[Row], is_wanted: Callable[[Row], bool]
) -> Iterator[tuple[Row, tuple[Row, ...], Point]]:
    """Yield the facets of a cell that do not bound the domain.

    Args:
        domain: its rows.
        rows: those that, with the domain's, are positive on the cell; none twice.
        is_wanted: of which rows facets are wanted.

    Yields:
        The row that is 0 on the facet, the other rows, and a point at which all of these are positive.

    **Exactness**: exact. A linear program for each row that is wanted.
    """
    for hyperplane in rows:
        if hyperplane in domain or not is_wanted(hyperplane):
            continue
        others = tuple(row for row in (*domain, *rows) if row != hyperplane)
        answer = SOLVER.strict_feasibility(len(hyperplane) - 1, others, (hyperplane,))
        if isinstance(answer, InteriorPoint):
            yield hyperplane, others, answer.point


def _facets_at(
    arrangement: Arrangement, region: ActivationRegion, hyperplane: Row, others: tuple[Row, ...], point: Point
) -> Iterator[InteriorFacet]:
    """Yield the facets that make up { others > 0, hyperplane = 0 }, a face of a cell on the positive side."""
    if arrangement.program.is_continuous:
        pattern = pattern_beside(arrangement.forms, hyperplane, point)
        yield InteriorFacet(hyperplane, region, _known(arrangement, pattern), others, point)
        return
    for cell in walk(arrangement.forms, others, Germ(hyperplane, -1)):
        yield InteriorFacet(hyperplane, region, _known(arrangement, cell.branch.pattern), cell.rows, cell.witness)


def pattern_beside(forms: LayeredForms, hyperplane: Row, point: Point) -> Pattern:
    """Return the pattern beside a point of a facet's relative interior, on the hyperplane's negative side."""
    branch = forms.root
    while not branch.is_complete:
        branch = branch.entered()
        branch = branch.choose(_piece_beside(branch.unit, hyperplane, point))
    return branch.pattern


def _piece_beside(unit: SubstitutedUnit, hyperplane: Row, point: Point) -> int:
    for piece in range(len(unit.selectors)):
        comparisons = unit.comparisons(piece)
        if all(_beside(row, hyperplane, point, rival > piece) for rival, row in comparisons):
            return piece
    raise InternalError(f"no piece is chosen beside the facet at {point}")


def _beside(row: Row, hyperplane: Row, point: Point, wins_ties: bool) -> bool:  # noqa: FBT001 (a comparison's fourth fact)
    """Whether a selector beats a rival from which it differs by `row`, just beyond the hyperplane."""
    if not any(row):
        return wins_ties
    factor = multiple_of(row, hyperplane)
    return (-factor if factor else sign(evaluate_row(row, point))) > 0


def _known(arrangement: Arrangement, pattern: Pattern) -> ActivationRegion:
    found = arrangement.by_pattern.get(pattern)
    if found is None:
        raise InternalError(f"the arrangement lacks the pattern {pattern}, which lies across a facet")
    return found
