"""Largest and smallest entries: of several arrays, along axes, and where they are."""

from collections.abc import Sequence
from functools import reduce
from math import prod

import numpy as np

from exactgeo.arithmetic.arrays import ExactArray
from exactgeo.networks.builders import constant_forms
from exactgeo.networks.forms import SparseForms
from onnx_import.lowering.nodes import Node
from onnx_import.lowering.registry import operator
from onnx_import.lowering.selections import largest_in_groups, places_of_largest, selected
from onnx_import.lowering.tensors import (
    Real,
    Tensor,
    Value,
    broadcast,
    broadcast_shape,
    called_like,
    is_stored_integer,
    negate,
)
from onnx_import.operators.reductions import Groups, groups_of

_MOST_COMPARISONS = 2**14


@operator("Max")
def maximum(node: Node) -> Sequence[Value]:
    """The entrywise maximum, broadcasting: one unit an entry, its selectors and values the operands in their order."""
    return [_largest(node, [node.real(index) for index in range(node.count())])]


@operator("Min")
def minimum(node: Node) -> Sequence[Value]:
    """The entrywise minimum: minus the maximum of the negatives."""
    return [negate(_largest(node, [negate(node.real(index)) for index in range(node.count())]))]


@operator("ReduceMax", "ReduceMin")
def extreme(node: Node) -> Sequence[Value]:
    """The largest entry along axes, one unit a result; the smallest is minus the largest negative."""
    value = node.value(0)
    truth = isinstance(value, np.ndarray) and value.dtype == np.bool_
    if truth or (isinstance(value, Tensor) and value.kind == "truth"):
        node.refuse("takes the extrema of truth values, which is not supported")
    data = node.real(0)
    groups = groups_of(node, data.shape, axes_since=18)
    if groups.size == 0:
        node.refuse("takes the extremum of no entries, which is infinite")
    if groups.are_single:
        return [data]
    counts = np.full(len(groups.places), groups.size)
    if node.operator == "ReduceMin":
        least = largest_in_groups(node, negate(data), groups.places.ravel(), counts, groups.shape)
        return [negate(least)]
    return [largest_in_groups(node, data, groups.places.ravel(), counts, groups.shape)]


@operator("ArgMax", "ArgMin")
def place_of_extreme(node: Node) -> Sequence[Value]:
    """The index of the largest entry along an axis; of several, the first, or with `select_last_index` the last.

    A unit a result: its selectors are the entries, its values the indices; the order of its pieces breaks ties.
    """
    data = node.real(0)
    rank = len(data.shape)
    axis, keep = node.axis("axis", 0, max(rank, 1)), node.flag("keepdims", 1)
    last = node.flag("select_last_index", 0, since=12)
    if rank == 0 or data.shape[axis] == 0:
        node.refuse(f"looks for an extremum in an array of shape {data.shape}")
    groups = Groups.along(data.shape, (axis,), keep=keep)
    order = slice(None, None, -1 if last else 1)
    places = groups.places[:, order]
    indices = np.broadcast_to(np.arange(groups.size)[order], places.shape)
    values = negate(data) if node.operator == "ArgMin" else data
    counts = np.full(len(places), groups.size)
    return [places_of_largest(node, values, places.ravel(), counts, indices.ravel(), groups.shape)]


@operator("Hardmax")
def hardmax(node: Node) -> Sequence[Value]:
    """1 at the first largest entry along an axis (before opset 13: of all axes from there on), 0 elsewhere."""
    data = node.real(0)
    rank, whole = len(data.shape), node.opset < 13  # noqa: PLR2004 (the opset that changed it)
    axis = node.integer("axis", 1 if whole else -1)
    low, high = (0, rank) if node.opset < 11 else (-rank, rank - 1)  # noqa: PLR2004 (the opset that says the range)
    if not low <= axis <= high:
        node.malformed(f"has the axis {axis} for an array of shape {data.shape}")
    axis = axis + rank if axis < 0 else axis
    groups = Groups.along(data.shape, tuple(range(axis, rank)) if whole else (axis,), keep=True)
    if groups.size == 0:
        return [data]
    size, count = groups.size, len(groups.places)
    node.demand_size([count, size, size])
    entries = np.broadcast_to(groups.places[:, None, :], (count, size, size)).ravel()
    marks = np.broadcast_to(np.eye(size, dtype=np.int64), (count, size, size)).ravel()
    counts = np.full(count * size, size)
    chosen = places_of_largest(node, data, entries, counts, marks, (count * size,))
    back = np.empty(prod(data.shape), dtype=np.int64)
    back[groups.places.ravel()] = np.arange(count * size)
    if isinstance(chosen, Tensor):
        return [chosen.arranged(back.reshape(data.shape)).of_kind("real")]
    return [ExactArray(np.asarray(chosen)[back].reshape(data.shape), 1)]


