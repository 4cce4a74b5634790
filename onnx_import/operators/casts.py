"""Casts: the same numbers under another name, where they are; never a rounding that goes unsaid."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from onnx import TensorProto, helper

from exactgeo.arithmetic.arrays import ExactArray
from exactgeo.arithmetic.integers import integer_array
from exactgeo.arithmetic.rationals import Rational
from onnx_import.files.stored import Stored, is_tiny_float, widened
from onnx_import.lowering.nodes import Node
from onnx_import.lowering.registry import operator
from onnx_import.lowering.selections import steps
from onnx_import.lowering.tensors import FLOATS, Real, Tensor, Value
from onnx_import.operators.activations import constant_like

_WIDE_INTEGERS = ("int32", "int64")


@operator("Cast")
def cast(node: Node) -> Sequence[Value]:
    """The same numbers in another type.

    Between floats of 16 bits or more a cast changes nothing, for the exact network does not round. To smaller floats,
    only constants are cast, and only if they keep their values. Constants become integers as the standard says,
    truncated; data does not, for that has infinitely many pieces. A truth value is whether a number is not 0.
    """
    code = node.integer("to", -1)
    node.integer("saturate", 1, since=19)
    node.ignore_attribute("round_mode", since=24)
    if code not in TensorProto.DataType.values() or code == TensorProto.UNDEFINED:
        node.malformed(f"casts to the unknown type {code}")
    return [_converted(node, node.value(0), np.dtype(helper.tensor_dtype_to_np_dtype(code)))]


@operator("CastLike")
def cast_like(node: Node) -> Sequence[Value]:
    """The same numbers in the type of the second input."""
    node.integer("saturate", 1, since=19)
    node.ignore_attribute("round_mode", since=24)
    like = node.value(1)
    if isinstance(like, np.ndarray):
        return [_converted(node, node.value(0), like.dtype)]
    kind = like.kind if isinstance(like, Tensor) else "real"
    if kind == "quantised":
        node.refuse("casts to the type of quantised data")
    types = {"truth": np.bool_, "integer": np.int64, "real": np.float32}
    return [_converted(node, node.value(0), np.dtype(types[kind]))]


def _converted(node: Node, value: Value, kind: np.dtype[Any]) -> Value:
    if isinstance(value, Tensor):
        return _converted_data(node, value, kind)
    if isinstance(value, np.ndarray) and value.dtype.name not in FLOATS and not is_tiny_float(value.dtype):
        return _converted_integers(node, widened(value), kind)
    if kind.name in FLOATS:
        return value
    numbers = node.real(0)
    if not isinstance(numbers, ExactArray):
        node.malformed("casts data as if it were constant")
    if is_tiny_float(kind):
        return _kept(node, numbers, kind)
    if kind == np.bool_:
        return np.asarray(numbers.numerators != 0)
    if kind.kind not in "iu":
        node.refuse(f"casts real numbers to {kind}")
    truncated = node.mapped(numbers, lambda x: Rational(int(x)))
    return _fitted(node, np.asarray(truncated.numerators), kind)


def _converted_data(node: Node, value: Tensor, kind: np.dtype[Any]) -> Value:
    if kind.name in FLOATS and value.kind != "quantised":
        return value.of_kind("real")
    if kind == np.bool_:
        if value.kind == "truth":
            return value
        zero = constant_like(Rational(0), value)
        return steps(node, value.shape, [(zero, 0), (value.forms, 1), (-value.forms, 1)], "truth")
    if value.kind == "quantised":
        node.refuse("computes with quantised data before it is dequantised")
    if kind.name in _WIDE_INTEGERS and value.kind in ("truth", "integer"):
        return value.of_kind("integer")
    if kind.kind in "iu" and value.kind == "real":
        node.not_piecewise_affine(f"casts data to {kind}, which rounds it into infinitely many pieces")
    return node.refuse(f"casts {value.kind} values of the data to {kind}, which rounds or wraps them; that is not read")


def _converted_integers(node: Node, value: Stored, kind: np.dtype[Any]) -> Value:
    if value.dtype.kind not in "biu":
        node.refuse(f"casts an array of type {value.dtype} to {kind}")
    numbers = ExactArray(integer_array(value.astype(np.int64) if value.dtype.kind == "b" else value), 1)
    if kind.name in FLOATS:
        return numbers
    if is_tiny_float(kind):
        return _kept(node, numbers, kind)
    if kind.kind in "iub" or kind.name.startswith(("int", "uint")):
        return value.astype(kind)
    return node.refuse(f"casts an array of type {value.dtype} to {kind}")


def _kept(node: Node, numbers: Real, kind: np.dtype[Any]) -> ExactArray:
    """Return numbers that a small float type can hold; others would be rounded, and are refused."""
    if not isinstance(numbers, ExactArray):
        node.not_piecewise_affine(f"rounds data to {kind}")
    for value in numbers.flat():
        with np.errstate(over="ignore"):
            rounded = float(np.array(float(value)).astype(np.float32).astype(kind).astype(np.float32))
        if not np.isfinite(rounded) or Rational(*rounded.as_integer_ratio()) != value:
            node.refuse(f"casts {value} to {kind}, which rounds it; that is not supported")
    return numbers


def _fitted(node: Node, integers: Stored, kind: np.dtype[Any]) -> Stored:
    limits = np.iinfo(kind)
    if integers.size and not limits.min <= integers.min() <= integers.max() <= limits.max:
        node.refuse(f"casts numbers to {kind} that it cannot hold")
    return integers.astype(kind)
