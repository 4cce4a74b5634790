"""Hyperplane arrangements: their polynomials, regions, faces and flats, against sums over subsets and closed forms."""

import itertools
import random
from fractions import Fraction
from math import comb, factorial

import pytest
import sympy
from hypothesis import given, note, settings
from hypothesis import strategies as st
from oracles.affine import solve_equations
from oracles.simplex import strictly_feasible
from oracles.translation import fraction, plain_rows
from unit.analyses.gated.geometry.gatings import FACTORS, gatings, spaces

from exactgeo import Box, Polyhedron, enumerate_regions
from exactgeo.analyses.gated import HyperplaneArrangement, gate_hyperplanes
from exactgeo.errors import DimensionMismatch, EmptyDomain, InvalidArgument
from exactgeo.strategies import domains

T = sympy.Symbol("t")
GATINGS = settings(max_examples=400)


def _distinct(rows):
    """The hyperplanes that rows define, each once, as rows whose first non-zero coefficient is 1."""
    found = {}
    for row in rows:
        first = next((value for value in row[1:] if value), None)
        if first is not None:
            found[tuple(fraction(value) / fraction(first) for value in row)] = None
    return list(found)


def _flat(rows, dimension):
    """The dimension of the rows' common zeros; None if there are none."""
    frame = solve_equations(rows, dimension).frame
    return None if frame is None else len(frame[0]) - 1


def _by_whitney(rows, dimension, inside=()):
    """The sum of (-1)^|B| t^dim over all sets B of hyperplanes that meet in a flat, one that meets { inside > 0 }."""
    coefficients = [0] * (dimension + 1)
    for size in range(len(rows) + 1):
        for chosen in itertools.combinations(rows, size):
            left = _flat(chosen, dimension)
            if left is not None and (not inside or strictly_feasible(inside, chosen, dimension) is not None):
                coefficients[left] += (-1) ** size
    return tuple(coefficients)


def _by_signs(rows, dimension, inside=()):
    """How many sign vectors in {-1, 0, 1}^m have points within { inside > 0 }, by the dimension of their sets."""
    level = [((), ())]
    for row in rows:
        sides = [((row,), ()), ((tuple(-value for value in row),), ()), ((), (row,))]
        longer = [((*above, *more), (*on, *also)) for above, on in level for more, also in sides]
        level = [(a, o) for a, o in longer if strictly_feasible([*inside, *a], o, dimension) is not None]
    counts = [0] * (dimension + 1)
    for _, on in level:
        counts[_flat(on, dimension)] += 1
    return tuple(counts)


@GATINGS
@given(spaces())
def test_the_polynomial_is_whitneys_sum_over_all_subsets(space):
    dimension, rows = space
    arrangement = HyperplaneArrangement(dimension, tuple(rows))
    assert arrangement.characteristic_polynomial() == _by_whitney(_distinct(rows), dimension)


@settings(max_examples=100)
@given(spaces(max_dimension=3, most=5), st.data())
def test_within_a_domain_only_flats_that_meet_its_interior_count(space, data):
    dimension, rows = space
    domain = data.draw(domains(dimension))
    arrangement = HyperplaneArrangement(dimension, tuple(rows))
    expected = _by_whitney(_distinct(rows), dimension, plain_rows(domain))
    assert arrangement.characteristic_polynomial(domain) == expected


@GATINGS
@given(gatings())
def test_the_regions_of_a_gated_network_are_as_many_as_the_polynomial_says(gating):
    program, rows = gating
    note(program.text)
    arrangement = gate_hyperplanes(program)
    assert arrangement == HyperplaneArrangement(program.inputs, tuple(rows))
    found = enumerate_regions(program, Polyhedron(program.inputs))
    assert arrangement.region_count() == len(found)
    assert arrangement.bounded_region_count() == sum(found.cell(region).is_bounded() for region in found)


@GATINGS
@given(gatings(max_dimension=3), st.data())
def test_its_regions_in_a_domain_too(gating, data):
    program, _ = gating
    domain = data.draw(domains(program.inputs))
    found = enumerate_regions(program, domain)
    assert gate_hyperplanes(program).region_count(domain) == len(found)


def test_traces_that_are_the_same_meet_other_parts_of_a_domain():
    """In the triangle, y = 3/2 crosses x = 10 and ends before x = 20."""
    triangle = Polyhedron(2, ((0, 1, 0), (0, 0, 1), (30, -1, -10)))
    arrangement = HyperplaneArrangement(2, ((-10, 1, 0), (-20, 1, 0), (-3, 0, 2)))
    assert arrangement.hyperplanes[0] == (3, 0, -2)
    assert (arrangement.region_count(triangle), arrangement.face_counts(triangle)) == (5, (1, 5, 5))
    assert arrangement.region_count() == 6


