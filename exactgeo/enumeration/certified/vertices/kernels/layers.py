"""A layer's forms on a cell, with bounds of their errors (proofs/FILTERS.md). Compiled.

On a cell every unit is one affine form in (1, x), and the forms of a layer's rows are combinations of such forms.
Between cells that differ in a few units of the layers before they are updated instead of computed again.
"""

import math
from typing import Any

from exactgeo.compiling import inlined, kernel
from exactgeo.enumeration.certified.floats import EXACT, SAFE, TINY, ULP

_FLOOR = 2.0**-500  # with factors between 2^-300 and 2^300, no product with it underflows
_MOST_UPDATES = 64


@kernel
def enter_layer(layer: int, m: Any, f: Any, i: Any) -> None:
    """Bring the forms of a layer's rows up to the pieces chosen before it."""
    first, last = i[m.support_starts + layer], i[m.support_starts + layer + 1]
    flips = 0
    active = 0
    fresh = i[m.updates + layer] < 0 or i[m.updates + layer] >= _MOST_UPDATES
    for k in range(first, last):
        unit = i[m.support_units + k]
        piece = i[m.chosen + unit]
        if i[m.value_rows + i[m.piece_starts + unit] + piece] >= 0:
            active += 1
        if i[m.seen_stamps + k] != i[m.stamps + i[m.unit_layers + unit]]:
            fresh = True
        elif i[m.seen_pieces + k] != piece:
            flips += 1
    if not fresh and flips == 0:
        return
    exact = i[m.whole_layers + layer] != 0 and _is_exact(layer, m, f, i)
    if fresh or 2 * flips > active or exact != (i[m.exact_layers + layer] != 0):
        _compute(layer, active, exact, m, f, i)
    else:
        _update(layer, flips, exact, m, f, i)
    i[m.exact_layers + layer] = 1 if exact else 0
    for k in range(first, last):
        unit = i[m.support_units + k]
        i[m.seen_pieces + k] = i[m.chosen + unit]
        i[m.seen_stamps + k] = i[m.stamps + i[m.unit_layers + unit]]
    i[m.stamps + layer] += 1
    for row in range(i[m.row_starts + layer], i[m.row_starts + layer + 1]):
        norm = 0.0
        for axis in range(1, m.width):
            norm += abs(f[m.forms + axis * m.rows + row])
        f[m.norms + row] = norm


@inlined
def _is_exact(layer: int, m: Any, f: Any, i: Any) -> bool:
    """Whether floats are exact for a layer's forms: all are integers, and no sum of them comes near to 2^53."""
    largest = 0.0
    for k in range(i[m.support_starts + layer], i[m.support_starts + layer + 1]):
        unit = i[m.support_units + k]
        place = i[m.piece_starts + unit] + i[m.chosen + unit]
        row = i[m.value_rows + place]
        if row >= 0:
            if i[m.whole_rows + row] == 0 or f[m.linear_errors + row] != 0.0 or f[m.constant_errors + row] != 0.0:
                return False
            factor = f[m.value_factors + place]
            if factor != math.floor(factor):
                return False
            for axis in range(m.width):
                largest = max(largest, abs(factor * f[m.forms + axis * m.rows + row]))
    # Before and after an update, and halfway: of each unit at most the old value and the new one.
    return bool(4.0 * (f[m.largest_bases + layer] + largest * f[m.largest_sums + layer]) < EXACT)


@inlined
def _compute(layer: int, active: int, exact: bool, m: Any, f: Any, i: Any) -> None:
    low, high = i[m.row_starts + layer], i[m.row_starts + layer + 1]
    for axis in range(m.width):
        for row in range(low, high):
            f[m.forms + axis * m.rows + row] = f[m.base + axis * m.rows + row]
    for row in range(low, high):
        f[m.linear_errors + row] = f[m.base_linear_errors + row]
        f[m.constant_errors + row] = f[m.base_constant_errors + row]
    if active and not exact:
        _add_roundings(low, high, active + 2, m, f)
    first = i[m.support_starts + layer]
    for k in range(i[m.support_starts + layer + 1] - first):
        unit = i[m.support_units + first + k]
        piece = i[m.chosen + unit]
        if i[m.value_rows + i[m.piece_starts + unit] + piece] >= 0:
            _clear_value(m, f)
            _add_to_value(unit, piece, 1.0, m, f, i)
            steps = 0 if exact else active + 3
            _add_value(m.matrix + i[m.matrix_starts + layer] + k * (high - low), low, high, steps, m, f)
    i[m.updates + layer] = 0


