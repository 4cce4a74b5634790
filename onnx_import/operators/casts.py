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
from onnx_import.lowering.staircases import SMALL_FLOATS
from onnx_import.lowering.tensors import FLOATS, ROUNDED, Real, Tensor, Value
from onnx_import.operators.activations import constant_like
from onnx_import.operators.quantisation import rounded_to_float

_WIDE_INTEGERS = ("int32", "int64")
_FLOATS_OF_8_BITS = tuple(name for name in SMALL_FLOATS if name.startswith("float8"))


@operator("Cast")
def cast(node: Node) -> Sequence[Value]:
    """The same numbers in another type.

    Between floats of 16 bits or more a cast changes nothing, for the exact network does not round. To floats of 8 bits
    real numbers are rounded as the standard says, which of data is a staircase; for other small floats it says too
    little, and only constants are cast that keep their values. Constants become integers as the standard says,
    truncated; data does not, for that has infinitely many pieces. A truth value is whether a number is not 0.
    """
    code = node.integer("to", -1)
    saturate = node.flag("saturate", 1, since=19)
    node.ignore_attribute("round_mode", since=24)
    if code not in TensorProto.DataType.values() or code == TensorProto.UNDEFINED:
        node.malformed(f"casts to the unknown type {code}")
    return [_converted(node, node.value(0), np.dtype(helper.tensor_dtype_to_np_dtype(code)), saturate=saturate)]


@operator("CastLike")
def cast_like(node: Node) -> Sequence[Value]:
    """The same numbers in the type of the second input."""
    saturate = node.flag("saturate", 1, since=19)
    node.ignore_attribute("round_mode", since=24)
    like = node.value(1)
    if isinstance(like, np.ndarray):
        return [_converted(node, node.value(0), like.dtype, saturate=saturate)]
    kind = like.kind if isinstance(like, Tensor) else "real"
    if kind in ROUNDED:
        node.refuse("casts to the type of quantised data")
    types = {"truth": np.bool_, "integer": np.int64, "real": np.float32}
    return [_converted(node, node.value(0), np.dtype(types[kind]), saturate=saturate)]


def _converted(node: Node, value: Value, kind: np.dtype[Any], *, saturate: bool) -> Value:
    if isinstance(value, Tensor):
        return _converted_data(node, value, kind, saturate=saturate)
    if isinstance(value, np.ndarray) and value.dtype.name not in FLOATS and not is_tiny_float(value.dtype):
        return _converted_integers(node, widened(value), kind)
    if kind.name in FLOATS:
        return value
    numbers = node.real(0)
    if not isinstance(numbers, ExactArray):
        node.malformed("casts data as if it were constant")
    return _converted_reals(node, numbers, kind, saturate=saturate)


def _converted_reals(node: Node, numbers: ExactArray, kind: np.dtype[Any], *, saturate: bool) -> Value:
    if kind.name in _FLOATS_OF_8_BITS:
        return rounded_to_float(node, numbers, kind, saturate=saturate)
    if is_tiny_float(kind):
        return _kept(node, numbers, kind)
    if kind == np.bool_:
        return np.asarray(numbers.numerators != 0)
    if kind.kind not in "iu":
        node.refuse(f"casts real numbers to {kind}")
    truncated = node.mapped(numbers, lambda x: Rational(int(x)))
    return _fitted(node, np.asarray(truncated.numerators), kind)


def _converted_data(node: Node, value: Tensor, kind: np.dtype[Any], *, saturate: bool) -> Value:
    if kind.name in FLOATS:
        return value.of_kind("real")
    if kind == np.bool_:
        if value.kind == "truth":
            return value
        zero = constant_like(Rational(0), value)
        return steps(node, value.shape, [(zero, 0), (value.forms, 1), (-value.forms, 1)], "truth")
    if kind.name in _WIDE_INTEGERS and value.kind in ("truth", "integer", "quantised"):
        return value.of_kind("integer")
    if kind.name in _FLOATS_OF_8_BITS and value.kind == "real":
        return rounded_to_float(node, value, kind, saturate=saturate)
    if value.kind in ROUNDED:
        node.refuse("computes with quantised data before it is dequantised")
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
