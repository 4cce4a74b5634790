"""Entries picked by indices, and entries put where indices tell."""

import itertools
from collections.abc import Callable, Iterable
from typing import Any, Final

import numpy as np

from onnx_import.evaluator.definitions.numbers import entries
from onnx_import.evaluator.definitions.registry import defines
from onnx_import.evaluator.nodes import Call
from onnx_import.evaluator.values import FLOATS, Array, Tensor, integers, reals

_NEGATIVE_SINCE: Final = 11


def _within(call: Call, indices: Array, length: int) -> Array:
    """Indices counted from the front."""
    if indices.size and not -length <= int(indices.min()) <= int(indices.max()) < length:
        raise call.malformed(f"an index that is not in an axis of length {length}")
    if call.version < _NEGATIVE_SINCE and (indices < 0).any():
        raise call.unsupported("negative indices, which this opset does not know")
    return np.where(indices < 0, indices.astype(np.int64) + length, indices).astype(np.int64)


@defines("Gather", 1, 11, 13)
def gather(call: Call) -> Tensor:
    """Slices along an axis, by index."""
    tensor = call.tensor(0)
    axis = call.axis(call.integer("axis"), tensor.array.ndim)
    indices = _within(call, call.integers(1), tensor.shape[axis])
    return tensor.rearranged(np.take(tensor.array, indices, axis=axis))


@defines("GatherElements", 11, 13)
def gather_elements(call: Call) -> Tensor:
    """Entries whose place along an axis an index gives, and else is that of the index itself."""
    tensor = call.tensor(0)
    axis = call.axis(call.integer("axis"), tensor.array.ndim)
    return tensor.rearranged(tensor.array[_element_places(call, tensor, call.integers(1), axis)])


def _element_places(call: Call, tensor: Tensor, indices: Array, axis: int) -> tuple[Array, ...]:
    if indices.ndim != tensor.array.ndim or any(
        a != axis and n > m for a, (n, m) in enumerate(zip(indices.shape, tensor.shape, strict=True))
    ):
        raise call.malformed(f"indices of shape {indices.shape} for data of shape {tensor.shape}")
    places: list[Array] = [np.asarray(along) for along in np.indices(indices.shape)]
    places[axis] = _within(call, indices, tensor.shape[axis])
    return tuple(places)


def _tuple_places(call: Call, shape: tuple[int, ...], indices: Array) -> tuple[Array, ...]:
    """The places that tuples of indices along the last axis give, one array for each position in the tuple."""
    width = indices.shape[-1]
    if not 1 <= width <= len(shape):
        raise call.malformed(f"tuples of {width} indices into shape {shape}")
    for position in range(width):
        column = indices[..., position]
        if column.size and not -shape[position] <= int(column.min()) <= int(column.max()) < shape[position]:
            raise call.malformed(f"an index that is not in an axis of length {shape[position]}")
    return tuple(np.where(indices[..., p] < 0, indices[..., p] + shape[p], indices[..., p]) for p in range(width))


@defines("GatherND", 11, 12, 13)
def gather_nd(call: Call) -> Tensor:
    """Slices by tuples of indices, for each entry of the batch axes."""
    tensor, indices = call.tensor(0), call.integers(1)
    batch = call.integer("batch_dims") if "batch_dims" in call.schema.attributes else 0
    if indices.ndim < 1 or not 0 <= batch < min(tensor.array.ndim, indices.ndim):
        raise call.malformed(f"batch_dims={batch} for shapes {tensor.shape} and {indices.shape}")
    if indices.shape[:batch] != tensor.shape[:batch]:
        raise call.malformed(f"shapes {tensor.shape} and {indices.shape} differ in the first {batch} axes")
    rest = tensor.shape[batch:]
    places = _tuple_places(call, rest, indices)
    leading = np.indices(indices.shape[:-1], sparse=True)[:batch]
    return tensor.rearranged(tensor.array[(*leading, *places)])


_COMBINE: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "add": lambda old, new: old + new,
    "mul": lambda old, new: old * new,
    "max": max,
    "min": min,
}


def _scattered(call: Call, places: Iterable[tuple[Any, ...]], updates: Iterable[Any], reduction: str) -> Tensor:
    """The data with entries replaced, or combined with others."""
    tensor = call.tensor(0)
    if reduction == "none":
        result = tensor.array.copy()
        seen: set[tuple[Any, ...]] = set()
        for place, update in zip(places, updates, strict=True):
            if place in seen:
                raise call.unsupported(f"two updates of the entry {place}; their order is not defined")
            seen.add(place)
            result[place] = update
        return tensor.rearranged(result)
    combined = entries(call, 0).copy()
    for place, update in zip(places, updates, strict=True):
        combined[place] = _COMBINE[reduction](combined[place], update)
    return reals(combined, tensor.kind) if tensor.kind in FLOATS else integers(combined, tensor.kind)


def _reduction(call: Call) -> str:
    if "reduction" not in call.schema.attributes:
        return "none"
    known = ("none", "add", "mul") if call.version < 18 else ("none", *_COMBINE)
    return call.text("reduction", *known)


def _updates(call: Call, reduction: str) -> Array:
    return call.tensor(2).array if reduction == "none" else entries(call, 2)


@defines("Scatter", 9)
@defines("ScatterElements", 11, 13, 16, 18)
def scatter_elements(call: Call) -> Tensor:
    """The data, with entries replaced whose places along an axis indices give."""
    tensor, indices = call.tensor(0), call.integers(1)
    axis = call.axis(call.integer("axis"), tensor.array.ndim)
    reduction = _reduction(call)
    updates = _updates(call, reduction)
    if updates.shape != indices.shape:
        raise call.malformed(f"indices of shape {indices.shape} for updates of shape {updates.shape}")
    places = _element_places(call, tensor, indices, axis)
    return _scattered(call, zip(*(p.reshape(-1).tolist() for p in places), strict=True), updates.reshape(-1), reduction)


@defines("ScatterND", 11, 13, 16, 18)
def scatter_nd(call: Call) -> Tensor:
    """The data, with entries or slices replaced by tuples of indices."""
    tensor, indices = call.tensor(0), call.integers(1)
    reduction = _reduction(call)
    updates = _updates(call, reduction)
    if indices.ndim < 1 or updates.shape != (*indices.shape[:-1], *tensor.shape[indices.shape[-1] :]):
        raise call.malformed(f"updates of shape {updates.shape} by indices of shape {indices.shape}")
    places = _tuple_places(call, tensor.shape, indices)
    inner = list(np.ndindex(*tensor.shape[indices.shape[-1] :]))
    tuples = zip(*(p.reshape(-1).tolist() for p in places), strict=True)
    every = ((*outer, *rest) for outer, rest in itertools.product(tuples, inner))
    return _scattered(call, every, updates.reshape(-1), reduction)


@defines("Compress", 9, 11, 28)
def compress(call: Call) -> Tensor:
    """The slices along an axis, or the entries, for which a condition holds."""
    tensor, condition = call.tensor(0), call.truths(1)
    if condition.ndim != 1:
        raise call.malformed(f"a condition of shape {condition.shape}")
    axis = call.axis(call.integer("axis"), tensor.array.ndim) if call.given("axis") else None
    array = tensor.array.reshape(-1) if axis is None else tensor.array
    if condition.size > array.shape[axis or 0]:
        raise call.malformed(f"a condition of length {condition.size} for shape {tensor.shape}")
    return tensor.rearranged(np.take(array, np.flatnonzero(condition), axis=axis or 0))
