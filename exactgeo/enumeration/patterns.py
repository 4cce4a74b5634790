"""Many patterns in little memory: neighbours in the tree of choices differ in few units."""

import zlib
from collections.abc import Iterable
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from exactgeo.networks.programs import Program

Rows: TypeAlias = npt.NDArray[Any]
"""(patterns, units) of unsigned integers."""

_BLOCK = 2**10  # patterns


def pattern_type(program: Program) -> np.dtype[Any]:
    """Return the smallest type of numbers that takes every unit's pieces."""
    return np.min_scalar_type(int(np.diff(program.units.starts).max(initial=1)) - 1)


def are_increasing(rows: Rows) -> bool:
    """Whether patterns are strictly increasing in lexicographic order: none twice."""
    if len(rows) < 2 or not rows.shape[1]:  # noqa: PLR2004
        return len(rows) < 2  # noqa: PLR2004
    bits = rows.dtype == np.uint8 and rows.max() < 2  # noqa: PLR2004
    lines = np.packbits(rows, axis=1) if bits else np.ascontiguousarray(rows, rows.dtype.newbyteorder(">"))
    texts = lines.view(np.dtype((np.bytes_, lines.itemsize * lines.shape[1]))).ravel()
    return bool((texts[1:] > texts[:-1]).all())  # type: ignore[operator] # bytes, which are compared


class Patterns:
    """Patterns, compressed: by increasing order they take some bytes each, however many units there are.

    They are read as a numpy array (patterns, units) is: by a number, a slice, an array of numbers, or further indices,
    for which everything is read. Reading some of them takes the time to read their blocks.

    Args:
        program: whose.
        parts: arrays (some patterns, units), one after the other.
    """

    def __init__(self, program: Program, parts: Iterable[Rows] = ()) -> None:
        self.dtype = pattern_type(program)
        self._units = program.unit_count
        self._by_bits = bool((np.diff(program.units.starts) <= 2).all())  # noqa: PLR2004
        self._blocks: list[bytes] = []  # of _BLOCK patterns each
        self._rest = np.empty((0, self._units), self.dtype)  # fewer
        self._waiting: list[Rows] = []  # behind the rest
        self._count = 0
        self._last: tuple[int, Rows] = (-1, self._rest)
        for part in parts:
            self.append(part)

    def append(self, rows: Rows) -> None:
        """Put patterns behind the others."""
        self._waiting.append(rows.astype(self.dtype))
        self._count += len(rows)
        if self._count - _BLOCK * len(self._blocks) >= _BLOCK:
            self._pack()

    @property
    def shape(self) -> tuple[int, int]:
        """(patterns, units)."""
        return len(self), self._units

    def __len__(self) -> int:
        return self._count

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Rows:  # noqa: ANN401, FBT001 (numpy's)
        return np.asarray(self[:], dtype=dtype)

    def __getitem__(self, key: Any) -> Rows:  # noqa: ANN401 (whatever numpy takes)
        if isinstance(key, int | np.integer):
            block, place = divmod(range(len(self))[int(key)], _BLOCK)
            row: Rows = self._block(block)[place].copy()
            return row
        if isinstance(key, slice):
            return self._taken(np.arange(len(self))[key])
        if isinstance(key, np.ndarray) and key.dtype != np.bool_ and key.ndim == 1:
            return self._taken(np.where(key < 0, key + len(self), key))
        some: Rows = self._taken(np.arange(len(self)))[key]
        return some

    def _taken(self, places: npt.NDArray[np.int64]) -> Rows:
        result = np.empty((len(places), self._units), self.dtype)
        if not len(places):
            return result
        if not 0 <= places.min() <= places.max() < len(self):
            raise IndexError(f"there are {len(self)} patterns only")
        order = np.argsort(places, kind="stable")
        blocks, firsts = np.unique(places[order] // _BLOCK, return_index=True)
        for block, here in zip(blocks.tolist(), np.split(order, firsts[1:]), strict=True):
            result[here] = self._block(block)[places[here] - _BLOCK * block]
        return result

    def _block(self, number: int) -> Rows:
        """Return the patterns of a block; the last one that was read is kept."""
        if number == len(self._blocks):
            self._pack()
            return self._rest
        known, rows = self._last
        if known != number:
            rows = self._unpacked(self._blocks[number])
            self._last = number, rows
        return rows

    def _pack(self) -> None:
        rows = np.concatenate([self._rest, *self._waiting])
        full = len(rows) - len(rows) % _BLOCK
        self._blocks += [self._packed(rows[low : low + _BLOCK]) for low in range(0, full, _BLOCK)]
        self._rest, self._waiting = rows[full:].copy(), []

    def _packed(self, rows: Rows) -> bytes:
        """Return a block as what changes from one pattern to the next, unit by unit."""
        lines = np.packbits(rows, axis=1) if self._by_bits else rows
        changes = lines.copy()
        changes[1:] ^= lines[:-1]
        packer = zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL, zlib.Z_RLE)
        return packer.compress(np.ascontiguousarray(changes.T).tobytes()) + packer.flush()

    def _unpacked(self, block: bytes) -> Rows:
        kind = np.dtype(np.uint8) if self._by_bits else self.dtype
        changes = np.frombuffer(zlib.decompress(block, -zlib.MAX_WBITS), kind).reshape(-1, _BLOCK).T
        lines = np.bitwise_xor.accumulate(changes, axis=0)
        if not self._by_bits:
            return np.ascontiguousarray(lines)
        return np.unpackbits(np.ascontiguousarray(lines), axis=1, count=self._units).astype(self.dtype, copy=False)
