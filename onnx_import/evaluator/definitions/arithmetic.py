"""Elementwise arithmetic, and the sums, means and extrema of several tensors."""

from collections.abc import Callable
from functools import reduce
from typing import Any, Final

import gmpy2
import numpy as np
from gmpy2 import mpq

from onnx_import.evaluator.definitions.numbers import entries, is_float, larger, numeric, pair, smaller
from onnx_import.evaluator.definitions.registry import defines
from onnx_import.evaluator.floats import round_half_even
from onnx_import.evaluator.irrational import integer_power
from onnx_import.evaluator.nodes import Call
from onnx_import.evaluator.values import Array, Tensor, map_entries


@defines("Add", 6, 7, 13, 14)
def add(call: Call) -> Tensor:
    """A + B."""
    first, second = pair(call)
    return numeric(call.tensor(0).kind, first + second)


@defines("Sub", 6, 7, 13, 14)
def subtract(call: Call) -> Tensor:
    """A - B."""
    first, second = pair(call)
    return numeric(call.tensor(0).kind, first - second)


@defines("Mul", 6, 7, 13, 14)
def multiply(call: Call) -> Tensor:
    """A * B."""
    first, second = pair(call)
    return numeric(call.tensor(0).kind, first * second)


@defines("Div", 6, 7, 13, 14)
def divide(call: Call) -> Tensor:
    """A / B; of integers, truncated toward zero."""
    dividend, divisor = pair(call)
    _non_zero(call, divisor)
    if is_float(call):
        return numeric(call.tensor(0).kind, dividend / divisor)
    return numeric(call.tensor(0).kind, map_entries(truncated_quotient, dividend, divisor))


def truncated_quotient(dividend: int, divisor: int) -> int:
    """The quotient of integers without its fractional part."""
    quotient = abs(dividend) // abs(divisor)
    return quotient if (dividend < 0) == (divisor < 0) else -quotient


def _non_zero(call: Call, divisor: Array) -> Array:
    if any(v == 0 for v in divisor.reshape(-1)):
        raise call.unsupported("a division by zero")
    return divisor


@defines("Mod", 10, 13, 28)
def modulo(call: Call) -> Tensor:
    """A - n * B, where n is A / B rounded down (fmod=0) or toward zero (fmod=1)."""
    truncating = call.flag("fmod")
    if is_float(call) and not truncating and call.version < 28:
        raise call.malformed("fmod=0 is for integers only in this opset")
    rounding = gmpy2.t_div if truncating else gmpy2.f_div

    def remainder(dividend: Any, divisor: Any) -> Any:
        ratio = mpq(dividend) / mpq(divisor)
        return dividend - int(rounding(ratio.numerator, ratio.denominator)) * divisor

    values = map_entries(remainder, entries(call, 0), _non_zero(call, entries(call, 1)))
    return numeric(call.tensor(0).kind, values)


@defines("Pow", 1, 7, 12, 13, 15)
def power(call: Call) -> Tensor:
    """X ** Y, of X's type."""
    of_floats = is_float(call)

    def raised(base: Any, exponent: Any) -> Any:
        exponent = mpq(exponent)
        if exponent.denominator != 1:
            if not of_floats:
                raise call.unsupported(f"an integer to the power {exponent}")
            return call.settings.irrational.power(base, exponent)
        if not of_floats and exponent < 0:
            raise call.unsupported(f"an integer to the power {exponent}")
        result = integer_power(mpq(base), int(exponent))
        return result if of_floats else int(result)

    return numeric(call.tensor(0).kind, map_entries(raised, *pair(call)))


def _each(function: Callable[[Any], Any]) -> Callable[[Call], Tensor]:
    def definition(call: Call) -> Tensor:
        return numeric(call.tensor(0).kind, map_entries(function, entries(call, 0)))

    return definition


def _floor(number: mpq) -> int:
    return int(gmpy2.f_div(number.numerator, number.denominator))


def _ceiling(number: mpq) -> int:
    return int(gmpy2.c_div(number.numerator, number.denominator))


_EACH: Final[tuple[tuple[str, tuple[int, ...], Callable[[Any], Any]], ...]] = (
    ("Neg", (6, 13), lambda x: -x),
    ("Abs", (6, 13), abs),
    ("Sign", (9, 13), lambda x: (x > 0) - (x < 0)),
    ("Floor", (6, 13), _floor),
    ("Ceil", (6, 13), _ceiling),
    ("Round", (11, 22), round_half_even),
)
for _name, _versions, _function in _EACH:
    defines(_name, *_versions)(_each(_function))


@defines("Reciprocal", 6, 13)
def reciprocal(call: Call) -> Tensor:
    """1 / X."""
    return numeric(call.tensor(0).kind, 1 / _non_zero(call, entries(call, 0)))


def _all_entries(call: Call) -> list[Array]:
    arrays = [entries(call, index) for index in range(len(call.inputs))]
    if call.version < 8 and any(a.shape != arrays[0].shape for a in arrays):
        raise call.malformed("shapes differ, and this opset does not broadcast them")
    return arrays


@defines("Sum", 6, 8, 13)
def total(call: Call) -> Tensor:
    """The sum of all inputs."""
    return numeric(call.tensor(0).kind, reduce(np.add, _all_entries(call)))


@defines("Mean", 6, 8, 13)
def mean(call: Call) -> Tensor:
    """The mean of all inputs."""
    return numeric(call.tensor(0).kind, reduce(np.add, _all_entries(call)) / mpq(len(call.inputs)))


@defines("Max", 6, 8, 12, 13)
def maximum(call: Call) -> Tensor:
    """The largest of all inputs."""
    return numeric(call.tensor(0).kind, reduce(larger, _all_entries(call)))


@defines("Min", 6, 8, 12, 13)
def minimum(call: Call) -> Tensor:
    """The smallest of all inputs."""
    return numeric(call.tensor(0).kind, reduce(smaller, _all_entries(call)))
