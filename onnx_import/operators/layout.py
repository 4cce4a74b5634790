"""Operators that put all entries into another shape or order, or repeat them."""

from collections.abc import Sequence
from math import prod

import numpy as np

from onnx_import.lowering.nodes import Node
from onnx_import.lowering.registry import operator
from onnx_import.lowering.tensors import Value, broadcast_shape, rearrange


@operator("Flatten")
def flatten(node: Node) -> Sequence[Value]:
    """A matrix: the dimensions before `axis` become its rows, the others its columns."""
    value = node.value(0)
    axis = node.integer("axis", 1)
    rank = len(value.shape)
    if not -rank <= axis <= rank:
        node.malformed(f"flattens at axis {axis} an array of shape {value.shape}")
    split = axis if axis >= 0 else axis + rank
    return [rearrange(value, lambda array: array.reshape(prod(value.shape[:split]), prod(value.shape[split:])))]


@operator("Reshape")
def reshape(node: Node) -> Sequence[Value]:
    """The same entries in another shape; 0 keeps a dimension (unless allowzero), -1 is worked out."""
    value, target = node.value(0), node.integers(1, "its shape")
    if min(target, default=0) < -1:
        node.malformed(f"reshapes to {target}; dimensions are at least -1")
    if not node.flag("allowzero", 0, since=14):
        if any(size == 0 and k >= len(value.shape) for k, size in enumerate(target)):
            node.malformed(f"keeps a dimension of {value.shape} that does not exist, in the shape {target}")
        target = [value.shape[k] if size == 0 else size for k, size in enumerate(target)]
    try:
        return [rearrange(value, lambda array: array.reshape(target))]
    except ValueError:
        node.malformed(f"cannot turn an array of shape {value.shape} into one of shape {target}")


@operator("Transpose")
def transpose(node: Node) -> Sequence[Value]:
    """The axes in another order, reversed by default."""
    value = node.value(0)
    order = node.integer_list("perm")
    if order is not None and sorted(order) != list(range(len(value.shape))):
        node.malformed(f"orders the axes of an array of shape {value.shape} as {order}")
    return [rearrange(value, lambda array: np.transpose(array, order))]


@operator("Squeeze")
def squeeze(node: Node) -> Sequence[Value]:
    """Without the given axes of size 1 (without all of them, if none is given)."""
    value = node.value(0)
    axes = node.axes_input(13, "axes")
    if axes is None:
        return [rearrange(value, np.squeeze)]
    try:
        return [rearrange(value, lambda array: np.squeeze(array, tuple(axes)))]
    except ValueError:
        node.malformed(f"squeezes the axes {axes} of an array of shape {value.shape}")


@operator("Unsqueeze")
def unsqueeze(node: Node) -> Sequence[Value]:
    """With axes of size 1 inserted, numbered in the result."""
    value = node.value(0)
    axes = node.axes_input(13, "axes")
    if axes is None:
        node.malformed("does not say which axes to insert")
    try:
        return [rearrange(value, lambda array: np.expand_dims(array, tuple(axes)))]
    except (ValueError, OverflowError):
        node.malformed(f"inserts the axes {axes} into an array of shape {value.shape}")


@operator("Expand")
def expand(node: Node) -> Sequence[Value]:
    """The input repeated so as to broadcast with a shape."""
    value, target = node.value(0), tuple(node.integers(1, "its shape"))
    try:
        shape = broadcast_shape(value.shape, target)
    except ValueError:
        node.malformed(f"expands an array of shape {value.shape} to {target}")
    return [rearrange(value, lambda array: np.broadcast_to(array, shape))]


@operator("Tile")
def tile(node: Node) -> Sequence[Value]:
    """The input repeated along each axis."""
    value, repeats = node.value(0), node.integers(1, "its repeats")
    if len(repeats) != len(value.shape) or min(repeats, default=0) < 0:
        node.malformed(f"repeats an array of shape {value.shape} as {repeats}")
    node.demand_size([size * count for size, count in zip(value.shape, repeats, strict=True)])
    return [rearrange(value, lambda array: np.tile(array, repeats))]


@operator("DepthToSpace")
def depth_to_space(node: Node) -> Sequence[Value]:
    """Blocks of channels moved into squares of pixels; DCR: the block is the channels' outer index, CRD: the inner."""
    value, size = node.value(0), node.integer("blocksize", 0)
    mode = (node.stored_attribute("mode", str) if node.opset >= 11 else None) or "DCR"  # noqa: PLR2004 (when it came)
    batch, channels, height, width = _image(node, value)
    if size < 1 or channels % size**2 or mode not in ("DCR", "CRD"):
        node.malformed(f"has the block size {size} and the mode '{mode}' for {channels} channels")
    depth = channels // size**2
    outer, order = (
        ((size, size, depth), (0, 3, 4, 1, 5, 2)) if mode == "DCR" else ((depth, size, size), (0, 1, 4, 2, 5, 3))
    )
    return [
        rearrange(
            value,
            lambda array: (
                array.reshape(batch, *outer, height, width)
                .transpose(order)
                .reshape(batch, depth, height * size, width * size)
            ),
        )
    ]


@operator("SpaceToDepth")
def space_to_depth(node: Node) -> Sequence[Value]:
    """Squares of pixels moved into blocks of channels."""
    value, size = node.value(0), node.integer("blocksize", 0)
    mode = (node.stored_attribute("mode", str) if node.opset >= 28 else None) or "DCR"  # noqa: PLR2004 (when it came)
    batch, channels, height, width = _image(node, value)
    if size < 1 or height % size or width % size or mode not in ("DCR", "CRD"):
        node.malformed(f"has the block size {size} and the mode '{mode}' for an image of {height} by {width}")
    return [
        rearrange(
            value,
            lambda array: (
                array.reshape(batch, channels, height // size, size, width // size, size)
                .transpose((0, 3, 5, 1, 2, 4) if mode == "DCR" else (0, 1, 3, 5, 2, 4))
                .reshape(batch, channels * size**2, height // size, width // size)
            ),
        )
    ]


def _image(node: Node, value: Value) -> tuple[int, ...]:
    if len(value.shape) != 4:  # noqa: PLR2004 (batch, channels, height, width)
        node.malformed(f"takes an array of shape {value.shape} for images")
    return value.shape
