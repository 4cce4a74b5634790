"""Reductions along axes, cumulative sums, and what chooses along an axis."""

import math
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from gmpy2 import mpq
from onnx import TensorProto

from onnx_import.evaluator.definitions.numbers import entries, is_float, numeric
from onnx_import.evaluator.definitions.registry import defines
from onnx_import.evaluator.nodes import Call
from onnx_import.evaluator.values import FLOATS, Array, Tensor, integers, map_entries, objects, reals, truths

Reduction = Callable[[Call, list[Any]], Any]


def _axes(call: Call, rank: int) -> tuple[int, ...]:
    """The axes to reduce: an attribute in older opsets, an input in newer ones."""
    if "axes" in call.schema.attributes:
        axes = call.integer_row("axes", range(rank))
        if call.given("axes") and not axes:
            raise call.unsupported("an empty list of axes")
        return call.axes(axes, rank)
    axes = call.integer_list(1) if call.has(1) else []
    unchanged = call.flag("noop_with_empty_axes")
    return call.axes(axes, rank) if axes or unchanged else tuple(range(rank))


def _grouped(array: Array, axes: tuple[int, ...]) -> tuple[Array, tuple[int, ...]]:
    """One row for each entry of the result, and the result's shape with the reduced axes of length 1."""
    kept = [axis for axis in range(array.ndim) if axis not in axes]
    moved = array.transpose([*kept, *axes])
    rows, columns = math.prod(array.shape[a] for a in kept), math.prod(array.shape[a] for a in axes)
    return moved.reshape(rows, columns), tuple(1 if a in axes else n for a, n in enumerate(array.shape))


def _reduced(call: Call, array: Array, reduction: Reduction) -> Array:
    axes = _axes(call, array.ndim)
    rows, shape = _grouped(array, axes)
    result = objects((reduction(call, row) for row in rows.tolist()), shape)
    return result if call.flag("keepdims") else result.reshape([n for a, n in enumerate(shape) if a not in axes])


def _sum(_: Call, row: list[Any]) -> Any:
    return sum(row)


def _product(_: Call, row: list[Any]) -> Any:
    return math.prod(row)


def _mean(call: Call, row: list[Any]) -> Any:
    if not row:
        raise call.unsupported("the mean of no numbers")
    quotient = mpq(sum(row)) / len(row)
    if is_float(call):
        return quotient
    if quotient.denominator != 1:
        raise call.unsupported("a mean of integers that is none")
    return int(quotient)


def _largest(call: Call, row: list[Any]) -> Any:
    if not row:
        raise call.unsupported("the maximum of no numbers")
    return max(row)


def _smallest(call: Call, row: list[Any]) -> Any:
    if not row:
        raise call.unsupported("the minimum of no numbers")
    return min(row)


def _absolute_sum(_: Call, row: list[Any]) -> Any:
    return sum(map(abs, row))


def _square_sum(_: Call, row: list[Any]) -> Any:
    return sum(v * v for v in row)


def _of_floats(call: Call) -> None:
    if not is_float(call):
        raise call.unsupported("an irrational function of integers")


def _norm(call: Call, row: list[Any]) -> Any:
    _of_floats(call)
    return call.settings.irrational.root(mpq(_square_sum(call, row)))


def _log_sum(call: Call, row: list[Any]) -> Any:
    _of_floats(call)
    return call.settings.irrational.logarithm(mpq(sum(row)))


def _log_sum_exp(call: Call, row: list[Any]) -> Any:
    _of_floats(call)
    return call.settings.irrational.log_sum_exp(row)


def _reduce(reduction: Reduction) -> Callable[[Call], Tensor]:
    def definition(call: Call) -> Tensor:
        if call.tensor(0).kind == TensorProto.BOOL:
            return truths(_reduced(call, call.truths(0), reduction))
        return numeric(call.tensor(0).kind, _reduced(call, entries(call, 0), reduction))

    return definition


_REDUCTIONS: Final[tuple[tuple[str, tuple[int, ...], Reduction], ...]] = (
    ("ReduceSum", (1, 11, 13), _sum),
    ("ReduceProd", (1, 11, 13, 18), _product),
    ("ReduceMean", (1, 11, 13, 18), _mean),
    ("ReduceMax", (1, 11, 12, 13, 18, 20), _largest),
    ("ReduceMin", (1, 11, 12, 13, 18, 20), _smallest),
    ("ReduceL1", (1, 11, 13, 18), _absolute_sum),
    ("ReduceL2", (1, 11, 13, 18), _norm),
    ("ReduceSumSquare", (1, 11, 13, 18), _square_sum),
    ("ReduceLogSum", (1, 11, 13, 18, 28), _log_sum),
    ("ReduceLogSumExp", (1, 11, 13, 18, 28), _log_sum_exp),
)
for _name, _versions, _reduction in _REDUCTIONS:
    defines(_name, *_versions)(_reduce(_reduction))


def _cumulative(start: int, step: Callable[[Any, Any], Any]) -> Callable[[Call], Tensor]:
    def definition(call: Call) -> Tensor:
        array = entries(call, 0)
        axis = call.axis(int(call.single(1)), array.ndim)
        exclusive, backward = call.flag("exclusive"), call.flag("reverse")
        slices = list(np.moveaxis(array, axis, 0))
        running: Any = np.full(array.shape[:axis] + array.shape[axis + 1 :], start, dtype=object)
        results = []
        for piece in reversed(slices) if backward else slices:
            following = step(running, piece)
            results.append(running if exclusive else following)
            running = following
        if backward:
            results.reverse()
        return numeric(call.tensor(0).kind, np.stack(results, axis=axis) if results else array)

    return definition


