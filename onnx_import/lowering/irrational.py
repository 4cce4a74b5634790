"""Elementary functions of constants: exact where the value is rational, else refused or rounded once, as chosen.

A rounded value is the float nearest to the real one, ties to even. It is found with flint's balls, enclosures whose
radius is proved, at a precision that grows until both ends round to one float. That ends, for a value that is not
rational is no midpoint of two floats; rational values are found first:

- sqrt(p/q) and (p/q)^(a/b) by integer roots;
- exp, log, sin, cos, tan, asin, acos, atan, sinh, cosh, tanh, asinh, acosh, atanh, the logistic function, log(1 + exp)
  of a rational argument are transcendental but at one point each (Lindemann and Weierstrass; Baker, Transcendental
  Number Theory, 1975, theorem 1.4), erf but at 0 (Siegel and Shidlovsky);
- cos and sin of a rational part of a turn are 0, 1/2, 1, their negatives, or irrational (Niven, Irrational Numbers,
  1956, corollary 3.12).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import flint
import numpy as np
from gmpy2 import iroot, is_square, isqrt, mpz

from exactgeo.arithmetic.arrays import ExactArray
from exactgeo.arithmetic.rationals import Rational
from exactgeo.errors import InvalidArgument
from onnx_import.choices import IrrationalPolicy

_MOST_BITS = 2**13
_MOST_POWER_BITS = 2**18


@dataclass(frozen=True, slots=True)
class Elementary:
    """A function of one real number.

    Attributes:
        name: as messages call it.
        rational: the value where it is rational and that is known; None where it is not rational.
        enclosure: a ball around the value, for a ball around the argument.
    """

    name: str
    rational: Callable[[Rational], Rational | None]
    enclosure: Callable[[Any], Any]


def _root(value: Rational) -> Rational | None:
    if value < 0:
        raise InvalidArgument(f"the square root of the negative number {value}")
    numerator, denominator = mpz(value.numerator), mpz(value.denominator)
    if is_square(numerator) and is_square(denominator):
        return Rational(isqrt(numerator), isqrt(denominator))
    return None


def _reciprocal_root(value: Rational) -> Rational | None:
    if value <= 0:
        raise InvalidArgument(f"1 / sqrt of {value}, which is not positive")
    root = _root(value)
    return None if root is None else 1 / root


def _only_at(place: int, result: Rational, low: float | None = None, high: float | None = None) -> Any:  # noqa: ANN401
    """Return the function that is `result` at one rational place, and irrational in the rest of (low, high)."""

    def rational(value: Rational) -> Rational | None:
        if (low is not None and value <= low) or (high is not None and value >= high):
            if value == place:
                return result
            raise InvalidArgument(f"the argument {value}, which is out of range")
        return result if value == place else None

    return rational


ZERO, ONE, HALF = Rational(0), Rational(1), Rational(1, 2)

SQRT = Elementary("sqrt", _root, lambda ball: ball.sqrt())
RECIPROCAL_SQRT = Elementary("1/sqrt", _reciprocal_root, lambda ball: ball.rsqrt())
FUNCTIONS = {
    "Sqrt": SQRT,
    "Exp": Elementary("exp", _only_at(0, ONE), lambda ball: ball.exp()),
    "Log": Elementary("log", _only_at(1, ZERO, low=0), lambda ball: ball.log()),
    "Sin": Elementary("sin", _only_at(0, ZERO), lambda ball: ball.sin()),
    "Cos": Elementary("cos", _only_at(0, ONE), lambda ball: ball.cos()),
    "Tan": Elementary("tan", _only_at(0, ZERO), lambda ball: ball.tan()),
    "Asin": Elementary("asin", _only_at(0, ZERO), lambda ball: ball.asin()),
    "Acos": Elementary("acos", _only_at(1, ZERO), lambda ball: ball.acos()),
    "Atan": Elementary("atan", _only_at(0, ZERO), lambda ball: ball.atan()),
    "Sinh": Elementary("sinh", _only_at(0, ZERO), lambda ball: ball.sinh()),
    "Cosh": Elementary("cosh", _only_at(0, ONE), lambda ball: ball.cosh()),
    "Tanh": Elementary("tanh", _only_at(0, ZERO), lambda ball: ball.tanh()),
    "Asinh": Elementary("asinh", _only_at(0, ZERO), lambda ball: ball.asinh()),
    "Acosh": Elementary("acosh", _only_at(1, ZERO), lambda ball: ball.acosh()),
    "Atanh": Elementary("atanh", _only_at(0, ZERO, low=-1, high=1), lambda ball: ball.atanh()),
    "Sigmoid": Elementary("the logistic function", _only_at(0, HALF), lambda ball: 1 / (1 + (-ball).exp())),
    "Softplus": Elementary("softplus", lambda _: None, lambda ball: ball.exp().log1p()),
    "Erf": Elementary("erf", _only_at(0, ZERO), lambda ball: ball.erf()),
}


def _cosine_of_turns(turns: Rational) -> Rational | None:
    return _RATIONAL_COSINES.get(turns - turns.numerator // turns.denominator)


_RATIONAL_COSINES = {
    Rational(0): ONE,
    Rational(1, 6): HALF,
    Rational(1, 4): ZERO,
    Rational(1, 3): -HALF,
    Rational(1, 2): -ONE,
    Rational(2, 3): -HALF,
    Rational(3, 4): ZERO,
    Rational(5, 6): HALF,
}

COSINE_OF_TURNS = Elementary("cos 2 pi ", _cosine_of_turns, lambda ball: (2 * ball).cos_pi())
SINE_OF_TURNS = Elementary(
    "sin 2 pi ", lambda turns: _cosine_of_turns(turns - Rational(1, 4)), lambda ball: (2 * ball).sin_pi()
)


def power_function(exponent: Rational) -> Elementary:
    """Return x ** exponent, for an exponent that is no integer and x >= 0."""

    def rational(base: Rational) -> Rational | None:
        degree = int(exponent.denominator)
        if base < 0 or (base == 0 and exponent < 0):
            raise InvalidArgument(f"{base} to the power {exponent}")
        if base in {0, 1}:
            return base
        if degree.bit_length() > _MOST_BITS:
            return None
        (top, top_exact), (bottom, bottom_exact) = (
            iroot(mpz(base.numerator), degree),
            iroot(mpz(base.denominator), degree),
        )
        if not (top_exact and bottom_exact):
            return None
        if max(top, bottom).bit_length() * abs(int(exponent.numerator)) > _MOST_POWER_BITS:
            raise InvalidArgument(f"a power of more than {_MOST_POWER_BITS} bits")
        return Rational(top, bottom) ** int(exponent.numerator)

    power = flint.fmpq(int(exponent.numerator), int(exponent.denominator))
    return Elementary(f"the power {exponent} of", rational, lambda ball: ball ** flint.arb(power))


class NotRational(InvalidArgument):
    """A value is not rational, and the policy does not round."""


def apply_to_constants(function: Elementary, values: ExactArray, policy: IrrationalPolicy) -> ExactArray:
    """Return the function of each entry.

    Raises:
        NotRational: if a value is irrational under "exact-if-square".
        InvalidArgument: for an argument outside the function's range, or a value too large for the float type.
    """
    return values.mapped(lambda value: _value(function, value, policy))


def _value(function: Elementary, argument: Rational, policy: IrrationalPolicy) -> Rational:
    exact = function.rational(argument)
    if policy == "exact-if-square":
        if exact is None:
            raise NotRational(f"{function.name}({argument})")
        return exact
    kind = np.float32 if policy == "fold-float32" else np.float64
    return _nearest(exact, kind) if exact is not None else _rounded(function, argument, kind)


def _rounded(function: Elementary, argument: Rational, kind: type[np.floating[Any]]) -> Rational:
    bits = 128
    before = flint.ctx.prec
    try:
        while bits <= _MOST_BITS:
            flint.ctx.prec = bits
            ball = function.enclosure(flint.arb(flint.fmpq(int(argument.numerator), int(argument.denominator))))
            if ball.is_finite():
                ends = {_nearest(_rational_of(end), kind) for end in (ball.lower(), ball.upper())}
                if len(ends) == 1:
                    return ends.pop()
            bits *= 2
    finally:
        flint.ctx.prec = before
    raise InvalidArgument(f"{function.name}({argument}), which is out of range or too hard to round")


def _rational_of(ball: Any) -> Rational:  # noqa: ANN401 (an exact flint.arb)
    mantissa, exponent = (int(part) for part in ball.man_exp())
    if exponent > _MOST_BITS:
        raise InvalidArgument("a number beyond the range of floats")
    if exponent + abs(mantissa).bit_length() < -_MOST_BITS:  # rounds to 0, as any other number so close to it
        mantissa, exponent = (mantissa > 0) - (mantissa < 0), -_MOST_BITS
    return Rational(mantissa) * Rational(2) ** exponent


def _nearest(value: Rational, kind: type[np.floating[Any]]) -> Rational:
    """Return the float nearest to a rational number, ties to even, as a rational number."""
    limits = np.finfo(kind)
    precision, lowest = int(limits.nmant) + 1, int(limits.minexp) - int(limits.nmant)
    if value == 0:
        return value
    size = abs(value)
    exponent = int(mpz(size.numerator).bit_length()) - int(mpz(size.denominator).bit_length()) - precision
    while size >= Rational(2) ** (exponent + precision):
        exponent += 1
    while size < Rational(2) ** (exponent + precision - 1):
        exponent -= 1
    step = Rational(2) ** max(exponent, lowest)
    whole, rest = divmod(size / step, 1)
    units = int(whole) + (rest > HALF or (rest == HALF and int(whole) % 2 == 1))
    rounded = units * step
    if rounded > Rational(*float(limits.max).as_integer_ratio()):
        raise InvalidArgument("a number beyond the range of floats")
    return rounded if value > 0 else -rounded
