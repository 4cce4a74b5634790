"""Walking a graph: each node that is asked for, after those that it depends on."""

from collections.abc import Iterable, Mapping, Sequence

from onnx import AttributeProto, FunctionProto, GraphProto, NodeProto

from exactgeo.errors import MalformedModel
from onnx_import.evaluator.bodies import body_attributes, body_environment, has_body, standard_body
from onnx_import.evaluator.calls import bound_attributes, evaluate_call, make_call, where
from onnx_import.evaluator.environment import Environment, Scope, domain_name, imported_sets
from onnx_import.evaluator.stored import read_sparse, read_tensor
from onnx_import.evaluator.values import Value


def needed_nodes(nodes: Sequence[NodeProto], wanted: Iterable[str]) -> list[NodeProto]:
    """The nodes on which the wanted names depend, each after those on which it depends.

    Raises:
        MalformedModel: two nodes have an output of the same name, or a node depends on itself.
    """
    producers = _producers(nodes)
    ordered: list[NodeProto] = []
    begun: set[int] = set()
    done: set[int] = set()
    pending = [producers[name] for name in reversed(list(wanted)) if name in producers]
    while pending:
        index = pending[-1]
        if index in done:
            pending.pop()
        elif index in begun:
            pending.pop()
            done.add(index)
            ordered.append(nodes[index])
        else:
            begun.add(index)
            sources = {producers[name] for name in _read_names(nodes[index]) if name in producers} - done
            if sources & begun:
                raise MalformedModel(f"{where(nodes[index])}: it depends on itself")
            pending += sorted(sources, reverse=True)
    return ordered


def _producers(nodes: Sequence[NodeProto]) -> dict[str, int]:
    producers: dict[str, int] = {}
    for index, node in enumerate(nodes):
        for name in filter(None, node.output):
            if producers.setdefault(name, index) != index or list(node.output).count(name) > 1:
                raise MalformedModel(f"value {name!r} is defined twice")
    return producers


def _read_names(node: NodeProto) -> set[str]:
    """The names that a node reads: its inputs, and what the graphs it holds take from around them."""
    names = set(filter(None, node.input))
    for attribute in node.attribute:
        for graph in (*((attribute.g,) if attribute.type == AttributeProto.GRAPH else ()), *attribute.graphs):
            names |= _free_names(graph)
    return names


def _free_names(graph: GraphProto) -> set[str]:
    """The names that a graph reads and does not define."""
    read = {output.name for output in graph.output}.union(*(_read_names(node) for node in graph.node))
    defined = {declared.name for declared in graph.input}.union(*(node.output for node in graph.node))
    constants = {stored.name for stored in graph.initializer}
    return read - defined - constants - {sparse.values.name for sparse in graph.sparse_initializer}


def define_constants(graph: GraphProto, scope: Scope, environment: Environment) -> None:
    """Define a graph's initialisers, but those that have been given another value already."""
    for stored in graph.initializer:
        if stored.name not in scope.values:
            scope.define(stored.name, read_tensor(stored, environment.folder))
    for sparse in graph.sparse_initializer:
        if sparse.values.name not in scope.values:
            scope.define(sparse.values.name, read_sparse(sparse, environment.folder))


def evaluate_nodes(nodes: Sequence[NodeProto], wanted: Sequence[str], scope: Scope, environment: Environment) -> None:
    """Evaluate the nodes on which the wanted names depend."""
    for node in needed_nodes(nodes, wanted):
        for name, value in zip(node.output, _evaluate_node(node, scope, environment), strict=False):
            if name:
                scope.define(name, value)


def _evaluate_node(node: NodeProto, scope: Scope, environment: Environment) -> tuple[Value | None, ...]:
    inputs = tuple(scope.lookup(name) if name else None for name in node.input)
    key = (domain_name(node.domain), node.op_type, node.overload)
    if key in environment.functions:
        attributes = bound_attributes(node, environment)
        return _call_function(environment.functions[key], node, inputs, attributes, environment)

    def run(graph: GraphProto, values: Iterable[Value]) -> tuple[Value, ...]:
        return evaluate_subgraph(graph, tuple(values), scope, environment)

    call = make_call(node, inputs, environment, run)
    if has_body(call):
        body = standard_body(call)
        return _call_function(body, node, inputs, body_attributes(call, body), body_environment(environment))
    return evaluate_call(call)


def _call_function(
    function: FunctionProto,
    node: NodeProto,
    inputs: tuple[Value | None, ...],
    attributes: Mapping[str, AttributeProto],
    environment: Environment,
) -> tuple[Value | None, ...]:
    """The outputs of a function, those that its caller names, for the values of its inputs and attributes."""
    bound: dict[str, AttributeProto | None] = dict.fromkeys(function.attribute)
    bound.update({default.name: default for default in function.attribute_proto})
    unknown = sorted(attributes.keys() - bound.keys())
    if unknown or len(inputs) > len(function.input) or len(node.output) > len(function.output):
        raise MalformedModel(f"{where(node)}: inputs, outputs or attributes {unknown} that the function does not have")
    bound.update(attributes)
    scope = Scope()
    for index, name in enumerate(function.input):
        scope.define(name, inputs[index] if index < len(inputs) else None)
    key = (domain_name(node.domain), node.op_type, node.overload)
    inner = environment.inside(key, imported_sets(function.opset_import), bound)
    wanted = [name for name, given in zip(function.output, node.output, strict=False) if given]
    evaluate_nodes(function.node, wanted, scope, inner)
    return tuple(required(scope, name) if name in wanted else None for name in function.output)


def evaluate_subgraph(
    graph: GraphProto, inputs: tuple[Value, ...], outer: Scope, environment: Environment
) -> tuple[Value, ...]:
    """The outputs of a graph that an attribute holds."""
    if len(inputs) != len(graph.input):
        raise MalformedModel(f"graph {graph.name!r} wants {len(graph.input)} inputs and is given {len(inputs)}")
    scope = Scope(outer)
    for declared, value in zip(graph.input, inputs, strict=True):
        scope.define(declared.name, value)
    define_constants(graph, scope, environment)
    wanted = [output.name for output in graph.output]
    evaluate_nodes(graph.node, wanted, scope, environment)
    return tuple(required(scope, name) for name in wanted)


def required(scope: Scope, name: str) -> Value:
    """The value of a name that has one."""
    value = scope.lookup(name)
    if value is None:
        raise MalformedModel(f"output {name!r} is an optional value that was left out")
    return value
