"""How near floats are to an exact vertex."""

import math
from fractions import Fraction

from unit.enumeration.certified.filters import fractions


def share_of_radius(vertex, radius, exact):
    """Return how much of the radius a multiple of the exact vertex (w, x) needs that is as near as can be; w >= 0.

    Infinity, if there is no positive multiple, or none within twice the radius.
    """
    w, *x = exact
    at, radius = fractions(vertex), Fraction(radius)
    if vertex[0] != 0.0:
        gap = max(abs(a - b / w) for a, b in zip(at[1:], x, strict=True))
        return float(gap / radius) if radius else (0.0 if gap == 0 else math.inf)
    assert w == 0
    return _share_of_direction(at[1:], radius, x)


def _share_of_direction(at, radius, x):
    """Return the least share with a multiple t x within share * radius of a direction, by bisection."""
    low, high = Fraction(0), Fraction(2)
    if _multiple(at, radius * high, x) is None:
        return math.inf
    for _ in range(20):
        middle = (low + high) / 2
        low, high = (low, middle) if _multiple(at, radius * middle, x) else (middle, high)
    return float(high)


def _multiple(at, radius, x):
    """Return a t > 0 with |t x - at| <= radius, if there is one."""
    least, most = Fraction(0), None
    for a, b in zip(at, x, strict=True):
        if b == 0:
            if abs(a) > radius:
                return None
            continue
        ends = sorted([(a - radius) / b, (a + radius) / b])
        least = max(least, ends[0])
        most = ends[1] if most is None else min(most, ends[1])
    return (least + most) / 2 if most is not None and most > 0 and least <= most else None
