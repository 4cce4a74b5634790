"""Pools: averages, maxima and sums of absolute values over windows, or over whole channels."""

from collections.abc import Iterator, Sequence
from math import prod

import numpy as np

from exactgeo.arithmetic.integers import IntegerArray
from exactgeo.networks.forms import Index, SparseForms
from onnx_import.lowering.nodes import Node
from onnx_import.lowering.registry import operator
from onnx_import.lowering.selections import largest_in_groups, places_of_largest
from onnx_import.lowering.tensors import Real, Value, as_tensor, linear_image, linear_images
from onnx_import.lowering.windows import Mask, Windows, kernel_shape, windows
from onnx_import.operators.activations import absolute_values

_SINCE = {"AveragePool": (19, 10), "LpPool": (18, 18), "MaxPool": (10, 10)}
"""The opsets that brought dilations and ceil_mode."""


@operator("AveragePool")
def average_pool(node: Node) -> Sequence[Value]:
    """The sum over each window, divided by its entries (with count_include_pad: and by its padding)."""
    data, moved = node.real(0), _windows(node)
    _, inside, padded = moved.table()
    if node.opset < 7 and padded.any():  # noqa: PLR2004 (the opset that says which)
        node.refuse("averages over padding, which opset 6 does not say how to count")
    counted = inside | padded if node.flag("count_include_pad", 0, since=7) else inside
    divisors = counted.sum(axis=1)
    if not divisors.all():
        node.refuse("has a window that holds nothing but padding, whose average is 0 / 0")
    return [_sums(node, data, moved, inside, divisors)]


@operator("GlobalAveragePool")
def global_average_pool(node: Node) -> Sequence[Value]:
    """The mean over each channel."""
    data = node.real(0)
    size = _channel_size(node, data)
    return [_channel_sums(data, size, size)]


@operator("LpPool", "GlobalLpPool")
def lp_pool(node: Node) -> Sequence[Value]:
    """The L1 norm of each window (or channel); other norms are not piecewise affine."""
    data = node.real(0)
    if node.integer("p", 2) != 1:
        node.not_piecewise_affine("takes a norm other than L1")
    size = _channel_size(node, data)
    if node.operator == "GlobalLpPool":
        return [_channel_sums(absolute_values(node, data), size, 1)]
    moved = _windows(node)
    inside = moved.table()[1]
    return [_sums(node, absolute_values(node, data), moved, inside, np.ones(len(inside), dtype=np.int64))]


@operator("MaxPool")
def max_pool(node: Node) -> Sequence[Value]:
    """The maximum over each window, one unit a window, its pieces the entries in row-major order; and where it is."""
    data, moved = as_tensor(node.real(0)), _windows(node)
    places, inside, _ = moved.table()
    if not inside.any(axis=1).all():
        node.refuse("has a window that holds nothing but padding, whose maximum is minus infinity")
    channels, shape = prod(data.shape[:2]), (*data.shape[:2], *moved.shape)
    owners, cells = np.nonzero(inside)
    node.demand_size([channels, len(owners)])
    steps = np.arange(channels)[:, None] * moved.size
    entries = (steps + places[owners, cells]).ravel()
    counts = np.tile(inside.sum(axis=1), channels)
    column_major = node.flag("storage_order", 0, since=8)
    if len(node.record.outputs) < 2 or not node.record.outputs[1]:  # noqa: PLR2004 (the optional indices)
        return [largest_in_groups(node, data, entries, counts, shape)]
    indices = _index_table(data.shape, moved, column_major=bool(column_major)).ravel()[entries]
    largest = largest_in_groups(node, data, entries, counts, shape)
    return [largest, places_of_largest(node, data, entries, counts, indices, shape)]


@operator("GlobalMaxPool")
def global_max_pool(node: Node) -> Sequence[Value]:
    """The maximum over each channel."""
    data = node.real(0)
    size = _channel_size(node, data)
    channels, count = data.shape[:2], prod(data.shape[:2])
    shape = (*channels, *[1] * (len(data.shape) - 2))
    return [largest_in_groups(node, data, np.arange(count * size), np.full(count, size), shape)]


def _windows(node: Node) -> Windows:
    shape = node.value(0).shape
    if len(shape) < 3 or 0 in shape:  # noqa: PLR2004 (batch, channels, and what the windows slide over)
        node.malformed(f"pools an array of shape {shape}")
    dilations, ceil = _SINCE[node.operator]
    kernel = kernel_shape(node, len(shape) - 2)
    return windows(node, shape[2:], kernel, pool=True, dilations_since=dilations, ceil_since=ceil)


def _channel_size(node: Node, data: Real) -> int:
    if len(data.shape) < 3 or 0 in data.shape:  # noqa: PLR2004 (batch, channels, and what is pooled)
        node.malformed(f"pools an array of shape {data.shape}")
    return prod(data.shape[2:])


def _sums(node: Node, data: Real, moved: Windows, inside: Mask, divisors: IntegerArray) -> Real:
    """Return the sum over each window, over its divisor."""
    places, (owners, cells) = moved.table()[0], np.nonzero(inside)
    channels = prod(data.shape[:2])
    node.demand_size([channels, len(owners)])

    def matrices() -> Iterator[SparseForms]:
        for channel in range(channels):
            entries = channel * moved.size + places[owners, cells]
            yield SparseForms.from_triplets(owners, entries, np.ones(len(owners), dtype=np.int64), divisors)

    return linear_images(data, matrices(), (*data.shape[:2], *moved.shape))


def _channel_sums(data: Real, size: int, divisor: int) -> Real:
    count = prod(data.shape[:2])
    rows, ones = np.repeat(np.arange(count), size), np.ones(count * size, dtype=np.int64)
    matrix = SparseForms.from_triplets(rows, np.arange(count * size), ones, np.full(count, divisor))
    return linear_image(data, matrix, (*data.shape[:2], *[1] * (len(data.shape) - 2)))


def _index_table(shape: tuple[int, ...], moved: Windows, *, column_major: bool) -> Index:
    """Return, for each entry, its index as MaxPool counts: in the whole array, each channel's axes in that order."""
    sizes = tuple(axis.size for axis in moved.axes)
    inner = np.arange(moved.size).reshape(sizes, order="F" if column_major else "C")
    return np.asarray(np.arange(prod(shape[:2]))[:, None] * moved.size + inner.ravel())
