"""Sums along axes: plain, mean, of absolute values, running; and other reductions of constants."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from exactgeo.arithmetic.arrays import ExactArray
from exactgeo.networks.forms import Index, SparseForms
from onnx_import.files.stored import demand_size
from onnx_import.lowering.irrational import FUNCTIONS
from onnx_import.lowering.nodes import Node
from onnx_import.lowering.registry import operator
from onnx_import.lowering.tensors import Real, Value, is_stored_integer, linear_image
from onnx_import.operators.activations import absolute_values
from onnx_import.operators.transcendental import folded


@dataclass(frozen=True, slots=True)
class Groups:
    """The entries that go into each result of a reduction.

    Attributes:
        places: (results, size) places in the array, in row-major order.
        shape: of the results.
        are_single: whether nothing is reduced, since no axes were given and that was said to mean none.
    """

    places: Index
    shape: tuple[int, ...]
    are_single: bool = False

    @property
    def size(self) -> int:
        """How many entries go into each result."""
        return int(self.places.shape[1])

    @classmethod
    def along(cls, shape: tuple[int, ...], axes: tuple[int, ...], *, keep: bool) -> "Groups":
        """Return the groups of entries along axes (counted from the front), which stay with size 1 or vanish."""
        rest = [axis for axis in range(len(shape)) if axis not in axes]
        places = np.arange(prod(shape)).reshape(shape).transpose([*rest, *sorted(axes)])
        results = tuple(1 if axis in axes else size for axis, size in enumerate(shape) if keep or axis not in axes)
        return cls(places.reshape(prod(shape[axis] for axis in rest), prod(shape[axis] for axis in axes)), results)


def groups_of(node: Node, shape: tuple[int, ...], *, axes_since: int) -> Groups:
    """Return the groups that a reduction's axes describe: an attribute, from opset `axes_since` on an input."""
    rank, keep = len(shape), node.flag("keepdims", 1)
    if node.opset < axes_since:
        axes, none = node.integer_list("axes"), False
    else:
        axes = node.integers(1, "its axes") if node.has(1) else None
        none = node.flag("noop_with_empty_axes", 0, since=axes_since)
    if not axes:
        if none:
            return Groups(np.arange(prod(shape))[:, None], shape, are_single=True)
        axes = list(range(rank))
    if any(not -rank <= axis < rank for axis in axes) or len({axis % rank for axis in axes}) != len(axes):
        node.malformed(f"reduces an array of shape {shape} along the axes {axes}")
    return Groups.along(shape, tuple(axis % rank for axis in axes), keep=keep)


@operator("ReduceSum", "ReduceMean", "ReduceL1")
def sums(node: Node) -> Sequence[Value]:
    """The sum along axes, of the entries or of their absolute values, or their mean."""
    data = node.real(0)
    groups = groups_of(node, data.shape, axes_since=13 if node.operator == "ReduceSum" else 18)
    if node.operator == "ReduceL1":
        data = absolute_values(node, data)
    if groups.are_single:
        return [data]
    mean = node.operator == "ReduceMean"
    if mean and (groups.size == 0 or node.integer_type()):
        node.refuse("takes the mean of no entries, or of integers")
    return [_total(data, groups, groups.size if mean else 1)]


@operator("ReduceProd", "ReduceSumSquare")
def products(node: Node) -> Sequence[Value]:
    """The product or the sum of squares along axes, of constants."""
    data = node.constant(0, "factors")
    groups = groups_of(node, data.shape, axes_since=18)
    if node.operator == "ReduceSumSquare":
        squares = data * data
        return [squares if groups.are_single else _total(squares, groups, 1)]
    if groups.are_single:
        return [data]
    result = ExactArray(np.ones(len(groups.places), dtype=np.int64), 1)
    for column in groups.places.T:
        result = result * data.reshaped((-1,))[column]
        node.demand_moderate(result)
    return [result.reshaped(groups.shape)]


@operator("ReduceL2", "ReduceLogSum", "ReduceLogSumExp")
def norms(node: Node) -> Sequence[Value]:
    """The root of the sum of squares along axes, of constants; the logarithm of their sum."""
    data = node.constant(0, "entries")
    if is_stored_integer(node.value(0)):
        node.refuse("takes a norm or a logarithm of integers, which is rounded")
    if node.operator == "ReduceLogSumExp":
        node.refuse("adds exponentials of constants, which is not supported")
    groups = groups_of(node, data.shape, axes_since=18)
    squares = data * data if node.operator == "ReduceL2" else data
    total = squares if groups.are_single else _total(squares, groups, 1)
    return [folded(node, FUNCTIONS["Sqrt" if node.operator == "ReduceL2" else "Log"], node.constants(total))]


@operator("CumSum")
def running_sums(node: Node) -> Sequence[Value]:
    """The sum of the entries so far along an axis; `exclusive`: without the entry itself; `reverse`: from the end."""
    data = node.real(0)
    axes, rank = node.integers(1, "its axis"), len(data.shape)
    if len(axes) != 1 or not -rank <= axes[0] < rank:
        node.malformed(f"adds along the axes {axes} of an array of shape {data.shape}")
    exclusive, reverse = (node.flag(name, 0) for name in ("exclusive", "reverse"))
    length = data.shape[axes[0] % rank]
    demand_size((prod(data.shape), length), node.record)
    if not prod(data.shape):
        return [data]
    places = np.moveaxis(np.arange(prod(data.shape)).reshape(data.shape), axes[0], -1).reshape(-1, length)
    earlier = np.tri(length, k=-1 if exclusive else 0, dtype=np.bool_)
    to, source = np.nonzero(earlier.T if reverse else earlier)
    matrix = SparseForms.from_triplets(
        places[:, to].ravel(),
        places[:, source].ravel(),
        np.ones(places.shape[0] * len(to), dtype=np.int64),
        np.ones(prod(data.shape), dtype=np.int64),
    )
    return [linear_image(data, matrix, data.shape)]


def _total(data: Real, groups: Groups, divisor: int) -> Real:
    count, size = groups.places.shape
    rows, ones = np.repeat(np.arange(count), size), np.ones(count * size, dtype=np.int64)
    matrix = SparseForms.from_triplets(rows, groups.places.ravel(), ones, np.full(count, divisor))
    return linear_image(data, matrix, groups.shape)
