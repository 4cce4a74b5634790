"""Convolutions and their transposes, as products of matrices."""

import itertools
import math

import flint
import numpy as np
from onnx import TensorProto

from onnx_import.evaluator.definitions.numbers import entries
from onnx_import.evaluator.definitions.quantization import check_zero_points, quantized
from onnx_import.evaluator.definitions.registry import defines
from onnx_import.evaluator.matrices import integer_product, over, to_integers
from onnx_import.evaluator.nodes import Call
from onnx_import.evaluator.values import Array, Tensor, integers, objects, reals
from onnx_import.evaluator.windows import AUTO_PADS, Windows, read_windows


@defines("Conv", 1, 11, 22)
def conv(call: Call) -> Tensor:
    """The sum over a window and the channels of a group, plus a bias for each feature map."""
    x, weights = call.reals(0), call.reals(1)
    windows, group = _checked(call, x, weights)
    numerators, denominators = to_integers(x)
    kernels, rows = to_integers(weights, 0)
    sums = _correlate(numerators, kernels, windows, group)
    result = over(sums, (rows * denominators[0])[None, :, None])
    result = result.reshape(x.shape[0], weights.shape[0], *windows.counts)
    return reals(_biased(call, result), call.tensor(0).kind)


@defines("ConvInteger", 10)
def conv_integer(call: Call) -> Tensor:
    """A convolution of integers less their zero points, in 32 bits; the padding is the zero point."""
    x, weights = entries(call, 0), entries(call, 1)
    windows, group = _checked(call, x, weights)
    if call.has(2):
        x = x - int(call.single(2))
    if call.has(3):
        points = entries(call, 3).reshape(-1)
        if points.size not in {1, weights.shape[0]}:
            raise call.malformed(f"{points.size} zero points for {weights.shape[0]} feature maps")
        weights = weights - points.reshape(-1, *[1] * (weights.ndim - 1))
    sums = _correlate(_fmpz(x), _fmpz(weights), windows, group)
    counted = objects(map(int, sums.reshape(-1)), (x.shape[0], weights.shape[0], *windows.counts))
    return integers(counted, TensorProto.INT32)


@defines("QLinearConv", 10)
def qlinear_conv(call: Call) -> Tensor:
    """The convolution of what quantised tensors stand for, quantised; the padding stands for 0."""
    x, weights = entries(call, 0) - int(call.single(2)), entries(call, 3)
    windows, group = _checked(call, x, weights)
    for scale, point in ((1, 2), (4, 5), (6, 7)):
        check_zero_points(call, scale, point)
    points, scales = (entries(call, index).reshape(-1) for index in (5, 4))
    if points.size not in {1, weights.shape[0]} or call.tensor(5).array.ndim > 1:
        raise call.malformed(f"zero points of shape {call.tensor(5).shape} for {weights.shape[0]} feature maps")
    weights = weights - points.reshape(-1, *[1] * (weights.ndim - 1))
    sums = _correlate(_fmpz(x), _fmpz(weights), windows, group)
    counted = objects(map(int, sums.reshape(-1)), sums.shape)
    if call.has(8):
        bias = call.integers(8).astype(object)
        if bias.shape != (weights.shape[0],):
            raise call.malformed(f"a bias of shape {bias.shape} for {weights.shape[0]} feature maps")
        counted = counted + bias[:, None]
    values = (counted * (scales * call.single(1))[:, None]).reshape(x.shape[0], weights.shape[0], *windows.counts)
    y_scale, y_point = (objects([call.single(index)], ()) for index in (6, 7))
    return quantized(call, values, y_scale, y_point, call.tensor(7).kind)


def _fmpz(array: Array) -> Array:
    return objects(map(flint.fmpz, array.reshape(-1)), array.shape)


def _checked(call: Call, x: Array, weights: Array) -> tuple[Windows, int]:
    """The windows and the number of groups, after a check that the shapes fit."""
    group = call.integer("group")
    if x.ndim < 3 or x.ndim != weights.ndim:
        raise call.malformed(f"a kernel of shape {weights.shape} for an input of shape {x.shape}")
    if group < 1 or weights.shape[0] % group or x.shape[1] != weights.shape[1] * group:
        raise call.malformed(f"{x.shape[1]} channels and a kernel of shape {weights.shape} in {group} groups")
    kernel = tuple(call.integer_row("kernel_shape", weights.shape[2:]))
    if kernel != weights.shape[2:]:
        raise call.malformed(f"kernel_shape={list(kernel)} for a kernel of shape {weights.shape}")
    return read_windows(call, x.shape[2:], kernel), group


def _correlate(x: Array, weights: Array, windows: Windows, group: int) -> Array:
    """The sums, of shape (batch, feature maps, windows), of flint integers."""
    flat = windows.flat_indices().T
    maps, channels = weights.shape[0] // group, weights.shape[1]
    result = np.empty((x.shape[0], weights.shape[0], flat.shape[1]), dtype=object)
    padded = np.full((*x.shape[:2], math.prod(windows.lengths) + 1), flint.fmpz(0), dtype=object)
    padded[:, :, :-1] = x.reshape(*x.shape[:2], -1)
    for n, g in itertools.product(range(x.shape[0]), range(group)):
        columns = padded[n, g * channels : (g + 1) * channels][:, flat].reshape(-1, flat.shape[1])
        rows = weights[g * maps : (g + 1) * maps].reshape(maps, -1)
        result[n, g * maps : (g + 1) * maps] = integer_product(rows, columns)
    return result


