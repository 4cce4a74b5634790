"""Linear programs by a dual simplex method in floats: proposals, which `verdicts` or integers prove or reject. Compiled.

The program: maximise t, with slopes.y + constant >= t scale for each row, and -1 <= y <= 1. There are few rows and
many y, so that a basis is a small matrix of the tight rows by the y that are not at their bounds, and t; its
multipliers are never negative, and t falls from step to step until it is negative enough, or optimal. Where a step
passes a y's bound it goes on as long as that pays.

Nothing here is trusted, so sums may be evaluated in any order.

**Source**: R. Fourer, Notes on the dual simplex method, 1994 (the long steps).
"""

from numba import njit

from exactgeo.enumeration.certified.kernels.compiling import KEEP
from exactgeo.enumeration.certified.kernels.spaces import Basis, Floats, Rows, Scratch

OPTIMAL = 1
NEGATIVE = 0  # t has fallen below 0 already
STUCK = -1

_FEASIBLE = 1e-11
_CLEARLY = 1e-9
_PIVOT = 1e-10
_SURE = 1e-13  # from there on, a reduced slope has a sign
_STEPS = 20
_TILT = 1e-9
_ENOUGH = 0.25

proposing = njit(cache=KEEP, nogil=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz"})
"""Compile a function whose results are only proposals."""


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
def maximise(count: int, rows: Rows, basis: Basis, s: Scratch, stops: bool, tilted: bool) -> tuple[int, float, int]:
    """Improve a basis until t is optimal, or, if asked to stop there, negative.

    Returns:
        OPTIMAL, NEGATIVE or STUCK; t; and the number of steps. The multipliers of all rows and the y stay in `s`.
    """
    inputs = rows.slopes.shape[1]
    size = basis.size[0]
    for k in range(count):
        s.tight[k] = 0
    for i in range(size):
        s.tight[basis.rows[i]] = 1
    s.varies[:] = 0
    for c in range(size - 1):
        s.varies[basis.columns[c]] = 1
    s.position[:] = 0.0
    state = 1
    for j in range(inputs):
        state = (state * 48271) % 2147483647
        s.tilt[j] = _TILT * (state / 1073741823.5 - 1.0) if tilted else 0.0
    most = _STEPS * (len(s.vector) + 2) + count
    for step in range(most):
        size = basis.size[0]
        if not _factorise(size, rows, basis, s):
            return STUCK, 0.0, step
        t = _put_solutions(count, size, rows, basis, s)
        leaving, column, worst = _most_violated(count, size, rows, basis, s)
        if worst >= -_FEASIBLE:
            _clipped(count, size, t, rows, basis, s)
            _put_multipliers(count, size, basis, s)
            return OPTIMAL, t, step
        if t > 0.0 and stops:
            reached = _clipped(count, size, t, rows, basis, s)
            if reached >= _ENOUGH * t:
                _clip(count, size, t, reached, rows, basis, s)
                return OPTIMAL, reached, step
        if stops and t < -_CLEARLY:
            _put_multipliers(count, size, basis, s)
            return NEGATIVE, t, step
        if not _step(leaving, column, size, rows, basis, s):
            return STUCK, t, step
    return STUCK, 0.0, most


@proposing
def _factorise(size: int, rows: Rows, basis: Basis, s: Scratch) -> bool:
    """Put the factors of the basis matrix there: a row for each tight row, the last column for t."""
    m = s.square
    for i in range(size):
        k = basis.rows[i]
        for c in range(size - 1):
            m[i, c] = rows.slopes[k, basis.columns[c]]
        m[i, size - 1] = rows.scales[k]
        s.order[i] = i
    for c in range(size):
        pivot = c
        for i in range(c + 1, size):
            if abs(m[i, c]) > abs(m[pivot, c]):
                pivot = i
        if pivot != c:
            for k in range(size):
                m[c, k], m[pivot, k] = m[pivot, k], m[c, k]
            s.order[c], s.order[pivot] = s.order[pivot], s.order[c]
        if not abs(m[c, c]) > 0.0:
            return False
        inverse = 1.0 / m[c, c]
        for i in range(c + 1, size):
            factor = m[i, c] * inverse
            if factor != 0.0:
                for k in range(c + 1, size):
                    m[i, k] -= factor * m[c, k]
            m[i, c] = factor
    return True


@proposing
def _solve(size: int, s: Scratch, right: Floats, result: Floats) -> None:
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
def _solve_transposed(size: int, s: Scratch, right: Floats, result: Floats) -> None:
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
def _put_solutions(count: int, size: int, rows: Rows, basis: Basis, s: Scratch) -> float:
    """Put the multipliers of the tight rows, the reduced slopes, the y and the rows' slacks there, and return t."""
    inputs = rows.slopes.shape[1]
    for i in range(size - 1):
        s.vector[i] = -s.tilt[basis.columns[i]]
    s.vector[size - 1] = 1.0
    _solve_transposed(size, s, s.vector, s.multipliers)
    for j in range(inputs):
        s.reduced[j] = s.tilt[j]
    for i in range(size):
        factor, k = s.multipliers[i], basis.rows[i]
        for j in range(inputs):
            s.reduced[j] += factor * rows.slopes[k, j]
    for j in range(inputs):
        if s.varies[j]:
            s.position[j] = 0.0
        elif abs(s.reduced[j]) > _SURE or s.position[j] == 0.0:
            s.position[j] = -1.0 if s.reduced[j] < 0.0 else 1.0
    for i in range(size):
        k = basis.rows[i]
        total = rows.constants[k]
        for j in range(inputs):
            total += rows.slopes[k, j] * s.position[j]
        s.vector[i] = -total
    _solve(size, s, s.vector, s.other)
    for c in range(size - 1):
        s.position[basis.columns[c]] = s.other[c]
    t = -s.other[size - 1]
    for k in range(count):
        if not s.tight[k]:
            total = rows.constants[k]
            for j in range(inputs):
                total += rows.slopes[k, j] * s.position[j]
            s.slacks[k] = total - t * rows.scales[k]
    return t


@proposing
def _most_violated(count: int, size: int, rows: Rows, basis: Basis, s: Scratch) -> tuple[int, int, float]:
    """Return the row, or the place in the basis of a y, whose violation promises most, and the largest violation.

    A violation is measured by the length of the step that mends it: steepest edges.
    """
    row, column, worst, best = -1, -1, 0.0, 0.0
    for k in range(count):
        if not s.tight[k]:
            value = s.slacks[k] / rows.scales[k]
            if value < -_FEASIBLE:
                worst = min(worst, value)
                for c in range(size - 1):
                    s.vector[c] = rows.slopes[k, basis.columns[c]]
                s.vector[size - 1] = rows.scales[k]
                _solve_transposed(size, s, s.vector, s.other)
                length = _length(k, size, rows, basis, s)
                gain = s.slacks[k] * s.slacks[k] / length
                if gain > best:
                    row, column, best = k, -1, gain
    for c in range(size - 1):
        value = 1.0 - abs(s.position[basis.columns[c]])
        if value < -_FEASIBLE:
            worst = min(worst, value)
            s.vector[:size] = 0.0
            s.vector[c] = 1.0
            _solve_transposed(size, s, s.vector, s.other)
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
    return total if row < 0 else max(total + 2.0 * rows.gram[row, row], _SURE * rows.gram[row, row])


@proposing
def put_gram(row: int, rows: Rows) -> None:
    """Put the products of a row with those before it there."""
    for k in range(row + 1):
        total = 0.0
        for j in range(rows.slopes.shape[1]):
            total += rows.slopes[k, j] * rows.slopes[row, j]
        rows.gram[k, row] = total
        rows.gram[row, k] = total


@proposing
def _clipped(count: int, size: int, t: float, rows: Rows, basis: Basis, s: Scratch) -> float:
    """Return the t of the point where the y beyond their bounds go back to them."""
    lowest = t
    for c in range(size - 1):
        y = s.position[basis.columns[c]]
        s.vector[c] = min(max(y, -1.0), 1.0) - y
    for k in range(count):
        value = 0.0 if s.tight[k] else s.slacks[k]
        for c in range(size - 1):
            value += rows.slopes[k, basis.columns[c]] * s.vector[c]
        s.values_at[k] = t * rows.scales[k] + value
        lowest = min(lowest, t + value / rows.scales[k])
    return lowest


@proposing
def _clip(count: int, size: int, t: float, reached: float, rows: Rows, basis: Basis, s: Scratch) -> None:
    for c in range(size - 1):
        s.position[basis.columns[c]] += s.vector[c]


@proposing
def _put_multipliers(count: int, size: int, basis: Basis, s: Scratch) -> None:
    """Spread the multipliers of the tight rows over all rows."""
    for i in range(size):
        s.vector[i] = s.multipliers[i]
    for k in range(count):
        s.multipliers[k] = 0.0
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
    _solve_transposed(size, s, s.vector, s.other)
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
    return basis.size[0] < len(s.vector)


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
    """Return the y at whose bound the step stops paying, -1 if it pays up to its length."""
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
    first, last = 0, count
    while last - first > 1:  # the place where the slope, summed by increasing ratios, becomes >= 0
        pivot = s.ratios[(first + last) // 2]
        low, high = first, last - 1
        gained = 0.0
        while low <= high:
            if s.ratios[low] < pivot:
                gained += 2.0 * abs(s.step[s.places[low]])
                low += 1
            else:
                s.ratios[low], s.ratios[high] = s.ratios[high], s.ratios[low]
                s.places[low], s.places[high] = s.places[high], s.places[low]
                high -= 1
        if slope + gained >= 0.0 and low > first:
            last = low
            continue
        slope += gained
        best, equal = low, 0.0
        kept = low
        for k in range(low, last):  # of equal ratios, the largest step makes the best pivot
            if s.ratios[k] == pivot:
                equal += 2.0 * abs(s.step[s.places[k]])
                s.ratios[k], s.ratios[kept] = s.ratios[kept], s.ratios[k]
                s.places[k], s.places[kept] = s.places[kept], s.places[k]
                if abs(s.step[s.places[kept]]) > abs(s.step[s.places[best]]):
                    best = kept
                kept += 1
        if slope + equal >= 0.0 or kept == last:
            _flip(low, s)
            return s.places[best]
        slope += equal
        first = kept
    _flip(first, s)
    return s.places[first]


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
