"""The six definitions of linear regions in the literature, counted side by side."""

from dataclasses import dataclass

import numpy as np

from exactgeo.complexes.definitions.closed_regions import closed_connected_regions
from exactgeo.complexes.definitions.convex_regions import Between, convex_regions
from exactgeo.complexes.definitions.patterns import thin_patterns
from exactgeo.complexes.steps import Steps
from exactgeo.enumeration.arrangements import Arrangement, demand_complete
from exactgeo.enumeration.budgets import Budget, OnProgress, ignore_progress


@dataclass(frozen=True, slots=True)
class RegionCounts:
    """How many regions a network has in a domain, by each of six definitions.

    The numbers are those of M. Stargalla, C. Hertrich and D. Reichman, The computational complexity of counting
    linear regions in ReLU neural networks, arXiv 2505.16716. There the domain is R^n; here x lies in the interior of
    the domain D, and complexes and closed sets are within D. f is the network, a runs over all affine maps.

    Attributes:
        activation_patterns: 1. Patterns that points have, ties going to the least piece (a ReLU is active where its
            input is positive): the non-empty sets { x : pattern(x) = p }, those without interior too.
        activation_regions: 2. Patterns on sets with interior (*proper* activation regions): an arrangement's regions.
        convex_regions: 3. The least number of full-dimensional polyhedra in a polyhedral complex with f affine on
            each; bounds that may not agree.
        linear_regions: 4. Maximal *open connected* sets on which f is affine: the components of the interiors of
            { f = a }.
        closed_connected_regions: 5. Maximal *closed connected* sets with interior on which f is affine: the components
            with interior of the sets { f = a }.
        affine_pieces: 6. Sets { f = a } with interior: the distinct maps of f (*affine regions*).

    In a continuous network each is at least the next. 3 and 5 are None for a discontinuous one: { f = a } need not be
    closed, nor can f then be affine on closed polyhedra that meet.
    """

    activation_patterns: int
    activation_regions: int
    convex_regions: Between | None
    linear_regions: int
    closed_connected_regions: int | None
    affine_pieces: int


def count_by_definitions(
    arrangement: Arrangement, budget: Budget | None = None, on_progress: OnProgress = ignore_progress
) -> RegionCounts:
    """Count the regions of a network by all six definitions of `RegionCounts`.

    Args:
        arrangement: complete.
        budget: when to stop early.
        on_progress: called now and then.

    Raises:
        BudgetExhausted: if the budget ends first.
        InvalidArgument: for a partial arrangement.

    **Exactness**: exact; of the convex regions, bounds. **Complexity**: 4 and 6 are fast; the others need linear
    programs for every cell, or vertices.
    """
    from exactgeo.complexes.fingerprints import maps  # noqa: PLC0415 (numba is slow to load)
    from exactgeo.complexes.joining import regions  # noqa: PLC0415

    demand_complete(arrangement, "linear regions of all definitions")
    stages = maps.STAGES + regions.STAGES + 3
    steps = Steps(len(arrangement), "the regions of all definitions", stages, budget, on_progress)
    classes = maps.affine_classes(arrangement.program, arrangement.patterns, steps)
    leaders = regions.linear_region_leaders(arrangement, classes, steps)
    thin = sum(1 for _ in thin_patterns(arrangement, steps))
    continuous = arrangement.program.is_continuous
    return RegionCounts(
        activation_patterns=len(arrangement) + thin,
        activation_regions=len(arrangement),
        convex_regions=convex_regions(arrangement, leaders, steps) if continuous else None,
        linear_regions=len(np.unique(leaders)),
        closed_connected_regions=(
            closed_connected_regions(arrangement, classes.numbers, leaders, steps) if continuous else None
        ),
        affine_pieces=len(classes),
    )
