"""How well a function of a squared radius measures the radius."""

from collections.abc import Iterator
from itertools import pairwise

from exactgeo.analyses.families.functions import PiecewiseLinear
from exactgeo.arithmetic import Enclosure, sum_of_roots
from exactgeo.arithmetic.rationals import Rational
from exactgeo.errors import InvalidArgument


def greatest_radius_error(function: PiecewiseLinear) -> Enclosure:
    """Return bounds of sup |f(s) - sqrt(s)|, over the interval of a function of the squared radius s.

    *Proof*: on a stretch, m s + c - sqrt(s) is convex; so it is greatest at an end, and least at an end or where
    2 m sqrt(s) = 1, with the value c - 1 / (4 m).

    Raises:
        InvalidArgument: if the interval holds numbers below 0.

    **Exactness**: rigorous; roots are known to more than a hundred bits.
    """
    if function.breaks[0] < 0:
        raise InvalidArgument(f"{function.breaks[0]} is the square of no radius")
    errors = list(_errors(function))
    return Enclosure(max(error.lower for error in errors), max(error.upper for error in errors))


def _errors(function: PiecewiseLinear) -> Iterator[Enclosure]:
    """Yield errors, or limits of errors, the greatest of which is the supremum."""
    for number, (s, value) in enumerate(zip(function.breaks, function.values, strict=True)):
        root = sum_of_roots([s])
        for own in (value, *function.limits(number)):
            if own is not None:
                yield _size(Enclosure(own - root.upper, own - root.lower))
    for (slope, intercept), (low, high) in zip(function.lines, pairwise(function.breaks), strict=True):
        if slope > 0 and low < 1 / (4 * slope**2) < high:
            least = intercept - 1 / (4 * slope)
            yield _size(Enclosure(least, least))


def _size(value: Enclosure) -> Enclosure:
    """Return bounds of the absolute value."""
    if value.lower >= 0:
        return value
    if value.upper <= 0:
        return Enclosure(-value.upper, -value.lower)
    return Enclosure(Rational(0), max(-value.lower, value.upper))
