"""Operators that join arrays, or pick entries at places known at import."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from onnx_import.lowering.joining import joined
from onnx_import.lowering.nodes import Node
from onnx_import.lowering.registry import operator
from onnx_import.lowering.tensors import Value, rearrange

_INT_MAX = 2**31 - 1


@operator("Concat")
def concat(node: Node) -> Sequence[Value]:
    """The inputs one after the other along an axis."""
    if "axis" not in node.record.attributes or not node.count():
        node.malformed("needs inputs and the attribute 'axis'")
    axis = node.integer("axis", 0)
    values = [node.value(index) for index in range(node.count())]
    return [joined(node, values, axis)]


@operator("Split")
def split(node: Node) -> Sequence[Value]:
    """The input cut along an axis, into the given lengths or as evenly as can be."""
    value = node.value(0)
    axis, parts = node.integer("axis", 0), len(node.record.outputs)
    if not -len(value.shape) <= axis < len(value.shape):
        node.malformed(f"splits an array of shape {value.shape} along axis {axis}")
    length = value.shape[axis]
    lengths = node.axes_input(13, "split")
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
        if step < 0 and end >= _INT_MAX:
            node.refuse(
                f"slices axis {axis} backwards to {end}: no entry by the standard's text, all down to the first one by "
                "runtimes; give INT_MIN for the latter"
            )
        value = _slice(value, axis, _python_slice(value.shape[axis], start, end, step))
    return [value]


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
