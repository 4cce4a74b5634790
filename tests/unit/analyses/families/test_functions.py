"""Piecewise-linear functions, against their definitions on many points."""

from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exactgeo.analyses.families import Extreme, Interval, PiecewiseLinear
from exactgeo.arithmetic.rationals import Rational
from exactgeo.errors import InvalidArgument

SMALL = st.integers(-2, 2).map(Rational)
DENSE = 6  # points in each stretch


@st.composite
def _functions(draw, continuous=None):
    breaks = sorted(draw(st.sets(st.integers(0, 6), min_size=2, max_size=5)))
    places = tuple(map(Rational, breaks))
    if draw(st.booleans()) if continuous is None else continuous:
        values = tuple(draw(SMALL) for _ in places)
        ends = zip(pairwise(places), pairwise(values), strict=True)
        slopes = [((q - p) / (high - low), low, p) for (low, high), (p, q) in ends]
        return PiecewiseLinear(places, tuple((slope, p - slope * low) for slope, low, p in slopes), values)
    lines = tuple((draw(SMALL), draw(SMALL)) for _ in places[1:])
    return PiecewiseLinear(places, lines, tuple(draw(SMALL) for _ in places))


def _points(function):
    """Return parameters in order: the breaks, and points between them, the zeros and those near the ends among them."""
    found = set(function.breaks)
    for (slope, intercept), (low, high) in zip(function.lines, pairwise(function.breaks), strict=True):
        step = (high - low) / DENSE
        found.update(low + step * k for k in range(1, DENSE))
        found.update((low + step / 10**6, high - step / 10**6))
        if slope and low < -intercept / slope < high:
            found.add(-intercept / slope)
    return sorted(found)


@given(_functions())
def test_suprema_are_upper_bounds_that_are_attained_or_approached(function):
    for sense, extreme in ((1, function.supremum()), (-1, function.infimum())):
        values = [sense * function(r) for r in _points(function)]
        assert max(values) <= sense * extreme.value
        assert extreme.is_attained == (max(values) == sense * extreme.value)
        if extreme.is_attained:
            assert function(extreme.place) == extreme.value
        else:
            assert extreme.value in function.limits(function.breaks.index(extreme.place))


@given(_functions(), SMALL, SMALL)
def test_the_greatest_error_is_that_of_either_sign(function, slope, intercept):
    found = function.greatest_error(slope, intercept)
    errors = [abs(function(r) - slope * r - intercept) for r in _points(function)]
    assert max(errors) <= found.value and found.is_attained == (max(errors) == found.value)
    assert not found.is_attained or abs(function(found.place) - slope * found.place - intercept) == found.value
    if not found.is_attained:
        assert max(errors) < found.value < max(errors) + Rational(1, 1000)


@given(_functions())
def test_zeros_are_the_points_where_the_value_is_0(function):
    zeros = function.zeros()
    for r in _points(function):
        assert (function(r) == 0) == any(_holds(interval, r) for interval in zeros)
    for before, after in pairwise(zeros):
        assert before.high <= after.low and not (before.high == after.low and (before.has_high or after.has_low))


def _holds(interval, r):
    return (
        interval.low < r < interval.high
        or (r == interval.low and interval.has_low)
        or (r == interval.high and interval.has_high)
    )


@given(_functions())
def test_the_total_variation_is_the_limit_of_sums_over_points(function):
    values = [function(r) for r in _points(function)]
    total = sum(abs(b - a) for a, b in pairwise(values))
    assert 0 <= function.total_variation() - total < Rational(1, 1000)


@given(_functions())
def test_the_lipschitz_constant_is_the_greatest_slope_between_points(function):
    slopes = [abs(function(b) - function(a)) / (b - a) for a, b in combinations(_points(function), 2)]
    constant = function.lipschitz_constant()
    assert (constant is None) == (not function.is_continuous)
    assert max(slopes) == constant if constant is not None else max(slopes) > 10**4


@given(_functions())
def test_monotone_is_what_every_two_points_say(function):
    values = [function(r) for r in _points(function)]
    rises = {(b > a) - (b < a) for a, b in pairwise(values)}
    expected = {
        frozenset({0}): "constant",
        frozenset({1}): "increasing",
        frozenset({-1}): "decreasing",
        frozenset({0, 1}): "nondecreasing",
        frozenset({0, -1}): "nonincreasing",
    }
    assert function.monotonicity() == expected.get(frozenset(rises))


@given(_functions())
def test_a_collision_is_one_and_without_one_all_points_differ(function):
    found = function.collision()
    if found is not None:
        first, second = found
        assert first < second and function(first) == function(second)
        return
    values = [function(r) for r in _points(function)]
    assert len(set(values)) == len(values)
    for one, other in combinations(range(len(function.lines)), 2):
        assert not _share(function, one, other)


def _share(function, one, other):
    """Whether two stretches have a value in common, which neither has at its ends."""
    ranges = []
    for number in (one, other):
        slope, intercept = function.lines[number]
        ends = [slope * r + intercept for r in function.breaks[number : number + 2]]
        ranges.append((min(ends), max(ends)))
    return max(low for low, _ in ranges) < min(high for _, high in ranges)


@given(_functions(), st.data())
def test_breaks_at_which_nothing_happens_may_be_added_and_taken_away(function, data):
    number = data.draw(st.integers(0, len(function.lines) - 1))
    low, high = function.breaks[number : number + 2]
    middle = (low + high) / 2
    finer = PiecewiseLinear(
        (*function.breaks[: number + 1], middle, *function.breaks[number + 1 :]),
        (*function.lines[: number + 1], function.lines[number], *function.lines[number + 1 :]),
        (*function.values[: number + 1], function(middle), *function.values[number + 1 :]),
    )
    assert finer.merged() == function.merged()
    assert all(function.merged()(r) == function(r) for r in _points(function))


def test_a_function_with_a_gap_in_its_zeros():
    half = Rational(1, 2)
    function = PiecewiseLinear((0, 1, 2), ((0, 0), (0, 0)), (Rational(1), half, Rational(0)))
    assert function.zeros() == (Interval(0, 1, False, False), Interval(1, 2, False, True))
    assert function.supremum() == Extreme(1, 0, True) and function.total_variation() == 2


@pytest.mark.parametrize("r", [-1, "5/2"])
def test_outside_its_interval_a_function_has_no_value(r):
    function = PiecewiseLinear((Rational(0), Rational(2)), ((1, 0),), (Rational(0), Rational(2)))
    with pytest.raises(InvalidArgument, match="is known from 0 to 2"):
        function(r)
