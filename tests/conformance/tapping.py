"""Models in which every computed tensor passes through units that are the identity, so that a program shows it.

An imported program merges what affine nodes do one after the other: of Sub(Add(x, 1000), 1000) it keeps x, and nothing
shows that a runtime rounds the sum. In a tapped model every node that computes from data is followed by Max(t, t),
which the importer turns into a unit an entry; a form in the program is then what one node computes. The function stays
the same, so that the two programs must have the same exact outputs. A BatchNormalization adds up constants within one
node; it is taken apart into a subtraction of its mean, a scaling, and an addition of its offset.
"""

import numpy as np
import onnx
from onnx import NodeProto, TensorProto, helper, numpy_helper

FLOATS = {TensorProto.FLOAT16, TensorProto.BFLOAT16, TensorProto.FLOAT, TensorProto.DOUBLE}
MOVING = {
    *("Identity", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose", "Concat", "Split", "Slice", "Gather"),
    *("Expand", "Tile", "Pad", "Constant", "ConstantOfShape", "Dropout", "GatherElements", "GatherND"),
    *("DepthToSpace", "SpaceToDepth", "SequenceConstruct", "SequenceEmpty", "SequenceInsert", "SequenceErase"),
    *("SequenceAt", "SplitToSequence", "ConcatFromSequence"),
}
UNKNOWN = (TensorProto.FLOAT, 0)  # where shape inference finds no type, as in some old models: all there are floats
_TENSORS, _TAP = "tensor_type", "/tap"


def tapped(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return the tapped model; it equals the given one if no node's result goes into another node."""
    result = onnx.shape_inference.infer_shapes(model)
    graph = result.graph
    types = types_of(model)
    data = {value.name for value in graph.input} - {tensor.name for tensor in graph.initializer}
    nodes = in_order(graph)
    read = {name for node in nodes for name in reads(node)}
    del graph.node[:]
    for node in nodes:
        if not data.intersection(reads(node)):
            graph.node.append(node)
            continue
        data.update(filter(None, node.output))
        for body in _bodies(node):
            _tap_all(body)
        parts = _parts(node, result, types)
        for part in parts:
            wanted = [name for name in part.output if name and (name in read or len(parts) > 1)]
            wanted = [] if part.op_type in MOVING else wanted
            taps = [_tap(part, name) for name in wanted if types.get(name, UNKNOWN)[0] in FLOATS]
            graph.node.extend([part, *taps])
    del graph.value_info[:]
    return result


def has_taps(model: onnx.ModelProto) -> bool:
    """Whether a tapped model differs from what it was made of."""
    return _TAP.encode() in model.SerializeToString()


def _bodies(node: NodeProto) -> list[onnx.GraphProto]:
    """Return the graphs inside a node."""
    return [graph for one in node.attribute for graph in (*one.graphs, *([one.g] if one.HasField("g") else []))]


def _tap_all(graph: onnx.GraphProto) -> None:
    """Tap, in place, whatever a graph inside a node computes."""
    types = {value.name: value.type.tensor_type.elem_type for value in (*graph.value_info, *graph.output)}
    nodes = in_order(graph)
    del graph.node[:]
    for node in nodes:
        for body in _bodies(node):
            _tap_all(body)
        wanted = [name for name in node.output if node.op_type not in MOVING and types.get(name) in FLOATS]
        taps = [_tap(node, name) for name in wanted]
        graph.node.extend([node, *taps])


def in_order(graph: onnx.GraphProto) -> list[NodeProto]:
    """Return copies of the nodes, each behind what it reads; some files have constants last."""
    waiting = [NodeProto.FromString(node.SerializeToString()) for node in graph.node]
    written = {name for node in waiting for name in node.output}
    known = {""}
    ordered = []
    while waiting:
        ready = [node for node in waiting if not (reads(node) & written) - known]
        if not ready:
            return ordered + waiting
        for node in ready:
            known.update(node.output)
        ordered += ready
        waiting = [node for node in waiting if not any(node is other for other in ready)]
    return ordered


def reads(node: NodeProto) -> set[str]:
    """Return what a node reads, its subgraphs' outer names included."""
    names = set(filter(None, node.input))
    for graph in _bodies(node):
        inner = {value.name for value in graph.input} | {tensor.name for tensor in graph.initializer}
        inner |= {name for one in graph.node for name in one.output}
        names |= {name for one in graph.node for name in reads(one)} - inner
        names |= {value.name for value in graph.output} - inner
    return names


def types_of(model: onnx.ModelProto) -> dict[str, tuple[int, int]]:
    """Return the element type and the rank of each tensor that is known to have them."""
    graph = onnx.shape_inference.infer_shapes(model).graph
    values = [value for value in (*graph.input, *graph.value_info, *graph.output) if value.type.HasField(_TENSORS)]
    return {v.name: (v.type.tensor_type.elem_type, len(v.type.tensor_type.shape.dim)) for v in values}


def _tap(node: NodeProto, name: str) -> NodeProto:
    """Rename an output of a node, and return the node that makes the old name from the new one."""
    raw = f"{name}/computed"
    node.output[list(node.output).index(name)] = raw
    return helper.make_node("Max", [raw, raw], [name], name=f"{name}{_TAP}")


def _parts(node: NodeProto, model: onnx.ModelProto, types: dict[str, tuple[int, int]]) -> list[NodeProto]:
    """Return a BatchNormalization of constants in three parts, any other node as it is."""
    if node.op_type != "BatchNormalization" or len(node.output) > 1 or node.input[0] not in types:
        return [node]
    known = constants(model.graph)
    if not known.keys() >= set(node.input[1:]):
        return [node]
    kind, rank = types[node.input[0]]
    name = node.output[0]
    centred, scaled = f"{name}/centred", f"{name}/scaled"
    types[centred] = types[scaled] = types[name] = (kind, rank)
    zero = f"{name}/zero"
    model.graph.initializer.append(numpy_helper.from_array(np.zeros_like(known[node.input[3]]), zero))
    scaling = NodeProto.FromString(node.SerializeToString())
    scaling.input[:] = [centred, node.input[1], zero, zero, node.input[4]]
    scaling.output[0] = scaled
    centring = _by_channel("Sub", node.input[0], known[node.input[3]], centred, rank=rank, model=model)
    return [centring, scaling, _by_channel("Add", scaled, known[node.input[2]], name, rank=rank, model=model)]


def _by_channel(
    operator: str, data: str, numbers: np.ndarray, result: str, *, rank: int, model: onnx.ModelProto
) -> NodeProto:
    """Return a node that combines data with one number for each channel, storing the numbers."""
    stored = f"{result}/{operator}"
    version = next(one.version for one in model.opset_import if one.domain in {"", "ai.onnx"})
    old = {"broadcast": 1, "axis": 1} if version < 7 else {}
    array = numbers if old else numbers.reshape(-1, *[1] * (rank - 2))
    model.graph.initializer.append(numpy_helper.from_array(array, stored))
    return helper.make_node(operator, [data, stored], [result], name=f"{result}/node", **old)


def constants(graph: onnx.GraphProto) -> dict[str, np.ndarray]:
    """Return the arrays that the graph stores, as initializers or in Constant nodes."""
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    for node in graph.node:
        held = [attribute.t for attribute in node.attribute if attribute.name == "value"]
        if node.op_type == "Constant" and held:
            stored[node.output[0]] = numpy_helper.to_array(held[0])
    return stored


def element_types(model: onnx.ModelProto) -> set[int]:
    """Return the element types of all tensors of a graph, casts' targets among them."""
    graph = model.graph
    found = {kind for kind, _ in types_of(model).values()} | {tensor.data_type for tensor in graph.initializer}
    for attribute in (attribute for node in graph.node for attribute in node.attribute):
        if attribute.name in {"to", "dtype", "stash_type"} and attribute.type == onnx.AttributeProto.INT:
            found.add(attribute.i)
        if attribute.type == onnx.AttributeProto.TENSOR:
            found.add(attribute.t.data_type)
    return found
