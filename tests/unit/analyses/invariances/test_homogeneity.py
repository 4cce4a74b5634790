"""Networks that scale with their input, and those that do not."""

from fractions import Fraction

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st
from laws.rebuilding import built, outputs_of, units_of
from oracles.program import evaluate
from oracles.translation import plain_program
from unit.analyses.invariances.planes import faces

import exactgeo as eg
from exactgeo.analyses.invariances import Homogeneous, Inhomogeneous, positive_homogeneity
from exactgeo.errors import BudgetExhausted, InvalidArgument
from exactgeo.strategies import programs, relu_networks

FEWER = settings(max_examples=settings().max_examples // 3)
FACTORS = (Fraction(10**15 + 1, 10**15), Fraction(3, 2), Fraction(1, 3), Fraction(50))


def _scales(program):
    """Whether f(t x) = t f(x) at a point of every face, and some factors, one of them hardly more than 1."""
    plain = plain_program(program)
    for x in faces(plain, plain, eg.Polyhedron(program.inputs)):
        for t in FACTORS:
            scaled = evaluate(plain, [t * value for value in x])[1]
            if scaled != tuple(t * value for value in evaluate(plain, x)[1]):
                return False
    return True


@st.composite
def _networks(draw):
    """Draw a continuous network of one or two inputs: often without biases, or with some that cancel."""
    program = draw(relu_networks(max_inputs=2, max_units=4))
    kind = draw(st.sampled_from(["as it is", "cancelling"]))
    if kind == "cancelling":  # relu(z + c) - relu(-z - c) - c is z
        builder, z, c = eg.ProgramBuilder(program.inputs), {1: 1}, draw(st.integers(-2, 2))
        for unit in units_of(program):
            builder.add_unit(unit)
        up, down = {**z, 0: c}, {1: -1, 0: -c}
        entries = [builder.add_unit([({}, {}), (form, form)]) for form in (up, down)]
        more = {entries[0]: 1, entries[1]: -1}
        outputs = [{**form, **more, 0: form.get(0, 0) - c} for form in outputs_of(program)]
        program = builder.build(outputs)
    note(program.text)
    return program


@FEWER
@given(_networks())
def test_a_network_scales_just_if_it_does_in_every_face(program):
    answer = positive_homogeneity(program)
    assert isinstance(answer, Homogeneous) == _scales(program)
    if isinstance(answer, Inhomogeneous):
        _demand_counterexample(program, answer)


def _demand_counterexample(program, answer):
    assert answer.factor > 0
    scaled = [answer.factor * value for value in answer.point]
    assert eg.evaluate(program, scaled).outputs == answer.scaled != answer.expected
    outputs = eg.evaluate(program, answer.point).outputs
    assert tuple(answer.factor * value for value in outputs) == answer.expected


@FEWER
@given(programs(max_inputs=2, max_units=3))
def test_a_program_without_constants_scales_even_if_it_jumps(program):
    units = [[tuple(_without_constant(form) for form in piece) for piece in unit] for unit in units_of(program)]
    linear = built(program.inputs, units, [_without_constant(form) for form in outputs_of(program)])
    assert positive_homogeneity(linear) == Homogeneous(None) and _scales(linear)


def _without_constant(form):
    return {entry: value for entry, value in form.items() if entry}


def test_a_bias_that_is_felt_far_away_only_is_found():
    # |x| up to 10^9, then steeper: no point near the origin tells.
    far = eg.relu_network([[[1], [-1], [1]], [[1, 1, 1]]], [[0, 0, -(10**9)], [0]])
    answer = positive_homogeneity(far)
    assert isinstance(answer, Inhomogeneous) and answer.point[0] * answer.factor > 10**9
    _demand_counterexample(far, answer)


def test_constants_that_cancel_are_seen_through():
    straight = eg.relu_network([[[1], [-1]], [[1, -1]]], [[1, -1], [-1]])  # relu(x + 1) - relu(-x - 1) - 1 is x
    answer = positive_homogeneity(straight)
    assert isinstance(answer, Homogeneous) and len(answer.arrangement) == 2


def test_a_jump_with_a_constant_is_refuted_or_refused():
    builder = eg.ProgramBuilder(1)
    gate = builder.add_unit([({}, {}), ({1: 1}, {0: 1})])
    step = builder.build([{gate: 1}])
    _demand_counterexample(step, positive_homogeneity(step))
    builder = eg.ProgramBuilder(1)
    least = builder.add_unit([({}, {0: 1}), ({1: 1, 0: -1000}, {})])  # 1 up to 1000 and there, then 0
    above = builder.add_unit([({1: -1, 0: 1000}, {0: 1}), ({}, {})])  # 1 up to 1000 and there, then 0
    below = builder.add_unit([({}, {}), ({1: -1, 0: 1000}, {0: 1})])  # 1 up to 1000, not there
    silent = builder.build([{least: 1, above: -1}])
    spike = builder.build([{least: 1, below: -1}])  # 1 at 1000 alone
    for program in (silent, spike):
        with pytest.raises(InvalidArgument, match="whether it scales where regions end is not decided"):
            positive_homogeneity(program)


def test_budgets_end_and_engines_that_promise_nothing_are_refused():
    straight = eg.relu_network([[[1], [-1]], [[1, -1]]], [[1, -1], [-1]])
    with pytest.raises(BudgetExhausted, match="nothing is decided"):
        positive_homogeneity(straight, budget=eg.Budget(max_regions=1))
    with pytest.raises(InvalidArgument, match="promises nothing"):
        positive_homogeneity(straight, engine="float")
