"""Networks along paths: against evaluation, and what is known of pulses and disks."""

import math
from fractions import Fraction

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

import exactgeo as eg
from exactgeo.analyses.families import (
    Path,
    PiecewiseLinear,
    along,
    area_sampled_pulse,
    binary_disk,
    binary_pulse,
    greatest_radius_error,
    sensitivities,
    smooth_disk,
)
from exactgeo.arithmetic.rationals import Rational, point
from exactgeo.errors import BudgetExhausted, DimensionMismatch, InvalidArgument
from exactgeo.strategies import points, programs, relu_networks

PIXELS = 25
SMALL = st.fractions(-2, 2, max_denominator=3).map(lambda value: Rational(value.numerator, value.denominator))


@st.composite
def _questions(draw):
    program = draw(relu_networks(max_inputs=4, max_units=5) | programs(max_inputs=3, max_units=4))
    corners = draw(st.lists(points(program.inputs), min_size=2, max_size=4))
    return program, Path.through(corners)


@given(_questions(), st.lists(st.fractions(0, 3, max_denominator=12), min_size=5, max_size=5))
def test_the_functions_are_the_outputs_at_the_points_of_the_path(question, places):
    program, path = question
    note(program.text)
    found = along(program, path)
    for place in [*places, *(r for function in found.functions for r in function.breaks)]:
        if path.breaks[0] <= place <= path.breaks[-1]:
            outputs = eg.evaluate(program, path.at(str(place))).outputs
            assert tuple(function(str(place)) for function in found.functions) == outputs


@given(_questions())
def test_the_functions_of_a_continuous_network_along_a_polyline_are_continuous(question):
    program, path = question
    assert path.is_continuous
    if program.is_continuous:
        assert all(function.is_continuous for function in along(program, path).functions)


def test_the_regions_on_a_path_can_be_certified(tmp_path):
    program = eg.relu_network([[[1, -1], [1, 1]], [[1, 1]]])
    found = along(program, Path.through([(-2, 1), (1, -1), (1, -1), (2, -4)]))
    assert [None if regions is None else len(regions) for regions in found.arrangements] == [2, None, 1]
    for regions in found.arrangements:
        if regions is not None:
            assert eg.certify(regions).save_checked(tmp_path / "c.cert").regions == len(regions)


def _by_filter(taps, bias, size):
    """Return the sum of relu(filter * x + bias) over a row of pixels, zeros around it."""
    reach = len(taps) // 2
    rows = [[taps[j - i + reach] if abs(j - i) <= reach else 0 for j in range(size)] for i in range(size)]
    return eg.relu_network([rows, [[1] * size]], [[bias] * size, [0]])


def test_a_filter_measures_the_radius_of_a_pulse_up_to_a_wave():
    """By hand: between half-integers all is periodic but a rise of 3/2 a unit, 17/4 at r = 3/2."""
    (function,) = along(_by_filter([-1, 3, -1], "-1/4", PIXELS), area_sampled_pulse(PIXELS, "3/2", "19/2")).functions
    assert len(function.lines) == 16
    for k in range(9):
        assert function(Rational(3, 2) + k) == Rational(17, 4) + Rational(3, 2) * k
    error = function.greatest_error("3/2", 2)
    assert error.value * Rational(2, 3) == Rational(35, 36)
    assert error.is_attained and (error.place - Rational(23, 12)).denominator == 1
    assert function.monotonicity() is None and function.collision() is not None


