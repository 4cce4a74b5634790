"""Entries looked up, or put down, at places known at import."""

from collections.abc import Sequence
from math import prod

import numpy as np

from exactgeo.arithmetic.arrays import ExactArray
from exactgeo.arithmetic.integers import largest
from exactgeo.arithmetic.rationals import Rational
from onnx_import.files.stored import Stored
from onnx_import.lowering.nodes import Node
from onnx_import.lowering.registry import operator
from onnx_import.lowering.selections import largest_in_groups
from onnx_import.lowering.tensors import Real, Value, add, called_like, negate, pick, positions_of, rearrange
from onnx_import.operators.elementwise import multiply


@operator("Gather")
def gather(node: Node) -> Sequence[Value]:
    """The entries at constant indices along an axis."""
    value, axis = node.value(0), node.integer("axis", 0)
    indices = node.stored(1, "its indices")
    if not np.issubdtype(indices.dtype, np.integer):
        node.malformed(f"has indices of type {indices.dtype}")
    if not -len(value.shape) <= axis < len(value.shape):
        node.malformed(f"gathers from an array of shape {value.shape} along axis {axis}")
    length = value.shape[axis]
    if indices.size and not -length <= indices.min() <= indices.max() < length:
        node.malformed(f"gathers an entry outside the {length} along axis {axis}")
    try:
        return [rearrange(value, lambda array: np.take(array, indices, axis=axis))]
    except ValueError:
        node.malformed(f"gathers into more dimensions than {len(value.shape) + len(indices.shape) - 1}")


@operator("GatherElements")
def gather_elements(node: Node) -> Sequence[Value]:
    """For each index, the entry at its place but for the index along the axis."""
    value, indices = node.value(0), _indices(node, 1)
    axis = node.axis("axis", 0, len(value.shape))
    places = _element_places(node, value.shape, indices, axis)
    return [rearrange(value, lambda array: array.reshape(-1)[places])]


@operator("GatherND")
def gather_nd(node: Node) -> Sequence[Value]:
    """The entries or slices at index tuples, the last axis of the indices; `batch_dims` leading axes go in step."""
    value, indices = node.value(0), _indices(node, 1)
    batch = node.integer("batch_dims", 0, since=12)
    shape, width = value.shape, indices.shape[-1] if indices.shape else 0
    if not indices.shape or not 0 <= batch < min(len(shape), indices.ndim) or batch + width > len(shape):
        node.malformed(f"looks up indices of shape {indices.shape} in an array of shape {shape} ({batch} batch axes)")
    if indices.shape[:batch] != shape[:batch]:
        node.malformed(f"has {batch} batch axes of different lengths: {indices.shape} and {shape}")
    groups, rest = prod(shape[:batch]), shape[batch + width :]
    tuples = indices.reshape(groups, -1, width)
    first = _tuple_places(node, tuples, shape[batch : batch + width]) + np.arange(groups)[:, None] * prod(
        shape[batch : batch + width]
    )
    node.demand_size([first.size, prod(rest)])
    places = first[..., None] * prod(rest) + np.arange(prod(rest))
    result = places.reshape([*shape[:batch], *indices.shape[batch:-1], *rest])
    return [rearrange(value, lambda array: array.reshape(-1)[result])]


@operator("ScatterElements", "Scatter")
def scatter_elements(node: Node) -> Sequence[Value]:
    """The input with updates put down, each at its own place but for the index along the axis."""
    value, indices = node.value(0), _indices(node, 1)
    axis = node.axis("axis", 0, len(value.shape))
    if node.value(2).shape != indices.shape:
        node.malformed(f"puts updates of shape {node.value(2).shape} at indices of shape {indices.shape}")
    return [_scattered(node, _element_places(node, value.shape, indices, axis), since=16)]


@operator("ScatterND")
def scatter_nd(node: Node) -> Sequence[Value]:
    """The input with updates put down at index tuples, the last axis of the indices."""
    value, indices = node.value(0), _indices(node, 1)
    shape, width = value.shape, indices.shape[-1] if indices.shape else 0
    if not indices.shape or width > len(shape) or node.value(2).shape != (*indices.shape[:-1], *shape[width:]):
        node.malformed(
            f"puts updates of shape {node.value(2).shape} at indices of shape {indices.shape} "
            f"of an array of shape {shape}"
        )
    rest = prod(shape[width:])
    first = _tuple_places(node, indices.reshape(-1, width), shape[:width])
    return [_scattered(node, (first[:, None] * rest + np.arange(rest)).ravel(), since=16)]


