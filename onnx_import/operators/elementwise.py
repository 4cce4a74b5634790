"""Elementwise arithmetic: affine in the data, or a gate times the data; anything at all on constants."""

from collections.abc import Callable, Sequence
from functools import reduce
from math import floor, prod
from typing import Any

import numpy as np

from exactgeo.arithmetic.arrays import ExactArray
from exactgeo.arithmetic.integers import wide
from exactgeo.arithmetic.rationals import Rational
from exactgeo.errors import InvalidArgument
from onnx_import.files.stored import Stored
from onnx_import.lowering.nodes import Node
from onnx_import.lowering.registry import operator
from onnx_import.lowering.tensors import (
    Real,
    Tensor,
    Value,
    add,
    broadcast,
    called_like,
    is_stored_integer,
    negate,
    rearrange,
    scale,
)
from onnx_import.operators.transcendental import power_of_constants


def operands(node: Node) -> tuple[Value, Value]:
    """Return the two inputs of an operator that broadcasts.

    Before opset 7 the second broadcasts only on request, and only as a run of the first one's axes from `axis` on.
    """
    first, second = node.value(0), node.value(1)
    if node.opset >= 7:  # noqa: PLR2004 (the opset that broadcasts as numpy does)
        return first, second
    wanted, axis = node.flag("broadcast", 0), node.integer("axis", -1)
    rank, own = len(first.shape), len(second.shape)
    start = rank - own if axis == -1 else axis
    fits = 0 <= start <= rank - own and all(
        size in (1, other) for size, other in zip(second.shape, first.shape[start:], strict=False)
    )
    if not (first.shape == second.shape or (wanted and (fits or prod(second.shape) == 1))):
        node.malformed(f"combines arrays of shapes {first.shape} and {second.shape} (broadcast={wanted}, axis={axis})")
    if prod(second.shape) == 1:
        return first, rearrange(second, lambda array: array.reshape(()))
    spread = (*second.shape, *[1] * (rank - own - start))
    return first, rearrange(second, lambda array: array.reshape(spread))


@operator("Add", "Sub", "Mul", "Div")
def arithmetic(node: Node) -> Sequence[Value]:
    """One of the four operations, broadcasting; on stored integers, which are shapes and indices, as integers."""
    first, second = operands(node)
    try:
        if node.integer_type() and is_stored_integer(first) and is_stored_integer(second):
            return [np.asarray(_INTEGER[node.operator](first, second))]
        return [_REAL[node.operator](node, node.number(first, 0), node.number(second, 1))]
    except InvalidArgument as error:
        node.malformed(f"computes with unusable constants: {error}")
    except ValueError:
        node.malformed(f"combines arrays of shapes {first.shape} and {second.shape}, which do not broadcast")


@operator("Neg")
def negative(node: Node) -> Sequence[Value]:
    """The negative of each entry."""
    value = node.value(0)
    if is_stored_integer(value):
        return [np.asarray(np.negative(value))]
    return [negate(node.real(0))]


@operator("Sum", "Mean")
def sums(node: Node) -> Sequence[Value]:
    """The sum of any number of arrays, broadcasting, or its quotient by their number."""
    if not node.count():
        node.malformed("has no inputs")
    values = [node.real(index) for index in range(node.count())]
    try:
        total = reduce(add, values)
    except ValueError:
        node.malformed(f"combines arrays of shapes {[value.shape for value in values]}, which do not broadcast")
    count = len(values) if node.operator == "Mean" else 1
    return [scale(total, ExactArray(np.array(1), count))]


@operator("Reciprocal")
def reciprocal(node: Node) -> Sequence[Value]:
    """1 / x of constants."""
    try:
        divisor = node.constant(0, "its divisor")
        node.demand_few(divisor.shape)
        return [divisor.reciprocal()]
    except InvalidArgument as error:
        node.malformed(f"computes with unusable constants: {error}")


@operator("Pow")
def power(node: Node) -> Sequence[Value]:
    """Constants to constant powers; of data, the first power and the zeroth."""
    given = operands(node)
    base, exponent = node.number(given[0], 0), node.number(given[1], 1)
    if isinstance(exponent, Tensor):
        node.not_piecewise_affine("raises to powers that depend on the data")
    if isinstance(base, ExactArray):
        return [_of_type(node, power_of_constants(node, base, exponent), given[0])]
    if higher := [power for power in exponent.flat() if power not in {0, 1}]:
        node.not_piecewise_affine(f"raises data to the power {higher[0]}")
    one = ExactArray(np.array(1), 1)  # x^e is e x + (1 - e) for these exponents
    return [called_like(add(scale(base, exponent), add(one, -exponent)), given[:1])]


def _of_type(node: Node, value: ExactArray, base: Value) -> Value:
    """Return powers in the type of their base."""
    if not is_stored_integer(base):
        return value
    if value.denominator != 1:
        node.refuse("raises integers to powers that are none, which are rounded")
    limits = np.iinfo(base.dtype)
    if any(not limits.min <= power <= limits.max for power in value.numerators.ravel().tolist()):
        node.refuse(f"computes integers of the type {base.dtype} that it cannot hold")
    return np.asarray(value.numerators.astype(base.dtype))


