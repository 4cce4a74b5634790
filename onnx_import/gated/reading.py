"""From ONNX files to gated networks."""

import hashlib
import os
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from exactgeo.arithmetic.rationals import Rational
from exactgeo.errors import (
    DimensionMismatch,
    ImportFailure,
    InternalError,
    InvalidArgument,
    NotPiecewiseAffine,
    UnsupportedOperator,
)
from exactgeo.networks.evaluation import evaluate
from exactgeo.networks.forms import SparseForms
from exactgeo.networks.gated import GatedNetwork
from exactgeo.networks.programs import Program
from onnx_import.choices import Choices, IrrationalPolicy
from onnx_import.files.ends import data_names, output_name
from onnx_import.files.graph import Model
from onnx_import.files.parsing import parse
from onnx_import.files.stored import DataFolder
from onnx_import.gated.gating import Gating, structure_of
from onnx_import.gated.layers import LayersReader
from onnx_import.imported import content_of
from onnx_import.importer import read, starting_values
from onnx_import.lowering.context import Context
from onnx_import.lowering.graphs import lower_nodes, needed
from onnx_import.lowering.tensors import Edge, Tensor, add, as_tensor, negate, stored_numbers

_POINTS = 3


@dataclass(frozen=True, slots=True, eq=False)
class ImportedGatedNetwork:
    """A gated network, and what it was made from.

    Attributes:
        network: the network.
        program: the same function as a program: the file's own, as `read` gives it, if `is_the_files`.
        shape: of the input in the value network's file, the batch included.
        sha256: of the value network's file.
        features_sha256: of the feature network's file; None if there is none.
        gates: for each layer of gates the name of its node.
        hardened: the names of the nodes whose soft gates were replaced by hard ones: then the network is another one
            than the file's.
        choices: what was chosen at import.
    """

    network: GatedNetwork
    program: Program
    shape: tuple[int, ...]
    sha256: str
    features_sha256: str | None
    gates: tuple[str, ...]
    hardened: tuple[str, ...]
    choices: Choices

    @property
    def is_the_files(self) -> bool:
        """Whether the network is the one that the file defines: its gates are its own, and as it has them."""
        return self.features_sha256 is None and not self.hardened


def read_gated(
    path: str | os.PathLike[str],
    *,
    features: str | os.PathLike[str] | None = None,
    hard_gates: bool = False,
    cut_at: str | None = None,
    irrational: IrrationalPolicy = "exact-if-square",
) -> ImportedGatedNetwork:
    """Import a gated network from an ONNX file, or from two.

    Layers are Gemm, MatMul and Conv, whose constants are weights (Gemm's factors belong to them), an Add of constants
    to a MatMul or Conv being its bias; what else is linear, such as averages, sums and other shapes, learns nothing.
    Gates are Relu, whose gates look at what they gate; a Mul by Greater or Less, cast to numbers; a Where of these
    and 0.

    Args:
        path: the value network's file.
        features: the feature network's file. Its outputs are the pre-activations of the value network's Relus, in their
            order; or, if it has other outputs, it has as many Relus of the same sizes, which are told what to do by
            their inputs.
        hard_gates: whether a Sigmoid in the place of a gate means a hard gate with the same pre-activation. That is
            another network than the file's, which is refused otherwise.
        cut_at: as in `read`, of the value network.
        irrational: as in `read`.

    Raises:
        InvalidArgument: for a node that is no layer and no gate, or for soft gates.
        DimensionMismatch: if the feature network has not as many pre-activations as there are gates.
        ImportFailure: as `read`.

    **Exactness**: exact.
    """
    choices = Choices(cut_at, irrational)
    if Path(path).suffix.lower() == ".nnet":
        raise InvalidArgument(
            f"{os.fspath(path)} is a .nnet file, which has no gates but ReLU's: an ONNX file is needed"
        )
    content = content_of(path)
    try:
        model = parse(content, DataFolder(Path(path).parent))
        found = _read(model, choices, hashlib.sha256(content).hexdigest(), hard_gates=hard_gates)
    except (ImportFailure, InvalidArgument) as error:
        error.add_note(f"while reading {os.fspath(path)}")
        raise
    if features is not None:
        return _with_features(found, features, irrational)
    if not found.is_the_files:
        return found
    program = read(path, cut_at=cut_at, irrational=irrational).program
    _demand_same(found.network.program, program)
    return replace(found, program=program)


