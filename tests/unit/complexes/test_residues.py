"""Values modulo a prime against the same in rationals, and the bound that makes equality modulo primes a proof."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exactgeo import Polyhedron, enumerate_regions, relu_network
from exactgeo.complexes.fingerprints.residues import LARGEST, ValueForms, Walk, powers, primes
from exactgeo.strategies import programs, relu_networks

FEWER = settings(max_examples=settings().max_examples // 4)
ANY_PROGRAM = relu_networks(max_inputs=3, max_units=6) | programs(max_inputs=2, max_units=5)
MODULI = st.sampled_from((LARGEST, 2**31, 10_000))


def _expected(found, modulus):
    """Return every region's coefficients modulo a prime, from its map in rationals."""
    return [
        [int(c.numerator) * pow(int(c.denominator), -1, modulus) % modulus for form in maps for c in form.coefficients]
        for maps in map(found.affine_map, found)
    ]


def _identity(program):
    return np.eye(program.inputs + 1, dtype=np.int64)


@FEWER
@given(ANY_PROGRAM, MODULI)
def test_a_walk_gives_the_coefficients_modulo_a_prime(program, below):
    found, values = enumerate_regions(program, Polyhedron(program.inputs)), ValueForms(program)
    modulus = next(primes(below, values.denominator))
    walk = Walk(values, modulus, _identity(program))
    assert walk.maps(found.patterns).tolist() == _expected(found, modulus)


@FEWER
@given(ANY_PROGRAM, st.randoms(use_true_random=False))
def test_patterns_may_come_in_any_order_and_in_parts(program, chance):
    found, values = enumerate_regions(program, Polyhedron(program.inputs)), ValueForms(program)
    modulus = next(primes(LARGEST, values.denominator))
    order = chance.sample(range(len(found)), len(found))
    walk, expected = Walk(values, modulus, _identity(program)), _expected(found, modulus)
    got = [walk.maps(found.patterns[k : k + 1]).tolist()[0] for k in order]
    assert got == [expected[k] for k in order]


@FEWER
@given(ANY_PROGRAM)
def test_a_point_gives_the_values_there(program):
    found, values = enumerate_regions(program, Polyhedron(program.inputs)), ValueForms(program)
    modulus = next(primes(LARGEST, values.denominator))
    point = powers(3, program.inputs + 1, modulus)
    got = Walk(values, modulus, np.array(point)[:, None]).maps(found.patterns).tolist()
    width = program.inputs + 1
    assert got == [
        [
            sum(c * x for c, x in zip(row[k : k + width], point, strict=True)) % modulus
            for k in range(0, len(row), width)
        ]
        for row in _expected(found, modulus)
    ]


@FEWER
@given(ANY_PROGRAM)
def test_no_two_maps_differ_by_more_than_the_bound(program):
    found, bound = enumerate_regions(program, Polyhedron(program.inputs)), ValueForms(program).difference_bound()
    maps = [[c for form in found.affine_map(region) for c in form.coefficients] for region in found]
    common = math.lcm(*(int(c.denominator) for row in maps for c in row))
    for first in maps:
        for second in maps:
            assert all(abs((a - b) * common) <= bound for a, b in zip(first, second, strict=True))


@pytest.mark.parametrize("depth", [1, 2, 5])
def test_the_bound_grows_with_what_the_layers_can_do(depth):
    """Each layer multiplies by 1000/7, so that coefficients are (1000/7)^depth over 7^depth."""
    network = relu_network([[["1000/7"]]] * depth + [[[1]]])
    assert ValueForms(network).difference_bound() >= 1000**depth


def test_primes_are_prime_odd_and_divide_nothing_that_is_to_be_avoided():
    assert list(primes(12, 1)) == [11, 7, 5, 3]
    assert list(primes(11, 35)) == [3]
    assert list(primes(30, 6 * 23))[:3] == [29, 19, 17]


def test_large_numbers_are_reduced():
    huge = 3**200
    network = relu_network([[[huge]], [[1]]], [[f"1/{7**90}"], [0]])
    values = ValueForms(network)
    modulus = next(primes(LARGEST, values.denominator))
    got = Walk(values, modulus, _identity(network)).maps(np.array([[1], [0]]))
    assert got.tolist() == [[pow(7**90, -1, modulus), huge % modulus], [0, 0]]


@given(st.integers(1, 2**61), st.integers(0, 2**62), st.integers(0, 2**62))
def test_combinations_are_sums_of_products(below, a, b):
    network = relu_network([[[1]]])
    modulus = next(primes(below + 8, 1))
    walk = Walk(ValueForms(network), modulus, _identity(network))
    columns = np.array([[a % modulus, b % modulus]])
    assert walk.combinations(columns, [5, modulus - 1]).tolist() == [(5 * a - b) % modulus]
