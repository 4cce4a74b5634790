"""Entries looked up, or put down, at places known at import."""

from collections.abc import Sequence

import numpy as np

from onnx_import.nodes import Node
from onnx_import.registry import operator
from onnx_import.tensors import Value, rearrange


@operator("Gather")
def gather(node: Node) -> Sequence[Value]:
    """The entries at constant indices along an axis."""
    value, axis = node.value(0), node.integer("axis", 0)
    indices = node.stored(1, "its indices")
    if not np.issubdtype(indices.dtype, np.integer):
        node.malformed(f"has indices of type {indices.dtype}")
    if not -len(value.shape) <= axis < len(value.shape):
        node.malformed(f"gathers from an array of shape {value.shape} along axis {axis}")
    length = value.shape[axis]
    if indices.size and not -length <= indices.min() <= indices.max() < length:
        node.malformed(f"gathers an entry outside the {length} along axis {axis}")
    try:
        return [rearrange(value, lambda array: np.take(array, indices, axis=axis))]
    except ValueError:
        node.malformed(f"gathers into more dimensions than {len(value.shape) + len(indices.shape) - 1}")
