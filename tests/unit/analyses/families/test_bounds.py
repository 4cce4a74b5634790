"""Bounds along paths: least ones, everywhere, and certified."""

import io

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st
from oracles.checker import check_facets
from unit.networks.drawn_paths import FAMILIES, jumping_paths, polylines

import exactgeo as eg
from exactgeo.analyses.families import Path, along, area_sampled_pulse, binary_pulse, bounds
from exactgeo.arithmetic.rationals import Rational
from exactgeo.errors import BudgetExhausted, InvalidArgument
from exactgeo.strategies import programs, relu_networks

FEWER = settings(max_examples=settings().max_examples // 3)
TINY = Rational(1, 10**30)


@st.composite
def _questions(draw):
    program = draw(relu_networks(max_inputs=3, max_units=5) | programs(max_inputs=2, max_units=4))
    note(program.text)
    return program, draw(polylines(program.inputs) | jumping_paths(program.inputs))


@FEWER
@given(_questions(), st.booleans(), st.lists(st.integers(0, 40), max_size=6))
def test_bounds_hold_at_every_parameter(question, measures, places):
    program, path = question
    found = bounds(program, along(program, path), measures=measures)
    assert len(found.safe.property.rows) == (4 if measures else 2) * program.output_count
    low, high = path.breaks[0], path.breaks[-1]
    for r in [*path.breaks, *(low + (high - low) * Rational(k, 40) for k in places)]:
        outputs = eg.evaluate(program, path.at(r)).outputs
        assert max(found.safe.property.values((r,), outputs)) <= 0
    for r, outputs in found.places:
        assert eg.evaluate(program, path.at(r)).outputs == outputs
        assert max(found.safe.property.values((r,), outputs)) <= 0


def test_a_corner_apart_from_its_segments_is_looked_at():
    """The path is 0 but at 1, where the segments around it meet: no region shows that."""
    path = Path.of([0, 1, 2], lambda r: [int(r == 1)])
    program = eg.relu_network([[[1]], [[1]]])
    found = bounds(program, along(program, path))
    assert [(r, outputs) for r, outputs in found.places if r == 1] == [(1, (1,))]


@FEWER
@given(_questions(), st.booleans())
def test_lesser_bounds_do_not_hold(question, measures):
    program, path = question
    proved = bounds(program, along(program, path), measures=measures)
    rows = [(row[0] + TINY, *row[1:]) for row in proved.safe.property.rows]
    each = 4 if measures else 2  # the last two are of one error, which one of them has
    for k in range(0, len(rows), each):
        _demand_violated(proved, path, rows[k : k + 1])
        _demand_violated(proved, path, rows[k + 1 : k + 2])
        if measures:
            _demand_violated(proved, path, rows[k + 2 : k + 4])


def _demand_violated(proved, path, rows):
    tighter = eg.Property(rows)
    answer = eg.decide(proved.safe.program, eg.Box(path.breaks[:1], path.breaks[-1:]), tighter)
    left = [max(tighter.values((r,), outputs)) > 0 for r, outputs in proved.places]
    assert isinstance(answer, eg.Violation) or any(left)


@FEWER
@given(_questions())
def test_nothing_is_left_just_where_nothing_can_jump(question):
    program, path = question
    found = bounds(program, along(program, path))
    assert found.is_everywhere == (path.is_continuous and found.safe.program.is_continuous)
    if not found.is_everywhere:
        regions = found.safe.arrangement
        parameters = [r for r, _ in found.places]
        assert parameters[0] == path.breaks[0] and parameters[-1] == path.breaks[-1]
        assert len([r for r in parameters if regions.locate((r,)) is None]) == len(regions) + 1
        assert set(path.breaks) <= set(parameters)


@FEWER
@given(_questions(), st.booleans())
def test_bounds_are_certified(question, measures):
    program, path = question
    file = io.BytesIO()
    found = bounds(program, along(program, path), measures=measures)
    eg.certify(found.safe).write(file)
    file.seek(0)
    verdict = check_facets(file)
    assert (verdict.claim, verdict.inputs, verdict.regions) == ("safety", 1, len(found.safe.arrangement))


@given(FAMILIES, relu_networks(min_inputs=1, max_inputs=1, max_units=3))
def test_bounds_of_sums_of_pixels_are_those_of_the_area(family, last):
    total = eg.compose(last, eg.relu_network([[[1] * family.dimension]]))
    path = family.path()
    found = along(total, path)
    proved = bounds(total, found)
    for k, function in enumerate(found.functions):
        row = proved.safe.property.rows[2 * k]
        assert -row[0] == function.supremum().value == max(_around(total, path, function, k))


def _around(program, path, function, output):
    """The outputs at all breaks of a function, and the limits there, by evaluation nearby and extrapolation."""
    for number, r in enumerate(function.breaks):
        yield eg.evaluate(program, path.at(r)).outputs[output]
        for side in (-1, 1):
            neighbour = number + side
            if 0 <= neighbour < len(function.breaks):
                step = (function.breaks[neighbour] - r) / 4
                near, far = (eg.evaluate(program, path.at(r + step * k)).outputs[output] for k in (1, 2))
                yield 2 * near - far


def test_a_filter_and_its_error_are_certified_everywhere():
    rows = [[{0: 3, 1: -1}.get(abs(i - j), 0) for j in range(25)] for i in range(25)]
    net = eg.relu_network([rows, [["2/3"] * 25]], [["-1/4"] * 25, ["-4/3"]])
    found = along(net, area_sampled_pulse(25, "3/2", "19/2"))
    proved = bounds(net, found, measures=True)
    errors = [-row[0] for row in proved.safe.property.rows[2:]]
    assert proved.is_everywhere and errors == [Rational(35, 36)] * 2


def test_what_jumps_is_evaluated_where_the_certificate_is_silent():
    count = eg.relu_network([[[1] * 5]])
    proved = bounds(count, along(count, binary_pulse(5, 0, 2)))
    assert [(int(r), int(values[0])) for r, values in proved.places] == [(0, 1), (1, 3), (2, 5)]
    # Five pixels are reached at radius 2 only, which is in no region.
    assert proved.safe.property.rows[0][0] == -5
    assert isinstance(eg.decide(proved.safe.program, eg.Box((0,), (2,)), eg.Property([(-3, 0, 1)])), eg.Safe)


def test_budgets_end_and_engines_that_promise_nothing_are_refused():
    net = eg.relu_network([[[1], [-1]], [[1, 1]]])
    found = along(net, Path.through([(-1,), (1,)]))
    with pytest.raises(BudgetExhausted, match="nothing is decided"):
        bounds(net, found, budget=eg.Budget(max_seconds=0))
    with pytest.raises(InvalidArgument, match="promises nothing"):
        bounds(net, found, engine="float")
