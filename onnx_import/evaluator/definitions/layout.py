"""Operators that move entries without changing them."""

import math

import numpy as np
from onnx import TensorProto

from onnx_import.evaluator.definitions.registry import defines
from onnx_import.evaluator.nodes import Call
from onnx_import.evaluator.values import FLOATS, Tensor, Value, integers, reals

_SINCE_INPUTS = 13


def zero_of(kind: int) -> object:
    """The zero of an element type: a number, False or an empty string."""
    if kind in FLOATS:
        return reals(0, kind).array[()]
    return "" if kind == TensorProto.STRING else 0


@defines("Identity", 1, 13, 14, 16, 19, 21, 23, 24, 25)
def identity(call: Call) -> Value:
    """The input itself."""
    return call.value(0)


@defines("Reshape", 5, 13, 14, 19, 21, 23, 24, 25)
def reshape(call: Call) -> Tensor:
    """The entries in another shape: 0 copies a length (unless allowzero), -1 is what remains."""
    tensor, shape = call.tensor(0), call.integer_list(1)
    literal = "allowzero" in call.schema.attributes and call.flag("allowzero")
    if literal and 0 in shape and -1 in shape:
        raise call.malformed(f"shape {shape} with allowzero has no unique meaning")
    if not literal:
        if any(n == 0 and i >= tensor.array.ndim for i, n in enumerate(shape)):
            raise call.malformed(f"shape {shape} copies an axis that shape {tensor.shape} does not have")
        shape = [tensor.shape[i] if n == 0 else n for i, n in enumerate(shape)]
    if shape.count(-1) > 1 or min(shape, default=0) < -1:
        raise call.malformed(f"shape {shape}")
    if -1 in shape:
        known = math.prod(n for n in shape if n != -1)
        if not known or tensor.array.size % known:
            raise call.malformed(f"shape {tensor.shape} does not fit into {shape}")
        shape[shape.index(-1)] = tensor.array.size // known
    return tensor.rearranged(tensor.array.reshape(shape))


@defines("Flatten", 1, 9, 11, 13, 21, 23, 24, 25)
def flatten(call: Call) -> Tensor:
    """A matrix: the axes before `axis` in one, the others in the other."""
    tensor, axis = call.tensor(0), call.integer("axis")
    rank = tensor.array.ndim
    if not -rank <= axis <= rank:
        raise call.malformed(f"axis={axis} for a tensor of rank {rank}")
    axis = axis + rank if axis < 0 else axis
    return tensor.rearranged(tensor.array.reshape(math.prod(tensor.shape[:axis]), math.prod(tensor.shape[axis:])))


@defines("Transpose", 1, 13, 21, 23, 24, 25)
def transpose(call: Call) -> Tensor:
    """The axes in another order, reversed if none is given."""
    tensor = call.tensor(0)
    order = call.integer_row("perm", range(tensor.array.ndim)[::-1])
    if sorted(order) != list(range(tensor.array.ndim)):
        raise call.malformed(f"perm={order} for a tensor of rank {tensor.array.ndim}")
    return tensor.rearranged(tensor.array.transpose(order))


def _axes_given(call: Call) -> list[int] | None:
    if call.version >= _SINCE_INPUTS:
        return call.integer_list(1) if call.has(1) else None
    return call.integer_row("axes", ()) if call.given("axes") else None


@defines("Squeeze", 1, 11, 13, 21, 23, 24, 25)
def squeeze(call: Call) -> Tensor:
    """Axes of length 1 removed: those given, or all."""
    tensor, given = call.tensor(0), _axes_given(call)
    ones = [i for i, n in enumerate(tensor.shape) if n == 1]
    axes = ones if given is None else call.axes(given, tensor.array.ndim)
    if not set(axes) <= set(ones):
        raise call.malformed(f"axes {list(axes)} of shape {tensor.shape} are not all of length 1")
    return tensor.rearranged(tensor.array.reshape([n for i, n in enumerate(tensor.shape) if i not in axes]))


@defines("Unsqueeze", 1, 11, 13, 21, 23, 24, 25)
def unsqueeze(call: Call) -> Tensor:
    """Axes of length 1 inserted, where they stand in the result."""
    tensor, given = call.tensor(0), _axes_given(call)
    if given is None:
        raise call.malformed("axes are missing")
    rank = tensor.array.ndim + len(given)
    axes = call.axes(given, rank)
    lengths = iter(tensor.shape)
    return tensor.rearranged(tensor.array.reshape([1 if i in axes else next(lengths) for i in range(rank)]))


@defines("Expand", 8, 13)
def expand(call: Call) -> Tensor:
    """The tensor broadcast together with a shape."""
    tensor = call.tensor(0)
    shape = np.broadcast_shapes(tensor.shape, tuple(call.integer_list(1)))
    return tensor.rearranged(np.broadcast_to(tensor.array, shape).copy())


