"""Numbers of regions with closed forms, and the characteristic polynomial for arrangements of any kind."""

from fractions import Fraction
from itertools import combinations, product
from math import comb, factorial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles.affine import solve_equations

from exactgeo import Box, Polyhedron, enumerate_regions, hyperplane_arrangement, relu_network

FEWER = settings(max_examples=settings().max_examples // 3)


def _count(hyperplanes, domain=None):
    program = hyperplane_arrangement(hyperplanes)
    return len(enumerate_regions(program, domain or Polyhedron(program.inputs)))


def _general(n, count):
    """Return hyperplanes in general position: tangent to the moment curve."""
    return [(t ** (n + 1), *(t**k for k in range(n))) for t in range(1, count + 1)]


@pytest.mark.parametrize("n, count", [(1, 4), (2, 0), (2, 1), (2, 2), (2, 6), (3, 2), (3, 5), (4, 5)])
def test_hyperplanes_in_general_position_make_as_many_regions_as_schlaefli_says(n, count):
    hyperplanes = _general(n, count) or [(1, *[0] * n)]
    assert _count(hyperplanes) == sum(comb(count, k) for k in range(n + 1))


@pytest.mark.parametrize("n, count", [(2, 1), (2, 5), (3, 4), (3, 5), (4, 5)])
def test_hyperplanes_in_general_position_through_the_origin_make_twice_a_sum_of_binomials(n, count):
    hyperplanes = [(0, *row[1:]) for row in _general(n, count)]
    assert _count(hyperplanes) == 2 * sum(comb(count - 1, k) for k in range(n))


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5])
def test_the_coordinate_hyperplanes_make_the_orthants(n):
    assert _count([(0, *(int(i == k) for i in range(n))) for k in range(n)]) == 2**n


@pytest.mark.parametrize("n", [2, 3, 4])
def test_the_braid_arrangement_makes_a_region_for_each_permutation(n):
    rows = [(0, *((i == a) - (i == b) for i in range(n))) for a, b in combinations(range(n), 2)]
    assert _count(rows) == factorial(n)


@pytest.mark.parametrize("n, catalan", [(2, 2), (3, 5), (4, 14)])
def test_the_catalan_arrangement_makes_a_catalan_number_for_each_permutation(n, catalan):
    rows = [
        (shift, *((i == a) - (i == b) for i in range(n))) for a, b in combinations(range(n), 2) for shift in (-1, 0, 1)
    ]
    assert _count(rows) == factorial(n) * catalan


@pytest.mark.parametrize("n", [2, 3, 4])
def test_the_shi_arrangement_makes_n_plus_1_to_the_n_minus_1_regions(n):
    rows = [
        (-shift, *((i == a) - (i == b) for i in range(n))) for a, b in combinations(range(n), 2) for shift in (0, 1)
    ]
    assert _count(rows) == (n + 1) ** (n - 1)


@pytest.mark.parametrize("cuts", [(3,), (2, 3), (0, 4), (1, 2, 3)])
def test_a_grid_in_a_box_makes_the_product_of_its_intervals(cuts):
    rows = [(-k, *(int(i == axis) for i in range(len(cuts)))) for axis, count in enumerate(cuts) for k in range(count)]
    expected = 1
    for count in cuts:
        expected *= count + 1
    assert _count(rows, Box.cube(len(cuts), radius=10)) == expected


def test_a_hyperplane_on_the_border_of_the_domain_cuts_nothing():
    assert _count([(1, 1, 0), (-1, 1, 0), (0, 1, 0)], Box.cube(2)) == 2


def test_a_hyperplane_that_touches_the_domain_in_a_corner_cuts_nothing():
    assert _count([(2, 1, 1), (2, -1, 1)], Box.cube(2)) == 1


def test_a_domain_so_thin_that_floats_would_miss_it_is_cut():
    width = "1/" + "9" * 60
    assert _count([(0, 1), (0, -1)], Box(("-" + width,), (width,))) == 2


def _whitney(hyperplanes, dimension):
    """Count the regions in R^n by Whitney's theorem: a signed sum over the subsets with a common point."""
    distinct = {}
    for row in hyperplanes:
        lead = next((value for value in row[1:] if value), None)
        if lead is not None:
            distinct[tuple(value / lead for value in row)] = row
    total = 0
    for size in range(len(distinct) + 1):
        for chosen in combinations(distinct.values(), size):
            frame = solve_equations(chosen, dimension).frame
            if frame is not None:
                rank = dimension - (len(frame[0]) - 1)
                total += (-1) ** (size - rank)
    return total


@FEWER
@given(st.integers(1, 3), st.data())
def test_any_arrangement_makes_as_many_regions_as_its_characteristic_polynomial_says(n, data):
    size = data.draw(st.integers(1, 6))
    row = st.tuples(st.integers(-2, 2) | st.just(0), *[st.integers(-2, 2)] * n)
    hyperplanes = data.draw(st.lists(row, min_size=size, max_size=size))
    exact = [tuple(map(Fraction, values)) for values in hyperplanes]
    assert _count(hyperplanes) == _whitney(exact, n)


@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_a_folded_sawtooth_doubles_its_pieces_with_each_layer(depth):
    fold, unfold = [[2], [4]], [0, -2]
    weights, biases = [fold], [unfold]
    for _ in range(depth - 1):
        weights.append([[2, -2], [4, -4]])
        biases.append([0, -2])
    program = relu_network([*weights, [[1, -1]]], [*biases, [0]])
    inside = enumerate_regions(program, Box((0,), (1,)))
    maps = {inside.affine_map(region) for region in inside}
    assert len(inside) == len(maps) == 2**depth


def test_every_sign_vector_of_the_coordinate_hyperplanes_is_a_pattern():
    program = hyperplane_arrangement([(0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1)])
    patterns = [region.pattern for region in enumerate_regions(program, Box.cube(3))]
    assert patterns == list(product((0, 1), repeat=3))
