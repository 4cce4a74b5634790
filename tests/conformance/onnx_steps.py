"""What may come next in a sketch of a model: a node, or a few that belong together."""

import numpy as np
from conformance.onnx_sketch import FLOATS, NUMBERS
from hypothesis import strategies as st
from onnx import TensorProto


def affine(sketch):
    """A dense layer."""
    source = sketch.some_data(least_rank=1)
    if source is None:
        return
    terms, columns = source.shape[-1], sketch.whole(1, 3)
    if len(source.shape) == 2 and sketch.maybe():
        transposed = sketch.whole(0, 1)
        weights = sketch.floats((columns, terms) if transposed else (terms, columns))
        bias = sketch.floats(sketch.partner_shape((source.shape[0], columns)))
        attributes = {name: sketch.choose(0.5, 1.0, 2.0, 0.1) for name in ("alpha", "beta") if sketch.maybe()}
        if sketch.opset < 7:
            attributes["broadcast"] = 1
        sketch.add("Gemm", [source.name, weights, bias], transB=transposed, **attributes)
    else:
        sketch.add("MatMul", [source.name, sketch.floats((terms, columns))])


def elementwise(sketch):
    """Arithmetic with a constant or with other data, in either order."""
    source = sketch.some_data()
    other = sketch.some_data(shape=source.shape)
    operator = sketch.choose("Add", "Sub", "Max", "Min", "Sum", "Mean", "Mul", "Div")
    if operator in {"Mul", "Div"} or sketch.maybe():
        nonzero = st.sampled_from([1.0, -1.0, 0.5, 0.1, -3.0])
        shape = source.shape if sketch.opset < 8 else sketch.partner_shape(source.shape)
        names = [source.name, sketch.floats(shape, nonzero if operator == "Div" else NUMBERS)]
    else:
        names = [source.name, other.name]
    if operator != "Div":
        names = sketch.draw(st.permutations(names))
    sketch.add(operator, names)


ACTIVATIONS = {
    "Relu": (), "Abs": (), "Neg": (), "Identity": (), "Sign": (), "Dropout": (),
    "LeakyRelu": ("alpha",), "ThresholdedRelu": ("alpha",),
    "Shrink": ("lambd", "bias"), "HardSigmoid": ("alpha", "beta"),
}  # fmt: skip


def activation(sketch):
    """A piecewise-affine activation, with any parameters."""
    source, operator = sketch.some_data(), sketch.draw(st.sampled_from([*ACTIVATIONS, "PRelu", "Clip"]))
    if operator == "PRelu":
        shape = source.shape if sketch.opset < 7 else sketch.partner_shape(source.shape)
        sketch.add(operator, [source.name, sketch.floats(shape)])
    elif operator == "Clip":
        low, high = sorted((sketch.draw(NUMBERS), sketch.draw(NUMBERS)))
        bounds = [sketch.draw(st.sampled_from([low, None])), sketch.draw(st.sampled_from([high, None]))]
        if sketch.opset < 11:
            given = {n: b for n, b in zip(("min", "max"), bounds, strict=True) if b is not None}
            sketch.add(operator, [source.name], **given)
        else:
            names = ["" if b is None else sketch.typed(b) for b in bounds]
            sketch.add(operator, [source.name, *names])
    else:
        positive = st.sampled_from([0.0, 0.5, 1.0, 0.2, 1 / 3])
        drawn = NUMBERS if operator in {"LeakyRelu", "Shrink"} else positive
        given = {name: sketch.draw(drawn) for name in ACTIVATIONS[operator] if sketch.maybe()}
        if sketch.whole(0, 9) == 9 and operator in {"ThresholdedRelu", "HardSigmoid", "Shrink"}:
            given = {name: sketch.draw(NUMBERS) for name in given}
        sketch.add(operator, [source.name], **given)


