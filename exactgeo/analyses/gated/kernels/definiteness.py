"""Whether an exact symmetric matrix is positive semidefinite, with evidence either way."""

from collections.abc import Sequence
from dataclasses import dataclass

import flint

from exactgeo.arithmetic.matrices import dot
from exactgeo.arithmetic.rationals import Point, Rational
from exactgeo.errors import InvalidArgument

Rows = Sequence[Sequence[Rational]]


@dataclass(frozen=True, slots=True)
class Semidefinite:
    """A matrix G is positive semidefinite: G = L D L^T.

    Attributes:
        lower: the rows of L, which is lower triangular with ones on the diagonal.
        diagonal: of D, none of it negative.
        kernel: independent vectors v with G v = 0, as many as D has zeros.
    """

    lower: tuple[Point, ...]
    diagonal: Point
    kernel: tuple[Point, ...]

    @property
    def rank(self) -> int:
        """The rank of G, which is D's."""
        return sum(value != 0 for value in self.diagonal)

    def proves(self, matrix: Rows) -> bool:
        """Whether this is the decomposition, and the kernel, of a matrix."""
        size = len(matrix)
        is_shaped = len(self.diagonal) == len(self.lower) == size and all(len(row) == size for row in self.lower)
        if not is_shaped or min(self.diagonal, default=0) < 0 or len(self.kernel) != size - self.rank:
            return False
        is_unit = all(row[i] == 1 and not any(row[i + 1 :]) for i, row in enumerate(self.lower))
        scaled = [[a * d for a, d in zip(row, self.diagonal, strict=True)] for row in self.lower]
        is_product = all(dot(scaled[i], self.lower[j]) == matrix[i][j] for i in range(size) for j in range(size))
        are_null = all(not dot(row, vector) for row in matrix for vector in self.kernel)
        return is_unit and is_product and are_null and _rank(self.kernel) == len(self.kernel)


@dataclass(frozen=True, slots=True)
class Indefinite:
    """A matrix G is not positive semidefinite: v^T G v < 0.

    Attributes:
        vector: v.
        value: v^T G v.
    """

    vector: Point
    value: Rational

    def proves(self, matrix: Rows) -> bool:
        """Whether v^T G v is this, and negative, for a matrix."""
        return bool(self.value < 0 and _form(matrix, self.vector) == self.value)


def definiteness(matrix: Rows) -> Semidefinite | Indefinite:
    """Decide whether a symmetric matrix is positive semidefinite.

    *Proof*: elimination subtracts from the form v^T G v squares with the factor d_k, the pivots, as long as these are
    positive. A pivot d_k < 0 is the value of what remains at a unit vector, which the squares can be made 0 at. If
    d_k = 0 and the column below it is not, what remains takes negative values on the plane of two unit vectors.

    Args:
        matrix: its rows.

    Raises:
        InvalidArgument: if it is not square and symmetric.

    **Exactness**: exact. **Complexity**: n^3 operations.
    """
    size = len(matrix)
    if any(len(row) != size for row in matrix) or any(
        matrix[i][j] != matrix[j][i] for i in range(size) for j in range(i)
    ):
        raise InvalidArgument("a symmetric matrix was expected")
    rest = [list(row) for row in matrix]
    lower = [[Rational(int(i == j)) for j in range(size)] for i in range(size)]
    diagonal: list[Rational] = []
    for k in range(size):
        pivot = rest[k][k]
        bent = next((i for i in range(k + 1, size) if rest[i][k]), None)
        if pivot < 0:
            return _indefinite(matrix, lower, [Rational(int(i == k)) for i in range(size)])
        if pivot == 0 and bent is not None:
            # At e_i + t e_k what remains is r_ii + 2 t r_ik, here r_ii - 2 - 2 |r_ii|.
            t = -(1 + abs(rest[bent][bent])) / rest[bent][k]
            return _indefinite(matrix, lower, [t if i == k else Rational(int(i == bent)) for i in range(size)])
        diagonal.append(pivot)
        if not pivot:
            continue
        for i in range(k + 1, size):
            lower[i][k] = rest[i][k] / pivot
        for i in range(k + 1, size):
            for j in range(k + 1, size):
                rest[i][j] -= lower[i][k] * rest[k][j]
    return Semidefinite(tuple(map(tuple, lower)), tuple(diagonal), _null_space(matrix))


def _indefinite(matrix: Rows, lower: Sequence[Sequence[Rational]], remaining: Sequence[Rational]) -> Indefinite:
    """Return the vector v with L^T v = a given vector, for the columns of L found so far."""
    size = len(matrix)
    vector = list(remaining)
    for i in reversed(range(size)):
        vector[i] -= sum((lower[j][i] * vector[j] for j in range(i + 1, size)), Rational(0))
    return Indefinite(tuple(vector), _form(matrix, vector))


def _form(matrix: Rows, vector: Sequence[Rational]) -> Rational:
    return dot(vector, [dot(row, vector) for row in matrix])


def _null_space(matrix: Rows) -> tuple[Point, ...]:
    """Return a basis of { v : G v = 0 }, from the reduced echelon form."""
    size = len(matrix)
    if not size:
        return ()
    reduced, _ = _flint(matrix).rref()
    rows = [[Rational(int(reduced[i, j].p), int(reduced[i, j].q)) for j in range(size)] for i in range(size)]
    pivots = [next((j for j, value in enumerate(row) if value), None) for row in rows]
    found = []
    for free in (j for j in range(size) if j not in pivots):
        known = {pivot: -row[free] for row, pivot in zip(rows, pivots, strict=True) if pivot is not None}
        found.append(tuple(Rational(1) if j == free else known.get(j, Rational(0)) for j in range(size)))
    return tuple(found)


def _rank(rows: Rows) -> int:
    return int(_flint(rows).rank()) if rows else 0


def _flint(rows: Rows) -> flint.fmpq_mat:
    entries = [flint.fmpq(int(value.numerator), int(value.denominator)) for row in rows for value in row]
    return flint.fmpq_mat(len(rows), len(rows[0]), entries)
