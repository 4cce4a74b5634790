"""Interpolation with exact weights: kernels, and the matrices that resize one axis or sample all of them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import product
from math import prod

import numpy as np

from exactgeo.arithmetic.arrays import ExactArray
from exactgeo.arithmetic.rationals import Rational
from exactgeo.networks.forms import Index, SparseForms

HALF = Rational(1, 2)
ONE = Rational(1)

Kernel = Callable[[Rational], Rational]
"""The weight of an entry at a distance, at least 0."""

Weights = Mapping[int, Rational]
"""The places along one axis that a result is a sum of, and their weights."""


def floor(value: Rational) -> int:
    """Return the largest integer that is not above a rational."""
    return int(value.numerator // value.denominator)


def ceiling(value: Rational) -> int:
    """Return the least integer that is not below a rational."""
    return -floor(-value)


def round_half_up(value: Rational) -> int:
    """Return the nearest integer, the upper one of two."""
    return floor(value + HALF)


def round_half_even(value: Rational) -> int:
    """Return the nearest integer, the even one of two."""
    low = floor(value)
    return low + (value - low > HALF or (value - low == HALF and low % 2 == 1))


def tent(distance: Rational) -> Rational:
    """Return the weight of linear interpolation: 1 - d, from distance 1 on nothing."""
    return max(ONE - distance, Rational(0))


def cubic(a: Rational) -> Kernel:
    """Return the weight of cubic convolution with the coefficient a, from distance 2 on nothing.

    **Source**: Keys, Cubic convolution interpolation for digital image processing, 1981, equation (4) with a for -1/2.
    """

    def weight(distance: Rational) -> Rational:
        if distance <= 1:
            return ((a + 2) * distance - (a + 3)) * distance * distance + 1
        if distance < 2:  # noqa: PLR2004 (the kernel's reach)
            return ((distance - 5) * distance + 8) * a * distance - 4 * a
        return Rational(0)

    return weight


def weights_around(position: Rational, kernel: Kernel, reach: int, stretch: Rational = ONE) -> dict[int, Rational]:
    """Return the non-zero weights of the integers around a position, under a kernel that is `stretch` times as wide.

    Args:
        position: in the coordinates of the entries, whose places are the integers.
        kernel: gives nothing from distance `reach` on.
        reach: of the kernel.
        stretch: at least 1.
    """
    places = range(ceiling(position - reach * stretch), floor(position + reach * stretch) + 1)
    weights = {place: kernel(abs(position - place) / stretch) for place in places}
    return {place: weight for place, weight in weights.items() if weight}


def axis_matrix(rows: Iterable[Weights]) -> SparseForms:
    """Return the matrix whose rows have these weights."""
    return SparseForms.of(rows)


def along_axis(matrix: SparseForms, shape: tuple[int, ...], axis: int) -> SparseForms:
    """Return the matrix that applies a matrix along one axis of an array of this shape, in row-major order."""
    outer, before, inner = prod(shape[:axis]), shape[axis], prod(shape[axis + 1 :])
    after, blocks = len(matrix), np.arange(outer)[:, None, None]
    within = np.arange(inner)[None, None, :]
    rows = (blocks * after + matrix.row_numbers[None, :, None]) * inner + within
    entries = (blocks * before + matrix.entries[None, :, None]) * inner + within
    numerators = np.broadcast_to(matrix.numerators[None, :, None], rows.shape)
    denominators = np.broadcast_to(matrix.denominators[None, :, None], (outer, after, inner))
    return SparseForms.from_triplets(rows.ravel(), entries.ravel(), numerators.ravel(), denominators.ravel())


def samples_matrix(samples: Iterable[Sequence[Weights]], sizes: tuple[int, ...]) -> SparseForms:
    """Return a matrix over the entries of an array of these sizes, in row-major order, one row a sample.

    A sample is the weights along each axis; their products are the row.
    """
    return SparseForms.of(_products(weights, sizes) for weights in samples)


def in_block(matrix: SparseForms, block: int, size: int) -> SparseForms:
    """Return the matrix applied to one block of `size` entries of a longer array."""
    return SparseForms(matrix.starts, matrix.entries + block * size, matrix.numerators, matrix.denominators)


def rationals(values: ExactArray) -> list[Rational]:
    """Return the entries in row-major order."""
    return list(values.flat())


def places_array(places: Sequence[int]) -> Index:
    """Return places as an index, of type int64 even where there are none."""
    return np.array(places, dtype=np.int64)


def _products(weights: Sequence[Weights], sizes: tuple[int, ...]) -> dict[int, Rational]:
    row: dict[int, Rational] = {}
    for terms in product(*(axis.items() for axis in weights)):
        place, weight = 0, ONE
        for (index, factor), size in zip(terms, sizes, strict=True):
            place, weight = place * size + index, weight * factor
        row[place] = weight
    return row
