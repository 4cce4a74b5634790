"""Images stretched or shrunk along their axes, each axis by itself."""

from typing import Final

import numpy as np
from gmpy2 import mpq

from onnx_import.evaluator.definitions.interpolation import Axis, applied, ceiling, filtered, floor, picked, tent
from onnx_import.evaluator.definitions.registry import defines
from onnx_import.evaluator.nodes import Call
from onnx_import.evaluator.values import FLOATS, Array, Tensor, objects, reals

_HALF: Final = mpq(1, 2)
_ZERO: Final = mpq(0)
_ONE: Final = mpq(1)
_COORDINATES: Final = ("half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric", "tf_crop_and_resize")
_NEAREST: Final = ("round_prefer_floor", "round_prefer_ceil", "floor", "ceil")


@defines("Upsample", 1, 7, 9)
def upsample(call: Call) -> Tensor:
    """Every entry repeated, or lines between entries; the coordinates are divided by the scale."""
    if call.version < 7:
        return _by_scale(call, [mpq(1), mpq(1), call.number("height_scale"), call.number("width_scale")], least=1)
    scales = call.real_row("scales") if call.version < 9 else list(call.reals(1).reshape(-1))
    return _by_scale(call, scales, least=1)


@defines("Resize", 10, 11, 13, 18, 19)
def resize(call: Call) -> Tensor:
    """Entries, or weighted means of entries, at coordinates that are transformed axis by axis."""
    if call.version == 10:
        return _by_scale(call, list(call.reals(1).reshape(-1)), least=0)
    tensor = call.tensor(0)
    mode = call.text("mode", "nearest", "linear", "cubic")
    coordinates = call.text("coordinate_transformation_mode", *_COORDINATES, *_older_and_newer(call))
    axes = _axes(call, tensor.shape, crop=coordinates == "tf_crop_and_resize")
    if coordinates in {"align_corners", "tf_crop_and_resize"}:
        for axis in axes:
            # Here the standard counts in the whole length, its test cases in the length before it is rounded down.
            alike = coordinates == "align_corners" and 1 in {axis.length, axis.resized}
            if axis.length * axis.scale * (axis.end - axis.start) != axis.resized and not alike:
                raise call.unsupported(f"{coordinates} with a scale by which {axis.length} entries do not become whole")
            # And it makes the result as long as the region, where others make it as long as the whole axis.
            if call.has(2) and call.tensor(2).array.size and axis.end - axis.start != 1:
                raise call.unsupported(f"{coordinates} of a part of an axis by a scale")
    positions = [[_origin(a, mpq(i), coordinates) for i in range(a.resized)] for a in axes]
    weights = _weights(call, mode, axes, positions)
    call.ignore("cubic_coeff_a", "extrapolation_value")
    result = applied(call, tensor, axes, weights)
    if coordinates != "tf_crop_and_resize":
        return result
    return _extrapolated(call, result, axes, positions)


def _older_and_newer(call: Call) -> tuple[str, ...]:
    if call.version < 18:
        return ("tf_half_pixel_for_nn",)
    return ("half_pixel_symmetric",) if call.version >= 19 else ()


def _by_scale(call: Call, scales: list[mpq], *, least: int) -> Tensor:
    """Upsample, and the first Resize."""
    tensor, linear = call.tensor(0), "linear" if call.version >= 7 else "bilinear"
    mode = call.text("mode", "nearest", linear)
    if len(scales) != tensor.array.ndim or any(s < least or s <= 0 for s in scales):
        raise call.malformed(f"{len(scales)} scales for shape {tensor.shape}, or one that is too small")
    axes = [Axis(n, floor(n * s), s) for n, s in zip(tensor.shape, scales, strict=True)]
    positions = [[i / a.scale for i in map(mpq, range(a.resized))] for a in axes]
    if mode == "nearest":
        for axis, places in zip(axes, positions, strict=True):
            if axis.scale < 1 and any(p.denominator != 1 for p in places):
                raise call.unsupported(f"the nearest entries for a scale of {axis.scale}; this opset leaves them open")
        weights = [picked(a, [floor(p) for p in places]) for a, places in zip(axes, positions, strict=True)]
    else:
        weights = [tent(a, places) for a, places in zip(axes, positions, strict=True)]
    return applied(call, tensor, axes, weights)


def _axes(call: Call, shape: tuple[int, ...], *, crop: bool) -> list[Axis]:
    """The lengths and scales of all axes."""
    rank = len(shape)
    chosen = tuple(range(rank))
    if "axes" in call.schema.attributes:
        chosen = call.axes(call.integer_row("axes", chosen), rank)
    if 0 in shape:
        raise call.unsupported(f"an input of shape {shape}")
    regions = _regions(call, len(chosen), crop=crop)
    axes = [Axis(n, n, mpq(1)) for n in shape]
    resized = _resized(call, [shape[a] for a in chosen], regions, crop=crop)
    for a, (start, end), (length, scale) in zip(chosen, regions, resized, strict=True):
        if length < 1:
            raise call.unsupported(f"an axis of {shape[a]} entries that becomes empty")
        axes[a] = Axis(shape[a], length, scale, start, end)
    return axes


def _regions(call: Call, count: int, *, crop: bool) -> list[tuple[mpq, mpq]]:
    """The parts of the axes that are resized: all of them, unless the coordinates are those of a crop."""
    roi = call.reals(1).reshape(-1) if call.has(1) else np.array([], dtype=object)
    if not crop:
        return [(_ZERO, _ONE)] * count
    if roi.size != 2 * count or any(start == end for start, end in zip(roi[:count], roi[count:], strict=True)):
        raise call.malformed(f"a region of {roi.size} numbers for {count} axes, or an empty one")
    return list(zip(roi[:count], roi[count:], strict=True))