@inlined
def _update(layer: int, flips: int, exact: bool, m: Any, f: Any, i: Any) -> None:
    low, high = i[m.row_starts + layer], i[m.row_starts + layer + 1]
    if not exact:
        _add_roundings(low, high, flips + 2, m, f)
    first = i[m.support_starts + layer]
    for k in range(i[m.support_starts + layer + 1] - first):
        unit = i[m.support_units + first + k]
        piece, seen = i[m.chosen + unit], i[m.seen_pieces + first + k]
        if piece != seen:
            _clear_value(m, f)
            _add_to_value(unit, piece, 1.0, m, f, i)
            _add_to_value(unit, seen, -1.0, m, f, i)
            steps = 0 if exact else flips + 3
            _add_value(m.matrix + i[m.matrix_starts + layer] + k * (high - low), low, high, steps, m, f)
    i[m.updates + layer] += 1


@inlined
def _clear_value(m: Any, f: Any) -> None:
    for axis in range(m.width):
        f[m.value + axis] = 0.0
    f[m.value_errors] = f[m.value_errors + 1] = 0.0


@inlined
def _add_to_value(unit: int, piece: int, sign: float, m: Any, f: Any, i: Any) -> None:
    """Add a piece's form, or subtract it, in `value`; `value_errors` bound what its constant and linear parts err."""
    place = i[m.piece_starts + unit] + piece
    row, factor = i[m.value_rows + place], sign * f[m.value_factors + place]
    if row < 0:
        return
    rounds = 0.0 if abs(factor) == 1.0 else 3.0  # the factor's rounding and the product's, and theirs
    linear = 0.0
    for axis in range(m.width):
        term = factor * f[m.forms + axis * m.rows + row]
        before = f[m.value + axis]
        after = before + term
        error = ULP * (rounds * abs(term) + (abs(after) if before != 0.0 else 0.0))
        f[m.value + axis] = after
        if axis == 0:
            f[m.value_errors] = (f[m.value_errors] + _scaled(f[m.constant_errors + row], factor) + error) * SAFE
        else:
            linear = max(linear, error)
    f[m.value_errors + 1] = (f[m.value_errors + 1] + _scaled(f[m.linear_errors + row], factor) + linear) * SAFE


@inlined
def _scaled(error: float, factor: float) -> float:
    """Return an error times a factor: 0 only if there is none, whatever underflows."""
    return abs(factor) * error + TINY if error != 0.0 else 0.0


@inlined
def _add_value(column: int, low: int, high: int, steps: int, m: Any, f: Any) -> None:
    """Add column * value to the forms of the rows, and to the bounds what `steps` roundings of it may amount to."""
    size = 0.0
    for axis in range(1, m.width):
        size = max(size, abs(f[m.value + axis]))
    linear = _share(f[m.value_errors + 1], size, steps) if steps else 0.0  # no step rounds where all is exact
    constant = _share(f[m.value_errors], abs(f[m.value]), steps) if steps else 0.0
    for axis in range(m.width):
        factor = f[m.value + axis]
        if factor != 0.0:
            target = m.forms + axis * m.rows
            for k in range(high - low):
                f[target + low + k] += factor * f[column + k]
    if linear != 0.0:  # it may be NaN
        for k in range(high - low):
            f[m.linear_errors + low + k] += linear * abs(f[column + k])
    if constant != 0.0:
        for k in range(high - low):
            f[m.constant_errors + low + k] += constant * abs(f[column + k])


@inlined
def _share(error: float, size: float, steps: int) -> float:
    """Return an error and some roundings of a number of a size: 0 only if both are, and never so small as to vanish."""
    if error == 0.0 and size == 0.0:
        return 0.0
    return (error + ULP * _FLOOR + steps * ULP * max(size, _FLOOR)) * SAFE


@inlined
def _add_roundings(low: int, high: int, steps: int, m: Any, f: Any) -> None:
    """Add to the bounds what `steps` further additions may round of what stands there."""
    for row in range(low, high):
        size = 0.0
        for axis in range(1, m.width):
            size = max(size, abs(f[m.forms + axis * m.rows + row]))
        f[m.linear_errors + row] += steps * ULP * SAFE * size
        f[m.constant_errors + row] += steps * ULP * SAFE * abs(f[m.forms + row])
