"""Operators that move, repeat, join, cut and pad."""

from math import prod

import numpy as np
import onnx
from conformance.onnx_families.drawing import Draw, case, single
from unit.onnx_import.models import integers


@case("Flatten")
def flatten(operator: str, draw: Draw, opset: int) -> onnx.ModelProto:
    shape = draw.shape(1, 4)
    rank = len(shape)
    return single(operator, opset, {"x": shape}, axis=draw.integer(-rank if opset >= 11 else 0, rank))


@case("Reshape")
def reshape(operator: str, draw: Draw, opset: int) -> onnx.ModelProto:
    shape = draw.shape(1, 4)
    target = list(shape) + [1] * draw.integer(0, 2)
    draw.random.shuffle(target)
    target[draw.integer(0, len(target) - 1)] = -1
    if target[0] == shape[0] and draw.flag():
        target[0] = 0
    allow = 0 if 0 in target else draw.integer(0, 1)
    attributes = draw.some(allowzero=allow) if opset >= 14 else {}
    return single(operator, opset, {"x": shape}, {"to": integers(*target)}, **attributes)


@case("Transpose")
def transpose(operator: str, draw: Draw, opset: int) -> onnx.ModelProto:
    shape = draw.shape(1, 4)
    order = draw.random.sample(range(len(shape)), len(shape))
    return single(operator, opset, {"x": shape}, **draw.some(perm=order))


@case("Squeeze", "Unsqueeze")
def ones(operator: str, draw: Draw, opset: int) -> onnx.ModelProto:
    shape, place = draw.shape(1, 3, low=2), draw.integer(0, 2)
    full = list(shape)
    full.insert(place, 1)
    full.insert(0, 1)
    axes = [0, min(place, len(shape)) + 1]
    if opset >= 11:
        axes = [axis - len(full) if draw.flag() else axis for axis in axes]
    if opset >= 11 and operator == "Squeeze":
        draw.random.shuffle(axes)
    data = {"x": full if operator == "Squeeze" else shape}
    if operator == "Squeeze" and draw.flag():
        return single(operator, opset, data)
    if opset < 13:
        return single(operator, opset, data, axes=axes)
    return single(operator, opset, data, {"axes": integers(*axes)})


@case("Expand")
def expand(operator: str, draw: Draw, opset: int) -> onnx.ModelProto:
    shape = draw.shape()
    target = shape if draw.flag() else draw.part_of(shape)
    return single(operator, opset, {"x": draw.part_of(shape) if target == shape else shape}, {"to": integers(*target)})


@case("Tile")
def tile(operator: str, draw: Draw, opset: int) -> onnx.ModelProto:
    shape = draw.shape(1, 3)
    return single(operator, opset, {"x": shape}, {"repeats": draw.integers(0 if draw.flag() else 1, 3, len(shape))})


@case("DepthToSpace", "SpaceToDepth")
def blocks(operator: str, draw: Draw, opset: int) -> onnx.ModelProto:
    size, (batch, channels, height, width) = draw.integer(1, 2), draw.shape(4, 4, high=2)
    modes = 11 if operator == "DepthToSpace" else 28
    attributes = draw.some(mode=draw.pick(["DCR", "CRD"])) if opset >= modes else {}
    if operator == "DepthToSpace":
        shape = (batch, channels * size**2, height, width)
    else:
        shape = (batch, channels, height * size, width * size)
    return single(operator, opset, {"x": shape}, blocksize=size, **attributes)


@case("Concat")
def concat(operator: str, draw: Draw, opset: int) -> onnx.ModelProto:
    shape = draw.shape(1, 3)
    axis = draw.axis(len(shape), opset)
    names, shapes = [draw.pick("xc") + str(k) for k in range(draw.integer(1, 3))] + ["x"], {}
    for name in names:
        sizes = list(shape)
        sizes[axis] = draw.integer(1, 3)
        shapes[name] = tuple(sizes)
    data = {name: part for name, part in shapes.items() if name[0] == "x"}
    constants = {name: draw.numbers(*part) for name, part in shapes.items() if name[0] == "c"}
    return single(operator, opset, data, constants, order=names, axis=axis)


@case("Split")
def split(operator: str, draw: Draw, opset: int) -> onnx.ModelProto:
    shape, count = list(draw.shape(1, 3)), draw.integer(1, 3)
    axis = draw.axis(len(shape), opset)
    lengths = [draw.integer(1, 2) for _ in range(count)]
    even = draw.flag()
    shape[axis] = count * draw.integer(1, 2) if even else sum(lengths)
    if even:
        attributes = {"num_outputs": count} if opset >= 18 else {}
        return single(operator, opset, {"x": shape}, outputs=count, axis=axis, **attributes)
    if opset < 13:
        return single(operator, opset, {"x": shape}, outputs=count, axis=axis, split=lengths)
    return single(operator, opset, {"x": shape}, {"lengths": integers(*lengths)}, outputs=count, axis=axis)


