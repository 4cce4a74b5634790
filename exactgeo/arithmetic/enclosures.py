"""Real numbers between rational bounds."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from exactgeo.arithmetic.rationals import Rational

_BITS = 128


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A real number between two rational ones.

    Attributes:
        lower: not more than the number.
        upper: not less.
    """

    lower: Rational
    upper: Rational

    def __float__(self) -> float:
        return float((self.lower + self.upper) / 2)


def sum_of_roots(squares: Iterable[Rational]) -> Enclosure:
    """Return bounds of the sum of the square roots of rational numbers >= 0.

    *Proof*: isqrt(floor(4^k s)) is the floor of 2^k sqrt(s). Roots that are rational themselves are added exactly.
    """
    exact, others = Rational(0), []
    for square in squares:
        root = Rational(math.isqrt(int(square.numerator)), math.isqrt(int(square.denominator)))
        if root**2 == square:
            exact += root
        else:
            others.append((int(square.numerator), int(square.denominator)))
    bits = max(_BITS - min((p.bit_length() - q.bit_length() for p, q in others), default=0) // 2, 0)
    floors = sum(math.isqrt((p << 2 * bits) // q) for p, q in others)
    unit = Rational(1, 1 << bits)
    return Enclosure(exact + floors * unit, exact + (floors + len(others)) * unit)
