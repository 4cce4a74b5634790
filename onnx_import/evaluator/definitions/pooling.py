"""Pools: means, maxima and norms over windows."""

import math
from typing import Any

import numpy as np
from gmpy2 import mpq
from onnx import TensorProto

from onnx_import.evaluator.definitions.numbers import entries, numeric
from onnx_import.evaluator.definitions.registry import defines
from onnx_import.evaluator.nodes import Call
from onnx_import.evaluator.values import Array, Tensor, integers, map_entries, objects, reals
from onnx_import.evaluator.windows import Windows, read_windows


def _windows(call: Call, array: Array) -> Windows:
    if array.ndim < 3:
        raise call.malformed(f"an input of shape {array.shape} has no spatial axes")
    return read_windows(call, array.shape[2:], tuple(call.integer_row("kernel_shape")), pool=True)


def _planes(array: Array) -> Array:
    """One row for each channel of each input of the batch."""
    return array.reshape(array.shape[0] * array.shape[1], math.prod(array.shape[2:]))


def _window_sums(planes: Array, indices: Array) -> Array:
    """The sum over each window, the padding as 0."""
    padded = np.full((planes.shape[0], planes.shape[1] + 1), mpq(0), dtype=object)
    padded[:, :-1] = planes
    total = padded[:, indices[:, 0]]
    for k in range(1, indices.shape[1]):
        total = total + padded[:, indices[:, k]]
    return total


@defines("AveragePool", 1, 7, 10, 11, 19, 22)
def average_pool(call: Call) -> Tensor:
    """The sum over each window, divided by the number of its entries, with or without the padding."""
    x = call.reals(0)
    windows = _windows(call, x)
    indices = windows.flat_indices()
    whole = "count_include_pad" in call.schema.attributes and call.flag("count_include_pad")
    counts = windows.padded_counts() if whole else (indices >= 0).sum(axis=1)
    if (counts == 0).any():
        raise call.unsupported("a window that lies in the padding alone has no mean")
    means = _window_sums(_planes(x), indices) / objects((mpq(int(c)) for c in counts), counts.shape)
    return reals(means.reshape(*x.shape[:2], *windows.counts), call.tensor(0).kind)


@defines("MaxPool", 1, 8, 10, 11, 12, 22)
def max_pool(call: Call) -> tuple[Tensor, ...]:
    """The largest entry of each window, and the index of the first such entry."""
    x = entries(call, 0)
    windows = _windows(call, x)
    indices = windows.flat_indices()
    if not (indices >= 0).any(axis=1).all():
        raise call.unsupported("a window that lies in the padding alone has no maximum")
    values, chosen = _largest(_planes(x), indices)
    shape = (*x.shape[:2], *windows.counts)
    pooled = numeric(call.tensor(0).kind, values.reshape(shape))
    column_major = "storage_order" in call.schema.attributes and call.flag("storage_order")
    if not call.wants(1):
        return (pooled,)
    if column_major:
        if x.shape[0] * x.shape[1] != 1:
            raise call.unsupported("indices in column-major order of more than one channel")
        chosen = np.ravel_multi_index(np.unravel_index(chosen, windows.lengths), windows.lengths, order="F")
    offsets = np.arange(x.shape[0] * x.shape[1])[:, None] * math.prod(windows.lengths)
    return pooled, integers((chosen + offsets).reshape(shape), TensorProto.INT64)


def _largest(planes: Array, indices: Array) -> tuple[Array, Array]:
    """The largest entry of each window and its flat index; the first of those that are as large."""
    first = np.argmax(indices >= 0, axis=1)
    start = indices[np.arange(len(indices)), first]
    chosen = np.broadcast_to(start, (planes.shape[0], len(start))).copy()
    values = planes[:, start]
    for k in range(indices.shape[1]):
        valid = np.flatnonzero(indices[:, k] >= 0)
        candidates = planes[:, indices[valid, k]]
        better = candidates > values[:, valid]
        values[:, valid] = np.where(better, candidates, values[:, valid])
        chosen[:, valid] = np.where(better, indices[valid, k], chosen[:, valid])
    return values, chosen