def _demand_same(program: Program, other: Program) -> None:
    """Raise InternalError if two readings of a file are seen to differ, at a few points."""
    chance = random.Random(0)  # noqa: S311 (a sample, not a secret)
    for _ in range(_POINTS):
        x = [Rational(chance.randint(-8, 8), 4) for _ in range(program.inputs)]
        if evaluate(program, x).outputs != evaluate(other, x).outputs:
            raise InternalError(f"layers and gates are another function than the file's, at {', '.join(map(str, x))}")


def _read(model: Model, choices: Choices, sha256: str, *, hard_gates: bool) -> ImportedGatedNetwork:
    graph, data = model.graph, data_names(model.graph)
    structure = structure_of(graph, output_name(graph, choices.cut_at), data)
    soft = [gating for gating in structure.gatings.values() if gating.soft is not None]
    if soft and not hard_gates:
        raise NotPiecewiseAffine(
            f"{soft[0].soft} is a soft gate of {soft[0].node}, which no piecewise affine network has; the network with "
            "hard gates, open where the Sigmoid's input is > 0, is another one: ask for it by hard gates (--hard-gates)"
        )
    builder, known, shapes = starting_values(model)
    if len(shapes) != 1:
        raise InvalidArgument(f"the network has {len(shapes)} inputs: {', '.join(name for name, _ in shapes)}")
    context = Context.of(model, builder, choices)
    names = {name for node in structure.nodes for name in node.reads if name not in data}
    own = all(gating.is_own for gating in structure.gatings.values())
    if not own:
        names |= {name for gating in structure.gatings.values() for name in (gating.greater, gating.lesser) if name}
    for _ in lower_nodes(needed(graph, sorted(names)), known, context, names | set(graph.inputs)):
        pass
    reader = LayersReader(structure, known, context)
    output = reader.read()
    if output.number != len(reader.builder.layers) - 1:
        raise UnsupportedOperator("the output is not the last layer of the value network")
    features = None if own else _preactivations(reader.gatings, known, context)
    network = GatedNetwork(reader.builder.layers, features)
    return ImportedGatedNetwork(
        network,
        network.program,
        shapes[0][1],
        sha256,
        None,
        tuple(gating.node.label for gating in reader.gatings),
        tuple(gating.soft.label for gating in reader.gatings if gating.soft is not None),
        choices,
    )


def _preactivations(gatings: Sequence[Gating], known: dict[str, Edge], context: Context) -> Program:
    """Return the feature network: what opens the gates where it is > 0, gate after gate."""
    parts = [_preactivation(gating, known).forms for gating in gatings]
    whole = context.builder.build(SparseForms.concatenate(parts))
    return context.gates.without_absorbed(whole)[0]


def _preactivation(gating: Gating, known: dict[str, Edge]) -> Tensor:
    """Return what opens a layer of gates. Raises DimensionMismatch if these are not those of the gates' shape."""
    found = _real(known[gating.greater], gating)
    if gating.lesser is not None:
        found = as_tensor(add(found, negate(_real(known[gating.lesser], gating))))
    if found.shape != gating.shape:
        raise DimensionMismatch(
            f"{gating.node} gates an array of shape {gating.shape} by one of shape {found.shape}: let them be the same"
        )
    return found


def _real(value: Edge, gating: Gating) -> Tensor:
    if isinstance(value, np.ndarray):
        value = stored_numbers(value, f"{gating.node} compares with what is")
    if isinstance(value, list):
        raise InvalidArgument(f"{gating.node} compares sequences")
    return as_tensor(value)


def _with_features(
    imported: ImportedGatedNetwork, path: str | os.PathLike[str], irrational: IrrationalPolicy
) -> ImportedGatedNetwork:
    """Return the network whose gates another file's network opens."""
    if imported.network.features is not None:
        raise InvalidArgument("the value network's file has gates of its own, other than Relu's: give it alone")
    sizes = imported.network.gate_sizes
    given = read(path, irrational=irrational)
    outputs = tuple(int(np.prod(shape)) for _, shape in given.outputs)
    features = given.program
    if outputs != sizes:
        inner = read_gated(path, irrational=irrational).network
        if inner.gate_sizes != sizes:
            raise DimensionMismatch(
                f"{os.fspath(path)} has outputs of {_listed(outputs)} numbers, and Relus of "
                f"{_listed(inner.gate_sizes)}; the value network has gates of {_listed(sizes)}"
            )
        features = inner.preactivations
    network = GatedNetwork(imported.network.layers, features)
    return replace(imported, network=network, program=network.program, features_sha256=given.sha256)


def _listed(sizes: Sequence[int]) -> str:
    return ", ".join(map(str, sizes)) or "no"