@settings(max_examples=100)
@given(gatings(max_dimension=3))
def test_relatively_bounded_regions_are_bounded_across_what_all_have_in_common(gating):
    program, rows = gating
    kernel = sympy.Matrix([[sympy.Rational(str(value)) for value in row[1:]] for row in rows]).nullspace()
    across = Polyhedron(program.inputs, (), tuple((0, *(Fraction(str(value)) for value in line)) for line in kernel))
    found = enumerate_regions(program, Polyhedron(program.inputs))
    bounded = [found.cell(region).intersection(across).is_bounded() for region in found]
    arrangement = gate_hyperplanes(program)
    assert arrangement.relatively_bounded_region_count() == sum(bounded)
    assert arrangement.is_essential == (not kernel)
    assert arrangement.rank == program.inputs - len(kernel)


@settings(max_examples=100)
@given(spaces(max_dimension=3, most=4), st.data())
def test_the_faces_are_the_sign_vectors_that_have_points(space, data):
    dimension, rows = space
    arrangement = HyperplaneArrangement(dimension, tuple(rows))
    assert arrangement.face_counts() == _by_signs(_distinct(rows), dimension)
    domain = data.draw(domains(dimension))
    assert arrangement.face_counts(domain) == _by_signs(_distinct(rows), dimension, plain_rows(domain))


@settings(max_examples=100)
@given(spaces(max_dimension=3, most=5), st.data())
def test_flats_are_the_intersections_of_subsets_with_all_that_hold_them(space, data):
    dimension, rows = space
    arrangement = HyperplaneArrangement(dimension, tuple(rows))
    own = arrangement.hyperplanes
    domain = data.draw(st.none() | domains(dimension))
    inside = [] if domain is None else plain_rows(domain)
    expected = {}
    for size in range(len(own) + 1):
        for chosen in itertools.combinations(own, size):
            if strictly_feasible(inside, chosen, dimension) is not None:
                left = _flat(chosen, dimension)
                holding = tuple(k for k, row in enumerate(own) if _flat([*chosen, row], dimension) == left)
                expected[holding] = left
    found = arrangement.flats(domain)
    assert len(found) == len(expected)
    assert {flat.hyperplanes: flat.dimension for flat in found} == expected
    for flat in found:
        together = [own[k] for k in flat.hyperplanes]
        assert _flat(flat.equations, dimension) == _flat([*together, *flat.equations], dimension) == flat.dimension
    assert arrangement.is_central == (_flat(own, dimension) is not None)


@given(spaces(), st.data())
def test_equal_arrangements_are_equal_objects(space, data):
    dimension, rows = space
    again = [[factor * value for value in row] for row in rows for factor in data.draw(st.lists(FACTORS, min_size=1))]
    constant = [data.draw(FACTORS), *[0] * dimension]
    first = HyperplaneArrangement(dimension, tuple(rows))
    second = HyperplaneArrangement(dimension, tuple(data.draw(st.permutations([*again, constant]))))
    assert first == second and hash(first) == hash(second)
    assert len(first) == len(_distinct(rows))


# Closed forms


def _normal(n, entries):
    return [entries.get(k, 0) for k in range(n)]


def _pairs(n):
    return itertools.combinations(range(n), 2)


def _deformed_braid(n, constants):
    return [[-c, *_normal(n, {i: 1, k: -1})] for i, k in _pairs(n) for c in constants]


def _boolean(n):
    return [[0, *_normal(n, {i: 1})] for i in range(n)]


def _type_b(n):
    return _boolean(n) + [[0, *_normal(n, {i: 1, k: s})] for i, k in _pairs(n) for s in (1, -1)]


def _resonance(n):
    return [[0, *bits] for bits in itertools.product((0, 1), repeat=n) if any(bits)]


def _moment_curve(n, m):
    """Hyperplanes in general position: any n normals, and any n + 1 rows, are independent (Vandermonde)."""
    points = random.Random(100 * n + m).sample([t for t in range(-m, m + 1) if t], m)
    return [[t**k for k in range(n + 1)] for t in points]


def _product(roots):
    return sympy.prod([T - root for root in roots])


def _generic(n, m):
    return sum((-1) ** k * comb(m, k) * T ** (n - k) for k in range(n + 1))