@defines("LpPool", 2, 11, 18, 22)
def lp_pool(call: Call) -> Tensor:
    """The p-norm of each window, a value that may be irrational for p > 1."""
    x = call.reals(0)
    windows = _windows(call, x)
    norms = _norms(call, lambda powers: _window_sums(_planes(powers), windows.flat_indices()), x)
    return reals(norms.reshape(*x.shape[:2], *windows.counts), call.tensor(0).kind)


def _norms(call: Call, summed: Any, x: Array) -> Array:
    p = call.integer("p")
    if p < 1:
        raise call.malformed(f"p={p}")
    sums: Array = summed(abs(x) ** p)
    return sums if p == 1 else map_entries(lambda total: call.settings.irrational.root(total, p), sums)


def _spatial(call: Call, array: Array) -> tuple[int, ...]:
    if array.ndim < 2 or not math.prod(array.shape[2:]):
        raise call.malformed(f"an input of shape {array.shape} has no spatial entries")
    return tuple(range(2, array.ndim))


@defines("GlobalAveragePool", 1, 22)
def global_average_pool(call: Call) -> Tensor:
    """The mean of each channel."""
    x = call.reals(0)
    axes = _spatial(call, x)
    total = np.asarray(x.sum(axis=axes, keepdims=True)) / mpq(math.prod(x.shape[2:]))
    return reals(total, call.tensor(0).kind)


@defines("GlobalMaxPool", 1, 22)
def global_max_pool(call: Call) -> Tensor:
    """The maximum of each channel."""
    x = call.reals(0)
    return reals(x.max(axis=_spatial(call, x), keepdims=True), call.tensor(0).kind)


@defines("GlobalLpPool", 2, 22)
def global_lp_pool(call: Call) -> Tensor:
    """The p-norm of each channel."""
    x = call.reals(0)
    axes = _spatial(call, x)
    return reals(_norms(call, lambda powers: powers.sum(axis=axes, keepdims=True), x), call.tensor(0).kind)


@defines("MaxUnpool", 9, 11, 22)
def max_unpool(call: Call) -> Tensor:
    """Entries put back to where a MaxPool found them, zeros elsewhere."""
    x, indices = call.reals(0), call.integers(1)
    rank = x.ndim - 2
    kernel = call.integer_row("kernel_shape")
    strides = call.integer_row("strides", [1] * rank)
    pads = call.integer_row("pads", [0] * (2 * rank))
    if x.shape != indices.shape or len(kernel) != rank or len(strides) != rank or len(pads) != 2 * rank:
        raise call.malformed(f"indices of shape {indices.shape} for an input of shape {x.shape}")
    natural = [
        (n - 1) * s + k - pads[i] - pads[rank + i]
        for i, (n, s, k) in enumerate(zip(x.shape[2:], strides, kernel, strict=True))
    ]
    # The indices are those of the tensor that was pooled; a larger output is another tensor around it.
    shape = (*x.shape[:2], *natural)
    output = tuple(call.integer_list(2)) if call.has(2) else shape
    if len(output) != x.ndim or output[:2] != x.shape[:2] or any(o < n for o, n in zip(output, shape, strict=True)):
        raise call.malformed(f"an output of shape {output} for one of shape {shape} at least")
    if output != shape:
        raise call.unsupported(f"output_shape={output} is not the shape {shape} that the indices count in")
    result = np.full(math.prod(shape), mpq(0), dtype=object)
    flat = indices.reshape(-1)
    if flat.size and not 0 <= flat.min() <= flat.max() < result.size:
        raise call.malformed(f"an index that is not in an output of shape {shape}")
    if len(set(flat.tolist())) != flat.size:
        raise call.unsupported("two entries with the same index")
    result[flat] = x.reshape(-1)
    return reals(result.reshape(shape), call.tensor(0).kind)