def _biased(call: Call, result: Array) -> Array:
    if not call.has(2):
        return result
    bias = call.reals(2)
    if bias.shape != (result.shape[1],):
        raise call.malformed(f"a bias of shape {bias.shape} for {result.shape[1]} feature maps")
    return np.asarray(result + bias.reshape(1, -1, *[1] * (result.ndim - 2)))


@defines("ConvTranspose", 1, 11, 22)
def conv_transpose(call: Call) -> Tensor:
    """Every input entry times the kernel, added up where the copies of the kernel lie."""
    x, weights = call.reals(0), call.reals(1)
    group, rank = call.integer("group"), x.ndim - 2
    if rank < 1 or x.ndim != weights.ndim or group < 1 or x.shape[1] != weights.shape[0] or x.shape[1] % group:
        raise call.malformed(f"a kernel of shape {weights.shape} for an input of shape {x.shape} in {group} groups")
    kernel = tuple(call.integer_row("kernel_shape", weights.shape[2:]))
    if kernel != weights.shape[2:]:
        raise call.malformed(f"kernel_shape={list(kernel)} for a kernel of shape {weights.shape}")
    strides = _row(call, "strides", [1] * rank, least=1)
    dilations = _row(call, "dilations", [1] * rank, least=1)
    extra = _row(call, "output_padding", [0] * rank, least=0)
    extents = [(k - 1) * d + 1 for k, d in zip(kernel, dilations, strict=True)]
    if any(e >= max(s, d) for e, s, d in zip(extra, strides, dilations, strict=True)):
        raise call.malformed(f"output_padding={extra} is not less than the strides or dilations")
    full = [s * (n - 1) + e for n, s, e in zip(x.shape[2:], strides, extents, strict=True)]
    begin, counts = _placed(call, x.shape[2:], full, extra, strides)
    canvas = _stamped(x, weights, group, (full, strides, dilations))
    result = np.full((*canvas.shape[:2], *counts), canvas[(0,) * canvas.ndim] * 0, dtype=object)
    source = tuple(slice(b, min(f, b + c)) for b, c, f in zip(begin, counts, full, strict=True))
    target = tuple(slice(0, s.stop - s.start) for s in source)
    every = (slice(None), slice(None))
    result[every + target] = canvas[every + source]
    return reals(_biased(call, result), call.tensor(0).kind)


def _row(call: Call, name: str, default: list[int], *, least: int) -> list[int]:
    row = call.integer_row(name, default)
    if len(row) != len(default) or min(row, default=least) < least:
        raise call.malformed(f"{name}={row} for {len(default)} spatial axes")
    return row


def _placed(
    call: Call, lengths: tuple[int, ...], full: list[int], extra: list[int], strides: list[int]
) -> tuple[list[int], list[int]]:
    """Where the output begins on the canvas of all copies, and how long it is."""
    rank = len(lengths)
    automatic = call.text("auto_pad", *AUTO_PADS)
    pads = call.integer_row("pads", [0] * (2 * rank))
    if len(pads) != 2 * rank or min(pads, default=0) < 0:
        raise call.malformed(f"pads={pads} for {rank} spatial axes")
    if not call.given("output_shape") and not automatic.startswith("SAME"):
        if automatic == "VALID" and any(pads):
            raise call.malformed(f"pads={pads} together with auto_pad={automatic}")
        call.ignore("output_shape")
        counts = [f + e - pads[i] - pads[rank + i] for i, (f, e) in enumerate(zip(full, extra, strict=True))]
        if min(counts) < 1:
            raise call.malformed(f"an output of lengths {counts}")
        return pads[:rank], counts
    wanted = call.integer_row("output_shape", [n * s for n, s in zip(lengths, strides, strict=True)])
    if len(wanted) != rank or min(wanted) < 1:
        raise call.malformed(f"output_shape={wanted} for {rank} spatial axes")
    totals = [f + e - w for f, e, w in zip(full, extra, wanted, strict=True)]
    return [_begin(call, total, automatic) for total in totals], wanted


def _begin(call: Call, total: int, automatic: str) -> int:
    """How much of the padding lies at the beginning."""
    if total % 2 and total > 0 and call.version < 11:
        raise call.unsupported("an odd padding, which this opset shares out in two ways that contradict each other")
    if total < -1 or (total < 0 and automatic.startswith("SAME")):
        raise call.unsupported(f"an output that is longer than the copies of the kernel, by {-total}")
    return max(total // 2 if automatic == "SAME_UPPER" else total - total // 2, 0)


def _stamped(x: Array, weights: Array, group: int, geometry: tuple[list[int], list[int], list[int]]) -> Array:
    """The sum of all copies of the kernel, of shape (batch, feature maps, full lengths)."""
    full, strides, dilations = geometry
    numerators, x_denominator = to_integers(x)
    kernels, w_denominator = to_integers(weights)
    channels, maps, kernel = x.shape[1] // group, weights.shape[1], weights.shape[2:]
    canvas = np.full((x.shape[0], maps * group, *full), flint.fmpz(0), dtype=object)
    for n, g in itertools.product(range(x.shape[0]), range(group)):
        rows = kernels[g * channels : (g + 1) * channels].reshape(channels, -1).T
        columns = numerators[n, g * channels : (g + 1) * channels].reshape(channels, -1)
        copies = integer_product(rows, columns).reshape(maps, *kernel, *x.shape[2:])
        for offset in np.ndindex(*kernel):
            place = tuple(
                slice(o * d, o * d + s * (n_in - 1) + 1, s)
                for o, d, s, n_in in zip(offset, dilations, strides, x.shape[2:], strict=True)
            )
            part = canvas[n, g * maps : (g + 1) * maps]
            part[(slice(None), *place)] += copies[(slice(None), *offset)]
    return over(canvas, x_denominator * w_denominator[0])
