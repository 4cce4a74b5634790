"""Jumps across facets: against what the network is, exactly, beside each of them and on it."""

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st
from unit.analyses.gated.geometry.gatings import gatings, selections

from exactgeo import (
    Box,
    Budget,
    ProgramBuilder,
    cell_complex,
    enumerate_regions,
    evaluate,
    gated_network,
    relu_network,
    skeleton,
)
from exactgeo.analyses.gated import gate_faces, gate_hyperplanes, jumps
from exactgeo.arithmetic.rationals import Rational
from exactgeo.errors import InvalidArgument
from exactgeo.strategies import domains

MANY = settings(max_examples=150)
GATED = gatings(max_dimension=3, most=5).map(lambda gating: gating[0])
ANY = GATED | selections(most=3)


@st.composite
def _questions(draw, networks):
    program = draw(networks)
    note(program.text)
    return program, draw(domains(program.inputs))


def _value(row, x):
    return row[0] + sum(a * b for a, b in zip(row[1:], x, strict=True))


def _moved(x, step, direction):
    return tuple(a + step * b for a, b in zip(x, direction, strict=True))


def _step(rows, x, direction):
    """How far one can go from a point, either way, so that no row changes its sign that is not 0 there."""
    slopes = [(abs(_value(row, x)), abs(_value((0, *row[1:]), direction))) for row in rows]
    return min([value / slope / 2 for value, slope in slopes if value and slope], default=Rational(1))


def _limit(program, x, step, direction):
    """The limit at a point of what the network is along a ray from it, as it is affine up to the step."""
    near, far = (evaluate(program, _moved(x, part, direction)).outputs for part in (step / 2, step))
    return tuple(2 * a - b for a, b in zip(near, far, strict=True))


def _places_on(facet, rows):
    """Points of a facet's relative interior that no affine subspace of less than n - 1 dimensions holds."""
    normal = facet.hyperplane[1:]
    length = sum(a * a for a in normal)
    yield facet.point
    for k in range(len(normal)):
        along = tuple((i == k) - Rational(normal[k] * a, length) for i, a in enumerate(normal))
        yield _moved(facet.point, _step(rows, facet.point, along), along)


def _at(forms, x):
    return tuple(form(x) for form in forms)


@MANY
@given(_questions(ANY))
def test_jumps_are_what_one_sided_evaluation_says(question):
    program, domain = question
    rows = gate_hyperplanes(program).hyperplanes
    for jump in jumps(enumerate_regions(program, domain)):
        normal = jump.facet.hyperplane[1:]
        agreements = []
        for x in _places_on(jump.facet, rows):
            step = _step(rows, x, normal)
            above, below = _moved(x, step, normal), _moved(x, -step, normal)
            assert evaluate(program, above).outputs == _at(jump.positive, above)
            assert evaluate(program, below).outputs == _at(jump.negative, below)
            limits = _limit(program, x, step, normal), _limit(program, x, -step, normal)
            here = evaluate(program, x).outputs
            assert limits == (_at(jump.limit_from_positive, x), _at(jump.limit_from_negative, x))
            assert limits == (_at(jump.positive, x), _at(jump.negative, x))
            assert here == _at(jump.value, x)
            assert _at(jump.sizes, x) == tuple(a - b for a, b in zip(*limits, strict=True))
            agreements.append([limit == here for limit in limits])
        sides = tuple(all(agrees) for agrees in zip(*agreements, strict=True))
        assert (jump.agrees_with_positive, jump.agrees_with_negative) == sides
        assert (jump.is_continuous, jump.is_isolated) == (all(sides), not any(sides))


