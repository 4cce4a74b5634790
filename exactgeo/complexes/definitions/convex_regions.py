"""Convex regions: how few cells a polyhedral complex needs so that the network is affine on each."""

from dataclasses import dataclass

import numpy as np

from exactgeo.complexes.definitions.merging import Complex
from exactgeo.complexes.steps import Steps
from exactgeo.enumeration.arrangements import ActivationRegion, Arrangement
from exactgeo.networks.forms import Index


@dataclass(frozen=True, slots=True)
class Between:
    """Bounds of a number.

    Attributes:
        least: it is at least this.
        most: it is at most this.
    """

    least: int
    most: int

    @property
    def exactly(self) -> int | None:
        """The number, if the bounds say it."""
        return self.least if self.least == self.most else None


def convex_regions(arrangement: Arrangement, leaders: Index, steps: Steps) -> Between:
    """Return bounds of the number of convex regions of a continuous network, which often agree.

    *Definition*: the least number of full-dimensional polyhedra of a polyhedral complex that covers the domain, the
    network being affine on each (arXiv 2505.16716, Definition 3). In a complex, polyhedra meet in faces of both.

    *At least* one for each linear region, and two for each that is not convex, or has a facet with several linear
    regions across: the interior of a polyhedron of such a complex lies in one linear region, and all of those in a
    linear region are dense in it. If there is only one, its facets are whole facets of others.

    *At most* the polyhedra of a complex that is found: the closures of the cells form one (`interior_facets`), and
    those of the cells of the program without units that do not matter (`exactgeo.complexes.joining.reductions`). First
    all cells of each linear region, then neighbours in one are merged, together with those that must be for every
    facet to be the whole facet of both its sides, where the unions are convex and stay in their linear regions. The
    order is fixed, and may not be the best. What is left is a complex, by the *lemma*: if
    polyhedra P, Q, ... cover a convex set, their interiors being disjoint, and each two that meet in n - 1 dimensions
    share a facet, then they form a complex. *Proof*: let F(P, x) be the least face of P that holds x. If P and Q
    share a facet G that holds x, F(P, x) = F(G, x) = F(Q, x). All polyhedra that hold x are linked by such facets,
    for a small ball around x, intersected with the set, stays connected without the faces of lower dimension. So
    F(P, x) = F(Q, x) for all P, Q that hold x. Let x lie in the relative interior of the convex set P n Q; then P n Q
    is a part of F(P, x), which is one of Q's faces too, and so P n Q = F(P, x).

    *Convex* is a linear region if and only if each of its outer facets' rows is >= 0 all over it: a segment inside
    all these half-spaces that leaves it can be moved so that it does so inside a facet, on whose row it then has both
    signs.

    Args:
        arrangement: complete, of a continuous network.
        leaders: (regions,) the first region of each one's linear region.
        steps: to be reached.

    **Exactness**: exact. **Complexity**: vertices of every cell, unless every cell is its own linear region.
    """
    steps.begin()
    linear = len(np.unique(leaders))
    if linear == len(leaders):
        return Between(linear, linear)
    cells = Complex(*_reduced(arrangement, leaders), steps)
    least = linear + cells.count_to_be_cut()
    cells.merge_all()
    return Between(least, cells.size)


def _reduced(arrangement: Arrangement, leaders: Index) -> tuple[Arrangement, Index]:
    """Return the cells of the program without the units that do not matter, and the linear region of each."""
    from exactgeo.complexes.joining.known_cells import distinct  # noqa: PLC0415 (numba is slow to load)
    from exactgeo.complexes.joining.reductions import reduced  # noqa: PLC0415

    reduction = reduced(arrangement.program, arrangement.patterns)
    patterns = arrangement.patterns[:, reduction.units]
    firsts, _ = distinct(np.ascontiguousarray(patterns))
    found = [
        (tuple(patterns[first].tolist()), arrangement.regions[first].witness, leaders[first])
        for first in firsts.tolist()
    ]
    found.sort()
    cells = tuple(ActivationRegion(pattern, witness) for pattern, witness, _ in found)
    names = np.array([leader for *_, leader in found], dtype=np.int64)
    return Arrangement(reduction.program, arrangement.domain, arrangement.engine, cells), names
