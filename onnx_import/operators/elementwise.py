"""Affine elementwise arithmetic: Add, Sub, Mul, Div, Neg."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from exactgeo.arithmetic.arrays import ExactArray
from exactgeo.arithmetic.integers import wide
from exactgeo.errors import InvalidArgument, NotPiecewiseAffine
from onnx_import.nodes import Node
from onnx_import.registry import operator
from onnx_import.tensors import Real, Stored, Tensor, Value, add, is_stored_integer, negate, scale


@operator("Add", "Sub", "Mul", "Div")
def arithmetic(node: Node) -> Sequence[Value]:
    """One of the four operations, broadcasting; on stored integers, which are shapes and indices, as integers."""
    first, second = node.value(0), node.value(1)
    try:
        if node.integer_type() and is_stored_integer(first) and is_stored_integer(second):
            return [np.asarray(_INTEGER[node.operator](first, second))]
        return [_REAL[node.operator](node, node.real(0), node.real(1))]
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


def _subtract(_: Node, first: Real, second: Real) -> Real:
    return add(first, negate(second))


def _multiply(node: Node, first: Real, second: Real) -> Real:
    if isinstance(second, ExactArray):
        return scale(first, second)
    if isinstance(first, ExactArray):
        return scale(second, first)
    raise NotPiecewiseAffine(f"{node.record} multiplies data by data, which is not piecewise affine")


def _divide(node: Node, first: Real, second: Real) -> Real:
    if isinstance(second, Tensor):
        raise NotPiecewiseAffine(f"{node.record} divides by data, which is not piecewise affine")
    return scale(first, second.reciprocal())


_REAL: dict[str, Callable[[Node, Real, Real], Real]] = {
    "Add": lambda _, first, second: add(first, second),
    "Sub": _subtract,
    "Mul": _multiply,
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
