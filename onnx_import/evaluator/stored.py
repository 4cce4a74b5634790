"""Tensors stored in a file, read bit by bit as the standard lays them out."""

import math
from pathlib import Path
from typing import Final

import numpy as np
from onnx import SparseTensorProto, TensorProto
from onnx.checker import ValidationError
from onnx.external_data_helper import load_external_data_for_tensor

from exactgeo.errors import MalformedModel, UnsupportedOperator
from onnx_import.evaluator.floats import NARROW_FLOATS, exact_floats, narrow_values
from onnx_import.evaluator.values import (
    FLOATS,
    INTEGERS,
    Array,
    Tensor,
    integer_range,
    integers,
    kind_name,
    objects,
    reals,
    truths,
)

_RAW: Final[dict[int, str]] = {
    TensorProto.FLOAT: "<f4",
    TensorProto.DOUBLE: "<f8",
    TensorProto.FLOAT16: "<u2",
    TensorProto.BFLOAT16: "<u2",
    TensorProto.INT16: "<i2",
    TensorProto.UINT16: "<u2",
    TensorProto.INT32: "<i4",
    TensorProto.UINT32: "<u4",
    TensorProto.INT64: "<i8",
    TensorProto.UINT64: "<u8",
    TensorProto.INT8: "i1",
}
_FIELDS: Final[dict[int, str]] = {
    TensorProto.FLOAT: "float_data",
    TensorProto.DOUBLE: "double_data",
    TensorProto.INT64: "int64_data",
    TensorProto.UINT32: "uint64_data",
    TensorProto.UINT64: "uint64_data",
    TensorProto.STRING: "string_data",
}
_PACKED: Final = {
    getattr(TensorProto, name): bits
    for name, bits in (("INT4", 4), ("UINT4", 4), ("FLOAT4E2M1", 4), ("INT2", 2), ("UINT2", 2))
    if hasattr(TensorProto, name)
}
_SIX_BITS: Final = {getattr(TensorProto, n) for n in ("FLOAT6E2M3", "FLOAT6E3M2") if hasattr(TensorProto, n)}
_ALL_FIELDS: Final = ("float_data", "double_data", "int32_data", "int64_data", "uint64_data", "string_data")


def read_tensor(stored: TensorProto, folder: Path | None) -> Tensor:
    """The exact tensor that a TensorProto is.

    Raises:
        MalformedModel: its bytes are not as many as its shape tells, or lie in a field that is not its own.
        UnsupportedOperator: its type is not one of real numbers, truth values or strings.
    """
    if stored.data_type not in FLOATS | INTEGERS.keys() | {TensorProto.BOOL, TensorProto.STRING}:
        raise UnsupportedOperator(
            f"tensor {stored.name!r}: element type {kind_name(stored.data_type)} is not evaluated"
        )
    if stored.HasField("segment"):
        raise UnsupportedOperator(f"tensor {stored.name!r} is stored in segments")
    shape = tuple(stored.dims)
    if any(length < 0 for length in shape):
        raise MalformedModel(f"tensor {stored.name!r}: an axis of negative length in shape {shape}")
    loaded = _loaded(stored, folder)
    flat = _entries(loaded, math.prod(shape))
    if flat.size != math.prod(shape):
        raise MalformedModel(
            f"tensor {stored.name!r}: {flat.size} entries stored, shape {shape} wants {math.prod(shape)}"
        )
    return _typed(stored, flat.reshape(shape))


def read_sparse(stored: SparseTensorProto, folder: Path | None) -> Tensor:
    """The exact tensor that a SparseTensorProto is, written out."""
    values = read_tensor(stored.values, folder)
    places = read_tensor(stored.indices, folder).array
    shape = tuple(stored.dims)
    size = math.prod(shape)
    flat = np.ravel_multi_index(tuple(places.T), shape) if places.ndim == 2 else places
    if flat.shape != values.array.shape or values.array.ndim != 1 or any(not 0 <= i < size for i in flat.tolist()):
        raise MalformedModel(f"sparse tensor {stored.values.name!r}: the indices do not fit shape {shape}")
    indices = np.full(size, -1)
    indices[flat] = np.arange(values.array.size)
    zero = reals(0, values.kind).array[()] if values.kind in FLOATS else 0
    return values.with_fill(indices.reshape(shape), zero)


def _loaded(stored: TensorProto, folder: Path | None) -> TensorProto:
    if stored.data_location != TensorProto.EXTERNAL:
        return stored
    if folder is None:
        raise MalformedModel(f"tensor {stored.name!r} lies in a file of its own, and no folder was given to find it in")
    loaded = TensorProto()
    loaded.CopyFrom(stored)
    try:
        load_external_data_for_tensor(loaded, str(folder))
    except (ValidationError, OSError, ValueError) as error:
        raise MalformedModel(f"tensor {stored.name!r}: its file cannot be read: {error}") from error
    return loaded


