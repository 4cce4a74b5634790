"""Where a network ends that is cut short."""

from exactgeo.errors import InvalidArgument
from onnx_import.files.graph import Graph, NodeRecord

ONLY_SHAPES = ("Shape", "Size")
"""Operators that read no number of data."""


def ends_before(graph: Graph, node: NodeRecord) -> list[tuple[str, bool]]:
    """Return the graph's outputs, those that come from a node being replaced by all that the node reads (True)."""
    behind = reached(graph, set(filter(None, node.outputs)))
    if not behind & set(graph.outputs):
        raise InvalidArgument(f"{node} does not lead to an output, so there is nothing to cut")
    kept = [(output, False) for output in graph.outputs if output not in behind]
    read = [(name, True) for name in node.reads if (name, False) not in kept]
    ends = [end for output in graph.outputs for end in (read if output in behind else [(output, False)])]
    return list(dict.fromkeys(ends))


def node_called(graph: Graph, name: str) -> NodeRecord:
    """Return the node of a name; failing that, the node without a name whose first output is called so."""
    named = [node for node in graph.nodes if node.name == name] or [node for node in graph.nodes if node.label == name]
    if not named:
        last = ", ".join(f"'{node.label}' ({node.operator})" for node in graph.nodes[-3:])
        raise InvalidArgument(f"there is no node '{name}' to cut at; the last ones are {last}")
    if len(named) > 1:
        raise InvalidArgument(f"there are {len(named)} nodes '{name}', so it is not clear where to cut")
    return named[0]


def reached(graph: Graph, start: set[str]) -> set[str]:
    """Return the names that depend on some of these, themselves included."""
    found = set(start)
    for node in graph.nodes:
        if found & set(node.reads):
            found |= set(filter(None, node.outputs))
    return found


def output_name(graph: Graph, cut_at: str | None) -> str:
    """Return the name of the one output that a network has, be it cut short or not.

    Raises:
        InvalidArgument: if it has several.
    """
    names = list(graph.outputs)
    if cut_at is not None:
        ends = ends_before(graph, node_called(graph, cut_at))
        names = [name for name, is_cut in ends if not is_cut or name in data_names(graph)]
    if len(names) != 1:
        raise InvalidArgument(f"the network has the outputs {', '.join(names)}: one was expected")
    return names[0]


def data_names(graph: Graph) -> set[str]:
    """Return the names of what depends on the network's inputs by more than their shapes."""
    found = set(graph.inputs)
    for node in graph.nodes:
        if node.operator not in ONLY_SHAPES and found & set(node.reads):
            found |= set(node.outputs)
    return found - {""}
