"""Which condition a linear program should mend next: the steepest edge. Compiled, and not trusted."""

import math

from exactgeo.enumeration.certified.programs.kernels.proposals.bases import proposing, solve_transposed
from exactgeo.enumeration.certified.programs.kernels.spaces import Basis, Floats, Rows, Scratch

FEASIBLE = 1e-11  # so little counts as nothing
_SMALL = 1e-13


@proposing
def most_violated(count: int, size: int, rows: Rows, basis: Basis, s: Scratch) -> tuple[int, int, float]:
    """Return the row, or the place in the basis of a y, whose violation promises most, and the largest violation.

    A violation is measured by the length of the step that mends it: steepest edges.
    """
    row, column, worst, best = -1, -1, 0.0, 0.0
    for k in range(count):
        if not s.tight[k]:
            value = s.slacks[k] / rows.scales[k]
            if value < -FEASIBLE:
                worst = min(worst, value)
                for c in range(size - 1):
                    s.vector[c] = rows.slopes[k, basis.columns[c]]
                s.vector[size - 1] = rows.scales[k]
                solve_transposed(size, s, s.vector, s.other)
                length = _length(k, size, rows, basis, s)
                gain = s.slacks[k] * s.slacks[k] / length
                if gain > best:
                    row, column, best = k, -1, gain
    for c in range(size - 1):
        value = 1.0 - abs(s.position[basis.columns[c]])
        if value < -FEASIBLE:
            worst = min(worst, value)
            s.vector[:size] = 0.0
            s.vector[c] = 1.0
            solve_transposed(size, s, s.vector, s.other)
            gain = value * value / (1.0 + _length(-1, size, rows, basis, s))
            if gain > best:
                row, column, best = -1, c, gain
    return row, column, worst


@proposing
def _length(row: int, size: int, rows: Rows, basis: Basis, s: Scratch) -> float:
    """Return the square of the length of a step by the multipliers in `s.other`, and that of a row."""
    total = 0.0
    for i in range(size):
        k = basis.rows[i]
        inner = s.other[i] * rows.gram[k, k]
        for h in range(size):
            inner += s.other[h] * rows.gram[k, basis.rows[h]]
        if row >= 0:
            inner -= 2.0 * rows.gram[k, row]
        total += s.other[i] * inner
    return total if row < 0 else max(total + 2.0 * rows.gram[row, row], _SMALL * rows.gram[row, row])


@proposing
def put_row(row: int, entries: Floats, middle: Floats, half: Floats, rows: Rows) -> None:
    """Put a form a0 + a.x there, given its entries, the middle of the box in which x lies, and its half sides."""
    constant, size = entries[0], 0.0
    for j in range(len(half)):
        constant += entries[1 + j] * middle[j]
        rows.slopes[row, j] = entries[1 + j] * half[j]
        size += abs(rows.slopes[row, j])
    rows.constants[row] = constant
    rows.scales[row] = math.ldexp(1.0, math.frexp(size + abs(constant))[1])
    put_gram(row, rows)


@proposing
def put_gram(row: int, rows: Rows) -> None:
    """Put the products of a row with those before it there."""
    for k in range(row + 1):
        total = 0.0
        for j in range(rows.slopes.shape[1]):
            total += rows.slopes[k, j] * rows.slopes[row, j]
        rows.gram[k, row] = total
        rows.gram[row, k] = total
