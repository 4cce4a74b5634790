"""Values of elementary functions: rational ones as they are, the others refused or replaced by the nearest float.

A float is decided by enclosures that shrink until all their points have the same nearest float. An irrational number is
never half-way between two floats, and the rational values are found first; so this ends.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import flint
import gmpy2
from gmpy2 import mpq

from exactgeo.errors import InvalidArgument, IrrationalConstant, NonFiniteWeight, UnsupportedOperator
from onnx_import.evaluator.floats import FLOAT32, FLOAT64, Format, finite, nearest, power_of_two, rounded

_FORMATS: Final[dict[str, Format | None]] = {"exact-if-square": None, "fold-float32": FLOAT32, "fold-float64": FLOAT64}
_FIRST_PRECISION: Final = 128
_LAST_PRECISION: Final = 1 << 20
_FAR: Final = 1 << 14  # binary exponents beyond all formats
_MOST_BITS: Final = 1 << 26


@dataclass(frozen=True, slots=True)
class Irrational:
    """What becomes of values that may be irrational.

    Attributes:
        policy: 'exact-if-square': they must be rational; 'fold-float32' or 'fold-float64': each is replaced by the
            nearest float of that width, ties to even.
        offered: whether a message says how such values are replaced.
    """

    policy: str
    offered: bool = True

    def __post_init__(self) -> None:
        if self.policy not in _FORMATS:
            raise InvalidArgument(f"irrational={self.policy!r}: expected one of {', '.join(map(repr, _FORMATS))}")

    def root(self, number: mpq, degree: int = 2) -> mpq:
        """The non-negative root of a non-negative number."""
        return self.power(number, mpq(1, degree))

    def inverse_root(self, number: mpq) -> mpq:
        """1 / sqrt(number), for a positive number."""
        return self.power(number, mpq(-1, 2))

    def power(self, base: mpq, exponent: mpq) -> mpq:
        """A power base ** exponent whose exponent is no integer.

        Raises:
            UnsupportedOperator: the power is not a real number.
            NonFiniteWeight: it is infinite.
            IrrationalConstant: it is irrational, and that was not allowed.
        """
        if base < 0:
            raise UnsupportedOperator(f"({base}) ** ({exponent}) is not a real number")
        if base == 0:
            if exponent < 0:
                raise NonFiniteWeight(f"0 ** ({exponent}) is infinite")
            return mpq(0)
        return self._value(
            f"({base}) ** ({exponent})",
            _rational_power(base, exponent),
            lambda: _ball(base) ** _ball(exponent) if exponent != mpq(1, 2) else _ball(base).sqrt(),
        )

    def exponential(self, number: mpq) -> mpq:
        """The exponential; rational at 0 only (Lindemann)."""
        return self._value(f"exp({number})", mpq(1) if number == 0 else None, lambda: _ball(number).exp())

    def logarithm(self, number: mpq) -> mpq:
        """The natural logarithm of a positive number; rational at 1 only (Lindemann)."""
        if number <= 0:
            raise NonFiniteWeight(f"log({number}) is not a real number")
        return self._value(f"log({number})", mpq(0) if number == 1 else None, lambda: _ball(number).log())

    def elementary(self, name: str, number: mpq) -> mpq:
        """The value of a function of one number, by its name in the standard.

        Except where it is 0, 1 or 1/2 at a place that is known, it is irrational at rational numbers (Lindemann and
        Weierstrass; for the error function not proved, and not relied upon).

        Raises:
            NonFiniteWeight: there is no real value.
        """
        function, inside, exact = _ELEMENTARY[name]
        if not inside(number):
            raise NonFiniteWeight(f"{name.lower()}({number}) is not a real number")
        return self._value(f"{name.lower()}({number})", exact.get(number), lambda: function(_ball(number)))

    def cosine(self, turns: mpq) -> mpq:
        """The cosine of an angle in full turns; rational at multiples of a quarter or a sixth only (Niven)."""
        part = turns % 1
        exact = _COSINES.get(min(part, 1 - part))
        angle = flint.fmpq(2 * int(part.numerator), int(part.denominator))
        return self._value(f"cos(2*pi*{part})", exact, lambda: flint.arb.cos_pi_fmpq(angle))

    def sine(self, turns: mpq) -> mpq:
        """The sine of an angle in full turns: the cosine of a quarter less."""
        return self.cosine(turns - mpq(1, 4))

    def log_sum_exp(self, numbers: list[mpq]) -> mpq:
        """The logarithm of the sum of exp(x); rational for a single number only (Lindemann and Weierstrass)."""
        if not numbers:
            raise NonFiniteWeight("the logarithm of an empty sum is infinite")
        exact = numbers[0] if len(numbers) == 1 else None
        return self._value(f"log(sum(exp(...))) of {len(numbers)} numbers", exact, lambda: _log_sum_exp(numbers))

    def _value(self, name: str, exact: mpq | None, ball: Callable[[], flint.arb]) -> mpq:
        target = _FORMATS[self.policy]
        if target is None:
            if exact is None:
                advice = "; irrational='fold-float32' or 'fold-float64' takes the nearest float" if self.offered else ""
                raise IrrationalConstant(f"{_short(name)} is irrational{advice}")
            return exact
        if exact is not None:
            return nearest(exact, target)
        for low, high in _enclosures(ball):
            if (result := rounded(low, target)) == rounded(high, target):
                return finite(result, target)
        raise UnsupportedOperator(f"{_short(name)} lies too near the middle of two floats")


def _everywhere(_: mpq) -> bool:
    return True


_ELEMENTARY: Final[dict[str, tuple[Callable[[flint.arb], flint.arb], Callable[[mpq], bool], dict[mpq, mpq]]]] = {
    "Sin": (flint.arb.sin, _everywhere, {mpq(0): mpq(0)}),
    "Cos": (flint.arb.cos, _everywhere, {mpq(0): mpq(1)}),
    "Tan": (flint.arb.tan, _everywhere, {mpq(0): mpq(0)}),
    "Asin": (flint.arb.asin, lambda x: abs(x) <= 1, {mpq(0): mpq(0)}),
    "Acos": (flint.arb.acos, lambda x: abs(x) <= 1, {mpq(1): mpq(0)}),
    "Atan": (flint.arb.atan, _everywhere, {mpq(0): mpq(0)}),
    "Sinh": (flint.arb.sinh, _everywhere, {mpq(0): mpq(0)}),
    "Cosh": (flint.arb.cosh, _everywhere, {mpq(0): mpq(1)}),
    "Tanh": (flint.arb.tanh, _everywhere, {mpq(0): mpq(0)}),
    "Asinh": (flint.arb.asinh, _everywhere, {mpq(0): mpq(0)}),
    "Acosh": (flint.arb.acosh, lambda x: x >= 1, {mpq(1): mpq(0)}),
    "Atanh": (flint.arb.atanh, lambda x: abs(x) < 1, {mpq(0): mpq(0)}),
    "Erf": (flint.arb.erf, _everywhere, {mpq(0): mpq(0)}),
    "Sigmoid": (lambda x: 1 / (1 + (-x).exp()), _everywhere, {mpq(0): mpq(1, 2)}),
    "Softplus": (lambda x: (1 + x.exp()).log(), _everywhere, {}),
}

_COSINES: Final = {mpq(0): mpq(1), mpq(1, 6): mpq(1, 2), mpq(1, 4): mpq(0), mpq(1, 3): mpq(-1, 2), mpq(1, 2): mpq(-1)}


def _short(name: str) -> str:
    return name if len(name) <= 80 else f"{name[:77]}..."


def _rational_power(base: mpq, exponent: mpq) -> mpq | None:
    """The power where it is rational: base is a power of a rational, by the exponent's denominator."""
    degree = int(exponent.denominator)
    parts = [gmpy2.iroot(part, degree) for part in (base.numerator, base.denominator)]
    if not all(exact for _, exact in parts):
        return None
    return integer_power(mpq(parts[0][0], parts[1][0]), int(exponent.numerator))


