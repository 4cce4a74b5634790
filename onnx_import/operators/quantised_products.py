"""Quantised numbers times constants: MatMulInteger, ConvInteger, QLinearMatMul, QLinearConv.

With its zero point taken off, a quantised array is one of integers, so that the product is an affine form in the steps
of the staircase that quantised the data. It must fit into 32 bits, beyond which the standard lets sums overflow. The
last two then quantise the product times the scales anew, as QuantizeLinear does: in another staircase.
"""

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from exactgeo.arithmetic.arrays import ExactArray
from exactgeo.arithmetic.integers import largest
from onnx_import.lowering.nodes import Node
from onnx_import.lowering.registry import operator
from onnx_import.lowering.tensors import Real, Tensor, Value, add, is_stored_integer, scale, stored_numbers
from onnx_import.lowering.types_of_results import demand_integers
from onnx_import.operators.convolutions import correlated, with_bias
from onnx_import.operators.linear import multiplied
from onnx_import.operators.quantisation import quantised

_MOST = 2**31 - 1
_BYTES = ("int8", "uint8")


@operator("MatMulInteger")
def matmul_integer(node: Node) -> Sequence[Value]:
    """(A - zero points) (B - zero points), by numpy's rules for matrices; zero points by rows of A and columns of B."""
    left, right = _integers(node, 0), _integers(node, 1)
    if node.has(2):
        left = add(left, -_by_rows(node, _zero_point(node, 2), left.shape))
    if node.has(3):
        right = add(right, -_by_columns(node, _zero_point(node, 3), right.shape))
    return [_of_32_bits(node, _product(node, left, right))]


@operator("ConvInteger")
def conv_integer(node: Node) -> Sequence[Value]:
    """The convolution of x - zero point with w - zero points, which may be one for each filter; padded with zeros."""
    data, weights = _integers(node, 0), _constant(node, 1)
    if node.has(2):
        data = add(data, -_single(node, _zero_point(node, 2)))
    if node.has(3):
        weights = weights + -_by_filters(node, _zero_point(node, 3), weights.shape)
    return [_of_32_bits(node, correlated(node, data, weights))]


@operator("QLinearMatMul")
def qlinear_matmul(node: Node) -> Sequence[Value]:
    """The product of two dequantised matrices, quantised; scales and zero points by rows of a and columns of b."""
    left, right = _integers(node, 0), _integers(node, 3)
    left_scale, left_zero = (_by_rows(node, one, left.shape) for one in _parameters(node, 1))
    right_scale, right_zero = (_by_columns(node, one, right.shape) for one in _parameters(node, 4))
    product = _product(node, add(left, -left_zero), add(right, -right_zero))
    _of_32_bits(node, product)
    if len(right.shape) == 1:  # the product has no axis for what lacks in a vector
        left_scale = left_scale.reshaped(left_scale.shape[:-1])
    if len(left.shape) == 1:
        right_scale = right_scale.reshaped(right_scale.shape[:-2] + right_scale.shape[-1:])
    return [_requantised(node, scale(product, left_scale * right_scale), 6)]


@operator("QLinearConv")
def qlinear_conv(node: Node) -> Sequence[Value]:
    """The convolution of dequantised arrays, quantised. The bias has the product of their scales, and no zero point."""
    data, weights = _integers(node, 0), _constant(node, 3)
    data_scale, data_zero = (_single(node, one) for one in _parameters(node, 1))
    weights_scale, weights_zero = (_by_filters(node, one, weights.shape) for one in _parameters(node, 4))
    sums = correlated(node, add(data, -data_zero), weights + -weights_zero)
    if node.has(8) and not is_stored_integer(node.value(8)):
        node.malformed("has a bias that is no stored array of integers")
    sums = with_bias(node, sums, 8)
    _of_32_bits(node, sums)
    by_channels = weights_scale.reshaped(weights_scale.shape[:1] + weights_scale.shape[2:])
    return [_requantised(node, scale(sums, data_scale * by_channels), 6)]


def _integers(node: Node, index: int) -> Real:
    """Return an input of quantised numbers as the integers that they are."""
    value, name = node.value(index), f"'{node.record.inputs[index]}'"
    if isinstance(value, Tensor):
        if value.kind != "quantised":
            node.refuse(f"reads data that is not quantised to integers ({name}), which is not supported")
        return value.of_kind("integer")
    if not isinstance(value, np.ndarray) or value.dtype.name not in _BYTES:
        kind = value.dtype if isinstance(value, np.ndarray) else "real numbers"
        node.refuse(f"reads {kind} ({name}); integers of 8 bits were expected")
    return stored_numbers(value, f"{node.record} reads {name}")


