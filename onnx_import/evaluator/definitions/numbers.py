"""Arithmetic alike for floats and integers: entries as mpq or Python integers, results back in their type."""

from typing import Any

import numpy as np

from onnx_import.evaluator.nodes import Call
from onnx_import.evaluator.values import FLOATS, Array, Tensor, integers, reals


def entries(call: Call, index: int) -> Array:
    """The entries of an input of numbers, as an array of mpq or of Python integers."""
    tensor = call.numbers(index)
    return tensor.array if tensor.kind in FLOATS else tensor.array.astype(object)


def pair(call: Call) -> tuple[Array, Array]:
    """The entries of the first two inputs of numbers, the second one spread as the opset says."""
    first = entries(call, 0)
    return first, spread(call, first, entries(call, 1))


def spread(call: Call, first: Array, second: Array) -> Array:
    """The second operand, in a shape that NumPy broadcasts as the opset says.

    Up to opset 6 operands have one shape, or by the attribute `broadcast` the second has the lengths (or 1) of axes of
    the first that follow each other: those from `axis` on, or the last ones.
    """
    if "broadcast" not in call.schema.attributes:
        return second
    shape = first.shape
    start = len(shape) - second.ndim
    if "axis" in call.schema.attributes and call.given("axis"):
        start = call.axis(call.integer("axis"), len(shape))
    if not call.flag("broadcast"):
        if second.shape != shape:
            raise call.malformed(f"shapes {shape} and {second.shape} differ, and broadcast=0")
        return second
    if second.size == 1:
        return second.reshape([1] * len(shape))
    aligned = shape[start : start + second.ndim]
    if (
        start < 0
        or len(aligned) != second.ndim
        or any(n not in {1, m} for n, m in zip(second.shape, aligned, strict=True))
    ):
        raise call.malformed(f"shape {second.shape} is not that of axes of shape {shape}, from axis {start} on")
    return second.reshape([*second.shape, *[1] * (len(shape) - start - second.ndim)])


def numeric(kind: int, array: Any) -> Tensor:
    """A tensor of numbers; integers wrap around."""
    return reals(array, kind) if kind in FLOATS else integers(np.asarray(array, dtype=object), kind)


def is_float(call: Call, index: int = 0) -> bool:
    """Whether an input is of floats."""
    return call.tensor(index).kind in FLOATS


def smaller(first: Array, second: Array) -> Array:
    """The entrywise minimum."""
    return np.asarray(np.minimum(first, second), dtype=object)


def larger(first: Array, second: Array) -> Array:
    """The entrywise maximum."""
    return np.asarray(np.maximum(first, second), dtype=object)
