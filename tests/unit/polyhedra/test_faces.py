"""Face numbers with closed forms, and Euler's relation."""

from collections import Counter
from fractions import Fraction
from itertools import permutations, product
from math import comb

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from exactgeo import Box, Polyhedron, faces

FEWER = settings(max_examples=settings().max_examples // 5)


def _f_vector(polyhedron):
    counts = Counter(face.dimension for face in faces(polyhedron))
    return [counts[k] for k in range(max(counts) + 1)] if counts else []


def _units(dimension):
    return [tuple(int(i == k) for i in range(dimension)) for k in range(dimension)]


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_a_cube_has_2_to_the_n_minus_k_times_n_over_k_faces_of_dimension_k(n):
    assert _f_vector(Box.cube(n).polyhedron) == [2 ** (n - k) * comb(n, k) for k in range(n + 1)]


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_a_simplex_has_as_many_faces_as_its_vertices_have_subsets(n):
    simplex = Polyhedron.from_generators([(0,) * n, *_units(n)])
    assert _f_vector(simplex) == [comb(n + 1, k + 1) for k in range(n + 1)]


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_a_cross_polytope_is_dual_to_the_cube(n):
    vertices = [tuple(sign * value for value in unit) for unit in _units(n) for sign in (1, -1)]
    expected = [2 ** (k + 1) * comb(n, k + 1) for k in range(n)]
    assert _f_vector(Polyhedron.from_generators(vertices)) == [*expected, 1]


@pytest.mark.parametrize("vertices", [3, 4, 5, 6])
@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_a_cyclic_polytope_has_the_face_numbers_of_the_upper_bound_theorem(n, vertices):
    v = max(vertices, n + 1)
    polytope = Polyhedron.from_generators([tuple(t**k for k in range(1, n + 1)) for t in range(v)])
    expected = {
        1: [2, 1],
        2: [v, v, 1],
        3: [v, 3 * v - 6, 2 * v - 4, 1],
        4: [v, comb(v, 2), v * (v - 3), v * (v - 3) // 2, 1],
    }
    assert _f_vector(polytope) == expected[n]


def test_the_permutohedron_of_four_has_its_known_face_numbers():
    assert _f_vector(Polyhedron.from_generators(permutations(range(4)))) == [24, 36, 14, 1]


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_an_orthant_has_a_face_for_each_set_of_rays(n):
    orthant = Polyhedron(n, [(0, *unit) for unit in _units(n)])
    assert _f_vector(orthant) == [comb(n, k) for k in range(n + 1)]


@pytest.mark.parametrize("n, lines", [(2, 1), (3, 1), (3, 2), (4, 2)])
def test_lines_raise_the_dimension_of_every_face(n, lines):
    prism = Polyhedron(n, [(1, *(s * value for value in unit)) for unit in _units(n)[lines:] for s in (1, -1)])
    m = n - lines
    assert _f_vector(prism) == [*[0] * lines, *(2 ** (m - k) * comb(m, k) for k in range(m + 1))]


SPECIAL = {
    "point": (Polyhedron.from_generators([(1, 2)]), [1]),
    "segment in the plane": (Polyhedron.from_generators([(0, 0), (1, 1)]), [2, 1]),
    "square in space": (Polyhedron.from_generators([(*x, 5) for x in product((0, 1), repeat=2)]), [4, 4, 1]),
    "half-plane": (Polyhedron(2, [(0, 1, 0)]), [0, 1, 1]),
    "plane": (Polyhedron(2), [0, 0, 1]),
    "line in the plane": (Polyhedron(2, [], [(1, 1, 1)]), [0, 1]),
    "square with redundant rows": (Polyhedron(2, [*Box.cube(2).polyhedron.inequalities, (2, 1, 1)]), [4, 4, 1]),
    "pyramid": (Polyhedron.from_generators([*product((0, 1), (0, 1), (0,)), (0, 0, 1)]), [5, 8, 5, 1]),
    "half-strip": (Polyhedron(2, [(0, 1, 0), (0, 0, 1), (1, 0, -1)]), [2, 3, 1]),
    "empty": (Polyhedron(2, [(-1, 0, 0)]), []),
    "dimension 0": (Polyhedron(0), [1]),
}


@pytest.mark.parametrize("polyhedron, expected", SPECIAL.values(), ids=SPECIAL.keys())
def test_the_face_numbers_of_a_special_case(polyhedron, expected):
    assert _f_vector(polyhedron) == expected


@FEWER
@given(st.integers(1, 3), st.data())
def test_euler_s_relation_holds_for_polytopes(n, data):
    points = data.draw(st.lists(st.tuples(*[st.integers(-3, 3)] * n), min_size=1, max_size=8))
    numbers = _f_vector(Polyhedron.from_generators(points))
    assert sum((-1) ** k * number for k, number in enumerate(numbers)) == 1


@FEWER
@given(st.integers(1, 3), st.data())
def test_euler_s_relation_holds_for_unbounded_polyhedra_with_vertices(n, data):
    vectors = st.tuples(*[st.integers(-3, 3)] * n)
    points, rays = data.draw(st.lists(vectors, min_size=1, max_size=4)), data.draw(st.lists(vectors, max_size=4))
    polyhedron = Polyhedron.from_generators(points, rays)
    generators = polyhedron.generators()
    assume(generators.rays and not generators.lines)
    assert sum((-1) ** k * number for k, number in enumerate(_f_vector(polyhedron))) == 0


@FEWER
@given(st.integers(1, 3), st.data())
def test_a_face_lies_where_its_active_rows_vanish_and_nowhere_else(n, data):
    points = data.draw(st.lists(st.tuples(*[st.integers(-3, 3)] * n), min_size=1, max_size=7))
    polytope = Polyhedron.from_generators(points)
    vertices, minimal = polytope.generators().vertices, polytope.irredundant()
    for face in faces(polytope):
        on_face = {x for x in vertices if all(_value(row, x) == 0 for row in face.active)}
        assert set(face.vertices) == on_face
        assert set(face.active) == {r for r in minimal.inequalities if all(_value(r, x) == 0 for x in face.vertices)}


def _value(row, x):
    return row[0] + sum(a * b for a, b in zip(row[1:], x, strict=True))


def test_the_faces_of_one_dimension_are_those_among_all():
    cube = Box.cube(3).polyhedron
    for k in range(-1, 5):
        assert faces(cube, k) == tuple(face for face in faces(cube) if face.dimension == k)


def test_a_face_names_its_facets_vertices_and_rays():
    wedge = Polyhedron(2, [(0, 1, 0), (0, 0, 1), (-1, 1, 1)])
    found = {(face.dimension, face.active): (face.vertices, face.rays) for face in faces(wedge)}
    assert len(found) == 6
    assert found[1, ((0, 1, 0),)] == (((0, 1),), ((0, 1),))
    assert found[1, ((-1, 1, 1),)] == (((0, 1), (1, 0)), ())
    assert found[0, ((-1, 1, 1), (0, 0, 1))] == (((1, 0),), ())


def test_every_face_is_the_set_where_some_objective_is_largest():
    polytope = Polyhedron.from_generators([(0, 0), (2, 0), (3, 1), (1, 2), (0, "1/2")])
    vertices = polytope.generators().vertices
    attained = set()
    for c in product([Fraction(k, 4) for k in range(-12, 13)], repeat=2):
        values = [c[0] * x + c[1] * y for x, y in vertices]
        attained.add(tuple(x for x, value in zip(vertices, values, strict=True) if value == max(values)))
    assert {face.vertices for face in faces(polytope)} >= attained
    assert {face.vertices for face in faces(polytope, 0)} == {x for x in attained if len(x) == 1}
