"""Normalisation by statistics that the model holds, and dropout, which does nothing in inference."""

import math

import numpy as np
from gmpy2 import mpq

from onnx_import.evaluator.definitions.registry import defines
from onnx_import.evaluator.nodes import Call
from onnx_import.evaluator.values import Array, Tensor, map_entries, reals, truths


@defines("BatchNormalization", 6, 7, 9, 14, 15)
def batch_normalization(call: Call) -> Tensor:
    """(X - mean) / sqrt(var + epsilon) * scale + B; 1 / sqrt(var + epsilon) may be irrational."""
    x = call.reals(0)
    call.ignore("momentum")
    training = "training_mode" in call.schema.attributes and call.flag("training_mode")
    if _untested(call) or training or any(call.wants(index) for index in range(1, call.outputs)):
        raise call.unsupported("normalisation by the statistics of the batch (training)")
    shape = _statistics_shape(call, x)
    statistics = [call.reals(index) for index in range(1, 5)]
    if any(s.shape != shape for s in statistics):
        raise call.malformed(f"statistics of shapes {[s.shape for s in statistics]}, {shape} wanted")
    scale, bias, mean, variance = statistics
    epsilon = call.number("epsilon")
    if any(v + epsilon <= 0 for v in variance.reshape(-1)):
        raise call.unsupported("a variance that is not positive")
    slope = scale * map_entries(lambda v: call.settings.irrational.inverse_root(v + epsilon), variance)
    offset = bias - mean * slope
    if x.ndim == 1:
        return reals(x * slope[0] + offset[0], call.tensor(0).kind)
    spread = (*shape, *[1] * (x.ndim - 1 - len(shape)))
    return reals(x * slope.reshape(spread) + offset.reshape(spread), call.tensor(0).kind)


def _untested(call: Call) -> bool:
    """Whether a node is in training mode because it does not say, as up to opset 6, that it is not."""
    return "is_test" in call.schema.attributes and not call.integer("is_test")


def _statistics_shape(call: Call, x: Array) -> tuple[int, ...]:
    """One number for each channel, or for each entry of an input where the old attribute `spatial` is 0."""
    if "spatial" in call.schema.attributes and not call.flag("spatial"):
        if call.version < 7:
            raise call.unsupported("spatial=0 with one number for each channel")
        return x.shape[1:]
    if x.ndim == 0:
        raise call.malformed("an input without axes")
    return (1,) if x.ndim == 1 else (x.shape[1],)


@defines("InstanceNormalization", 6, 22)
def instance_normalization(call: Call) -> Tensor:
    """Scale * (x - mean) / sqrt(variance + epsilon) + B, with the statistics of each channel of each input."""
    x, scale, bias = call.reals(0), call.reals(1), call.reals(2)
    if x.ndim < 3 or scale.shape != (x.shape[1],) or bias.shape != scale.shape:
        raise call.malformed(f"scale and bias of shapes {scale.shape}, {bias.shape} for shape {x.shape}")
    axes, size = tuple(range(2, x.ndim)), mpq(math.prod(x.shape[2:]))
    centred = x - x.sum(axis=axes, keepdims=True) / size
    variance = (centred * centred).sum(axis=axes, keepdims=True) / size
    epsilon = call.number("epsilon")
    if any(v + epsilon <= 0 for v in variance.reshape(-1)):
        raise call.unsupported("a variance that is not positive")
    inverse = map_entries(lambda v: call.settings.irrational.inverse_root(v + epsilon), variance)
    spread = (-1, *[1] * (x.ndim - 2))
    return reals(centred * inverse * scale.reshape(spread) + bias.reshape(spread), call.tensor(0).kind)


@defines("Dropout", 6, 7, 10, 12, 13, 22)
def dropout(call: Call) -> tuple[Tensor, ...]:
    """The input, and a mask that keeps everything."""
    call.ignore("ratio", "seed")
    for index in (1, 2):
        if call.has(index):
            call.tensor(index)
    if _untested(call) or (call.has(2) and bool(call.single(2))):
        raise call.unsupported("dropout in training mode")
    x = call.tensor(0)
    if call.version < 7:
        return (x,)
    ones = np.ones(x.shape, dtype=bool)
    return x, (truths(ones) if call.version >= 10 else reals(map_entries(int, ones), x.kind))
