"""Laws about products of networks."""

from hypothesis import given
from laws.rebuilding import FEWER, patterns, questions

from exactgeo import Polyhedron, affine_pieces, enumerate_regions, interior_facets, linear_regions, product
from exactgeo.strategies import programs, relu_networks

SMALL = programs(max_inputs=2, max_units=2) | relu_networks(max_inputs=2, max_units=3)


def _product(first, second):
    """Return the product of two domains."""
    n, m = first.dimension, second.dimension
    rows = [(*row, *[0] * m) for row in first.inequalities]
    return Polyhedron(n + m, [*rows, *((row[0], *[0] * n, *row[1:]) for row in second.inequalities)])


def _arrangements(first, second):
    together = enumerate_regions(product(first[0], second[0]), _product(first[1], second[1]))
    return enumerate_regions(*first), enumerate_regions(*second), together


@FEWER
@given(questions(SMALL), questions(SMALL))
def test_the_patterns_of_a_product_are_all_pairs_of_patterns(first, second):
    together = patterns(product(first[0], second[0]), _product(first[1], second[1]))
    assert together == [left + right for left in patterns(*first) for right in patterns(*second)]


@FEWER
@given(questions(SMALL), questions(SMALL))
def test_the_linear_regions_and_the_affine_pieces_of_a_product_multiply(first, second):
    left, right, together = _arrangements(first, second)
    assert len(linear_regions(together)) == len(linear_regions(left)) * len(linear_regions(right))
    assert len(affine_pieces(together)) == len(affine_pieces(left)) * len(affine_pieces(right))


@FEWER
@given(questions(SMALL), questions(SMALL))
def test_a_facet_of_a_product_is_a_facet_of_one_times_a_region_of_the_other(first, second):
    left, right, together = _arrangements(first, second)
    counts = [len(list(interior_facets(found))) for found in (left, right, together)]
    assert counts[2] == counts[0] * len(right) + len(left) * counts[1]


@FEWER
@given(questions(SMALL), questions(SMALL))
def test_a_product_in_the_other_order_has_the_pairs_in_the_other_order(first, second):
    here = patterns(product(first[0], second[0]), _product(first[1], second[1]))
    there = patterns(product(second[0], first[0]), _product(second[1], first[1]))
    split = second[0].unit_count
    assert here == sorted(pattern[split:] + pattern[:split] for pattern in there)