def _resized(call: Call, lengths: list[int], regions: list[tuple[mpq, mpq]], *, crop: bool) -> list[tuple[int, mpq]]:
    """The new lengths and the scales: one of them is given."""
    scales = list(call.reals(2).reshape(-1)) if call.has(2) else []
    sizes = call.integer_list(3) if call.has(3) else []
    if bool(scales) == bool(sizes) or len(sizes or scales) != len(lengths) or any(s <= 0 for s in (*scales, *sizes)):
        raise call.malformed(f"{len(scales)} scales and sizes {sizes} for {len(lengths)} axes")
    policy = "stretch"
    if "keep_aspect_ratio_policy" in call.schema.attributes:
        policy = call.text("keep_aspect_ratio_policy", "stretch", "not_larger", "not_smaller")
    if not sizes:
        parts = zip(lengths, regions, scales, strict=True)
        return [(floor(n * (end - start) * scale), scale) for n, (start, end), scale in parts]
    if policy == "stretch":
        parts = zip(lengths, regions, sizes, strict=True)
        return [(size, mpq(size, n) / (end - start)) for n, (start, end), size in parts]
    if crop:
        raise call.unsupported(f"keep_aspect_ratio_policy={policy!r} of a region")
    quotients = [mpq(size, n) for size, n in zip(sizes, lengths, strict=True)]
    common = min(quotients) if policy == "not_larger" else max(quotients)
    return [(floor(common * n + _HALF), common) for n in lengths]


def _origin(axis: Axis, x: mpq, coordinates: str) -> mpq:
    """Where an entry of the resized axis lies on the original one."""
    last = mpq(axis.length - 1)
    centred = (x + _HALF) / axis.scale - _HALF
    if coordinates == "align_corners":
        return x * last / (axis.resized - 1) if axis.resized > 1 else _ZERO
    if coordinates == "pytorch_half_pixel":
        return centred if axis.resized > 1 else _ZERO
    if coordinates == "tf_crop_and_resize":
        if axis.resized == 1:
            return _HALF * (axis.start + axis.end) * last
        return axis.start * last + x * (axis.end - axis.start) * last / (axis.resized - 1)
    offsets = {
        "half_pixel": _ZERO,
        "half_pixel_symmetric": mpq(axis.length, 2) * (1 - axis.resized / (axis.length * axis.scale)),
        "asymmetric": _HALF - _HALF / axis.scale,
        "tf_half_pixel_for_nn": _HALF,
    }
    return centred + offsets[coordinates]


def _weights(call: Call, mode: str, axes: list[Axis], positions: list[list[mpq]]) -> list[Array]:
    """For each axis the matrix that resizes it."""
    renormalised = call.flag("exclude_outside")
    smooth = "antialias" in call.schema.attributes and call.flag("antialias")
    both = list(zip(axes, positions, strict=True))
    rounding = call.text("nearest_mode", *_NEAREST)
    halves = call.text("coordinate_transformation_mode") == "tf_half_pixel_for_nn"
    if halves and (mode, rounding) != ("nearest", "floor"):
        raise call.unsupported("tf_half_pixel_for_nn, which is for the nearest entry below")
    if mode == "nearest":
        if renormalised or smooth:
            raise call.unsupported("exclude_outside or antialias in mode nearest")
        return [picked(a, [_rounded(p, rounding) for p in places]) for a, places in both]
    if mode == "linear":
        kernel, reach = (lambda x: max(1 - abs(x), mpq(0))), 1
        return [filtered(a, p, kernel, reach, renormalised=renormalised, smooth=smooth) for a, p in both]
    coefficient = call.number("cubic_coeff_a")
    return [
        filtered(a, p, lambda x: _cubic(x, coefficient), 2, renormalised=renormalised, smooth=smooth) for a, p in both
    ]


def _cubic(x: mpq, a: mpq) -> mpq:
    """The piecewise-cubic convolution kernel with the coefficient a."""
    x = abs(x)
    if x <= 1:
        return (a + 2) * x**3 - (a + 3) * x**2 + 1
    return a * x**3 - 5 * a * x**2 + 8 * a * x - 4 * a if x < 2 else mpq(0)


def _rounded(number: mpq, rounding: str) -> int:
    if rounding == "round_prefer_floor":
        return ceiling(number - _HALF)
    if rounding == "round_prefer_ceil":
        return floor(number + _HALF)
    return floor(number) if rounding == "floor" else ceiling(number)


def _extrapolated(call: Call, result: Tensor, axes: list[Axis], positions: list[list[mpq]]) -> Tensor:
    """The result with another value where a coordinate lies outside the tensor."""
    outside = np.zeros(result.shape, dtype=bool)
    for index, (axis, places) in enumerate(zip(axes, positions, strict=True)):
        beyond = np.array([not 0 <= p <= axis.length - 1 for p in places], dtype=bool)
        outside |= beyond.reshape([-1 if i == index else 1 for i in range(len(axes))])
    if not outside.any():
        return result
    if result.kind not in FLOATS:
        raise call.unsupported("extrapolated integers")
    value = call.number("extrapolation_value")
    flat = (value if out else entry for entry, out in zip(result.array.reshape(-1), outside.reshape(-1), strict=True))
    return reals(objects(flat, result.shape), result.kind)