@defines("Tile", 6, 13)
def tile(call: Call) -> Tensor:
    """The tensor repeated along each axis."""
    tensor, repeats = call.tensor(0), call.integer_list(1)
    if len(repeats) != tensor.array.ndim or min(repeats, default=0) < 0:
        raise call.malformed(f"repeats {repeats} of a tensor of rank {tensor.array.ndim}")
    return tensor.rearranged(np.tile(tensor.array, repeats))


@defines("DepthToSpace", 1, 11, 13, 28)
def depth_to_space(call: Call) -> Tensor:
    """Channels moved into blocks of pixels."""
    tensor, block = _image(call), call.integer("blocksize")
    batch, channels, height, width = tensor.shape
    mode = call.text("mode", "DCR", "CRD") if "mode" in call.schema.attributes else "DCR"
    if block < 1 or channels % (block * block):
        raise call.malformed(f"{channels} channels do not make blocks of {block} by {block}")
    depth = channels // (block * block)
    if mode == "DCR":
        moved = tensor.array.reshape(batch, block, block, depth, height, width).transpose(0, 3, 4, 1, 5, 2)
    else:
        moved = tensor.array.reshape(batch, depth, block, block, height, width).transpose(0, 1, 4, 2, 5, 3)
    return tensor.rearranged(moved.reshape(batch, depth, height * block, width * block))


@defines("SpaceToDepth", 1, 13, 28)
def space_to_depth(call: Call) -> Tensor:
    """Blocks of pixels moved into channels."""
    tensor, block = _image(call), call.integer("blocksize")
    batch, channels, height, width = tensor.shape
    mode = call.text("mode", "DCR", "CRD") if "mode" in call.schema.attributes else "DCR"
    if block < 1 or height % block or width % block:
        raise call.malformed(f"{height} by {width} pixels do not make blocks of {block} by {block}")
    blocks = tensor.array.reshape(batch, channels, height // block, block, width // block, block)
    order = (0, 3, 5, 1, 2, 4) if mode == "DCR" else (0, 1, 3, 5, 2, 4)
    return tensor.rearranged(
        blocks.transpose(order).reshape(batch, channels * block * block, height // block, width // block)
    )


def _image(call: Call) -> Tensor:
    tensor = call.tensor(0)
    if tensor.array.ndim != 4:
        raise call.malformed(f"an input of shape {tensor.shape}; four axes are wanted")
    return tensor


@defines("Trilu", 14)
def trilu(call: Call) -> Tensor:
    """The part above (or below) a diagonal, zeros elsewhere."""
    tensor = call.tensor(0)
    if tensor.array.ndim < 2:
        raise call.malformed(f"an input of shape {tensor.shape} is no matrix")
    diagonal = int(call.single(1)) if call.has(1) else 0
    rows, columns = np.indices(tensor.shape[-2:])
    kept = columns - rows >= diagonal if call.flag("upper") else columns - rows <= diagonal
    flat = np.arange(tensor.array.size).reshape(tensor.shape)
    return tensor.with_fill(np.where(kept, flat, -1), zero_of(tensor.kind))


@defines("ReverseSequence", 10, 28)
def reverse_sequence(call: Call) -> Tensor:
    """The first entries of each sequence of a batch in reverse order."""
    tensor, lengths = call.tensor(0), call.integer_list(1)
    batch_axis, time_axis = call.integer("batch_axis"), call.integer("time_axis")
    if {batch_axis, time_axis} != {0, 1} or tensor.array.ndim < 2:
        raise call.malformed(f"batch_axis={batch_axis}, time_axis={time_axis} for shape {tensor.shape}")
    batches = np.moveaxis(tensor.array, batch_axis, 0)
    if len(lengths) != batches.shape[0] or not all(0 <= n <= batches.shape[1] for n in lengths):
        raise call.malformed(f"lengths {lengths} for shape {tensor.shape}")
    result = batches.copy()
    for piece, length in zip(result, lengths, strict=True):
        piece[:length] = piece[:length][::-1].copy()
    return tensor.rearranged(np.moveaxis(result, 0, batch_axis))


@defines("Shape", 1, 13, 15, 19, 21, 23, 24, 25)
def shape(call: Call) -> Tensor:
    """The lengths of the axes, or of some of them."""
    lengths = call.tensor(0).shape
    start, end = 0, len(lengths)
    if "start" in call.schema.attributes:
        start = call.integer("start")
        end = call.integer("end") if call.given("end") else end
    return integers(np.array(lengths[start:end], dtype=np.int64))


@defines("Size", 1, 13, 19, 21, 23, 24, 25)
def size(call: Call) -> Tensor:
    """The number of entries."""
    return integers(np.array(call.tensor(0).array.size, dtype=np.int64))
