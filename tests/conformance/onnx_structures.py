"""Steps of a sketch that are more than nodes in a row: computed shapes, branches, loops, functions, lists."""

import numpy as np
from conformance.onnx_sketch import NUMBERS, Tensor
from onnx import TensorProto, helper, numpy_helper

DOMAIN = "local"
LONG = TensorProto.INT64


def _info(tensor, name=None):
    return helper.make_tensor_value_info(name or tensor.name, tensor.kind, tensor.shape)


def shape_chain(sketch):
    """A shape that the graph computes: kept as a shape, as an index, or as a number."""
    source = sketch.some_data(least_rank=1)
    if source is None:
        return
    rank = len(source.shape)
    shape = sketch.name("s")
    sketch.append(helper.make_node("Shape", [source.name], [shape]), [])
    sketch.computed[shape] = Tensor(shape, (rank,), LONG)
    use = sketch.choose("Reshape", "ConstantOfShape", "Range", "Expand", "number")
    at, found = sketch.whole(0, rank - 1), sketch.name("t")
    if use == "Reshape":
        last = sketch.add("Gather", [shape, sketch.whole_numbers(at)], axis=0)
        target = sketch.add("Concat", [sketch.whole_numbers(-1), last[0]], axis=0)
        length = source.shape[at]
        made = Tensor(found, (source.size // length, length), source.kind)
        sketch.append(helper.make_node("Reshape", [source.name, target[0]], [found]), [made])
    elif use == "ConstantOfShape" and sketch.opset >= 9:
        value = numpy_helper.from_array(np.array([sketch.draw(NUMBERS)]).astype(sketch.dtype))
        node = helper.make_node("ConstantOfShape", [shape], [found], value=value)
        sketch.append(node, [])
        sketch.computed[found] = Tensor(found, source.shape, sketch.kind)
        sketch.add("Add", [source.name, found])
    elif use == "Range" and sketch.opset >= 11:
        length = sketch.add("Gather", [shape, sketch.constant(np.array(at))], axis=0)
        bounds = [sketch.constant(np.array(0)), length[0], sketch.constant(np.array(sketch.choose(1, 2)))]
        sketch.append(helper.make_node("Range", bounds, [found]), [])
        count = len(range(0, source.shape[at], int(sketch.stored[bounds[2]])))
        sketch.computed[found] = Tensor(found, (count,), LONG)
        sketch.add("Gather", [source.name, found], axis=at)
    elif use == "Expand" and sketch.opset >= 8:
        small = sketch.fitted(tuple(1 if n == at else n for n in source.shape))
        if small:
            made = Tensor(found, source.shape, source.kind)
            if all(a in {1, b} for a, b in zip(sketch.data[small].shape, source.shape, strict=True)):
                sketch.append(helper.make_node("Expand", [small, shape], [found]), [made])
    elif use == "number":
        length = sketch.add("Gather", [shape, sketch.whole_numbers(at)], axis=0)
        number = length and sketch.add("Cast", length, to=sketch.kind)
        if number and sketch.opset >= 7:
            sketch.add(sketch.choose("Mul", "Div", "Sub"), [source.name, number[0]])


def branch(sketch):
    """An If whose condition is constant, or (sometimes) hangs on the data."""
    if not sketch.takes("If"):
        return
    source = sketch.some_data()
    operators = [sketch.choose("Relu", "Neg", "Abs", "Identity") for _ in range(2)]
    graphs = []
    for operator in operators:
        inner = Tensor(sketch.name("i"), source.shape, source.kind)
        nodes = [helper.make_node(operator, [source.name], [inner.name])]
        graphs.append(helper.make_graph(nodes, "branch", [], [_info(inner)]))
    condition = sketch.constant(np.array(sketch.maybe()))
    if sketch.whole(0, 3) == 3:
        single = sketch.fitted((1,))
        found = single and sketch.add("Greater", [single, sketch.floats((1,))])
        condition = found[0] if found else condition
    result = Tensor(sketch.name("t"), source.shape, source.kind)
    node = helper.make_node("If", [condition], [result.name], then_branch=graphs[0], else_branch=graphs[1])
    sketch.append(node, [result])


def loop(sketch):
    """A Loop of a constant number of rounds, with one state, and its course as a second output."""
    if not sketch.takes("Loop"):
        return
    source = sketch.some_data()
    rounds, constant = sketch.whole(0, 3), sketch.floats(source.shape)
    number, going, state, after, left = (sketch.name("l") for _ in range(5))
    kept = sketch.maybe() and source.size <= 12
    changed = sketch.name("l")
    nodes = [
        helper.make_node("Sum", [state, constant], [changed]),
        helper.make_node(sketch.choose("Relu", "Abs", "Identity"), [changed], [after]),
        helper.make_node("Identity", [going], [left]),
    ]
    inner = Tensor(after, source.shape, source.kind)
    outs = [helper.make_tensor_value_info(left, TensorProto.BOOL, []), _info(inner)]
    made = [Tensor(sketch.name("t"), source.shape, source.kind)]
    if kept and rounds:
        course = sketch.name("l")
        nodes.append(helper.make_node("Identity", [changed], [course]))
        outs.append(_info(inner, course))
        made.append(Tensor(sketch.name("t"), (rounds, *source.shape), source.kind))
    ins = [
        helper.make_tensor_value_info(number, LONG, []),
        helper.make_tensor_value_info(going, TensorProto.BOOL, []),
        _info(source, state),
    ]
    body = helper.make_graph(nodes, "body", ins, outs)
    given = [sketch.constant(np.array(rounds)), sketch.constant(np.array(True)), source.name]
    if sketch.maybe():
        given[1] = ""
    sketch.append(helper.make_node("Loop", given, [t.name for t in made], body=body), made)


def scan(sketch):
    """A Scan along an axis: a running sum or maximum, and what it was on the way."""
    source = sketch.some_data(least_rank=1)
    if source is None or sketch.opset < 9 or not sketch.takes("Scan"):
        return
    rank = len(source.shape)
    axis = sketch.axis(rank)
    row = tuple(np.delete(source.shape, axis).tolist())
    start = sketch.floats(row)
    state, part, after, seen = (sketch.name("l") for _ in range(4))
    nodes = [
        helper.make_node(sketch.choose("Sum", "Max", "Sub"), [state, part], [after]),
        helper.make_node(sketch.choose("Relu", "Identity"), [after], [seen]),
    ]
    piece = Tensor(after, row, source.kind)
    body = helper.make_graph(
        nodes, "body", [_info(piece, state), _info(piece, part)], [_info(piece), _info(piece, seen)]
    )
    out = sketch.axis(rank)
    shape = list(row)
    shape.insert(out % rank, source.shape[axis])
    made = [Tensor(sketch.name("t"), row, source.kind), Tensor(sketch.name("t"), tuple(shape), source.kind)]
    directions = {f"scan_{k}_directions": [sketch.whole(0, 1)] for k in ("input", "output") if sketch.maybe()}
    node = helper.make_node(
        "Scan", [start, source.name], [t.name for t in made], body=body, num_scan_inputs=1,
        scan_input_axes=[axis], scan_output_axes=[out], **directions,
    )  # fmt: skip
    sketch.append(node, made)


def local_function(sketch):
    """A call of a local function, which hands an attribute on to a node, with a default or without one."""
    source = sketch.some_data()
    name, constant = sketch.name("F"), sketch.floats(source.shape)
    inner = helper.make_node("LeakyRelu", ["a"], ["r"])
    reference = inner.attribute.add()
    reference.name, reference.ref_attr_name, reference.type = "alpha", "slope", 1
    nodes = [inner, helper.make_node(sketch.choose("Sum", "Max"), ["r", "b"], ["z"])]
    sets, given, defaults = [helper.make_opsetid("", sketch.opset)], {}, []
    if sketch.maybe():
        defaults = [helper.make_attribute("slope", sketch.choose(0.5, -0.25, 0.1))]
    if sketch.maybe():
        given = {"slope": sketch.choose(2.0, 0.2, 0.0)}
    function = helper.make_function(
        DOMAIN, name, ["a", "b"], ["z"], nodes, sets, [] if defaults else ["slope"], defaults
    )
    sketch.functions.append(function)
    result = Tensor(sketch.name("t"), source.shape, source.kind)
    node = helper.make_node(name, [source.name, constant], [result.name], domain=DOMAIN, **given)
    sketch.append(node, [result])


def sequence(sketch):
    """A list of tensors, of which one is taken, or which are joined again."""
    source = sketch.some_data(least_rank=1)
    if source is None or not sketch.takes("SequenceConstruct"):
        return
    listed, found, rank = sketch.name("q"), sketch.name("t"), len(source.shape)
    axis = sketch.axis(rank)
    if sketch.maybe():
        other = sketch.some_data(shape=source.shape).name if sketch.maybe() else sketch.floats(source.shape)
        nodes = [helper.make_node("SequenceConstruct", [source.name, other], [listed])]
        parts, length = [source.shape] * 2, 2
        if sketch.maybe():
            longer, place = sketch.name("q"), sketch.constant(np.array(sketch.whole(-2, 2)))
            nodes.append(helper.make_node("SequenceInsert", [listed, source.name, place], [longer]))
            parts, length, listed = [source.shape] * 3, 3, longer
    else:
        nodes = [helper.make_node("SplitToSequence", [source.name], [listed], axis=axis)]
        length = source.shape[axis]
        part = list(source.shape)
        part[axis] = 1
        parts = [tuple(part)] * length
    if sketch.maybe():
        at = sketch.whole(-length, length - 1)
        nodes.append(helper.make_node("SequenceAt", [listed, sketch.constant(np.array(at))], [found]))
        shape = parts[at]
    else:
        stacked = sketch.whole(0, 1)
        nodes.append(helper.make_node("ConcatFromSequence", [listed], [found], axis=axis, new_axis=stacked))
        shape = list(parts[0])
        if stacked:
            shape.insert(axis % (rank + 1), length)
        else:
            shape[axis] = sum(p[axis] for p in parts)
    for node in nodes[:-1]:
        sketch.append(node, [])
        sketch.data[node.output[0]] = Tensor(node.output[0], (), TensorProto.UNDEFINED)
    sketch.append(nodes[-1], [Tensor(found, tuple(shape), source.kind)])


STRUCTURES = (shape_chain, branch, loop, scan, local_function, sequence)
