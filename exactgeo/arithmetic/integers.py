"""Arrays of integers that never overflow: int64 while every result provably fits, Python integers otherwise."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

IntegerArray = npt.NDArray[Any]  # dtype int64, or object holding Python integers

_LIMIT = 2**62


def integer_array(values: Any) -> IntegerArray:  # noqa: ANN401 (whatever numpy makes an array of)
    """Return `values` as an integer array, int64 where every entry is below 2^62 in absolute value."""
    array = np.asarray(values)
    if array.dtype == np.int64:
        return array
    if array.dtype != object and (array.dtype.kind not in "iu" and array.size):
        raise TypeError(f"{array.dtype} is not an integer type")
    if array.dtype.kind in "iu" and array.dtype.itemsize < np.dtype(np.int64).itemsize:
        return array.astype(np.int64)
    return array.astype(np.int64) if largest(array) < _LIMIT else array.astype(object)


def object_array(values: Sequence[int]) -> IntegerArray:
    """Return Python integers as an array of objects."""
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def largest(array: IntegerArray) -> int:
    """Return the largest absolute value (0 for an empty array)."""
    if array.size == 0:
        return 0
    return max(int(array.max()), -int(array.min()))


def wide(array: IntegerArray) -> IntegerArray:
    """Return the array with Python integers as entries."""
    return array if array.dtype == object else array.astype(object)


def add(a: IntegerArray, b: IntegerArray) -> IntegerArray:
    """Return a + b elementwise, broadcasting."""
    if a.dtype == b.dtype == np.int64 and largest(a) + largest(b) < _LIMIT:
        return np.asarray(a + b)
    return integer_array(np.asarray(wide(a) + wide(b), dtype=object))


def multiply(a: IntegerArray, b: IntegerArray | int) -> IntegerArray:
    """Return a * b elementwise, broadcasting."""
    other = integer_array(np.asarray(b, dtype=object)) if isinstance(b, int) else b
    if a.dtype == other.dtype == np.int64 and largest(a) * largest(other) < _LIMIT:
        return np.asarray(a * other)
    return integer_array(np.asarray(wide(a) * wide(other), dtype=object))


def sum_segments(array: IntegerArray, starts: npt.NDArray[np.int64]) -> IntegerArray:
    """Return the sums of array[starts[i] : starts[i+1]] for non-empty segments (the last one runs to the end)."""
    if array.size == 0:
        return array
    if array.dtype == np.int64:
        longest = int(np.diff(np.append(starts, array.size)).max())
        if largest(array) * longest >= _LIMIT:
            return integer_array(np.add.reduceat(wide(array), starts))
    return integer_array(np.add.reduceat(array, starts))
