"""From half-spaces to generators and back, cones without their apex above all."""

from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from oracles.affine import solve_equations

from exactgeo import Polyhedron
from exactgeo.errors import DimensionMismatch, InexactNumber, InvalidArgument
from exactgeo.polyhedra import Optimum, Unbounded

FEWER = settings(max_examples=settings().max_examples // 2)
SMALL = st.integers(-2, 2)


@st.composite
def _polyhedra(draw, most_dimensions=3, homogeneous=False):
    dimension = draw(st.integers(0, most_dimensions))
    constant = st.just(0) if homogeneous else st.integers(-1, 3)
    row = st.tuples(constant, *[SMALL] * dimension)
    rows = draw(st.integers(0, 6).flatmap(lambda count: st.lists(row, min_size=count, max_size=count)))
    equations = draw(st.just([]) | st.lists(row, max_size=1))
    return Polyhedron(dimension, rows, equations)


ANY_POLYHEDRON = _polyhedra() | _polyhedra(homogeneous=True)


def _dot(a, b):
    return sum(x * y for x, y in zip(a, b, strict=True))


def _primitive_direction(ray):
    """Return a ray's direction, scaled so that its first entry that is not 0 is 1 or -1."""
    scale = abs(next(value for value in ray if value))
    return tuple(value / scale for value in ray)


@FEWER
@given(ANY_POLYHEDRON, st.data())
def test_the_generators_have_the_same_support_function(polyhedron, data):
    generators = polyhedron.generators()
    assume(generators.vertices)
    slope = data.draw(st.tuples(*[st.integers(-3, 3)] * polyhedron.dimension))
    answer = polyhedron.maximise((0, *slope))
    grows = any(_dot(slope, ray) > 0 for ray in generators.rays) or any(_dot(slope, line) for line in generators.lines)
    if grows:
        assert isinstance(answer, Unbounded)
    else:
        assert isinstance(answer, Optimum) and answer.value == max(_dot(slope, x) for x in generators.vertices)


@given(ANY_POLYHEDRON)
def test_every_generator_lies_in_the_polyhedron(polyhedron):
    generators = polyhedron.generators()
    start = generators.vertices[0] if generators.vertices else None
    directions = [*generators.rays, *generators.lines, *(tuple(-x for x in line) for line in generators.lines)]
    assert all(polyhedron.contains(vertex) for vertex in generators.vertices)
    assert all(polyhedron.contains([x + 1000 * d for x, d in zip(start, ray, strict=True)]) for ray in directions)


@given(ANY_POLYHEDRON)
def test_only_the_empty_set_has_no_vertices(polyhedron):
    generators = polyhedron.generators()
    assert (not generators.vertices) == polyhedron.is_empty()
    assert generators.vertices or not (generators.rays or generators.lines)


@FEWER
@given(ANY_POLYHEDRON)
def test_generators_and_half_spaces_describe_the_same_set(polyhedron):
    generators = polyhedron.generators()
    assume(generators.vertices)
    again = Polyhedron.from_generators(generators.vertices, generators.rays, generators.lines)
    assert again.is_same_set(polyhedron)


@FEWER
@given(ANY_POLYHEDRON)
def test_the_vertices_of_a_pointed_polyhedron_are_those_of_brute_force(polyhedron):
    assume(not polyhedron.generators().lines)
    rows = [*polyhedron.inequalities, *polyhedron.equations]
    found = set()
    for chosen in combinations(rows, polyhedron.dimension):
        frame = solve_equations(chosen, polyhedron.dimension).frame
        if frame is not None and len(frame[0]) == 1:
            x = tuple(form[0] for form in frame[1:])
            if polyhedron.contains(x):
                found.add(x)
    assert set(polyhedron.generators().vertices) == found


@FEWER
@given(st.integers(1, 3), st.data())
def test_a_hull_s_vertices_are_those_of_the_points_that_are_not_between_others(dimension, data):
    points = data.draw(st.lists(st.tuples(*[SMALL] * dimension), min_size=1, max_size=6, unique=True))
    hull = Polyhedron.from_generators(points)
    extreme = [x for x in points if len(points) == 1 or not _hull_of_others(points, x).contains(x)]
    assert set(hull.generators().vertices) == set(extreme)
    assert all(hull.contains(x) for x in points)


def _hull_of_others(points, x):
    return Polyhedron.from_generators([y for y in points if y != x])


ORIGIN_2, ORIGIN_3 = (0, 0), (0, 0, 0)
CONES = {
    "quadrant": (2, [(0, 1, 0), (0, 0, 1)], [], {(1, 0), (0, 1)}, 0),
    "quadrant with a redundant row": (2, [(0, 1, 0), (0, 0, 1), (0, 1, 1)], [], {(1, 0), (0, 1)}, 0),
    "quadrant with a repeated row": (2, [(0, 1, 0), (0, 0, 1), (0, 2, 0)], [], {(1, 0), (0, 1)}, 0),
    "half-plane": (2, [(0, 1, 0)], [], {(1, 0)}, 1),
    "half-plane by two rows": (2, [(0, 1, 0), (0, 3, 0)], [], {(1, 0)}, 1),
    "plane": (2, [], [], set(), 2),
    "plane by a trivial row": (2, [(1, 0, 0)], [], set(), 2),
    "ray": (2, [(0, 1, 0)], [(0, 0, 1)], {(1, 0)}, 0),
    "ray by inequalities": (2, [(0, 1, 0), (0, 0, 1), (0, 0, -1)], [], {(1, 0)}, 0),
    "line": (2, [], [(0, 1, 0)], set(), 1),
    "line by inequalities": (2, [(0, 1, 0), (0, -1, 0)], [], set(), 1),
    "origin by equations": (2, [], [(0, 1, 0), (0, 0, 1)], set(), 0),
    "origin by inequalities": (2, [(0, 1, 0), (0, 0, 1), (0, -1, -1)], [], set(), 0),
    "origin by four inequalities": (2, [(0, 1, 0), (0, 0, 1), (0, -1, 0), (0, 0, -1)], [], set(), 0),
    "origin of a line": (1, [(0, 1), (0, -1)], [], set(), 0),
    "half-line": (1, [(0, -1)], [], {(-1,)}, 0),
    "whole line": (1, [], [], set(), 1),
    "wedge in space": (3, [(0, 1, 0, 0), (0, 0, 1, 0)], [], {(1, 0, 0), (0, 1, 0)}, 1),
    "square cone": (
        3,
        [(0, 1, 0, 1), (0, -1, 0, 1), (0, 0, 1, 1), (0, 0, -1, 1)],
        [],
        {(1, 1, 1), (1, -1, 1), (-1, 1, 1), (-1, -1, 1)},
        0,
    ),
    "space": (3, [], [], set(), 3),
    "plane in space": (3, [], [(0, 1, 1, 1)], set(), 2),
}


@pytest.mark.parametrize("dimension, rows, equations, rays, lines", CONES.values(), ids=CONES.keys())
def test_a_cone_has_the_origin_for_its_apex(dimension, rows, equations, rays, lines):
    generators = Polyhedron(dimension, rows, equations).generators()
    assert generators.vertices == ((0,) * dimension,)
    assert {_primitive_direction(ray) for ray in generators.rays} == rays
    assert len(generators.lines) == lines


@pytest.mark.parametrize("dimension, rows, equations, rays, lines", CONES.values(), ids=CONES.keys())
def test_a_cone_elsewhere_is_generated_alike_up_to_its_lines(dimension, rows, equations, rays, lines):
    apex = tuple(range(1, dimension + 1))
    moved = [[(row[0] - _dot(row[1:], apex), *row[1:]) for row in group] for group in (rows, equations)]
    generators = Polyhedron(dimension, *moved).generators()
    assert len(generators.vertices) == 1 and len(generators.lines) == lines and len(generators.rays) == len(rays)
    shift = [x - a for x, a in zip(generators.vertices[0], apex, strict=True)]
    assert all(_dot(row[1:], shift) == 0 for row in [*rows, *equations])


@pytest.mark.parametrize("dimension, rows, equations, rays, lines", CONES.values(), ids=CONES.keys())
def test_a_cone_comes_back_from_its_generators(dimension, rows, equations, rays, lines):
    cone = Polyhedron(dimension, rows, equations)
    generators = cone.generators()
    again = Polyhedron.from_generators(generators.vertices, generators.rays, generators.lines)
    assert again.irredundant() == cone.irredundant()


@pytest.mark.parametrize("x", [(), (0,), (0, 0), (1, -2), ("1/3", 0, "-7/5")])
def test_a_single_point_is_all_equations(x):
    polyhedron = Polyhedron.from_generators([x])
    assert len(polyhedron.equations) == len(x) and not polyhedron.inequalities
    assert polyhedron.generators().vertices == (tuple(map(Fraction, x)),)


EMPTY = {
    "contradictory bounds": Polyhedron(1, [(-1, 1), (0, -1)]),
    "a negative constant": Polyhedron(2, [(-1, 0, 0)]),
    "an impossible equation": Polyhedron(2, [], [(1, 0, 0)]),
    "equations against each other": Polyhedron(2, [], [(0, 1, 0), (1, 1, 0)]),
    "dimension 0": Polyhedron(0, [(-1,)]),
}


@pytest.mark.parametrize("polyhedron", EMPTY.values(), ids=EMPTY.keys())
def test_the_empty_set_has_no_generators(polyhedron):
    generators = polyhedron.generators()
    assert (generators.vertices, generators.rays, generators.lines) == ((), (), ())


SAME = {
    "rays that span a line": ([(0, 0)], [(1, 0), (-1, 0)], [], Polyhedron(2, [], [(0, 0, 1)])),
    "rays that span the plane": ([(0, 0)], [(1, 0), (0, 1), (-1, -1)], [], Polyhedron(2)),
    "a ray of length 0": ([(0, 0)], [(0, 0)], [], Polyhedron(2, [], [(0, 1, 0), (0, 0, 1)])),
    "a line of length 0": ([(1,)], [], [(0,)], Polyhedron(1, [], [(-1, 1)])),
    "a line twice": ([(0, 0)], [], [(1, 1), (2, 2)], Polyhedron(2, [], [(0, 1, -1)])),
    "a vertex twice": ([(1,), (1,), (2,)], [], [], Polyhedron(1, [(-1, 1), (2, -1)])),
    "a vertex inside": ([(0,), (1,), (2,)], [], [], Polyhedron(1, [(0, 1), (2, -1)])),
    "a vertex within the cone": ([(0,), (1,)], [(1,)], [], Polyhedron(1, [(0, 1)])),
    "a ray along a line": ([(0, 0)], [(1, 0), (0, 1)], [(1, 0)], Polyhedron(2, [(0, 0, 1)])),
    "dimension 0": ([()], [], [], Polyhedron(0)),
}


@pytest.mark.parametrize("vertices, rays, lines, expected", SAME.values(), ids=SAME.keys())
def test_redundant_generators_do_no_harm(vertices, rays, lines, expected):
    assert Polyhedron.from_generators(vertices, rays, lines).is_same_set(expected)


@given(st.integers(1, 3), st.data())
def test_the_half_spaces_of_a_hull_are_irredundant(dimension, data):
    points = data.draw(st.lists(st.tuples(*[SMALL] * dimension), min_size=1, max_size=6))
    hull = Polyhedron.from_generators(points)
    minimal = hull.irredundant()
    assert (len(hull.inequalities), len(hull.equations)) == (len(minimal.inequalities), len(minimal.equations))


@pytest.mark.parametrize("generators", [([],), ([], [(1, 0)]), ([], [], [(1, 0)])], ids=repr)
def test_generators_without_a_vertex_are_refused(generators):
    with pytest.raises(InvalidArgument, match="at least one vertex"):
        Polyhedron.from_generators(*generators)


@pytest.mark.parametrize("generators", [([(0,), (0, 0)],), ([(0, 0)], [(1,)]), ([(0, 0)], [], [(1, 2, 3)])], ids=repr)
def test_generators_of_different_dimensions_are_refused(generators):
    with pytest.raises(DimensionMismatch):
        Polyhedron.from_generators(*generators)


def test_a_float_among_generators_is_refused():
    with pytest.raises(InexactNumber):
        Polyhedron.from_generators([(0.5, 0)])
