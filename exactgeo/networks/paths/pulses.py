"""Pulses and disks of growing radius, centred in a row or an image of pixels."""

from collections.abc import Callable, Iterable
from itertools import product
from typing import Any

from exactgeo.arithmetic.enclosures import sum_of_roots
from exactgeo.arithmetic.rationals import Rational, rational
from exactgeo.errors import InvalidArgument
from exactgeo.networks.paths.paths import EXACT, Path

_HALF = Rational(1, 2)


def binary_pulse(size: int, low: Any, high: Any) -> Path:  # noqa: ANN401 (whatever `rational` accepts)
    """Return the pulses 1[|i| <= r] of radius r, i being a pixel's distance from the middle of a row.

    Args:
        size: the number of pixels.
        low: where r begins, at least 0.
        high: where r ends, later.

    **Source**: Dages, Lindenbaum and Bruckstein, From compass and ruler to convolution and nonlinearity, 2023.
    """
    places = _places(size)
    return _family(low, high, map(abs, places), lambda r: [int(abs(i) <= r) for i in places])


def area_sampled_pulse(size: int, low: Any, high: Any) -> Path:  # noqa: ANN401 (whatever `rational` accepts)
    """Return the pulses clip(r + 1/2 - |i|, 0, 1): how much of the pixel i lies within the radius r.

    Arguments and source are those of `binary_pulse`.
    """
    places = _places(size)
    breaks = [abs(i) + side * _HALF for i in places for side in (-1, 1)]
    return _family(low, high, breaks, lambda r: [_clipped(r + _HALF - abs(i)) for i in places])


def binary_disk(height: int, width: int, low: Any, high: Any) -> Path:  # noqa: ANN401 (whatever `rational` accepts)
    """Return the disks 1[i^2 + j^2 <= s], of radius sqrt(s), about the middle of an image.

    The parameter is the squared radius, since the radii at which a pixel is reached are not rational.

    Args:
        height: of the image, in pixels.
        width: likewise; the inputs are the rows of pixels, one after the other.
        low: where s begins, at least 0.
        high: where s ends, later.
    """
    distances = [i * i + j * j for i, j in product(_places(height), _places(width))]
    return _family(low, high, distances, lambda s: [int(distance <= s) for distance in distances])


def smooth_disk(height: int, width: int, low: Any, high: Any) -> Path:  # noqa: ANN401 (whatever `rational` accepts)
    """Return the disks clip(r + 1/2 - sqrt(i^2 + j^2), 0, 1) of radius r about the middle of an image.

    The square roots that are not rational are rounded down; the path's `error` bounds by how much.

    Args:
        height: of the image, in pixels.
        width: likewise; the inputs are the rows of pixels, one after the other.
        low: where r begins, at least 0.
        high: where r ends, later.
    """
    squares = [i * i + j * j for i, j in product(_places(height), _places(width))]
    roots = {square: sum_of_roots([square]) for square in squares}
    distances = [roots[square].lower for square in squares]
    breaks = [distance + side * _HALF for distance in distances for side in (-1, 1)]
    error = max(root.upper - root.lower for root in roots.values())
    return _family(low, high, breaks, lambda r: [_clipped(r + _HALF - distance) for distance in distances], error)


def _clipped(value: Rational) -> Rational:
    return min(max(value, Rational(0)), Rational(1))


def _places(size: int) -> list[Rational]:
    """Return the pixels' places, 0 being the middle."""
    if size < 1:
        raise InvalidArgument(f"a row of {size} pixels")
    return [Rational(2 * k + 1 - size, 2) for k in range(size)]


def _family(
    low: Any,  # noqa: ANN401 (whatever `rational` accepts)
    high: Any,  # noqa: ANN401
    breaks: Iterable[Rational],
    at: Callable[[Rational], Iterable[Any]],
    error: Rational = EXACT,
) -> Path:
    first, last = rational(low), rational(high)
    if not 0 <= first < last:
        raise InvalidArgument(f"radii, or their squares, grow from 0 or more: not from {first} to {last}")
    return Path.of(sorted({first, last, *(r for r in breaks if first < r < last)}), at, error)
