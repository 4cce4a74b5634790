"""Budgets: their limits, and what is left when an enumeration stops at one."""

import time
from itertools import count, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exactgeo import Arrangement, Box, Budget, PartialArrangement, enumerate_regions, hyperplane_arrangement
from exactgeo.enumeration import ENGINES
from exactgeo.enumeration.certified.vertices import walks
from exactgeo.errors import InvalidArgument
from exactgeo.strategies import domains, programs, relu_networks

FEWER = settings(max_examples=settings().max_examples // 6)
LINES = hyperplane_arrangement([(0, 1, 0), (0, 0, 1), (-1, 1, 1), (1, 1, -2)])
SQUARE = Box.cube(2, radius=5)
EITHER = pytest.mark.parametrize("engine", list(ENGINES))


@st.composite
def _questions(draw):
    program = draw(programs(max_inputs=2, max_units=5) | relu_networks(max_inputs=2, max_units=5))
    return program, draw(domains(program.inputs))


def _starts(pattern, prefix):
    return pattern[: len(prefix)] == prefix


@pytest.mark.parametrize("name", ["max_regions", "max_seconds"])
@pytest.mark.parametrize("limit", [-1, -0.001, float("-inf"), float("nan")])
def test_a_limit_that_is_negative_or_no_number_is_refused(name, limit):
    with pytest.raises(InvalidArgument, match=f"{name} is {limit}"):
        Budget(**{name: limit})


def test_a_budget_without_limits_is_never_exhausted():
    assert Budget().exhausted(10**12) is None


@pytest.mark.parametrize("limit, regions, stops", [(0, 0, False), (0, 1, True), (5, 5, False), (5, 6, True)])
def test_as_many_regions_as_the_limit_are_allowed(limit, regions, stops):
    reason = Budget(max_regions=limit).exhausted(regions)
    assert (reason == f"the limit of {limit} regions was reached") if stops else (reason is None)


def test_the_time_runs_from_the_making_of_the_budget():
    budget = Budget(max_seconds=0.01)
    before = budget.seconds
    time.sleep(0.02)
    assert 0 <= before < 0.02 <= budget.seconds
    assert budget.exhausted() == "the limit of 0.01 seconds was reached"


def test_a_long_limit_is_not_reached_at_once():
    assert Budget(max_seconds=3600).exhausted() is None


def test_a_cancelled_budget_is_interrupted_whatever_its_limits():
    assert Budget(max_regions=0, max_seconds=0, is_cancelled=lambda: True).exhausted(5) == "interrupted"


@EITHER
@FEWER
@given(_questions())
def test_a_limit_of_exactly_the_number_of_regions_changes_nothing(engine, question):
    whole = enumerate_regions(*question, engine=engine)
    limited = enumerate_regions(*question, engine=engine, budget=Budget(max_regions=len(whole)))
    assert isinstance(limited, Arrangement) and limited.regions == whole.regions


@EITHER
@FEWER
@given(_questions(), st.data())
def test_a_lower_limit_leaves_the_first_regions_and_prefixes_of_all_others(engine, question, data):
    whole = [region.pattern for region in enumerate_regions(*question, engine="reference")]
    limit = data.draw(st.integers(0, len(whole) - 1) | st.just(len(whole) - 1))
    partial = enumerate_regions(*question, engine=engine, budget=Budget(max_regions=limit))
    assert isinstance(partial, PartialArrangement)
    assert partial.reason == f"the limit of {limit} regions was reached"
    assert [region.pattern for region in partial] == whole[:limit]
    missing = whole[limit:]
    assert all(sum(_starts(pattern, prefix) for prefix in partial.unexplored) == 1 for pattern in missing)
    assert all(any(_starts(pattern, prefix) for pattern in missing) for prefix in partial.unexplored)
    assert list(partial.unexplored) == sorted(partial.unexplored)


def test_the_prefixes_left_are_those_of_the_open_branches():
    whole = [region.pattern for region in enumerate_regions(LINES, SQUARE, engine="reference")]
    partial = enumerate_regions(LINES, SQUARE, engine="reference", budget=Budget(max_regions=1))
    assert partial.unexplored == ((0, 0, 0, 1), (0, 1), (1,)) and len(whole) == 11


@EITHER
def test_no_time_at_all_leaves_everything_unexplored(engine):
    partial = enumerate_regions(LINES, SQUARE, engine=engine, budget=Budget(max_seconds=0))
    assert isinstance(partial, PartialArrangement)
    assert (len(partial.regions), partial.unexplored) == (0, ((),))
    assert partial.reason == "the limit of 0 seconds was reached"


@pytest.mark.parametrize("steps", range(12))
def test_a_cancelled_enumeration_keeps_what_it_found(steps):
    whole = [region.pattern for region in enumerate_regions(LINES, SQUARE)]
    asked = count()
    budget = Budget(is_cancelled=lambda: next(asked) >= steps)
    partial = enumerate_regions(LINES, SQUARE, engine="reference", budget=budget)
    found = [region.pattern for region in partial]
    assert isinstance(partial, PartialArrangement) and partial.reason == "interrupted"
    assert found == whole[: len(found)]
    assert all(any(_starts(pattern, prefix) for prefix in partial.unexplored) for pattern in whole[len(found) :])


@pytest.mark.parametrize("steps", range(12))
def test_a_cancelled_walk_of_the_kernels_keeps_what_it_found(steps, monkeypatch):
    monkeypatch.setattr(walks, "_REST", 2)
    whole = [region.pattern for region in enumerate_regions(LINES, SQUARE)]
    asked = count()
    budget = Budget(is_cancelled=lambda: next(asked) >= steps)
    partial = enumerate_regions(LINES, SQUARE, engine="certified", budget=budget)
    found = [region.pattern for region in partial]
    assert found == whole[: len(found)]
    assert isinstance(partial, PartialArrangement) == (len(found) < len(whole))
    if len(found) < len(whole):
        missing = whole[len(found) :]
        assert partial.reason == "interrupted"
        assert all(any(_starts(pattern, prefix) for prefix in partial.unexplored) for pattern in missing)
        assert all(any(_starts(pattern, prefix) for pattern in missing) for prefix in partial.unexplored)


@EITHER
@FEWER
@given(_questions())
def test_progress_is_told_and_ends_at_the_whole(engine, question):
    told = []
    whole = enumerate_regions(*question, engine=engine, on_progress=told.append)
    numbers = [progress.regions for progress in told]
    assert numbers == sorted(numbers)
    assert engine != "reference" or {*numbers} - {0} == {*range(1, len(whole) + 1)}
    assert numbers[-1] == len(whole)
    assert all(a.fraction <= b.fraction and a.seconds <= b.seconds for a, b in pairwise(told))
    assert told[-1].fraction == pytest.approx(1) and all(0 <= progress.fraction <= 1 for progress in told)


def test_a_partial_arrangement_locates_the_points_of_its_regions_only():
    whole = enumerate_regions(LINES, SQUARE)
    partial = enumerate_regions(LINES, SQUARE, budget=Budget(max_regions=3))
    located = [partial.locate(region.witness) for region in whole]
    assert located == [*partial, *[None] * (len(whole) - 3)]
