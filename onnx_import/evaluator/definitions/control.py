"""Graphs inside a graph: branches, loops and scans."""

import itertools
from collections.abc import Sequence

import numpy as np
from onnx import GraphProto, TensorProto

from onnx_import.evaluator.definitions.registry import defines
from onnx_import.evaluator.nodes import Call
from onnx_import.evaluator.values import Tensor, TensorSequence, Value, integers, truths


@defines("If", 1, 11, 13, 16, 19, 21, 23, 24, 25)
def if_(call: Call) -> tuple[Value, ...]:
    """The outputs of the branch that the condition chooses."""
    chosen = bool(call.truths(0).any()) if call.truths(0).size == 1 else None
    if chosen is None:
        raise call.malformed(f"a condition of shape {call.tensor(0).shape}")
    branches = call.graph("then_branch"), call.graph("else_branch")
    return call.run(branches[0 if chosen else 1], ())


@defines("Loop", 1, 11, 13, 16, 19, 21, 23, 24, 25)
def loop(call: Call) -> tuple[Value, ...]:
    """The body again and again, on what it returned, until a count is reached or a condition fails."""
    body = call.graph("body")
    count = int(call.single(0)) if call.has(0) else None
    going = bool(call.single(1)) if call.has(1) else True
    watched = call.has(1)
    if count is None and not watched:
        raise call.unsupported("a loop without an end")
    state = [call.value(index) for index in range(2, len(call.inputs))]
    scanned: list[list[Tensor]] = [[] for _ in range(len(body.output) - 1 - len(state))]
    for step in itertools.count():
        if not going or (count is not None and step >= count):
            break
        number = _as_declared(body, 0, integers(np.array(step, dtype=np.int64)))
        results = call.run(body, (number, _as_declared(body, 1, truths(going)), *state))
        if watched:
            going = _truth(call, results[0])
        state = list(results[1 : 1 + len(state)])
        _collect(call, scanned, results[1 + len(state) :])
    return (*state, *(_stacked(call, pieces, 0) for pieces in scanned))


def _as_declared(body: GraphProto, index: int, scalar: Tensor) -> Tensor:
    """A scalar, as a row of one entry where the body declares it so."""
    declared = body.input[index].type.tensor_type
    return scalar.rearranged(scalar.array.reshape(1)) if len(declared.shape.dim) == 1 else scalar


def _truth(call: Call, value: Value) -> bool:
    if not isinstance(value, Tensor) or value.kind != TensorProto.BOOL or value.array.size != 1:
        raise call.malformed("the condition that the body returns is no truth value")
    return bool(value.array.any())


def _collect(call: Call, scanned: list[list[Tensor]], results: Sequence[Value]) -> None:
    for pieces, result in zip(scanned, results, strict=True):
        if not isinstance(result, Tensor):
            raise call.malformed("the body returns something else than a tensor to scan")
        pieces.append(result)


def _stacked(call: Call, pieces: list[Tensor], axis: int) -> Tensor:
    if not pieces:
        raise call.unsupported("scanned values of a body that is not run once have no shape")
    if any(p.shape != pieces[0].shape or p.kind != pieces[0].kind for p in pieces):
        raise call.malformed("scanned values of different shapes or types")
    return pieces[0].rearranged(np.stack([p.array for p in pieces], axis=axis))


@defines("Scan", 8, 9, 11, 16, 19, 21, 23, 24, 25)
def scan(call: Call) -> tuple[Value, ...]:
    """The body on each slice of its inputs in turn, with a state that goes from one to the next."""
    if call.version >= 9:
        values = [call.tensor(index) for index in range(len(call.inputs))]
        count = call.integer("num_scan_inputs")
        directions = call.integer_row("scan_input_directions", [0] * count)
        return _scanned(call, values, directions, call.integer_row("scan_input_axes", [0] * count))
    if call.has(0):
        raise call.unsupported("sequences of different lengths, whose padding this opset leaves open")
    values = [call.tensor(index) for index in range(1, len(call.inputs))]
    count = call.integer("num_scan_inputs")
    directions = call.integer_row("directions", [0] * count)
    batches = [
        _scanned(call, [v.rearranged(v.array[batch]) for v in values], directions, [0] * count)
        for batch in range(values[0].shape[0])
    ]
    return tuple(
        _stacked(call, [t for t in column if isinstance(t, Tensor)], 0) for column in zip(*batches, strict=True)
    )


def _scanned(call: Call, values: list[Tensor], directions: list[int], axes: list[int]) -> tuple[Value, ...]:
    body, count = call.graph("body"), call.integer("num_scan_inputs")
    state: list[Value] = list(values[: len(values) - count])
    inputs = values[len(values) - count :]
    if not len(inputs) == len(directions) == len(axes) == count >= 1 or not {0, 1}.issuperset(directions):
        raise call.malformed(f"{count} inputs to scan, directions {directions}, axes {axes}")
    moved = [np.moveaxis(v.array, call.axis(a, v.array.ndim), 0) for v, a in zip(inputs, axes, strict=True)]
    if len({len(array) for array in moved}) != 1:
        raise call.malformed("inputs to scan of different lengths")
    turned = [array[::-1] if backward else array for array, backward in zip(moved, directions, strict=True)]
    scanned: list[list[Tensor]] = [[] for _ in range(len(body.output) - len(state))]
    for step in range(len(moved[0])):
        pieces = [v.rearranged(array[step]) for v, array in zip(inputs, turned, strict=True)]
        results = call.run(body, (*state, *pieces))
        state = list(results[: len(state)])
        _collect(call, scanned, results[len(state) :])
    out_axes, out_directions = [0] * len(scanned), [0] * len(scanned)
    if call.version >= 9:
        out_axes = call.integer_row("scan_output_axes", out_axes)
        out_directions = call.integer_row("scan_output_directions", out_directions)
    if not len(out_axes) == len(out_directions) == len(scanned):
        raise call.malformed(f"axes {out_axes} and directions {out_directions} for {len(scanned)} scanned outputs")
    ordered = [p[::-1] if backward else p for p, backward in zip(scanned, out_directions, strict=True)]
    return (*state, *(_stacked(call, pieces, axis) for pieces, axis in zip(ordered, out_axes, strict=True)))


@defines("SequenceMap", 17)
def sequence_map(call: Call) -> tuple[Value, ...]:
    """The body on each item of a sequence; of other sequences the item of the same position, of tensors the whole."""
    body, first = call.graph("body"), call.sequence(0)
    values = [call.value(index) for index in range(len(call.inputs))]
    if any(isinstance(v, TensorSequence) and len(v.items) != len(first.items) for v in values):
        raise call.malformed("sequences of different lengths")
    results: list[list[Value]] = [[] for _ in body.output]
    for position in range(len(first.items)):
        items = [v.items[position] if isinstance(v, TensorSequence) else v for v in values]
        for collected, result in zip(results, call.run(body, items), strict=True):
            collected.append(result)
    kinds = [output.type.tensor_type.elem_type for output in body.output]
    return tuple(TensorSequence(tuple(r), k) for r, k in zip(results, kinds, strict=True))
