"""From a model file to a program."""

import hashlib
import os
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from math import prod
from pathlib import Path

import numpy as np

import onnx_import.operators  # noqa: F401 (registers the operators)
from exactgeo.errors import ImportFailure, InvalidArgument, MalformedModel, UnsupportedOperator
from exactgeo.networks.forms import SparseForms
from exactgeo.networks.programs import Program, ProgramBuilder
from onnx_import.choices import Choices, IrrationalPolicy, Normalisation
from onnx_import.files.ends import ends_before, node_called
from onnx_import.files.graph import InputRecord, Model, NodeRecord
from onnx_import.files.parsing import parse
from onnx_import.files.stored import DataFolder
from onnx_import.imported import ImportedModel, Origin, content_of
from onnx_import.lowering.context import Context
from onnx_import.lowering.gates import Mask
from onnx_import.lowering.graphs import lower_nodes, needed
from onnx_import.lowering.tensors import Edge, Tensor, as_tensor, stored_numbers
from onnx_import.nnet import read_nnet

_FLOAT_INPUTS = ("FLOAT16", "BFLOAT16", "FLOAT", "DOUBLE")


def read(
    path: str | os.PathLike[str],
    *,
    cut_at: str | None = None,
    irrational: IrrationalPolicy = "exact-if-square",
    staircases: bool = False,
    normalisation: Normalisation = "none",
) -> ImportedModel:
    """Import an ONNX model, or a file in the `.nnet` format (see `read_nnet`) if its name ends so.

    Every stored float becomes the rational number that it is; the program is the real function that the graph then
    defines. It is not the function that a float32 runtime computes, which rounds at every step.

    Args:
        path: the file.
        cut_at: the name of a node (or of its first output, if it has no name): the network ends in that node's data
            input. For a final Softmax or Sigmoid.
        irrational: what becomes of irrational constants (see `Choices`).
        staircases: whether data is rounded to small types, as by QuantizeLinear (see `Choices`).
        normalisation: what of a .nnet file's normalisation belongs to the network (see `Choices`).

    Raises:
        MalformedModel: for a missing or broken file.
        UnsupportedOperator, NotPiecewiseAffine, IrrationalConstant, NonFiniteWeight: naming the node.
        InvalidArgument: if `cut_at` names no node, `irrational` no policy or `normalisation` none that there is, or if
            a choice is not one for files of this kind.

    **Exactness**: exact.
    """
    choices = Choices(cut_at, irrational, staircases, normalisation)
    if Path(path).suffix.lower() == ".nnet":
        choices.demand_none_for_onnx()
        return read_nnet(path, normalisation=normalisation)
    choices.demand_none_for_nnet()
    content = content_of(path)
    folder = DataFolder(Path(path).parent)
    try:
        return _lowered(parse(content, folder), hashlib.sha256(content).hexdigest(), choices, folder)
    except ImportFailure as error:
        error.add_note(f"while importing {os.fspath(path)}")
        raise


def load(
    path: str | os.PathLike[str],
    *,
    cut_at: str | None = None,
    irrational: IrrationalPolicy = "exact-if-square",
    staircases: bool = False,
    normalisation: Normalisation = "none",
) -> Program:
    """Import a model and return its program (see `read`)."""
    imported = read(path, cut_at=cut_at, irrational=irrational, staircases=staircases, normalisation=normalisation)
    return imported.program


def _lowered(model: Model, sha256: str, choices: Choices, folder: DataFolder) -> ImportedModel:
    graph = model.graph
    cut = None if choices.cut_at is None else node_called(graph, choices.cut_at)
    ends = [(name, False) for name in graph.outputs] if cut is None else ends_before(graph, cut)
    nodes = needed(graph, [name for name, _ in ends])
    builder, values, inputs = starting_values(model)
    context = Context.of(model, builder, choices)
    kept_names = {name for name, _ in ends} | (set() if cut is None else set(cut.inputs))
    sizes = [builder.unit_count for _ in lower_nodes(nodes, values, context, kept_names)]
    # Of what a node reads where the network is cut, only data is an output; weights and shapes are not.
    output_names = [name for name, is_cut in ends if not is_cut or isinstance(values[name], Tensor)]
    if cut is not None and not any(isinstance(values[name], Tensor) for name in filter(None, cut.inputs)):
        raise InvalidArgument(f"{cut} reads no data, so there is nothing before it to end in")
    outputs = [_output(name, values[name]) for name in output_names]
    whole = builder.build(SparseForms.concatenate([tensor.forms for tensor in outputs]))
    program, kept = context.gates.without_absorbed(whole)
    return ImportedModel(
        program,
        sha256,
        inputs,
        tuple((name, tensor.shape) for name, tensor in zip(output_names, outputs, strict=True)),
        dict(sorted(Counter(node.operator for node in nodes).items())),
        _origins(nodes, sizes, kept),
        model.opset,
        model.ir_version,
        model.producer,
        choices,
        context.rounded,
        {name: _sha256(path) for name, path in sorted(folder.files.items())},
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _origins(nodes: Sequence[NodeRecord], sizes: Sequence[int], kept: Mask) -> tuple[Origin, ...]:
    """Return which node made which of the units that are kept; sizes[i] units were there after node i."""
    counts = [int(kept[low:high].sum()) for low, high in pairwise([0, *sizes])]
    return tuple(Origin(node.label, node.operator, count) for node, count in zip(nodes, counts, strict=True) if count)


def starting_values(model: Model) -> tuple[ProgramBuilder, dict[str, Edge], tuple[tuple[str, tuple[int, ...]], ...]]:
    """Return a builder for all inputs side by side, the values known at the start, and the inputs' shapes."""
    if not model.inputs:
        raise MalformedModel("the model has no inputs")
    shapes = [_closed(record) for record in model.inputs]
    sizes = [prod(shape) for shape in shapes]
    if not sum(sizes):
        raise MalformedModel(f"the model's inputs have no entries: {', '.join(map(str, shapes))}")
    builder = ProgramBuilder(sum(sizes))
    values: dict[str, Edge] = dict(model.graph.constants)
    start = 1
    for record, shape, size in zip(model.inputs, shapes, sizes, strict=True):
        values[record.name] = Tensor(shape, SparseForms.variables(np.arange(start, start + size)))
        start += size
    return builder, values, tuple((record.name, shape) for record, shape in zip(model.inputs, shapes, strict=True))


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


def _output(name: str, value: Edge) -> Tensor:
    if isinstance(value, np.ndarray) and value.dtype == np.bool_:
        value = value.astype(np.int8)
    if isinstance(value, np.ndarray):
        value = stored_numbers(value, f"the output '{name}'")
    if isinstance(value, list):
        raise UnsupportedOperator(f"the output '{name}' is a sequence; arrays were expected")
    return as_tensor(value)
