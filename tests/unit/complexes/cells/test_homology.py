"""Homology of spaces whose homology is known."""

from itertools import combinations, product

import pytest

from exactgeo.complexes.cells.homology import HomologyGroup, homology
from exactgeo.errors import InternalError

PROJECTIVE_PLANE = ["124", "125", "136", "134", "156", "235", "236", "246", "345", "456"]
Z = HomologyGroup(1)
NOTHING = HomologyGroup(0)


def _simplicial(maximal):
    """Return the facets of all faces of a simplicial complex, by dimension."""
    largest = max(map(len, maximal))
    levels = [
        sorted({part for simplex in maximal for part in combinations(sorted(simplex), size)})
        for size in range(1, largest + 1)
    ]
    numbers = [{simplex: number for number, simplex in enumerate(level)} for level in levels]
    return [
        [tuple(numbers[k - 1][part] for part in combinations(simplex, k)) if k else () for simplex in level]
        for k, level in enumerate(levels)
    ]


def _grid(rows, columns, *, is_klein_bottle=False):
    """Return the squares of a torus, or of a Klein bottle, as a complex of polygons."""

    def corner(i, k):
        turns, i = divmod(i, rows)
        k = (-k if turns % 2 and is_klein_bottle else k) % columns
        return i * columns + k

    squares = [
        [corner(i, k), corner(i + 1, k), corner(i + 1, k + 1), corner(i, k + 1)]
        for i, k in product(range(rows), range(columns))
    ]
    rings = [list(zip(square, [*square[1:], square[0]], strict=True)) for square in squares]
    edges = sorted({frozenset(pair) for ring in rings for pair in ring}, key=sorted)
    numbers = {edge: number for number, edge in enumerate(edges)}
    return [
        [() for _ in range(rows * columns)],
        [tuple(sorted(edge)) for edge in edges],
        [tuple(numbers[frozenset(pair)] for pair in ring) for ring in rings],
    ]


@pytest.mark.parametrize(
    "levels, groups",
    [
        (_simplicial(["a"]), (Z,)),
        (_simplicial(["ab", "c"]), (HomologyGroup(2), NOTHING)),
        (_simplicial(["ab", "bc", "ca"]), (Z, Z)),
        (_simplicial(["abc"]), (Z, NOTHING, NOTHING)),
        (_simplicial(["abc", "abd", "acd", "bcd"]), (Z, NOTHING, Z)),
        (_simplicial(["abc", "abd", "acd", "bcd", "de", "ef", "fd"]), (Z, Z, Z)),
        (_simplicial(PROJECTIVE_PLANE), (Z, HomologyGroup(0, (2,)), NOTHING)),
        (_simplicial([*combinations("abcde", 4)]), (Z, NOTHING, NOTHING, Z)),
        (_grid(4, 5), (Z, HomologyGroup(2), Z)),
        (_grid(4, 5, is_klein_bottle=True), (Z, HomologyGroup(1, (2,)), NOTHING)),
        ([], ()),
    ],
    ids=[
        "point",
        "edge and point",
        "circle",
        "disk",
        "sphere",
        "sphere with a ring",
        "projective plane",
        "sphere of three dimensions",
        "torus",
        "Klein bottle",
        "nothing",
    ],
)
def test_known_spaces(levels, groups):
    assert homology(levels) == groups


def test_polygons_that_are_none_are_refused():
    triangle = _simplicial(["ab", "bc", "ca", "cd"])
    with pytest.raises((InternalError, ValueError)):
        homology([*triangle, [(0, 1, 2, 3)]])
