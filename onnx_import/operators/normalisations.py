"""Batch normalisation, as it is in inference: an affine map of each channel."""

from collections.abc import Sequence

from exactgeo.arithmetic.arrays import ExactArray
from onnx_import.lowering.irrational import RECIPROCAL_SQRT
from onnx_import.lowering.nodes import Node
from onnx_import.lowering.registry import operator
from onnx_import.lowering.tensors import Value, add, scale
from onnx_import.operators.transcendental import folded


@operator("BatchNormalization")
def batch_normalization(node: Node) -> Sequence[Value]:
    """Scale * (x - mean) / sqrt(variance + epsilon) + bias, channel by channel.

    The constants 1 / sqrt(variance + epsilon) are irrational as a rule: the policy for such constants decides. What is
    rounded is this number alone; its product with the scale is exact.
    """
    data = node.real(0)
    gain, bias, mean, variance = (node.constant(index, f"its {name}") for index, name in enumerate(_NAMES, start=1))
    epsilon = node.real_attribute("epsilon", 1e-5)
    node.ignore_attribute("momentum")
    if node.opset < 7 and not node.flag("is_test", 0):  # noqa: PLR2004 (the opset that dropped it)
        node.not_piecewise_affine("normalises by the data's own mean and variance (is_test = 0)")
    if node.flag("training_mode", 0, since=14):
        node.not_piecewise_affine("normalises by the data's own mean and variance (training_mode)")
    if node.opset < 9 and not node.flag("spatial", 1):  # noqa: PLR2004 (the opset that dropped it)
        node.refuse("normalises each activation of a channel by itself (spatial = 0), which is not supported")
    channels = data.shape[1] if len(data.shape) > 1 else 1
    if any(parameter.shape != (channels,) for parameter in (gain, bias, mean, variance)):
        node.malformed(
            f"has parameters of shapes {[p.shape for p in (gain, bias, mean, variance)]} for {channels} channels"
        )
    factor = gain * folded(node, RECIPROCAL_SQRT, variance + epsilon)
    offset = bias + -(factor * mean)
    return [add(scale(data, _spread(factor, data.shape)), _spread(offset, data.shape))]


_NAMES = ("scale", "bias", "mean", "variance")


def _spread(parameter: ExactArray, shape: tuple[int, ...]) -> ExactArray:
    """Return a parameter of the channels so that it broadcasts to the data."""
    return parameter.reshaped((-1, *[1] * (len(shape) - 2))) if len(shape) > 1 else parameter
