"""Points beside a cell that satisfy all that it demands but one thing, by floats with bounds (proofs/FILTERS.md, 8)."""

from typing import Any, NamedTuple

from exactgeo.compiling import inlined, kernel
from exactgeo.enumeration.certified.floats import SAFE, TINY, ULP


class Table(NamedTuple):
    """A program's selectors and values, and a domain's rows, as floats.

    Attributes:
        starts: (units + 1,) where each unit's pieces begin.
        selectors: (pieces,) the row of each piece's selector.
        values: (pieces,) the row of each piece's value.
        rows: (rows + 1,) where each row's entries begin.
        entries: of the environment.
        numbers: their coefficients.
        errors: bounds of the coefficients' errors.
        domain: (half-spaces, inputs + 1).
        domain_errors: likewise bounds of errors.
    """

    starts: Any
    selectors: Any
    values: Any
    rows: Any
    entries: Any
    numbers: Any
    errors: Any
    domain: Any
    domain_errors: Any


class Place(NamedTuple):
    """A point, and what becomes of it.

    Attributes:
        environment: (1, x, the units' values as far as they are known).
        bounds: of their errors.
        sums: (rows, 2) values of rows, and bounds of their errors.
    """

    environment: Any
    bounds: Any
    sums: Any


@inlined
def _put_row(row: int, t: Any, at: Any) -> None:
    """Put a row's value in the environment, and a bound of its error, into `sums`."""
    low, high = t.rows[row], t.rows[row + 1]
    total = 0.0
    size = 0.0
    bound = 0.0
    for k in range(low, high):
        value = at.environment[t.entries[k]]
        term = t.numbers[k] * value
        total += term
        size += abs(term)
        bound += t.errors[k] * abs(value) + (abs(t.numbers[k]) + t.errors[k]) * at.bounds[t.entries[k]]
    at.sums[row, 0] = total
    at.sums[row, 1] = (bound + (high - low + 2) * ULP * size) * SAFE + TINY if high > low else 0.0


@inlined
def _put_selectors(unit: int, t: Any, at: Any) -> None:
    for place in range(t.starts[unit], t.starts[unit + 1]):
        _put_row(t.selectors[place], t, at)


@inlined
def _put_value(unit: int, piece: int, entry: int, t: Any, at: Any) -> None:
    row = t.values[t.starts[unit] + piece]
    _put_row(row, t, at)
    at.environment[entry], at.bounds[entry] = at.sums[row, 0], at.sums[row, 1]


@inlined
def _difference(first: int, second: int, at: Any) -> tuple[float, float]:
    """Return the difference of two rows' values, and a bound of its error."""
    value = at.sums[first, 0] - at.sums[second, 0]
    return value, (at.sums[first, 1] + at.sums[second, 1] + ULP * abs(value)) * SAFE


@inlined
def _lead(pattern: Any, unit: int, rival: int, t: Any, at: Any) -> float:
    """Return, by a pattern's forms, about how far a unit prefers its piece to a rival at the place."""
    inputs = len(at.environment) - len(pattern)
    for before in range(unit):
        _put_value(before, pattern[before], inputs + before, t, at)
    _put_selectors(unit, t, at)
    start = t.starts[unit]
    return float(_difference(t.selectors[start + pattern[unit]], t.selectors[start + rival], at)[0])


@inlined
def _is_inside(t: Any, at: Any) -> bool:
    """Whether the place surely lies in the interior of the domain."""
    width = t.domain.shape[1]
    for k in range(len(t.domain)):
        total = 0.0
        size = 0.0
        bound = 0.0
        for entry in range(width):
            term = t.domain[k, entry] * at.environment[entry]
            total += term
            size += abs(term)
            bound += t.domain_errors[k, entry] * abs(at.environment[entry])
        if not total > (bound + (width + 2) * ULP * size) * SAFE + TINY:
            return False
    return True


@inlined
def _is_beside(pattern: Any, other: Any, t: Any, at: Any) -> bool:
    """Whether the place surely satisfies what a pattern demands, but for the pieces that another exchanges.

    There, by the pattern's own forms, the other's piece must be preferred.
    """
    inputs = len(at.environment) - len(pattern)
    for unit in range(len(pattern)):
        _put_selectors(unit, t, at)
        start = t.starts[unit]
        for piece in range(t.starts[unit + 1] - start):
            if piece != pattern[unit]:
                value, error = _difference(t.selectors[start + pattern[unit]], t.selectors[start + piece], at)
                if not (-value > error if piece == other[unit] else value > error):
                    return False
        _put_value(unit, pattern[unit], inputs + unit, t, at)
    return True


@kernel
def find_crossings(pairs: Any, patterns: Any, points: Any, steps: Any, t: Any, at: Any, found: Any) -> None:
    """Put into `found` for which pairs of cells a point is found beside the first, a little beyond where they meet.

    Args:
        pairs: (pairs, 3) rows (cell, other cell, anything).
        patterns: (cells, units).
        points: (cells, inputs) a point of each cell, or NaN.
        steps: how far beyond to look, as shares of the rest of the way to the other's point.
        t: the Table.
        at: a Place to work in.
        found: (pairs,) is put.
    """
    inputs = points.shape[1]
    for k in range(len(pairs)):
        found[k] = False
        p, q = pairs[k, 0], pairs[k, 1]
        unit = 0
        while patterns[p, unit] == patterns[q, unit]:
            unit += 1
        for axis in range(inputs):
            at.environment[1 + axis] = points[p, axis]
        ahead = _lead(patterns[p], unit, patterns[q, unit], t, at)
        for axis in range(inputs):
            at.environment[1 + axis] = points[q, axis]
        behind = _lead(patterns[p], unit, patterns[q, unit], t, at)
        if not ahead > behind:
            continue
        share = ahead / (ahead - behind)
        for step in steps:
            way = share + step * (1.0 - share)
            for axis in range(inputs):
                at.environment[1 + axis] = points[p, axis] + way * (points[q, axis] - points[p, axis])
            if _is_inside(t, at) and _is_beside(patterns[p], patterns[q], t, at):
                found[k] = True
                break
