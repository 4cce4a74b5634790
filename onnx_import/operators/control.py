"""Control flow, which import unrolls: branches, loops, scans."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from onnx_import.files.graph import Graph
from onnx_import.lowering.joining import stacked
from onnx_import.lowering.nodes import Node
from onnx_import.lowering.registry import operator
from onnx_import.lowering.tensors import Edge, Tensor, Value, add, common_kind, negate, rearrange
from onnx_import.operators.elementwise import multiply


@operator("If")
def branch(node: Node) -> Sequence[Edge]:
    """One of two graphs, as a constant condition says; for a condition on the data both, and a choice between them."""
    graphs = [node.stored_attribute(f"{name}_branch", Graph) for name in ("else", "then")]
    condition = node.truth(0)
    otherwise, then = graphs
    if otherwise is None or then is None or int(np.prod(condition.shape)) != 1:
        node.malformed(f"lacks a branch, or has a condition of shape {condition.shape}")
    if isinstance(condition, np.ndarray):
        return node.run(then if condition.item() else otherwise, [])
    chosen, other = node.run(then, []), node.run(otherwise, [])
    scalar = rearrange(condition, lambda array: array.reshape(()))
    if not isinstance(scalar, Tensor) or len(chosen) != len(other):
        node.malformed(f"has branches with {len(chosen)} and {len(other)} outputs")
    return [_mixed(node, scalar, yes, no) for yes, no in zip(chosen, other, strict=True)]


def _mixed(node: Node, condition: Tensor, yes: Edge, no: Edge) -> Value:
    if isinstance(yes, list) or isinstance(no, list) or yes.shape != no.shape:
        node.refuse("has branches whose outputs differ in shape, under a condition on the data")
    if common_kind([yes, no]) != "real":
        node.refuse("chooses between integers or truth values by a condition on the data, which is not supported")
    first, second = node.exact(yes, "a branch"), node.exact(no, "a branch")
    return add(second, multiply(node, condition, add(first, negate(second))))


@operator("Loop")
def loop(node: Node) -> Sequence[Edge]:
    """A graph run a constant number of times, on what the run before it made; further outputs are stacked.

    Where the node has no condition, the standard ignores the body's, which runtimes heed: only where it does not matter
    is such a loop read.
    """
    body = node.stored_attribute("body", Graph)
    if body is None or len(body.inputs) < 2:  # noqa: PLR2004 (the number of the iteration and the condition)
        node.malformed("lacks a body with at least two inputs")
    trips = node.whole(0, "its trip count") if node.has(0) else None
    going = node.condition(1, "its condition") if node.has(1) else True
    states: list[Edge] = [node.edge(index) for index in range(2, node.count())]
    if len(states) != len(body.inputs) - 2:
        node.malformed(f"has {len(states)} states, but a body with {len(body.inputs)} inputs")
    collected: list[list[Edge]] = [[] for _ in body.outputs[1 + len(states) :]]
    number = 0
    while going and (trips is None or number < trips):
        node.context.count_node()
        own = [np.full((1,) * min(rank, 1), value) for rank, value in zip(body.ranks[:2], (number, True), strict=True)]
        condition, *results = node.run(body, [*own, *states])
        if not isinstance(condition, np.ndarray) or condition.size != 1:
            node.not_piecewise_affine("runs as often as the data says")
        going = bool(condition.item())
        if not going and not node.has(1) and number + 1 != trips:
            node.refuse(
                f"has no condition, but a body that makes a false one in run {number}: the standard ignores it, "
                "runtimes end the loop there; give the node a condition"
            )
        states = results[: len(states)]
        for rows, row in zip(collected, results[len(states) :], strict=True):
            rows.append(row)
        number += 1
    return [*states, *(_stacked(node, rows, 0) for rows in collected)]


@dataclass(frozen=True, slots=True)
class _Scan:
    """A Scan's body, and how its inputs are cut and its outputs put together."""

    body: Graph
    states: int
    axes: list[int]
    reversed_inputs: list[int]
    output_axes: list[int]
    reversed_outputs: list[int]

    def run(self, node: Node, states: Sequence[Value], inputs: Sequence[Value]) -> list[Value]:
        """Return the last states, and the outputs stacked."""
        axes = [_axis(node, axis, len(value.shape)) for axis, value in zip(self.axes, inputs, strict=True)]
        lengths = {value.shape[axis] for axis, value in zip(axes, inputs, strict=True)}
        if len(lengths) != 1:
            node.malformed(f"scans over {sorted(lengths)} entries at once")
        current: list[Edge] = list(states)
        collected: list[list[Edge]] = [[] for _ in self.body.outputs[self.states :]]
        (length,) = lengths
        for number in range(length):
            node.context.count_node()
            node.context.count_numbers(node.record, sum(prod(value.shape) for value in inputs), 0)
            slices = [
                _slice(value, axis, length - 1 - number if backwards else number)
                for value, axis, backwards in zip(inputs, axes, self.reversed_inputs, strict=True)
            ]
            results = node.run(self.body, [*current, *slices])
            current = list(results[: self.states])
            for rows, row in zip(collected, results[self.states :], strict=True):
                rows.append(row)
        outputs: list[Value] = []
        for rows, axis, backwards in zip(collected, self.output_axes, self.reversed_outputs, strict=True):
            outputs.append(_stacked(node, rows[::-1] if backwards else rows, axis))
        return [*(_array(node, state) for state in current), *outputs]


