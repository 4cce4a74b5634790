"""Bits of constants read as another type: BitCast."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from onnx import TensorProto, helper

from onnx_import.files.stored import Stored
from onnx_import.lowering.nodes import Node
from onnx_import.lowering.registry import operator
from onnx_import.lowering.tensors import Tensor, Value

_BITS = {"int2": 2, "uint2": 2, "int4": 4, "uint4": 4, "float4_e2m1fn": 4, "float6_e2m3fn": 6, "float6_e3m2fn": 6}


@operator("BitCast")
def bit_cast(node: Node) -> Sequence[Value]:
    """The numbers that stored ones become when their bits are taken for those of another type, of as many bits.

    Only what is stored has bits: what was computed exactly from constants is no float.
    """
    code, value = node.integer("to", -1), node.value(0)
    if code not in TensorProto.DataType.values() or code in (TensorProto.UNDEFINED, TensorProto.STRING):
        node.malformed(f"reads bits as the type {code}")
    if isinstance(value, Tensor):
        node.not_piecewise_affine("reads the bits of data")
    if not isinstance(value, np.ndarray):
        node.refuse("reads the bits of numbers that were computed, and not rounded to a type")
    kind = np.dtype(helper.tensor_dtype_to_np_dtype(code))
    if value.dtype.kind in "OUS" or _bits(value.dtype) != _bits(kind):
        node.malformed(f"reads the bits of {value.dtype} as {kind}, which has not as many")
    return [_viewed(node, value, kind)]


def _viewed(node: Node, value: Stored, kind: np.dtype[Any]) -> Stored:
    if kind.name in _BITS:  # each in the low bits of a byte, whose others say nothing
        value = value.view(np.uint8) & np.uint8(2 ** _bits(kind) - 1)
    if kind == np.bool_:
        if np.any(value.view(np.uint8) > 1):
            node.refuse("reads as truth values bytes that are neither 0 nor 1")
        return np.asarray(value.view(np.uint8) == 1)
    return value.view(kind)


def _bits(kind: np.dtype[Any]) -> int:
    return _BITS.get(kind.name, 8 * kind.itemsize)
