"""Points beside a cell that satisfy all that it demands but one thing, by floats with bounds (proofs/FILTERS.md, 8)."""

from typing import Any

from exactgeo.enumeration.certified.kernels.compiling import inlined, kernel
from exactgeo.enumeration.certified.kernels.signs import SAFE, TINY, ULP


@inlined
def _put_row(row: int, starts: Any, entries: Any, numbers: Any, errors: Any, env: Any, bounds: Any, sums: Any) -> None:
    """Put a row's value in the environment into sums[row, 0], and a bound of its error into sums[row, 1]."""
    low, high = starts[row], starts[row + 1]
    total = 0.0
    size = 0.0
    bound = 0.0
    for k in range(low, high):
        entry = entries[k]
        value = env[entry]
        term = numbers[k] * value
        total += term
        size += abs(term)
        bound += errors[k] * abs(value) + (abs(numbers[k]) + errors[k]) * bounds[entry]
    sums[row, 0] = total
    sums[row, 1] = (bound + (high - low + 2) * ULP * size) * SAFE + TINY if high > low else 0.0


@inlined
def _difference(first: int, second: int, sums: Any) -> tuple[float, float]:
    """Return the difference of two rows' values, and a bound of its error."""
    value = sums[first, 0] - sums[second, 0]
    return value, (sums[first, 1] + sums[second, 1] + ULP * abs(value)) * SAFE


@inlined
def _put_selectors(
    unit: int, starts: Any, rows: Any, form_starts: Any, entries: Any, numbers: Any, errors: Any, env: Any, bounds: Any,
    sums: Any,
) -> None:  # fmt: skip
    for place in range(starts[unit], starts[unit + 1]):
        _put_row(rows[place], form_starts, entries, numbers, errors, env, bounds, sums)


@kernel
def measure(
    pattern: Any, until: int, rival: int, starts: Any, selectors: Any, values: Any, form_starts: Any, entries: Any,
    numbers: Any, errors: Any, env: Any, bounds: Any, sums: Any,
) -> float:  # fmt: skip
    """Return, of a pattern's form at the point in `env`, how far unit `until` prefers its piece to a rival."""
    inputs = len(env) - len(pattern)
    for unit in range(until):
        row = values[starts[unit] + pattern[unit]]
        _put_row(row, form_starts, entries, numbers, errors, env, bounds, sums)
        env[inputs + unit], bounds[inputs + unit] = sums[row, 0], sums[row, 1]
    _put_selectors(until, starts, selectors, form_starts, entries, numbers, errors, env, bounds, sums)
    mine, other = selectors[starts[until] + pattern[until]], selectors[starts[until] + rival]
    return float(_difference(mine, other, sums)[0])


@kernel
def is_beside(
    pattern: Any, other: Any, starts: Any, selectors: Any, values: Any, form_starts: Any, entries: Any,
    numbers: Any, errors: Any, domain: Any, domain_errors: Any, env: Any, bounds: Any, sums: Any,
) -> bool:  # fmt: skip
    """Whether, for sure, the point in `env` satisfies what a pattern demands, but for the pieces that another exchanges.

    There, by the pattern's own forms, the other's piece must be preferred.
    """
    inputs = len(env) - len(pattern)
    for k in range(len(domain)):
        total = 0.0
        size = 0.0
        bound = 0.0
        for entry in range(inputs):
            term = domain[k, entry] * env[entry]
            total += term
            size += abs(term)
            bound += domain_errors[k, entry] * abs(env[entry])
        if not total > (bound + (inputs + 2) * ULP * size) * SAFE + TINY:
            return False
    for unit in range(len(pattern)):
        start = starts[unit]
        _put_selectors(unit, starts, selectors, form_starts, entries, numbers, errors, env, bounds, sums)
        mine = selectors[start + pattern[unit]]
        for piece in range(starts[unit + 1] - start):
            if piece != pattern[unit]:
                value, error = _difference(mine, selectors[start + piece], sums)
                if not (-value > error if piece == other[unit] else value > error):
                    return False
        row = values[start + pattern[unit]]
        _put_row(row, form_starts, entries, numbers, errors, env, bounds, sums)
        env[inputs + unit], bounds[inputs + unit] = sums[row, 0], sums[row, 1]
    return True


@kernel
def find_crossings(
    pairs: Any, patterns: Any, points: Any, steps: Any, starts: Any, selectors: Any, values: Any, form_starts: Any,
    entries: Any, numbers: Any, errors: Any, domain: Any, domain_errors: Any, env: Any, bounds: Any, sums: Any,
    found: Any,
) -> None:  # fmt: skip
    """Put into `found` for which pairs of cells a point a little beyond where their segment changes cells is beside.

    Args:
        pairs: (pairs, 3) rows (cell, other cell, ...).
        patterns: (cells, units).
        points: (cells, inputs) a point of each cell, or NaN.
        steps: how far beyond to look, as shares of the rest of the segment.
    """
    inputs = points.shape[1]
    for k in range(len(pairs)):
        found[k] = False
        p, q = pairs[k, 0], pairs[k, 1]
        unit = 0
        while patterns[p, unit] == patterns[q, unit]:
            unit += 1
        for axis in range(inputs):
            env[1 + axis] = points[p, axis]
        ahead = measure(
            patterns[p], unit, patterns[q, unit], starts, selectors, values, form_starts, entries, numbers, errors,
            env, bounds, sums,
        )  # fmt: skip
        for axis in range(inputs):
            env[1 + axis] = points[q, axis]
        behind = measure(
            patterns[p], unit, patterns[q, unit], starts, selectors, values, form_starts, entries, numbers, errors,
            env, bounds, sums,
        )  # fmt: skip
        if not ahead > behind:
            continue
        share = ahead / (ahead - behind)
        for step in steps:
            way = share + step * (1.0 - share)
            for axis in range(inputs):
                env[1 + axis] = points[p, axis] + way * (points[q, axis] - points[p, axis])
            if is_beside(
                patterns[p], patterns[q], starts, selectors, values, form_starts, entries, numbers, errors, domain,
                domain_errors, env, bounds, sums,
            ):  # fmt: skip
                found[k] = True
                break