def comparison(sketch):
    """A comparison of data with data or with a constant."""
    source = sketch.some_data()
    other = sketch.some_data(shape=source.shape).name if sketch.maybe() else None
    if other is None:
        shape = source.shape if sketch.opset < 7 else sketch.partner_shape(source.shape)
        other = sketch.floats(shape)
    operator = sketch.choose("Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Equal")
    sketch.add(operator, sketch.draw(st.permutations([source.name, other])))


def gate(sketch):
    """Truth values combined, or choosing between data, or cast to numbers and multiplied with data."""
    source = sketch.some_data(TensorProto.BOOL)
    if source is None:
        comparison(sketch)
        source = sketch.some_data(TensorProto.BOOL)
    if source is None:
        return
    operator = sketch.choose("And", "Or", "Xor", "Not", "Where", "Mul", "Mul")
    if operator in {"And", "Or", "Xor"}:
        other = sketch.some_data(TensorProto.BOOL, source.shape).name
        if sketch.whole(0, 4) == 4:
            other = sketch.constant(np.array([sketch.maybe() for _ in range(source.size)]).reshape(source.shape))
        sketch.add(operator, [source.name, other])
    elif operator == "Not":
        sketch.add(operator, [source.name])
    else:
        first = sketch.fitted(source.shape)
        if first is None:
            return
        second = sketch.some_data(shape=source.shape).name if sketch.maybe() else sketch.floats(source.shape)
        if operator == "Where":
            sketch.add(operator, [source.name, *sketch.draw(st.permutations([first, second]))])
        elif cast := sketch.add("Cast", [source.name], to=sketch.kind):
            sketch.add("Mul", sketch.draw(st.permutations([cast[0], first])))


def extremum(sketch):
    """Something that picks the largest or the smallest of entries."""
    source = sketch.some_data(least_rank=1)
    if source is None:
        return
    rank, axis = len(source.shape), sketch.axis(len(source.shape))
    operator = sketch.choose("ReduceMax", "ReduceMin", "ArgMax", "ArgMin", "TopK", "Hardmax", "GlobalMaxPool")
    if operator in {"ArgMax", "ArgMin"}:
        given = {"select_last_index": sketch.whole(0, 1)} if sketch.opset >= 12 else {}
        found = sketch.add(operator, [source.name], axis=axis, keepdims=sketch.whole(0, 1), **given)
        if found and sketch.maybe():
            sketch.add("Cast", found, to=sketch.kind)
    elif operator == "TopK":
        k = sketch.whole(1, source.shape[axis])
        given = {} if sketch.opset < 11 else {"largest": sketch.whole(0, 1), "sorted": sketch.choose(1, 1, 0)}
        if sketch.opset < 10:
            sketch.add(operator, [source.name], 2, axis=axis, k=k)
        else:
            sketch.add(operator, [source.name, sketch.whole_numbers(k)], 2, axis=axis, **given)
    elif operator == "Hardmax":
        given = {"axis": axis} if sketch.maybe() else {}
        sketch.add(operator, [source.name], **given)
    elif operator == "GlobalMaxPool":
        if rank >= 3:
            sketch.add(sketch.choose(operator, "GlobalAveragePool"), [source.name])
    else:
        reduction(sketch, operator, source, [axis])


def reduction(sketch, operator, source, axes):
    """A reduction over axes, given as its version wants them."""
    since, given = 13 if operator == "ReduceSum" else 18, {"keepdims": sketch.whole(0, 1)}
    if sketch.opset < since:
        sketch.add(operator, [source.name], axes=axes, **given)
    else:
        sketch.add(operator, [source.name, sketch.whole_numbers(*axes)], **given)


def sums(sketch):
    """A sum of entries."""
    source = sketch.some_data(least_rank=1)
    if source is not None:
        operator = sketch.choose("ReduceSum", "ReduceMean", "ReduceL1")
        reduction(sketch, operator, source, [sketch.axis(len(source.shape))])


