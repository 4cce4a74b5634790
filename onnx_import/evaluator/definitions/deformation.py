"""Convolutions whose windows are deformed: each entry of a window lies where an offset puts it."""

import itertools
import math
from typing import Any

import numpy as np
from gmpy2 import mpq

from onnx_import.evaluator.definitions.interpolation import floor
from onnx_import.evaluator.definitions.registry import defines
from onnx_import.evaluator.matrices import matrix_product
from onnx_import.evaluator.nodes import Call
from onnx_import.evaluator.values import Array, Tensor, reals
from onnx_import.evaluator.windows import Windows, read_windows


@defines("DeformConv", 19, 22)
def deform_conv(call: Call) -> Tensor:
    """The sum over a deformed window and the channels of a group, plus a bias for each feature map.

    Between entries the tensor is linear along each axis; all entries outside of it are 0.
    """
    x, weights = call.reals(0), call.reals(1)
    group, windows = call.integer("group"), _windows(call, x, weights)
    if group < 1 or weights.shape[0] % group or x.shape[1] != weights.shape[1] * group:
        raise call.malformed(f"{x.shape[1]} channels and a kernel of shape {weights.shape} in {group} groups")
    offsets, masks = _offsets(call, x, windows), _masks(call, x, windows)
    maps, channels = weights.shape[0] // group, weights.shape[1]
    result = np.empty((x.shape[0], weights.shape[0], math.prod(windows.counts)), dtype=object)
    for n in range(x.shape[0]):
        columns = _sampled(x[n], offsets[n], None if masks is None else masks[n], windows)
        for g in range(group):
            rows = weights[g * maps : (g + 1) * maps].reshape(maps, -1)
            part = columns[g * channels : (g + 1) * channels].reshape(rows.shape[1], -1)
            result[n, g * maps : (g + 1) * maps] = matrix_product(rows, part)
    if call.has(3):
        bias = call.reals(3)
        if bias.shape != (weights.shape[0],):
            raise call.malformed(f"a bias of shape {bias.shape} for {weights.shape[0]} feature maps")
        result = result + bias[:, None]
    return reals(result.reshape(*result.shape[:2], *windows.counts), call.tensor(0).kind)


def _windows(call: Call, x: Array, weights: Array) -> Windows:
    if x.ndim < 3 or x.ndim != weights.ndim:
        raise call.malformed(f"a kernel of shape {weights.shape} for an input of shape {x.shape}")
    kernel = tuple(call.integer_row("kernel_shape", weights.shape[2:]))
    if kernel != weights.shape[2:]:
        raise call.malformed(f"kernel_shape={list(kernel)} for a kernel of shape {weights.shape}")
    return read_windows(call, x.shape[2:], kernel)


def _offsets(call: Call, x: Array, windows: Windows) -> Array:
    """The offsets, of shape (batch, offset group, entry of the window, axis, window)."""
    return _grouped(call, 2, x, windows, len(windows.kernel))


def _masks(call: Call, x: Array, windows: Windows) -> Array | None:
    """The factors of the entries, of shape (batch, offset group, entry of the window, 1, window)."""
    return _grouped(call, 4, x, windows, 1) if call.has(4) else None


def _grouped(call: Call, index: int, x: Array, windows: Windows, width: int) -> Array:
    array, groups, size = call.reals(index), call.integer("offset_group"), math.prod(windows.kernel)
    if groups < 1 or x.shape[1] % groups:
        raise call.malformed(f"{x.shape[1]} channels in {groups} groups of offsets")
    wanted = (x.shape[0], groups * size * width, *windows.counts)
    if array.shape != wanted:
        raise call.malformed(f"input {index} has shape {array.shape}, {wanted} is wanted")
    return array.reshape(x.shape[0], groups, size, width, math.prod(windows.counts))


def _sampled(x: Array, offsets: Array, masks: Array | None, windows: Windows) -> Array:
    """The entries of the windows, of shape (channels, entries of a window, windows)."""
    groups, size, _, count = offsets.shape
    channels = x.shape[0] // groups
    along = [windows.coordinates(axis) for axis in range(len(windows.kernel))]
    result = np.empty((x.shape[0], size, count), dtype=object)
    entries, places = list(np.ndindex(*windows.kernel)), list(np.ndindex(*windows.counts))
    for g, (k, entry), (w, place) in itertools.product(range(groups), enumerate(entries), enumerate(places)):
        regular = [int(a[p, e]) for a, p, e in zip(along, place, entry, strict=True)]
        position = [r + offset for r, offset in zip(regular, offsets[g, k, :, w], strict=True)]
        value = _interpolated(x[g * channels : (g + 1) * channels], position)
        result[g * channels : (g + 1) * channels, k, w] = value if masks is None else value * masks[g, k, 0, w]
    return result


def _interpolated(x: Array, position: list[mpq]) -> Array:
    """The channels' values at a position."""
    total: Array = np.full(x.shape[0], mpq(0), dtype=object)
    lows = [floor(p) for p in position]
    for corner in itertools.product((0, 1), repeat=len(position)):
        place = [low + c for low, c in zip(lows, corner, strict=True)]
        weight = math.prod((1 - abs(p - q) for p, q in zip(position, place, strict=True)), start=mpq(1))
        if weight and all(0 <= q < n for q, n in zip(place, x.shape[1:], strict=True)):
            index: Any = (slice(None), *place)
            total = total + weight * x[index]
    return total