@operator("Floor", "Ceil", "Round")
def rounded(node: Node) -> Sequence[Value]:
    """Constants rounded to integers; halves to even ones. Of data, a staircase without end."""
    value = node.real(0)
    if isinstance(value, Tensor):
        if value.kind == "integer" or node.context.gates.are_gates(value.forms):
            node.refuse("rounds a piecewise-constant function of the data, which is not supported")
        node.not_piecewise_affine("rounds data: that has infinitely many pieces")
    return [node.mapped(value, _ROUNDED[node.operator])]


@operator("Mod")
def modulo(node: Node) -> Sequence[Value]:
    """The remainder of constants: of the sign of the divisor, or with `fmod` of the dividend."""
    truncate = node.flag("fmod", 0)
    first, second = node.value(0), node.value(1)
    try:
        if node.integer_type() and is_stored_integer(first) and is_stored_integer(second):
            if not np.all(second):
                node.malformed("divides by zero")
            return [np.asarray((np.fmod if truncate else np.mod)(first, second))]
        dividend, divisor = (node.constant(index, "an operand, with infinitely many pieces,") for index in (0, 1))
        if not truncate:
            node.malformed("takes the remainder of real numbers without fmod, which the standard asks for")
        node.demand_few(divisor.shape)
        quotient = node.mapped(dividend * divisor.reciprocal(), _truncated)
        return [dividend + -(quotient * divisor)]
    except InvalidArgument as error:
        node.malformed(f"computes with unusable constants: {error}")
    except ValueError:
        node.malformed(f"combines arrays of shapes {first.shape} and {second.shape}, which do not broadcast")


@operator("BitwiseAnd", "BitwiseOr", "BitwiseXor", "BitShift")
def bitwise(node: Node) -> Sequence[Value]:
    """Bits of stored integers."""
    first, second = node.stored(0, "bits"), node.stored(1, "bits")
    direction = node.stored_attribute("direction", str) if node.operator == "BitShift" else ""
    function = _BITS.get(node.operator + (direction or ""))
    if function is None or node.integer_type() is None:
        node.malformed(f"computes with bits of {first.dtype} and {second.dtype}, in direction '{direction}'")
    if direction and second.size and (int(second.max()) >= 8 * second.dtype.itemsize or int(second.min()) < 0):
        node.refuse("shifts integers by more bits than they have")
    return [np.asarray(function(first, second))]


@operator("BitwiseNot")
def bitwise_not(node: Node) -> Sequence[Value]:
    """The complement of stored integers."""
    bits = node.stored(0, "bits")
    if not is_stored_integer(bits):
        node.malformed(f"complements an array of type {bits.dtype}")
    return [np.asarray(np.invert(bits))]


def multiply(node: Node, first: Real, second: Real) -> Real:
    """Return the product, broadcasting. Of two data tensors one must be a gate: piecewise constant in the data."""
    if isinstance(second, ExactArray):
        return scale(first, second)
    if isinstance(first, ExactArray):
        return scale(second, first)
    left, right = broadcast([first, second])
    gates = node.context.gates
    if gates.are_gates(left.forms):
        return Tensor(left.shape, gates.product(left.forms, right.forms))
    if not gates.are_gates(right.forms):
        node.not_piecewise_affine("multiplies data by data")
    return Tensor(left.shape, gates.product(right.forms, left.forms))


def _divide(node: Node, first: Real, second: Real) -> Real:
    if isinstance(second, Tensor):
        node.not_piecewise_affine("divides by data")
    if isinstance(first, Tensor) and first.kind == "integer":
        node.refuse("divides integers that depend on the data, which would be rounded")
    node.demand_few(second.shape)
    return scale(first, second.reciprocal())


_REAL: dict[str, Callable[[Node, Real, Real], Real]] = {
    "Add": lambda _, first, second: add(first, second),
    "Sub": lambda _, first, second: add(first, negate(second)),
    "Mul": multiply,
    "Div": _divide,
}


def _truncated_quotient(first: Stored, second: Stored) -> Stored:
    """Return the quotient rounded towards zero, as C and the standard do, by Python's integers: |-128| is no int8."""
    if not np.all(second):
        raise InvalidArgument("division by zero")
    dividend, divisor = wide(first), wide(second)
    quotient = np.asarray(abs(dividend) // abs(divisor) * np.sign(dividend) * np.sign(divisor))
    return quotient.astype(np.result_type(first, second))


_INTEGER: dict[str, Callable[[Any, Any], Stored]] = {
    "Add": np.add,
    "Sub": np.subtract,
    "Mul": np.multiply,
    "Div": _truncated_quotient,
}

_BITS: dict[str, Callable[[Any, Any], Any]] = {
    "BitwiseAnd": np.bitwise_and,
    "BitwiseOr": np.bitwise_or,
    "BitwiseXor": np.bitwise_xor,
    "BitShiftLEFT": np.left_shift,
    "BitShiftRIGHT": np.right_shift,
}


def _floor(value: Rational) -> Rational:
    return Rational(floor(value))


def _truncated(value: Rational) -> Rational:
    return _floor(value) if value >= 0 else -_floor(-value)


def rounded_to_even(value: Rational) -> Rational:
    """Return the nearest integer, the even one of two."""
    low = _floor(value)
    rest = value - low
    return low + (rest > Rational(1, 2) or (rest == Rational(1, 2) and low % 2 == 1))


_ROUNDED: dict[str, Callable[[Rational], Rational]] = {
    "Floor": _floor,
    "Ceil": lambda value: -_floor(-value),
    "Round": rounded_to_even,
}
