"""Sequences of tensors, and optional values."""

import numpy as np
from onnx import AttributeProto, TensorProto

from onnx_import.evaluator.definitions.parts import split_into
from onnx_import.evaluator.definitions.registry import defines
from onnx_import.evaluator.nodes import Call
from onnx_import.evaluator.values import Nothing, Tensor, TensorSequence, Value, integers, truths


@defines("SequenceConstruct", 11)
def sequence_construct(call: Call) -> TensorSequence:
    """A sequence of the inputs."""
    items = tuple(call.tensor(index) for index in range(len(call.inputs)))
    return TensorSequence(items, items[0].kind)


@defines("SequenceEmpty", 11)
def sequence_empty(call: Call) -> TensorSequence:
    """A sequence of nothing."""
    return TensorSequence((), call.integer("dtype", TensorProto.FLOAT))


@defines("SequenceLength", 11)
def sequence_length(call: Call) -> Tensor:
    """How many items a sequence has."""
    return integers(np.array(len(call.sequence(0).items), dtype=np.int64))


def _position(call: Call, index: int, length: int, *, last: int) -> int:
    """A position that an input gives, counted from the front."""
    if not call.has(index):
        return last
    position = int(call.single(index))
    if not -length <= position <= last:
        raise call.malformed(f"position {position} in a sequence of length {length}")
    return position + length if position < 0 else position


@defines("SequenceAt", 11)
def sequence_at(call: Call) -> Value:
    """The item of a position."""
    items = call.sequence(0).items
    return items[_position(call, 1, len(items), last=len(items) - 1)]


@defines("SequenceInsert", 11)
def sequence_insert(call: Call) -> TensorSequence:
    """The sequence with one more item, at its end if no position is given."""
    sequence, tensor = call.sequence(0), call.tensor(1)
    if tensor.kind != sequence.kind:
        raise call.malformed("an item of another type than the sequence")
    place = _position(call, 2, len(sequence.items), last=len(sequence.items))
    return TensorSequence((*sequence.items[:place], tensor, *sequence.items[place:]), sequence.kind)


@defines("SequenceErase", 11)
def sequence_erase(call: Call) -> TensorSequence:
    """The sequence without an item, the last one if no position is given."""
    sequence = call.sequence(0)
    if not sequence.items:
        raise call.malformed("an empty sequence")
    place = _position(call, 1, len(sequence.items), last=len(sequence.items) - 1)
    return TensorSequence((*sequence.items[:place], *sequence.items[place + 1 :]), sequence.kind)


@defines("SplitToSequence", 11, 24)
def split_to_sequence(call: Call) -> TensorSequence:
    """Parts of a tensor along an axis: of one length, of given lengths, or single slices."""
    tensor = call.tensor(0)
    axis = call.axis(call.integer("axis"), tensor.array.ndim)
    length, keep = tensor.shape[axis], call.flag("keepdims")
    if not call.has(1):
        parts = split_into(tensor, [1] * length, axis) if length else ()
        if not keep:
            parts = tuple(part.rearranged(part.array.squeeze(axis)) for part in parts)
        return TensorSequence(parts, tensor.kind)
    lengths = call.integer_list(1)
    if call.integers(1).ndim == 0:
        if lengths[0] < 1:
            raise call.malformed(f"parts of length {lengths[0]}")
        lengths = [min(lengths[0], length - start) for start in range(0, length, lengths[0])]
    if sum(lengths) != length or min(lengths, default=0) < 0:
        raise call.malformed(f"parts {lengths} of an axis of length {length}")
    return TensorSequence(split_into(tensor, lengths, axis), tensor.kind)


@defines("ConcatFromSequence", 11)
def concat_from_sequence(call: Call) -> Tensor:
    """The items one after the other along an axis, or along a new one."""
    items = [item for item in call.sequence(0).items if isinstance(item, Tensor)]
    if not items:
        raise call.malformed("an empty sequence")
    stacking = call.flag("new_axis")
    axis = call.axis(call.integer("axis"), items[0].array.ndim + int(stacking))
    arrays = [item.array for item in items]
    return items[0].rearranged(np.stack(arrays, axis=axis) if stacking else np.concatenate(arrays, axis=axis))


@defines("Optional", 15, 28)
def optional(call: Call) -> Value:
    """A value, or the lack of one."""
    if call.given("type"):
        call.proto("type", AttributeProto.TYPE_PROTO, "tp")
    return call.value(0) if call.has(0) else Nothing()


@defines("OptionalHasElement", 15, 18, 28)
def optional_has_element(call: Call) -> Tensor:
    """Whether there is a value."""
    return truths(call.has(0) and not isinstance(call.value(0), Nothing))


@defines("OptionalGetElement", 15, 18, 28)
def optional_get_element(call: Call) -> Value:
    """The value that is there."""
    value = call.value(0)
    if isinstance(value, Nothing):
        raise call.malformed("an optional value that is not there")
    return value
