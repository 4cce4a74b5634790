"""What the kernels of linear programs call proved is true of the exact numbers; and half of each bound would not do."""

from fractions import Fraction
from types import FunctionType

import numpy as np
import pytest

from exactgeo.arithmetic.rationals import Rational
from exactgeo.enumeration.certified.floats import ULP
from exactgeo.enumeration.certified.programs.kernels import verdicts
from exactgeo.enumeration.certified.programs.kernels.spaces import Rows, Space, scratch
from exactgeo.enumeration.certified.programs.kernels.verdicts import put_range, put_values, refutes, sign_at
from exactgeo.enumeration.certified.programs.reduction import Reduced
from exactgeo.enumeration.certified.programs.tables import Tables

LOST = 0.99 * ULP  # added to 1, it is rounded away
MANY = 60


def halved(function):
    """Return a compiled function, interpreted, with half its bound."""
    return FunctionType(function.py_func.__code__, {**vars(verdicts), "SAFE": 0.5})


def sums(values):
    return sum(map(Fraction, np.asarray(values, dtype=float).tolist()))


def a_space(matrix, low, high):
    matrix = np.array(matrix, dtype=float)
    ends = [np.full(matrix.shape[1], float(value)) for value in (low, high)]
    return Space(matrix, np.ascontiguousarray(matrix.T), *ends, *ends, *ends)


def a_row(forms):
    forms = np.array(forms, dtype=float)
    return Rows(forms, np.zeros((len(forms), 1)), np.zeros(len(forms)), np.ones(len(forms)), np.zeros((0, 0)))


def test_the_error_of_coordinates_may_be_nearly_the_whole_bound():
    row = [1.0, *[LOST] * (MANY - 1)]
    space, ones = a_space([row], -2, 2), np.ones(MANY)
    values, radii = np.zeros(1), np.zeros(1)
    assert put_values(ones, space, values, radii)
    error = abs(sums(row) - Fraction(values[0]))
    assert error <= radii[0]
    halved(put_values)(ones, space, values, radii)
    assert error > radii[0]


def test_a_point_on_a_bound_or_of_an_extreme_size_is_not_inside():
    inside = np.array([np.nextafter(-1, 0)]), np.array([np.nextafter(1, 0)])
    one = np.array([-1.0]), np.array([1.0])
    space = Space(np.ones((1, 1)), np.ones((1, 1)), *one, *inside, *one)
    results = {
        x: put_values(np.array([x]), space, np.zeros(1), np.zeros(1)) for x in (-1, 1, 0.5, 2.0**-201, np.nan, 0)
    }
    assert [x for x, is_inside in results.items() if is_inside] == [0.5, 0]


def test_roundings_of_coordinates_count_by_all_that_is_added():
    row = [1.0] * 32 + [32 * LOST] * (MANY - 32)
    values, radii = np.zeros(1), np.zeros(1)
    assert put_values(np.ones(MANY), a_space([row], -2, 2), values, radii)
    assert radii[0] >= abs(sums(row) - Fraction(values[0])) > (MANY + 2) * Fraction(ULP)


@pytest.mark.parametrize("sense", [1, -1])
def test_the_errors_of_all_coordinates_count(sense):
    form, radii = np.array([0.0, sense, sense]), np.array([0.5, 0.5])
    assert sign_at(form, np.array([0.5, 0.4]), radii) == 0
    assert sign_at(form, np.array([0.5, 0.6]), radii) == sense


@pytest.mark.parametrize("sense", [1, -1])
def test_the_errors_of_coordinates_may_turn_a_sign(sense):
    form, values, radii = np.array([0.0, sense]), np.array([0.2]), np.array([0.3])
    assert sign_at(form, values, radii) == 0
    assert halved(sign_at)(form, values, radii) == sense  # which is wrong at the coordinate -0.1


def test_roundings_may_turn_a_sign():
    lost = [-LOST] * MANY
    form = np.array([1.0 + 34 * 2 * ULP, *lost, -1.0])
    values, radii = np.ones(MANY + 1), np.zeros(MANY + 1)
    assert sums(form) > 0
    assert sign_at(form, values, radii) == 0
    assert sign_at(np.array([1.0 + 80 * 2 * ULP, *lost, -1.0]), values, radii) == 1


