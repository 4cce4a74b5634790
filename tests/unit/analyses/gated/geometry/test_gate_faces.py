"""What linearly gated networks are on all faces of their gates' arrangement."""

import itertools

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st
from oracles.affine import solve_equations, substitute
from oracles.simplex import strictly_feasible
from oracles.translation import fraction, plain_rows
from unit.analyses.gated.geometry.gatings import gatings, selections

from exactgeo import Box, Budget, Polyhedron, affine_map, enumerate_regions, evaluate, gated_network, relu_network
from exactgeo.analyses.gated import gate_faces, gate_hyperplanes
from exactgeo.errors import BudgetExhausted, DimensionMismatch, InvalidArgument
from exactgeo.strategies import domains

MANY = settings(max_examples=150)


@st.composite
def _questions(draw):
    program = draw(gatings(max_dimension=3, most=4).map(lambda gating: gating[0]) | selections(most=2))
    note(program.text)
    return program, draw(domains(program.inputs))


def _split(rows, signs):
    """The rows that are > 0 where others have these signs, and those that are 0."""
    above = [row if sign > 0 else tuple(-value for value in row) for row, sign in zip(rows, signs, strict=True) if sign]
    return above, [row for row, sign in zip(rows, signs, strict=True) if not sign]


def _feasible_signs(rows, inside, dimension):
    """All sign vectors that have points, each with one of them."""
    level = {(): strictly_feasible(inside, (), dimension)}
    for k in range(1, len(rows) + 1):
        longer = [(*signs, sign) for signs in level for sign in (-1, 0, 1)]
        places = {signs: strictly_feasible(*_within(inside, rows[:k], signs), dimension) for signs in longer}
        level = {signs: place for signs, place in places.items() if place is not None}
    return level


def _within(inside, rows, signs):
    above, on = _split(rows, signs)
    return [*inside, *above], on


@MANY
@given(_questions())
def test_the_faces_are_all_sign_vectors_with_points_and_the_network_is_its_map_at_these(question):
    program, domain = question
    found = gate_faces(program, domain)
    rows, inside = found.arrangement.hyperplanes, plain_rows(domain)
    expected = _feasible_signs(rows, inside, program.inputs)
    assert {face.signs for face in found.faces} == set(expected) and len(found.faces) == len(expected)
    for face in found.faces:
        above, on = _split(rows, face.signs)
        for equations in (on, face.equations, [*on, *face.equations]):
            assert len(solve_equations(equations, program.inputs).frame[0]) - 1 == face.dimension
        for point in (face.point, expected[face.signs]):
            assert Polyhedron(program.inputs, (*inside, *above), tuple(on)).contains_inside(point)
            assert tuple(form(point) for form in face.outputs) == evaluate(program, point).outputs
            assert evaluate(program, point).pattern == face.pattern
    assert found.f_vector == found.arrangement.face_counts(domain)


@MANY
@given(_questions())
def test_the_cells_around_a_face_are_those_whose_closures_hold_it_and_agree_where_their_maps_do(question):
    program, domain = question
    found = gate_faces(program, domain)
    rows = found.arrangement.hyperplanes
    assert found.faces[: len(found.cells)] == found.cells
    for face in found.faces:
        frame = solve_equations(_split(rows, face.signs)[1], program.inputs).frame
        mine = [substitute(_plain(form), frame) for form in face.outputs]
        around, agreeing = [], []
        for number, cell in enumerate(found.cells):
            if Polyhedron(program.inputs, tuple(_split(rows, cell.signs)[0])).contains(face.point):
                around.append(number)
                limit = [substitute(_plain(form), frame) for form in affine_map(program, cell.pattern)]
                agreeing += [number] * (limit == mine)
        assert (face.cells, face.agreeing) == (tuple(around), tuple(agreeing))
        expected = "all" if agreeing == around else "some" if agreeing else "none"
        assert face.agreement == expected
        assert (face in found.isolated) == (expected == "none")


def _plain(form):
    return [fraction(value) for value in form.coefficients]


@MANY
@given(gatings(max_dimension=3, most=5), st.data())
def test_the_cells_are_the_activation_regions(gating, data):
    program, _ = gating
    domain = data.draw(domains(program.inputs))
    found = gate_faces(program, domain)
    patterns = [region.pattern for region in enumerate_regions(program, domain)]
    assert sorted(cell.pattern for cell in found.cells) == patterns


def test_a_continuous_network_agrees_with_all_its_limits():
    program = relu_network([[[1, 0], [1, 1], [1, -1]], [[1, 2, 3]]], [[0, 0, "1/2"], None])
    assert {face.agreement for face in gate_faces(program, Box.cube(2)).faces} == {"all"}


def test_where_two_gates_close_at_once_the_network_is_what_it_is_on_no_side():
    """x > 0 and y > 0 give 1 and 2, x < 0 gives 4: the sum on the axes, and in the origin."""
    program = gated_network([[[1, 0], [0, 1], [-1, 0]]], [[[0, 0]] * 3, [[1, 2, 4]]], biases=[[1, 1, 1], None])
    found = gate_faces(program, Polyhedron(2))
    values = {face.signs: face.outputs[0].coefficients[0] for face in found.faces}
    # The rows of the hyperplanes, sorted: y, then x.
    assert found.arrangement.hyperplanes == ((0, 0, 1), (0, 1, 0))
    expected = {
        (y, x): {1: 1, -1: 4, 0: 0}[x] + (2 if y > 0 else 0) for y, x in itertools.product((-1, 0, 1), repeat=2)
    }
    assert values == expected
    assert {face.signs: face.agreement for face in found.faces if face.dimension < 2} == {
        (0, 1): "some",
        (0, -1): "some",
        (1, 0): "none",
        (-1, 0): "none",
        (0, 0): "none",
    }
    assert [face.signs for face in found.isolated] == [(-1, 0), (1, 0), (0, 0)]
    assert found.f_vector == (1, 4, 4)


def test_what_is_not_linearly_gated_is_refused():
    deep = relu_network([[[1], [2]], [[1, 1]], [[1]]])
    with pytest.raises(InvalidArgument, match="the choice of unit 2 depends on unit 0: the network is not linearly"):
        gate_hyperplanes(deep)
    with pytest.raises(InvalidArgument, match="not linearly gated"):
        gate_faces(deep, Box.cube(1))
    with pytest.raises(DimensionMismatch, match="coordinates"):
        gate_faces(relu_network([[[1]], [[1]]]), Box.cube(2))


def test_a_budget_ends_the_search():
    program = gated_network([[[1, 0], [0, 1]]], [[[1, 1], [1, 1]], [[1, 1]]])
    with pytest.raises(BudgetExhausted, match="not all known: the limit of 3 regions"):
        gate_faces(program, Box.cube(2), Budget(max_regions=3))
    assert len(gate_faces(program, Box.cube(2), Budget(max_regions=4)).cells) == 4
