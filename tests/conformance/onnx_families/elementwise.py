"""Arithmetic, activations, comparisons, extrema of several arrays."""

import numpy as np
import onnx
from conformance.onnx_families.drawing import Draw, case, single
from unit.onnx_import.models import model, node


@case("Abs", "Identity", "Neg", "Relu", "Sign", "IsNaN")
def plain(operator: str, draw: Draw, opset: int) -> onnx.ModelProto:
    return single(operator, opset, {"x": draw.shape()})


@case("IsInf")
def infinite(operator: str, draw: Draw, opset: int) -> onnx.ModelProto:
    x = draw.shape()
    infinities = np.array([draw.pick([-np.inf, np.inf, 1.5]) for _ in range(int(np.prod(x)))]).reshape(x)
    attributes = draw.some(detect_negative=draw.integer(0, 1), detect_positive=draw.integer(0, 1))
    if draw.flag():
        return single(operator, opset, {"x": x}, **attributes)
    found = node(operator, ["c"], ["y"], name="n", **attributes)
    return model([found], {"x": x}, ["y"], {"c": infinities}, opset=opset)


@case("HardSigmoid", "LeakyRelu", "ThresholdedRelu", "Shrink")
def activation(operator: str, draw: Draw, opset: int) -> onnx.ModelProto:
    names = {"HardSigmoid": ("alpha", "beta"), "Shrink": ("lambd", "bias")}.get(operator, ("alpha",))
    # The defaults of HardSigmoid and LeakyRelu are float32 numbers, which the reference reads as float64 ones.
    exact = operator in {"ThresholdedRelu", "Shrink"}
    attributes = {name: float(draw.numbers()) for name in names}
    return single(operator, opset, {"x": draw.shape()}, **(draw.some(**attributes) if exact else attributes))


@case("PRelu")
def prelu(operator: str, draw: Draw, opset: int) -> onnx.ModelProto:
    shape = draw.shape(2, 4 if opset >= 7 else 2)  # of more axes the reference takes the last for the channels
    slope = draw.part_of(shape) if opset >= 7 else draw.pick([(1,), (shape[1],)])
    return single(operator, opset, {"x": shape}, {"slope": draw.numbers(*slope)})


@case("Clip")
def clip(operator: str, draw: Draw, opset: int) -> onnx.ModelProto:
    low, high = sorted(float(draw.numbers()) for _ in range(2))
    if opset < 11:
        return single(operator, opset, {"x": draw.shape()}, **draw.some(min=low, max=high))
    bounds = draw.some(low=np.array(low), high=np.array(high))
    order = ["x", *(name if name in bounds else "" for name in ("low", "high"))]
    return single(operator, opset, {"x": draw.shape()}, bounds, order=order)


