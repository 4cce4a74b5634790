"""Products of matrices and tensors."""

from typing import Any

import numpy as np
from onnx import TensorProto

from onnx_import.evaluator.definitions.numbers import entries, is_float, numeric, spread
from onnx_import.evaluator.definitions.quantization import check_zero_points, quantized
from onnx_import.evaluator.definitions.registry import defines
from onnx_import.evaluator.matrices import batched_product
from onnx_import.evaluator.nodes import Call
from onnx_import.evaluator.values import INTEGERS, Array, Tensor, integer_range, integers, objects


def product(call: Call, left: Array, right: Array) -> Array:
    """The matrix product of mpq or of Python integers."""
    if left.dtype == object and is_float(call):
        return batched_product(left, right)
    return np.asarray(np.matmul(left, right), dtype=object)


@defines("MatMul", 1, 9, 13)
def matmul(call: Call) -> Tensor:
    """The matrix product, as NumPy's matmul shapes it."""
    return numeric(call.tensor(0).kind, product(call, entries(call, 0), entries(call, 1)))


@defines("Gemm", 6, 7, 9, 11, 13)
def gemm(call: Call) -> Tensor:
    """Alpha * A' * B' + beta * C."""
    a, b = entries(call, 0), entries(call, 1)
    if a.ndim != 2 or b.ndim != 2:
        raise call.malformed(f"shapes {a.shape} and {b.shape} are not those of two matrices")
    a, b = (a.T if call.integer("transA") else a), (b.T if call.integer("transB") else b)
    alpha, beta = _factor(call, "alpha"), _factor(call, "beta")
    result = product(call, a, b) * alpha
    if call.has(2):
        addend = spread(call, result, entries(call, 2))
        if np.broadcast_shapes(result.shape, addend.shape) != result.shape:
            raise call.malformed(f"an addend of shape {addend.shape} is not broadcast to {result.shape}")
        result = result + addend * beta
    return numeric(call.tensor(0).kind, result)


def _factor(call: Call, name: str) -> Any:
    factor = call.number(name)
    if is_float(call):
        return factor
    if factor.denominator != 1:
        raise call.unsupported(f"{name}={factor} times integers")
    return int(factor)


@defines("MatMulInteger", 10)
def matmul_integer(call: Call) -> Tensor:
    """The product of matrices of integers, less their zero points, in 32 bits."""
    a, b = entries(call, 0), entries(call, 1)
    a = a - _zero_point(call, 2, a, rows=True)
    b = b - _zero_point(call, 3, b, rows=False)
    return integers(np.asarray(np.matmul(a, b), dtype=object), TensorProto.INT32)


def _zero_point(call: Call, index: int, array: Array, *, rows: bool) -> Any:
    """One zero point (or scale) for all, or one for each row of A or column of B."""
    if not call.has(index):
        return 0
    point = entries(call, index)
    if point.size == 1:
        return point.reshape(-1)[0]
    if point.ndim == 1 and array.ndim >= 2:
        if point.size != array.shape[-2 if rows else -1]:
            raise call.malformed(f"{point.size} zero points for shape {array.shape}")
        return point[:, None] if rows else point
    if point.ndim != array.ndim or point.shape[-1 if rows else -2] != 1:
        raise call.malformed(f"zero points of shape {point.shape} for shape {array.shape}")
    return point


@defines("QLinearMatMul", 10, 21)
def qlinear_matmul(call: Call) -> Tensor:
    """The product of what two quantised tensors stand for, quantised."""
    a = entries(call, 0) - _zero_point(call, 2, entries(call, 0), rows=True)
    b = entries(call, 3) - _zero_point(call, 5, entries(call, 3), rows=False)
    for scale, point in ((1, 2), (4, 5), (6, 7)):
        check_zero_points(call, scale, point)
    if call.tensor(0).kind in INTEGERS and call.tensor(3).kind in INTEGERS:
        _check_sums(call, a, b)
    scales = _zero_point(call, 1, a, rows=True), _zero_point(call, 4, b, rows=False)
    values = batched_product(a * scales[0], b * scales[1])
    y_scale, y_point = (objects([call.single(index)], ()) for index in (6, 7))
    return quantized(call, values, y_scale, y_point, call.tensor(7).kind)


def _check_sums(call: Call, a: Array, b: Array) -> None:
    """Refuse what may overflow: where sums are of 32 bits, the standard allows it."""
    low, high = integer_range(TensorProto.INT32)
    if any(not low <= v <= high for v in np.asarray(np.matmul(a, b), dtype=object).reshape(-1)):
        raise call.unsupported("a sum of products beyond 32 bits, which may overflow or not")


