"""Univariate piecewise-affine activations, from Relu to Shrink. Each becomes one unit an entry.

Selectors come from the lowest piece to the highest, so that piece 0 of a ReLU is the inactive one.
"""

from collections.abc import Sequence

import numpy as np

from exactgeo.arithmetic.arrays import ExactArray
from exactgeo.arithmetic.rationals import Rational
from exactgeo.networks.builders import constant_forms
from exactgeo.networks.forms import SparseForms
from onnx_import.lowering.nodes import Node
from onnx_import.lowering.registry import operator
from onnx_import.lowering.selections import selected
from onnx_import.lowering.tensors import FLOATS, Real, Tensor, Value, add, negate, scale


@operator("Relu")
def relu(node: Node) -> Sequence[Value]:
    """max(0, z): selectors and values (0, z)."""
    z = node.real(0)
    if isinstance(z, ExactArray):
        return [node.mapped(z, lambda value: max(value, Rational(0)))]
    return [Tensor(z.shape, SparseForms.variables(node.builder.add_relus(z.forms)))]


@operator("LeakyRelu")
def leaky_relu(node: Node) -> Sequence[Value]:
    """Z where z > 0, alpha z elsewhere: selectors (0, z), values (alpha z, z)."""
    return [_two_slopes(node, node.real(0), node.real_attribute("alpha", 0.01))]


@operator("PRelu")
def prelu(node: Node) -> Sequence[Value]:
    """Z where z > 0, slope z elsewhere, the constant slope broadcasting to z's shape: as LeakyRelu."""
    z, slope = node.real(0), node.constant(1, "its slope")
    if node.opset < 7 and slope.numerators.size == 1:  # noqa: PLR2004 (before it, one slope or one for each channel)
        slope = slope.reshaped(())
    elif node.opset < 7 and len(z.shape) > 1:  # noqa: PLR2004
        slope = slope.reshaped((-1, *[1] * (len(z.shape) - 2)))
    try:
        spread = np.broadcast_to(slope.numerators, z.shape)
    except ValueError:
        node.malformed(f"has a slope of shape {slope.shape}, which does not broadcast to {z.shape}")
    return [_two_slopes(node, z, ExactArray(spread, slope.denominator))]


@operator("Abs")
def absolute(node: Node) -> Sequence[Value]:
    """max(-z, z): selectors and values (-z, z)."""
    return [absolute_values(node, node.real(0))]


@operator("Clip")
def clip(node: Node) -> Sequence[Value]:
    """min(max(z, low), high), a missing or infinite bound being none (before opset 11: the outermost float32).

    With both bounds, low <= high: selectors (low - z, 0, z - high), values (low, z, high). With low alone:
    selectors and values (low, z). With high alone: selectors (0, z - high), values (z, high). With low > high, the
    standard says: high.
    """
    z = node.real(0)
    low, high = (_bound(node, "min", 1), _bound(node, "max", 2))
    return [_between(node, z, low, high)]


@operator("HardSigmoid")
def hard_sigmoid(node: Node) -> Sequence[Value]:
    """max(0, min(1, alpha x + beta)): as Clip."""
    alpha, beta = node.real_attribute("alpha", 0.2), node.real_attribute("beta", 0.5)
    return [_between(node, add(scale(node.real(0), alpha), beta), Rational(0), Rational(1))]


@operator("ThresholdedRelu")
def thresholded_relu(node: Node) -> Sequence[Value]:
    """Z where z > alpha, 0 elsewhere: selectors (0, z - alpha), values (0, z). It jumps unless alpha is 0."""
    z = node.real(0)
    (alpha,) = node.real_attribute("alpha", 1.0).flat()
    if isinstance(z, ExactArray):
        return [node.mapped(z, lambda value: value if value > alpha else Rational(0))]
    zero = constant_like(Rational(0), z)
    return [selected(node, z.shape, [zero, z.forms + constant_like(-alpha, z)], [zero, z.forms])]