def joined(sketch):
    """Tensors side by side, or one in parts."""
    source = sketch.some_data(least_rank=1)
    if source is None:
        return
    axis = sketch.axis(len(source.shape))
    if sketch.maybe():
        other = sketch.floats(source.shape) if sketch.maybe() else sketch.some_data(shape=source.shape).name
        sketch.add("Concat", sketch.draw(st.permutations([source.name, other])), axis=axis)
        return
    length = source.shape[axis]
    first = sketch.whole(0, length)
    parts = [first, length - first]
    if sketch.opset >= 18 and sketch.maybe():
        sketch.add("Split", [source.name], min(2, length), axis=axis, num_outputs=min(2, length))
    elif sketch.opset < 13:
        sketch.add("Split", [source.name], 2, axis=axis, split=parts)
    else:
        sketch.add("Split", [source.name, sketch.whole_numbers(*parts)], 2, axis=axis)


def old_forms(sketch):
    """Nodes whose lists were attributes once: Slice, Pad, Squeeze, Unsqueeze, Upsample of the oldest sets."""
    source = sketch.some_data(least_rank=1)
    if source is None:
        return
    rank = len(source.shape)
    axis = sketch.whole(0, rank - 1)
    operator = sketch.choose("Slice", "Pad", "Unsqueeze", "Squeeze", "Flatten", "Transpose", "Reshape")
    if operator == "Slice":
        start, end = sketch.whole(-3, 2), sketch.whole(-2, 4)
        sketch.add(operator, [source.name], starts=[start], ends=[end], axes=[axis])
    elif operator == "Pad":
        low = -1 if sketch.maybe() else 0
        amounts = [sketch.whole(low, 1) for _ in range(2 * rank)]
        sketch.add(operator, [source.name], pads=amounts, mode=sketch.choose("constant", "edge"), value=0.5)
    elif operator == "Unsqueeze":
        sketch.add(operator, [source.name], axes=[sketch.whole(0, rank)])
    elif operator == "Squeeze":
        sketch.add(operator, [source.name])
    elif operator == "Flatten":
        sketch.add(operator, [source.name], axis=sketch.whole(0, rank))
    elif operator == "Transpose":
        sketch.add(operator, [source.name], **({"perm": sketch.draw(st.permutations(range(rank)))} if axis else {}))
    else:
        sketch.add(operator, [source.name, sketch.whole_numbers(*sketch.choose([0, -1], [-1, 1], [1, -1, 1]))])


def quantised(sketch):
    """Constants that are stored as integers; data on a staircase."""
    source = sketch.some_data()
    kind = np.dtype(sketch.choose(np.int8, np.uint8))
    scale, zero = np.float32(sketch.choose(0.5, 0.25, 0.1)), np.array(sketch.whole(0, 9), dtype=kind)
    names = [sketch.constant(scale), sketch.constant(zero)]
    if sketch.maybe():
        stored = np.array([sketch.whole(0, 20) for _ in range(source.size)], dtype=kind).reshape(source.shape)
        found = sketch.add("DequantizeLinear", [sketch.constant(stored), *names])
        if found and sketch.kind != TensorProto.FLOAT:
            found = sketch.add("Cast", found, to=sketch.kind)
        if found:
            sketch.add("Add", [source.name, found[0]])
    elif source.size <= 4:
        found = sketch.add("QuantizeLinear", [source.name, *names])
        if found:
            sketch.add("DequantizeLinear", [found[0], *names])


def recast(sketch):
    """Data in another type of floats and back; the exact network does not round."""
    source = sketch.some_data()
    kind = sketch.draw(st.sampled_from(sorted(FLOATS)))
    found = sketch.add("Cast", [source.name], to=kind)
    if found:
        sketch.add("Cast", found, to=sketch.kind)


STEPS = (affine, elementwise, activation, comparison, gate, extremum, sums, joined, old_forms, quantised, recast)
