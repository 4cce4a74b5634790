"""Closed connected regions: maximal connected closed sets with interior on which the network is one affine map."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from exactgeo.arithmetic.affine import AffineForm, Row
from exactgeo.arithmetic.matrices import rank
from exactgeo.arithmetic.rationals import Point
from exactgeo.complexes.definitions.closed_cells import corners
from exactgeo.complexes.descents import Descents
from exactgeo.complexes.steps import Steps
from exactgeo.enumeration.arrangements import Arrangement
from exactgeo.networks.branches import descend
from exactgeo.networks.evaluation import Pattern
from exactgeo.networks.forms import Index
from exactgeo.polyhedra.bounds import Bounds


def closed_connected_regions(arrangement: Arrangement, numbers: Index, leaders: Index, steps: Steps) -> int:
    """Return the number of closed connected regions of a continuous network.

    *Definition*: the connected components, those with an interior point, of the closed sets { x in D : f(x) = a(x) },
    over all affine maps a (arXiv 2505.16716, Definition 5). Such a set may join linear regions that meet in few
    dimensions only, or along a thin part of a cell on which the network has another map.

    Only a map that several linear regions have leaves a question. For it, each cell's closure holds a convex slice
    { f = a }, all of it in the cells that have the map. The closures form a complex (`interior_facets`); so two
    slices meet in a face of both, and thus share a vertex if they meet at all. (Slices have vertices if the domain
    has one; otherwise all is cut along the coordinate hyperplanes first.)

    Args:
        arrangement: complete, of a continuous network.
        numbers: (regions,) the number of each region's map.
        leaders: (regions,) the first region of each one's linear region.
        steps: to be reached.

    **Exactness**: exact. **Complexity**: vertices of each cell for each map of several linear regions.
    """
    steps.begin()
    roots = np.unique(leaders)
    counts = np.bincount(numbers[roots])
    asked = np.flatnonzero(counts > 1).tolist()
    total = int((counts == 1).sum())
    patterns = [tuple(row) for row in arrangement.patterns[:].tolist()] if asked else []
    descents = Descents(arrangement.forms)
    maps = [descents.affine_map(pattern) for pattern in patterns]
    for done, number in enumerate(asked):
        first = int(np.flatnonzero(numbers == number)[0])
        total += _components(arrangement, patterns, maps, maps[first], leaders, steps, (done, len(asked)))
    return total


def _components(
    arrangement: Arrangement,
    patterns: Sequence[Pattern],
    maps: Sequence[tuple[AffineForm, ...]],
    wanted: tuple[AffineForm, ...],
    leaders: Index,
    steps: Steps,
    done: tuple[int, int],
) -> int:
    """Return into how many components the linear regions with a map fall."""
    above: dict[object, object] = {}
    keys: defaultdict[Point, list[object]] = defaultdict(list)
    domain, dimension = arrangement.domain.inequalities, arrangement.program.inputs
    bounds, cut = Bounds.of(dimension, domain), rank(row[1:] for row in domain) < dimension
    for k, pattern in enumerate(patterns):
        steps.reach(done[0], done[1])
        equations = tuple(dict.fromkeys(a.above(b) for a, b in zip(maps[k], wanted, strict=True)))
        equations = tuple(row for row in equations if any(row))
        if any(_misses(row, bounds) for row in equations):
            continue
        node: object = ("linear region", int(leaders[k])) if maps[k] == wanted else ("slice", k)
        above.setdefault(node, node)
        for corner in corners(dimension, domain + descend(arrangement.forms, pattern)[1], equations, cut=cut):
            keys[corner].append(node)
    for first, *others in keys.values():
        for other in others:
            above[_root(above, other)] = _root(above, first)
    return len({_root(above, node) for node in above if isinstance(node, tuple) and node[0] == "linear region"})


def _misses(row: Row, bounds: Bounds) -> bool:
    """Whether row = 0 holds nowhere within the closed bounds, as they alone can tell."""
    tops = (bounds.supremum(row), bounds.supremum([-value for value in row]))
    return any(top is not None and top < 0 for top in tops)


def _root(above: dict[object, object], node: object) -> object:
    while (parent := above[node]) != node:
        above[node] = above[parent]
        node = parent
    return node
