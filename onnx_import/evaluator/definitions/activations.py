"""Piecewise-polynomial functions of one variable."""

from typing import Any

import numpy as np
from gmpy2 import mpq

from exactgeo.errors import NonFiniteWeight
from onnx_import.evaluator.definitions.numbers import entries, larger, numeric, smaller
from onnx_import.evaluator.definitions.registry import defines
from onnx_import.evaluator.nodes import Call
from onnx_import.evaluator.values import FLOATS, Array, NonFinite, Tensor, map_entries, reals


def _zero(call: Call) -> Any:
    return mpq(0) if call.tensor(0).kind in FLOATS else 0


@defines("Relu", 6, 13, 14)
def relu(call: Call) -> Tensor:
    """max(0, x)."""
    return numeric(call.tensor(0).kind, larger(entries(call, 0), _zero(call)))


@defines("LeakyRelu", 6, 16)
def leaky_relu(call: Call) -> Tensor:
    """Alpha * x where x < 0, x elsewhere."""
    alpha = call.number("alpha")
    return reals(map_entries(lambda x: alpha * x if x < 0 else x, call.reals(0)), call.tensor(0).kind)


@defines("PRelu", 6, 7, 9, 16)
def prelu(call: Call) -> Tensor:
    """Slope * x where x < 0, x elsewhere."""
    x, slope = entries(call, 0), entries(call, 1)
    if call.version < 7:
        slope = _slope_of_channels(call, x, slope)
    if np.broadcast_shapes(x.shape, slope.shape) != x.shape:
        raise call.malformed(f"a slope of shape {slope.shape} is not broadcast to shape {x.shape}")
    return numeric(call.tensor(0).kind, map_entries(lambda v, s: s * v if v < 0 else v, x, slope))


def _slope_of_channels(call: Call, x: Array, slope: Array) -> Array:
    """Up to opset 6: one slope for all entries, or one for each channel."""
    if slope.size == 1:
        return slope.reshape([1] * x.ndim)
    if slope.ndim != 1 or x.ndim < 2 or slope.size != x.shape[1]:
        raise call.malformed(f"a slope of shape {slope.shape} for an input of shape {x.shape}")
    return slope.reshape([-1 if axis == 1 else 1 for axis in range(x.ndim)])


@defines("ThresholdedRelu", 10, 22)
def thresholded_relu(call: Call) -> Tensor:
    """X where x > alpha, 0 elsewhere."""
    alpha = call.number("alpha")
    return reals(map_entries(lambda x: x if x > alpha else mpq(0), call.reals(0)), call.tensor(0).kind)


@defines("HardSigmoid", 6, 22)
def hard_sigmoid(call: Call) -> Tensor:
    """max(0, min(1, alpha * x + beta))."""
    alpha, beta = call.number("alpha"), call.number("beta")
    line = alpha * call.reals(0) + beta
    return reals(larger(smaller(np.asarray(line), mpq(1)), mpq(0)), call.tensor(0).kind)


@defines("HardSwish", 14, 22)
def hard_swish(call: Call) -> Tensor:
    """X * max(0, min(1, x / 6 + 1/2))."""
    x = call.reals(0)
    return reals(x * larger(smaller(np.asarray(x / mpq(6) + mpq(1, 2)), mpq(1)), mpq(0)), call.tensor(0).kind)


@defines("Shrink", 9)
def shrink(call: Call) -> Tensor:
    """X + bias where x < -lambd, x - bias where x > lambd, 0 elsewhere."""
    bias, threshold = call.number("bias"), call.number("lambd")

    def shrunk(x: Any) -> Any:
        return x + bias if x < -threshold else x - bias if x > threshold else mpq(0)

    kind = call.numbers(0).kind
    values = map_entries(shrunk, entries(call, 0))
    if kind not in FLOATS:
        if any(mpq(v).denominator != 1 for v in values.reshape(-1)):
            raise call.unsupported("integers become fractions")
        values = map_entries(int, values)
    return numeric(kind, values)


@defines("Clip", 6, 11, 12, 13)
def clip(call: Call) -> Tensor:
    """min(max(x, low), high); an input that is left out does not bound, an attribute has the schema's default."""
    by_attributes = call.version < 11
    low, high = (call.real(n) if by_attributes else _input_bound(call, i) for i, n in ((1, "min"), (2, "max")))
    values = entries(call, 0)
    values = _bounded(values, low, NonFinite.MINUS_INFINITY, larger)
    return numeric(call.tensor(0).kind, _bounded(values, high, NonFinite.PLUS_INFINITY, smaller))


def _input_bound(call: Call, index: int) -> Any:
    if not call.has(index):
        return None
    bound = call.tensor(index).array
    if bound.size != 1:
        raise call.malformed(f"input {index} has shape {bound.shape}, a scalar is wanted")
    entry = bound.reshape(-1)[0]
    return int(entry) if isinstance(entry, np.integer) else entry


def _bounded(values: Array, bound: Any, absent: NonFinite, extremum: Any) -> Array:
    if bound is None or bound is absent:
        return values
    if isinstance(bound, NonFinite):
        raise NonFiniteWeight(f"a bound of {bound.value} leaves no number")
    return np.asarray(extremum(values, bound), dtype=object)