@operator("Shrink")
def shrink(node: Node) -> Sequence[Value]:
    """Z + bias where z < -lambda, else z - bias where z > lambda, else 0.

    For lambda >= 0: selectors (0, -z - lambda, z - lambda), values (0, z + bias, z - bias), in this order, so that
    both borders belong to the middle. For lambda < 0 there is no middle: selectors (z + lambda, 0), values
    (z - bias, z + bias).
    """
    z = node.floats(0)
    (limit,), (bias,) = node.real_attribute("lambd", 0.5).flat(), node.real_attribute("bias", 0.0).flat()
    if isinstance(z, ExactArray):
        return [node.mapped(z, lambda value: _shrunk(value, limit, bias))]
    zero, at_limit, offset = (constant_like(value, z) for value in (Rational(0), limit, bias))
    raised, lowered = z.forms + offset, z.forms + -offset
    if limit < 0:
        return [selected(node, z.shape, [z.forms + at_limit, zero], [lowered, raised])]
    below, above = -(z.forms + at_limit), z.forms + -at_limit
    return [selected(node, z.shape, [zero, below, above], [zero, raised, lowered])]


def absolute_values(node: Node, z: Real) -> Real:
    """Return |z| entry by entry: units with selectors and values (-z, z)."""
    if isinstance(z, ExactArray):
        return node.mapped(z, abs)
    return Tensor(z.shape, SparseForms.variables(node.builder.add_maxima([-z.forms, z.forms])), z.kind)


def _between(node: Node, z: Real, low: Rational | None, high: Rational | None) -> Real:
    if isinstance(z, ExactArray):
        return node.mapped(z, lambda value: _clipped(value, low, high))
    if low is not None and high is not None and low > high:
        return _constant(high, z.shape)
    zero = constant_like(Rational(0), z)
    if low is None or high is None:
        return _clipped_on_one_side(node, z, zero, low, high)
    at_low, at_high = constant_like(low, z), constant_like(high, z)
    return selected(node, z.shape, [at_low + -z.forms, zero, z.forms + -at_high], [at_low, z.forms, at_high])


def _shrunk(value: Rational, limit: Rational, bias: Rational) -> Rational:
    if value < -limit:
        return value + bias
    return value - bias if value > limit else Rational(0)


def _clipped_on_one_side(
    node: Node, z: Tensor, zero: SparseForms, low: Rational | None, high: Rational | None
) -> Tensor:
    if low is not None:
        return Tensor(z.shape, SparseForms.variables(node.builder.add_maxima([constant_like(low, z), z.forms])))
    if high is not None:
        at_high = constant_like(high, z)
        return selected(node, z.shape, [zero, z.forms + -at_high], [z.forms, at_high])
    return z


def _two_slopes(node: Node, z: Real, slope: ExactArray) -> Real:
    if isinstance(z, ExactArray):
        positive = node.mapped(z, lambda value: max(value, Rational(0)))
        return add(positive, scale(add(z, negate(positive)), slope))
    zero = constant_like(Rational(0), z)
    return selected(node, z.shape, [zero, z.forms], [scale(z, slope).forms, z.forms])


def _bound(node: Node, name: str, index: int) -> Rational | None:
    """Return a bound of a Clip: before opset 11 an attribute, by default a float32; since then an optional input."""
    unlimited = -np.inf if name == "min" else np.inf
    if node.opset < 11:  # noqa: PLR2004 (the opset that changed it)
        default = np.finfo(np.float32).min if name == "min" else np.finfo(np.float32).max
        given = node.float_attribute(name)
        return None if given == unlimited else next(node.real_attribute(name, float(default)).flat())
    stored = node.value(index) if node.has(index) else None
    if stored is None or _is_float(stored, unlimited):
        return None
    bound = node.constant(index, f"its bound '{name}'")
    if bound.numerators.size != 1:
        node.malformed(f"has a bound '{name}' of shape {bound.shape}; a scalar was expected")
    return next(bound.flat())


def _is_float(value: Value, number: float) -> bool:
    return (
        isinstance(value, np.ndarray)
        and value.dtype.name in FLOATS
        and value.size == 1
        and float(value.item()) == number
    )


def _clipped(value: Rational, low: Rational | None, high: Rational | None) -> Rational:
    raised = value if low is None else max(value, low)
    return raised if high is None else min(raised, high)


def _constant(value: Rational, shape: tuple[int, ...]) -> ExactArray:
    numerators = np.full(shape, int(value.numerator), dtype=object)
    return ExactArray(numerators, int(value.denominator))


def constant_like(value: Rational, like: Tensor) -> SparseForms:
    """Return a constant as forms, one for each entry of a tensor."""
    return constant_forms(_constant(value, like.shape))
