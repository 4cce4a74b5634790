"""Arrays of exact rationals over one common denominator, and the exact reading of stored floats."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from exactgeo.arithmetic.integers import IntegerArray, add, integer_array, largest, multiply, wide
from exactgeo.arithmetic.rationals import Rational, rational
from exactgeo.errors import InexactNumber, InvalidArgument


@dataclass(frozen=True, slots=True)
class FloatFormat:
    """A binary floating-point format: its bits are a sign, an exponent and a fraction (IEEE 754, section 3.4)."""

    exponent_bits: int
    fraction_bits: int

    @property
    def bits(self) -> int:
        """The width of the format."""
        return 1 + self.exponent_bits + self.fraction_bits


_FORMATS = {
    "float16": FloatFormat(5, 10),
    "bfloat16": FloatFormat(8, 7),
    "float32": FloatFormat(8, 23),
    "float64": FloatFormat(11, 52),
}


@dataclass(frozen=True, slots=True, eq=False)
class ExactArray:
    """An array of rationals: integer numerators (int64, or Python integers) over one positive denominator.

    **Exactness**: exact; every operation is carried out on integers of any length.
    """

    numerators: IntegerArray
    denominator: int

    @classmethod
    def of(cls, entries: Sequence[Rational], shape: tuple[int, ...]) -> "ExactArray":
        """Return the array of this shape with these entries in row-major order."""
        common = math.lcm(*(int(entry.denominator) for entry in entries))
        numerators = np.empty(len(entries), dtype=object)
        numerators[:] = [int(entry.numerator) * (common // int(entry.denominator)) for entry in entries]
        return cls(integer_array(numerators.reshape(shape)), common)

    @property
    def shape(self) -> tuple[int, ...]:
        """The array's shape."""
        return self.numerators.shape

    def __getitem__(self, index: Any) -> "ExactArray":  # noqa: ANN401 (any numpy index)
        return ExactArray(np.asarray(self.numerators[index]), self.denominator)

    def reshaped(self, shape: tuple[int, ...]) -> "ExactArray":
        """Return the same entries, in row-major order, in another shape."""
        return ExactArray(self.numerators.reshape(shape), self.denominator)

    def __neg__(self) -> "ExactArray":
        return ExactArray(multiply(self.numerators, -1), self.denominator)

    def __add__(self, other: "ExactArray") -> "ExactArray":
        common = math.lcm(self.denominator, other.denominator)
        left = multiply(self.numerators, common // self.denominator)
        return _reduced(add(left, multiply(other.numerators, common // other.denominator)), common)

    def __mul__(self, other: "ExactArray") -> "ExactArray":
        return _reduced(multiply(self.numerators, other.numerators), self.denominator * other.denominator)

    def __matmul__(self, other: "ExactArray") -> "ExactArray":
        products = np.asarray(wide(self.numerators) @ wide(other.numerators), dtype=object)
        return _reduced(integer_array(products), self.denominator * other.denominator)

    def reciprocal(self) -> "ExactArray":
        """Return 1 / x elementwise. Raises InvalidArgument where x is 0."""
        if not np.all(self.numerators):
            raise InvalidArgument("division by zero")
        return ExactArray.of([1 / value for value in self.flat()], self.shape)

    def flat(self) -> Iterator[Rational]:
        """Iterate over the entries in row-major order, as rationals."""
        return (Rational(int(value), self.denominator) for value in self.numerators.flat)

    def mapped(self, function: Callable[[Rational], Rational]) -> "ExactArray":
        """Return the array with a function applied to each entry."""
        return ExactArray.of([function(value) for value in self.flat()], self.shape)

    def tolist(self) -> Any:  # noqa: ANN401 (nested lists as deep as the array)
        """Return the entries as nested lists of rationals."""
        entries = np.empty(self.numerators.size, dtype=object)
        entries[:] = list(self.flat())
        return entries.reshape(self.shape).tolist()


def exact_array(values: Any) -> ExactArray:  # noqa: ANN401 (arrays and nested sequences of numbers)
    """Return an array of numbers as exact rationals; the one door through which floats come in.

    Args:
        values: an array of float16, bfloat16, float32 or float64, each entry being read as the dyadic rational that it
            is; an array of integers; an ExactArray; or nested sequences of what `rational` accepts.

    Raises:
        InexactNumber: for a NaN or an infinity, or a Python float inside a nested sequence.
        InvalidArgument: for ragged sequences and other types.

    **Exactness**: exact, subnormals and negative zero (which is 0) included.

    >>> exact_array(np.array([0.1], dtype=np.float32)).tolist()
    [mpq(13421773,134217728)]
    """
    if isinstance(values, ExactArray):
        return values
    if isinstance(values, np.ndarray) and values.dtype.name in _FORMATS:
        return decode_floats(values)
    if isinstance(values, np.ndarray) and values.dtype.kind in "iu":
        return ExactArray(integer_array(values.copy()), 1)
    try:
        nested = np.array(values, dtype=object)
    except ValueError as error:
        raise InvalidArgument("rows of different lengths do not make an array") from error
    if any(isinstance(entry, list | tuple | np.ndarray) for entry in nested.flat):
        raise InvalidArgument("rows of different lengths do not make an array")
    return ExactArray.of([rational(entry) for entry in nested.flat], nested.shape)


def decode_floats(values: npt.NDArray[Any]) -> ExactArray:
    """Return the dyadic rationals that the bits of a float array stand for.

    Raises InexactNumber where an entry is NaN or infinite, naming its position.

    **Source**: IEEE 754-2019, section 3.4 (bfloat16: the upper half of float32).
    """
    shape = _FORMATS[values.dtype.name]
    values = values.astype(values.dtype.newbyteorder("="), copy=False)
    bits = np.ascontiguousarray(values).view(f"u{shape.bits // 8}").astype(np.uint64).reshape(values.shape)
    fraction = (bits & np.uint64(2**shape.fraction_bits - 1)).astype(np.int64)
    exponent = ((bits >> np.uint64(shape.fraction_bits)) & np.uint64(2**shape.exponent_bits - 1)).astype(np.int64)
    negative = (bits >> np.uint64(shape.bits - 1)) != 0
    _refuse_non_finite(exponent == 2**shape.exponent_bits - 1, values)
    mantissa = np.where(exponent > 0, fraction + 2**shape.fraction_bits, fraction)
    power = np.maximum(exponent, 1) - (2 ** (shape.exponent_bits - 1) - 1) - shape.fraction_bits
    return _scaled(np.where(negative, -mantissa, mantissa), power)


def _refuse_non_finite(bad: npt.NDArray[np.bool_], values: npt.NDArray[Any]) -> None:
    if bad.any():
        index = tuple(int(i) for i in np.argwhere(bad)[0])
        where = f"entry {index}" if index else "the scalar"
        raise InexactNumber(f"{where} is {float(values[index])}: weights must be finite")


def _scaled(mantissa: npt.NDArray[np.int64], power: npt.NDArray[np.int64]) -> ExactArray:
    """Return mantissa * 2^power over the least common power of two."""
    nonzero = mantissa != 0
    if not nonzero.any():
        return ExactArray(np.zeros_like(mantissa), 1)
    trailing = _trailing_zeros(mantissa[nonzero])
    mantissa, power = mantissa.copy(), np.where(nonzero, power, 0)
    mantissa[nonzero] >>= trailing
    power[nonzero] += trailing
    lowest = min(int(power[nonzero].min()), 0)
    shift = np.where(nonzero, power - lowest, 0)
    if largest(mantissa) << int(shift.max()) < 2**62:
        return ExactArray(mantissa << shift, 2**-lowest)
    shifted = np.empty(mantissa.size, dtype=object)
    shifted[:] = [int(m) << int(s) for m, s in zip(mantissa.flat, shift.flat, strict=True)]
    return ExactArray(integer_array(shifted.reshape(mantissa.shape)), 2**-lowest)


def _trailing_zeros(values: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    lowest_bit = (values & -values).astype(np.float64)  # a power of two below 2^53: exact in float64
    return (np.frexp(lowest_bit)[1] - 1).astype(np.int64)


def _reduced(numerators: IntegerArray, denominator: int) -> ExactArray:
    divisor = math.gcd(denominator, int(np.gcd.reduce(numerators, axis=None))) if numerators.size else denominator
    if divisor == 1:
        return ExactArray(numerators, denominator)
    return ExactArray(integer_array(wide(numerators) // divisor), denominator // divisor)
