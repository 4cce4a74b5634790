"""Binary floating-point formats, by their definitions: what a pattern of bits is, and the nearest float to a number."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Final

import gmpy2
import numpy as np
from gmpy2 import mpq
from onnx import TensorProto

from exactgeo.errors import NonFiniteWeight
from onnx_import.evaluator.values import Array, NonFinite, objects


@dataclass(frozen=True, slots=True)
class Format:
    """A binary format: its precision with the hidden bit, and the exponents of its normal numbers."""

    precision: int
    least_exponent: int
    largest_exponent: int


FLOAT16: Final = Format(11, -14, 15)
BFLOAT16: Final = Format(8, -126, 127)
FLOAT32: Final = Format(24, -126, 127)
FLOAT64: Final = Format(53, -1022, 1023)


def round_half_even(number: mpq) -> int:
    """The nearest integer, the even one where two are as near."""
    low = int(gmpy2.f_div(number.numerator, number.denominator))
    rest = number - low
    half = mpq(1, 2)
    return low + 1 if rest > half or (rest == half and low % 2) else low


def nearest(number: mpq, target: Format) -> mpq:
    """The float nearest to a rational number, ties to even, as a rational.

    Raises:
        NonFiniteWeight: the number rounds to an infinity.
    """
    return finite(rounded(number, target), target)


def rounded(number: mpq, target: Format) -> mpq:
    """The nearest float of a format that knows no largest number; ties to even."""
    if number == 0:
        return mpq(0)
    quantum = power_of_two(max(_exponent(abs(number)), target.least_exponent) - target.precision + 1)
    return round_half_even(number / quantum) * quantum


def finite(number: mpq, target: Format) -> mpq:
    """The number itself, if the format holds numbers of its size."""
    if abs(number) >= power_of_two(target.largest_exponent + 1):
        raise NonFiniteWeight(f"a number of magnitude 2**{_exponent(abs(number))} rounds to an infinite float")
    return number


def pattern(number: mpq, target: Format) -> int | None:
    """The bits sign-exponent-mantissa of a number that is not 0; None if the format does not hold it."""
    exponent = max(_exponent(abs(number)), target.least_exponent)
    mantissa = abs(number) / power_of_two(exponent - target.precision + 1)
    if mantissa.denominator != 1 or exponent > target.largest_exponent:
        return None
    # The hidden bit, where there is one, adds one to the exponent's field.
    bits = ((exponent - target.least_exponent) << (target.precision - 1)) + int(mantissa)
    exponents = target.largest_exponent - target.least_exponent + 3
    return bits + (exponents << (target.precision - 1)) if number < 0 else bits


def power_of_two(exponent: int) -> mpq:
    """2**exponent."""
    return mpq(1 << exponent) if exponent >= 0 else mpq(1, 1 << -exponent)


def _exponent(number: mpq) -> int:
    """The largest e with 2**e <= number, for a positive number."""
    guess = int(number.numerator.bit_length()) - int(number.denominator.bit_length())
    return guess if power_of_two(guess) <= number else guess - 1


def exact_floats(array: Array) -> Array:
    """The rational numbers that the entries of an array of float16, float32 or float64 are."""
    return objects(map(_exact, array.astype(np.float64).reshape(-1).tolist()), array.shape)


def exact_float(number: float) -> mpq | NonFinite:
    """The rational number that a Python float is."""
    return _exact(number)


def _exact(number: float) -> mpq | NonFinite:
    if number - number == 0:
        return mpq(*number.as_integer_ratio())
    if number != number:  # noqa: PLR0124
        return NonFinite.NOT_A_NUMBER
    return NonFinite.PLUS_INFINITY if number > 0 else NonFinite.MINUS_INFINITY


def _minifloat(pattern: int, exponent_bits: int, mantissa_bits: int, bias: int) -> mpq:
    """The number of a pattern sign-exponent-mantissa, disregarding what stands for no number."""
    mantissa = pattern & ((1 << mantissa_bits) - 1)
    exponent = (pattern >> mantissa_bits) & ((1 << exponent_bits) - 1)
    sign = -1 if pattern >> (mantissa_bits + exponent_bits) else 1
    if exponent == 0:
        return sign * mantissa * power_of_two(1 - bias - mantissa_bits)
    return sign * ((1 << mantissa_bits) + mantissa) * power_of_two(exponent - bias - mantissa_bits)


def _float8e4m3fn(pattern: int) -> mpq | NonFinite:
    return NonFinite.NOT_A_NUMBER if pattern & 0x7F == 0x7F else _minifloat(pattern, 4, 3, 7)


def _float8e4m3fnuz(pattern: int) -> mpq | NonFinite:
    return NonFinite.NOT_A_NUMBER if pattern == 0x80 else _minifloat(pattern, 4, 3, 8)


def _float8e5m2(pattern: int) -> mpq | NonFinite:
    if pattern & 0x7F < 0x7C:
        return _minifloat(pattern, 5, 2, 15)
    if pattern & 0x7F > 0x7C:
        return NonFinite.NOT_A_NUMBER
    return NonFinite.MINUS_INFINITY if pattern & 0x80 else NonFinite.PLUS_INFINITY


def _float8e5m2fnuz(pattern: int) -> mpq | NonFinite:
    return NonFinite.NOT_A_NUMBER if pattern == 0x80 else _minifloat(pattern, 5, 2, 16)


def _float8e8m0(pattern: int) -> mpq | NonFinite:
    return NonFinite.NOT_A_NUMBER if pattern == 0xFF else power_of_two(pattern - 127)


def _float6e2m3(pattern: int) -> mpq:
    return _minifloat(pattern, 2, 3, 1)


def _float6e3m2(pattern: int) -> mpq:
    return _minifloat(pattern, 3, 2, 3)


def _float4e2m1(pattern: int) -> mpq:
    return _minifloat(pattern, 2, 1, 1)


_NARROW: Final[dict[str, tuple[Callable[[int], mpq | NonFinite], int]]] = {
    "FLOAT8E4M3FN": (_float8e4m3fn, 8),
    "FLOAT8E4M3FNUZ": (_float8e4m3fnuz, 8),
    "FLOAT8E5M2": (_float8e5m2, 8),
    "FLOAT8E5M2FNUZ": (_float8e5m2fnuz, 8),
    "FLOAT8E8M0": (_float8e8m0, 8),
    "FLOAT6E2M3": (_float6e2m3, 6),
    "FLOAT6E3M2": (_float6e3m2, 6),
    "FLOAT4E2M1": (_float4e2m1, 4),
}
_NARROW_FORMATS: Final = {
    "FLOAT8E4M3FN": Format(4, -6, 8),
    "FLOAT8E4M3FNUZ": Format(4, -7, 7),
    "FLOAT8E5M2": Format(3, -14, 15),
    "FLOAT8E5M2FNUZ": Format(3, -15, 15),
    "FLOAT6E2M3": Format(4, 0, 2),
    "FLOAT6E3M2": Format(3, -2, 4),
    "FLOAT4E2M1": Format(2, 0, 2),
}
NARROW_FLOATS: Final = {getattr(TensorProto, name): name for name in _NARROW if hasattr(TensorProto, name)}


@cache
def narrow_values(kind: int) -> tuple[mpq | NonFinite, ...]:
    """What each pattern of bits of a format of 8 or fewer bits is."""
    value, bits = _NARROW[NARROW_FLOATS[kind]]
    return tuple(value(pattern) for pattern in range(1 << bits))


def signed_format(kind: int) -> Format | None:
    """The format of signed numbers in 8 or fewer bits that an element type is, if it is one."""
    return _NARROW_FORMATS.get(NARROW_FLOATS.get(kind, ""))


@cache
def largest_narrow(kind: int) -> mpq:
    """The largest number of a format of 8 or fewer bits."""
    return max(value for value in narrow_values(kind) if not isinstance(value, NonFinite))
