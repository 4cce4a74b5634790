"""From a graph to units: each node is lowered by whoever registered for its operator, in order."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from math import prod

import numpy as np
import onnx

from exactgeo.arithmetic.arrays import ExactArray
from exactgeo.errors import ExactGeoError, ImportFailure, MalformedModel, UnsupportedOperator
from onnx_import.files.graph import Function, Graph, NodeRecord
from onnx_import.files.parsing import standard_function
from onnx_import.files.stored import MOST_ENTRIES, demand_size
from onnx_import.lowering.context import Context
from onnx_import.lowering.nodes import Node
from onnx_import.lowering.registry import handler_of
from onnx_import.lowering.tensors import Edge, Tensor, demand_moderate
from onnx_import.lowering.types_of_results import typed

_MOST_DEPTH = 64


def lower_graph(
    graph: Graph, inputs: Sequence[Edge], context: Context, outer: Mapping[str, Edge], depth: int = 0
) -> list[Edge]:
    """Return the outputs of a graph on these inputs. What the graph captures is looked up in `outer`."""
    if depth > _MOST_DEPTH:
        raise UnsupportedOperator(f"functions and subgraphs are nested deeper than {_MOST_DEPTH}")
    if len(inputs) != len(graph.inputs):
        raise MalformedModel(f"a graph with the inputs {list(graph.inputs)} is given {len(inputs)} values")
    scope = {name: outer[name] for name in graph.captured if name in outer}
    scope.update(graph.constants)
    scope.update(zip(graph.inputs, inputs, strict=True))
    for _ in lower_nodes(needed(graph, graph.outputs), scope, context, graph.outputs, depth):
        pass
    missing = [name for name in graph.outputs if name not in scope]
    if missing and graph.outputs.index(missing[0]) == 0:
        raise MalformedModel(f"the output '{missing[0]}' of a function or subgraph is written by nothing")
    return [scope[name] for name in (graph.outputs[: graph.outputs.index(missing[0])] if missing else graph.outputs)]


def lower_nodes(
    nodes: Sequence[NodeRecord], scope: dict[str, Edge], context: Context, kept: Collection[str], depth: int = 0
) -> Iterator[NodeRecord]:
    """Lower nodes in order, each when asked for. Values that no later node reads, and that are not to be kept, go."""
    last = {name: index for index, node in enumerate(nodes) for name in node.reads}
    wanted = {*last, *kept}
    for index, node in enumerate(nodes):
        _lower_node(node, scope, context, wanted, depth)
        yield node
        for name in {*node.reads, *node.outputs}:
            if last.get(name, index) == index and name not in kept:
                scope.pop(name, None)


def _lower_node(node: NodeRecord, scope: dict[str, Edge], context: Context, wanted: set[str], depth: int) -> None:
    """Add what a node computes to the scope: to each name that it writes, a value."""
    context.count_node()
    if depth == 0:
        context.outermost = node
    values = [scope[name] if name else None for name in node.inputs]
    read = [_size(value) for value in values if value is not None]
    context.count_numbers(node, sum(read), 0)
    try:
        results = _results(node, values, scope, context, depth)
        for result in results:
            _demand_moderate(result, node, max(read, default=0))
        context.count_numbers(node, 0, sum(map(_size, results)))
    except ImportFailure as error:
        if str(node) in str(error):
            raise
        raise type(error)(f"{node} cannot be lowered: {error}") from error
    except ExactGeoError:
        raise
    except MemoryError as error:
        raise UnsupportedOperator(f"{node} takes more memory than there is: {error or 'MemoryError'}") from error
    except (ValueError, OverflowError) as error:  # numpy's complaints about shapes and sizes
        raise MalformedModel(f"{node} cannot be computed: {error or type(error).__name__}") from error
    scope.update(zip(node.outputs, results, strict=False))
    if missing := [name for name in node.outputs[len(results) :] if name in wanted]:
        raise UnsupportedOperator(f"{node} has the output '{missing[0]}', which is used but not supported")


def _results(
    node: NodeRecord, values: Sequence[Edge | None], scope: Mapping[str, Edge], context: Context, depth: int
) -> Sequence[Edge]:
    function = context.functions.get((node.domain, node.operator, node.overload))
    if function is not None:
        return _called(function, node, values, context, depth)
    handler = handler_of(node)
    if handler is None:
        function = standard_function(node, [_type_of(value) for value in values])
        if function is None:
            raise UnsupportedOperator(f"{node} uses an operator that is not supported (README.md lists those that are)")
        return _called(function, node, values, context, depth)
    access = Node(node, values, context, partial(_body, context=context, outer=scope, depth=depth + 1))
    results = handler(access)
    access.finish()
    return typed(access, results)


def _type_of(edge: Edge | None) -> onnx.TypeProto:
    """Return a value's type as the standard calls it. Data is called float: the definitions treat all floats alike."""
    if edge is None:
        return onnx.TypeProto()
    if isinstance(edge, list):
        return onnx.helper.make_sequence_type_proto(_type_of(edge[0] if edge else None))
    if isinstance(edge, np.ndarray):
        kind = onnx.helper.np_dtype_to_tensor_dtype(edge.dtype)
    else:
        kinds = {"truth": onnx.TensorProto.BOOL, "integer": onnx.TensorProto.INT64}
        kind = kinds.get(edge.kind, onnx.TensorProto.FLOAT) if isinstance(edge, Tensor) else onnx.TensorProto.FLOAT
    return onnx.helper.make_tensor_type_proto(kind, edge.shape)


