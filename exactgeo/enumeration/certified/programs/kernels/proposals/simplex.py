"""Linear programs by a dual simplex method in floats: proposals, to be proved or rejected. Compiled.

The program: maximise t, with slopes.y + constant >= t scale for each row, and -1 <= y <= 1. There are few rows and
many y, so that a basis is a small matrix of the tight rows by the y that are not at their bounds, and t; its
multipliers are never negative, and t falls from step to step until it is negative enough, or optimal. Where a step
passes a y's bound it goes on as long as that pays.

Nothing here is trusted, so sums may be evaluated in any order; `verdicts`, or integers, decide.

**Source**: R. Fourer, Notes on the dual simplex method, 1994 (the long steps).
"""

from exactgeo.enumeration.certified.programs.kernels.proposals.bases import (
    factorise,
    proposing,
    put_solutions,
    solve_transposed,
)
from exactgeo.enumeration.certified.programs.kernels.proposals.pricing import FEASIBLE, most_violated
from exactgeo.enumeration.certified.programs.kernels.spaces import Basis, Rows, Scratch

OPTIMAL = 1
NEGATIVE = 0  # t has fallen below 0 already
STUCK = -1

QUICKLY = 2  # TILTED, and ends at any point that is good enough, or as soon as t is negative
TILTED = 1  # the objective is tilted a little, so that no two bases are equally good
PLAINLY = 0

_CLEARLY = 1e-9
_PIVOT = 1e-10
_STEPS = 20
_TILT = 1e-9
_ENOUGH = 0.25
_BELOW, _UP_TO = 0, 1


@proposing
def begin_basis(count: int, rows: Rows, basis: Basis) -> None:
    """Put the basis of the one row there that alone keeps t lowest."""
    best = 0
    lowest = 0.0
    for k in range(count):
        highest = rows.constants[k]
        for j in range(rows.slopes.shape[1]):
            highest += abs(rows.slopes[k, j])
        highest /= rows.scales[k]
        if k == 0 or highest < lowest:
            best, lowest = k, highest
    basis.size[0] = 1
    basis.rows[0] = best


@proposing
def maximise(count: int, rows: Rows, basis: Basis, s: Scratch, how: int) -> tuple[int, float, int]:
    """Improve a basis until t is optimal, or what is asked for: QUICKLY, TILTED or PLAINLY.

    Returns:
        OPTIMAL, NEGATIVE or STUCK; t; and the number of steps. The multipliers of all rows, the y, and the rows'
        values there stay in `s`.
    """
    _enter(count, basis, s, how != PLAINLY)
    most = _STEPS * (len(s.vector) + 2) + count
    for step in range(most):
        size = basis.size[0]
        if not factorise(size, rows, basis, s):
            return STUCK, 0.0, step
        t = put_solutions(count, size, rows, basis, s)
        leaving, column, worst = most_violated(count, size, rows, basis, s)
        if worst >= -FEASIBLE or (how == QUICKLY and t > 0.0):
            reached = _put_values(count, size, t, rows, basis, s)
            if worst >= -FEASIBLE or reached >= _ENOUGH * t:
                _leave(count, size, basis, s)
                return OPTIMAL, reached, step
        if how == QUICKLY and t < -_CLEARLY:
            _leave(count, size, basis, s)
            return NEGATIVE, t, step
        if not _step(leaving, column, size, rows, basis, s):
            return STUCK, t, step
    return STUCK, 0.0, most


@proposing
def _enter(count: int, basis: Basis, s: Scratch, tilted: bool) -> None:
    """Mark what is in the basis, and tilt the objective or not."""
    s.tight[:count] = 0
    for i in range(basis.size[0]):
        s.tight[basis.rows[i]] = 1
    s.varies[:] = 0
    for c in range(basis.size[0] - 1):
        s.varies[basis.columns[c]] = 1
    s.position[:] = 0.0
    state = 1
    for j in range(len(s.tilt)):
        state = (state * 48271) % 2147483647  # the minimal standard generator
        s.tilt[j] = _TILT * (state / 1073741823.5 - 1.0) if tilted else 0.0


@proposing
def _put_values(count: int, size: int, t: float, rows: Rows, basis: Basis, s: Scratch) -> float:
    """Put the rows' values there at the point where the y beyond their bounds go back to them, and return its t."""
    lowest = t
    for c in range(size - 1):
        y = s.position[basis.columns[c]]
        s.vector[c] = min(max(y, -1.0), 1.0) - y
    for k in range(count):
        value = 0.0 if s.tight[k] else s.slacks[k]
        for c in range(size - 1):
            value += rows.slopes[k, basis.columns[c]] * s.vector[c]
        s.rows_at[k] = t * rows.scales[k] + value
        lowest = min(lowest, t + value / rows.scales[k])
    return lowest


@proposing
def _leave(count: int, size: int, basis: Basis, s: Scratch) -> None:
    """Send the y beyond their bounds back, and spread the multipliers of the tight rows over all rows."""
    for c in range(size - 1):
        j = basis.columns[c]
        s.position[j] = min(max(s.position[j], -1.0), 1.0)
    for i in range(size):
        s.vector[i] = s.multipliers[i]
    s.multipliers[:count] = 0.0
    for i in range(size):
        s.multipliers[basis.rows[i]] = s.vector[i]


