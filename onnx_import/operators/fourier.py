"""Discrete Fourier transforms, which are linear: DFT, STFT.

Their coefficients are cosines and sines of k / N of a turn, for whole k. They are rational for all k where N is 1, 2 or
4; else some are irrational, and the policy for such constants decides. What is rounded is the cosines and the sines
alone: their products with a window and the 1 / N of the inverse are exact.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from exactgeo.arithmetic.arrays import ExactArray
from exactgeo.networks.forms import Index, SparseForms
from onnx_import.lowering.interpolation import along_axis, in_block
from onnx_import.lowering.irrational import COSINE_OF_TURNS, SINE_OF_TURNS
from onnx_import.lowering.nodes import Node
from onnx_import.lowering.registry import operator
from onnx_import.lowering.tensors import Real, Tensor, Value, linear_images, rearrange, scale, weighted_sums
from onnx_import.operators.transcendental import folded

_MOST_COEFFICIENTS = 2**23
_MOST_ANGLES = 2**16  # whose cosines are worked out one by one
_TERMS = 2**22  # so many products at once, to keep memory small
_COMPLEX = 2  # how many numbers one is


@dataclass(frozen=True, slots=True)
class _Transform:
    """A transform of arrays (…, size, parts), in which `parts` is 1 for real numbers and 2 for complex ones.

    Attributes:
        length: N.
        size: how many entries are given; those behind entry N are not read, those that lack are zero.
        results: how many there are.
        is_given_real: whether `parts` is 1 in what is given.
        is_real: likewise in the result, of which the imaginary part is zero.
        is_inverse: whether the sign of the angles is the other one, and the sums are divided by N.
    """

    length: int
    size: int
    results: int
    is_given_real: bool
    is_real: bool = False
    is_inverse: bool = False

    @property
    def read(self) -> int:
        """How many of the given entries are read: of a spectrum that stands for a real signal, the first half."""
        return min(self.size, self.length // 2 + 1 if self.is_real else self.length)

    @property
    def rows(self) -> int:
        """How many numbers a result is made of."""
        return self.results * (1 if self.is_real else _COMPLEX)

    @property
    def parts(self) -> int:
        """How many numbers a given entry is made of."""
        return 1 if self.is_given_real else _COMPLEX

    def demand_moderate(self, node: Node, outer: tuple[int, ...]) -> None:
        """Refuse a transform of arrays (*outer, size, parts) that is too large."""
        terms = self.rows * self.read * self.parts
        if terms > _MOST_COEFFICIENTS:
            node.refuse(f"has a matrix of {terms} coefficients; {_MOST_COEFFICIENTS} are the most")
        node.demand_size((*outer, terms))

    def applied(self, node: Node, value: Real) -> Real:
        """Return the transform of an array (…, size, parts) as an array (…, results, parts)."""
        outer, columns = value.shape[:-2], self.size * self.parts
        self.demand_moderate(node, outer)
        matrix, count = self._matrix(node), prod(outer)
        step = max(1, _TERMS // max(1, matrix.nonzeros))
        blocks = (
            in_block(along_axis(matrix, (min(step, count - low), columns), 1), low, columns)
            for low in range(0, count, step)
        )
        return linear_images(value, blocks, (*outer, self.results, self.rows // self.results))

    def _matrix(self, node: Node) -> SparseForms:
        """Return the matrix of the transform: (a + b i)(c + s i) is (a c - b s) + (a s + b c) i."""
        k, n = np.arange(self.results)[:, None], np.arange(self.read)[None, :]
        angles, of_term = np.unique((k * n) % self.length, return_inverse=True)
        if len(angles) > _MOST_ANGLES:
            node.refuse(f"has coefficients for {len(angles)} angles; {_MOST_ANGLES} are the most")
        turns = ExactArray(angles if self.is_inverse else -angles, self.length)
        cosines, sines = (folded(node, function, turns) for function in (COSINE_OF_TURNS, SINE_OF_TURNS))
        of_term = of_term.reshape(k.size, n.size)
        weights = _stacked([cosines, sines, -sines])
        if self.is_inverse:
            weights = weights * ExactArray(np.array(1), self.length)
        if self.is_real:
            weights = _stacked([weights, weights + weights])
        cosine, sine, minus = (of_term + len(angles) * place for place in range(3))
        blocks = [[cosine], [sine]] if self.is_given_real else [[cosine, minus], [sine, cosine]]
        if self.is_real:
            doubled = np.where((n > 0) & (2 * n < self.length), 3 * len(angles), 0)  # entry N - n is the conjugate
            blocks = [[block + doubled for block in blocks[0]]]
        places = np.stack([np.stack(row, axis=-1) for row in blocks], axis=1)  # (results, made, read, parts)
        return _dense(places, weights)


def _stacked(arrays: Sequence[ExactArray]) -> ExactArray:
    return ExactArray.of([value for array in arrays for value in array.flat()], (-1,))


def _dense(places: Index, weights: ExactArray) -> SparseForms:
    """Return the matrix that holds the weights at `places` (results, made, read, parts)."""
    rows, columns = prod(places.shape[:2]), prod(places.shape[2:])
    return weighted_sums(
        np.repeat(np.arange(rows), columns), np.tile(np.arange(columns), rows), weights, places.ravel(), rows
    )


@operator("DFT")
def dft(node: Node) -> Sequence[Value]:
    """The sums over n of x_n exp(-2 pi i k n / N) along an axis; inverse, with the other sign and divided by N.

    With `onesided`, of real numbers only the first half of the spectrum is made, and the inverse takes it back to real
    numbers. It does not read the imaginary parts of what is its own conjugate.
    """
    value = node.floats(0)
    rank = len(value.shape)
    if rank < 2 or value.shape[-1] not in (1, _COMPLEX) or 0 in value.shape:  # noqa: PLR2004 (an axis, and the parts)
        node.malformed(f"transforms an array of shape {value.shape}; (…, 1) or (…, 2) was expected")
    is_inverse, onesided = node.flag("inverse", 0), node.flag("onesided", 0)
    axis = _axis(node, rank)
    is_given_real = value.shape[-1] == 1
    if onesided and is_inverse == is_given_real:
        node.malformed(f"is onesided for an array of shape {value.shape} (inverse = {int(is_inverse)})")
    size = value.shape[axis]
    is_real = onesided and is_inverse
    length = node.whole(1, "its dft_length") if node.has(1) else 2 * (size - 1) if is_real else size
    if length < 1:
        node.malformed(f"has the length {length}")
    results = length // 2 + 1 if onesided and not is_real else length
    transform = _Transform(length, size, results, is_given_real, is_real, is_inverse)
    moved = rearrange(value, lambda array: np.moveaxis(array, axis, -2))
    return [rearrange(transform.applied(node, moved), lambda array: np.moveaxis(array, -2, axis))]


@operator("STFT")
def stft(node: Node) -> Sequence[Value]:
    """The transforms of frames of a signal (batch, length, parts), each multiplied with a constant window."""
    value, step = node.floats(0), node.whole(1, "its frame_step")
    window = _window(node)
    if len(value.shape) != 3 or value.shape[-1] not in (1, _COMPLEX) or 0 in value.shape:  # noqa: PLR2004 (see above)
        node.malformed(f"transforms an array of shape {value.shape}; (batch, length, 1) or (…, 2) was expected")
    batch, size, parts = value.shape
    length = size if window is None else prod(window.shape)
    if node.has(3):
        given = node.whole(3, "its frame_length")
        if window is not None and given != length:
            node.malformed(f"has the frame_length {given} and a window of shape {window.shape}")
        length = given
    if step < 1 or not 1 <= length <= size:
        node.malformed(f"has frames of {length} entries, {step} apart, in a signal of {size}")
    onesided = node.flag("onesided", 1)
    if onesided and parts == _COMPLEX:
        node.malformed("is onesided for a complex signal")
    count = (size - length) // step + 1
    transform = _Transform(length, length, length // 2 + 1 if onesided else length, parts == 1)
    transform.demand_moderate(node, (batch, count))
    places = np.arange(count)[:, None] * step + np.arange(length)
    frames = rearrange(value, lambda array: array[:, places])
    if window is not None:
        frames = scale(frames, window.reshaped((length, 1)))
    return [transform.applied(node, frames)]


def _window(node: Node) -> ExactArray | None:
    if not node.has(2):
        return None
    window = node.floats(2)
    if isinstance(window, Tensor):
        node.not_piecewise_affine("takes its window from the data")
    if len(window.shape) != 1:
        node.malformed(f"has a window of shape {window.shape}; a vector was expected")
    return window


def _axis(node: Node, rank: int) -> int:
    """Return the axis of a DFT, which is an attribute before opset 20, and an input from then on."""
    is_attribute = node.opset < 20  # noqa: PLR2004 (see above)
    given = node.whole(2, "its axis") if node.has(2) and not is_attribute else -2
    axis = node.integer("axis", 1) if is_attribute else given
    if not -rank <= axis < rank or axis % rank == rank - 1:
        node.malformed(f"has the axis {axis} for an array of {rank} axes, of which the last holds the parts")
    return axis % rank
