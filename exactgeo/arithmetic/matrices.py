"""Exact linear algebra on rows of rationals, by flint."""

from collections.abc import Iterable, Sequence

import flint

from exactgeo.arithmetic.affine import Row, primitive, primitive_row
from exactgeo.arithmetic.rationals import Rational


def rank(rows: Iterable[Iterable[Rational]]) -> int:
    """Return the rank of a matrix given by its rows."""
    integers = [list(row) for row in rows]
    if not all(type(value) is int for row in integers for value in row):
        integers = [list(primitive_row(row)) for row in integers]
    return int(flint.fmpz_mat(integers).rank()) if integers and integers[0] else 0


def echelon(rows: Sequence[Row]) -> tuple[tuple[Row, ...], tuple[int, ...]]:
    """Return the reduced row echelon form of integer rows, and the pivots' columns.

    The variables are eliminated from the last column down to column 0, so that of a system b + a.x = 0 the constant
    comes last: a pivot in column 0 means that the system has no solution. Each row is primitive with a positive pivot.

    **Exactness**: exact (flint's fraction-free elimination).
    """
    if not rows:
        return (), ()
    reduced, _, count = flint.fmpz_mat([list(reversed(row)) for row in rows]).rref()
    result, pivots = [], []
    for i in range(count):
        row = primitive([int(value) for value in reversed(reduced.table()[i])])
        pivot = max(k for k, value in enumerate(row) if value)
        result.append(row if row[pivot] > 0 else tuple(-value for value in row))
        pivots.append(pivot)
    return tuple(result), tuple(pivots)


def reduce_modulo(row: Row, equations: Sequence[Row], pivots: Sequence[int]) -> Row:
    """Return a primitive multiple (> 0) of a row where echelon equations hold, free of the equations' pivots."""
    entries = list(row)
    for equation, pivot in zip(equations, pivots, strict=True):
        factor, scale = entries[pivot], equation[pivot]
        if factor:
            entries = [scale * a - factor * b for a, b in zip(entries, equation, strict=True)]
    return primitive(entries)


def dot(u: Iterable[Rational], v: Iterable[Rational]) -> Rational:
    """Return the inner product of two vectors of one length."""
    return sum((a * b for a, b in zip(u, v, strict=True)), Rational(0))


def gram_determinant(vectors: Sequence[Sequence[Rational]]) -> Rational:
    """Return the determinant of all inner products, the square of the volume that the vectors span.

    **Exactness**: exact.
    """
    determinant = _gram_matrix(vectors).det()
    return Rational(int(determinant.p), int(determinant.q))


def projection_weights(vectors: Sequence[Sequence[Rational]], target: Sequence[Rational]) -> tuple[Rational, ...]:
    """Return by how much of each vector the target's orthogonal projection onto their span is made.

    Args:
        vectors: independent.
        target: of the same space.

    **Exactness**: exact, by the normal equations.
    """
    if not vectors:
        return ()
    products = flint.fmpq_mat(len(vectors), 1, [_fmpq(dot(vector, target)) for vector in vectors])
    weights = _gram_matrix(vectors).solve(products)
    return tuple(Rational(int(weights[k, 0].p), int(weights[k, 0].q)) for k in range(len(vectors)))


def _gram_matrix(vectors: Sequence[Sequence[Rational]]) -> flint.fmpq_mat:
    return flint.fmpq_mat(len(vectors), len(vectors), [_fmpq(dot(u, v)) for u in vectors for v in vectors])


def _fmpq(value: Rational) -> flint.fmpq:
    return flint.fmpq(int(value.numerator), int(value.denominator))
