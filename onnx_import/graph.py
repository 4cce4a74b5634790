"""The graph of a model as plain data. Protocol buffers are read here and nowhere else."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from heapq import heapify, heappop, heappush
from math import prod
from typing import Any

import numpy as np
import onnx
from google.protobuf.message import DecodeError
from onnx import AttributeProto, TensorProto, numpy_helper

from exactgeo.errors import MalformedModel, UnsupportedOperator

DEFAULT_DOMAINS = ("", "ai.onnx")
OLDEST_OPSET = 7
_MOST_DIMENSIONS = 32  # numpy's own limit has been 32, and is 64
_MOST_ENTRIES = 2**24  # as many inputs as a certificate has room for


@dataclass(frozen=True, slots=True)
class NodeRecord:
    """A node: its operator, its attributes as Python values, the names of what it reads and writes ('': left out)."""

    name: str
    operator: str
    domain: str
    opset: int
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any]

    @property
    def label(self) -> str:
        """How messages call the node, and `cut_at` finds it: its name, or its first output's if it has none."""
        return self.name or next((name for name in self.outputs if name), "?")

    def __str__(self) -> str:
        operator = f"{self.domain}.{self.operator}" if self.domain else self.operator
        return f"node '{self.label}' ({operator}, opset {self.opset})"


@dataclass(frozen=True, slots=True)
class InputRecord:
    """An input of the graph. Dimensions that the file leaves open are None."""

    name: str
    element_type: str
    shape: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Graph:
    """A model's graph, its nodes in an order in which each comes after what it reads."""

    nodes: tuple[NodeRecord, ...]
    inputs: tuple[InputRecord, ...]
    outputs: tuple[str, ...]
    constants: Mapping[str, np.ndarray[Any, Any]]
    opset: int
    ir_version: int
    producer: str


def parse(content: bytes) -> Graph:
    """Read a model file's bytes.

    Raises:
        MalformedModel: if this is not an ONNX model, or one that contradicts itself.
        UnsupportedOperator: for operator sets before 7, external data, sparse tensors and subgraphs.
    """
    model = onnx.ModelProto()
    try:
        model.ParseFromString(content)
    except DecodeError as error:
        raise MalformedModel(f"this is not an ONNX file, or it is cut short ({error})") from error
    if not model.HasField("graph") or not model.graph.output:
        raise MalformedModel("the model has no graph with outputs: the file is empty, cut short, or not ONNX")
    opset, opsets = _versions(model)
    _demand_unique([tensor.name for tensor in model.graph.initializer], "initializers")
    _demand_unique([value.name for value in model.graph.input], "inputs")
    constants = {tensor.name: _array(tensor, f"initializer '{tensor.name}'") for tensor in model.graph.initializer}
    if model.graph.sparse_initializer:
        raise UnsupportedOperator("sparse initializers are not read")
    nodes = tuple(_node(node, opsets) for node in model.graph.node)
    _refuse_own_standard_operators(model)
    inputs = tuple(_input(value) for value in model.graph.input if value.name not in constants)
    outputs = tuple(value.name for value in model.graph.output)
    ordered = _ordered(nodes, {*constants, *(record.name for record in inputs)}, outputs)
    return Graph(ordered, inputs, outputs, constants, opset, int(model.ir_version), model.producer_name)


def _versions(model: onnx.ModelProto) -> tuple[int, dict[str, int]]:
    """Return the version of the standard operators, and of each domain's."""
    _demand_unique(["" if entry.domain in DEFAULT_DOMAINS else entry.domain for entry in model.opset_import], "domains")
    opsets = {entry.domain: int(entry.version) for entry in model.opset_import}
    opset = next((opsets[domain] for domain in DEFAULT_DOMAINS if domain in opsets), None)
    if opset is None:
        raise MalformedModel("the model does not say which version of the standard operators it uses")
    newest = onnx.defs.onnx_opset_version()
    if not OLDEST_OPSET <= opset <= newest:
        raise UnsupportedOperator(
            f"the model uses opset {opset}; {OLDEST_OPSET} to {newest} are read: "
            "convert it with onnx.version_converter, or install a newer onnx"
        )
    return opset, opsets | dict.fromkeys(DEFAULT_DOMAINS, opset)


def _refuse_own_standard_operators(model: onnx.ModelProto) -> None:
    for function in model.functions:
        if function.domain in DEFAULT_DOMAINS:
            raise UnsupportedOperator(f"the model redefines the standard operator {function.name}; that is not read")


def _demand_unique(names: Sequence[str], what: str) -> None:
    for name, count in Counter(names).items():
        if count > 1:
            raise MalformedModel(f"the model has {count} {what} of the name '{name}'")