def integer_power(base: mpq, exponent: int) -> mpq:
    """The power base ** exponent.

    Raises:
        NonFiniteWeight: 0 to a negative power.
        UnsupportedOperator: the power has too many digits to be written down.
    """
    if base == 0 and exponent < 0:
        raise NonFiniteWeight(f"0 ** {exponent} is infinite")
    bits = max(int(base.numerator).bit_length(), int(base.denominator).bit_length())
    if bits > 1 and bits * abs(exponent) > _MOST_BITS:
        raise UnsupportedOperator(f"a number of {bits} bits to the power {exponent} is too long to be written down")
    return base**exponent


def _ball(number: mpq) -> flint.arb:
    return flint.arb(flint.fmpq(int(number.numerator), int(number.denominator)))


def _log_sum_exp(numbers: list[mpq]) -> flint.arb:
    largest = max(numbers)
    total = sum((_ball(number - largest).exp() for number in numbers), start=flint.arb(0))
    return total.log() + _ball(largest)


def _enclosures(ball: Callable[[], flint.arb]) -> Iterator[tuple[mpq, mpq]]:
    """Intervals around the value, each at twice the precision of the one before."""
    precision = _FIRST_PRECISION
    while precision <= _LAST_PRECISION:
        # The bounds are rounded outwards to the precision of the moment.
        with flint.ctx.workprec(precision):
            value = ball()
            bounds = (value.lower(), value.upper()) if value.is_finite() else None
        if bounds is not None:
            yield _exact_float(bounds[0]), _exact_float(bounds[1])
        precision *= 2


def _exact_float(ball: flint.arb) -> mpq:
    """The midpoint of a ball without radius; far out of every format's range, another number as far out."""
    mantissa, exponent = map(int, ball.man_exp())
    if abs(exponent + mantissa.bit_length()) <= _FAR:
        return mantissa * power_of_two(exponent)
    sign = (mantissa > 0) - (mantissa < 0)
    return sign * power_of_two(_FAR if exponent > 0 else -_FAR)
