"""Staircases: data rounded to the numbers of a type, of which there are finitely many. They are lowered on request."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from exactgeo.arithmetic.arrays import ExactArray
from exactgeo.arithmetic.rationals import Rational
from exactgeo.networks.builders import constant_forms
from exactgeo.networks.forms import SparseForms
from onnx_import.lowering.nodes import Node
from onnx_import.lowering.selections import selected
from onnx_import.lowering.tensors import Kind, Tensor, scale

_MOST_TERMS = 2**26  # some 2 GiB
_OF_PIECE = 6  # a piece takes as much memory as so many coefficients


@dataclass(frozen=True, slots=True)
class SmallFloat:
    """A float type of 8 bits or fewer, as OCP's formats and IEEE 754 lay them out.

    Attributes:
        fraction_bits: of the significand, without the leading one.
        bias: of the exponent.
        largest: the largest finite number; codes beyond it are infinite or no numbers, if there are any.
        overflows: whether the type has infinities or NaN, so that conversions to it may be asked not to saturate.
    """

    fraction_bits: int
    bias: int
    largest: Rational
    overflows: bool = True

    @property
    def magnitudes(self) -> tuple[Rational, ...]:
        """The finite numbers that are not negative, each at the place that is its code."""
        return _magnitudes(self)

    @property
    def ranked(self) -> list[Rational]:
        """All finite numbers, those with an even code first: they take the ties."""
        codes = sorted(range(len(self.magnitudes)), key=lambda code: code % 2)
        return [sign * self.magnitudes[code] for code in codes for sign in ((1, -1) if code else (1,))]

    def nearest(self, value: Rational) -> Rational:
        """Return the finite number nearest to a rational, of two equally near that with the even code."""
        magnitudes, size = self.magnitudes, abs(value)
        high = min(bisect_left(magnitudes, size), len(magnitudes) - 1)
        low = max(high - 1, 0)
        below, above = size - magnitudes[low], magnitudes[high] - size
        code = high if above < below or (above == below and high % 2 == 0) else low
        return magnitudes[code] if value > 0 else -magnitudes[code]


SMALL_FLOATS = {
    "float8_e4m3fn": SmallFloat(3, 7, Rational(448)),
    "float8_e4m3fnuz": SmallFloat(3, 8, Rational(240)),
    "float8_e5m2": SmallFloat(2, 15, Rational(57344)),
    "float8_e5m2fnuz": SmallFloat(2, 16, Rational(57344)),
    "float4_e2m1fn": SmallFloat(1, 1, Rational(6), overflows=False),
}
"""The types that data can be rounded to, by the names that numpy gives them."""


@cache
def _magnitudes(kind: SmallFloat) -> tuple[Rational, ...]:
    found: list[Rational] = []
    while not found or found[-1] < kind.largest:
        exponent, fraction = divmod(len(found), 2**kind.fraction_bits)
        whole = fraction + (2**kind.fraction_bits if exponent else 0)
        found.append(whole * Rational(2) ** (max(exponent, 1) - kind.bias - kind.fraction_bits))
    return tuple(found)


def ranked_integers(low: int, high: int, parity: int) -> list[Rational]:
    """Return the integers from low to high, those of this parity first: they take the ties."""
    return [Rational(k) for k in sorted(range(low, high + 1), key=lambda k: ((k - parity) % 2, k))]


def demand_staircases(node: Node, kind: str, pieces: int) -> None:
    """Refuse to round data to a type unless the caller chose staircases."""
    if not node.context.choices.staircases:
        node.refuse(
            f"rounds data to {kind}, a staircase; choose staircases (--staircases) to read it as the discontinuous "
            f"unit of {pieces} pieces that it is"
        )


def staircase(node: Node, data: Tensor, ranked: Sequence[Rational], kind: Kind) -> Tensor:
    """Return, for each entry z, the nearest of these numbers; of two equally near, the first.

    One unit an entry, with a piece for each number v: the selector v z - v^2 / 2 is largest where v is nearest to z.
    """
    count = len(data.forms)
    if (_OF_PIECE * count + data.forms.nonzeros) * len(ranked) > _MOST_TERMS:
        node.refuse(
            f"makes {count} units of {len(ranked)} pieces each, of forms with {data.forms.nonzeros} coefficients in "
            "all: that is too much"
        )
    selectors, values = [], []
    for value in ranked:
        multiple = scale(data, ExactArray.of([value], ()))
        selectors.append(multiple.forms + _repeated(-value * value / 2, count))
        values.append(_repeated(value, count))
    return selected(node, data.shape, selectors, values, kind)


def _repeated(value: Rational, count: int) -> SparseForms:
    return constant_forms(ExactArray(np.full(count, int(value.numerator)), int(value.denominator)))
