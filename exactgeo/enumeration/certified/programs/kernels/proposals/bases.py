"""A basis of a linear program in floats: its matrix, its multipliers and its solution. Compiled, and not trusted.

Sums may be evaluated in any order here, for nothing is concluded from them: see `verdicts`.
"""

from exactgeo.compiling import compiling
from exactgeo.enumeration.certified.programs.kernels.spaces import Basis, Floats, Rows, Scratch

_SURE = 1e-13  # from there on, a reduced slope has a sign

proposing = compiling(fastmath={"reassoc", "contract", "nsz"})
"""Compile a function whose results are only proposals."""


@proposing
def factorise(size: int, rows: Rows, basis: Basis, s: Scratch) -> bool:
    """Put the factors of the basis matrix there: a row for each tight row, the last column for t."""
    m = s.square
    for i in range(size):
        k = basis.rows[i]
        for c in range(size - 1):
            m[i, c] = rows.slopes[k, basis.columns[c]]
        m[i, size - 1] = rows.scales[k]
        s.order[i] = i
    for c in range(size):
        _put_pivot_first(c, size, s)
        if not abs(m[c, c]) > 0.0:
            return False
        inverse = 1.0 / m[c, c]
        for i in range(c + 1, size):
            factor = m[i, c] * inverse
            for k in range(c + 1, size):
                m[i, k] -= factor * m[c, k]
            m[i, c] = factor
    return True


@proposing
def _put_pivot_first(c: int, size: int, s: Scratch) -> None:
    m = s.square
    pivot = c
    for i in range(c + 1, size):
        if abs(m[i, c]) > abs(m[pivot, c]):
            pivot = i
    if pivot != c:
        for k in range(size):
            m[c, k], m[pivot, k] = m[pivot, k], m[c, k]
        s.order[c], s.order[pivot] = s.order[pivot], s.order[c]


@proposing
def solve(size: int, s: Scratch, right: Floats, result: Floats) -> None:
    """Solve basis matrix * result = right."""
    m = s.square
    for i in range(size):
        total = right[s.order[i]]
        for k in range(i):
            total -= m[i, k] * result[k]
        result[i] = total
    for i in range(size - 1, -1, -1):
        total = result[i]
        for k in range(i + 1, size):
            total -= m[i, k] * result[k]
        result[i] = total / m[i, i]


@proposing
def solve_transposed(size: int, s: Scratch, right: Floats, result: Floats) -> None:
    """Solve transposed basis matrix * result = right; `right` is used up."""
    m = s.square
    for i in range(size):
        value = right[i] / m[i, i]
        right[i] = value
        for k in range(i + 1, size):
            right[k] -= m[i, k] * value
    for i in range(size - 1, -1, -1):
        value = right[i]
        for k in range(i):
            right[k] -= m[i, k] * value
    for i in range(size):
        result[s.order[i]] = right[i]


@proposing
def put_solutions(count: int, size: int, rows: Rows, basis: Basis, s: Scratch) -> float:
    """Put the multipliers of the tight rows, the reduced slopes, the y and the rows' slacks there, and return t."""
    inputs = rows.slopes.shape[1]
    _put_multipliers(size, rows, basis, s)
    _put_positions(s)
    for i in range(size):
        k = basis.rows[i]
        total = rows.constants[k]
        for j in range(inputs):
            total += rows.slopes[k, j] * s.position[j]
        s.vector[i] = -total
    solve(size, s, s.vector, s.other)
    for c in range(size - 1):
        s.position[basis.columns[c]] = s.other[c]
    t = float(-s.other[size - 1])
    for k in range(count):
        if not s.tight[k]:
            total = rows.constants[k]
            for j in range(inputs):
                total += rows.slopes[k, j] * s.position[j]
            s.slacks[k] = total - t * rows.scales[k]
    return t


@proposing
def _put_multipliers(size: int, rows: Rows, basis: Basis, s: Scratch) -> None:
    """Put the multipliers of the tight rows and the reduced slopes there."""
    inputs = rows.slopes.shape[1]
    for i in range(size - 1):
        s.vector[i] = -s.tilt[basis.columns[i]]
    s.vector[size - 1] = 1.0
    solve_transposed(size, s, s.vector, s.multipliers)
    for j in range(inputs):
        s.reduced[j] = s.tilt[j]
    for i in range(size):
        factor, k = s.multipliers[i], basis.rows[i]
        for j in range(inputs):
            s.reduced[j] += factor * rows.slopes[k, j]


@proposing
def _put_positions(s: Scratch) -> None:
    """Put the y at their bounds there, and 0 for those that vary."""
    for j in range(len(s.position)):
        if s.varies[j]:
            s.position[j] = 0.0
        elif abs(s.reduced[j]) > _SURE or s.position[j] == 0.0:
            s.position[j] = -1.0 if s.reduced[j] < 0.0 else 1.0