@MANY
@given(_questions(GATED))
def test_there_is_one_jump_for_each_face_of_one_dimension_less(question):
    program, domain = question
    found = gate_faces(program, domain)
    faces = {face.signs: face for face in found.of_dimension(program.inputs - 1)}
    listed = list(jumps(enumerate_regions(program, domain)))
    assert len(listed) == len(faces)
    for jump in listed:
        values = [_value(row, jump.facet.point) for row in found.arrangement.hyperplanes]
        face = faces[tuple((value > 0) - (value < 0) for value in values)]
        assert face.outputs == jump.value
        assert jump.facet.hyperplane in (face.equations[0], tuple(-value for value in face.equations[0]))
        patterns = {found.faces[cell].pattern for cell in face.cells}
        assert patterns == {jump.facet.positive.pattern, jump.facet.negative.pattern}
        assert len(face.agreeing) == jump.agrees_with_positive + jump.agrees_with_negative


@MANY
@given(_questions(ANY))
def test_facets_whose_sides_differ_are_the_creases_of_the_skeleton(question):
    regions = enumerate_regions(*question)
    creases = skeleton(cell_complex(regions)).creases
    differing = [jump for jump in jumps(regions) if jump.positive != jump.negative]
    key = lambda sides: (sides.facet.hyperplane, sides.positive, sides.negative)  # noqa: E731
    assert sorted(map(str, map(key, creases))) == sorted(map(str, map(key, differing)))
    jumping = [crease for crease in creases if not crease.is_continuous]
    assert len(jumping) == sum(any(any(size.numerators) for size in jump.sizes) for jump in differing)


def test_a_continuous_network_jumps_nowhere():
    program = relu_network([[[1, 0], [1, 1], [1, -1]], [[1, 2, 3]]], [[0, 0, "1/2"], None])
    listed = list(jumps(enumerate_regions(program, Box.cube(2))))
    assert len(listed) == 9 and all(jump.is_continuous for jump in listed)


def test_a_jump_may_have_a_size_that_changes_along_the_facet_and_sides_that_meet():
    """1[x > 0] y jumps by y; 1[x > 0] + 1[-x > 0] by nothing, and is 0 between."""
    by_y = gated_network([[[1, 0]]], [[[0, 1]], [[1]]])
    (jump,) = jumps(enumerate_regions(by_y, Box.cube(2)))
    assert [size.coefficients for size in jump.sizes] == [(0, 0, 1)]
    assert (jump.agrees_with_positive, jump.agrees_with_negative, jump.is_isolated) == (False, True, False)
    twins = gated_network([[[1], [-1]]], [[[0], [0]], [[1, 1]]], biases=[[1, 1], None])
    (jump,) = jumps(enumerate_regions(twins, Box.cube(1)))
    assert not any(any(size.numerators) for size in jump.sizes)
    assert jump.is_isolated and not jump.is_continuous
    assert [form.coefficients for form in jump.value] == [(0, 0)]


def test_jumps_of_other_networks_or_of_what_is_not_exact_are_refused():
    deep = relu_network([[[1]], [[1]], [[1]]], [[1], [-1], None])
    with pytest.raises(InvalidArgument, match="not linearly gated"):
        next(jumps(enumerate_regions(deep, Box.cube(1))))
    gate = gated_network([[[1, 0], [0, 1]]], [[[1, 1], [1, 1]], [[1, 1]]])
    with pytest.raises(InvalidArgument, match="promises nothing"):
        next(jumps(enumerate_regions(gate, Box.cube(2), engine="float")))
    with pytest.raises(InvalidArgument, match="partial"):
        next(jumps(enumerate_regions(gate, Box.cube(2), budget=Budget(max_regions=2))))
    builder = ProgramBuilder(1)
    y = builder.add_unit([({}, {}), ({1: 1}, {0: 1})])
    builder.add_unit([({y: 1}, {}), ({y: 1, 1: 2}, {y: 1})])  # its selectors differ by 2 x: it is linearly gated
    (jump,) = jumps(enumerate_regions(builder.build([{y: 1, y + 1: 1}]), Box.cube(1)))
    assert [str(value) for value in jump.sizes[0].coefficients] == ["2", "0"]
