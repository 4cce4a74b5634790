"""Operators that only move, drop or repeat entries: reshaping, transposing, cutting, joining, picking."""

from collections.abc import Sequence
from itertools import pairwise
from math import prod

import numpy as np

from exactgeo.arithmetic.arrays import ExactArray
from exactgeo.networks.forms import SparseForms
from onnx_import.nodes import FLOATS, Node
from onnx_import.registry import operator
from onnx_import.tensors import Real, Stored, Tensor, Value, as_tensor, rearrange


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
    if not node.integer("allowzero", 0, since=14):
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
    axes = _axes(node, 13, "axes")
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
    axes = _axes(node, 13, "axes")
    if axes is None:
        node.malformed("does not say which axes to insert")
    try:
        return [rearrange(value, lambda array: np.expand_dims(array, tuple(axes)))]
    except (ValueError, OverflowError):
        node.malformed(f"inserts the axes {axes} into an array of shape {value.shape}")


@operator("Concat")
def concat(node: Node) -> Sequence[Value]:
    """The inputs one after the other along an axis."""
    if "axis" not in node.record.attributes or not node.count():
        node.malformed("needs inputs and the attribute 'axis'")
    axis = node.integer("axis", 0)
    values = [node.value(index) for index in range(node.count())]
    shapes = [value.shape for value in values]
    try:
        stored = [value for value in values if isinstance(value, np.ndarray)]
        if len(stored) == len(values) and len({value.dtype for value in stored}) == 1:
            return [np.concatenate(stored, axis=axis)]
        if len(stored) == len(values) and any(value.dtype.name not in FLOATS for value in stored):
            node.malformed(f"joins arrays of the types {', '.join(str(value.dtype) for value in stored)}")
        return [_joined([node.real(index) for index in range(node.count())], axis)]
    except ValueError:
        node.malformed(f"joins arrays of shapes {shapes} along axis {axis}")


@operator("Split")
def split(node: Node) -> Sequence[Value]:
    """The input cut along an axis, into the given lengths or as evenly as can be."""
    value = node.value(0)
    axis, parts = node.integer("axis", 0), len(node.record.outputs)
    if not -len(value.shape) <= axis < len(value.shape):
        node.malformed(f"splits an array of shape {value.shape} along axis {axis}")
    length = value.shape[axis]
    lengths = _axes(node, 13, "split")
    count = node.integer("num_outputs", parts, since=18)
    if count != parts or (node.opset >= 18 and lengths is not None and "num_outputs" in node.record.attributes):  # noqa: PLR2004
        node.malformed(f"splits into {count} parts, with {parts} outputs and the lengths {lengths}")
    if lengths is None:
        if node.opset < 18 and length % parts:  # noqa: PLR2004 (the opset that allowed a shorter last part)
            node.malformed(f"splits {length} entries evenly into {parts} parts")
        size = -(-length // parts)
        lengths = [size] * (parts - 1) + [length - size * (parts - 1)]
    if sum(lengths) != length or len(lengths) != parts or min(lengths) < 0:
        node.malformed(f"splits {length} entries into parts of {lengths} for {parts} outputs")
    ends = np.cumsum([0, *lengths])
    return [_slice(value, axis, slice(low, high)) for low, high in pairwise(ends)]


@operator("Slice")
def cut(node: Node) -> Sequence[Value]:
    """The entries from `starts` to before `ends` in `steps`, along the given axes."""
    value = node.value(0)
    if node.opset < 10:  # noqa: PLR2004 (the opset that made them inputs)
        starts, ends, axes = (node.integer_list(name) for name in ("starts", "ends", "axes"))
        steps = None
        if starts is None or ends is None:
            node.malformed("needs the attributes 'starts' and 'ends'")
    else:
        starts, ends = node.integers(1, "its starts"), node.integers(2, "its ends")
        axes, steps = (
            node.integers(k, name) if node.has(k) else None for k, name in ((3, "its axes"), (4, "its steps"))
        )
    axes = list(range(len(starts))) if axes is None else axes
    steps = [1] * len(starts) if steps is None else steps
    distinct = {axis % max(len(value.shape), 1) for axis in axes}
    if not len(starts) == len(ends) == len(axes) == len(steps) == len(distinct) or 0 in steps:
        node.malformed(f"slices with starts {starts}, ends {ends}, axes {axes}, steps {steps}")
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        if not -len(value.shape) <= axis < len(value.shape):
            node.malformed(f"slices an array of shape {value.shape} along axis {axis}")
        value = _slice(value, axis, _python_slice(value.shape[axis], start, end, step))
    return [value]


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


@operator("Shape")
def shape(node: Node) -> Sequence[Value]:
    """The shape, which is a constant: all shapes are known at import."""
    sizes = node.value(0).shape
    start, end = node.integer("start", 0, since=15), node.integer("end", len(sizes), since=15)
    return [np.array(sizes[start:end], dtype=np.int64)]


def _axes(node: Node, since: int, name: str) -> list[int] | None:
    """Return integers that are an attribute before opset `since` and the optional second input from then on."""
    if node.opset < since:
        return node.integer_list(name)
    return node.integers(1, f"its {name}") if node.has(1) else None


def _slice(value: Value, axis: int, part: slice) -> Value:
    where = (*[slice(None)] * (axis % len(value.shape)), part)
    return rearrange(value, lambda array: array[where])


def _python_slice(length: int, start: int, end: int, step: int) -> slice:
    """Return the standard's slice as Python's.

    They agree for positive steps. For negative ones the standard moves a start before the front to the front, and an
    end before the front to just before it, which Python cannot write but as None.
    """
    if step > 0:
        return slice(start, end, step)
    first = min(max(start + length if start < 0 else start, 0), length - 1)
    last = end + length if end < 0 else end
    return slice(first, None if last < 0 else last, step) if length else slice(0, 0)


def _joined(values: Sequence[Real], axis: int) -> Real:
    """Return real values joined along an axis: their positions are joined, then their entries are looked up."""
    tensors = [as_tensor(value) for value in values]
    offsets = np.cumsum([0, *(len(tensor.forms) for tensor in tensors)])
    places: Stored = np.concatenate(
        [tensor.positions + offset for tensor, offset in zip(tensors, offsets, strict=False)], axis=axis
    )
    together = Tensor((int(offsets[-1]),), SparseForms.concatenate([tensor.forms for tensor in tensors]))
    if all(isinstance(value, ExactArray) for value in values):
        return ExactArray.of([together.forms.row(int(place)).get(0, 0) for place in places.ravel()], places.shape)
    return together.arranged(places)
