"""A classifier in two: what its last affine layer reads, and that layer as exact weights."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from exactgeo.arithmetic.arrays import ExactArray
from exactgeo.arithmetic.rationals import Rational
from exactgeo.errors import ImportFailure, InvalidArgument
from exactgeo.networks.builders import relu_network
from exactgeo.networks.forms import SparseForms
from exactgeo.networks.programs import Program, ProgramBuilder
from onnx_import.choices import Choices, IrrationalPolicy
from onnx_import.files.ends import data_names, node_called, output_name, reached
from onnx_import.files.graph import Graph, Model, NodeRecord
from onnx_import.files.parsing import parse
from onnx_import.files.stored import DataFolder
from onnx_import.imported import ImportedModel, content_of
from onnx_import.importer import read, starting_values
from onnx_import.lowering.context import Context
from onnx_import.lowering.graphs import lower_nodes, needed
from onnx_import.lowering.tensors import Edge, Tensor

_PRODUCTS = ("Gemm", "MatMul")


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """A network x -> W h(x) + b, taken apart before its last product with constants.

    Attributes:
        whole: the network.
        body: x -> h, all that comes before the product: the network cut before `node`.
        weights: W, of shape (outputs, features).
        bias: b, of shape (outputs,).
        node: the name of the product's node; cutting the network there (`cut_at`) gives the body again.

    **Exactness**: exact. W and b are all that comes after h as one affine map, whatever nodes it is spelled with.
    """

    whole: ImportedModel
    body: Program
    weights: ExactArray
    bias: ExactArray
    node: str

    @property
    def layer(self) -> Program:
        """The layer h -> W h + b as a program, which `compose` puts behind the body."""
        return relu_network([self.weights], [self.bias])


def split_last_layer(
    path: str | os.PathLike[str],
    *,
    cut_at: str | None = None,
    irrational: IrrationalPolicy = "exact-if-square",
    staircases: bool = False,
) -> Split:
    """Import an ONNX model in two parts: up to what its last product with constants reads, and from there.

    The product is the first Gemm or MatMul of data that is met on the way back from the output. What follows it must
    be affine: additions, scalings, reshapes. It is lowered on variables in the place of h, so that W and b are exact
    however the layer is spelled.

    Args:
        path: the file.
        cut_at: where the network ends, as in `read`: before a final Softmax, say.
        irrational: as in `read`.
        staircases: as in `read`.

    Raises:
        InvalidArgument: if there is no such product, if something behind it is not affine in what it reads (the node
            is named), if the network has several outputs, or for a .nnet file, which has no nodes.
        ImportFailure: as `read`.
    """
    choices = Choices(cut_at, irrational, staircases)
    if Path(path).suffix.lower() == ".nnet":
        raise InvalidArgument(f"{os.fspath(path)} is a .nnet file, which has no nodes: only ONNX models are split")
    whole = read(path, cut_at=cut_at, irrational=irrational, staircases=staircases)
    folder = DataFolder(Path(path).parent)
    model = parse(content_of(path), folder)
    output = output_name(model.graph, cut_at)
    product, features = _last_product(model.graph, output)
    if node_called(model.graph, product.label) is not product:
        raise InvalidArgument(f"{product} has no name, and its output is called like another node: give it a name")
    try:
        logits = _behind(model, choices, product, features, output)
    except ImportFailure as error:
        error.add_note(f"while splitting {os.fspath(path)}")
        raise
    body = read(path, cut_at=product.label, irrational=irrational, staircases=staircases).program
    return Split(whole, body, *_affine(logits.forms, body.output_count), product.label)


def _last_product(graph: Graph, output: str) -> tuple[NodeRecord, str]:
    """Return the first product with constants on the way back from the output, and the name of the data it reads."""
    data = data_names(graph)
    writers = {name: node for node in graph.nodes for name in node.outputs}
    name = output
    while name in writers:
        node = writers[name]
        read_data = [own for own in dict.fromkeys(node.reads) if own in data]
        if node.operator in _PRODUCTS and len(read_data) == 1:
            return node, read_data[0]
        if len(read_data) != 1:
            raise InvalidArgument(
                f"{node} reads {len(read_data)} values that depend on the input: on the way back from the output "
                f"'{output}' a Gemm or MatMul with constants was expected before anything else than single values"
            )
        name = read_data[0]
    raise InvalidArgument(f"on the way back from the output '{output}' there is no Gemm or MatMul with constants")


def _behind(model: Model, choices: Choices, product: NodeRecord, features: str, output: str) -> Tensor:
    """Return the output as affine forms in the features, which become the variables of a program of their own."""
    graph = model.graph
    after = reached(graph, {features}) - {features}
    nodes = [node for node in needed(graph, [output]) if after & set(node.outputs)]
    beside = {name for node in nodes for name in node.reads if name not in after}
    known = _known(model, choices, [features, *sorted(beside)])
    start = known[features]
    if not isinstance(start, Tensor):
        raise InvalidArgument(f"{product} reads '{features}', which is constant: there is nothing to split")
    for node in nodes:
        if others := [name for name in node.reads if name in beside - {features} and isinstance(known[name], Tensor)]:
            raise InvalidArgument(f"{node} reads '{others[0]}' from before the last layer, '{product.label}'")
    builder = ProgramBuilder(len(start.forms))
    variables = Tensor(start.shape, SparseForms.variables(np.arange(1, 1 + len(start.forms))), start.kind)
    context = Context.of(model, builder, choices)
    scope: dict[str, Edge] = {**known, features: variables}
    for node in lower_nodes(nodes, scope, context, [output]):
        if builder.unit_count:
            raise InvalidArgument(
                f"{node} comes after the last layer, '{product.label}', and is not affine: "
                "end the network before it (--cut-at)"
            )
    logits = scope[output]
    if not isinstance(logits, Tensor):
        raise InvalidArgument(
            f"the output '{output}' does not depend on the features '{features}', or not as numbers: end the network "
            "before what makes choices of them (--cut-at)"
        )
    return logits


def _known(model: Model, choices: Choices, names: Sequence[str]) -> dict[str, Edge]:
    """Return what these names hold, as the network's own inputs make it."""
    builder, values, _ = starting_values(model)
    context = Context.of(model, builder, choices)
    for _ in lower_nodes(needed(model.graph, names), values, context, names):
        pass
    return {name: values[name] for name in names}


def _affine(forms: SparseForms, features: int) -> tuple[ExactArray, ExactArray]:
    """Return the weights and the bias of affine forms in so many variables."""
    rows = [forms.row(k) for k in range(len(forms))]
    zero = Rational(0)
    weights = [row.get(1 + j, zero) for row in rows for j in range(features)]
    return ExactArray.of(weights, (len(rows), features)), ExactArray.of(
        [row.get(0, zero) for row in rows], (len(rows),)
    )
