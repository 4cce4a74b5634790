"""Products with constant matrices: Gemm, MatMul, Einsum."""

import re
from collections.abc import Sequence
from math import prod

import numpy as np

from exactgeo.arithmetic.arrays import ExactArray
from exactgeo.networks.forms import Index
from onnx_import.lowering.nodes import Node
from onnx_import.lowering.registry import operator
from onnx_import.lowering.tensors import (
    Real,
    Tensor,
    Value,
    add,
    linear_image,
    matrix_product,
    positions_of,
    rearrange,
    scale,
    weighted_sums,
)

_TERM = re.compile(r"[A-Za-z]*(\.\.\.)?[A-Za-z]*")


@operator("MatMul")
def matmul(node: Node) -> Sequence[Value]:
    """A B, by numpy's rules, one of them constant."""
    return [multiplied(node, node.real(0), node.real(1))]


@operator("Gemm")
def gemm(node: Node) -> Sequence[Value]:
    """Alpha A' B' + beta C, ' being an optional transposition; C broadcasts to the product's shape."""
    left = _transposed(node, node.real(0), "transA")
    right = _transposed(node, node.real(1), "transB")
    product = scale(multiplied(node, left, right), node.real_attribute("alpha", 1.0))
    beta = node.real_attribute("beta", 1.0)
    if not node.has(2):
        if node.opset < 11:  # noqa: PLR2004 (the opset that made it optional)
            node.malformed("lacks its input 2")
        return [product]
    if node.opset < 7:  # noqa: PLR2004 (the opset that broadcasts unasked)
        node.flag("broadcast", 0)
    offset = scale(node.real(2), beta)
    try:
        spread = rearrange(offset, lambda array: np.broadcast_to(array, product.shape))
    except ValueError:
        node.malformed(f"adds a C of shape {offset.shape} to a product of shape {product.shape}")
    return [add(product, spread)]


def _transposed(node: Node, value: Real, attribute: str) -> Real:
    if len(value.shape) != 2:  # noqa: PLR2004 (matrices)
        node.malformed(f"multiplies an array of shape {value.shape}; matrices were expected")
    return rearrange(value, np.transpose) if node.flag(attribute, 0) else value


def multiplied(node: Node, left: Real, right: Real) -> Real:
    """Return A B, by numpy's rules; of the two one must be constant."""
    try:
        if isinstance(right, ExactArray):
            return matrix_product(left, right, data_is_left=True)
        if not isinstance(left, ExactArray):
            node.not_piecewise_affine("multiplies data by data")
        return matrix_product(right, left, data_is_left=False)
    except ValueError:
        node.malformed(f"multiplies arrays of shapes {left.shape} and {right.shape}, which do not fit")


@operator("Einsum")
def einsum(node: Node) -> Sequence[Value]:
    """Sums of products of entries with equal letters, by the Einstein convention; one operand may be data.

    An ellipsis stands for leading axes that broadcast. Without an arrow, the result has the letters that occur once, in
    alphabetical order, after the ellipsis.
    """
    equation = (node.stored_attribute("equation", str) or "").replace(" ", "")
    operands = [node.real(index) for index in range(node.count())]
    data = [index for index, operand in enumerate(operands) if isinstance(operand, Tensor)]
    if len(data) > 1:
        node.not_piecewise_affine("multiplies data by data")
    terms, result = parse_equation(node, equation, [len(operand.shape) for operand in operands])
    sizes: dict[str, int] = {}
    for term, operand in zip(terms, operands, strict=True):
        if any(len({size for own, size in zip(term, operand.shape, strict=True) if own == one}) > 1 for one in term):
            node.malformed(f"takes a diagonal of an array of shape {operand.shape} in '{equation}'")
        for letter, size in zip(term, operand.shape, strict=True):
            known = sizes.setdefault(letter, size)
            if size not in (known, 1) and known != 1:
                node.malformed(f"sums over axes of different lengths in '{equation}'")
            sizes[letter] = max(known, size)
    summed = [letter for letter in sizes if letter not in result]
    order = [*result, *summed]
    shape = tuple(sizes[letter] for letter in order)
    node.demand_size(shape)
    places = [_spread(term, operand.shape, order, shape) for term, operand in zip(terms, operands, strict=True)]
    chosen = data[0] if data else 0
    weights = ExactArray(np.ones(shape, dtype=np.int64), 1)
    for index, operand in enumerate(operands):
        if index != chosen and isinstance(operand, ExactArray):
            weights = weights * operand.reshaped((-1,))[places[index]]
    outer = shape[: len(result)]
    rows = np.broadcast_to(positions_of(outer).reshape([*outer, *[1] * len(summed)]), shape).ravel()
    terms_of_rows = np.arange(prod(shape))
    matrix = weighted_sums(rows, places[chosen].ravel(), weights, terms_of_rows, prod(outer))
    return [linear_image(operands[chosen], matrix, outer)]


def parse_equation(node: Node, equation: str, ranks: Sequence[int]) -> tuple[list[list[str]], list[str]]:
    """Return the letters of each operand and of the result; those that an ellipsis stands for are numbers."""
    left, arrow, right = equation.partition("->")
    terms = left.split(",")
    if len(terms) != len(ranks) or not all(_TERM.fullmatch(term) for term in (*terms, right)):
        node.malformed(f"has the equation '{equation}' for {len(ranks)} operands")
    hidden = [rank - len(term.replace("...", "")) for term, rank in zip(terms, ranks, strict=True)]
    if any(count < 0 or (count and "..." not in term) for term, count in zip(terms, hidden, strict=True)):
        node.malformed(f"has the equation '{equation}' for operands with {', '.join(map(str, ranks))} axes")
    most = max((count for term, count in zip(terms, hidden, strict=True) if "..." in term), default=0)

    def letters(term: str, count: int) -> list[str]:
        before, dots, after = term.partition("...")
        return [*before, *(str(k) for k in range(most - count, most) if dots), *after]

    split = [letters(term, count) for term, count in zip(terms, hidden, strict=True)]
    if arrow:
        result = letters(right, most)
    else:
        alone = [letter for letter in sorted(set(left)) if letter.isalpha() and left.count(letter) == 1]
        result = [*(str(k) for k in range(most)), *alone]
    if len(set(result)) != len(result) or not set(result) <= {letter for term in split for letter in term}:
        node.malformed(f"has the equation '{equation}', whose result is not made of the operands' axes")
    return split, result


def _spread(term: list[str], shape: tuple[int, ...], order: list[str], full: tuple[int, ...]) -> Index:
    """Return an operand's places along all letters: those that it lacks, and lengths of 1, broadcast."""
    places = np.arange(prod(shape)).reshape(shape)
    seen: list[str] = []
    for letter in term:  # a letter that occurs twice takes a diagonal
        axis = len(seen)
        if letter in seen:
            places = np.moveaxis(np.diagonal(places, axis1=seen.index(letter), axis2=axis), -1, seen.index(letter))
        else:
            seen.append(letter)
    arranged = places.transpose([seen.index(letter) for letter in order if letter in seen])
    lengths = iter(arranged.shape)
    return np.broadcast_to(arranged.reshape([next(lengths) if letter in seen else 1 for letter in order]), full)
