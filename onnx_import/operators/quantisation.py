"""Quantised numbers: exact where they are constants; of data a staircase, on request."""

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np
from onnx import TensorProto, helper

from exactgeo.arithmetic.arrays import ExactArray
from exactgeo.errors import InvalidArgument
from onnx_import.files.stored import Stored
from onnx_import.lowering.nodes import Node
from onnx_import.lowering.registry import operator
from onnx_import.lowering.staircases import SMALL_FLOATS, demand_staircases, ranked_integers, staircase
from onnx_import.lowering.tensors import ROUNDED, Real, Tensor, Value, add, pick, rearrange, scale
from onnx_import.operators.elementwise import multiply, rounded_to_even

_BITS = {"int2": 2, "uint2": 2, "int4": 4, "uint4": 4, "int8": 8, "uint8": 8, "int16": 16, "uint16": 16}


@operator("DequantizeLinear")
def dequantize(node: Node) -> Sequence[Value]:
    """(x - zero point) * scale, for the whole array, along an axis, or block by block."""
    data = node.value(0)
    if isinstance(data, Tensor):
        if data.kind not in (*ROUNDED, "integer"):
            node.malformed("dequantises data that is not quantised")
        data = data.of_kind("real")
    steps, zero = _parameters(node, data.shape)
    node.integer("output_dtype", 0, since=23)
    difference = add(node.exact(data, "its input"), -zero)
    result = multiply(node, difference, steps)
    return [result.of_kind("real") if isinstance(result, Tensor) else result]


@operator("QuantizeLinear")
def quantize(node: Node) -> Sequence[Value]:
    """Round(x / scale) + zero point, halves to even, within the type. Of data, a staircase."""
    data, kind = node.real(0), _quantised_type(node)
    steps, zero = _parameters(node, data.shape)
    if isinstance(steps, Tensor):
        node.not_piecewise_affine("divides by data")
    saturate = node.flag("saturate", 1, since=19)
    node.integer("precision", 0, since=23)
    return [quantised(node, data, steps, zero, kind, saturate=saturate)]


def quantised(
    node: Node, data: Real, steps: ExactArray, zero: ExactArray, kind: np.dtype[Any], *, saturate: bool = True
) -> Value:
    """Return the numbers x / step, rounded to the nearest of a type, plus the zero point, within the type.

    Integers are rounded to, halves to even ones, before the zero point is added, as the standard says. So of data, with
    z = x / step + zero point, ties go to those integers that are even without the zero point.

    Args:
        node: takes the units, and is named where something is refused.
        data: x.
        steps: broadcasts to x.
        zero: the zero points; integers that broadcast to x.
        kind: the type.
        saturate: for floats, whether what is out of range becomes the largest number, and not infinite or NaN.
    """
    try:
        quotient = scale(data, steps.reciprocal())
    except InvalidArgument as error:
        node.malformed(f"has unusable scales: {error}")
    if kind.name in SMALL_FLOATS:
        if np.any(zero.numerators):
            node.refuse(f"quantises to {kind} with a zero point other than 0, which is not supported")
        return rounded_to_float(node, quotient, kind, saturate=saturate)
    if kind.name not in _BITS:
        node.refuse(f"quantises to {kind}, which is not supported")
    if zero.denominator != 1:
        node.malformed("has a zero point that is no integer")
    bits = _BITS[kind.name]
    low, high = (0, 2**bits - 1) if kind.name.startswith("u") else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    if isinstance(quotient, ExactArray):
        whole = add(node.mapped(quotient, rounded_to_even), zero)
        clipped = np.clip(node.constants(whole).numerators, low, high)
        return np.asarray(clipped, dtype=np.int64).astype(kind)
    demand_staircases(node, "integers", 2**bits)
    return _integers(node, quotient, zero, low, high)


