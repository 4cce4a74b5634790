"""Signs of affine forms at vertices, by floats with proven bounds (proofs/FILTERS.md). Compiled.

A vertex is a row (w, x1, …, xn) of floats with a radius: w = 1 for a point, w = 0 for a direction of infinity; a
positive multiple of the exact vertex has the same w, and each coordinate within the radius. A form is a row
(c, a1, …, an) with a bound for the errors of the a, one for that of c, and the norm |a1| + … + |an|.
"""

import math
from typing import Any

from exactgeo.compiling import inlined
from exactgeo.enumeration.certified.floats import EXACT, SAFE, TINY, ULP

UNKNOWN = 2  # beside the signs -1, 0 and 1


@inlined
def value_at(
    width: int, f: Any, form: int, linear: float, constant: float, norm: float, vertex: int, radius: float
) -> tuple[float, float]:
    """Return the value of the form at f[form] at the vertex at f[vertex], and a bound of the error."""
    total = f[form] * f[vertex]
    size = abs(total)
    length = 0.0
    for k in range(1, width):
        x = f[vertex + k]
        term = f[form + k] * x
        total += term
        size += abs(term)
        length += abs(x)
    bound = linear * (length + width * radius) + norm * radius + constant * f[vertex] + (width + 2) * ULP * size
    return total, bound * SAFE + TINY


@inlined
def is_structural_zero(
    width: int, f: Any, form: int, linear: float, constant: float, vertex: int, radius: float
) -> bool:
    """Whether a form is 0 at a vertex because every product is one of an exact 0."""
    if f[vertex] != 0.0 and (f[form] != 0.0 or constant != 0.0):
        return False
    for k in range(1, width):
        vanishes = f[form + k] == 0.0 and linear == 0.0
        if not vanishes and (f[vertex + k] != 0.0 or radius != 0.0):
            return False
    return True


@inlined
def whole_value(width: int, f: Any, form: int, vertex: int) -> float:
    """Return the value of a form of integers at a vertex of integers, exactly; NaN if floats may not hold it."""
    total = 0.0
    size = 0.0
    for k in range(width):
        term = f[form + k] * f[vertex + k]
        total += term
        size += abs(term)
    # If the sum of the absolute values comes out below 2^53, no product and no partial sum was rounded.
    return total if size < EXACT else math.nan
