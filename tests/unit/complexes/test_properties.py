"""Properties of networks, decided and not."""

import json
from fractions import Fraction
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

import exactgeo as eg
from exactgeo.errors import BudgetExhausted, DimensionMismatch, EmptyDomain, InvalidArgument
from exactgeo.strategies import points, programs

SCHEMA = Path(__file__).parents[3] / "exactgeo" / "reports" / "schemas" / "property.schema.json"
HAT = eg.relu_network([[[1], [1]], [[1, -2]]], [[0, -1], [0]])  # x up to 1, then 2 - x
UP_TO_TWO = eg.Box((0,), (2,))
AT_MOST_ONE = eg.Property([(-1, 0, 1)])


def _step():
    """1 where x > 0, and 0 elsewhere, but 5 at 1."""
    builder = eg.ProgramBuilder(1)
    builder.add_unit([({}, {}), ({1: 1}, {0: 1})])
    least = builder.add_unit([({}, {0: 1}), ({0: 1, 1: -1}, {})])  # 1 where x >= 1
    above = builder.add_unit([({}, {}), ({1: 1, 0: -1}, {0: 1})])  # 1 where x > 1
    return builder.build([{2: 1, least: 4, above: -4}])


@given(programs(max_inputs=3, max_units=4), st.data())
def test_the_units_piece_is_the_first_one_just_where_no_form_is_positive(program, data):
    width = 1 + program.inputs + program.output_count
    required = eg.Property(data.draw(st.lists(points(width), min_size=1, max_size=3)))
    x = data.draw(points(program.inputs))
    alone, found = eg.evaluate(program, x), eg.evaluate(required.applied(program), x)
    values = required.values(x, alone.outputs)
    assert found.outputs == alone.outputs and found.pattern[:-1] == alone.pattern
    best = max(values)
    assert found.pattern[-1] == (values.index(best) + 1 if best > 0 else 0)
    assert required.applied(program).is_continuous == program.is_continuous


def test_a_bound_that_is_reached_is_safe_and_a_lesser_one_is_violated():
    safe = eg.decide(HAT, UP_TO_TWO, AT_MOST_ONE)
    assert isinstance(safe, eg.Safe) and len(safe.arrangement) == 2
    found = eg.decide(HAT, UP_TO_TWO, eg.Property([(-2, 0, 1), ("-9/10", 0, 1)]))
    assert isinstance(found, eg.Violation) and found.row == 1
    (x,) = found.point
    assert found.value == (x if x <= 1 else 2 - x) - Fraction(9, 10) > 0


def test_rows_speak_of_inputs_too():
    assert isinstance(eg.decide(HAT, UP_TO_TWO, eg.Property([(0, -1, 1)])), eg.Safe)  # y <= x
    assert isinstance(eg.decide(HAT, UP_TO_TWO, eg.Property([(0, "-999/1000", 1)])), eg.Violation)
    assert isinstance(eg.decide(HAT, eg.Polyhedron(1), AT_MOST_ONE), eg.Safe)
    assert isinstance(eg.decide(HAT, eg.Polyhedron(1), eg.Property([(0, 0, -1)])), eg.Violation)


def test_of_a_step_the_regions_alone_are_told():
    step = _step()
    assert eg.evaluate(step, (1,)).outputs == (5,) and eg.evaluate(step, ("3/2",)).outputs == (1,)
    assert not step.is_continuous
    assert isinstance(eg.decide(step, eg.Box.cube(1, radius=2), AT_MOST_ONE), eg.Safe)
    assert isinstance(eg.decide(step, eg.Box.cube(1, radius=2), eg.Property([("-1/2", 0, 1)])), eg.Violation)


def test_a_form_that_is_zero_everywhere_is_safe():
    assert isinstance(eg.decide(HAT, UP_TO_TWO, eg.Property([(0, 0, 0)])), eg.Safe)


def test_what_is_safe_says_so_of_its_regions():
    violated = eg.Property([("-1/2", 0, 1)])
    regions = eg.enumerate_regions(violated.applied(HAT), UP_TO_TWO)
    with pytest.raises(InvalidArgument, match="does not hold"):
        eg.Safe(violated, HAT, regions)


