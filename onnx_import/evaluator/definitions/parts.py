"""Tensors put together along an axis, and taken apart."""

import numpy as np

from onnx_import.evaluator.definitions.registry import defines
from onnx_import.evaluator.nodes import Call
from onnx_import.evaluator.values import Tensor

_SINCE_INPUTS = 13


@defines("Concat", 4, 11, 13)
def concat(call: Call) -> Tensor:
    """Tensors one after the other along an axis."""
    tensors = [call.tensor(index) for index in range(len(call.inputs))]
    axis = call.axis(call.integer("axis"), tensors[0].array.ndim)
    return tensors[0].rearranged(np.concatenate([t.array for t in tensors], axis=axis))


@defines("Split", 2, 11, 13, 18)
def split(call: Call) -> tuple[Tensor, ...]:
    """Parts along an axis, of the lengths given or as equal as can be."""
    tensor = call.tensor(0)
    axis = call.axis(call.integer("axis"), tensor.array.ndim)
    lengths = _lengths(call, tensor.shape[axis])
    if len(lengths) != call.outputs or sum(lengths) != tensor.shape[axis] or min(lengths) < 0:
        raise call.malformed(f"parts {lengths} of an axis of length {tensor.shape[axis]} for {call.outputs} outputs")
    return split_into(tensor, lengths, axis)


def split_into(tensor: Tensor, lengths: list[int], axis: int) -> tuple[Tensor, ...]:
    """Parts of the given lengths along an axis."""
    ends = np.cumsum(lengths)[:-1]
    return tuple(tensor.rearranged(part) for part in np.split(tensor.array, ends, axis=axis))


def _lengths(call: Call, length: int) -> list[int]:
    by_attribute = call.version < _SINCE_INPUTS
    if by_attribute and call.given("split"):
        return call.integer_row("split")
    numbered = "num_outputs" in call.schema.attributes and call.given("num_outputs")
    if not by_attribute and call.has(1):
        if numbered:
            raise call.malformed("both the input split and the attribute num_outputs")
        return call.integer_list(1)
    if not numbered and "num_outputs" in call.schema.attributes:
        raise call.malformed("neither the input split nor the attribute num_outputs")
    parts = call.integer("num_outputs") if numbered else call.outputs
    if not numbered and length % parts:
        raise call.malformed(f"an axis of length {length} does not split into {parts} equal parts")
    part = -(-length // parts)
    if part * (parts - 1) > length:
        raise call.unsupported(f"{parts} parts of {part} entries of an axis of length {length}")
    return [part] * (parts - 1) + [length - part * (parts - 1)]


@defines("Slice", 1, 10, 11, 13)
def slice_(call: Call) -> Tensor:
    """Every so many entries between bounds, axis by axis."""
    tensor = call.tensor(0)
    if call.version < 10:
        starts, ends = call.integer_row("starts"), call.integer_row("ends")
        given, steps = call.integer_row("axes", range(len(starts))), [1] * len(starts)
    else:
        starts, ends = call.integer_list(1), call.integer_list(2)
        given = call.integer_list(3) if call.has(3) else list(range(len(starts)))
        steps = call.integer_list(4) if call.has(4) else [1] * len(starts)
    axes = call.axes(given, tensor.array.ndim)
    if not len(starts) == len(ends) == len(axes) == len(steps) or 0 in steps:
        raise call.malformed(f"starts {starts}, ends {ends}, axes {given}, steps {steps}")
    array = tensor.array
    for axis, start, end, step in zip(axes, starts, ends, steps, strict=True):
        if call.version < 13 and step < 0 and start + tensor.shape[axis] < 0:
            raise call.unsupported(f"a slice backwards from {start}; this opset does not say where that is")
        array = array.take(_positions(start, end, step, tensor.shape[axis]), axis=axis)
    return tensor.rearranged(array)


def _positions(start: int, end: int, step: int, length: int) -> list[int]:
    """The positions of a slice; bounds outside are those of the axis."""
    start, end = (bound + length if bound < 0 else bound for bound in (start, end))
    if step > 0:
        return list(range(min(max(start, 0), length), min(max(end, 0), length), step))
    return list(range(min(max(start, 0), length - 1), min(max(end, -1), length - 1), step)) if length else []