def rounded_to_float(node: Node, values: Real, kind: np.dtype[Any], *, saturate: bool) -> Value:
    """Return numbers rounded to the nearest finite ones of a small float type, of two equally near to the even one."""
    small = SMALL_FLOATS[kind.name]
    saturates = saturate or not small.overflows
    if isinstance(values, Tensor):
        if not saturates:
            node.refuse(f"makes infinite or NaN what is beyond the range of {kind} (saturate = 0): that is no number")
        demand_staircases(node, str(kind), len(small.ranked))
        return staircase(node, values, small.ranked, "narrow")
    if not saturates and (beyond := [value for value in values.flat() if abs(value) > small.largest]):
        node.refuse(f"makes infinite or NaN {beyond[0]}, which is beyond the range of {kind} (saturate = 0)")
    rounded = node.mapped(values, small.nearest)
    return np.asarray(rounded.numerators / rounded.denominator, dtype=np.float32).astype(kind)


def _integers(node: Node, quotient: Tensor, zero: ExactArray, low: int, high: int) -> Real:
    """Return the integers nearest to z + zero point within the type: units whose pieces are the integers."""
    node.demand_size([len(quotient.forms), high - low + 1])
    shifted = add(quotient, zero)
    spread = np.broadcast_to(zero.numerators, quotient.shape)
    assert isinstance(shifted, Tensor)  # noqa: S101 (data plus constants)
    odd = np.asarray(spread.ravel() % 2, dtype=np.int64)
    groups = [(parity, np.flatnonzero(odd == parity)) for parity in (0, 1) if np.any(odd == parity)]
    parts = [
        staircase(node, shifted.arranged(places), ranked_integers(low, high, parity), "quantised")
        for parity, places in groups
    ]
    order = np.argsort(np.concatenate([places for _, places in groups])).reshape(quotient.shape)
    return pick(parts, order)


def _quantised_type(node: Node) -> np.dtype[Any]:
    code = node.integer("output_dtype", 0, since=21)
    if node.has(2):
        zero = node.stored(2, "its zero point")
        return zero.dtype
    if code == 0:
        return np.dtype(np.uint8)
    if code not in TensorProto.DataType.values():
        node.malformed(f"quantises to the unknown type {code}")
    return np.dtype(helper.tensor_dtype_to_np_dtype(code))


def _parameters(node: Node, shape: tuple[int, ...]) -> tuple[Real, ExactArray]:
    """Return the scale and the zero point, so that they broadcast to an array of this shape."""
    steps = node.real(1)
    zero = node.constant(2, "its zero point") if node.has(2) else ExactArray(np.zeros(steps.shape, dtype=np.int64), 1)
    if prod(steps.shape) == prod(zero.shape) == 1:
        zero = zero.reshaped(steps.shape)
    if zero.shape != steps.shape:
        node.malformed(f"has a scale of shape {steps.shape} and a zero point of shape {zero.shape}")
    axis = node.integer("axis", 1) if node.opset >= 13 else 1  # noqa: PLR2004 (when it came)
    block = node.integer("block_size", 0, since=21)
    if prod(steps.shape) == 1 and len(steps.shape) <= 1:
        return _reshaped(steps, ()), zero.reshaped(())
    if not -len(shape) <= axis < len(shape):
        node.malformed(f"has the axis {axis} for an array of shape {shape}")
    axis %= len(shape)
    if len(steps.shape) == 1 and not block:
        if steps.shape[0] != shape[axis]:
            node.malformed(f"has {steps.shape[0]} scales for an array of shape {shape} along axis {axis}")
        spread = (-1, *[1] * (len(shape) - axis - 1))
        return _reshaped(steps, spread), zero.reshaped(spread)
    expected = tuple(-(-size // block) if k == axis else size for k, size in enumerate(shape)) if block > 0 else None
    if steps.shape != expected:
        node.malformed(f"has scales of shape {steps.shape} in blocks of {block} for an array of shape {shape}")

    def repeated(array: Stored) -> Stored:
        return np.take(np.repeat(array, block, axis=axis), np.arange(shape[axis]), axis=axis)

    return rearrange(steps, repeated), ExactArray(repeated(zero.numerators), zero.denominator)


def _reshaped(value: Real, shape: tuple[int, ...]) -> Real:
    return rearrange(value, lambda array: array.reshape(shape))