def test_a_violation_may_be_found_though_the_budget_ends():
    wide = eg.relu_network([[[1]] * 40, [[1] * 40]], [[Fraction(-k, 40) for k in range(40)], [0]])
    line = eg.Box((0,), (1,))
    with pytest.raises(BudgetExhausted, match="nothing is decided: the limit of 3 regions"):
        eg.decide(wide, line, eg.Property([(-1000, 0, 1)]), budget=eg.Budget(max_regions=3))
    everywhere = eg.decide(wide, line, eg.Property([(1, 0, 1)]), budget=eg.Budget(max_regions=3))
    assert isinstance(everywhere, eg.Violation)
    with pytest.raises(BudgetExhausted, match="seconds"):
        eg.decide(wide, line, eg.Property([(1, 0, 1)]), budget=eg.Budget(max_seconds=0))


def test_what_fits_nothing_is_refused():
    with pytest.raises(InvalidArgument, match="'float' promises nothing"):
        eg.decide(HAT, UP_TO_TWO, AT_MOST_ONE, engine="float")
    with pytest.raises(DimensionMismatch, match="rows have 3 entries, but with 2 inputs and 1 outputs there are 4"):
        eg.decide(eg.relu_network([[[1, 1]]]), eg.Box.cube(2), AT_MOST_ONE)
    with pytest.raises(DimensionMismatch, match="there are 4 with the constant"):
        AT_MOST_ONE.values((1, 1), (1,))
    with pytest.raises(EmptyDomain):
        eg.decide(HAT, eg.Polyhedron(1, ((0, 1), (0, -1))), AT_MOST_ONE)


@pytest.mark.parametrize(
    "rows, message",
    [
        ([], "at least one row"),
        ([(1, 2), (1, 2, 3)], "different lengths"),
        ([(0.5, 1)], "binary float"),
        ("12", "no list of rows"),
        (5, "no list of rows"),
        (["12"], "is text"),
    ],
)
def test_rows_that_are_none_are_refused(rows, message):
    with pytest.raises(InvalidArgument, match=message):
        eg.Property(rows)


def test_rows_are_told_as_inequalities():
    rows = [("-1/2", 1, 0, -2, 1), (0, 0, 0, 0, 0), (0, -1, "1/3", 0, 0), (3, 0, 0, 0, "-5/7"), (1, 0, 0, 0, 0)]
    assert eg.Property(rows).inequalities(2) == (
        "-1/2 + x1 - 2 y1 + y2 <= 0",
        "0 <= 0",
        "-x1 + 1/3 x2 <= 0",
        "3 - 5/7 y2 <= 0",
        "1 <= 0",
    )


def test_files_hold_exact_numbers(tmp_path):
    document = {"format": "exactgeo-property", "version": 1, "rows": [[-0.1, "1/3", 2]]}
    jsonschema.validate(document, json.loads(SCHEMA.read_text()))
    (tmp_path / "p.json").write_text(json.dumps(document))
    assert eg.Property.read(tmp_path / "p.json") == eg.Property([("-1/10", "1/3", 2)])


@pytest.mark.parametrize(
    "content, message",
    [
        ("{", "cannot be understood"),
        ('{"format": "exactgeo-property", "version": 2, "rows": [[1, 2]]}', "expected an object"),
        ('{"format": "exactgeo-property", "version": 1}', 'expected "rows"'),
        ('{"format": "exactgeo-property", "version": 1, "rows": [[1, 2]], "more": 1}', 'expected "rows"'),
        ('{"format": "exactgeo-property", "version": 1, "rows": []}', "at least one row"),
        ('{"format": "exactgeo-property", "version": 1, "rows": 5}', "no list of rows"),
        ('{"format": "exactgeo-property", "version": 1, "rows": [5]}', "cannot be understood"),
        ('{"format": "exactgeo-property", "version": 1, "rows": {"1": 2}}', "is text"),
        ('{"format": "exactgeo-property", "version": 1, "rows": [[true, 1]]}', "truth value"),
    ],
)
def test_files_that_hold_no_property_are_refused(tmp_path, content, message):
    (tmp_path / "p.json").write_text(content)
    with pytest.raises(InvalidArgument, match=message):
        eg.Property.read(tmp_path / "p.json")
