"""Products with constant matrices: Gemm, MatMul."""

from collections.abc import Sequence

import numpy as np

from exactgeo.arithmetic.arrays import ExactArray
from exactgeo.errors import NotPiecewiseAffine
from onnx_import.nodes import Node
from onnx_import.registry import operator
from onnx_import.tensors import Real, Value, add, matrix_product, rearrange, scale


@operator("MatMul")
def matmul(node: Node) -> Sequence[Value]:
    """A B, by numpy's rules, one of them constant."""
    return [node.computed(_product(node, node.real(0), node.real(1)))]


@operator("Gemm")
def gemm(node: Node) -> Sequence[Value]:
    """Alpha A' B' + beta C, ' being an optional transposition; C broadcasts to the product's shape."""
    left = _transposed(node, node.real(0), "transA")
    right = _transposed(node, node.real(1), "transB")
    product = scale(_product(node, left, right), node.real_attribute("alpha", 1.0))
    beta = node.real_attribute("beta", 1.0)
    if not node.has(2):
        if node.opset < 11:  # noqa: PLR2004 (the opset that made it optional)
            node.malformed("lacks its input 2")
        return [node.computed(product)]
    offset = scale(node.real(2), beta)
    try:
        spread = rearrange(offset, lambda array: np.broadcast_to(array, product.shape))
    except ValueError:
        node.malformed(f"adds a C of shape {offset.shape} to a product of shape {product.shape}")
    return [node.computed(add(product, spread))]


def _transposed(node: Node, value: Real, attribute: str) -> Real:
    if len(value.shape) != 2:  # noqa: PLR2004 (matrices)
        node.malformed(f"multiplies an array of shape {value.shape}; matrices were expected")
    return rearrange(value, np.transpose) if node.integer(attribute, 0) else value


def _product(node: Node, left: Real, right: Real) -> Real:
    try:
        if isinstance(right, ExactArray):
            return matrix_product(left, right, data_is_left=True)
        if isinstance(left, ExactArray):
            return matrix_product(right, left, data_is_left=False)
    except ValueError:
        node.malformed(f"multiplies arrays of shapes {left.shape} and {right.shape}, which do not fit")
    raise NotPiecewiseAffine(f"{node.record} multiplies data by data, which is not piecewise affine")
