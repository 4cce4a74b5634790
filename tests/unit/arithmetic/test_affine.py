"""Affine forms and integer rows against Fractions."""

import math
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from exactgeo.arithmetic.affine import (
    AffineForm,
    evaluate_row,
    evaluate_rows,
    multiple_of,
    negated,
    primitive,
    primitive_row,
)
from exactgeo.arithmetic.rationals import point
from exactgeo.errors import InexactNumber

NUMBERS = st.builds(Fraction, st.integers(-9, 9) | st.integers(), st.sampled_from([1, 1, 2, 3, 6, 2**70]))
INTEGERS = st.integers(-6, 6) | st.integers()


def _vectors(least, most, elements=NUMBERS):
    return st.lists(elements, min_size=least, max_size=most)


@st.composite
def _tuples_of_vectors(draw, count, least=1, elements=NUMBERS):
    size = draw(st.integers(least, 4))
    return [draw(st.lists(elements, min_size=size, max_size=size)) for _ in range(count)]


def _value(form, x):
    return form[0] + sum(a * b for a, b in zip(form[1:], x, strict=True))


@given(_vectors(0, 5))
def test_a_form_has_the_coefficients_that_it_was_given(coefficients):
    assert AffineForm.of(coefficients).coefficients == tuple(coefficients)


@given(_vectors(0, 5))
def test_a_form_is_in_lowest_terms(coefficients):
    form = AffineForm.of(coefficients)
    assert form.denominator > 0
    assert math.gcd(form.denominator, *form.numerators) == 1


@given(_vectors(1, 4), st.integers(1, 10**20))
def test_a_form_over_any_denominator_reduces_to_the_same_object(coefficients, factor):
    form = AffineForm.of(coefficients)
    inflated = AffineForm.reduced((value * factor for value in form.numerators), form.denominator * factor)
    assert inflated == form and hash(inflated) == hash(form)


@given(_tuples_of_vectors(2))
def test_forms_are_equal_exactly_if_their_coefficients_are(vectors):
    first, second = vectors
    assert (AffineForm.of(first) == AffineForm.of(second)) == (first == second)


@given(_tuples_of_vectors(2))
def test_the_value_at_a_point_is_that_of_fractions(vectors):
    form, x = vectors[0], vectors[1][1:]
    assert AffineForm.of(form)(point(x)) == _value(form, x)


def test_a_form_takes_a_point_in_any_spelling():
    assert AffineForm.of([1, "1/2", -1])(["1/3", Fraction(1, 6)]) == 1


def test_a_form_takes_no_float():
    with pytest.raises(InexactNumber):
        AffineForm.of([1, 2])([0.5])


@given(_tuples_of_vectors(2))
def test_the_difference_of_forms_is_that_of_fractions_in_lowest_terms(vectors):
    first, second = vectors
    expected = AffineForm.of([a - b for a, b in zip(first, second, strict=True)])
    assert AffineForm.of(first) - AffineForm.of(second) == expected


@given(_vectors(1, 4))
def test_a_form_minus_itself_is_the_zero_form(coefficients):
    form = AffineForm.of(coefficients)
    assert form - form == AffineForm((0,) * len(coefficients), 1)


def test_forms_in_different_numbers_of_variables_do_not_subtract():
    with pytest.raises(ValueError, match="zip"):
        AffineForm.of([1, 2]) - AffineForm.of([1, 2, 3])


def test_a_form_with_a_float_is_refused():
    with pytest.raises(InexactNumber):
        AffineForm.of([1, 0.5])


@given(_vectors(0, 5, INTEGERS))
def test_a_primitive_row_is_the_row_over_the_greatest_common_divisor(row):
    assume(any(row))
    result = primitive(row)
    assert math.gcd(*result) == 1
    assert tuple(value * math.gcd(*row) for value in result) == tuple(row)


@pytest.mark.parametrize("size", [0, 1, 3])
def test_the_zero_row_stays(size):
    assert primitive([0] * size) == (0,) * size


@given(_vectors(1, 5), st.fractions(min_value=Fraction(1, 10**9)))
def test_positive_multiples_have_the_same_primitive_row(coefficients, factor):
    assume(factor > 0)
    assert primitive_row(coefficients) == primitive_row([factor * value for value in coefficients])


@given(_vectors(1, 5))
def test_a_primitive_row_is_a_positive_multiple(coefficients):
    assume(any(coefficients))
    row = primitive_row(coefficients)
    ratios = {Fraction(a) / b for a, b in zip(row, coefficients, strict=True) if b}
    assert len(ratios) == 1 and ratios.pop() > 0
    assert all((a == 0) == (b == 0) for a, b in zip(row, coefficients, strict=True))


@given(_vectors(0, 5, INTEGERS))
def test_negation_negates_every_entry(row):
    assert [a + b for a, b in zip(row, negated(tuple(row)), strict=True)] == [0] * len(row)


@given(_tuples_of_vectors(2, elements=INTEGERS))
def test_an_integer_row_at_a_rational_point(vectors):
    row, x = vectors[0], [Fraction(value, 7) for value in vectors[1][1:]]
    assert evaluate_row(tuple(row), point(x)) == _value(row, x)


@given(_tuples_of_vectors(4))
def test_many_rows_at_a_point_are_all_multiplied_by_its_common_denominator(vectors):
    *rows, x = [primitive_row(vector) for vector in vectors[:3]] + [vectors[3][1:]]
    common = math.lcm(*(value.denominator for value in x))
    assert list(evaluate_rows(rows, point(x))) == [common * _value(row, x) for row in rows]


def test_rows_without_variables_are_their_constants():
    assert list(evaluate_rows([(5,), (-3,), (0,)], ())) == [5, -3, 0]


@pytest.mark.parametrize("x", [(), (1,), (1, 2, 3)])
def test_a_point_of_the_wrong_dimension_is_refused(x):
    with pytest.raises(ValueError, match="zip"):
        evaluate_row((1, 2, 3), point(x))
    with pytest.raises(ValueError, match="of 2 variables has no value"):
        list(evaluate_rows([(1, 2, 3)], point(x)))


@given(_tuples_of_vectors(2), st.integers(1, 5), st.integers(1, 5))
def test_one_form_is_above_another_where_their_difference_is_positive(vectors, divisor, other_divisor):
    one, other = (
        AffineForm.of(Fraction(value) / k for value in v)
        for v, k in zip(vectors, (divisor, other_divisor), strict=True)
    )
    assert one.above(other) == primitive((one - other).numerators)


@given(_tuples_of_vectors(2, elements=st.integers(-3, 3)))
def test_a_row_is_a_multiple_of_another_if_they_have_rank_1_and_the_factor_has_its_sign(vectors):
    row, other = (primitive(vector) for vector in vectors)
    assume(any(other))
    dependent = all(a * d == b * c for a, c in zip(row, other, strict=True) for b, d in zip(row, other, strict=True))
    product = sum(a * b for a, b in zip(row, other, strict=True))
    assert multiple_of(row, other) == (((product > 0) - (product < 0)) if dependent else 0)


@given(_vectors(1, 4, INTEGERS))
def test_a_row_is_a_multiple_of_itself_and_of_its_negative(vector):
    row = primitive(vector)
    assume(any(row))
    assert (multiple_of(row, row), multiple_of(row, negated(row)), multiple_of((0,) * len(row), row)) == (1, -1, 0)
