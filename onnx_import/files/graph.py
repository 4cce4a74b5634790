"""The graph of a model as plain data: nodes in an order in which each comes after what it reads."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter
from heapq import heapify, heappop, heappush
from typing import Any

from exactgeo.errors import MalformedModel
from onnx_import.files.stored import Stored


@dataclass(frozen=True, slots=True)
class AttributeReference:
    """In a function's body: an attribute that the node has which calls the function."""

    name: str


@dataclass(frozen=True, slots=True)
class NodeRecord:
    """A node: its operator, its attributes as Python values, the names of what it reads and writes ('': left out).

    Attributes that are graphs are `Graph`s; `captures` are the names that these read from around the node.
    """

    name: str
    operator: str
    domain: str
    opset: int
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any]
    captures: tuple[str, ...] = ()
    overload: str = ""

    @property
    def label(self) -> str:
        """How messages call the node, and `cut_at` finds it: its name, or its first output's if it has none."""
        return self.name or next((name for name in self.outputs if name), "?")

    @property
    def reads(self) -> tuple[str, ...]:
        """The names that must be known before the node can be lowered."""
        return tuple(name for name in (*self.inputs, *self.captures) if name)

    def __str__(self) -> str:
        operator = f"{self.domain}.{self.operator}" if self.domain else self.operator
        return f"node '{self.label}' ({operator}, opset {self.opset})"


@dataclass(frozen=True, slots=True)
class Graph:
    """A graph, its nodes in an order in which each comes after what it reads.

    Attributes:
        nodes: in order.
        inputs: their names.
        outputs: their names.
        constants: the initializers.
        captured: the names that are read and defined nowhere in the graph: a subgraph's come from around it.
        ranks: how many axes the inputs have, as the graph declares them (0 where it does not); of functions, none.
    """

    nodes: tuple[NodeRecord, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    constants: Mapping[str, Stored]
    captured: tuple[str, ...] = ()
    ranks: tuple[int, ...] = ()

    def bound(self, attributes: Mapping[str, Any]) -> "Graph":
        """Return a function's body with references to attributes replaced; those not given are left out."""

        def resolved(node: NodeRecord) -> NodeRecord:
            values = {
                name: attributes.get(value.name) if isinstance(value, AttributeReference) else value
                for name, value in node.attributes.items()
            }
            return replace(
                node,
                attributes={
                    name: value.bound(attributes) if isinstance(value, Graph) else value
                    for name, value in values.items()
                    if value is not None
                },
            )

        return replace(self, nodes=tuple(resolved(node) for node in self.nodes))

    def without_inputs(self, names: Collection[str]) -> "Graph":
        """Return a function's body for a call that leaves these inputs out, as do then all nodes that read them."""

        def without(node: NodeRecord) -> NodeRecord:
            attributes = {
                key: value.without_inputs([name for name in value.captured if name in names])
                if isinstance(value, Graph)
                else value
                for key, value in node.attributes.items()
            }
            inputs = tuple("" if name in names else name for name in node.inputs)
            captures = tuple(name for name in node.captures if name not in names)
            return replace(node, inputs=inputs, attributes=attributes, captures=captures)

        return replace(
            self,
            nodes=tuple(without(node) for node in self.nodes),
            inputs=tuple(name for name in self.inputs if name not in names),
            captured=tuple(name for name in self.captured if name not in names),
        )


@dataclass(frozen=True, slots=True)
class Function:
    """A function that a model defines: its body, the attributes that callers give, and their defaults."""

    body: Graph
    attributes: tuple[str, ...]
    defaults: Mapping[str, Any]


FunctionKey = tuple[str, str, str]
"""Domain, name, overload."""


@dataclass(frozen=True, slots=True)
class InputRecord:
    """An input of the model. Dimensions that the file leaves open are None."""

    name: str
    element_type: str
    shape: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Model:
    """A model file's content."""

    graph: Graph
    inputs: tuple[InputRecord, ...]
    functions: Mapping[FunctionKey, Function]
    opset: int
    ir_version: int
    producer: str


def ordered_graph(
    nodes: Sequence[NodeRecord], inputs: tuple[str, ...], outputs: tuple[str, ...], constants: Mapping[str, Stored]
) -> Graph:
    """Return the graph, its nodes so that each comes after what it reads.

    The standard asks for such an order, but files in the wild put constants behind their use.
    """
    _demand_single_writers(nodes, {*constants, *inputs})
    writer = {name: index for index, node in enumerate(nodes) for name in node.outputs if name}
    known = {*writer, *constants, *inputs}
    read = [*(name for node in nodes for name in node.reads), *outputs]
    captured = tuple(dict.fromkeys(name for name in read if name not in known))
    reads = {index: {writer[name] for name in node.reads if name in writer} for index, node in enumerate(nodes)}
    order = _least_first(TopologicalSorter(reads), nodes)
    return Graph(tuple(nodes[index] for index in order), inputs, outputs, constants, captured)


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
