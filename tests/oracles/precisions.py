"""Floating-point formats as what matters about their rounding, and rounding a rational to them once."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np


@dataclass(frozen=True)
class Precision:
    """A binary format: the digits of its mantissa, and the exponents of its least positive and its largest numbers."""

    digits: int
    least_exponent: int
    overflow_exponent: int

    @property
    def unit(self) -> float:
        """The unit roundoff u: half the distance from 1 to the next number."""
        return 2.0**-self.digits

    @property
    def least(self) -> float:
        """The least positive number."""
        return 2.0**self.least_exponent

    @property
    def overflow(self) -> Fraction:
        """From here on, numbers round to infinity."""
        return Fraction(2) ** self.overflow_exponent * (1 - Fraction(1, 2 ** (self.digits + 1)))

    def growth(self, factors: np.ndarray | float) -> np.ndarray | float:
        """Return how far a product of so many numbers 1 + d or 1 / (1 + d), |d| <= u, is from 1 at most."""
        return np.expm1(factors * np.log1p(self.unit / (1 - self.unit)))

    def holds(self, value: Fraction) -> bool:
        """Whether the number is one of the format's."""
        return self.rounded(value) == value

    def rounded(self, value: Fraction) -> Fraction:
        """Return the nearest number, the even one of two, as if there was no largest."""
        if not value:
            return value
        exponent = _exponent(abs(value)) - self.digits
        step = Fraction(2) ** max(exponent, self.least_exponent)
        return round(value / step) * step


PRECISIONS = {
    "float64": Precision(53, -1074, 1024),
    "float32": Precision(24, -149, 128),
    "float16": Precision(11, -24, 16),
    "bfloat16": Precision(8, -133, 128),
}


def _exponent(value: Fraction) -> int:
    """Return e with 2^(e - 1) <= value < 2^e."""
    guess = value.numerator.bit_length() - value.denominator.bit_length()
    return guess + 1 if value >= Fraction(2) ** guess else guess