@proposing
def _step(row: int, column: int, size: int, rows: Rows, basis: Basis, s: Scratch) -> bool:
    """Let a row become tight, or a y go to the bound beyond which it is, and the basis change with it."""
    inputs = rows.slopes.shape[1]
    if row >= 0:
        for c in range(size - 1):
            s.vector[c] = rows.slopes[row, basis.columns[c]]
        s.vector[size - 1] = rows.scales[row]
        slope = s.slacks[row]
        for j in range(inputs):
            s.step[j] = rows.slopes[row, j]
    else:
        y = s.position[basis.columns[column]]
        for c in range(size):
            s.vector[c] = 0.0
        s.vector[column] = -1.0 if y > 0.0 else 1.0
        slope = 1.0 - abs(y)
        s.step[:] = 0.0
    solve_transposed(size, s, s.vector, s.other)
    largest = 0.0
    for i in range(size):
        factor, k = s.other[i], basis.rows[i]
        largest = max(largest, abs(factor))
        for j in range(inputs):
            s.step[j] -= factor * rows.slopes[k, j]
    blocking, length = _blocking_row(size, largest, s)
    entering = _entering(slope, length, inputs, s)
    if entering < 0 and blocking < 0:
        return False
    _exchange(row, column, blocking, entering, size, basis, s)
    return bool(basis.size[0] < len(s.vector))


@proposing
def _blocking_row(size: int, largest: float, s: Scratch) -> tuple[int, float]:
    """Return the tight row whose multiplier falls to 0 first, and after what length."""
    blocking, length = -1, 1e300
    for i in range(size):
        rate = s.other[i]
        if rate > _PIVOT * largest:
            value = max(s.multipliers[i], 0.0) / rate
            if value < length or (value == length and rate > s.other[blocking]):
                blocking, length = i, value
    return blocking, length


@proposing
def _entering(slope: float, length: float, inputs: int, s: Scratch) -> int:
    """Return the y at whose bound the step stops paying, -1 if it pays up to its length; those before are flipped."""
    count = 0
    total = slope
    for j in range(inputs):
        if not s.varies[j] and s.position[j] * s.step[j] < 0.0:
            ratio = abs(s.reduced[j] / s.step[j])
            if ratio < length:
                s.places[count] = j
                s.ratios[count] = ratio
                count += 1
                total += 2.0 * abs(s.step[j])
    if count == 0 or total < 0.0:
        _flip(count, s)
        return -1
    last = _select(slope, count, s)
    _flip(last, s)
    return int(s.places[last])


@proposing
def _select(slope: float, count: int, s: Scratch) -> int:
    """Return the place at which the slope becomes >= 0, after sorting the places around it by their ratios."""
    first, last = 0, count
    while last - first > 1:
        pivot = s.ratios[(first + last) // 2]
        middle, gained = _partition(first, last, pivot, _BELOW, s)
        if slope + gained >= 0.0 and middle > first:
            last = middle
            continue
        slope += gained
        beyond, gained = _partition(middle, last, pivot, _UP_TO, s)
        if slope + gained >= 0.0 or beyond == last:
            best = middle  # of equal ratios, the largest step makes the best pivot
            for k in range(middle + 1, beyond):
                if abs(s.step[s.places[k]]) > abs(s.step[s.places[best]]):
                    best = k
            _swap(best, middle, s)
            return middle
        slope += gained
        first = beyond
    return first


@proposing
def _partition(first: int, last: int, limit: float, which: int, s: Scratch) -> tuple[int, float]:
    """Move the ratios below a limit, or at most as large, to the front, and return where they end.

    What they add to the slope is returned, too.
    """
    middle = first
    gained = 0.0
    for k in range(first, last):
        if s.ratios[k] < limit or (s.ratios[k] == limit and which == _UP_TO):
            gained += 2.0 * abs(s.step[s.places[k]])
            _swap(k, middle, s)
            middle += 1
    return middle, gained


@proposing
def _swap(k: int, h: int, s: Scratch) -> None:
    s.ratios[k], s.ratios[h] = s.ratios[h], s.ratios[k]
    s.places[k], s.places[h] = s.places[h], s.places[k]


@proposing
def _flip(count: int, s: Scratch) -> None:
    """Send so many y, the first of those that were passed, to their other bounds."""
    for k in range(count):
        s.position[s.places[k]] = -s.position[s.places[k]]


@proposing
def _exchange(row: int, column: int, blocking: int, entering: int, size: int, basis: Basis, s: Scratch) -> None:
    """Change the basis: a row becomes tight or a y leaves, then a tight row leaves or a y enters."""
    if column >= 0:
        leaving = basis.columns[column]
        s.varies[leaving] = 0
        s.position[leaving] = 1.0 if s.position[leaving] > 0.0 else -1.0
    if row >= 0:
        s.tight[row] = 1
    if entering >= 0:
        s.varies[entering] = 1
        if row >= 0:
            basis.rows[size] = row
            basis.columns[size - 1] = entering
            basis.size[0] = size + 1
        else:
            basis.columns[column] = entering
        return
    s.tight[basis.rows[blocking]] = 0
    if row >= 0:
        basis.rows[blocking] = row
    else:
        basis.rows[blocking] = basis.rows[size - 1]
        basis.columns[column] = basis.columns[size - 2]
        basis.size[0] = size - 1