FAMILIES = [
    *[(f"braid-{n}", n, _deformed_braid(n, [0]), sympy.ff(T, n)) for n in range(1, 8)],
    *[(f"shi-{n}", n, _deformed_braid(n, [0, 1]), T * (T - n) ** (n - 1)) for n in range(2, 6)],
    *[(f"catalan-{n}", n, _deformed_braid(n, [-1, 0, 1]), T * _product(range(n + 1, 2 * n))) for n in range(2, 5)],
    *[(f"typeB-{n}", n, _type_b(n), _product(range(1, 2 * n, 2))) for n in range(1, 6)],
    *[(f"boolean-{n}", n, _boolean(n), (T - 1) ** n) for n in range(1, 9)],
    *[
        (f"generic-{n}-{m}", n, _moment_curve(n, m), _generic(n, m))
        for n, m in ((1, 9), (2, 0), (2, 1), (3, 2), (4, 9), (6, 12), (3, 60), (2, 200))
    ],
]


@pytest.mark.parametrize("n, rows, polynomial", [pytest.param(*family, id=name) for name, *family in FAMILIES])
def test_families_have_the_polynomial_of_the_books(n, rows, polynomial):
    expected = tuple(int(value) for value in reversed(sympy.Poly(sympy.expand(polynomial), T).all_coeffs()))
    found = HyperplaneArrangement(n, tuple(rows)).characteristic_polynomial()
    assert found == (*expected, *[0] * (n + 1 - len(expected)))


@pytest.mark.parametrize("n, regions", list(enumerate((2, 6, 32, 370, 11_292, 1_066_044), 1)))
def test_the_resonance_arrangement_has_the_regions_of_sequence_a034997(n, regions):
    assert HyperplaneArrangement(n, tuple(_resonance(n))).region_count() == regions


@pytest.mark.parametrize("n, m", [(1, 9), (2, 200), (3, 40), (6, 12)])
def test_hyperplanes_in_general_position_have_the_faces_of_zaslavskys_formula(n, m):
    """A flat of dimension k lies in n - k hyperplanes; the others are in general position on it."""
    arrangement = HyperplaneArrangement(n, tuple(_moment_curve(n, m)))
    faces = [comb(m, n - k) * sum(comb(m - n + k, i) for i in range(k + 1)) for k in range(n + 1)]
    assert arrangement.face_counts() == tuple(faces)
    assert arrangement.bounded_region_count() == comb(m - 1, n)


@pytest.mark.parametrize("n", range(1, 6))
def test_the_faces_of_the_braid_arrangement_are_ordered_partitions(n):
    """Those of dimension k have k parts: k! S(n, k)."""
    found = HyperplaneArrangement(n, tuple(_deformed_braid(n, [0]))).face_counts()
    stirling = sympy.functions.combinatorial.numbers.stirling
    assert found == tuple(factorial(k) * int(stirling(n, k)) for k in range(n + 1))


def test_what_is_no_arrangement_is_refused():
    with pytest.raises(InvalidArgument, match="-1 dimensions"):
        HyperplaneArrangement(-1, ())
    with pytest.raises(DimensionMismatch, match="has 2 entries; in 2 dimensions it takes 3"):
        HyperplaneArrangement(2, ((1, 2),))
    with pytest.raises(InvalidArgument, match="at least one layer"):
        HyperplaneArrangement.of_gates([])
    with pytest.raises(DimensionMismatch, match="2 biases for 1 layers"):
        HyperplaneArrangement.of_gates([[[1, 0]]], [[0], [0]])
    with pytest.raises(DimensionMismatch, match=r"gates\[0\] has shape \(1, 2\) and its bias \(2,\)"):
        HyperplaneArrangement.of_gates([[[1, 0]]], [[0, 0]])
    with pytest.raises(DimensionMismatch, match="has 2 entries"):
        HyperplaneArrangement.of_gates([[[1, 0]], [[1]]])
    with pytest.raises(EmptyDomain):
        HyperplaneArrangement(1, ()).region_count(Polyhedron(1, ((0, 1), (0, -1))))
    with pytest.raises(DimensionMismatch, match="coordinates"):
        HyperplaneArrangement(1, ()).region_count(Box.cube(2))


def test_gates_are_given_as_a_network_is():
    gates, biases = [[["1/2", 1], [0, 0]], [[-1, -2]]], [[0, 3], ["1/3"]]
    assert HyperplaneArrangement.of_gates(gates, biases).hyperplanes == ((0, 1, 2), (1, -3, -6))
    assert HyperplaneArrangement.of_gates(gates).hyperplanes == ((0, 1, 2),)


def test_in_a_point_there_is_one_face():
    nothing = HyperplaneArrangement(0, ((3,),))
    assert (nothing.region_count(), nothing.bounded_region_count(), nothing.face_counts()) == (1, 1, (1,))
    assert nothing.is_essential and nothing.is_central
