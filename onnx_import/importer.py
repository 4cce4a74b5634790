"""From a model file to a program."""

import hashlib
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import onnx_import.operators  # noqa: F401 (registers the operators)
from exactgeo.errors import (
    ExactGeoError,
    ImportFailure,
    InvalidArgument,
    MalformedModel,
    UnsupportedOperator,
)
from exactgeo.networks.forms import SparseForms
from exactgeo.networks.programs import Program, ProgramBuilder
from onnx_import.graph import Graph, InputRecord, NodeRecord, parse
from onnx_import.nodes import Node
from onnx_import.registry import handler_of
from onnx_import.tensors import Tensor, Value

_FLOAT_INPUTS = ("FLOAT16", "BFLOAT16", "FLOAT", "DOUBLE")


@dataclass(frozen=True, slots=True)
class ImportedModel:
    """A program, and what it was made from.

    Attributes:
        program: the exact network.
        sha256: of the file's bytes.
        inputs: name and shape of each input, in the order in which they make up x (each flattened in row-major order).
        outputs: likewise of each output.
        operators: how often each operator was lowered.
        opset: the version of the standard operators.
        ir_version: of the file.
        producer: what wrote the file, as it says itself.
        choices: what was chosen at import: {"cut_at": the node before which the network ends, or None}.
    """

    program: Program
    sha256: str
    inputs: tuple[tuple[str, tuple[int, ...]], ...]
    outputs: tuple[tuple[str, tuple[int, ...]], ...]
    operators: Mapping[str, int]
    opset: int
    ir_version: int
    producer: str
    choices: Mapping[str, Any]


def read(path: str | os.PathLike[str], *, cut_at: str | None = None) -> ImportedModel:
    """Import an ONNX model.

    Every stored float becomes the rational number that it is; the program is the real function that the graph then
    defines. It is not the function that a float32 runtime computes, which rounds at every step.

    Args:
        path: the file.
        cut_at: the name of a node (or of its first output, if it has no name): the network ends in that node's data
            input. For a final Softmax or Sigmoid.

    Raises:
        MalformedModel: for a missing or broken file.
        UnsupportedOperator, NotPiecewiseAffine, NonFiniteWeight: naming the node.
        InvalidArgument: if `cut_at` names no node.

    **Exactness**: exact.
    """
    try:
        if Path(path).is_char_device():
            raise MalformedModel(f"cannot read {os.fspath(path)}: it is a device, not a file")
        content = Path(path).read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise MalformedModel(f"cannot read {os.fspath(path)}: {reason}") from error
    try:
        return _lowered(parse(content), hashlib.sha256(content).hexdigest(), cut_at)
    except ImportFailure as error:
        error.add_note(f"while importing {os.fspath(path)}")
        raise


def load(path: str | os.PathLike[str], *, cut_at: str | None = None) -> Program:
    """Import an ONNX model and return its program (see `read`)."""
    return read(path, cut_at=cut_at).program


def _lowered(graph: Graph, sha256: str, cut_at: str | None) -> ImportedModel:
    cut = None if cut_at is None else _node_called(graph, cut_at)
    ends = [(name, False) for name in graph.outputs] if cut is None else _ends_before(graph, cut)
    needed, wanted = _needed(graph, [name for name, _ in ends])
    builder, values, inputs = _inputs(graph)
    for node in needed:
        _lower(node, values, builder, wanted)
    # Of what a node reads where the network is cut, only data is an output; weights and shapes are not.
    output_names = [name for name, is_cut in ends if not is_cut or isinstance(values[name], Tensor)]
    if cut is not None and not any(isinstance(values[name], Tensor) for name in filter(None, cut.inputs)):
        raise InvalidArgument(f"{cut} reads no data, so there is nothing before it to end in")
    outputs = [_output(name, values[name]) for name in output_names]
    program = builder.build(SparseForms.concatenate([tensor.forms for tensor in outputs]))
    return ImportedModel(
        program,
        sha256,
        inputs,
        tuple((name, tensor.shape) for name, tensor in zip(output_names, outputs, strict=True)),
        dict(sorted(Counter(node.operator for node in needed).items())),
        graph.opset,
        graph.ir_version,
        graph.producer,
        {"cut_at": cut_at},
    )


