"""Affine pieces and linear regions: cells taken together where the network is one affine map."""

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from exactgeo.arithmetic.affine import AffineForm
from exactgeo.complexes.descents import Descents
from exactgeo.complexes.steps import Steps
from exactgeo.enumeration.arrangements import ActivationRegion, Arrangement, PartialArrangement, demand_complete
from exactgeo.enumeration.budgets import Budget, OnProgress, ignore_progress
from exactgeo.errors import InvalidArgument
from exactgeo.networks.forms import Index

if TYPE_CHECKING:
    from exactgeo.complexes.fingerprints.maps import AffineClasses

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

    **Exactness**: exact: maps are equal if all their coefficients are, as rationals. Where only their number is
    wanted, `count_affine_pieces` is much faster.
    """
    numbers = affine_classes(arrangement).numbers
    groups: defaultdict[int, list[ActivationRegion]] = defaultdict(list)
    for number, region in zip(numbers.tolist(), arrangement, strict=True):
        groups[number].append(region)
    descents = Descents(arrangement.forms)
    return {descents.affine_map(regions[0].pattern): tuple(regions) for regions in groups.values()}


def affine_classes(
    arrangement: Arrangement | PartialArrangement,
    budget: Budget | None = None,
    on_progress: OnProgress = ignore_progress,
) -> "AffineClasses":
    """Return which regions have the same affine map, without saying what it is.

    Args:
        arrangement: the regions.
        budget: when to stop early.
        on_progress: called now and then; its number of regions is that of the activation regions looked at.

    Raises:
        BudgetExhausted: if the budget ends first.

    **Exactness**: exact, as `affine_pieces`. **Complexity**, **memory**: see `exactgeo.complexes.fingerprints.maps`.
    """
    from exactgeo.complexes.fingerprints import maps  # noqa: PLC0415 (numba is slow to load)

    steps = Steps(len(arrangement), "affine pieces", maps.STAGES, budget, on_progress)
    return maps.affine_classes(arrangement.program, arrangement.patterns, steps)


def count_affine_pieces(
    arrangement: Arrangement | PartialArrangement,
    budget: Budget | None = None,
    on_progress: OnProgress = ignore_progress,
) -> int:
    """Return how many distinct affine maps the network has on its cells.

    Arguments, errors and exactness are those of `affine_classes`.

    >>> from exactgeo import Box, enumerate_regions, relu_network
    >>> count_affine_pieces(enumerate_regions(relu_network([[[1], [-1]], [[1, 1]]]), Box.cube(1)))
    2
    """
    return len(affine_classes(arrangement, budget, on_progress))


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

    **Exactness**: exact. **Complexity**: that of `exactgeo.complexes.joining`: only cells that share their map with
    others are asked about facets.
    """
    leaders = _leaders(arrangement, budget, on_progress)
    groups: defaultdict[int, list[ActivationRegion]] = defaultdict(list)
    for leader, region in zip(leaders.tolist(), arrangement, strict=True):
        groups[leader].append(region)
    ordered = sorted(groups.values(), key=lambda regions: regions[0].pattern)
    descents = Descents(arrangement.forms)
    return tuple(LinearRegion(descents.affine_map(regions[0].pattern), tuple(regions)) for regions in ordered)


def count_linear_regions(
    arrangement: Arrangement,
    budget: Budget | None = None,
    on_progress: OnProgress = ignore_progress,
    classes: "AffineClasses | None" = None,
) -> int:
    """Return how many linear regions the network has in the domain.

    Definition, arguments and errors are those of `linear_regions`; `classes` is what `affine_classes` has found of the
    same arrangement, if it has been asked already.

    **Exactness**: exact. **Memory**: some eighty bytes for each activation region, and for those that share their map
    with others their patterns again.

    >>> from exactgeo import Box, enumerate_regions, relu_network
    >>> count_linear_regions(enumerate_regions(relu_network([[[1], [-1]], [[1, -1]]]), Box.cube(1)))
    1
    """
    leaders = _leaders(arrangement, budget, on_progress, classes)
    return int(np.count_nonzero(leaders == np.arange(len(leaders))))


def _leaders(
    arrangement: Arrangement, budget: Budget | None, on_progress: OnProgress, classes: "AffineClasses | None" = None
) -> Index:
    """Return for each region the number of the first one of its linear region."""
    demand_complete(arrangement, "linear regions")
    if classes is not None and classes.patterns is not arrangement.patterns:
        raise InvalidArgument(
            "the classes are those of another arrangement: leave them out, or ask affine_classes again"
        )
    from exactgeo.complexes.fingerprints import maps  # noqa: PLC0415 (numba is slow to load)
    from exactgeo.complexes.joining import regions  # noqa: PLC0415

    stages = regions.STAGES if classes else maps.STAGES + regions.STAGES
    steps = Steps(len(arrangement), "linear regions", stages, budget, on_progress)
    known = classes or maps.affine_classes(arrangement.program, arrangement.patterns, steps)
    return regions.linear_region_leaders(arrangement, known, steps)
