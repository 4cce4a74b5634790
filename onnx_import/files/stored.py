"""Numbers as files hold them: tensors inside a model, in files beside it, and sparse ones, as numpy arrays."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import SparseTensorProto, TensorProto, helper, numpy_helper

from exactgeo.errors import MalformedModel, UnsupportedOperator

Stored = npt.NDArray[Any]

MOST_STORED = 2**27
"""No stored array has more entries than this."""

MOST_ENTRIES = 2**25
"""No array that is computed has more entries than this, but for stored ones that are moved about or multiplied."""

_NARROW = {"int2": np.int8, "int4": np.int8, "uint2": np.uint8, "uint4": np.uint8}
_BITS = {"INT2": 2, "UINT2": 2, "INT4": 4, "UINT4": 4, "FLOAT4E2M1": 4, "FLOAT6E2M3": 6, "FLOAT6E3M2": 6}


_LIMITS = {"INT8": (-(2**7), 2**7 - 1), "INT16": (-(2**15), 2**15 - 1), "INT32": (-(2**31), 2**31 - 1), "BOOL": (0, 1)}
_LIMITS |= dict.fromkeys(("UINT16", "FLOAT16", "BFLOAT16"), (0, 2**16 - 1))
"""Between which numbers the entries of `int32_data` lie for a type; a byte for all others."""


@dataclass(frozen=True, slots=True)
class DataFolder:
    """The folder of a model, in which its external data lies.

    Attributes:
        path: the folder, or None where no file may be read.
        files: the files that were read, by the names that the model gives them.
    """

    path: Path | None
    files: dict[str, Path] = field(default_factory=dict)

    def bytes_of(self, entries: Mapping[str, str], size: int, where: str) -> bytes:
        """Return a tensor's `size` bytes from the file that its entries name. The file must lie in the folder.

        Raises MalformedModel for a file outside of the folder, that does not exist, or is too short.
        """
        location = entries.get("location", "")
        path = self._inside(location, where)
        offset, length = (self._number(entries, key, where) for key in ("offset", "length"))
        if length not in (None, size):
            raise MalformedModel(f"{where} has {length} bytes in the file '{location}'; {size} were expected")
        try:
            if (offset or 0) + size > path.stat().st_size:
                raise MalformedModel(f"{where} reaches beyond the end of the file '{location}'")
            with path.open("rb") as file:
                file.seek(offset or 0)
                content = file.read(size)
        except OSError as error:
            raise MalformedModel(f"{where} cannot be read from '{location}': {error.strerror}") from error
        self.files[location] = path
        return content

    def _inside(self, location: str, where: str) -> Path:
        if self.path is None:
            raise UnsupportedOperator(f"{where} lies in another file; read the model from its folder")
        if not isinstance(location, str):  # what a file says in bytes that are no UTF-8
            raise MalformedModel(f"{where} lies in a file whose name is not text")
        folder = self.path.resolve()
        try:
            path = (folder / location).resolve()
            regular = path.is_file()
        except (OSError, ValueError, RuntimeError) as error:
            raise MalformedModel(f"{where} lies in '{location}', which cannot be read: {error}") from error
        if not location or Path(location).is_absolute() or not path.is_relative_to(folder):
            raise MalformedModel(f"{where} lies in '{location}', outside of the model's folder; that is not read")
        if not regular:
            raise MalformedModel(f"{where} lies in '{location}', which is no file in the model's folder")
        return path

    @staticmethod
    def _number(entries: Mapping[str, str], key: str, where: str) -> Any:  # noqa: ANN401 (int or None)
        text = entries.get(key)
        if text is None:
            return None
        if not (text.isascii() and text.isdigit() and len(text) < 20):  # noqa: PLR2004 (more digits than 2^63 has)
            raise MalformedModel(f"{where} has the {key} '{text}' in another file")
        return int(text)


def demand_size(shape: tuple[int, ...], where: object, most: int = MOST_ENTRIES) -> None:
    """Refuse an array of more than so many entries, before it is made."""
    if prod(int(size) for size in shape) > most:
        raise UnsupportedOperator(f"{where} has the shape {tuple(shape)}: more than {most} entries")


def stored_array(tensor: TensorProto, where: str, folder: DataFolder) -> Stored:
    """Return a tensor's entries in its own type.

    Raises MalformedModel if the tensor contradicts itself, UnsupportedOperator if it is too large.
    """
    shape = tuple(tensor.dims)
    if any(size < 0 for size in shape):
        raise MalformedModel(f"{where} has the shape {list(shape)}")
    demand_size(shape, where, MOST_STORED)
    typed = (tensor.float_data, tensor.double_data, tensor.int32_data, tensor.int64_data, tensor.uint64_data)
    if tensor.HasField("raw_data") and any(typed):
        raise MalformedModel(f"{where} holds its data twice, as bytes and as numbers")
    if tensor.data_location == TensorProto.EXTERNAL:
        tensor = _internal(tensor, where, folder)
    _demand_own_entries(tensor, where)
    try:
        return np.asarray(numpy_helper.to_array(tensor))
    except (ValueError, TypeError, KeyError, OverflowError, MemoryError) as error:
        raise MalformedModel(f"{where} cannot be read: {error}") from error


def _demand_own_entries(tensor: TensorProto, where: str) -> None:
    """Refuse entries that the type cannot have, and bytes that belong to no entry: numpy would cut them off."""
    known = tensor.data_type in TensorProto.DataType.values()
    name = TensorProto.DataType.Name(tensor.data_type) if known else ""
    size, bits = prod(tensor.dims), _BITS.get(name)
    low, high = _LIMITS.get(name, (0, 2**8 - 1))
    if any(not low <= value <= high for value in tensor.int32_data):
        raise MalformedModel(f"{where} has an entry that the type {name} cannot have")
    if name == "UINT32" and any(value >= 2**32 for value in tensor.uint64_data):
        raise MalformedModel(f"{where} has an entry that the type {name} cannot have")
    if name == "BOOL" and any(value > 1 for value in set(tensor.raw_data)):
        raise MalformedModel(f"{where} has an entry that the type {name} cannot have")
    if bits is None:
        return
    packed = tensor.HasField("raw_data") or 8 % bits == 0  # as numbers, entries of 6 bits are stored one by one
    stored = len(tensor.raw_data) if tensor.HasField("raw_data") else len(tensor.int32_data)
    if stored != (-(-size * bits // 8) if packed else size):
        raise MalformedModel(f"{where} has {stored} bytes for {size} entries of {bits} bits")


def _internal(tensor: TensorProto, where: str, folder: DataFolder) -> TensorProto:
    unreadable = (TensorProto.UNDEFINED, TensorProto.STRING)
    if tensor.data_type not in TensorProto.DataType.values() or tensor.data_type in unreadable:
        raise MalformedModel(f"{where} has data of type {tensor.data_type} in another file")
    name = TensorProto.DataType.Name(tensor.data_type)
    bits = _BITS.get(name) or 8 * helper.tensor_dtype_to_np_dtype(tensor.data_type).itemsize
    size = -(-prod(tensor.dims) * bits // 8)
    made = TensorProto(name=tensor.name, data_type=tensor.data_type, dims=tensor.dims)
    made.raw_data = folder.bytes_of({entry.key: entry.value for entry in tensor.external_data}, size, where)
    return made


def dense_array(sparse: SparseTensorProto, where: str, folder: DataFolder) -> Stored:
    """Return a sparse tensor as an array, zero where nothing is stored."""
    shape = tuple(sparse.dims)
    if any(size <= 0 for size in shape):
        raise MalformedModel(f"{where} has the shape {list(shape)}")
    demand_size(shape, where)
    values = stored_array(sparse.values, where, folder)
    indices = stored_array(sparse.indices, where, folder)
    if (
        values.ndim != 1
        or indices.dtype != np.int64
        or indices.shape not in ((len(values),), (len(values), len(shape)))
    ):
        raise MalformedModel(f"{where} has values of shape {values.shape} at indices of shape {indices.shape}")
    try:
        places = indices if indices.ndim == 1 else np.ravel_multi_index(tuple(indices.T), shape)
    except ValueError as error:
        raise MalformedModel(f"{where} has an index outside its shape {list(shape)}") from error
    if len(places) and not (places.min() >= 0 and places.max() < prod(shape) and len(np.unique(places)) == len(places)):
        raise MalformedModel(f"{where} has an index outside its shape {list(shape)}, or twice")
    dense = np.zeros(prod(shape), dtype=values.dtype)
    dense[places] = values
    return dense.reshape(shape)


def is_tiny_float(kind: np.dtype[Any]) -> bool:
    """Whether this is a float type of 8 bits or fewer."""
    return kind.itemsize == 1 and kind.name.startswith("float")


def widened(array: Stored) -> Stored:
    """Return floats of 8 bits or fewer as float32, integers of 4 bits or fewer in 8 bits: the same numbers."""
    if is_tiny_float(array.dtype):
        return array.astype(np.float32)
    return array.astype(_NARROW[array.dtype.name]) if array.dtype.name in _NARROW else array
