"""From a file's bytes to a `Model`. Protocol buffers are read here, and tensors in `stored`."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any

import numpy as np
import onnx
from google.protobuf.message import DecodeError
from onnx import AttributeProto, FunctionProto, GraphProto, TensorProto

from exactgeo.errors import MalformedModel, UnsupportedOperator
from onnx_import.files.graph import (
    AttributeReference,
    Function,
    FunctionKey,
    Graph,
    InputRecord,
    Model,
    NodeRecord,
    ordered_graph,
)
from onnx_import.files.stored import DataFolder, dense_array, stored_array

DEFAULT_DOMAINS = ("", "ai.onnx")
OLDEST_OPSET = 6
_MOST_DIMENSIONS = 32  # numpy's own limit has been 32, and is 64
_MOST_INPUTS = 2**22


def parse(content: bytes, folder: DataFolder | None = None) -> Model:
    """Read a model file's bytes, and the tensors that lie in other files of its folder.

    Raises:
        MalformedModel: if this is not an ONNX model, or one that contradicts itself.
        UnsupportedOperator: for operator sets before 6, and tensors that are too large.
    """
    model = onnx.ModelProto()
    try:
        model.ParseFromString(content)
    except DecodeError as error:
        raise MalformedModel(f"this is not an ONNX file, or it is cut short ({error})") from error
    if not model.HasField("graph") or not model.graph.output:
        raise MalformedModel("the model has no graph with outputs: the file is empty, cut short, or not ONNX")
    opset, opsets = _versions(model)
    reader = _Reader(opsets, folder or DataFolder(None))
    functions = dict(_functions(model, reader))
    graph = reader.graph(model.graph)
    _demand_closed(graph, "")
    inputs = tuple(_input(value) for value in model.graph.input if value.name in graph.inputs)
    return Model(graph, inputs, functions, opset, int(model.ir_version), model.producer_name)


def _versions(model: onnx.ModelProto) -> tuple[int, dict[str, int]]:
    """Return the version of the standard operators, and of each domain's."""
    opsets = _opsets(model.opset_import, "the model")
    newest = onnx.defs.onnx_opset_version()
    opset = opsets.get("")
    if opset is None:
        raise MalformedModel("the model does not say which version of the standard operators it uses")
    if not OLDEST_OPSET <= opset <= newest:
        raise UnsupportedOperator(
            f"the model uses opset {opset}; {OLDEST_OPSET} to {newest} are read: "
            "convert it with onnx.version_converter, or install a newer onnx"
        )
    return opset, opsets


def _opsets(imports: Iterable[onnx.OperatorSetIdProto], whose: str) -> dict[str, int]:
    pairs = [("" if entry.domain in DEFAULT_DOMAINS else entry.domain, int(entry.version)) for entry in imports]
    _demand_unique([domain for domain, _ in pairs], f"{whose} has", "domains")
    return dict(pairs)


def standard_function(node: NodeRecord, types: Sequence[onnx.TypeProto]) -> Function | None:
    """Return the function by which the standard defines an operator, for inputs of these types; None if it has none."""
    if node.domain or node.overload or any(isinstance(value, Graph | np.ndarray) for value in node.attributes.values()):
        return None
    try:
        schema: Any = onnx.defs.get_schema(node.operator, node.opset, node.domain)  # its stub lacks the functions
    except (onnx.defs.SchemaError, TypeError):  # TypeError: a name that is not text
        return None
    opset = max((version for version in schema.function_opset_versions if version <= node.opset), default=None)
    if opset is not None:
        content = schema.get_function_with_opset_version(opset)
    elif schema.has_context_dependent_function:
        call = onnx.helper.make_node(node.operator, node.inputs, node.outputs, domain=node.domain, **node.attributes)
        versions = schema.context_dependent_function_opset_versions
        opset = max((version for version in versions if version <= node.opset), default=None)
        if opset is None:
            return None
        content = schema.get_context_dependent_function_with_opset_version(
            opset, call.SerializeToString(), [kind.SerializeToString() for kind in types]
        )
    else:
        return None
    function = FunctionProto()
    function.ParseFromString(content)
    opsets = {"": opset, **_opsets(function.opset_import, node.operator)}
    defaults = {name: attribute.default_value for name, attribute in schema.attributes.items()}
    reader = _Reader(opsets, DataFolder(None))
    record = reader.function(function, f"the definition of {node.operator}")
    given = {name: reader.attribute(value, str(node)) for name, value in defaults.items() if value.name}
    return Function(record.body, tuple(schema.attributes), {**given, **record.defaults})


def _functions(model: onnx.ModelProto, reader: "_Reader") -> Iterator[tuple[FunctionKey, Function]]:
    known = set()
    newest = onnx.defs.onnx_opset_version()
    for function in model.functions:
        name = f"the function {function.name}"
        if function.domain in DEFAULT_DOMAINS:
            raise UnsupportedOperator(f"the model redefines the standard operator {function.name}; that is not read")
        key = (function.domain, function.name, function.overload)
        if key in known:
            raise MalformedModel(f"the model defines {name} of the domain '{function.domain}' twice")
        known.add(key)
        opsets = {**reader.opsets, **_opsets(function.opset_import, name)}
        if not OLDEST_OPSET <= opsets[""] <= newest:
            raise UnsupportedOperator(f"{name} uses opset {opsets['']}; {OLDEST_OPSET} to {newest} are read")
        yield key, _Reader(opsets, reader.folder).function(function, name)


