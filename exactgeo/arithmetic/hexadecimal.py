"""Integers as hexadecimal text, many at a time."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from exactgeo.arithmetic.integers import IntegerArray

_DIGITS = 16  # of a 64-bit number
_LIMITS = np.array([16**k for k in range(1, _DIGITS)], dtype=np.uint64)


def hexadecimal_rows(numbers: IntegerArray, counts: Sequence[int]) -> list[str]:
    """Return rows of numbers as text: lower-case hexadecimal, `-` for negative ones, one space between two.

    Args:
        numbers: the numbers of all rows, one row after the other.
        counts: how many numbers each row has, at least one.
    """
    if numbers.dtype == object:
        values = iter(numbers.tolist())
        return [" ".join([f"{next(values):x}" for _ in range(count)]) for count in counts]
    text, ends = _written(numbers)
    bounds = ends[np.cumsum(counts) - 1].tolist()
    starts = [0, *(bound + 1 for bound in bounds[:-1])]
    return [text[low:high] for low, high in zip(starts, bounds, strict=True)]


def _written(numbers: npt.NDArray[np.int64]) -> tuple[str, npt.NDArray[np.int64]]:
    """Return 64-bit integers as text, a space behind each, and where each ends before it.

    Every number is first written in 16 digits; then the sign is put before the first digit that counts, and what is
    before that is dropped.
    """
    negative = numbers < 0
    sizes = np.abs(numbers).astype(np.uint64)  # abs(-2^63) wraps to itself, and that is 2^63 as an unsigned integer
    digits = np.searchsorted(_LIMITS, sizes, side="right") + 1
    fixed = np.frombuffer(sizes.astype(">u8").tobytes().hex().encode("ascii"), dtype=np.uint8)
    table = np.empty((len(numbers), _DIGITS + 2), dtype=np.uint8)
    table[:, 1:-1] = fixed.reshape(-1, _DIGITS)
    table[:, -1] = ord(" ")
    signed = np.flatnonzero(negative)
    table[signed, _DIGITS - digits[signed]] = ord("-")
    lengths = digits + negative
    kept = np.arange(_DIGITS + 2) >= (_DIGITS + 1 - lengths)[:, None]
    return table[kept].tobytes().decode("ascii"), np.cumsum(lengths + 1) - 1
