"""Which nodes of a graph are gates, and what opens them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from exactgeo.errors import InvalidArgument
from onnx_import.files.ends import ONLY_SHAPES
from onnx_import.files.graph import Graph, NodeRecord

WEIGHTED = ("Gemm", "MatMul", "Conv")
"""Operators whose constants are weights."""

_SAME = ("Identity", "Cast")
_SWAPPED = {"Greater": False, "Less": True}
_CLOSED = ("GreaterOrEqual", "LessOrEqual")
_SOFT = "Sigmoid"
_NORMALISING = ("BatchNormalization", "InstanceNormalization", "LayerNormalization", "GroupNormalization")


@dataclass(frozen=True, slots=True)
class Gating:
    """A node that multiplies a value by gates: open where one array is greater than another one.

    Attributes:
        node: the node.
        value: the name of what is gated.
        greater: the name of the first array.
        lesser: of the second one; None for 0.
        is_own: whether the gates look at what they gate, as those of a Relu do.
        soft: the node whose soft gate it is in the file, as a Sigmoid's; None for a hard gate.
        otherwise: the name of what stands in the value's place where the gates are closed; None for 0.
        shape: of the gates, once it is known.
    """

    node: NodeRecord
    value: str
    greater: str
    lesser: str | None
    is_own: bool = False
    soft: NodeRecord | None = None
    otherwise: str | None = None
    shape: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Structure:
    """The value network of a graph.

    Attributes:
        graph: the graph.
        output: the name of the network's output.
        data: the names that depend on the network's inputs.
        nodes: those of the value network, in order.
        gatings: the gates among them, by the names of their nodes' outputs.
    """

    graph: Graph
    output: str
    data: Collection[str]
    nodes: tuple[NodeRecord, ...]
    gatings: Mapping[str, Gating]


def structure_of(graph: Graph, output: str, data: Collection[str]) -> Structure:
    """Find the value network of a graph: on the way back from the output, past the gates.

    Raises:
        InvalidArgument: for a node that no layer and no gate is made of; it is named.
    """
    writers = {name: node for node in graph.nodes for name in node.outputs if name}
    gatings: dict[str, Gating] = {}
    waiting, followed = [output], set[str]()
    while waiting:
        name = waiting.pop()
        node = writers.get(name)
        if name in followed or node is None or not (name in data or _is_layer(name, writers, data)):
            continue
        followed.add(name)
        gating = _gating(node, writers, data)
        if gating is not None:
            gatings[name] = gating
            waiting.append(gating.value)
        elif node.operator in _NORMALISING:
            raise InvalidArgument(f"{node} learns how its input is scaled: fold it into the layer before it first")
        else:
            waiting += [own for own in node.reads if own in data or _is_layer(own, writers, data)]
    nodes = tuple(node for node in graph.nodes if followed & set(node.outputs))
    return Structure(graph, output, data, nodes, gatings)


def _is_layer(name: str, writers: Mapping[str, NodeRecord], data: Collection[str]) -> bool:
    """Whether a name that depends on no data is of a layer all the same, or made of one: of ones in the place of x."""
    node = writers.get(name)
    if name in data or node is None or node.operator in ONLY_SHAPES:
        return False
    return node.operator in WEIGHTED or any(_is_layer(own, writers, data) for own in node.reads)


def _gating(node: NodeRecord, writers: Mapping[str, NodeRecord], data: Collection[str]) -> Gating | None:
    """Return what a node gates; None if it is no gate."""
    if node.operator == "Relu":
        return Gating(node, node.inputs[0], node.inputs[0], None, is_own=True)
    if node.operator == "Where" and node.inputs[0] in data:
        signal = _signal(node, node.inputs[0], writers)
        if signal is None or signal[2] is not None:
            raise InvalidArgument(f"{node} has a condition that is no comparison: Greater or Less was expected")
        greater, lesser, _ = signal
        return Gating(node, node.inputs[1], greater, lesser, otherwise=node.inputs[2])
    if node.operator != "Mul":
        return None
    signals = [(name, _signal(node, name, writers)) for name in node.inputs]
    opening = [signal for _, signal in signals if signal is not None]
    values = [name for name, signal in signals if signal is None]
    if not opening and any(name not in data for name in node.inputs):
        return None  # a product with constants
    if len(opening) != 1 or len(values) != 1:
        raise InvalidArgument(
            f"{node} multiplies data by data, and not just one of them is a gate: Greater or Less, perhaps cast"
        )
    greater, lesser, soft = opening[0]
    return Gating(node, values[0], greater, lesser, soft=soft)


def _signal(
    gate: NodeRecord, name: str, writers: Mapping[str, NodeRecord]
) -> tuple[str, str | None, NodeRecord | None] | None:
    """Return what a truth value compares, the greater first, and the node of a soft one; None if it is neither."""
    node, passed = writers.get(name), []
    while node is not None and node.operator in _SAME:
        passed.append(node.operator)
        node = writers.get(node.inputs[0])
    if node is None:
        return None
    if node.operator in _CLOSED:
        raise InvalidArgument(f"{node} opens the gates of {gate} at 0, where they are closed here: use Greater or Less")
    if node.operator in _SWAPPED:
        first, second = node.inputs
        return (second, first, None) if _SWAPPED[node.operator] else (first, second, None)
    is_soft = node.operator == _SOFT and "Cast" not in passed  # which may make a truth value, or an integer of it
    return (node.inputs[0], None, node) if is_soft else None
