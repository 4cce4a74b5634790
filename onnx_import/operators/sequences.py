"""Sequences of arrays: lists whose length is known at import."""

from collections.abc import Sequence
from itertools import pairwise
from math import prod

import numpy as np

from onnx_import.files.graph import Graph
from onnx_import.lowering.joining import joined, stacked
from onnx_import.lowering.nodes import Node
from onnx_import.lowering.registry import operator
from onnx_import.lowering.tensors import Edge, Value, rearrange


@operator("SequenceConstruct")
def construct(node: Node) -> Sequence[Edge]:
    """The inputs, as a sequence."""
    return [[node.value(index) for index in range(node.count())]]


@operator("SequenceEmpty")
def empty(node: Node) -> Sequence[Edge]:
    """No arrays."""
    node.integer("dtype", 1)
    return [[]]


@operator("SequenceLength")
def length(node: Node) -> Sequence[Edge]:
    """How many arrays there are."""
    return [np.array(len(node.sequence(0)), dtype=np.int64)]


@operator("SequenceAt")
def at(node: Node) -> Sequence[Edge]:
    """One of the arrays."""
    arrays = node.sequence(0)
    return [arrays[_place(node, 1, len(arrays), len(arrays) - 1)]]


@operator("SequenceInsert")
def insert(node: Node) -> Sequence[Edge]:
    """One array more, at the end unless told."""
    arrays = list(node.sequence(0))
    place = _place(node, 2, len(arrays), len(arrays)) if node.has(2) else len(arrays)
    arrays.insert(place, node.value(1))
    return [arrays]


@operator("SequenceErase")
def erase(node: Node) -> Sequence[Edge]:
    """One array less, the last unless told."""
    arrays = list(node.sequence(0))
    if not arrays:
        node.malformed("takes an array from an empty sequence")
    del arrays[_place(node, 1, len(arrays), len(arrays) - 1) if node.has(1) else -1]
    return [arrays]


@operator("SplitToSequence")
def split_to_sequence(node: Node) -> Sequence[Edge]:
    """The input cut along an axis, into pieces of one length (the last may be shorter), or of given lengths."""
    value = node.value(0)
    axis, keep = node.axis("axis", 0, len(value.shape)), node.flag("keepdims", 1)
    size = value.shape[axis]
    node.demand_few([size])
    if node.has(1):
        given = node.stored(1, "its lengths")
        step = node.integers(1, "its lengths")
        if given.ndim == 0:
            if step[0] < 1:
                node.malformed(f"cuts {size} entries into pieces of {step[0]}")
            step = [min(step[0], size - start) for start in range(0, size, step[0])]
        if sum(step) != size or min(step, default=0) < 0:
            node.malformed(f"cuts {size} entries into pieces of {step}")
        ends = np.cumsum([0, *step])
        node.context.count_numbers(node.record, len(step) * prod(value.shape), 0)
        return [[_part(value, axis, slice(low, high)) for low, high in pairwise(ends)]]
    node.context.count_numbers(node.record, size * prod(value.shape), 0)
    parts = [_part(value, axis, slice(k, k + 1)) for k in range(size)]
    return [parts if keep else [rearrange(part, lambda array: np.squeeze(array, axis)) for part in parts]]


@operator("ConcatFromSequence")
def concat_from_sequence(node: Node) -> Sequence[Edge]:
    """The arrays joined along an axis, or stacked along a new one."""
    arrays = node.sequence(0)
    if "axis" not in node.record.attributes or not arrays:
        node.malformed("needs arrays and the attribute 'axis'")
    axis = node.integer("axis", 0)
    return [(stacked if node.flag("new_axis", 0) else joined)(node, arrays, axis)]


@operator("SequenceMap")
def sequence_map(node: Node) -> Sequence[Edge]:
    """A graph run on each array; further inputs go in step if they are sequences, else are the same each time."""
    body, first = node.stored_attribute("body", Graph), node.sequence(0)
    if body is None:
        node.malformed("lacks a body")
    others = [node.edge(index) for index in range(1, node.count())]
    if any(isinstance(other, list) and len(other) != len(first) for other in others):
        node.malformed("maps over sequences of different lengths")
    results: list[list[Value]] = [[] for _ in body.outputs]
    for place, array in enumerate(first):
        node.context.count_node()
        given = [other[place] if isinstance(other, list) else other for other in others]
        for rows, row in zip(results, node.run(body, [array, *given]), strict=True):
            if isinstance(row, list):
                node.malformed("makes sequences of sequences")
            rows.append(row)
    return results


def _place(node: Node, index: int, count: int, most: int) -> int:
    place = node.whole(index, "a position")
    if not -count <= place <= most:
        node.malformed(f"looks at the array {place} of {count}")
    return place + count if place < 0 else place


def _part(value: Value, axis: int, part: slice) -> Value:
    return rearrange(value, lambda array: array[(*[slice(None)] * axis, part)])