@operator("Scan")
def scan(node: Node) -> Sequence[Edge]:
    """A graph run on one slice after the other of its inputs; before opset 9, for each batch element by itself."""
    body, count = node.stored_attribute("body", Graph), node.integer("num_scan_inputs", 0)
    batched = node.opset < 9  # noqa: PLR2004 (the opset that dropped the batch)
    first = 1 if batched else 0
    states = node.count() - first - count
    if body is None or count < 1 or states < 0 or len(body.inputs) != states + count or len(body.outputs) < states:
        node.malformed(f"scans over {count} of {node.count()} inputs, without a body to match")
    if batched and node.has(0):
        node.refuse("scans over sequences of different lengths, which is not supported")
    outputs = len(body.outputs) - states

    def choice(name: str, size: int) -> list[int]:
        values = node.integer_list(name) or [0] * size
        if len(values) != size:
            node.malformed(f"has the {name} {values}; {size} were expected")
        return values

    values = [node.value(index) for index in range(first, node.count())]
    if not batched:
        plan = _Scan(
            body,
            states,
            choice("scan_input_axes", count),
            choice("scan_input_directions", count),
            choice("scan_output_axes", outputs),
            choice("scan_output_directions", outputs),
        )
        return plan.run(node, values[:states], values[states:])
    plan = _Scan(body, states, [0] * count, choice("directions", count), [0] * outputs, [0] * outputs)
    sizes = {value.shape[0] if value.shape else 0 for value in values}
    if len(sizes) != 1 or 0 in sizes:
        node.malformed(f"has batches of the sizes {sorted(sizes)}")
    elements = [[_slice(value, 0, k) for value in values] for k in range(sizes.pop())]
    runs = [plan.run(node, element[:states], element[states:]) for element in elements]
    return [_stacked(node, [run[k] for run in runs], 0) for k in range(len(body.outputs))]


def _slice(value: Value, axis: int, place: int) -> Value:
    return rearrange(value, lambda array: np.take(array, place, axis=axis))


def _axis(node: Node, axis: int, rank: int) -> int:
    if not -rank <= axis < rank:
        node.malformed(f"has the axis {axis} for an array of {rank} axes")
    return axis % rank


def _array(node: Node, edge: Edge) -> Value:
    if isinstance(edge, list):
        node.malformed("has a sequence where an array was expected")
    return edge


def _stacked(node: Node, rows: Sequence[Edge], axis: int) -> Value:
    if not rows:
        node.refuse("never runs, so that the shape of its outputs is not known")
    return stacked(node, [_array(node, row) for row in rows], axis)