def _inputs(graph: Graph) -> tuple[ProgramBuilder, dict[str, Value], tuple[tuple[str, tuple[int, ...]], ...]]:
    """Return a builder for all inputs side by side, the values known at the start, and the inputs' shapes."""
    if not graph.inputs:
        raise MalformedModel("the model has no inputs")
    shapes = [_closed(record) for record in graph.inputs]
    sizes = [int(np.prod(shape, dtype=object)) for shape in shapes]
    builder = ProgramBuilder(sum(sizes))
    values: dict[str, Value] = dict(graph.constants)
    start = 1
    for record, shape, size in zip(graph.inputs, shapes, sizes, strict=True):
        values[record.name] = Tensor(shape, SparseForms.variables(np.arange(start, start + size)))
        start += size
    return builder, values, tuple((record.name, shape) for record, shape in zip(graph.inputs, shapes, strict=True))


def _closed(record: InputRecord) -> tuple[int, ...]:
    """Return an input's shape with an open first dimension, the batch, set to 1."""
    if record.element_type not in _FLOAT_INPUTS:
        raise UnsupportedOperator(f"input '{record.name}' is of type {record.element_type}; inputs must be floats")
    if None in record.shape[1:]:
        raise UnsupportedOperator(
            f"input '{record.name}' has the open shape {record.shape}: only the first dimension, the batch, "
            "may be open; fix the others (onnx.tools.update_model_dims)"
        )
    return tuple(1 if size is None else size for size in record.shape)


def _lower(node: NodeRecord, values: dict[str, Value], builder: ProgramBuilder, wanted: set[str]) -> None:
    handler = handler_of(node)
    access = Node(node, [values[name] if name else None for name in node.inputs], builder)
    try:
        results = handler(access)
    except ExactGeoError:
        raise
    except (ValueError, OverflowError, MemoryError) as error:  # numpy's complaints about shapes and sizes
        raise MalformedModel(f"{node} cannot be computed: {error}") from error
    access.finish()
    values.update(zip(node.outputs, results, strict=False))
    if missing := [name for name in node.outputs[len(results) :] if name in wanted]:
        raise UnsupportedOperator(f"{node} has the output '{missing[0]}', which is used but not supported")


def _output(name: str, value: Value) -> Tensor:
    if isinstance(value, Tensor):
        return value
    raise UnsupportedOperator(f"the output '{name}' does not depend on the inputs")


def _ends_before(graph: Graph, node: NodeRecord) -> list[tuple[str, bool]]:
    """Return the graph's outputs, those that come from a node being replaced by all that the node reads (True)."""
    behind = _reached(graph, set(filter(None, node.outputs)))
    if not behind & set(graph.outputs):
        raise InvalidArgument(f"{node} does not lead to an output, so there is nothing to cut")
    kept = [(output, False) for output in graph.outputs if output not in behind]
    read = [(name, True) for name in filter(None, node.inputs) if (name, False) not in kept]
    ends = [end for output in graph.outputs for end in (read if output in behind else [(output, False)])]
    return list(dict.fromkeys(ends))


def _node_called(graph: Graph, name: str) -> NodeRecord:
    """Return the node of a name; failing that, the node without a name whose first output is called so."""
    named = [node for node in graph.nodes if node.name == name] or [node for node in graph.nodes if node.label == name]
    if not named:
        last = ", ".join(f"'{node.label}' ({node.operator})" for node in graph.nodes[-3:])
        raise InvalidArgument(f"there is no node '{name}' to cut at; the last ones are {last}")
    if len(named) > 1:
        raise InvalidArgument(f"there are {len(named)} nodes '{name}', so it is not clear where to cut")
    return named[0]


def _reached(graph: Graph, start: set[str]) -> set[str]:
    """Return the names that depend on some of these, themselves included."""
    reached = set(start)
    for node in graph.nodes:
        if reached & set(node.inputs):
            reached |= set(filter(None, node.outputs))
    return reached


def _needed(graph: Graph, outputs: Sequence[str]) -> tuple[list[NodeRecord], set[str]]:
    """Return the nodes that the outputs depend on, in order, and the names that they and the outputs read."""
    wanted = set(outputs)
    kept = []
    for node in reversed(graph.nodes):
        if wanted & set(node.outputs):
            kept.append(node)
            wanted |= set(filter(None, node.inputs))
    return kept[::-1], wanted