def _node(node: onnx.NodeProto, opsets: Mapping[str, int]) -> NodeRecord:
    domain = "" if node.domain in DEFAULT_DOMAINS else node.domain
    record = NodeRecord(
        node.name, node.op_type, domain, opsets.get(domain, 0), tuple(node.input), tuple(node.output), {}
    )
    if node.overload:
        raise UnsupportedOperator(f"{record} calls the overload '{node.overload}', which is not read")
    for name, count in Counter(attribute.name for attribute in node.attribute).items():
        if count > 1:
            raise MalformedModel(f"{record} has the attribute '{name}' {count} times")
    attributes = {attribute.name: _attribute(attribute, record) for attribute in node.attribute}
    return NodeRecord(record.name, record.operator, domain, record.opset, record.inputs, record.outputs, attributes)


def _attribute(attribute: AttributeProto, node: NodeRecord) -> Any:  # noqa: ANN401 (attributes have many types)
    kind = attribute.type
    where = f"attribute '{attribute.name}' of {node}"
    if kind == AttributeProto.TENSOR:
        return _array(attribute.t, where)
    if kind in (AttributeProto.FLOAT, AttributeProto.INT, AttributeProto.STRING):
        value = onnx.helper.get_attribute_value(attribute)
        return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
    if kind in (AttributeProto.FLOATS, AttributeProto.INTS):
        return list(onnx.helper.get_attribute_value(attribute))
    raise UnsupportedOperator(f"{where} is of type {AttributeProto.AttributeType.Name(kind)}, which is not read")


def _array(tensor: TensorProto, where: str) -> np.ndarray[Any, Any]:
    if tensor.data_location == TensorProto.EXTERNAL:
        raise UnsupportedOperator(f"{where} lies in another file; save the model with its data inside")
    if any(size < 0 for size in tensor.dims):
        raise MalformedModel(f"{where} has the shape {list(tensor.dims)}")
    typed = (tensor.float_data, tensor.double_data, tensor.int32_data, tensor.int64_data, tensor.uint64_data)
    if tensor.HasField("raw_data") and any(typed):
        raise MalformedModel(f"{where} holds its data twice, as bytes and as numbers")
    try:
        return numpy_helper.to_array(tensor)
    except (ValueError, TypeError, KeyError, OverflowError, MemoryError) as error:
        raise MalformedModel(f"{where} cannot be read: {error}") from error


def _input(value: onnx.ValueInfoProto) -> InputRecord:
    tensor = value.type.tensor_type
    if not value.type.HasField("tensor_type") or not tensor.HasField("shape"):
        raise MalformedModel(f"input '{value.name}' is not a tensor of known rank")
    shape = tuple(int(size.dim_value) if size.HasField("dim_value") else None for size in tensor.shape.dim)
    if any(size is not None and size <= 0 for size in shape):
        raise MalformedModel(f"input '{value.name}' has the shape {shape}: dimensions are positive")
    if len(shape) > _MOST_DIMENSIONS or prod(size or 1 for size in shape) > _MOST_ENTRIES:
        raise UnsupportedOperator(f"input '{value.name}' has the shape {shape}, which is too large")
    known = tensor.elem_type in TensorProto.DataType.values()
    name = TensorProto.DataType.Name(tensor.elem_type) if known else f"type {tensor.elem_type}"
    return InputRecord(value.name, name, shape)


def _ordered(nodes: Sequence[NodeRecord], given: set[str], outputs: Iterable[str]) -> tuple[NodeRecord, ...]:
    """Return the nodes so that each comes after what it reads.

    The standard asks for such an order, but files in the wild put constants behind their use.
    """
    _demand_single_writers(nodes, given)
    written = {name for node in nodes for name in node.outputs} | given
    for node in nodes:
        if missing := [name for name in node.inputs if name and name not in written]:
            raise MalformedModel(f"{node} reads '{missing[0]}', which nothing writes")
    if missing := [name for name in outputs if name not in written]:
        raise MalformedModel(f"the graph's output '{missing[0]}' is written by nothing")
    writer = {name: index for index, node in enumerate(nodes) for name in filter(None, node.outputs)}
    reads = {index: {writer[name] for name in node.inputs if name in writer} for index, node in enumerate(nodes)}
    return tuple(nodes[index] for index in _least_first(TopologicalSorter(reads), nodes))


def _least_first(sorter: "TopologicalSorter[int]", nodes: Sequence[NodeRecord]) -> Iterator[int]:
    """Yield the indices in topological order, the least that is ready first: the file's own order where that serves."""
    try:
        sorter.prepare()
    except CycleError as error:
        raise MalformedModel(f"{nodes[error.args[1][0]]} reads, in a circle, what it writes") from error
    ready = list(sorter.get_ready())
    heapify(ready)
    while ready:
        index = heappop(ready)
        yield index
        sorter.done(index)
        for following in sorter.get_ready():
            heappush(ready, following)


def _demand_single_writers(nodes: Iterable[NodeRecord], given: set[str]) -> None:
    known = set(given)
    for node in nodes:
        for name in filter(None, node.outputs):
            if name in known:
                raise MalformedModel(f"{node} writes '{name}', which exists already")
            known.add(name)
