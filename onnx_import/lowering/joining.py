"""Several arrays made one: joined along an axis, or stacked along a new one."""

from collections.abc import Sequence

import numpy as np

from onnx_import.lowering.nodes import Node
from onnx_import.lowering.tensors import (
    FLOATS,
    ROUNDED,
    Tensor,
    Value,
    common_kind,
    offsets,
    pick,
    positions_of,
    rearrange,
)

_APART = ("truth", *ROUNDED)


def joined(node: Node, values: Sequence[Value], axis: int) -> Value:
    """Return arrays one after the other along an axis."""
    shapes = [value.shape for value in values]
    stored = [value for value in values if isinstance(value, np.ndarray)]
    try:
        node.demand_size([sum(shape[axis] for shape in shapes), *(size for size in _others(shapes[0], axis))])
        if len(stored) == len(values) and len({value.dtype for value in stored}) == 1:
            return np.concatenate(stored, axis=axis)
        if len(stored) == len(values) and any(value.dtype.name not in FLOATS for value in stored):
            node.malformed(f"joins arrays of the types {', '.join(str(value.dtype) for value in stored)}")
        if common_kind(values) == "truth":
            numbers = [node.truth_as_numbers(value) for value in values]
        else:
            numbers = [node.exact(value, "an input") for value in values]
            if len({isinstance(value, Tensor) and value.kind in _APART and value.kind for value in numbers}) > 1:
                node.malformed("joins truth values or quantised data with other numbers")
        places = [positions_of(value.shape) + offset for value, offset in zip(numbers, offsets(numbers), strict=True)]
        result = pick(numbers, np.concatenate(places, axis=axis))
    except (ValueError, IndexError):
        node.malformed(f"joins arrays of shapes {shapes} along axis {axis}")
    return result.of_kind(common_kind(values)) if isinstance(result, Tensor) else result


def stacked(node: Node, values: Sequence[Value], axis: int) -> Value:
    """Return arrays of one shape along a new axis."""
    rank = len(values[0].shape) + 1
    if not -rank <= axis < rank:
        node.malformed(f"stacks along axis {axis} arrays of shape {values[0].shape}")
    return joined(node, [rearrange(value, lambda array: np.expand_dims(array, axis)) for value in values], axis)


def _others(shape: tuple[int, ...], axis: int) -> tuple[int, ...]:
    place = axis % max(len(shape), 1)
    return (*shape[:place], *shape[place + 1 :])
