"""Entries looked up and put down; constants made of shapes; casts and quantised constants."""

import ml_dtypes
import numpy as np
import onnx
from conformance.onnx_families.drawing import Draw, case, single
from onnx import TensorProto, helper, numpy_helper
from unit.onnx_import.models import model, node


def _least(opset: int, length: int, since: int = 11) -> int:
    """The least index: negative ones count from the back since opset 11."""
    return -length if opset >= since else 0


@case("Gather")
def gather(operator: str, draw: Draw, opset: int) -> onnx.ModelProto:
    shape = draw.shape(1, 3)
    axis = draw.axis(len(shape), opset)
    indices = draw.integers(_least(opset, shape[axis]), shape[axis] - 1, *draw.shape(0, 2))
    return single(operator, opset, {"x": shape}, {"i": indices.astype(draw.pick([np.int32, np.int64]))}, axis=axis)


def _indices(draw: Draw, opset: int, shape: tuple[int, ...], axis: int) -> np.ndarray:
    own = tuple(draw.integer(1, size) for size in shape)
    return draw.integers(_least(opset, shape[axis]), shape[axis] - 1, *own)


@case("GatherElements")
def gather_elements(operator: str, draw: Draw, opset: int) -> onnx.ModelProto:
    shape = draw.shape(1, 3)
    axis = draw.axis(len(shape), opset)
    return single(operator, opset, {"x": shape}, {"i": _indices(draw, opset, shape, axis)}, axis=axis)


@case("GatherND")
def gather_nd(operator: str, draw: Draw, opset: int) -> onnx.ModelProto:
    shape = draw.shape(2, 4)
    batch = draw.integer(0, 1) if opset >= 12 else 0
    width = draw.integer(1, len(shape) - batch)
    outer = (*shape[:batch], *draw.shape(1 - batch, 2))
    limits = shape[batch : batch + width]
    indices = np.stack([draw.integers(_least(opset, size), size - 1, *outer) for size in limits], axis=-1)
    return single(operator, opset, {"x": shape}, {"i": indices}, **({"batch_dims": batch} if opset >= 12 else {}))


def _reduction(draw: Draw, opset: int) -> str | None:
    known = [None, "none"] if opset >= 16 else [None]
    return draw.pick([*known, *(["add", "mul"] if opset >= 16 else []), *(["max", "min"] if opset >= 18 else [])])


@case("Scatter", "ScatterElements")
def scatter_elements(operator: str, draw: Draw, opset: int) -> onnx.ModelProto:
    shape = draw.shape(1, 3)
    axis = draw.axis(len(shape), opset)
    how = _reduction(draw, opset) if operator == "ScatterElements" else None
    indices = _indices(draw, opset, shape, axis)
    if how in (None, "none"):  # each place once, for the order is left open
        order = np.argsort(np.array([draw.integer(0, 99) for _ in range(shape[axis])]))
        along = [1] * len(shape)
        along[axis] = -1
        indices = np.broadcast_to(order[: indices.shape[axis]].reshape(along), indices.shape)
        indices = np.where(draw.integers(0, 1, *indices.shape) > 0, indices, indices + _least(opset, shape[axis]))
    return _scattered(operator, draw, opset, shape, indices.astype(np.int64), indices.shape, reduction=how, axis=axis)


@case("ScatterND")
def scatter_nd(operator: str, draw: Draw, opset: int) -> onnx.ModelProto:
    shape, how = draw.shape(1, 3), _reduction(draw, opset)
    width = draw.integer(1, len(shape))
    if how in (None, "none"):
        size = int(np.prod(shape[:width]))
        chosen = draw.random.sample(range(size), draw.integer(1, size))
        indices = np.stack(np.unravel_index(chosen, shape[:width]), axis=-1).astype(np.int64)
    else:
        outer = draw.shape(1, 2)
        indices = np.stack([draw.integers(_least(opset, n), n - 1, *outer) for n in shape[:width]], axis=-1)
    return _scattered(operator, draw, opset, shape, indices, (*indices.shape[:-1], *shape[width:]), reduction=how)


def _scattered(operator, draw, opset, shape, indices, updates, *, reduction, **attributes):
    """Products with data need constants; the others take data for both."""
    data = {"x": shape} if reduction == "mul" or draw.flag() else {"x": shape, "u": updates}
    constants = {"i": indices} if "u" in data else {"i": indices, "u": draw.numbers(*updates)}
    return single(operator, opset, data, constants, order=["x", "i", "u"], reduction=reduction, **attributes)


@case("OneHot")
def one_hot(operator: str, draw: Draw, opset: int) -> onnx.ModelProto:
    depth = draw.integer(1, 4)
    indices = draw.integers(_least(opset, depth), depth - 1, *draw.shape(1, 2))
    constants = {"i": indices.astype(draw.pick([np.int64, np.float64])), "d": np.array(depth)}
    axis = draw.integer(-1, indices.ndim)
    return single(operator, opset, {"x": (2,)}, constants, order=["i", "d", "x"], **draw.some(axis=axis))


