"""Products of exact matrices, through flint: integers over one denominator for each row, or each column."""

import math
from typing import Any

import flint
import gmpy2
import numpy as np
from gmpy2 import mpq

from onnx_import.evaluator.values import Array, objects


def to_integers(array: Array, axis: int | None = None) -> tuple[Array, Array]:
    """Numerators as flint integers over a common denominator, one for each index of an axis, or one for all.

    Returns:
        The numerators, and the denominators in one row.
    """
    if axis is None:
        rows = array.reshape(1, -1)
    else:
        rows = np.moveaxis(array, axis, 0).reshape(array.shape[axis], array.size // max(array.shape[axis], 1))
    denominators = [_common_denominator(row) for row in rows]
    numerators = (n for row, d in zip(rows, denominators, strict=True) for n in _numerators(row, d))
    spread = objects(numerators, rows.shape)
    if axis is not None:
        moved = (array.shape[axis], *np.delete(array.shape, axis))
        spread = np.moveaxis(spread.reshape(moved), 0, axis)
    return spread.reshape(array.shape), objects(denominators, (len(denominators),))


def _common_denominator(row: Array) -> Any:
    common = gmpy2.mpz(1)
    for denominator in {number.denominator for number in row}:
        common = gmpy2.lcm(common, denominator)
    return common


def _numerators(row: Array, denominator: Any) -> list[flint.fmpz]:
    return [flint.fmpz(int(number.numerator * (denominator // number.denominator))) for number in row]


def integer_product(left: Array, right: Array) -> Array:
    """The product of two matrices of flint integers, in flint integers."""
    (rows, inner), columns = left.shape, right.shape[1]
    if not rows * inner * columns:
        return objects([flint.fmpz(0)] * (rows * columns), (rows, columns))
    product = flint.fmpz_mat(rows, inner, left.reshape(-1).tolist()) * flint.fmpz_mat(
        inner, columns, right.reshape(-1).tolist()
    )
    return objects(product.entries(), (rows, columns))


def matrix_product(left: Array, right: Array) -> Array:
    """The product of two matrices of mpq."""
    numerators, rows = to_integers(left, 0)
    others, columns = to_integers(right, 1)
    return over(integer_product(numerators, others), rows[:, None] * columns[None, :])


def over(numerators: Array, denominators: Array) -> Array:
    """Quotients of flint integers by integers, as mpq."""
    spread = np.broadcast_to(denominators, numerators.shape).reshape(-1)
    pairs = zip(numerators.reshape(-1), spread, strict=True)
    return objects((mpq(int(n), d) for n, d in pairs), numerators.shape)


def batched_product(left: Array, right: Array) -> Array:
    """The matrix product of NumPy's matmul: leading axes are broadcast, a vector is a row or a column."""
    first = left[None, :] if left.ndim == 1 else left
    second = right[:, None] if right.ndim == 1 else right
    if not left.ndim or not right.ndim or first.shape[-1] != second.shape[-2]:
        raise ValueError(f"shapes {left.shape} and {right.shape} have no matrix product")
    batch = np.broadcast_shapes(first.shape[:-2], second.shape[:-2])
    if second.ndim == 2:
        rows = first.reshape(math.prod(first.shape[:-1]), first.shape[-1])  # of which there are some without entries
        result = matrix_product(rows, second).reshape(*first.shape[:-1], second.shape[-1])
    else:
        many = (
            np.broadcast_to(first, (*batch, *first.shape[-2:])),
            np.broadcast_to(second, (*batch, *second.shape[-2:])),
        )
        result = np.empty((*batch, first.shape[-2], second.shape[-1]), dtype=object)
        for index in np.ndindex(*batch):
            result[index] = matrix_product(many[0][index], many[1][index])
    if left.ndim == 1:
        result = result[..., 0, :]
    return result[..., 0] if right.ndim == 1 else result
