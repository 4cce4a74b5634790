"""Positive semidefinite or not, with evidence: against sympy."""

import dataclasses

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from exactgeo.analyses.gated import Indefinite, Semidefinite, definiteness
from exactgeo.arithmetic.rationals import Rational
from exactgeo.errors import InvalidArgument
from exactgeo.strategies import rationals


@st.composite
def symmetric(draw):
    """Draw a symmetric matrix: a Gram matrix, perhaps with an entry changed, or any."""
    size = draw(st.integers(1, 4))
    vectors = [[draw(rationals(max_numerator=2)) for _ in range(draw(st.integers(1, 3)))] for _ in range(1)]
    vectors = [[draw(rationals(max_numerator=2)) for _ in vectors[0]] for _ in range(size)]
    matrix = [[sum(a * b for a, b in zip(u, v, strict=True)) for v in vectors] for u in vectors]
    if draw(st.booleans()):
        i, j = draw(st.integers(0, size - 1)), draw(st.integers(0, size - 1))
        matrix[i][j] = matrix[j][i] = matrix[i][j] + draw(rationals(max_numerator=2))
    return matrix


@given(symmetric())
def test_definiteness_is_decided_with_evidence(matrix):
    found = definiteness(matrix)
    exact = sympy.Matrix([[sympy.Rational(str(value)) for value in row] for row in matrix])
    assert found.proves(matrix)
    assert isinstance(found, Semidefinite) == exact.is_positive_semidefinite
    if isinstance(found, Semidefinite):
        assert found.rank == exact.rank() and len(found.kernel) == len(exact.nullspace())
    else:
        vector = sympy.Matrix([sympy.Rational(str(value)) for value in found.vector])
        assert (vector.T * exact * vector)[0] == sympy.Rational(str(found.value)) < 0


def test_evidence_for_another_matrix_proves_nothing():
    one, two = Rational(1), Rational(2)
    matrix = [[two, one], [one, two]]
    found = definiteness(matrix)
    assert found.proves(matrix) and not found.proves([[two, one], [one, one]]) and not found.proves([[two]])
    assert not dataclasses.replace(found, lower=((one, one), (one / 2, one))).proves(matrix)
    assert not dataclasses.replace(found, diagonal=(two, -one)).proves(matrix)
    assert not dataclasses.replace(found, kernel=((one, one),)).proves(matrix)
    singular = [[one, one], [one, one]]
    degenerate = definiteness(singular)
    assert degenerate.rank == 1 and degenerate.proves(singular)
    assert not dataclasses.replace(degenerate, kernel=()).proves(singular)
    assert not dataclasses.replace(degenerate, kernel=((0 * one, 0 * one),)).proves(singular)
    assert not dataclasses.replace(degenerate, kernel=((one, one),)).proves(singular)
    bent = [[-one, one], [one, two]]
    against = definiteness(bent)
    assert isinstance(against, Indefinite) and against.proves(bent) and not against.proves(matrix)
    assert not Indefinite((one, one), Rational(3)).proves([[one, one / 2], [one / 2, one]])


@pytest.mark.parametrize("matrix", [[[1, 2]], [[1, 2], [3, 1]]])
def test_only_symmetric_matrices_are_asked_about(matrix):
    with pytest.raises(InvalidArgument, match="a symmetric matrix was expected"):
        definiteness(matrix)