def _constant(node: Node, index: int) -> ExactArray:
    value = _integers(node, index)
    if isinstance(value, Tensor):
        node.refuse("takes its kernel from quantised data, which is not supported")
    return value


def _product(node: Node, left: Real, right: Real) -> Real:
    if isinstance(left, Tensor) and isinstance(right, Tensor):
        node.refuse("multiplies quantised data by quantised data, which is not supported")
    return multiplied(node, left, right)


def _of_32_bits(node: Node, value: Real) -> Value:
    """Return sums of products as integers. Raises UnsupportedOperator where 32 bits may not hold them."""
    if isinstance(value, Tensor):
        integers = value.of_kind("integer")
        demand_integers(node, integers)
        return integers
    if largest(value.numerators) > _MOST:
        node.refuse("computes sums that 32 bits do not hold")
    return np.asarray(value.numerators.astype(np.int32))


def _requantised(node: Node, value: Real, index: int) -> Value:
    """Return numbers quantised by the scale at an index and the zero point behind it."""
    steps, zero = (_single(node, one) for one in _parameters(node, index))
    kind: np.dtype[Any] = node.stored(index + 1, "its zero point").dtype
    return quantised(node, value, steps, zero, kind)


def _parameters(node: Node, index: int) -> tuple[ExactArray, ExactArray]:
    """Return the scale at an index and the zero point behind it, which have one shape."""
    steps, zero = node.floats(index), _zero_point(node, index + 1)
    if isinstance(steps, Tensor):
        node.refuse("takes a scale from the data, which is not supported")
    if steps.shape != zero.shape and not prod(steps.shape) == prod(zero.shape) == 1:
        node.malformed(f"has a scale of shape {steps.shape} and a zero point of shape {zero.shape}")
    return steps, zero.reshaped(steps.shape)


def _zero_point(node: Node, index: int) -> ExactArray:
    value = node.stored(index, "a zero point")
    if value.dtype.name not in _BYTES:
        node.refuse(f"has a zero point of type {value.dtype}; integers of 8 bits were expected")
    return stored_numbers(value, f"{node.record} reads a zero point")


def _single(node: Node, parameter: ExactArray) -> ExactArray:
    if prod(parameter.shape) != 1 or len(parameter.shape) > 1:
        node.malformed(f"has a scale or zero point of shape {parameter.shape}; a scalar was expected")
    return parameter.reshaped(())


def _by_rows(node: Node, parameter: ExactArray, shape: tuple[int, ...]) -> ExactArray:
    """Return a parameter of a left factor, one for all or one for each row, so that it broadcasts to that."""
    return _by_lines(node, parameter, shape, -2, (*shape[:-1], 1))


def _by_columns(node: Node, parameter: ExactArray, shape: tuple[int, ...]) -> ExactArray:
    """Return a parameter of a right factor, one for all or one for each column, so that it broadcasts to that."""
    return _by_lines(node, parameter, shape, -1, (*shape[:-2], 1, *shape[-1:]))


def _by_lines(
    node: Node, parameter: ExactArray, shape: tuple[int, ...], axis: int, whole: tuple[int, ...]
) -> ExactArray:
    if prod(parameter.shape) == 1 and len(parameter.shape) <= 1:
        return parameter.reshaped(())
    is_list = len(shape) == 2 and parameter.shape == (shape[axis],)  # noqa: PLR2004 (a matrix)
    if len(shape) < 2 or not (is_list or parameter.shape == whole):  # noqa: PLR2004 (likewise)
        node.malformed(f"has a scale or zero point of shape {parameter.shape} for an array of shape {shape}")
    return parameter.reshaped(whole)


def _by_filters(node: Node, parameter: ExactArray, weights: tuple[int, ...]) -> ExactArray:
    """Return a parameter of a kernel, one for all or one for each filter, so that it broadcasts to the kernel."""
    if parameter.shape == weights[:1]:
        return parameter.reshaped((-1, *[1] * (len(weights) - 1)))
    return _single(node, parameter).reshaped((1,) * len(weights))
