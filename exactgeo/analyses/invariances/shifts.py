"""Changes of inputs that are images: cyclic shifts, and what images with an empty border are."""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from exactgeo.errors import InvalidArgument
from exactgeo.networks.slices import Slice


def cyclic_shift(shape: Sequence[int], axis: int, by: int = 1) -> npt.NDArray[np.int64]:
    """Return the matrix T that shifts an array along an axis, what leaves it at one end coming back at the other.

    Args:
        shape: of the array, whose entries, row by row, are the inputs: (width,), (channels, height, width), ….
        axis: along which; -1 is the last.
        by: how far.

    Raises:
        InvalidArgument: for an axis that there is not.

    >>> cyclic_shift((3,), 0) @ [10, 11, 12]
    array([12, 10, 11])
    """
    _demand_axes(shape, (axis,))
    size = math.prod(shape)
    places = np.roll(np.arange(size).reshape(shape), by, axis).ravel()
    return np.eye(size, dtype=np.int64)[places]


def empty_border(shape: Sequence[int], axes: Sequence[int], margin: int = 1) -> Slice:
    """Return the arrays that are 0 at both ends of some axes, as a slice: a shift by less takes nothing off an end.

    Args:
        shape: of the arrays.
        axes: along which they are 0 at both ends.
        margin: how far from each end.

    Raises:
        InvalidArgument: for an axis that there is not, or where nothing is left.

    >>> empty_border((4,), [0]).point(("1/2", 3)) == (0, "1/2", 3, 0)
    False
    >>> [str(value) for value in empty_border((4,), [0]).point(("1/2", 3))]
    ['0', '1/2', '3', '0']
    """
    _demand_axes(shape, axes)
    kept = np.ones(shape, dtype=np.bool_)
    for axis in axes:
        places = np.arange(shape[axis])
        inner = (places >= margin) & (places < shape[axis] - margin)
        kept &= inner.reshape([-1 if k == axis % len(shape) else 1 for k in range(len(shape))])
    free = np.flatnonzero(kept).tolist()
    if not free:
        raise InvalidArgument(f"a margin of {margin} leaves nothing of an array of shape {tuple(shape)}")
    size = kept.size
    return Slice((0,) * size, tuple(tuple(int(k == place) for k in range(size)) for place in free))


def _demand_axes(shape: Sequence[int], axes: Sequence[int]) -> None:
    for axis in axes:
        if not -len(shape) <= axis < len(shape):
            raise InvalidArgument(f"an array of shape {tuple(shape)} has no axis {axis}")