def _pair(draw: Draw, opset: int, since: int = 7) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Two shapes that broadcast, from the opset that does so on; the same shape twice before."""
    shape = draw.shape(high=2 if since == 0 else 3)
    if opset < since:
        return shape, shape
    parts = (shape, draw.part_of(shape))
    return parts if draw.flag() else parts[::-1]


def _powers_of_two(draw: Draw, shape: tuple[int, ...]) -> np.ndarray:
    return np.where(draw.numbers(*shape) >= 0, 1.0, -1.0) * 2.0 ** draw.integers(-2, 2, *shape)


@case("Add", "Sub")
def sum_of_two(operator: str, draw: Draw, opset: int) -> onnx.ModelProto:
    first, second = _pair(draw, opset)
    if draw.flag():
        return single(operator, opset, {"x": first, "z": second})
    order = draw.pick([["x", "c"], ["c", "x"]]) if first == second or opset >= 7 else ["x", "c"]
    return single(operator, opset, {"x": first}, {"c": draw.numbers(*second)}, order=order)


@case("Mul", "Div")
def product(operator: str, draw: Draw, opset: int) -> onnx.ModelProto:
    first, second = _pair(draw, opset)
    order = draw.pick([["x", "c"], ["c", "x"]]) if operator == "Mul" else ["x", "c"]
    return single(operator, opset, {"x": first}, {"c": _powers_of_two(draw, second)}, order=order)


@case("Pow")
def power(operator: str, draw: Draw, opset: int) -> onnx.ModelProto:
    first, second = _pair(draw, opset)
    if draw.flag():
        return single(operator, opset, {"x": first}, {"c": draw.integers(0, 1, *second).astype(np.float64)})
    constants = {"b": draw.numbers(*first), "e": draw.integers(0, 3, *second).astype(np.float64)}
    nodes = [node("Pow", ["b", "e"], ["p"], name="n"), node("Identity", ["p"], ["y"])]
    return model(nodes, {"x": (1,)}, ["y"], constants, opset=opset)


@case("Sum", "Mean", "Max", "Min")
def several(operator: str, draw: Draw, opset: int) -> onnx.ModelProto:
    shape = draw.shape()
    count = draw.pick([1, 2, 4]) if operator == "Mean" else draw.integer(1, 4)
    shapes = [draw.part_of(shape) if opset >= 8 and k else shape for k in range(count)]
    names = [f"x{k}" if k == 0 or draw.flag() else f"c{k}" for k in range(count)]
    draw.random.shuffle(names)
    data = {name: part for name, part in zip(names, shapes, strict=True) if name[0] == "x"}
    constants = {name: draw.numbers(*part) for name, part in zip(names, shapes, strict=True) if name[0] == "c"}
    return single(operator, opset, data, constants, order=names)


@case("Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Equal")
def comparison(operator: str, draw: Draw, opset: int) -> onnx.ModelProto:
    if operator == "Equal" and opset < 11:  # of integers and truth values only
        return connective(operator, draw, opset)
    first, second = _pair(draw, opset)
    if draw.flag():
        return single(operator, opset, {"x": first, "z": second})
    return single(
        operator, opset, {"x": first}, {"c": draw.numbers(*second)}, order=draw.pick([["x", "c"], ["c", "x"]])
    )


@case("And", "Or", "Xor", "Not")
def connective(operator: str, draw: Draw, opset: int) -> onnx.ModelProto:
    """Of the truth values x > c, and of others or of constants. Comparisons of the same opset make them."""
    first, second = _pair(draw, opset)
    nodes = [node("Greater", ["x", "zero"], ["a"]), node("Less", ["z", "one"], ["b"])]
    constants = {"zero": draw.numbers(*first), "one": draw.numbers(*second), "t": draw.integers(0, 1, *second) > 0}
    names = ["a"] if operator == "Not" else draw.pick([["a", "b"], ["a", "t"], ["a", "a"]])
    nodes.append(node(operator, names, ["y"], name="n"))
    return model(nodes, {"x": first, "z": second}, ["y"], constants, opset=opset)


@case("Where")
def where(operator: str, draw: Draw, opset: int) -> onnx.ModelProto:
    shape = draw.shape()
    parts = [draw.part_of(shape) for _ in range(3)]
    nodes = [node("Greater", ["z", "k"], ["b"])]
    constants = {"k": draw.numbers(*parts[0]), "t": draw.integers(0, 1, *parts[0]) > 0, "c": draw.numbers(*parts[2])}
    names = [draw.pick(["b", "t"]), "x", draw.pick(["c", "w"])]
    nodes.append(node(operator, names, ["y"], name="n"))
    return model(nodes, {"x": parts[1], "w": parts[2], "z": parts[0]}, ["y"], constants, opset=opset)


@case("Floor", "Ceil", "Round", "Reciprocal", "BitwiseNot")
def of_a_constant(operator: str, draw: Draw, opset: int) -> onnx.ModelProto:
    shape = draw.shape()
    values = {"Reciprocal": _powers_of_two(draw, shape), "BitwiseNot": draw.integers(-9, 9, *shape)}
    nodes = [node(operator, ["c"], ["y"], name="n")]
    return model(nodes, {"x": (1,)}, ["y"], {"c": values.get(operator, draw.numbers(*shape))}, opset=opset)


@case("Mod", "BitwiseAnd", "BitwiseOr", "BitwiseXor", "BitShift")
def of_constants(operator: str, draw: Draw, opset: int) -> onnx.ModelProto:
    first, second = _pair(draw, opset)
    left, right = draw.integers(-9, 9, *first), draw.integers(-9, 9, *second)
    right = np.where(right == 0, 3, right)
    attributes = {}
    if operator == "BitShift":
        left, right = np.abs(left).astype(np.uint8), np.abs(right % 8).astype(np.uint8)
        attributes = {"direction": draw.pick(["LEFT", "RIGHT"])}
    if operator == "Mod" and draw.flag():
        left, right = left / 2, right / 2
        attributes = {"fmod": 1}
    elif operator == "Mod":
        attributes = draw.some(fmod=draw.integer(0, 1))
    nodes = [node(operator, ["a", "b"], ["y"], name="n", **attributes)]
    return model(nodes, {"x": (1,)}, ["y"], {"a": left, "b": right}, opset=opset)