@case("Slice")
def cut(operator: str, draw: Draw, opset: int) -> onnx.ModelProto:
    shape = draw.shape(1, 3, high=5)
    axes = draw.axes(len(shape), opset)
    count = len(axes)
    starts, ends = ([draw.integer(-6, 6) for _ in range(count)] for _ in range(2))
    if opset < 10:
        return single(operator, opset, {"x": shape}, starts=starts, ends=ends, axes=axes)
    kind = draw.pick([np.int32, np.int64])
    constants = {"s": np.array(starts, kind), "e": np.array(ends, kind), "a": np.array(axes, kind)}
    if draw.flag():
        constants["t"] = np.array([draw.integer(1, 3) for _ in range(count)], kind)
    return single(operator, opset, {"x": shape}, constants)


@case("Pad")
def pad(operator: str, draw: Draw, opset: int) -> onnx.ModelProto:
    shape = draw.shape(1, 3, low=3, high=4)
    modes = ["constant", "reflect", "edge"] + (["wrap"] if opset >= 19 else [])
    mode = draw.pick(modes)
    low = -1 if mode == "constant" else 0
    axes = draw.axes(len(shape), opset) if opset >= 18 and draw.flag() else None
    pads = [draw.integer(low, 2) for _ in range(2 * len(shape if axes is None else axes))]
    attributes = {"mode": mode} if mode != "constant" or draw.flag() else {}
    if opset < 11:
        return single(operator, opset, {"x": shape}, pads=pads, **attributes, **draw.some(value=0.5))
    constants = {"pads": integers(*pads), "axes": integers(*(axes or []))}
    order = ["x", "pads", draw.pick(["", "v"]), *(["axes"] if axes is not None else [])]
    data = {"x": shape, **({"v": ()} if "v" in order else {})}
    return single(operator, opset, data, constants, order=order, **attributes)


@case("Shape", "Size")
def sizes(operator: str, draw: Draw, opset: int) -> onnx.ModelProto:
    shape, attributes = draw.shape(), {}
    rank = len(shape)  # the reference counts wrong from before the front
    if operator == "Shape" and opset >= 15:
        attributes = draw.some(start=draw.integer(-rank, 4), end=draw.integer(-rank, 4))
    return single(operator, opset, {"x": shape}, **attributes)


@case("Trilu")
def triangle(operator: str, draw: Draw, opset: int) -> onnx.ModelProto:
    constants = {"k": np.array(draw.integer(-4, 4))} if draw.flag() else {}
    return single(operator, opset, {"x": draw.shape(2, 4)}, constants, **draw.some(upper=draw.integer(0, 1)))


@case("ReverseSequence")
def reversed_sequence(operator: str, draw: Draw, opset: int) -> onnx.ModelProto:
    shape, time = draw.shape(2, 3), draw.integer(0, 1)
    lengths = draw.integers(1, shape[time], shape[1 - time])
    attributes = {} if time == 0 and draw.flag() else {"time_axis": time, "batch_axis": 1 - time}
    return single(operator, opset, {"x": shape}, {"lengths": lengths}, **attributes)


@case("Dropout")
def dropout(operator: str, draw: Draw, opset: int) -> onnx.ModelProto:
    if opset < 12:
        return single(operator, opset, {"x": draw.shape()}, **draw.some(ratio=0.25), is_test=1 if opset < 7 else None)
    constants = {"ratio": np.array(0.25, np.float32), "mode": np.array(False)}
    order = ["x", *draw.pick([[], ["ratio"], ["ratio", "mode"], ["", "mode"]])]
    return single(operator, opset, {"x": draw.shape()}, constants, order=order, outputs=draw.integer(1, 2))


@case("TensorScatter")
def cache(operator: str, draw: Draw, opset: int) -> onnx.ModelProto:
    shape = draw.shape(3, 4, low=2)
    axis = draw.integer(1, len(shape) - 1) - draw.pick([0, len(shape)])
    update, length = list(shape), shape[axis]
    update[axis] = draw.integer(1, length)
    mode = draw.pick(["linear", "circular"])
    most = length - (update[axis] if mode == "linear" else 1)
    constants = {"starts": draw.integers(0, most, shape[0])} if draw.flag() else {}
    data = {"x": shape, "u": tuple(update)}
    return single(operator, opset, data, constants, axis=axis, mode=mode)


@case("Compress")
def compress(operator: str, draw: Draw, opset: int) -> onnx.ModelProto:
    shape = draw.shape(1, 3)
    axis = draw.axis(len(shape), opset) if draw.flag() else None
    length = prod(shape) if axis is None else shape[axis]
    chosen = draw.integers(0, 1, draw.integer(1, length)) > 0
    return single(operator, opset, {"x": shape}, {"chosen": chosen}, axis=axis)
