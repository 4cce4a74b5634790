"""Deciding the units that do not cut the current cell, so that only the others are asked again. Compiled."""

import math
from typing import Any

from exactgeo.compiling import inlined, kernel
from exactgeo.enumeration.certified.floats import SAFE, TINY, ULP
from exactgeo.enumeration.certified.vertices.kernels.units import decide, sides
from exactgeo.enumeration.certified.vertices.memory import Pause, Phase
from exactgeo.enumeration.certified.vertices.memory import Register as R

_SHORT = 3  # so few units are decided one after the other


@inlined
def shorten_list(m: Any, f: Any, i: Any) -> None:
    """See to it that a long list is looked through for the units that still cut the current cell."""
    r = m.registers
    turn, last = i[r + R.TURN], i[r + R.LAST]
    i[r + R.PHASE] = Phase.NEXT
    if last - turn > _SHORT and last + last - turn <= i[r + R.ROOM]:
        for k in range(last - turn):
            i[m.undecided + last + k] = i[m.undecided + turn + k]
        i[r + R.CURSOR] = i[r + R.TURN] = last
        i[r + R.LAST] = last + last - turn
        begin_filter(m, f, i)


@inlined
def begin_filter(m: Any, f: Any, i: Any) -> None:
    """Begin to look through the list, from the next unit on."""
    i[m.registers + R.START] = i[m.registers + R.TURN]
    i[m.registers + R.BOXED] = 1 if _put_box(m, f, i) else 0
    i[m.registers + R.PHASE] = Phase.FILTER


@kernel
def filter_list(m: Any, f: Any, i: Any) -> int:
    """Decide the units of the list that do not cut the current cell; the others stay in it."""
    r = m.registers
    length = 0.0
    for k in range(m.inputs):
        length += abs(f[m.centre + k]) + f[m.half + k]
    while i[r + R.CURSOR] < i[r + R.LAST]:
        unit = i[m.undecided + i[r + R.CURSOR]]
        row = i[m.unit_rows + unit]
        negative = positive = True
        if row >= 0:
            sign = 0
            if i[r + R.BOXED] and not i[r + R.ANSWERED]:
                sign = _sign_in_box(row, length, m, f)
            if sign != 0:
                negative, positive = sign < 0, sign > 0
                i[r + R.SIGNS] += 1
            elif decide(unit, m, f, i):
                negative, positive = sides(m, i)
            else:
                return Pause.EXACT
            i[r + R.ANSWERED] = 0
        if negative and positive:
            i[m.undecided + i[r + R.TURN]] = unit
            i[r + R.TURN] += 1
        else:
            i[m.chosen + unit] = 1 if positive else 0
        i[r + R.CURSOR] += 1
    i[r + R.LAST] = i[r + R.TURN]
    i[r + R.TURN] = i[r + R.START]
    i[r + R.PHASE] = Phase.NEXT
    return -1


@inlined
def _put_box(m: Any, f: Any, i: Any) -> bool:
    """Put centre and half sides of a box around the current cell into memory. Returns whether one is known."""
    first, count = i[m.registers + R.FIRST], i[m.registers + R.COUNT]
    for v in range(first, first + count):
        if f[m.vertices + v * m.width] == 0.0:
            return False
        for k in range(1, m.width):
            if not abs(f[m.vertices + v * m.width + k]) + f[m.radii + v] < math.inf:  # nor is it NaN
                return False
    for k in range(m.inputs):
        low = f[m.vertices + first * m.width + 1 + k]
        high = low
        radius = f[m.radii + first]
        for v in range(first + 1, first + count):
            x = f[m.vertices + v * m.width + 1 + k]
            low = min(low, x)
            high = max(high, x)
            radius = max(radius, f[m.radii + v])
        centre = 0.5 * (low + high)
        f[m.centre + k] = centre
        f[m.half + k] = (max(high - centre, centre - low) + radius) * SAFE + TINY
    return True


@inlined
def _sign_in_box(row: int, length: float, m: Any, f: Any) -> int:
    """Return the sign that a row has all over the box around the current cell, 0 if it is not known to have one."""
    total = f[m.forms + row]
    size = abs(total)
    spread = 0.0
    for k in range(m.inputs):
        a = f[m.forms + (1 + k) * m.rows + row]
        term = a * f[m.centre + k]
        total += term
        size += abs(term)
        spread += abs(a) * f[m.half + k]
    errors = f[m.linear_errors + row] * length + f[m.constant_errors + row]
    spread = (spread + errors + (m.width + 2) * ULP * (size + spread)) * SAFE + TINY
    if total > spread:
        return 1
    return -1 if total < -spread else 0