@case("EyeLike")
def eye(operator: str, draw: Draw, opset: int) -> onnx.ModelProto:
    kind = draw.pick([TensorProto.DOUBLE, TensorProto.INT64, TensorProto.BOOL])
    return single(operator, opset, {"x": draw.shape(2, 2)}, **draw.some(k=draw.integer(-3, 3), dtype=kind))


@case("Range")
def number_range(operator: str, draw: Draw, opset: int) -> onnx.ModelProto:
    start, limit, step = draw.integer(-5, 5), draw.integer(-5, 5), draw.pick([-2, -1, 1, 2, 3])
    kind, unit = draw.pick([(np.int64, 1), (np.int32, 1), (np.float64, 0.5)])
    constants = {name: np.array(value * unit, kind) for name, value in (("a", start), ("b", limit), ("c", step))}
    return model([node("Range", ["a", "b", "c"], ["y"], name="n")], {"x": (1,)}, ["y"], constants, opset=opset)


@case("ConstantOfShape")
def constant_of_shape(operator: str, draw: Draw, opset: int) -> onnx.ModelProto:
    value = numpy_helper.from_array(draw.pick([draw.numbers(1), draw.integers(-3, 3, 1), np.array([True])]))
    nodes = [node(operator, ["to"], ["y"], name="n", **draw.some(value=value))]
    return model(nodes, {"x": (1,)}, ["y"], {"to": draw.integers(0, 3, draw.integer(0, 3))}, opset=opset)


@case("Constant")
def constant(operator: str, draw: Draw, opset: int) -> onnx.ModelProto:
    kinds = [{"value": numpy_helper.from_array(draw.numbers(2, 2))}]
    if opset >= 12:
        kinds += [{"value_float": 0.5}, {"value_floats": [0.5, -1.0]}, {"value_int": 3}, {"value_ints": [1, -2]}]
    return model([node(operator, [], ["y"], name="n", **draw.pick(kinds))], {"x": (1,)}, ["y"], opset=opset)


@case("Cast", "CastLike")
def cast(operator: str, draw: Draw, opset: int) -> onnx.ModelProto:
    kinds = [TensorProto.DOUBLE, TensorProto.FLOAT, TensorProto.BOOL]
    target = draw.pick([*kinds, TensorProto.INT64, TensorProto.INT8])
    data = draw.flag() and target in kinds
    shape = draw.shape()
    constants = {"c": draw.numbers(*shape)}
    if operator == "Cast":
        made = node("Cast", ["x" if data else "c"], ["y"], name="n", to=target)
    else:
        constants["like"] = np.zeros(1, dtype=helper.tensor_dtype_to_np_dtype(target))
        made = node("CastLike", ["x" if data else "c", "like"], ["y"], name="n")
    return model([made], {"x": shape}, ["y"], constants, opset=opset)


def _parameters(draw: Draw, opset: int, shape: tuple[int, ...]) -> tuple[tuple[int, ...], dict[str, int]]:
    """The shape of the scales, and the attributes that say how they broadcast."""
    axis = draw.integer(-len(shape), len(shape) - 1)
    if opset < 13 or draw.flag():
        return (), {}
    if opset >= 21 and draw.flag():
        block = draw.integer(1, 2)
        blocks = tuple(-(-size // block) if k == axis % len(shape) else size for k, size in enumerate(shape))
        return blocks, {"axis": axis, "block_size": block}
    return (shape[axis],), {"axis": axis}


@case("QuantizeLinear", "DequantizeLinear")
def quantisation(operator: str, draw: Draw, opset: int) -> onnx.ModelProto:
    """Of constants: data that is quantised is what test_quantisation.py is about."""
    kinds = [np.uint8, np.int8, *([ml_dtypes.int4, ml_dtypes.uint4, np.int16] if opset >= 21 else [])]
    kind = draw.pick(kinds)
    shape = draw.shape(1, 3, low=2, high=4)
    if "block_size" in (extra := _parameters(draw, opset, shape))[1]:
        shape = tuple(size + size % 2 for size in shape)
        block, axis = extra[1]["block_size"], extra[1]["axis"] % len(shape)
        extra = (tuple(n // block if k == axis else n for k, n in enumerate(shape)), extra[1])
        extra = ((), {}) if extra[0] == (1,) else extra  # that is no block for onnxruntime
    scales, attributes = extra
    low = -4 if np.array([-1]).astype(kind).astype(int)[0] < 0 else 0
    zero = draw.integers(low, 7, *scales).astype(kind)
    steps = (2.0 ** draw.integers(-1, 1, *scales)).astype(np.float32)
    if operator == "DequantizeLinear":
        constants = {"c": draw.integers(low, 7, *shape).astype(kind), "s": steps, "z": zero}
    else:
        constants = {"c": draw.numbers(*shape, largest=8).astype(np.float32), "s": steps, "z": zero}
    order = ["c", "s", "z"] if draw.flag() or kind is not np.uint8 else ["c", "s"]
    made = node(operator, order, ["y"], name="n", **attributes)
    return model([made], {"x": (1,)}, ["y"], constants, opset=opset)
