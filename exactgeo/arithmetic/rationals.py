"""Rational numbers at the interface: what is accepted, how it is written, and why a float is refused."""

import math
import numbers
import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Any, NoReturn, TypeAlias

import flint
import gmpy2
import numpy as np

from exactgeo.errors import InexactNumber, InvalidArgument

Rational: TypeAlias = gmpy2.mpq
"""An exact rational number: gmpy2's mpq, equal to and hashed like the Fraction of the same value."""

Point: TypeAlias = tuple[Rational, ...]
"""The coordinates of a point."""

_FRACTION = re.compile(r"([+-]?[0-9]+)(?:/([0-9]+))?", re.ASCII)
_DECIMAL = re.compile(r"([+-]?)([0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE]([+-]?[0-9]+))?", re.ASCII)
_LARGEST_EXPONENT = 10_000
_LONGEST_SHOWN = 200


def rational(value: Any) -> Rational:  # noqa: ANN401 (everything is looked at, little is accepted)
    """Return `value` as an exact rational number.

    Args:
        value: an int, Fraction, Decimal, gmpy2 or flint integer or rational, numpy integer, or any other
            `numbers.Rational`; or text: an integer, a fraction `p/q` or a decimal, which means the decimal number.

    Raises:
        InexactNumber: for a binary float, NaN or infinity. 0.1 as a float is not one tenth, so it is not guessed
            which was meant.
        InvalidArgument: for anything else that is not a rational number.

    **Exactness**: exact.

    >>> rational("1/3") + rational("0.5")
    mpq(5,6)
    """
    for kinds, convert in _CONVERSIONS:
        if isinstance(value, kinds):
            return convert(value)
    raise InvalidArgument(
        f"{value!r} ({type(value).__name__}) is not a rational number: give an int, a Fraction or '1/3'"
    )


def point(values: Iterable[Any]) -> Point:
    """Return the coordinates `values` as a tuple of exact rationals (see `rational`)."""
    if isinstance(values, str):
        raise InvalidArgument(f"{values!r} is text; a sequence of coordinates was expected, such as ('1/3', '-1/7')")
    if not isinstance(values, Iterable):
        raise InvalidArgument(f"{values!r} is no sequence of coordinates")
    return tuple(rational(value) for value in values)


def text(value: Rational) -> str:
    """Return the canonical text of a rational: `p/q` in lowest terms with q > 1, or `p`."""
    return str(value)


def shown(row: Iterable[int]) -> str:
    """Return a row of integers for a message, cut short if it is very long."""
    written = ", ".join(str(gmpy2.mpz(entry)) for entry in row)
    return f"({written})" if len(written) <= _LONGEST_SHOWN else f"({written[:_LONGEST_SHOWN]}…)"


def sign(value: Rational | int) -> int:
    """Return -1, 0 or 1."""
    return (value > 0) - (value < 0)


def _parse(written: str) -> Rational:
    stripped = written.strip()
    if match := _FRACTION.fullmatch(stripped):
        numerator, denominator = match.groups("1")
        if int(gmpy2.mpz(denominator)) == 0:
            raise InvalidArgument(f"{written!r} divides by zero")
        return Rational(gmpy2.mpz(numerator), gmpy2.mpz(denominator))
    if match := _DECIMAL.fullmatch(stripped):
        sign_text, digits, exponent_text = match.groups("")
        whole, _, decimals = digits.partition(".")
        exponent = int(exponent_text[:8] or "0") - len(decimals)
        if len(exponent_text) > len(str(_LARGEST_EXPONENT)) + 1 or abs(exponent) > _LARGEST_EXPONENT:
            raise InvalidArgument(f"the exponent of {written!r} is beyond {_LARGEST_EXPONENT}")
        mantissa = gmpy2.mpz(sign_text + whole + decimals)
        power = gmpy2.mpz(10) ** abs(exponent)
        return Rational(mantissa * power) if exponent >= 0 else Rational(mantissa, power)
    raise InvalidArgument(
        f"{written!r} is not a rational number: write an integer, a fraction '1/3' or a decimal '0.25'"
    )


def _refuse_float(value: Any) -> NoReturn:  # noqa: ANN401 (a float of any width)
    number = float(value)
    if not math.isfinite(number):
        raise InexactNumber(f"{number} is not a rational number")
    raise InexactNumber(
        f"{number!r} is a binary float, and exactgeo does not guess: write '{Decimal(repr(number)):f}' for the decimal "
        f"number, or Fraction({number!r}) for the float's exact value {Fraction(number)} "
        "(arrays of floats: exactgeo.exact_array)"
    )


def _refuse_truth_value(value: object) -> NoReturn:
    raise InvalidArgument(f"{value!r} is a truth value; a rational number was expected")


def _refuse_time_span(value: object) -> NoReturn:
    raise InvalidArgument(f"{value!r} (timedelta64) is a span of time; a rational number was expected")


def _from_decimal(value: Decimal) -> Rational:
    if not value.is_finite():
        raise InexactNumber(f"{value} is not a rational number")
    return _parse(str(value))


_CONVERSIONS: tuple[tuple[Any, Callable[[Any], Rational]], ...] = (
    (gmpy2.mpq, lambda value: value),
    (str, _parse),
    ((float, np.floating), _refuse_float),
    ((bool, np.bool_), _refuse_truth_value),
    (np.timedelta64, _refuse_time_span),
    (Decimal, _from_decimal),
    (numbers.Rational, lambda value: Rational(int(value.numerator), int(value.denominator))),
    (gmpy2.mpz, Rational),
    (flint.fmpz, lambda value: Rational(int(value))),
    (flint.fmpq, lambda value: Rational(int(value.p), int(value.q))),
)
