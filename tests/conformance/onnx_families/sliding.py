"""Convolutions and pools."""

from typing import Any

import onnx
from conformance.onnx_families.drawing import Draw, case, single

Attributes = dict[str, Any]


def _window(draw: Draw, rank: int, *, widths: tuple[int, ...], dilations: bool, most: int = 1) -> Attributes:
    """The attributes of a sliding window, with explicit padding that is smaller than the kernel."""
    kernel = [draw.pick(widths) for _ in range(rank)]
    attributes = {"kernel_shape": kernel, **draw.some(strides=[draw.integer(1, 2) for _ in range(rank)])}
    if dilations:
        attributes |= draw.some(dilations=[draw.integer(1, 2) for _ in range(rank)])
    return attributes | draw.some(pads=[draw.integer(0, min(most, width - 1)) for width in kernel * 2])


def _spatial(draw: Draw, rank: int) -> tuple[int, ...]:
    return tuple(draw.integer(5, 7) for _ in range(rank))


@case("Conv")
def conv(operator: str, draw: Draw, opset: int) -> onnx.ModelProto:
    rank, groups = draw.integer(1, 2), draw.pick([1, 1, 2])
    width, filters = draw.integer(1, 2), groups * draw.integer(1, 2)
    window = _window(draw, rank, widths=(1, 2, 3), dilations=True)
    if draw.flag() and "dilations" not in window:
        window.pop("pads", None)
        window["auto_pad"] = draw.pick(["NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"])
    constants = {"w": draw.numbers(filters, width, *window["kernel_shape"])}
    if draw.flag():
        constants["b"] = draw.numbers(filters)
    if draw.flag():
        del window["kernel_shape"]
    shape = (draw.integer(1, 2), groups * width, *_spatial(draw, rank))
    return single(operator, opset, {"x": shape}, constants, group=groups, **window)


@case("ConvTranspose")
def conv_transpose(operator: str, draw: Draw, opset: int) -> onnx.ModelProto:
    rank, groups = draw.integer(1, 2), draw.pick([1, 1, 2])
    channels, width = groups * draw.integer(1, 2), draw.integer(1, 2)
    window = _window(draw, rank, widths=(1, 2, 3), dilations=True)
    strides = window.get("strides", [1] * rank)
    if draw.flag():
        window["output_padding"] = [draw.integer(0, stride - 1) for stride in strides]
    constants = {"w": draw.numbers(channels, width, *window["kernel_shape"])}
    if draw.flag():
        constants["b"] = draw.numbers(groups * width)
    if draw.flag():
        del window["kernel_shape"]
    shape = (draw.integer(1, 2), channels, *(draw.integer(2, 3) for _ in range(rank)))
    return single(operator, opset, {"x": shape}, constants, group=groups, **window)


@case("AveragePool", "LpPool", "MaxPool")
def pool(operator: str, draw: Draw, opset: int) -> onnx.ModelProto:
    """Windows of one or two entries along an axis, whose averages float64 computes without rounding."""
    rank = draw.integer(1, 2)
    dilated = opset >= {"AveragePool": 19, "LpPool": 18, "MaxPool": 10}[operator]
    widths = (1, 2) if operator == "AveragePool" else (1, 2, 3)
    window = _window(draw, rank, widths=widths, dilations=dilated)
    if opset >= {"AveragePool": 10, "LpPool": 18, "MaxPool": 10}[operator]:
        window |= draw.some(ceil_mode=draw.integer(0, 1))
    if operator == "AveragePool" and opset >= 7:
        window |= draw.some(count_include_pad=draw.integer(0, 1))
    if operator == "AveragePool" and opset < 7:
        window.pop("pads", None)
    if operator == "LpPool":
        window["p"] = 1
    shape = (draw.integer(1, 2), draw.integer(1, 2), *_spatial(draw, rank))
    outputs = 1
    if operator == "MaxPool" and opset >= 8 and draw.flag():
        outputs = 2
    return single(operator, opset, {"x": shape}, outputs=outputs, **window)


@case("GlobalAveragePool", "GlobalLpPool", "GlobalMaxPool")
def whole(operator: str, draw: Draw, opset: int) -> onnx.ModelProto:
    shape = (draw.integer(1, 2), draw.integer(1, 2), *(draw.pick([1, 2, 4]) for _ in range(draw.integer(1, 3))))
    return single(operator, opset, {"x": shape}, **({"p": 1} if operator == "GlobalLpPool" else {}))