def _demand_closed(graph: Graph, where: str) -> None:
    for node in graph.nodes:
        if missing := [name for name in node.reads if name in graph.captured]:
            raise MalformedModel(f"{node}{where} reads '{missing[0]}', which nothing writes")
    if graph.captured and not where:  # a function's output may be left out, by the standard's own definitions too
        raise MalformedModel(f"the graph's output '{graph.captured[0]}' is written by nothing")


def _demand_unique(names: Sequence[str], whose: str, what: str) -> None:
    for name, count in Counter(names).items():
        if count > 1:
            raise MalformedModel(f"{whose} {count} {what} of the name '{name}'")


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads graphs whose nodes are of these operator sets."""

    opsets: Mapping[str, int]
    folder: DataFolder

    def graph(self, graph: GraphProto) -> Graph:
        """Return a graph or subgraph as records."""
        _demand_unique([tensor.name for tensor in graph.initializer], "the model has", "initializers")
        _demand_unique([value.name for value in graph.input], "the model has", "inputs")
        constants = {
            tensor.name: stored_array(tensor, f"initializer '{tensor.name}'", self.folder)
            for tensor in graph.initializer
        }
        for sparse in graph.sparse_initializer:
            name = sparse.values.name
            _demand_unique([*constants, name], "the model has", "initializers")
            constants[name] = dense_array(sparse, f"initializer '{name}'", self.folder)
        given = [value for value in graph.input if value.name not in constants]
        inputs, outputs = (tuple(value.name for value in values) for values in (given, graph.output))
        ordered = ordered_graph([self.node(node) for node in graph.node], inputs, outputs, constants)
        return replace(ordered, ranks=tuple(len(value.type.tensor_type.shape.dim) for value in given))

    def function(self, function: FunctionProto, name: str) -> Function:
        """Return a function as a record."""
        nodes = [self.node(node) for node in function.node]
        body = ordered_graph(nodes, tuple(function.input), tuple(function.output), {})
        _demand_closed(body, f" in {name}")
        defaults = {entry.name: self.attribute(entry, f"{name}") for entry in function.attribute_proto}
        return Function(body, tuple(function.attribute), defaults)

    def node(self, node: onnx.NodeProto) -> NodeRecord:
        """Return a node as a record."""
        domain = "" if node.domain in DEFAULT_DOMAINS else node.domain
        opset = self.opsets.get(domain, 0)
        record = NodeRecord(node.name, node.op_type, domain, opset, tuple(node.input), tuple(node.output), {})
        _demand_unique([attribute.name for attribute in node.attribute], f"{record} has", "attributes")
        attributes = {attribute.name: self.attribute(attribute, str(record)) for attribute in node.attribute}
        graphs = [value for value in attributes.values() if isinstance(value, Graph)]
        captures = tuple(dict.fromkeys(name for graph in graphs for name in graph.captured))
        return replace(record, attributes=attributes, captures=captures, overload=node.overload)

    def attribute(self, attribute: AttributeProto, owner: str) -> Any:  # noqa: ANN401 (attributes have many types)
        """Return an attribute as a Python value."""
        kind, where = attribute.type, f"attribute '{attribute.name}' of {owner}"
        if attribute.ref_attr_name:
            return AttributeReference(attribute.ref_attr_name)
        if kind == AttributeProto.TENSOR:
            return stored_array(attribute.t, where, self.folder)
        if kind == AttributeProto.SPARSE_TENSOR:
            return dense_array(attribute.sparse_tensor, where, self.folder)
        if kind == AttributeProto.GRAPH:
            return self.graph(attribute.g)
        if kind in (AttributeProto.FLOAT, AttributeProto.INT, AttributeProto.STRING):
            value = onnx.helper.get_attribute_value(attribute)
            return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
        if kind in (AttributeProto.FLOATS, AttributeProto.INTS):
            return list(onnx.helper.get_attribute_value(attribute))
        raise UnsupportedOperator(f"{where} is of type {AttributeProto.AttributeType.Name(kind)}, which is not read")


def _input(value: onnx.ValueInfoProto) -> InputRecord:
    tensor = value.type.tensor_type
    if not value.type.HasField("tensor_type") or not tensor.HasField("shape"):
        raise MalformedModel(f"input '{value.name}' is not a tensor of known rank")
    shape = tuple(int(size.dim_value) if size.HasField("dim_value") else None for size in tensor.shape.dim)
    if any(size is not None and size < 0 for size in shape):
        raise MalformedModel(f"input '{value.name}' has the shape {shape}: dimensions are not negative")
    if len(shape) > _MOST_DIMENSIONS or prod(size or 1 for size in shape) > _MOST_INPUTS:
        raise UnsupportedOperator(f"input '{value.name}' has the shape {shape}, which is too large")
    known = tensor.elem_type in TensorProto.DataType.values()
    name = TensorProto.DataType.Name(tensor.elem_type) if known else f"type {tensor.elem_type}"
    return InputRecord(value.name, name, shape)