def _body(
    graph: Graph, inputs: Sequence[Edge], context: Context, outer: Mapping[str, Edge], depth: int
) -> Sequence[Edge]:
    return _inside(graph, inputs, context, outer, depth)


def _inside(
    graph: Graph, inputs: Sequence[Edge], context: Context, outer: Mapping[str, Edge], depth: int
) -> Sequence[Edge]:
    """Lower what a node does by a graph of its own; errors say that they come from there."""
    try:
        return lower_graph(graph, inputs, context, outer, depth)
    except ImportFailure as error:
        raise type(error)(f"in its body, {error}") from error


def _called(
    function: Function, node: NodeRecord, values: Sequence[Edge | None], context: Context, depth: int
) -> Sequence[Edge]:
    known = {*function.attributes, *function.defaults}
    if unknown := [name for name in node.attributes if name not in known]:
        raise MalformedModel(f"{node} has the attribute '{unknown[0]}', which the function does not")
    names = function.body.inputs
    if len(values) > len(names):
        raise MalformedModel(f"{node} has {len(values)} inputs; the function takes {len(names)}")
    body = function.body.bound({**function.defaults, **node.attributes})
    given = {name: value for name, value in zip(names, values, strict=False) if value is not None}
    if len(given) < len(names):
        body = body.without_inputs({*names} - {*given})
    return _inside(body, [given[name] for name in body.inputs], context, {}, depth + 1)


def needed(graph: Graph, outputs: Sequence[str]) -> list[NodeRecord]:
    """Return the nodes that the outputs depend on, in order."""
    wanted = set(outputs)
    kept = []
    for node in reversed(graph.nodes):
        if wanted & set(node.outputs):
            kept.append(node)
            wanted |= set(node.reads)
    return kept[::-1]


def _size(value: Edge) -> int:
    """Return how many numbers a value holds; for a sequence as many as its places take."""
    if isinstance(value, list):
        return 4 * len(value)
    return len(value.forms) + value.forms.nonzeros if isinstance(value, Tensor) else prod(value.shape)


def _demand_moderate(value: Edge, node: NodeRecord, given: int) -> None:
    """Refuse values that are too large to go on with; what stored numbers become by moving them is not."""
    if isinstance(value, list):
        return
    demand_size(value.shape, node, max(MOST_ENTRIES, given))
    if isinstance(value, ExactArray):
        demand_moderate(value, node)
