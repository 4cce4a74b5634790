"""Arithmetic alike for floats and integers: entries as mpq or Python integers, results back in their type."""

from typing import Any

import numpy as np

from onnx_import.evaluator.nodes import Call
from onnx_import.evaluator.values import FLOATS, Array, Tensor, integers, reals


def entries(call: Call, index: int) -> Array:
    """The entries of an input of numbers, as an array of mpq or of Python integers."""
    tensor = call.numbers(index)
    return tensor.array if tensor.kind in FLOATS else tensor.array.astype(object)


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
