"""Operators that put entries into larger arrays, or windows on top of each other: Col2Im, MaxUnpool, CenterCropPad."""

from collections.abc import Iterator, Sequence
from math import prod

import numpy as np

from exactgeo.arithmetic.arrays import ExactArray
from exactgeo.networks.forms import Index, SparseForms
from onnx_import.lowering.nodes import Node
from onnx_import.lowering.registry import operator
from onnx_import.lowering.tensors import Real, Tensor, Value, linear_images, pick, positions_of, rearrange
from onnx_import.lowering.windows import Axis, Windows, attribute_list, kernel_shape


@operator("Col2Im")
def column_to_image(node: Node) -> Sequence[Value]:
    """The sum of blocks in an image, each added where its window lies: (N, C * block, L) becomes (N, C, image)."""
    data = node.floats(0)
    image, block = (tuple(node.integers(index, name)) for index, name in ((1, "its image"), (2, "its blocks")))
    moved = _block_windows(node, image, block)
    places, inside, _ = moved.table()
    count, cells = places.shape
    if len(data.shape) != 3 or 0 in data.shape or data.shape[1] % cells or data.shape[2] != count:  # noqa: PLR2004
        node.malformed(f"adds {count} blocks of shape {block} in an image of shape {image}, from shape {data.shape}")
    channels = data.shape[1] // cells
    node.demand_size((data.shape[0], channels, *image))
    windows, offsets = np.nonzero(inside)
    rows = places[windows, offsets]

    def matrices() -> Iterator[SparseForms]:
        for channel in range(data.shape[0] * channels):
            entries = (channel * cells + offsets) * count + windows
            ones = np.ones(len(rows), dtype=np.int64)
            yield SparseForms.from_triplets(rows, entries, ones, np.ones(moved.size, dtype=np.int64))

    return [linear_images(data, matrices(), (data.shape[0], channels, *image))]


@operator("MaxUnpool")
def max_unpool(node: Node) -> Sequence[Value]:
    """The entries at constant places of an array of zeros, as large as what a pool would have made them from."""
    data, indices = node.real(0), node.stored(1, "its indices")
    rank = len(data.shape) - 2
    if rank < 1 or 0 in data.shape or indices.shape != data.shape or indices.dtype.kind not in "iu":
        node.malformed(f"puts an array of shape {data.shape} at indices of shape {indices.shape}")
    kernel, strides = kernel_shape(node, rank), attribute_list(node, "strides", rank, 1)
    pads = _pads(node, rank)
    sizes = [
        (size - 1) * stride + width - before - after
        for size, stride, width, before, after in zip(
            data.shape[2:], strides, kernel, pads[:rank], pads[rank:], strict=True
        )
    ]
    shape = (*data.shape[:2], *sizes)
    if min(shape) < 1:
        node.malformed(f"has an output of shape {shape}")
    if node.has(2) and tuple(wanted := node.integers(2, "its output shape")) != shape:
        node.refuse(
            f"has the output shape {wanted} where its windows cover {list(shape)}: the standard does not say whether "
            "its indices count in the one or in the other, and runtimes differ"
        )
    node.demand_size(shape)
    places = indices.ravel().astype(np.int64)
    if places.min() < 0 or places.max() >= prod(shape):
        node.malformed(f"puts an entry outside of an array of shape {shape}")
    if len(np.unique(places)) < len(places):
        node.refuse("puts several entries at one place, and the standard does not say which of them stays")
    table = np.full(prod(shape), data_size := prod(data.shape), dtype=np.int64)
    table[places] = np.arange(data_size)
    return [_with_zeros(data, table.reshape(shape))]


@operator("CenterCropPad")
def center_crop_pad(node: Node) -> Sequence[Value]:
    """The middle of longer axes, and zeros around shorter ones; what is odd is cut and put at the end."""
    value, target = node.value(0), node.integers(1, "its shape")
    rank = len(value.shape)
    axes = node.integer_list("axes")
    axes = list(range(rank)) if axes is None else axes
    distinct = {axis % rank for axis in axes if -rank <= axis < rank}
    if not len(axes) == len(distinct) == len(target) or min(target, default=1) < 0:
        node.malformed(f"gives the axes {axes} of an array of shape {value.shape} the sizes {target}")
    shape = list(value.shape)
    pads = [(0, 0)] * rank
    for axis, size in zip(axes, target, strict=True):
        before, shape[axis] = shape[axis], size
        cut, missing = max(before - size, 0), max(size - before, 0)
        pads[axis] = (missing // 2, missing - missing // 2)
        part = np.arange(cut // 2, cut // 2 + min(before, size))
        value = rearrange(value, lambda array, at=part, along=axis: np.take(array, at, axis=along))
    node.demand_size(shape)
    if not any(any(pad) for pad in pads):
        return [value]
    if isinstance(value, np.ndarray):
        return [np.pad(value, pads)]
    table = np.pad(positions_of(value.shape), pads, constant_values=prod(value.shape))
    return [_with_zeros(value, table)]


def _with_zeros(value: Real, table: Index) -> Real:
    """Return the entries at these places; at the place behind the last one there is a zero."""
    zero = ExactArray(np.zeros(1, dtype=np.int64), 1)
    found = pick([value.reshaped((-1,)) if isinstance(value, ExactArray) else value, zero], table)
    return found.of_kind(value.kind) if isinstance(found, Tensor) and isinstance(value, Tensor) else found


def _block_windows(node: Node, image: tuple[int, ...], block: tuple[int, ...]) -> Windows:
    rank = len(image)
    if rank < 1 or len(block) != rank or min(*image, *block) < 1:
        node.malformed(f"has blocks of shape {block} in an image of shape {image}")
    strides, dilations = (attribute_list(node, name, rank, 1) for name in ("strides", "dilations"))
    pads = _pads(node, rank)
    axes = []
    for k, (size, width) in enumerate(zip(image, block, strict=True)):
        reach = size + pads[k] + pads[rank + k] - ((width - 1) * dilations[k] + 1)
        if reach < 0:
            node.malformed(f"has blocks of shape {block} that do not fit into an image of shape {image}")
        axes.append(Axis(size, width, strides[k], dilations[k], pads[k], pads[rank + k], reach // strides[k] + 1))
    return Windows(tuple(axes))


def _pads(node: Node, rank: int) -> list[int]:
    pads = node.integer_list("pads") or [0] * (2 * rank)
    if len(pads) != 2 * rank or min(pads) < 0:
        node.malformed(f"has the padding {pads} for {rank} axes")
    return pads
