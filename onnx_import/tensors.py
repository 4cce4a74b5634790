"""What flows along the edges of a graph: stored constants, exact constants and tensors of affine forms."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard, overload

import numpy as np
import numpy.typing as npt

from exactgeo.arithmetic.arrays import ExactArray
from exactgeo.networks.builders import constant_forms
from exactgeo.networks.forms import Index, SparseForms

Stored = npt.NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Tensor:
    """An array of affine forms in a program's environment.

    Attributes:
        shape: of the array.
        forms: its entries in row-major order.
    """

    shape: tuple[int, ...]
    forms: SparseForms

    @property
    def positions(self) -> Index:
        """An array of the tensor's shape that holds each entry's place in row-major order."""
        return np.arange(len(self.forms)).reshape(self.shape)

    def arranged(self, positions: Index) -> "Tensor":
        """Return the entries at these places, in the shape of `positions`."""
        return Tensor(positions.shape, self.forms.take(positions.ravel()))


Real = ExactArray | Tensor
"""An array of real numbers: constants, or data."""

Value = Stored | Real
"""A stored array of any type, or an array of real numbers."""


def is_stored_integer(value: Value | None) -> TypeGuard[Stored]:
    """Whether a value is a stored array of integers."""
    return isinstance(value, np.ndarray) and value.dtype.kind in "iu"


@overload
def rearrange(value: Stored, change: Callable[[Stored], Stored]) -> Stored: ...
@overload
def rearrange(value: Real, change: Callable[[Stored], Stored]) -> Real: ...
@overload
def rearrange(value: Value, change: Callable[[Stored], Stored]) -> Value: ...
def rearrange(value: Value, change: Callable[[Stored], Stored]) -> Value:
    """Apply a change that only moves, repeats or drops entries, such as a transposition, to any kind of value."""
    if isinstance(value, Tensor):
        return value.arranged(np.asarray(change(value.positions)))
    if isinstance(value, ExactArray):
        return ExactArray(np.asarray(change(value.numerators)), value.denominator)
    return np.asarray(change(value))


def as_tensor(value: Real) -> Tensor:
    """Return constants as constant forms."""
    return value if isinstance(value, Tensor) else Tensor(value.shape, constant_forms(value))


def broadcast(values: Sequence[Real]) -> list[Tensor]:
    """Return tensors of one common shape, by numpy's rules. Raises ValueError if the shapes do not go together."""
    shape = np.broadcast_shapes(*(value.shape for value in values))
    tensors = [as_tensor(value) for value in values]
    return [tensor.arranged(np.broadcast_to(tensor.positions, shape)) for tensor in tensors]


def add(first: Real, second: Real) -> Real:
    """Return the sum, broadcasting."""
    if isinstance(first, ExactArray) and isinstance(second, ExactArray):
        return first + second
    left, right = broadcast([first, second])
    return Tensor(left.shape, left.forms + right.forms)


@overload
def scale(value: ExactArray, factor: ExactArray) -> ExactArray: ...
@overload
def scale(value: Tensor, factor: ExactArray) -> Tensor: ...
def scale(value: Real, factor: ExactArray) -> Real:
    """Return the product with constants, broadcasting."""
    if isinstance(value, ExactArray):
        return value * factor
    shape = np.broadcast_shapes(value.shape, factor.shape)
    spread = value.arranged(np.broadcast_to(value.positions, shape))
    numerators = np.broadcast_to(factor.numerators, shape).ravel()
    return Tensor(shape, spread.forms.scaled(numerators, _repeated(factor.denominator, numerators.size)))


def negate(value: Real) -> Real:
    """Return the negative."""
    return -value if isinstance(value, ExactArray) else Tensor(value.shape, -value.forms)


def matrix_product(data: Real, constant: ExactArray, *, data_is_left: bool) -> Real:
    """Return the matrix product of data and constants, by numpy's rules; stacks of matrices broadcast.

    Raises ValueError if the shapes do not go together.
    """
    if isinstance(data, ExactArray):
        return data @ constant if data_is_left else constant @ data
    left, right = (data.shape, constant.shape) if data_is_left else (constant.shape, data.shape)
    shape = np.matmul(np.broadcast_to(np.int8(0), left), np.broadcast_to(np.int8(0), right)).shape
    of_left, of_right = _factors(left, right)
    places, weights = (of_left, of_right) if data_is_left else (of_right, of_left)
    numerators = constant.numerators.ravel()[weights.ravel()]
    kept = np.flatnonzero(numerators)
    sums = SparseForms.from_triplets(
        kept // max(weights.shape[-1], 1),
        places.ravel()[kept],
        numerators[kept],
        _repeated(constant.denominator, int(np.prod(shape, dtype=np.int64))),
    )
    return Tensor(tuple(shape), sums.substitute(data.forms))


def _factors(left: tuple[int, ...], right: tuple[int, ...]) -> tuple[Index, Index]:
    """Return the places of the factors of a matrix product: arrays (…, rows, columns, terms)."""
    first = np.arange(np.prod(left, dtype=np.int64)).reshape(left)
    second = np.arange(np.prod(right, dtype=np.int64)).reshape(right)
    first = first[None, :] if first.ndim == 1 else first
    second = second[:, None] if second.ndim == 1 else second
    pair = np.broadcast_arrays(first[..., :, None, :], np.swapaxes(second, -1, -2)[..., None, :, :])
    return pair[0], pair[1]


def _repeated(denominator: int, count: int) -> npt.NDArray[Any]:
    return np.full(count, denominator, dtype=np.int64 if denominator < 2**62 else object)
