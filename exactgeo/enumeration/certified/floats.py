"""The floats that the bounds are proved for (proofs/FILTERS.md, the model), and whether a thread's are those.

A processor can be told to round otherwise, or to take subnormal numbers for 0. Some libraries do so when they are
loaded, for the thread that loads them.
"""

from exactgeo.errors import ExactGeoError

ULP = 2.0**-53
SAFE = 1.0 + 2.0**-30  # outweighs the roundings of a bound's own computation
TINY = 2.0**-900  # outweighs what may underflow
EXACT = 2.0**53  # integers below are floats, and so are their sums

_NUMBERS = (1.0, 2.0**-53, 2.0**-1022, 2.0**-1074)  # Python computes with literals once and for all


def demand_ieee_floats() -> None:
    """Raise an error unless floats are rounded to nearest, and subnormal numbers are numbers."""
    one, ulp, normal, least = _NUMBERS
    if not (one + ulp == one and (one + 2.0 * ulp) + ulp == one + 4.0 * ulp):
        raise ExactGeoError(
            "the bounds of the kernels need floats that are rounded to nearest; this thread's are rounded "
            "otherwise, because some library has changed its mode: change it back, or use the engine 'reference'"
        )
    if not (normal * 0.5 > 0.0 and least > 0.0):
        raise ExactGeoError(
            "the bounds of the kernels need subnormal floats; this thread takes them for 0, because some "
            "library has changed its mode: change it back, or use the engine 'reference'"
        )