defines("CumSum", 11, 14)(_cumulative(0, lambda running, piece: np.asarray(running + piece, dtype=object)))
defines("CumProd", 26)(_cumulative(1, lambda running, piece: np.asarray(running * piece, dtype=object)))


def _extremal_index(call: Call, sign: int) -> Tensor:
    array = sign * entries(call, 0)
    axis = call.axis(call.integer("axis"), array.ndim)
    last = "select_last_index" in call.schema.attributes and call.flag("select_last_index")
    rows, shape = _grouped(array, (axis,))
    if not rows.shape[1]:
        raise call.unsupported("the extremum of no numbers")
    result = objects((extremal_position(row, last=last) for row in rows.tolist()), shape)
    return integers(result if call.flag("keepdims") else result.squeeze(axis))


def extremal_position(row: list[Any], *, last: bool) -> int:
    """Where the largest entry stands, first or last."""
    largest = max(row)
    return len(row) - 1 - row[::-1].index(largest) if last else row.index(largest)


@defines("ArgMax", 1, 11, 12, 13)
def argmax(call: Call) -> Tensor:
    """Where the largest entry along an axis stands, first or last."""
    return _extremal_index(call, 1)


@defines("ArgMin", 1, 11, 12, 13)
def argmin(call: Call) -> Tensor:
    """Where the smallest entry along an axis stands, first or last."""
    return _extremal_index(call, -1)


@defines("Hardmax", 1, 11, 13)
def hardmax(call: Call) -> Tensor:
    """1 at the first of the largest entries along an axis (or of a row of the matrix it is coerced to), 0 elsewhere."""
    array, axis = call.reals(0), call.integer("axis")
    if call.version >= 11:
        axis = call.axis(axis, array.ndim)
    elif not 0 <= axis <= array.ndim:
        raise call.malformed(f"axis {axis} of a tensor of rank {array.ndim}, of which no matrix is made")
    axes = (axis,) if call.version >= 13 else tuple(range(axis, array.ndim))
    rows, _ = _grouped(array, axes)
    chosen = [extremal_position(row, last=False) for row in rows.tolist()] if rows.size else []
    marked = objects((mpq(int(j == chosen[i])) for i, j in np.ndindex(*rows.shape)), rows.shape)
    kept = [a for a in range(array.ndim) if a not in axes]
    restored = marked.reshape([array.shape[a] for a in (*kept, *axes)])
    return reals(restored.transpose(np.argsort([*kept, *axes])), call.tensor(0).kind)


@defines("TopK", 1, 10, 11, 24)
def top_k(call: Call) -> tuple[Tensor, Tensor]:
    """The k largest (or smallest) entries along an axis, and where they stand; the first of those that are as large."""
    array = entries(call, 0)
    axis = call.axis(call.integer("axis"), array.ndim)
    k = int(call.single(1)) if call.version >= 10 else call.integer("k")
    largest, is_sorted = True, True
    if "largest" in call.schema.attributes:
        largest, is_sorted = call.flag("largest"), call.flag("sorted")
    if not is_sorted:
        raise call.unsupported("sorted=0, which leaves the order open")
    if not 0 <= k <= array.shape[axis]:
        raise call.malformed(f"k={k} along an axis of length {array.shape[axis]}")
    rows, _ = _grouped(array, (axis,))
    order = [_order(row, largest=largest)[:k] for row in rows.tolist()]
    chosen = np.array(order, dtype=np.int64).reshape(len(order), k)
    picked = np.take_along_axis(rows, chosen, axis=1)
    shape = [*np.delete(array.shape, axis), k]
    values, places = (np.moveaxis(a.reshape(shape), -1, axis) for a in (picked, chosen))
    return numeric(call.tensor(0).kind, values), integers(places)


def _order(row: list[Any], *, largest: bool) -> list[int]:
    """The positions in descending (ascending) order of the entries, the first of equal ones first."""
    return sorted(range(len(row)), key=lambda i: (-row[i] if largest else row[i], i))


@defines("Unique", 11, 28)
def unique(call: Call) -> tuple[Tensor, ...]:
    """The different entries, or slices along an axis, with their places and numbers."""
    tensor = call.tensor(0)
    array = entries(call, 0) if tensor.kind != TensorProto.STRING else tensor.array
    by_axis = call.given("axis")
    axis = call.axis(call.integer("axis"), array.ndim) if by_axis else 0
    slices = np.moveaxis(array, axis, 0) if by_axis else array.reshape(-1)
    keys = [tuple(np.asarray(piece, dtype=object).reshape(-1)) for piece in slices]
    first = {key: i for i, key in reversed(list(enumerate(keys)))}
    different = sorted(first) if call.flag("sorted") else sorted(first, key=lambda key: first[key])
    places = [first[key] for key in different]
    position = {key: i for i, key in enumerate(different)}
    picked = slices[places] if places else slices[:0]
    return (
        tensor.rearranged(np.moveaxis(picked, 0, axis) if by_axis else picked),
        integers(np.array(places, dtype=np.int64)),
        integers(np.array([position[key] for key in keys], dtype=np.int64)),
        integers(np.array([keys.count(key) for key in different], dtype=np.int64)),
    )


@defines("NonZero", 9, 13)
def non_zero(call: Call) -> Tensor:
    """The indices of the entries that are not zero, a column for each."""
    tensor = call.tensor(0)
    array = tensor.array if tensor.kind == TensorProto.BOOL else entries(call, 0)
    if array.ndim == 0:
        raise call.unsupported("an input without axes")
    flags = map_entries(bool, array).astype(bool) if tensor.kind in FLOATS else array.astype(bool)
    return integers(np.array(np.nonzero(flags), dtype=np.int64))
