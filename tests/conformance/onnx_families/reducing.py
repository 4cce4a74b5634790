"""Products with constants, reductions, places of extrema, normalisation."""

import numpy as np
import onnx
from conformance.onnx_families.drawing import Draw, case, single
from unit.onnx_import.models import integers, model, node


@case("ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceL1")
def reduction(operator: str, draw: Draw, opset: int) -> onnx.ModelProto:
    shape = tuple(draw.pick([1, 2, 4]) for _ in range(draw.integer(1, 4)))
    return _reduction(operator, draw, opset, {"x": shape}, {}, "x")


@case("ReduceProd", "ReduceSumSquare", "ReduceL2")
def reduction_of_constants(operator: str, draw: Draw, opset: int) -> onnx.ModelProto:
    shape = draw.shape(1, 3)
    numbers = draw.numbers(*shape)
    if operator == "ReduceL2":  # of so few numbers that are not 0 that the root is rational
        numbers = np.where(np.arange(numbers.size).reshape(shape) == draw.integer(0, numbers.size), numbers, 0)
    return _reduction(operator, draw, opset, {"x": (1,)}, {"c": numbers}, "c")


def _reduction(operator, draw, opset, data, constants, name):
    rank = len({**data, **{key: value.shape for key, value in constants.items()}}[name])
    since = 13 if operator == "ReduceSum" else 18
    attributes = draw.some(keepdims=draw.integer(0, 1))
    axes = draw.pick([None, draw.axes(rank, opset)])
    names = [name]
    if opset < since:
        attributes |= {} if axes is None else {"axes": axes}
    else:
        attributes |= draw.some(noop_with_empty_axes=draw.integer(0, 1))
        if axes is not None:
            constants = {**constants, "axes": integers(*axes)}
            names.append("axes")
    nodes = [node(operator, names, ["y"], name="n", **attributes)]
    return model(nodes, data, ["y"], constants, opset=opset)


@case("CumSum")
def running_sum(operator: str, draw: Draw, opset: int) -> onnx.ModelProto:
    shape = draw.shape(1, 3, high=4)
    axis = np.array(draw.axis(len(shape), opset), dtype=draw.pick([np.int32, np.int64]))
    attributes = draw.some(exclusive=draw.integer(0, 1), reverse=draw.integer(0, 1))
    return single(operator, opset, {"x": shape}, {"axis": axis}, **attributes)


@case("ArgMax", "ArgMin")
def place(operator: str, draw: Draw, opset: int) -> onnx.ModelProto:
    shape = draw.shape(1, 3)
    last = draw.integer(0, 1) if opset >= 12 else None
    attributes = draw.some(axis=draw.axis(len(shape), opset), keepdims=draw.integer(0, 1), select_last_index=last)
    return single(operator, opset, {"x": shape}, **attributes)


@case("Hardmax")
def hardmax(operator: str, draw: Draw, opset: int) -> onnx.ModelProto:
    shape = draw.shape(2, 3)
    return single(operator, opset, {"x": shape}, axis=draw.axis(len(shape), opset))


@case("TopK")
def top(operator: str, draw: Draw, opset: int) -> onnx.ModelProto:
    shape = draw.shape(1, 3, high=4)
    axis = draw.axis(len(shape), opset)
    count = draw.integer(1, shape[axis])
    largest = draw.integer(0, 1) if opset >= 11 else None
    if opset < 10:
        return single(operator, opset, {"x": shape}, outputs=2, axis=axis, k=count)
    return single(operator, opset, {"x": shape}, {"k": integers(count)}, outputs=2, axis=axis, largest=largest)


@case("MatMul")
def matrix_product(operator: str, draw: Draw, opset: int) -> onnx.ModelProto:
    batch, inner = draw.shape(0, 2), draw.integer(1, 3)
    left = draw.pick([(inner,), (*batch, draw.integer(1, 3), inner)])
    right = draw.pick([(inner,), (*draw.part_of(batch), inner, draw.integer(1, 3))])
    if draw.flag():
        return single(operator, opset, {"x": left}, {"c": draw.numbers(*right)})
    return single(operator, opset, {"x": right}, {"c": draw.numbers(*left)}, order=["c", "x"])


@case("Gemm")
def gemm(operator: str, draw: Draw, opset: int) -> onnx.ModelProto:
    rows, inner, columns = draw.integer(1, 3), draw.integer(1, 3), draw.integer(1, 3)
    attributes = {"transA": draw.integer(0, 1), "transB": draw.integer(0, 1), "beta": float(draw.numbers())}
    attributes |= draw.some(alpha=float(draw.numbers()))
    if opset < 7:
        attributes["broadcast"] = 1
    left = (inner, rows) if attributes["transA"] else (rows, inner)
    right = (columns, inner) if attributes["transB"] else (inner, columns)
    addend = draw.pick([(1,), (columns,), (1, columns), (rows, 1), (rows, columns), ()])
    names = ["x", "w"] if opset >= 11 and draw.flag() else ["x", "w", draw.pick(["c", "z"])]
    data = {"x": left, **({"z": addend} if "z" in names else {})}
    constants = {"w": draw.numbers(*right), "c": draw.numbers(*addend)}
    return single(operator, opset, data, constants, order=names, **attributes)


EQUATIONS = {
    "ij,jk->ik": "23", "ij,jk": "23", "ij->ji": "2", "ij->i": "2", "ij->": "2", "ii->i": "3", "ii": "3", "i,i->": "33",
    "i,j->ij": "32", "bij,bjk->bik": "", "...ij,jk->...ik": "", "...i,...i->...": "", "ij,ij->ij": "", "iji->j": "",
}  # fmt: skip
SIZES = {"i": 2, "j": 3, "k": 2, "b": 2}


@case("Einsum")
def einsum(operator: str, draw: Draw, opset: int) -> onnx.ModelProto:
    equation = draw.pick(sorted(EQUATIONS))
    hidden = draw.shape(0, 2, high=2)
    terms = equation.split("->")[0].split(",")
    shapes = []
    for term in terms:
        own = tuple(SIZES[letter] for letter in term.replace("...", ""))
        shapes.append((*hidden, *own) if "..." in term else own)
    data = draw.integer(0, len(terms) - 1)
    names = ["x" if k == data else f"c{k}" for k in range(len(terms))]
    constants = {name: draw.numbers(*shape) for name, shape in zip(names, shapes, strict=True) if name != "x"}
    return single(operator, opset, {"x": shapes[data]}, constants, order=names, equation=equation)


@case("BatchNormalization")
def batch_normalization(operator: str, draw: Draw, opset: int) -> onnx.ModelProto:
    shape = draw.shape(2, 4)
    channels = shape[1]
    deviations = 2.0 ** draw.integers(0, 2, channels)
    constants = {name: draw.numbers(channels) for name in ("scale", "bias", "mean")}
    constants["variance"] = deviations**2 - 0.25
    attributes = {"epsilon": 0.25, **draw.some(momentum=0.5)}
    if opset < 7:
        attributes["is_test"] = 1
    elif opset >= 14:
        attributes |= draw.some(training_mode=0)
    elif opset < 9:
        attributes |= draw.some(spatial=1)
    return single(operator, opset, {"x": shape}, constants, **attributes)