def _entries(stored: TensorProto, size: int) -> Array:
    """The stored entries, or their patterns of bits, in one row."""
    kind = stored.data_type
    own = _FIELDS.get(kind, "int32_data")
    filled = [name for name in _ALL_FIELDS if len(getattr(stored, name))]
    if stored.HasField("raw_data"):
        if filled or kind == TensorProto.STRING:
            raise MalformedModel(f"tensor {stored.name!r}: raw_data and {(*filled, own)[0]} do not go together")
        return _raw_entries(stored, size)
    if any(name != own for name in filled):
        raise MalformedModel(f"tensor {stored.name!r}: data of type {kind_name(kind)} lies in {own}, not in {filled}")
    if kind == TensorProto.STRING:
        try:
            return objects((text.decode("utf-8") for text in stored.string_data), (len(stored.string_data),))
        except UnicodeDecodeError as error:
            raise MalformedModel(f"tensor {stored.name!r}: a string that is not UTF-8") from error
    data = np.array(getattr(stored, own), dtype={"float_data": np.float32, "double_data": np.float64}.get(own, object))
    if kind in _PACKED:
        return _unpacked(stored, data.astype(np.int64), _PACKED[kind], size)
    return data


def _raw_entries(stored: TensorProto, size: int) -> Array:
    kind, raw = stored.data_type, stored.raw_data
    if kind in _PACKED:
        return _unpacked(stored, np.frombuffer(raw, dtype=np.uint8), _PACKED[kind], size)
    if kind in _SIX_BITS:
        if len(raw) != (6 * size + 7) // 8:
            raise MalformedModel(f"tensor {stored.name!r}: {len(raw)} bytes do not hold {size} entries of 6 bits")
        bits = int.from_bytes(raw, "little")
        return np.array([(bits >> (6 * i)) & 0x3F for i in range(size)], dtype=np.int64)
    dtype = np.dtype(_RAW.get(kind, "u1"))
    if len(raw) != size * dtype.itemsize:
        raise MalformedModel(f"tensor {stored.name!r}: {len(raw)} bytes, its shape wants {size * dtype.itemsize}")
    return np.frombuffer(raw, dtype=dtype)


def _unpacked(stored: TensorProto, packed: Array, bits: int, size: int) -> Array:
    """Entries of a few bits, the first in the lowest bits of a byte."""
    per_byte = 8 // bits
    if packed.size != -(-size // per_byte) or (packed.size and not 0 <= packed.min() <= packed.max() <= 0xFF):
        raise MalformedModel(f"tensor {stored.name!r}: {packed.size} bytes do not hold {size} entries of {bits} bits")
    shifts = np.arange(0, 8, bits)
    return ((packed.astype(np.int64)[:, None] >> shifts) & ((1 << bits) - 1)).reshape(-1)[:size]


def _typed(stored: TensorProto, entries: Array) -> Tensor:
    kind = stored.data_type
    if kind == TensorProto.STRING:
        return Tensor(kind, entries)
    if kind == TensorProto.BOOL:
        _within(stored, entries, 0, 1)
        return truths(entries.astype(bool))
    if kind in INTEGERS:
        if kind not in _PACKED:
            _within(stored, entries, *integer_range(kind))
        return integers(entries.astype(object), kind)
    return reals(_float_entries(stored, entries), kind)


def _float_entries(stored: TensorProto, entries: Array) -> Array:
    kind = stored.data_type
    if kind in NARROW_FLOATS:
        values = narrow_values(kind)
        _within(stored, entries, 0, len(values) - 1)
        return objects((values[int(pattern)] for pattern in entries.reshape(-1)), entries.shape)
    if kind in {TensorProto.FLOAT16, TensorProto.BFLOAT16}:
        _within(stored, entries, 0, 0xFFFF)
        patterns = entries.astype(np.uint32)
        if kind == TensorProto.BFLOAT16:
            return exact_floats((patterns << np.uint32(16)).view(np.float32))
        return exact_floats(patterns.astype(np.uint16).view(np.float16))
    return exact_floats(entries)


def _within(stored: TensorProto, entries: Array, low: int, high: int) -> None:
    if entries.size and not low <= int(entries.min()) <= int(entries.max()) <= high:
        raise MalformedModel(f"tensor {stored.name!r}: an entry of type {kind_name(stored.data_type)} is out of range")
