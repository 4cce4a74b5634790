"""Ranks and echelon forms against sympy."""

import math
from fractions import Fraction

import pytest
import sympy
from hypothesis import assume, given
from hypothesis import strategies as st

from exactgeo.arithmetic.affine import primitive
from exactgeo.arithmetic.matrices import echelon, rank, reduce_modulo
from exactgeo.arithmetic.rationals import point

SMALL = st.integers(-3, 3) | st.sampled_from([0, 0, 2**64 + 1, -(2**70)])


@st.composite
def _matrices(draw, most_rows=4, least_columns=1):
    columns = draw(st.integers(least_columns, 4))
    return draw(st.lists(st.lists(SMALL, min_size=columns, max_size=columns), max_size=most_rows))


def _columns(rows):
    return len(rows[0]) if rows else 1


def _sympy(rows):
    exact = [[sympy.Rational(value.numerator, value.denominator) for value in map(Fraction, row)] for row in rows]
    return sympy.Matrix(len(rows), _columns(rows), [value for row in exact for value in row])


def _fractions(row):
    return [Fraction(int(value.p), int(value.q)) for value in row]


@given(_matrices(), st.integers(1, 6))
def test_the_rank_is_that_of_sympy(rows, divisor):
    rationals = [[Fraction(value, divisor + k) for k, value in enumerate(row)] for row in rows]
    assert rank([point(row) for row in rationals]) == _sympy(rationals).rank()


@pytest.mark.parametrize("rows", [[], [[]], [[], []], [[0]], [[0, 0], [0, 0]]], ids=repr)
def test_nothing_has_rank_0(rows):
    assert rank(rows) == 0


@given(_matrices())
def test_the_echelon_form_is_that_of_sympy_with_the_columns_reversed(rows):
    reduced, pivots = _sympy([row[::-1] for row in rows]).rref()
    expected = [_fractions(reduced.row(k))[::-1] for k in range(len(pivots))]
    result, columns = echelon([tuple(row) for row in rows])
    assert columns == tuple(_columns(rows) - 1 - pivot for pivot in pivots)
    scaled = [[Fraction(value, row[pivot]) for value in row] for row, pivot in zip(result, columns, strict=True)]
    assert scaled == expected


@given(_matrices())
def test_echelon_rows_are_primitive_with_positive_pivots(rows):
    result, pivots = echelon([tuple(row) for row in rows])
    assert all(math.gcd(*row) == 1 and row[pivot] > 0 for row, pivot in zip(result, pivots, strict=True))


@given(_matrices())
def test_the_echelon_form_of_an_echelon_form_is_itself(rows):
    once = echelon([tuple(row) for row in rows])
    assert echelon(once[0]) == once


@given(_matrices(least_columns=2))
def test_a_pivot_in_column_0_says_that_the_system_has_no_solution(rows):
    assume(rows)
    system = _sympy(rows)
    solvable = system[:, 1:].rank() == system.rank()
    assert (0 in echelon([tuple(row) for row in rows])[1]) == (not solvable)


@given(_matrices(most_rows=3), st.data())
def test_a_row_reduced_modulo_equations_is_a_positive_multiple_of_it_plus_equations(rows, data):
    equations, pivots = echelon([tuple(row) for row in rows])
    columns = _columns(rows)
    row = data.draw(st.lists(SMALL, min_size=columns, max_size=columns))
    reduced = reduce_modulo(tuple(row), equations, pivots)
    assert all(reduced[pivot] == 0 for pivot in pivots)
    assert reduced == primitive(reduced)
    factors = sympy.symbols(f"t0:{len(equations) + 1}")
    sides = _sympy([row, *equations]).T * sympy.Matrix(factors) - _sympy([reduced]).T
    (solution,) = sympy.linsolve(list(sides), *factors)
    assert not any(reduced) or solution[0].is_positive


def test_a_combination_of_the_equations_reduces_to_zero():
    equations, pivots = echelon([(1, 2, 0), (0, 1, 3)])
    assert reduce_modulo((1, 3, 3), equations, pivots) == (0, 0, 0)
