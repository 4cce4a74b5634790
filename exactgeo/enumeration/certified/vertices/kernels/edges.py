"""The point of an edge at which a form is 0, in floats or in integers (proofs/FILTERS.md). Compiled."""

import math
from typing import Any

from exactgeo.compiling import inlined
from exactgeo.enumeration.certified.floats import EXACT, SAFE, TINY, ULP
from exactgeo.enumeration.certified.vertices.kernels.signs import whole_value
from exactgeo.enumeration.certified.vertices.memory import Register as R


@inlined
def put_between(positive: int, negative: int, place: int, m: Any, f: Any, i: Any) -> None:
    """Put the point of an edge at which the current form is 0 into the scratch, at a place.

    The edge joins two vertices of the current cell, at which the form is positive and negative.
    """
    first = i[m.registers + R.FIRST]
    p, q = m.vertices + (first + positive) * m.width, m.vertices + (first + negative) * m.width
    rp, rq = f[m.radii + first + positive], f[m.radii + first + negative]
    a, b = -f[m.values + negative], f[m.values + positive]
    da, db = f[m.bounds + negative], f[m.bounds + positive]
    new = m.new_vertices + place * m.width
    largest = 0.0
    if f[p] != 0.0 and f[q] != 0.0:
        total = a + b
        share = a / total
        slip = (da * (b / total) + db * share) / ((a - da) + (b - db)) + 4.0 * ULP
        span = 0.0
        f[new] = 1.0
        for k in range(1, m.width):
            step = f[p + k] - f[q + k]
            x = f[q + k] + share * step
            f[new + k] = x
            span = max(span, abs(step))
            largest = max(largest, abs(x))
        most = max(rp, rq)
        radius = most + slip * (span + 2.0 * most) + ULP * (4.0 * span + 2.0 * largest)
    elif f[p] != 0.0 or f[q] != 0.0:
        if f[p] != 0.0:
            p, q, rp, rq, a, b, da, db = q, p, rq, rp, b, a, db, da
        # q is the point, and p the direction
        share = a / b
        slip = (da + db * share) / (b - db) + 4.0 * ULP * share
        span = 0.0
        f[new] = 1.0
        for k in range(1, m.width):
            x = f[q + k] + share * f[p + k]
            f[new + k] = x
            span = max(span, abs(f[p + k]))
            largest = max(largest, abs(x))
        radius = rq + share * rp + slip * (span + rp) + ULP * (4.0 * share * span + 2.0 * largest)
    else:
        size = long_p = long_q = 0.0
        f[new] = 0.0
        for k in range(1, m.width):
            x = b * f[q + k] + a * f[p + k]
            f[new + k] = x
            largest = max(largest, abs(x))
            size = max(size, b * abs(f[q + k]) + a * abs(f[p + k]))
            long_p = max(long_p, abs(f[p + k]))
            long_q = max(long_q, abs(f[q + k]))
        radius = b * rq + a * rp + db * (long_q + rq) + da * (long_p + rp) + 3.0 * ULP * size
        for k in range(1, m.width):
            f[new + k] /= largest
        radius = radius / largest + 2.0 * ULP
    # Where integers told a sign, the values say nothing of where the form is 0 on the edge.
    f[m.new_radii + place] = radius * SAFE + TINY if a > da and b > db and a + b < math.inf else math.inf
    i[m.new_refined + place] = 0


@inlined
def put_whole_between(positive: int, negative: int, place: int, m: Any, f: Any, i: Any) -> bool:
    """Put the point of an edge at which the current form is 0 into the scratch, by integers.

    Returns:
        Whether form and vertices are of integers, and the result is of integers that floats hold.
    """
    first = i[m.registers + R.FIRST]
    i[m.new_whole + place] = 0
    if not (i[m.registers + R.WHOLE] and i[m.whole + first + positive] and i[m.whole + first + negative]):
        return False
    p, q = m.integers + (first + positive) * m.width, m.integers + (first + negative) * m.width
    b, a = whole_value(m.width, f, m.form, p), -whole_value(m.width, f, m.form, q)
    if not (a > 0.0 and b > 0.0):  # NaN
        return False
    new = m.new_integers + place * m.width
    largest = 0.0
    for k in range(m.width):
        largest = max(largest, b * abs(f[q + k]) + a * abs(f[p + k]))
        f[new + k] = b * f[q + k] + a * f[p + k]
    if largest >= EXACT:
        return False
    _put_from_integers(new, place, m, f)
    i[m.new_whole + place] = i[m.new_refined + place] = 1
    return True


@inlined
def _put_from_integers(new: int, place: int, m: Any, f: Any) -> None:
    """Divide a vertex's integers by their common divisor, and put the floats nearest to it beside them."""
    divisor = 0
    for k in range(m.width):
        rest = int(abs(f[new + k]))
        while rest != 0:
            divisor, rest = rest, divisor % rest
    scale = 0.0
    for k in range(m.width):
        f[new + k] /= divisor
        scale = max(scale, abs(f[new + k]))
    scale = f[new] if f[new] != 0.0 else scale
    vertex = m.new_vertices + place * m.width
    error = 0.0
    for k in range(m.width):
        x = f[new + k] / scale
        f[vertex + k] = x
        error = max(error, 0.0 if x * scale == f[new + k] and x == math.floor(x) else ULP * abs(x))
    f[m.new_radii + place] = error * SAFE