def test_an_edge_filter_counts_the_pixels_of_a_pulse():
    path = binary_pulse(PIXELS, 0, 10)
    (counted,) = along(_by_filter([0, 1, 0], 0, PIXELS), path).functions
    for r in (0, "1/2", 1, "3/2", 9, "19/2", 10):
        assert counted(r) == 2 * (Fraction(r) // 1) + 1
    assert counted.total_variation() == 20 and counted.lipschitz_constant() is None
    assert counted.monotonicity() == "nondecreasing"


def test_without_its_bend_an_edge_filter_telescopes_to_nothing():
    rows = [[(j == i) - (j == i - 1) for j in range(PIXELS)] for i in range(PIXELS + 1)]
    summed = eg.relu_network([[[sum(column) for column in zip(*rows, strict=True)]]])
    (function,) = along(summed, binary_pulse(PIXELS, 0, 10)).functions
    assert function.zeros()[0].low == 0 and function.zeros()[0].high == 10
    bent = eg.relu_network([rows, [[1] * len(rows)]])
    (edges,) = along(bent, binary_pulse(PIXELS, 0, 10)).functions
    assert edges.monotonicity() == "constant" and edges(5) == 1


def test_the_edges_of_the_rows_of_a_disk():
    """In each row that a disk meets there is one rising edge: of 2 floor(r) + 1 rows."""
    size, most = 9, 16
    path = binary_disk(size, size, 0, most)
    rows = []
    for y in range(size):
        for x in range(size + 1):
            row = [0] * size * size
            if x < size:
                row[y * size + x] = 1
            if x:
                row[y * size + x - 1] = -1
            rows.append(row)
    (function,) = along(eg.relu_network([rows, [[1] * len(rows)]]), path).functions
    for s in range(most + 1):
        assert function(s) == 2 * int(s**0.5 + 1e-9) + 1
    assert [str(r) for r in function.breaks] == ["0", "1", "4", "9", "16"]


@pytest.mark.parametrize("family", [binary_pulse, area_sampled_pulse])
@pytest.mark.parametrize("size", [4, 5])
def test_pulses_are_what_their_definition_says(family, size):
    path = family(size, 0, 3)
    for r in (Rational(k, 8) for k in range(25)):
        for x, i in zip(path.at(r), (Fraction(2 * k + 1 - size, 2) for k in range(size)), strict=True):
            inside = Fraction(str(r)) + Fraction(1, 2) - abs(i)
            assert x == (min(max(inside, 0), 1) if family is area_sampled_pulse else abs(i) <= Fraction(str(r)))
    assert path.is_continuous == (family is area_sampled_pulse)


def test_paths_that_are_none_are_refused():
    with pytest.raises(InvalidArgument, match="each greater than the last"):
        Path.through([(0,), (1,)], [1, 1])
    with pytest.raises(InvalidArgument, match="two parameters or more"):
        Path.through([(0,)])
    with pytest.raises(DimensionMismatch, match="each has a parameter"):
        Path.through([(0,), (1, 2)])
    with pytest.raises(DimensionMismatch, match="each has a parameter"):
        Path.through([(0,), (1,)], [0, 1, 2])
    with pytest.raises(InvalidArgument, match="not affine between 0 and 1"):
        Path.of([0, 1], lambda r: (r * r,))
    for low, high in ((-1, 2), (3, 1), (1, 1)):
        for family in (binary_pulse, area_sampled_pulse):
            with pytest.raises(InvalidArgument, match=f"not from {low} to {high}"):
                family(5, low, high)
    with pytest.raises(InvalidArgument, match="a row of 0 pixels"):
        binary_pulse(0, 0, 2)
    with pytest.raises(InvalidArgument, match="is not between them"):
        Path.through([(0,), (1,)]).at(2)


def test_a_path_in_another_space_and_a_budget_that_ends_are_refused():
    program = eg.relu_network([[[1, 1]], [[1]]])
    with pytest.raises(DimensionMismatch, match="lies in 1 dimensions"):
        along(program, Path.through([(0,), (1,)]))
    with pytest.raises(BudgetExhausted, match="the path is not done"):
        along(program, Path.through([(-1, 0), (1, 0)]), budget=eg.Budget(max_regions=1))


def test_a_path_may_begin_anywhere_and_jump():
    path = Path.of([1, 2, 3], lambda r: (r if r < 2 else -r, 0))
    assert path.at(2) == point((-2, 0)) and not path.is_continuous
    (function,) = along(eg.relu_network([[[1, 0]], [[1]]]), path).functions
    assert function.limits(1) == (2, 0) and function(2) == 0 and function("3/2") == Rational(3, 2)


@given(relu_networks(max_inputs=4, max_units=6), st.data())
def test_outputs_change_no_more_than_their_sensitivities_say(program, data):
    x = data.draw(points(program.inputs))
    step = [Rational(data.draw(st.integers(-4, 4)), 4) for _ in x]
    y = [a + b for a, b in zip(x, step, strict=True)]
    first, last = (eg.evaluate(program, place).outputs for place in (x, y))
    most = max(map(abs, step))
    for p, q, bound in zip(first, last, sensitivities(program), strict=True):
        assert abs(p - q) <= bound * most


def test_sensitivities_of_one_layer_are_sums_of_sizes():
    assert sensitivities(eg.relu_network([[[1, -2], ["1/2", 0]], [[1, 1], [3, 0]]])) == (Rational(7, 2), 9)
    builder = eg.ProgramBuilder(1)
    gate = builder.add_unit([({}, {}), ({1: 1}, {0: 1})])
    with pytest.raises(InvalidArgument, match="may change by much"):
        sensitivities(builder.build([{gate: 1}]))


def test_a_disk_with_smooth_borders_is_known_up_to_roots():
    path = smooth_disk(5, 4, 0, 3)
    assert 0 < path.error < Rational(1, 2**120) and path.is_continuous
    distances = [math.hypot(y - 2, x - 1.5) for y in range(5) for x in range(4)]
    for r in (Rational(k, 7) for k in range(22)):
        for value, distance in zip(path.at(r), distances, strict=True):
            assert abs(float(value) - min(max(float(r) + 0.5 - distance, 0), 1)) < 1e-12
    found = along(eg.relu_network([[[1] * 20]]), path)
    assert found.errors == (20 * path.error,)
    (area,) = found.functions
    assert area.monotonicity() == "increasing" and abs(float(area(2)) - math.pi * 4) < 0.7
    assert smooth_disk(1, 5, 0, 2).error == 0  # whose distances are whole


@pytest.mark.parametrize(
    "lines, error",
    [
        ([(0, 2)], 2),  # |2 - sqrt(s)| on [0, 9], at 0
        ([("1/3", 0)], "3/4"),  # s / 3 - sqrt(s), least at s = 9/4
        ([("1/3", "1/2")], "1/2"),
    ],
)
def test_how_far_a_function_of_the_square_is_from_the_radius(lines, error):
    ((slope, intercept),) = [(Rational(str(m)), Rational(str(c))) for m, c in lines]
    ends = tuple(map(Rational, (0, 9)))
    function = PiecewiseLinear(ends, ((slope, intercept),), tuple(slope * s + intercept for s in ends))
    found = greatest_radius_error(function)
    assert found.lower <= Rational(error) <= found.upper and found.upper - found.lower < Rational(1, 2**100)


@given(st.lists(st.tuples(SMALL, SMALL, SMALL), min_size=1, max_size=4), SMALL)
def test_the_radius_error_is_that_of_many_squares(stretches, last):
    ends = [Rational(k) for k in range(len(stretches) + 1)]
    values = (*(value for _, _, value in stretches), last)
    function = PiecewiseLinear(tuple(ends), tuple((m, c) for m, c, _ in stretches), values)
    found = greatest_radius_error(function)
    errors = [abs(function(Rational(k, 144)) - Rational(math.sqrt(k / 144))) for k in range(144 * len(stretches) + 1)]
    step = Rational(1, 144)
    wiggle = max(abs(m) for m, _, _ in stretches) * step + Rational(1, 12)  # of the root between two of these
    assert max(errors) <= found.upper + Rational(1, 10**9) and found.lower <= max(errors) + wiggle + _gap(function)


def _gap(function):
    """Return how far values at breaks are from the limits, which a few points may miss."""
    return max(
        abs(limit - value)
        for number, value in enumerate(function.values)
        for limit in function.limits(number)
        if limit is not None
    )


def test_a_negative_number_is_the_square_of_no_radius():
    function = PiecewiseLinear((Rational(-1), Rational(1)), ((0, 0),), (Rational(0), Rational(0)))
    with pytest.raises(InvalidArgument, match="-1 is the square of no radius"):
        greatest_radius_error(function)
