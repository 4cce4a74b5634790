"""Quantisation, a function of steps, and its linear inverse."""

from typing import Any

import numpy as np
from gmpy2 import mpq
from onnx import TensorProto

from onnx_import.evaluator.definitions.narrowing import narrowed
from onnx_import.evaluator.definitions.numbers import entries
from onnx_import.evaluator.definitions.registry import defines
from onnx_import.evaluator.floats import NARROW_FLOATS, round_half_even
from onnx_import.evaluator.nodes import Call
from onnx_import.evaluator.signatures import gives
from onnx_import.evaluator.values import (
    FLOATS,
    Array,
    Tensor,
    integer_range,
    integers,
    kind_name,
    map_entries,
    reals,
)


def _spread(call: Call, index: int, shape: tuple[int, ...]) -> Array:
    """Scales or zero points, one for each entry: of the whole tensor, of an axis, or of blocks along an axis."""
    array = entries(call, index)
    block = call.integer("block_size") if "block_size" in call.schema.attributes else 0
    call.ignore("axis")
    if array.size == 1 and array.ndim <= 1 and not block:
        return array.reshape(-1)[0:1].reshape([1] * len(shape))
    if "axis" not in call.schema.attributes:
        raise call.malformed(f"input {index} has shape {array.shape}, a scalar is wanted")
    axis = call.axis(call.integer("axis"), len(shape))
    if not block:
        if array.shape != (shape[axis],):
            raise call.malformed(f"input {index} has shape {array.shape} for axis {axis} of shape {shape}")
        return array.reshape([-1 if a == axis else 1 for a in range(len(shape))])
    wanted = [-(-n // block) if a == axis else n for a, n in enumerate(shape)]
    if block < 0 or list(array.shape) != wanted:
        raise call.malformed(f"input {index} has shape {array.shape}; blocks of {block} want {wanted}")
    return np.repeat(array, block, axis=axis).take(range(shape[axis]), axis=axis)


@defines("QuantizeLinear", 10, 13, 19, 21, 23, 24, 25, 28)
def quantize_linear(call: Call) -> Tensor:
    """The quotient x / scale rounded half to even, plus the zero point, saturated."""
    call.ignore("precision")
    x = entries(call, 0)
    kind = _quantized_kind(call)
    scale = _spread(call, 1, x.shape)
    zero = _spread(call, 2, x.shape) if call.has(2) else np.array(0, dtype=object)
    return quantized(call, x, scale, zero, kind)


def quantized(call: Call, x: Array, scale: Array, zero: Array, kind: int) -> Tensor:
    """The quotients rounded half to even, to integers or to floats of few bits, plus the zero points, saturated."""
    if not call.settings.staircases:
        raise call.unsupported("quantisation is a function of steps, and staircases=False")
    if not gives(call.schema, kind):
        raise call.unsupported(f"quantisation to {kind_name(kind)}")
    if any(s <= 0 for s in scale.reshape(-1)):
        raise call.unsupported("a scale that is not positive")
    quotients = map_entries(lambda value, size: mpq(value) / mpq(size), x, scale)
    saturate = "saturate" not in call.schema.attributes or call.flag("saturate")
    if kind in NARROW_FLOATS:
        if any(offset != 0 for offset in zero.reshape(-1)):
            raise call.unsupported(
                f"a zero point of type {kind_name(kind)} other than 0, added before or after rounding"
            )
        return reals(map_entries(lambda q: narrowed(call, q, kind, saturate=saturate), quotients), kind)
    low, high = integer_range(kind)

    def step(quotient: mpq, offset: Any) -> int:
        return min(max(round_half_even(quotient) + int(offset), low), high)

    return integers(map_entries(step, quotients, zero), kind)


def _quantized_kind(call: Call) -> int:
    """The type of the output: that of the zero point, or the attribute's, or uint8."""
    wanted = call.integer("output_dtype") if "output_dtype" in call.schema.attributes else 0
    if call.has(2):
        kind = call.tensor(2).kind
        if wanted not in {0, kind}:
            raise call.malformed(f"zero points of type {kind_name(kind)} for an output of type {kind_name(wanted)}")
        check_zero_points(call, 1, 2)
        return kind
    return wanted or int(TensorProto.UINT8)


def check_zero_points(call: Call, scale: int, point: int) -> None:
    """Refuse zero points of another shape than the scales; the inputs are told by their indices."""
    scales, points = call.tensor(scale).shape, call.tensor(point).shape
    if points != scales and {points, scales} != {(), (1,)}:
        raise call.malformed(f"zero points of shape {points}, scales of shape {scales}")


@defines("DequantizeLinear", 10, 13, 19, 21, 23, 24, 25, 28)
def dequantize_linear(call: Call) -> Tensor:
    """(x - zero point) * scale."""
    x = entries(call, 0)
    scale = _spread(call, 1, x.shape)
    zero: Any = 0
    if call.has(2):
        check_zero_points(call, 1, 2)
        zero = _spread(call, 2, x.shape)
    kind = call.integer("output_dtype") if "output_dtype" in call.schema.attributes else 0
    values = np.asarray((x - zero) * scale, dtype=object)
    return reals(np.broadcast_to(values, x.shape), _wide(call, kind or call.tensor(1).kind))


def _wide(call: Call, kind: int) -> int:
    if kind not in FLOATS or kind not in {
        TensorProto.FLOAT,
        TensorProto.FLOAT16,
        TensorProto.BFLOAT16,
        TensorProto.DOUBLE,
    }:
        raise call.unsupported(f"an output of type {kind_name(kind)}")
    return kind
