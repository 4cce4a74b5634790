"""What flows along the edges of a graph: tensors of exact numbers, sequences of them, and optional values."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, TypeAlias

import gmpy2
import numpy as np
import numpy.typing as npt
from gmpy2 import mpq
from onnx import TensorProto

from exactgeo.errors import InternalError

Array: TypeAlias = npt.NDArray[Any]


class NonFinite(Enum):
    """What a stored float may be instead of a number; it takes part in no arithmetic."""

    PLUS_INFINITY = "inf"
    MINUS_INFINITY = "-inf"
    NOT_A_NUMBER = "nan"


_Kind: TypeAlias = "int"

FLOATS: Final[frozenset[_Kind]] = frozenset(
    getattr(TensorProto, name)
    for name in (
        "FLOAT",
        "FLOAT16",
        "DOUBLE",
        "BFLOAT16",
        "FLOAT8E4M3FN",
        "FLOAT8E4M3FNUZ",
        "FLOAT8E5M2",
        "FLOAT8E5M2FNUZ",
        "FLOAT8E8M0",
        "FLOAT6E2M3",
        "FLOAT6E3M2",
        "FLOAT4E2M1",
    )
    if hasattr(TensorProto, name)
)
_WIDTHS = {
    "INT8": (np.int8, 8),
    "INT16": (np.int16, 16),
    "INT32": (np.int32, 32),
    "INT64": (np.int64, 64),
    "UINT8": (np.uint8, 8),
    "UINT16": (np.uint16, 16),
    "UINT32": (np.uint32, 32),
    "UINT64": (np.uint64, 64),
    "INT4": (np.int8, 4),
    "INT2": (np.int8, 2),
    "UINT4": (np.uint8, 4),
    "UINT2": (np.uint8, 2),
}
INTEGERS: Final[dict[_Kind, tuple[np.dtype[Any], int]]] = {
    getattr(TensorProto, name): (np.dtype(dtype), bits)
    for name, (dtype, bits) in _WIDTHS.items()
    if hasattr(TensorProto, name)
}


def kind_name(kind: int) -> str:
    """The name of an element type, as the standard spells it."""
    return str(TensorProto.DataType.Name(kind)) if kind in TensorProto.DataType.values() else f"type {kind}"


def integer_range(kind: int) -> tuple[int, int]:
    """The least and the largest integer of a fixed-width type."""
    dtype, bits = INTEGERS[kind]
    return (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if dtype.kind == "i" else (0, (1 << bits) - 1)


@dataclass(frozen=True, slots=True, eq=False)
class Tensor:
    """An array of one element type of the standard.

    Floats are gmpy2.mpq (or NonFinite) in an array of objects, integers NumPy integers of their width (those of 2 and 4
    bits in 8), truth values NumPy booleans, strings str.

    Attributes:
        kind: the element type, a value of TensorProto.DataType.
        array: the entries.
    """

    kind: int
    array: Array

    @property
    def shape(self) -> tuple[int, ...]:
        """The lengths of the axes."""
        return tuple(int(length) for length in self.array.shape)

    def rearranged(self, array: Any) -> "Tensor":
        """A tensor of the same type: entries of this one, picked or moved."""
        return Tensor(self.kind, np.asarray(array, dtype=self.array.dtype))

    def with_fill(self, indices: Array, fill: Any) -> "Tensor":
        """The entries with the given flat indices, and `fill` where the index is -1."""
        entries = np.empty(self.array.size + 1, dtype=self.array.dtype)
        entries[:-1] = self.array.reshape(-1)
        entries[-1] = fill
        return Tensor(self.kind, entries[indices])


@dataclass(frozen=True, slots=True, eq=False)
class TensorSequence:
    """A sequence of tensors of one element type."""

    items: tuple["Value", ...]
    kind: int


@dataclass(frozen=True, slots=True)
class Nothing:
    """An optional value that is not there."""


Value: TypeAlias = Tensor | TensorSequence | Nothing

_MPZ = type(gmpy2.mpz(0))
_MPQ = type(mpq(0))


def objects(entries: Iterable[Any], shape: tuple[int, ...]) -> Array:
    """An array of objects with the given entries in row-major order."""
    listed = list(entries)
    array = np.empty(len(listed), dtype=object)
    array[:] = listed
    return array.reshape(shape)


def reals(array: Any, kind: int) -> Tensor:
    """A tensor of floats, its entries as mpq.

    Raises:
        InternalError: an entry is a binary float: something has been rounded.
    """
    entries = np.asarray(array, dtype=object)
    types = set(map(type, entries.reshape(-1)))
    if not types <= {_MPQ, NonFinite}:
        if not types <= {_MPQ, _MPZ, NonFinite, int}:
            raise InternalError(f"inexact entries of types {sorted(map(str, types))} in a tensor of exact numbers")
        entries = objects((v if type(v) is NonFinite else mpq(v) for v in entries.reshape(-1)), entries.shape)
    return Tensor(kind, entries)


def rational_entries(array: Array) -> bool:
    """Whether every entry is a number, none of them infinite or NaN."""
    return NonFinite not in set(map(type, array.reshape(-1)))


def integers(array: Any, kind: int = TensorProto.INT64) -> Tensor:
    """A tensor of integers, wrapped around into the width of their type as the standard's arithmetic does."""
    dtype, bits = INTEGERS[kind]
    source = np.asarray(array)
    if source.dtype != object and bits == 8 * dtype.itemsize:
        return Tensor(kind, source.astype(dtype))
    entries = (_wrapped(int(number), bits, signed=dtype.kind == "i") for number in source.reshape(-1))
    return Tensor(kind, objects(entries, source.shape).astype(dtype))


def _wrapped(number: int, bits: int, *, signed: bool) -> int:
    """The integer of the given width that is congruent to a number."""
    low = number & ((1 << bits) - 1)
    return low - (1 << bits) if signed and low >> (bits - 1) else low


def truths(array: Any) -> Tensor:
    """A tensor of truth values."""
    return Tensor(TensorProto.BOOL, np.asarray(array, dtype=bool))


def map_entries(function: Callable[..., Any], *arrays: Array) -> Array:
    """The array of a function's values at the entries of arrays, broadcast against each other."""
    spread = np.broadcast_arrays(*arrays)
    return objects(map(function, *(a.reshape(-1) for a in spread)), spread[0].shape)
