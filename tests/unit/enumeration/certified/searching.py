"""Searches by linear programs, run to their ends, and what of their results can be judged without another engine."""

from itertools import pairwise

import numpy as np

from exactgeo import Box, evaluate
from exactgeo.arithmetic.rationals import Rational
from exactgeo.enumeration.certified.programs.search import ProgramSearch
from exactgeo.enumeration.search import Prefix


def polyhedron_of(domain):
    return domain.polyhedron if isinstance(domain, Box) else domain


def joined(search, prefix=()):
    """Return all patterns, and all points of floats, None where there is none."""
    patterns, points, regions = [], [], 0
    for batch in search.explore(Prefix(tuple(prefix))):
        regions += batch.regions
        patterns += map(tuple, batch.patterns.tolist())
        points += [None if np.isnan(point).any() else tuple(map(exactly, point)) for point in batch.witnesses]
    assert len(patterns) == len(points) == regions
    return patterns, points


def found(program, domain, prefix=(), **how):
    """Return the patterns, after making sure that they increase, and that each point has its pattern."""
    inside = polyhedron_of(domain)
    patterns, points = joined(ProgramSearch(program, inside, **how), prefix)
    assert all(first < second for first, second in pairwise(patterns))
    for pattern, point in zip(patterns, points, strict=True):
        if point is not None:
            assert _is_inside(domain, point)
            assert evaluate(program, point).pattern == pattern
    return patterns


def _is_inside(domain, point):
    if not isinstance(domain, Box):
        return domain.contains_inside(point)
    return all(
        (low is None or low < x) and (high is None or x < high)
        for low, x, high in zip(domain.lower, point, domain.upper, strict=True)
    )


def exactly(value):
    return Rational(*float(value).as_integer_ratio())


def network(widths, seed, zero_biases=False):
    """Return a He-initialised network's weights and biases, as rationals that are float32."""
    source = np.random.default_rng(seed)
    weights, biases = [], []
    for width, height in pairwise(widths):
        matrix = (source.standard_normal((height, width)) * np.sqrt(2 / width)).astype(np.float32)
        vector = (source.standard_normal(height) * 0.1).astype(np.float32) * (not zero_biases)
        weights.append([[exactly(value) for value in row] for row in matrix])
        biases.append([exactly(value) for value in vector])
    return weights, biases
