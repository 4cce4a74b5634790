"""Evaluation and affine maps, against the definition followed in Fractions."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import program as oracle
from oracles.affine import identity_frame, substitute
from oracles.simplex import strictly_feasible
from oracles.translation import fraction, plain_program

from exactgeo import ProgramBuilder, affine_map, evaluate
from exactgeo.errors import DimensionMismatch, InexactNumber, InvalidArgument
from exactgeo.networks.branches import LayeredForms, descend
from exactgeo.strategies import points, programs, relu_networks

FEWER = settings(max_examples=settings().max_examples // 4)
ANY_PROGRAM = programs() | relu_networks()
LONG = st.builds(Fraction, st.integers(-(2**70), 2**70), st.integers(1, 2**70))


@st.composite
def _programs_with_points(draw, coordinates=None):
    program = draw(ANY_PROGRAM)
    x = points(program.inputs) if coordinates is None else st.tuples(*[coordinates] * program.inputs)
    return program, tuple(map(fraction, draw(x)))


def _rows(program, pattern):
    """Return the affine outputs on a pattern, and the differences of selectors as (unit, rival, form in (1, x))."""
    plain = plain_program(program)
    frame = list(identity_frame(program.inputs))
    differences = []
    for unit, (pieces, piece) in enumerate(zip(plain.units, pattern, strict=True)):
        selectors = [_read(selector, frame) for selector, _ in pieces]
        for rival, other in enumerate(selectors):
            if rival != piece:
                differences.append((unit, rival, tuple(a - b for a, b in zip(selectors[piece], other, strict=True))))
        frame.append(_read(pieces[piece][1], frame))
    return [_read(form, frame) for form in plain.outputs], differences


def _read(form, frame):
    dense = [Fraction(0)] * len(frame)
    for entry, value in form:
        dense[entry] += value
    return substitute(dense, tuple(frame))


@FEWER
@given(_programs_with_points())
def test_a_program_is_evaluated_as_by_the_oracle(question):
    program, x = question
    found = evaluate(program, x)
    assert (found.pattern, found.outputs) == oracle.evaluate(plain_program(program), x)


@FEWER
@given(_programs_with_points(coordinates=LONG))
def test_a_program_is_evaluated_as_by_the_oracle_at_points_of_many_digits(question):
    program, x = question
    found = evaluate(program, x)
    assert (found.pattern, found.outputs) == oracle.evaluate(plain_program(program), x)


def test_long_weights_are_evaluated_exactly():
    builder = ProgramBuilder(1)
    y = builder.add_unit([({}, {}), ({1: 2**100, 0: -1}, {1: Fraction(1, 3**60)})])
    z = builder.add_unit([({y: 3**60}, {y: 3**60}), ({1: 1}, {0: 2**64})])
    program = builder.build([{z: 2**70, 0: Fraction(1, 2**70)}])
    assert evaluate(program, [1]) == _evaluation((1, 0), 2**70 + Fraction(1, 2**70))
    assert evaluate(program, [Fraction(1, 2**100)]) == _evaluation((0, 1), 2**134 + Fraction(1, 2**70))


def _evaluation(pattern, value):
    builder = ProgramBuilder(1)
    return type(evaluate(builder.build([]), [0]))(pattern, (value,))


TIES = {
    "all equal": ([{1: 1}, {1: 1}, {1: 1}], 0),
    "equal at the point": ([{}, {1: 1}], 0),
    "equal at the point, the other way": ([{1: 1}, {}], 0),
    "the last two equal": ([{0: -1}, {1: 2}, {1: 3}], 1),
    "the first and the last equal": ([{0: 1}, {0: 0}, {0: 1, 1: 1}], 0),
    "a larger one last": ([{1: 1}, {1: 2}, {0: "1/1000000"}], 2),
}


@pytest.mark.parametrize("selectors, piece", TIES.values(), ids=TIES.keys())
def test_among_equal_selectors_the_least_index_is_chosen(selectors, piece):
    builder = ProgramBuilder(1)
    builder.add_unit([(selector, {0: k}) for k, selector in enumerate(selectors)])
    found = evaluate(builder.build([{2: 1}]), [0])
    assert (found.pattern, found.outputs) == ((piece,), (piece,))


@pytest.mark.parametrize("x", [(), (1,), (1, 2, 3)])
def test_a_point_of_the_wrong_dimension_is_refused(x):
    with pytest.raises(DimensionMismatch, match=f"{len(x)} coordinates, but the network has 2 inputs"):
        evaluate(ProgramBuilder(2).build([{1: 1}]), x)


def test_a_point_with_a_float_is_refused():
    with pytest.raises(InexactNumber):
        evaluate(ProgramBuilder(1).build([{1: 1}]), [0.5])


def test_the_coordinates_may_come_one_by_one():
    assert evaluate(ProgramBuilder(2).build([{1: 1, 2: 2}]), iter(["1/2", 3])).outputs == (Fraction(13, 2),)


@FEWER
@given(_programs_with_points())
def test_the_affine_map_at_a_point_s_pattern_has_the_network_s_values_there(question):
    program, x = question
    found = evaluate(program, x)
    assert tuple(form(x) for form in affine_map(program, found.pattern)) == found.outputs


@FEWER
@given(_programs_with_points(), st.data())
def test_the_affine_map_of_any_pattern_is_that_of_substitution_by_hand(question, data):
    program, _ = question
    pattern = data.draw(_patterns(program))
    found = [tuple(map(fraction, form.coefficients)) for form in affine_map(program, pattern)]
    assert found == _rows(program, pattern)[0]


def _patterns(program):
    counts = [len(program.unit(k).pieces) for k in range(program.unit_count)]
    return st.tuples(*(st.integers(0, count - 1) for count in counts))


@FEWER
@given(_programs_with_points(), st.data())
def test_the_rows_of_a_pattern_are_its_differences_of_selectors(question, data):
    program, _ = question
    pattern = data.draw(_patterns(program))
    differences = _rows(program, pattern)[1]
    expected = [_scaled(form) for unit, rival, form in differences if any(form) or rival < pattern[unit]]
    found = descend(LayeredForms(program), pattern)[1]
    assert list(found) == [row if any(row) else (-1, *[0] * program.inputs) for row in expected]


def _scaled(form):
    """Return the positive multiple of a form with integers of greatest common divisor 1."""
    content = next((abs(value) for value in form if value), 1)
    divisors = [value / content for value in form]
    while any(value.denominator != 1 for value in divisors):
        factor = next(value.denominator for value in divisors if value.denominator != 1)
        divisors = [value * factor for value in divisors]
    return tuple(int(value) for value in divisors)


@FEWER
@given(_programs_with_points(), st.data())
def test_the_flat_units_are_those_whose_chosen_selector_has_an_equal(question, data):
    program, _ = question
    pattern = data.draw(_patterns(program))
    expected = sorted({unit for unit, _, form in _rows(program, pattern)[1] if not any(form)})
    assert list(descend(LayeredForms(program), pattern)[2]) == expected


@FEWER
@given(_programs_with_points(), st.data())
def test_the_affine_map_holds_at_every_point_of_the_cell(question, data):
    program, _ = question
    pattern = data.draw(_patterns(program))
    rows = descend(LayeredForms(program), pattern)[1]
    x = strictly_feasible(rows, (), program.inputs)
    if x is not None:
        found = evaluate(program, x)
        assert found.pattern == pattern
        assert tuple(form(x) for form in affine_map(program, pattern)) == found.outputs


def _flat_program():
    """Return a program whose unit 0 has equal selectors 0 and 2, and whose unit 1 compares y0 with x."""
    builder = ProgramBuilder(1)
    y = builder.add_unit([({1: 1}, {0: 5}), ({0: 3}, {1: 1}), ({1: 1}, {0: 7})])
    builder.add_unit([({y: 1}, {}), ({1: 1}, {0: 1})])
    return builder.build([{3: 1}])


FLAT = {
    (0, 0): ([(-3, 1), (5, -1)], (0,)),
    (0, 1): ([(-3, 1), (-5, 1)], (0,)),
    (1, 0): ([(3, -1), (3, -1)], (1,)),
    (1, 1): ([(3, -1), (3, -1), (-1, 0)], (1,)),
    (2, 0): ([(-1, 0), (-3, 1), (7, -1)], (0,)),
    (2, 1): ([(-1, 0), (-3, 1), (-7, 1)], (0,)),
}


@pytest.mark.parametrize("pattern, expected", FLAT.items(), ids=str)
def test_a_descent_through_flat_units_tells_the_contradictions_and_the_flat_units(pattern, expected):
    _, rows, flat = descend(LayeredForms(_flat_program()), pattern)
    assert (list(rows), flat) == expected


@pytest.mark.parametrize("pattern", [(), (0,), (0, 0, 0)])
def test_a_pattern_of_the_wrong_length_is_refused(pattern):
    with pytest.raises(InvalidArgument, match=f"the pattern has {len(pattern)} pieces"):
        affine_map(_flat_program(), pattern)


@pytest.mark.parametrize("pattern, unit, piece", [((3, 0), 0, 3), ((-1, 0), 0, -1), ((0, 2), 1, 2), ((1, -2), 1, -2)])
def test_a_piece_that_does_not_exist_is_refused_and_named(pattern, unit, piece):
    with pytest.raises(InvalidArgument, match=f"unit {unit} has no piece {piece}"):
        affine_map(_flat_program(), pattern)


def test_a_program_without_units_is_its_affine_map():
    program = ProgramBuilder(2).build([{0: "1/2", 2: -3}, {}])
    assert [form.coefficients for form in affine_map(program, ())] == [(Fraction(1, 2), 0, -3), (0, 0, 0)]