@defines("Einsum", 12, 28)
def einsum(call: Call) -> Tensor:
    """Sums over the indices that the output does not name, of products."""
    arrays = [entries(call, index) for index in range(len(call.inputs))]
    terms, result = _parsed(call, call.text("equation"), [a.ndim for a in arrays])
    merged = [_diagonal(call, a, term) for a, term in zip(arrays, terms, strict=True)]
    sizes = _sizes(call, merged)
    array, labels = merged[0]
    for index, (other, other_labels) in enumerate(merged[1:], start=1):
        later = {label for _, more in merged[index + 1 :] for label in more}
        array, labels = _contracted(call, (array, labels), (other, other_labels), {*result, *later}, sizes)
    array = _summed(array, labels, set(result))
    labels = [label for label in labels if label in result]
    missing = [label for label in result if label not in labels]
    if missing:
        raise call.malformed(f"the output's index {missing[0]!r} is in no term")
    return numeric(call.tensor(0).kind, array.transpose([labels.index(label) for label in result]))


def _parsed(call: Call, equation: str, ranks: list[int]) -> tuple[list[list[str]], list[str]]:
    """The terms' indices, those of an ellipsis named '.0', '.1', ...; and the output's."""
    left, arrow, right = equation.replace(" ", "").partition("->")
    texts = left.split(",")
    if len(texts) != len(ranks):
        raise call.malformed(f"{len(texts)} terms for {len(ranks)} inputs")
    hidden = {rank - len(text.replace("...", "")) for text, rank in zip(texts, ranks, strict=True) if "..." in text}
    if len(hidden) > 1 or min(hidden, default=0) < 0:
        raise call.malformed(f"the ellipses of {equation!r} do not stand for the same number of axes")
    ellipsis = [f".{i}" for i in range(max(hidden, default=0))]

    def labels(text: str) -> list[str]:
        before, dots, after = text.partition("...")
        if not (before + after).isalpha() and before + after:
            raise call.malformed(f"term {text!r} of the equation")
        return [*before, *(ellipsis if dots else []), *after]

    terms = [labels(text) for text in texts]
    if any(len(term) != rank for term, rank in zip(terms, ranks, strict=True)):
        raise call.malformed(f"the terms of {equation!r} do not have the ranks {ranks}")
    if arrow:
        result = labels(right)
        if len(set(result)) != len(result):
            raise call.malformed(f"an index stands twice in the output {right!r}")
        return terms, result
    every = [label for term in terms for label in term]
    return terms, [*ellipsis, *sorted(c for c in set(every) if every.count(c) == 1 and c not in ellipsis)]


def _diagonal(call: Call, array: Array, term: list[str]) -> tuple[Array, list[str]]:
    """An operand whose indices are all different: the diagonal where one is repeated."""
    labels = list(term)
    for label in term:
        while labels.count(label) > 1:
            first = labels.index(label)
            second = labels.index(label, first + 1)
            if array.shape[first] != array.shape[second]:
                raise call.malformed(f"index {label!r} stands for axes of lengths {array.shape}")
            array = np.diagonal(array, axis1=first, axis2=second)
            labels = [name for i, name in enumerate(labels) if i not in {first, second}] + [label]
    return array, labels


def _sizes(call: Call, operands: list[tuple[Array, list[str]]]) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for array, labels in operands:
        for label, length in zip(labels, array.shape, strict=True):
            known = sizes.get(label, 1)
            if 1 not in {known, length} and known != length:
                raise call.malformed(f"index {label!r} stands for lengths {known} and {length}")
            sizes[label] = length if known == 1 else known
    return sizes


def _summed(array: Array, labels: list[str], kept: set[str]) -> Array:
    axes = tuple(i for i, label in enumerate(labels) if label not in kept)
    return np.asarray(array.sum(axis=axes) if axes else array, dtype=object)


def _contracted(
    call: Call,
    first: tuple[Array, list[str]],
    second: tuple[Array, list[str]],
    kept: set[str],
    sizes: dict[str, int],
) -> tuple[Array, list[str]]:
    """The product of two operands, summed over what is not needed later."""
    both = [label for label in first[1] if label in second[1]]
    batch = [label for label in both if label in kept]
    inner = [label for label in both if label not in kept]
    rows = [label for label in first[1] if label not in both and label in kept]
    columns = [label for label in second[1] if label not in both and label in kept]
    left = _arranged(first, batch, rows, inner, sizes)
    right = _arranged(second, batch, inner, columns, sizes)
    shape = [sizes[label] for label in (*batch, *rows, *columns)]
    if not left.shape[0] * left.shape[1] * right.shape[2]:
        return objects([], tuple(shape)), [*batch, *rows, *columns]
    return np.asarray(product(call, left, right)).reshape(shape), [*batch, *rows, *columns]


def _arranged(
    operand: tuple[Array, list[str]], outer: list[str], middle: list[str], last: list[str], sizes: dict[str, int]
) -> Array:
    """An operand as a stack of matrices, its other indices summed away."""
    wanted = [*outer, *middle, *last]
    array = _summed(operand[0], operand[1], set(wanted))
    labels = [label for label in operand[1] if label in wanted]
    array = array.transpose([labels.index(label) for label in wanted])
    array = np.broadcast_to(array, [sizes[label] for label in wanted])
    lengths = [int(np.prod([sizes[label] for label in group], dtype=int)) for group in (outer, middle, last)]
    return np.asarray(array.reshape(lengths), dtype=object)
