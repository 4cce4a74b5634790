"""Entries added around a tensor, or taken off; and overlapping blocks added up to an image."""

import math
from typing import Any

import numpy as np
from gmpy2 import mpq

from onnx_import.evaluator.definitions.layout import zero_of
from onnx_import.evaluator.definitions.registry import defines
from onnx_import.evaluator.nodes import Call
from onnx_import.evaluator.values import Array, Tensor, reals
from onnx_import.evaluator.windows import Windows


@defines("Pad", 2, 11, 13, 18, 19, 21, 23, 24, 25)
def pad(call: Call) -> Tensor:
    """A constant, a reflection, the edge or the other end around a tensor; negative pads take entries off."""
    tensor = call.tensor(0)
    rank = tensor.array.ndim
    modes = ("constant", "reflect", "edge") + (("wrap",) if call.version >= 19 else ())
    mode = call.text("mode", *modes)
    pads, axes = _pads(call, rank)
    flat = np.zeros((1,) * rank, dtype=np.int64)
    for axis, length in enumerate(tensor.shape):
        begin, end = pads[axes.index(axis)] if axis in axes else (0, 0)
        places = _places(call, mode, length, begin, end)
        along = places.reshape([-1 if a == axis else 1 for a in range(rank)])
        flat = np.where((flat < 0) | (along < 0), -1, flat * length + along)
    return tensor.with_fill(flat, _fill(call, tensor, mode))


def _pads(call: Call, rank: int) -> tuple[list[tuple[int, int]], tuple[int, ...]]:
    pads = call.integer_row("pads") if "pads" in call.schema.attributes else call.integer_list(1)
    axes = call.axes(call.integer_list(3), rank) if call.has(3) else tuple(range(rank))
    if len(pads) != 2 * len(axes):
        raise call.malformed(f"pads {pads} for {len(axes)} axes")
    return list(zip(pads[: len(axes)], pads[len(axes) :], strict=True)), axes


def _fill(call: Call, tensor: Tensor, mode: str) -> Any:
    if "value" in call.schema.attributes:
        if mode != "constant":
            call.ignore("value")
            return zero_of(tensor.kind)
        return call.real("value")
    if not call.has(2):
        return zero_of(tensor.kind)
    value = call.tensor(2).array
    if value.size != 1:
        raise call.malformed(f"a constant of shape {value.shape}")
    return value.reshape(-1)[0]


def _places(call: Call, mode: str, length: int, begin: int, end: int) -> Array:
    """Where the entries of the padded axis come from, -1 for the constant."""
    if min(begin, end) < 0 and (mode != "constant" and max(begin, end) > 0):
        raise call.unsupported(f"pads {begin} and {end} in mode {mode}: added and taken off along one axis")
    if max(-begin, 0) + max(-end, 0) > length:
        raise call.malformed(f"pads {begin} and {end} of an axis of length {length}")
    places = np.arange(-begin, length + end)
    if mode == "constant":
        return np.where((places >= 0) & (places < length), places, -1)
    if max(begin, end) > 0 and (length == 0 or (mode == "reflect" and max(begin, end) >= length)):
        raise call.unsupported(f"pads {begin} and {end} of an axis of length {length} in mode {mode}")
    if mode == "edge":
        return np.asarray(np.clip(places, 0, length - 1))
    if mode == "wrap":
        return np.asarray(places % max(length, 1))
    return np.where(places < 0, -places, np.where(places >= length, 2 * (length - 1) - places, places))


@defines("Col2Im", 18)
def col_to_image(call: Call) -> Tensor:
    """Blocks put back to where they were cut out of an image, added up where they overlap."""
    blocks = call.reals(0)
    image, block = call.integer_list(1), call.integer_list(2)
    rank = len(image)
    dilations = call.integer_row("dilations", [1] * rank)
    pads = call.integer_row("pads", [0] * (2 * rank))
    strides = call.integer_row("strides", [1] * rank)
    if not len(block) == len(dilations) == len(strides) == rank or len(pads) != 2 * rank or blocks.ndim != 3:
        raise call.malformed(f"an image of shape {image} of blocks {block} in shape {blocks.shape}")
    if min(*image, *block, *dilations, *strides) < 1 or min(pads) < 0:
        raise call.malformed(f"lengths {image}, {block}, {dilations}, {strides}, {pads} that are not positive")
    counts = tuple(
        (n + pads[i] + pads[rank + i] - (block[i] - 1) * dilations[i] - 1) // strides[i] + 1
        for i, n in enumerate(image)
    )
    windows = Windows(
        tuple(image), tuple(block), tuple(strides), tuple(dilations), tuple(pads[:rank]), tuple(pads[rank:]), counts
    )
    size, width = math.prod(image), math.prod(block)
    if min(counts) < 1 or blocks.shape[1] % width or blocks.shape[2] != math.prod(counts):
        raise call.malformed(f"blocks of shape {blocks.shape} for {counts} blocks of shape {block}")
    channels = blocks.shape[1] // width
    columns = blocks.reshape(blocks.shape[0], channels, width, -1)
    result = np.full((blocks.shape[0], channels, size), mpq(0), dtype=object)
    for (window, entry), place in np.ndenumerate(windows.flat_indices()):
        if place >= 0:
            result[:, :, place] = result[:, :, place] + columns[:, :, entry, window]
    return reals(result.reshape(blocks.shape[0], channels, *image), call.tensor(0).kind)
