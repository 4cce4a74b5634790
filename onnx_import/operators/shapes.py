"""Shapes, and constants made from shapes: all of them are known at import."""

from collections.abc import Sequence
from math import prod

import numpy as np
from onnx import TensorProto, helper

from exactgeo.arithmetic.arrays import ExactArray
from exactgeo.arithmetic.rationals import Rational
from onnx_import.lowering.nodes import Node
from onnx_import.lowering.registry import operator
from onnx_import.lowering.tensors import ROUNDED, Real, Tensor, Value


@operator("Shape")
def shape(node: Node) -> Sequence[Value]:
    """The shape, which is a constant: all shapes are known at import."""
    sizes = node.value(0).shape
    start, end = node.integer("start", 0, since=15), node.integer("end", len(sizes), since=15)
    return [np.array(sizes[start:end], dtype=np.int64)]


@operator("Size")
def size(node: Node) -> Sequence[Value]:
    """The number of entries."""
    return [np.array(prod(node.value(0).shape), dtype=np.int64)]


@operator("ConstantOfShape")
def constant_of_shape(node: Node) -> Sequence[Value]:
    """An array of this shape, full of one value: the float 0 unless given."""
    target, value = node.integers(0, "its shape"), node.stored_attribute("value", np.ndarray)
    if min(target, default=0) < 0 or (value is not None and value.size != 1):
        node.malformed(f"makes an array of shape {target} of {'the float 0' if value is None else value}")
    node.demand_size(target)
    filling = np.zeros(1, dtype=np.float32) if value is None else value.ravel()
    return [np.full(target, filling[0], dtype=filling.dtype)]


@operator("Range")
def number_range(node: Node) -> Sequence[Value]:
    """The numbers from `start` to before `limit` in steps of `delta`."""
    node.ignore_attribute("stash_type", since=27)
    start, limit, delta = (_number(node, index) for index in range(3))
    if delta == 0:
        node.malformed("counts in steps of 0")
    count = max(-int((start - limit) // delta), 0)
    node.demand_few([count])
    kind = node.integer_type()
    if kind is not None:
        return [np.array([int(start) + k * int(delta) for k in range(count)], dtype=kind)]
    return [ExactArray.of([start + k * delta for k in range(count)], (count,))]


@operator("EyeLike")
def eye_like(node: Node) -> Sequence[Value]:
    """Ones on a diagonal, in the shape of the input."""
    value, shift = node.value(0), node.integer("k", 0)
    code = node.integer("dtype", 0)
    if len(value.shape) != 2:  # noqa: PLR2004 (matrices)
        node.malformed(f"has an input of shape {value.shape}; a matrix was expected")
    if code == 0:
        kinds = {"truth": np.bool_, "integer": np.int64, "real": np.float32}
        kind = value.dtype if isinstance(value, np.ndarray) else np.dtype(kinds[_kind(node, value)])
    elif code in TensorProto.DataType.values() and code != TensorProto.STRING:
        kind = helper.tensor_dtype_to_np_dtype(code)
    else:
        node.malformed(f"has the type {code}")
    rows, columns = value.shape
    return [np.eye(rows, columns, k=shift).astype(kind)]


def _kind(node: Node, value: Real) -> str:
    if not isinstance(value, Tensor):
        return "real"
    if value.kind in ROUNDED:
        node.refuse("takes the type of quantised data")
    return value.kind


def _number(node: Node, index: int) -> Rational:
    value = node.constant(index, "a bound")
    if value.numerators.size != 1:
        node.malformed(f"takes a bound of shape {value.shape}; a scalar was expected")
    return next(value.flat())