@operator("TensorScatter")
def tensor_scatter(node: Node) -> Sequence[Value]:
    """A cache with an update written into it along an axis, for each batch element from its own place on."""
    cache, update = node.value(0), node.value(1)
    if len(cache.shape) < 2 or len(update.shape) != len(cache.shape):  # noqa: PLR2004 (a batch, and what is written)
        node.malformed(f"writes an update of shape {update.shape} into a cache of shape {cache.shape}")
    axis = node.axis("axis", -2, len(cache.shape))
    mode = node.stored_attribute("mode", str) or "linear"
    batch, length, count = cache.shape[0], cache.shape[axis], update.shape[axis]
    starts = node.integers(2, "its places") if node.has(2) else [0] * batch
    expected = (*cache.shape[:axis], count, *cache.shape[axis + 1 :])
    if axis == 0 or update.shape != expected or len(starts) != batch or mode not in ("linear", "circular"):
        node.malformed(f"writes an update of shape {update.shape} at {starts} ({mode}) into a cache of {cache.shape}")
    if count > length or (mode == "linear" and not all(0 <= start <= length - count for start in starts)):
        node.malformed(f"writes {count} entries at {starts} beyond the end of a cache of {length}")
    places = np.moveaxis(positions_of(cache.shape), axis, 1).copy()
    new = np.moveaxis(positions_of(update.shape), axis, 1) + prod(cache.shape)
    for row, start in enumerate(starts):
        places[row, (start + np.arange(count)) % length] = new[row]
    return [called_like(pick([node.real(0), node.real(1)], np.moveaxis(places, 1, axis)), [cache, update])]


@operator("Compress")
def compress(node: Node) -> Sequence[Value]:
    """The entries along an axis (without one: of the flattened array) where a constant condition holds."""
    value, condition = node.value(0), node.stored(1, "its condition")
    if condition.dtype != np.bool_ or condition.ndim != 1:
        node.malformed(f"chooses by an array of type {condition.dtype} and shape {condition.shape}")
    if "axis" in node.record.attributes:
        axis = node.axis("axis", 0, len(value.shape))
    else:
        value, axis = rearrange(value, lambda array: array.reshape(-1)), 0
    if len(condition) > value.shape[axis]:
        node.malformed(f"chooses by {len(condition)} conditions among {value.shape[axis]} entries")
    return [rearrange(value, lambda array: np.compress(condition, array, axis=axis))]


@operator("Trilu")
def triangle(node: Node) -> Sequence[Value]:
    """The upper or lower triangles of matrices, 0 elsewhere."""
    value = node.value(0)
    shift = node.whole(1, "its diagonal") if node.has(1) else 0
    upper = node.flag("upper", 1)
    if len(value.shape) < 2:  # noqa: PLR2004 (matrices)
        node.malformed(f"takes a triangle of an array of shape {value.shape}")
    shift = max(min(shift, value.shape[-1] + 1), -value.shape[-2] - 1)
    rows, columns = value.shape[-2:]
    mask = np.tri(rows, columns, k=shift - 1 if upper else shift, dtype=np.bool_) ^ bool(upper)
    if isinstance(value, np.ndarray):
        return [np.where(mask, value, np.zeros(1, dtype=value.dtype))]
    places = np.where(np.broadcast_to(mask, value.shape), positions_of(value.shape), prod(value.shape))
    return [called_like(pick([value, ExactArray(np.array(0), 1)], places), [value])]


@operator("ReverseSequence")
def reverse_sequence(node: Node) -> Sequence[Value]:
    """Each batch element with its first entries along the time axis reversed, as many as are said for it."""
    value, lengths = node.value(0), node.integers(1, "its lengths")
    time, batch = node.integer("time_axis", 0), node.integer("batch_axis", 1)
    if {time, batch} != {0, 1} or len(value.shape) < 2:  # noqa: PLR2004 (time and batch)
        node.malformed(f"has the time axis {time} and the batch axis {batch} for an array of shape {value.shape}")
    steps, count = value.shape[time], value.shape[batch]
    if len(lengths) != count or not all(0 <= length <= steps for length in lengths):
        node.malformed(f"reverses {lengths} entries of {steps} for {count} batch elements")
    order = np.tile(np.arange(steps), (count, 1))
    for row, length in enumerate(lengths):
        order[row, :length] = order[row, :length][::-1]
    index = (order.T, np.arange(count)) if time == 0 else (np.arange(count)[:, None], order)
    return [rearrange(value, lambda array: array[index])]


@operator("OneHot")
def one_hot(node: Node) -> Sequence[Value]:
    """The second of two values at each index along a new axis, the first elsewhere. Indices outside mark nothing."""
    indices = _integral(node, node.constant(0, "its indices"))
    depth, values = node.constant(1, "its depth"), node.value(2)
    rank = indices.ndim + 1
    axis = node.axis("axis", -1, rank)
    if depth.numerators.size != 1 or tuple(values.shape) != (2,):
        node.malformed(f"has a depth of shape {depth.shape} and values of shape {values.shape}")
    width = int(next(depth.flat()))
    if width < 1:
        node.malformed(f"has the depth {width}")
    node.demand_size([indices.size, width])
    if node.opset < 11 and np.any(indices < 0):  # noqa: PLR2004 (the opset that says)
        node.refuse("has negative indices, of which this opset does not say what they mark")
    wrapped = np.where(indices < 0, indices + width, indices)
    chosen = np.moveaxis(wrapped[..., None] == np.arange(width), -1, axis).astype(np.int64)
    return [rearrange(values, lambda array: array[chosen])]


