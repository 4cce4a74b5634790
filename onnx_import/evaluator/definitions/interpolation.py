"""Resizing along one axis at a time: which entries take part, and with which weights."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import gmpy2
import numpy as np
from gmpy2 import mpq

from onnx_import.evaluator.matrices import matrix_product
from onnx_import.evaluator.nodes import Call
from onnx_import.evaluator.values import FLOATS, Array, Tensor

_ZERO: Final = mpq(0)
_ONE: Final = mpq(1)


@dataclass(frozen=True, slots=True)
class Axis:
    """How one axis is resized.

    Attributes:
        length: before.
        resized: after.
        scale: the factor, which need not be their quotient.
        start: where the region of interest begins, as a part of the axis.
        end: where it ends.
    """

    length: int
    resized: int
    scale: mpq
    start: mpq = _ZERO
    end: mpq = _ONE

    @property
    def unchanged(self) -> bool:
        """Whether every way of resizing leaves the axis as it is."""
        return self.resized == self.length and self.scale == 1 and (self.start, self.end) == (0, 1)


def floor(number: mpq) -> int:
    """The largest integer that is not larger."""
    return int(gmpy2.f_div(number.numerator, number.denominator))


def ceiling(number: mpq) -> int:
    """The smallest integer that is not smaller."""
    return -floor(-number)


def picked(axis: Axis, places: list[int]) -> Array:
    """The entries to pick, one for each of the resized axis."""
    return np.array([min(max(p, 0), axis.length - 1) for p in places], dtype=np.int64)


def tent(axis: Axis, places: list[mpq]) -> Array:
    """The matrix of lines between neighbouring entries."""
    return filtered(axis, places, lambda x: max(1 - abs(x), mpq(0)), 1, renormalised=False, smooth=False)


def filtered(
    axis: Axis, places: list[mpq], kernel: Callable[[mpq], mpq], reach: int, *, renormalised: bool, smooth: bool
) -> Array:
    """The matrix of the weights; beyond the ends the outermost entries go on, or nothing does."""
    shrink = min(axis.scale, mpq(1)) if smooth else mpq(1)
    weights = np.full((axis.resized, axis.length), mpq(0), dtype=object)
    for row, place in enumerate(places):
        total = mpq(0)
        for i in range(ceiling(place - reach / shrink), floor(place + reach / shrink) + 1):
            weight = kernel((i - place) * shrink)
            if renormalised and not 0 <= i < axis.length:
                continue
            total += weight
            weights[row, min(max(i, 0), axis.length - 1)] += weight
        if total not in {0, 1}:
            weights[row] = weights[row] / total
    return weights


def applied(call: Call, tensor: Tensor, axes: list[Axis], weights: list[Array]) -> Tensor:
    """The tensor, resized along one axis after the other."""
    array = tensor.array
    for index, (axis, matrix) in enumerate(zip(axes, weights, strict=True)):
        if matrix.ndim == 1:
            array = np.take(array, matrix, axis=index)
        elif not axis.unchanged:
            if tensor.kind not in FLOATS:
                raise call.unsupported("means of integers")
            call.reals(0)
            moved = np.moveaxis(array, index, 0)
            product = matrix_product(matrix, moved.reshape(axis.length, math.prod(moved.shape[1:])))
            array = np.moveaxis(product.reshape(axis.resized, *moved.shape[1:]), 0, index)
    return tensor.rearranged(array)