@pytest.mark.parametrize("values", [[0.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
def test_what_is_zero_has_no_sign(values):
    """Nothing is rounded, so that the bound is as exact as the value."""
    form = np.array([0.0, 0.0, 0.0] if all(values) else [0.0, 1.0, 0.0])
    assert sign_at(form, np.array(values), np.zeros(2)) == 0
    assert sign_at(-form, np.array(values), np.zeros(2)) == 0


@pytest.mark.parametrize("values, radii", [([np.inf], [0.0]), ([np.nan], [0.0]), ([1.0], [np.inf]), ([1.0], [np.nan])])
def test_what_is_lost_has_no_sign(values, radii):
    for sense in (1.0, -1.0):
        assert sign_at(np.array([0.0, sense]), np.array(values), np.array(radii)) == 0


def _ends(function, form, errors, space):
    ends = np.zeros(2)
    function(np.array(form), np.array(errors), space, np.zeros(2 * space.matrix.shape[1]), ends)
    return ends


def test_the_errors_of_a_form_may_be_the_whole_bound_of_its_range():
    form, errors, space = [0.0, 0.2], [0.0, 0.3], a_space([[1.0]], -1, 1)
    low, high = _ends(put_range, form, errors, space)
    assert low <= -0.5 and high >= 0.5  # the slope may be 1/2
    low, high = _ends(halved(put_range), form, errors, space)
    assert low > -0.5 and high < 0.5


@pytest.mark.parametrize("sense", [1, -1])
@pytest.mark.parametrize("by_inputs", [False, True])
def test_roundings_may_be_nearly_the_whole_bound_of_a_range(by_inputs, sense):
    lost = [1.0, *[LOST] * (MANY - 1)]
    form = [0.0, sense] if by_inputs else [0.0, *(sense * value for value in lost)]
    space = a_space([lost] if by_inputs else [[1.0]] * MANY, -1, 1)
    errors = [0.0] * len(form)
    exact = sums(lost)
    low, high = _ends(put_range, form, errors, space)
    assert -low >= exact <= high
    low, high = _ends(halved(put_range), form, errors, space)
    assert -low < exact > high


def _extremes(slope, error, low, high):
    """Return the least and the largest value of any slope times any number, both within their bounds."""
    ends = [a * x for a in (slope - error, slope + error) for x in (low, high) if a or np.isfinite(x)]
    return min(ends), max(ends)


ONE_BOUND = [(-1, np.inf), (1, np.inf), (-np.inf, 1), (-np.inf, -1)]
INTERVALS = [*ONE_BOUND, (-np.inf, np.inf), (-1, 3), (-3, 1), (-3, -1), (1, 3)]


@pytest.mark.parametrize("low, high", INTERVALS)
@pytest.mark.parametrize("error", [0.0, 0.25, 0.75, 1.5])
def test_a_range_is_as_wide_as_any_slope_makes_it(low, high, error):
    space = a_space([[1.0]], low, high)
    for slope in (1.0, -1.0):
        least, most = _extremes(slope, error, low, high)
        found = _ends(put_range, [0.0, slope], [0.0, error], space)
        assert found[0] <= least and most <= found[1]
        assert [np.isfinite(end) for end in found] == [np.isfinite(least), np.isfinite(most)]


@pytest.mark.parametrize("low, high", [(-1, 1), *ONE_BOUND])
@pytest.mark.parametrize("sense", [1, -1])
@pytest.mark.parametrize("first", [0, 1])
def test_roundings_of_a_range_count_on_either_side(low, high, sense, first):
    """Little more than half an ulp is rounded up, little less is rounded away; to a constant of 1, or to a term."""
    for rest in (0.99 * ULP, 1.01 * ULP):
        slopes = [1.0 - first, *[rest] * (MANY - 1)]
        ends = _ends(put_range, [float(sense * first), float(sense)], [0.0, 0.0], a_space([slopes], low, high))
        values = [sense * (sums(slopes) * x + first) for x in map(Fraction, filter(np.isfinite, (low, high)))]
        assert ends[0] <= min(values) and max(values) <= ends[1]


def test_a_form_with_a_lost_number_has_no_sign():
    room, signs = scratch(1, 1, 1), np.ones(1, dtype=np.int8)
    for form in ([np.nan, 1.0], [5.0, np.nan]):
        verdicts.put_signs(a_row([form]), a_space([[1.0]], -1, 1), room, signs)
        assert signs[0] == 0


def test_multipliers_checked_with_half_the_bound_would_refute_what_is_not_empty():
    rows = a_row([[-1 - 90 * ULP, 1.0], *[[LOST, LOST]] * (MANY - 1)])
    space, room = a_space([[1.0]], -1, 1), scratch(1, 1, MANY)
    multipliers = np.ones(MANY)
    assert sums(rows.forms.ravel()) > 0  # their sum at 1
    assert not refutes(MANY, multipliers, rows, space, room)
    assert halved(refutes)(MANY, multipliers, rows, space, room)
    further = rows._replace(forms=rows.forms - np.array([[200 * ULP, 0.0]] + [[0.0, 0.0]] * (MANY - 1)))
    assert refutes(MANY, multipliers, further, space, room)


def test_roundings_of_a_sum_count_by_all_that_is_added():
    """From 32 on, what is added is lost; 32 is no row's entry, but the sum of many."""
    rows = a_row([[-1 - 50 * ULP, 1.0]] * 32 + [[32 * LOST, 32 * LOST]] * (MANY - 32))
    space, room = a_space([[1.0]], -1, 1), scratch(1, 1, MANY)
    assert sums(rows.forms.ravel()) > 0  # their sum at 1
    assert not refutes(MANY, np.ones(MANY), rows, space, room)


@pytest.mark.parametrize("negative", [-1.0, -(2.0**-10), -(2.0**70), np.nan])
def test_a_row_with_a_multiplier_that_is_not_positive_is_left_out(negative):
    """At 1/2 both rows are positive; the first less the second is nowhere."""
    rows = a_row([[0.0, 2.0**-80], [1.0, 2.0**-80]])
    space, room = a_space([[1.0]], -1, 1), scratch(1, 1, 2)
    assert not refutes(2, np.array([1.0, negative]), rows, space, room)
    assert not refutes(2, np.array([negative, 1.0]), rows._replace(forms=rows.forms[::-1].copy()), space, room)


@pytest.mark.parametrize("multipliers", [[0, 0], [-1, -1], [np.nan, np.nan], [np.inf, 1], [1, 0], [0, 1]])
def test_what_are_no_multipliers_refutes_nothing(multipliers):
    rows = a_row([[-0.5, 1.0], [-0.5, -1.0]])
    space, room = a_space([[1.0]], -1, 1), scratch(1, 1, 2)
    assert refutes(2, np.ones(2), rows, space, room)
    assert not refutes(2, np.array(multipliers, dtype=float), rows, space, room)


def test_a_lost_number_refutes_nothing():
    room = scratch(1, 1, 2)
    for place in np.ndindex(2, 2):
        rows = a_row([[-0.5, 1.0], [-0.5, -1.0]])
        rows.forms[place] = np.nan
        assert not refutes(2, np.ones(2), rows, a_space([[1.0]], -1, 1), room)
    rows = a_row([[-0.5, 1.0], [-0.5, -0.9]])
    for space in (a_space([[np.nan]], -1, 1), a_space([[1.0]], np.nan, 1), a_space([[1.0]], -1, np.nan)):
        assert not refutes(2, np.ones(2), rows, space, room)


def test_where_a_bound_is_missing_only_a_sure_slope_refutes():
    room, infinity = scratch(1, 1, 2), np.inf
    falling = a_row([[-0.5, 1.0], [-0.5, -2.0]])
    assert refutes(2, np.ones(2), falling, a_space([[1.0]], 0, infinity), room)
    assert not refutes(2, np.ones(2), falling, a_space([[1.0]], -infinity, infinity), room)
    assert not refutes(2, np.ones(2), falling, a_space([[1.0]], -infinity, 0), room)
    level = a_row([[-0.5, 1.0], [-0.5, -1.0]])
    assert not refutes(2, np.ones(2), level, a_space([[1.0]], -infinity, infinity), room)
    constant = a_row([[-0.5, 0.0]])
    assert refutes(1, np.ones(1), constant, a_space([[1.0]], -infinity, infinity), room)


def _problem(source, inputs, coordinates, bits):
    def integer(size):
        return int(source.integers(-(2**30), 2**30)) * 2 ** int(source.integers(0, size)) + int(source.integers(-9, 10))

    matrix = tuple(tuple(integer(bits) for _ in range(inputs)) for _ in range(coordinates))
    lower = tuple(-Rational(int(source.integers(1, 99)), int(source.integers(1, 99))) for _ in range(inputs))
    upper = tuple(Rational(int(source.integers(1, 99)), int(source.integers(1, 99))) for _ in range(inputs))
    reduced = Reduced(None, matrix, (Rational(0),) * inputs, lower, upper, ())
    return reduced, [integer(bits) for _ in range(coordinates)]


def _slopes(row, reduced):
    return [sum(a * b for a, b in zip(row, column, strict=True)) for column in zip(*reduced.matrix, strict=True)]


@pytest.mark.parametrize("seed", range(40))
def test_forms_that_nearly_vanish_in_a_corner_are_never_misjudged(seed):
    source = np.random.default_rng(seed)
    inputs, coordinates = int(source.integers(1, 40)), int(source.integers(1, 9))
    reduced, row = _problem(source, inputs, coordinates, int(source.integers(1, 60)))
    tables, room, sure = Tables(reduced), scratch(coordinates, inputs, 1), 0
    ends = list(zip(_slopes(row, reduced), reduced.lower, reduced.upper, strict=True))
    most = sum((max(d * low, d * high) for d, low, high in ends), Rational(0))
    least = sum((min(d * low, d * high) for d, low, high in ends), Rational(0))
    size = max(abs(most), abs(least))
    for exponent in (*range(-60, -30), 0):
        for margin in (-size * Rational(2) ** exponent, Rational(0), size * Rational(2) ** exponent):
            for edge in (most, least):
                constant = margin - edge
                form = [int(value * constant.denominator) for value in (constant, *row)]
                _, signs = tables.rows([tuple(form)], room)
                assert signs[0] != 1 or least + constant >= 0
                assert signs[0] != -1 or most + constant <= 0
                sure += abs(int(signs[0]))
    assert sure > 0


@pytest.mark.parametrize("seed", range(40))
def test_forms_that_nearly_vanish_at_a_point_are_never_misjudged(seed):
    source = np.random.default_rng(seed)
    inputs, coordinates = int(source.integers(1, 40)), int(source.integers(1, 9))
    reduced, row = _problem(source, inputs, coordinates, int(source.integers(1, 60)))
    tables, room, sure = Tables(reduced), scratch(coordinates, inputs, 1), 0
    point = source.uniform(-0.01, 0.01, inputs)
    values, radii = np.zeros(coordinates), np.zeros(coordinates)
    assert put_values(point, tables.space, values, radii)
    exact = [Rational(*x.as_integer_ratio()) for x in point.tolist()]
    terms = [d * x for d, x in zip(_slopes(row, reduced), exact, strict=True)]
    value, size = sum(terms, Rational(0)), sum(map(abs, terms), Rational(0))
    for exponent in (*range(-60, -30), 0):
        for margin in (-size * Rational(2) ** exponent, Rational(0), size * Rational(2) ** exponent):
            constant = margin - value
            form = [int(entry * constant.denominator) for entry in (constant, *row)]
            sign = sign_at(tables.rows([tuple(form)], room)[0].forms[0], values, radii)
            assert sign in (0, (margin > 0) - (margin < 0))
            sure += abs(sign)
    assert sure > 20
