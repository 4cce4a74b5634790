"""Points that are rounded without leaving the open set in which they lie."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exactgeo.arithmetic.rationals import point
from exactgeo.polyhedra.bounds import Bounds
from exactgeo.polyhedra.points import shortened

COORDINATES = st.builds(Fraction, st.integers(-(10**12), 10**12), st.integers(1, 10**12)) | st.fractions(-3, 3)


@st.composite
def _points_with_rows(draw):
    """Draw a point, and integer rows that are positive there, some of them barely."""
    x = draw(st.lists(COORDINATES, max_size=3))
    rows = []
    for _ in range(draw(st.integers(0, 5))):
        normal = draw(st.tuples(*[st.integers(-4, 4)] * len(x)))
        value = sum(a * b for a, b in zip(normal, x, strict=True))
        gap = draw(st.sampled_from([Fraction(1), Fraction(1, 100), Fraction(1, 10**9), Fraction(1, 10**30)]))
        scale = 10**31
        constant = -(value * scale // 1) + int(gap * scale)
        rows.append((int(constant), *(a * scale for a in normal)))
    return point(x), [row for row in rows if _value(row, x) > 0]


def _value(row, x):
    return row[0] + sum(a * b for a, b in zip(row[1:], x, strict=True))


def _bits(x):
    return sum(int(value.numerator).bit_length() + int(value.denominator).bit_length() for value in x)


@given(_points_with_rows())
def test_the_rows_stay_positive(question):
    x, rows = question
    assert all(_value(row, shortened(x, rows)) > 0 for row in rows)


@given(_points_with_rows())
def test_the_coordinates_get_no_longer(question):
    x, rows = question
    assert _bits(shortened(x, rows)) <= _bits(x)


@given(st.lists(COORDINATES, max_size=3))
def test_without_rows_the_coordinates_become_halves_of_integers(x):
    short = shortened(point(x), [])
    assert short == point(x) or all(
        (2 * value).denominator == 1 and abs(value - y) <= 1 for value, y in zip(short, x, strict=True)
    )


def test_the_coarsest_grid_that_fits_is_taken():
    assert shortened(point(["1000001/3000000"]), [(-1, 4), (2, -5)]) == (Fraction(5, 16),)


@pytest.mark.parametrize("bits", [1, 3, 9, 60, 64, 65, 200])
def test_a_point_in_a_gap_of_any_width_stays_in_it(bits):
    low = Fraction(2**bits // 3, 2**bits)
    high = low + Fraction(1, 2**bits)
    rows = [(-low.numerator, low.denominator), (high.numerator, -high.denominator)]
    x = (low + high) / 2 + Fraction(1, 7 * 2**bits)
    assert low < shortened(point([x]), rows)[0] < high


def test_a_point_that_no_grid_can_replace_stays():
    x = point([Fraction(1, 3**50)])
    assert shortened(x, [(-1, 3**50 + 1), (1, 1 - 3**50)]) == x


@given(_points_with_rows(), st.data())
def test_bounds_and_the_rows_that_say_the_same_lead_to_the_same_point(question, data):
    x, rows = question
    gaps = st.sampled_from([Fraction(1), Fraction(1, 97), Fraction(1, 10**9)])
    axes = []
    for k, value in enumerate(x):
        for sense in (1, -1):
            end = Fraction(int(value.numerator), int(value.denominator)) - sense * data.draw(gaps)
            axes.append((-sense * end.numerator, *(sense * end.denominator * int(i == k) for i in range(len(x)))))
    bounds = Bounds.of(len(x), axes)
    assert shortened(x, rows, bounds) == shortened(x, [*axes, *rows])
