"""Affine pieces and linear regions: cells taken together where the network is one affine map."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from exactgeo.arithmetic.affine import AffineForm, multiple_of, primitive
from exactgeo.complexes.facets import InteriorFacet, interior_facets
from exactgeo.enumeration.arrangements import ActivationRegion, Arrangement, PartialArrangement
from exactgeo.enumeration.budgets import Budget, OnProgress, Progress, ignore_progress
from exactgeo.enumeration.reference import Germ, walk
from exactgeo.errors import BudgetExhausted, InvalidArgument
from exactgeo.networks.evaluation import Pattern

AffineMap = tuple[AffineForm, ...]
"""A form in (1, x) for each output."""


@dataclass(frozen=True, slots=True)
class LinearRegion:
    """A maximal connected open set on which the network is one affine map.

    Attributes:
        affine_map: a form in (1, x) for each output.
        regions: the activation regions whose cells are dense in it, by increasing pattern.
    """

    affine_map: AffineMap
    regions: tuple[ActivationRegion, ...]


def affine_pieces(arrangement: Arrangement | PartialArrangement) -> dict[AffineMap, tuple[ActivationRegion, ...]]:
    """Return the distinct affine maps of the network on its cells, each with its regions.

    **Exactness**: exact: maps are equal if all their coefficients are, as rationals.
    """
    groups: defaultdict[AffineMap, list[ActivationRegion]] = defaultdict(list)
    for region in arrangement:
        groups[arrangement.affine_map(region)].append(region)
    return {affine_map: tuple(regions) for affine_map, regions in groups.items()}


def linear_regions(
    arrangement: Arrangement, budget: Budget | None = None, on_progress: OnProgress = ignore_progress
) -> tuple[LinearRegion, ...]:
    """Return the linear regions of the network in the domain, by their least patterns.

    *Definition*: the connected components of the interior of { x in int D : f(x) = a(x) }, over all affine maps a.
    Of the six definitions in the literature (arXiv 2505.16716) this is the one by maximal connected open sets: two
    cells belong together if a chain of facets joins them, all cells of the chain having the same map and the
    network having that map's values on some open part of each facet. In a continuous network the last condition
    always holds; on the border between two pieces of a discontinuous one the value may differ from both sides.

    Args:
        arrangement: complete.
        budget: when to stop early.
        on_progress: called now and then; its number of regions is that of the activation regions looked at.

    Raises:
        BudgetExhausted: if the budget ends first.
        InvalidArgument: for a partial arrangement, whose missing cells may join others.

    **Exactness**: exact. **Complexity**: that of `interior_facets`.
    """
    if isinstance(arrangement, PartialArrangement):
        raise InvalidArgument(f"linear regions of a partial arrangement are not known ({arrangement.reason})")
    limit = budget or Budget()
    place = {region.pattern: number for number, region in enumerate(arrangement)}
    maps = {region.pattern: arrangement.affine_map(region) for region in arrangement}
    leaders = {pattern: pattern for pattern in maps}
    for facet in interior_facets(arrangement):
        if reason := limit.exhausted():
            raise BudgetExhausted(f"linear regions were not counted: {reason}", None)
        done = place[facet.positive.pattern]
        on_progress(Progress(done, done / len(arrangement), limit.seconds))
        first, second = (_leader(leaders, side.pattern) for side in (facet.positive, facet.negative))
        same = maps[facet.positive.pattern] == maps[facet.negative.pattern]
        if first != second and same and _holds_on(arrangement, facet, maps[facet.positive.pattern]):
            leaders[max(first, second)] = min(first, second)
    groups: defaultdict[Pattern, list[ActivationRegion]] = defaultdict(list)
    for region in arrangement:
        groups[_leader(leaders, region.pattern)].append(region)
    return tuple(LinearRegion(maps[leader], tuple(regions)) for leader, regions in sorted(groups.items()))


def _leader(leaders: dict[Pattern, Pattern], pattern: Pattern) -> Pattern:
    """Return the least pattern known to belong to the same linear region."""
    while (above := leaders[pattern]) != pattern:
        leaders[pattern] = leaders[above]
        pattern = above
    return pattern


def _holds_on(arrangement: Arrangement, facet: InteriorFacet, affine_map: AffineMap) -> bool:
    """Whether the network has the map's values on some relatively open part of a facet."""
    if arrangement.program.is_continuous:
        return True
    on_facet = walk(arrangement.forms, facet.rows, Germ(facet.hyperplane, 0))
    return any(_agree(cell.branch.outputs(), affine_map, facet) for cell in on_facet)


def _agree(first: Sequence[AffineForm], second: Sequence[AffineForm], facet: InteriorFacet) -> bool:
    """Whether two affine maps are equal on the facet's hyperplane."""
    differences = (primitive((a - b).numerators) for a, b in zip(first, second, strict=True))
    return all(not any(row) or multiple_of(row, facet.hyperplane) for row in differences)