def _integral(node: Node, numbers: ExactArray) -> Stored:
    """Return indices, which may be stored as floats, truncated as a cast does."""
    whole = node.mapped(numbers, lambda value: Rational(int(value)))
    if largest(whole.numerators) >= 2**62:
        node.refuse("has an index of more than 62 bits")
    return np.asarray(whole.numerators.astype(np.int64))


def _indices(node: Node, index: int) -> Stored:
    indices = node.stored(index, "its indices")
    if indices.dtype.kind not in "iu":
        node.malformed(f"has indices of type {indices.dtype}")
    return indices.astype(np.int64)


def _wrapped(node: Node, indices: Stored, length: int) -> Stored:
    """Return indices counted from the front. Raises MalformedModel for one outside."""
    if indices.size and not -length <= indices.min() <= indices.max() < length:
        node.malformed(f"looks up an entry outside the {length} along an axis")
    return np.where(indices < 0, indices + length, indices)


def _element_places(node: Node, shape: tuple[int, ...], indices: Stored, axis: int) -> Stored:
    """Return the places in row-major order that indices of the array's rank stand for."""
    if indices.ndim != len(shape) or any(
        count > size for k, (count, size) in enumerate(zip(indices.shape, shape, strict=True)) if k != axis
    ):
        node.malformed(f"has indices of shape {indices.shape} for an array of shape {shape}")
    grid: list[Stored] = list(np.indices(indices.shape, sparse=True))
    grid[axis] = _wrapped(node, indices, shape[axis])
    places = np.zeros(indices.shape, dtype=np.int64)
    for own, size in zip(grid, shape, strict=True):
        places = places * size + own
    return places


def _tuple_places(node: Node, tuples: Stored, sizes: tuple[int, ...]) -> Stored:
    """Return the places in row-major order of index tuples (…, axes)."""
    places = np.zeros(tuples.shape[:-1], dtype=np.int64)
    for k, size in enumerate(sizes):
        places = places * size + _wrapped(node, tuples[..., k], size)
    return places


def _scattered(node: Node, places: Stored, *, since: int) -> Value:
    """Return the first input with the third's entries put down at these places, or combined with what is there."""
    how = (node.stored_attribute("reduction", str) if node.opset >= since else None) or "none"
    value, updates, targets = node.value(0), node.value(2), places.ravel()
    if how not in ("none", "add", "mul", "max", "min"):
        node.malformed(f"has the reduction '{how}'")
    if how == "none" and len(np.unique(targets)) != len(targets):
        node.refuse("puts several updates at one place, in an order that the standard leaves open")
    if (
        isinstance(value, np.ndarray)
        and isinstance(updates, np.ndarray)
        and value.dtype == updates.dtype
        and how == "none"
    ):
        result = value.copy()
        result.reshape(-1)[targets] = updates.ravel()
        return result
    return called_like(_put(node, node.real(0), node.real(2), targets, how), [value, updates])


def _put(node: Node, data: Real, new: Real, targets: Stored, how: str) -> Real:
    """Return the data with new entries put down at these places, or combined with what is there."""
    size = prod(data.shape)
    if how == "none":
        order = positions_of(data.shape)
        order.reshape(-1)[targets] = size + np.arange(len(targets))
        return pick([data, new], order)
    if how in ("add", "mul"):
        return _combined(node, data, new, targets, how)
    sign = -1 if how == "min" else 1
    both = pick([data, new], np.arange(size + len(targets)))
    owners = np.concatenate([np.arange(size), targets])
    order = np.argsort(owners, kind="stable")
    counts = np.bincount(owners, minlength=size)
    largest = largest_in_groups(node, both if sign > 0 else negate(both), order, counts, data.shape)
    return largest if sign > 0 else negate(largest)


def _combined(node: Node, data: Real, updates: Real, targets: Stored, how: str) -> Real:
    """Return the data with updates added to it or multiplied, in rounds that meet each place at most once."""
    size = prod(data.shape)
    order = np.argsort(targets, kind="stable")
    first = np.concatenate([[0], np.cumsum(np.bincount(targets, minlength=size))])
    rounds = np.empty(len(targets), dtype=np.int64)
    rounds[order] = np.arange(len(targets)) - first[targets[order]]
    neutral = ExactArray(np.array(1 if how == "mul" else 0), 1)
    for number in range(int(rounds.max(initial=-1)) + 1):
        mine = np.flatnonzero(rounds == number)
        places = np.full(size, len(targets))
        places[targets[mine]] = mine
        operand = pick([updates, neutral], places.reshape(data.shape))
        data = multiply(node, data, operand) if how == "mul" else add(data, operand)
    return data