@operator("TopK")
def top(node: Node) -> Sequence[Value]:
    """The k largest (or smallest) entries along an axis, in order, and their indices; equal ones keep their order.

    By k passes of a bubble sort: where two neighbours a, b are compared, the unit with selectors and values (a, b) is
    their maximum m, and a + b - m their minimum; the unit with the same selectors and the values (i, j) carries the
    indices i, j, if they are used.
    """
    data = node.real(0)
    axis, count = node.axis("axis", -1, len(data.shape)), _top_count(node)
    smallest = not node.flag("largest", 1, since=11)
    if not node.flag("sorted", 1, since=11) and count > 1:
        node.refuse("takes the largest entries in an order that it leaves open (sorted = 0)")
    length = data.shape[axis]
    if not 0 <= count <= length:
        node.malformed(f"takes the first {count} of {length} entries")
    signed = negate(data) if smallest else data
    if isinstance(signed, ExactArray):
        return _top_constants(node, data, signed, axis, count)
    groups = Groups.along(data.shape, (axis,), keep=True)
    node.demand_size([len(groups.places), length, max(count, 1)])
    if length * count > _MOST_COMPARISONS:
        node.refuse(f"sorts {count} of {length} entries: more than {_MOST_COMPARISONS} comparisons one after the other")
    columns = [signed.forms.take(groups.places[:, k]) for k in range(length)]
    indices = [constant_forms(ExactArray(np.full(len(groups.places), k), 1)) for k in range(length)]
    with_indices = len(node.record.outputs) > 1 and bool(node.record.outputs[1])
    for done in range(count):
        for low in range(length - 2, done - 1, -1):
            first, second = columns[low], columns[low + 1]
            columns[low], columns[low + 1] = _sorted_pair(node, (first, second), (first, second))
            if with_indices:
                pair = (indices[low], indices[low + 1])
                indices[low], indices[low + 1] = _sorted_pair(node, (first, second), pair)
    shape = tuple(count if k == axis else size for k, size in enumerate(data.shape))
    order = np.argsort(Groups.along(shape, (axis,), keep=True).places.T.ravel())
    values = Tensor(shape, SparseForms.concatenate(columns[:count]).take(order), signed.kind)
    results: list[Value] = [called_like(negate(values) if smallest else values, [data])]
    if with_indices:
        results.append(Tensor(shape, SparseForms.concatenate(indices[:count]).take(order), "integer"))
    return results


def _sorted_pair(
    node: Node, selectors: tuple[SparseForms, SparseForms], values: tuple[SparseForms, SparseForms]
) -> tuple[SparseForms, SparseForms]:
    """Return the value that goes with the larger selector (of equal ones the first), and the other value."""
    chosen = selected(node, (len(selectors[0]),), selectors, values).forms
    return chosen, values[0] + values[1] + -chosen


def _top_constants(node: Node, data: Real, signed: ExactArray, axis: int, count: int) -> list[Value]:
    order = np.argsort((-signed).numerators, axis=axis, kind="stable")
    indices = np.take(order, np.arange(count), axis=axis).astype(np.int64)
    constants = node.constants(data)
    values = ExactArray(np.take_along_axis(constants.numerators, indices, axis=axis), constants.denominator)
    return [_as_stored_like(node, values), indices]


def _as_stored_like(node: Node, values: ExactArray) -> Value:
    """Return numbers in the type of the first input, if that is stored integers."""
    first = node.value(0)
    return values.numerators.astype(first.dtype) if is_stored_integer(first) else values


def _top_count(node: Node) -> int:
    if node.opset < 10:  # noqa: PLR2004 (the opset that made it an input)
        return node.integer("k", -1)
    return node.whole(1, "how many")


def _largest(node: Node, operands: Sequence[Real]) -> Real:
    if not operands:
        node.malformed("has no inputs")
    if len(operands) == 1:
        return operands[0]
    constants = [operand for operand in operands if isinstance(operand, ExactArray)]
    try:
        if len(constants) == len(operands):
            node.demand_few(broadcast_shape(*(constant.shape for constant in constants)))
            return reduce(_larger, constants)
        tensors = broadcast(operands)
    except ValueError:
        node.malformed(f"combines arrays of shapes {[operand.shape for operand in operands]}, which do not broadcast")
    return Tensor(
        tensors[0].shape, SparseForms.variables(node.builder.add_maxima([tensor.forms for tensor in tensors]))
    )


def _larger(first: ExactArray, second: ExactArray) -> ExactArray:
    shape = broadcast_shape(first.shape, second.shape)
    pairs = zip(
        ExactArray(np.broadcast_to(first.numerators, shape), first.denominator).flat(),
        ExactArray(np.broadcast_to(second.numerators, shape), second.denominator).flat(),
        strict=True,
    )
    return ExactArray.of([max(a, b) for a, b in pairs], shape)
