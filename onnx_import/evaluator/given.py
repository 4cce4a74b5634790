"""The values that a caller gives for a model's inputs."""

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from gmpy2 import mpq
from onnx import TensorProto, ValueInfoProto

from exactgeo.errors import DimensionMismatch, InexactNumber, InvalidArgument, UnsupportedOperator
from onnx_import.evaluator.values import (
    FLOATS,
    INTEGERS,
    Nothing,
    Tensor,
    TensorSequence,
    Value,
    integer_range,
    integers,
    kind_name,
    objects,
    reals,
    truths,
)

_MPQ, _MPZ = type(mpq(0)), type(mpq(0).numerator)


def read_input(declared: ValueInfoProto, given: Any, sizes: dict[str, int]) -> Value:
    """The value given for an input, in the type and shape that the model declares.

    Args:
        declared: the input.
        given: numbers, nested as the shape tells, or all in one row; a list of those for a sequence.
        sizes: lengths of the named axes seen so far; those of this input are added.
    """
    declared_type = declared.type
    if declared_type.HasField("optional_type"):
        if given is None:
            return Nothing()
        declared_type = declared_type.optional_type.elem_type
    if declared_type.HasField("sequence_type"):
        kind = declared_type.sequence_type.elem_type.tensor_type.elem_type
        return TensorSequence(tuple(_entries(declared.name, np.asarray(v, dtype=object), kind) for v in given), kind)
    if not declared_type.HasField("tensor_type"):
        raise UnsupportedOperator(f"input {declared.name!r} is neither a tensor nor a sequence of tensors")
    tensor_type = declared_type.tensor_type
    array = np.asarray(given, dtype=object)
    if tensor_type.HasField("shape"):
        array = _shaped(declared.name, tensor_type.shape.dim, array, sizes)
    return _entries(declared.name, array, tensor_type.elem_type)


def _shaped(name: str, dimensions: Sequence[Any], array: Any, sizes: dict[str, int]) -> Any:
    """The numbers in the declared shape; an open first axis is of length 1 unless the numbers are nested."""
    lengths = [_length(d, sizes) for d in dimensions]
    wrong = DimensionMismatch(f"input {name!r}: shape {array.shape} given, {_text(dimensions)} declared")
    if array.ndim != len(lengths):
        if lengths and lengths[0] is None:
            lengths[0] = 1
        known = [n for n in lengths if n is not None]
        if array.ndim != 1 or None in lengths or math.prod(known) != array.size:
            raise wrong
        array = array.reshape(known)
    for dimension, length, seen in zip(dimensions, lengths, array.shape, strict=True):
        if length not in {None, seen} or (dimension.dim_param and sizes.setdefault(dimension.dim_param, seen) != seen):
            raise wrong
    return array


def _length(dimension: Any, sizes: dict[str, int]) -> int | None:
    """The length of an axis; None where it is open."""
    if dimension.HasField("dim_value"):
        return int(dimension.dim_value) if dimension.dim_value >= 0 else None
    return sizes.get(dimension.dim_param)


def _text(dimensions: Sequence[Any]) -> str:
    return str([d.dim_value if d.HasField("dim_value") else d.dim_param or "?" for d in dimensions])


def _entries(name: str, array: Any, kind: int) -> Tensor:
    flat = array.reshape(-1)
    if kind == TensorProto.BOOL:
        if not all(isinstance(v, (bool, np.bool_)) for v in flat):
            raise InvalidArgument(f"input {name!r} is of truth values")
        return truths(array.astype(bool))
    if kind == TensorProto.STRING:
        if not all(isinstance(v, str) for v in flat):
            raise InvalidArgument(f"input {name!r} is of strings")
        return Tensor(kind, objects(map(str, flat), array.shape))
    numbers = objects((_number(name, v) for v in flat), array.shape)
    if kind in FLOATS:
        return reals(numbers, kind)
    if kind not in INTEGERS:
        raise UnsupportedOperator(f"input {name!r} is of type {kind_name(kind)}, which is not evaluated")
    low, high = integer_range(kind)
    if not all(v.denominator == 1 and low <= v <= high for v in numbers.reshape(-1)):
        raise InvalidArgument(f"input {name!r} is of integers of type {kind_name(kind)}, {low} to {high}")
    return integers(objects(map(int, numbers.reshape(-1)), array.shape), kind)


def _number(name: str, entry: Any) -> mpq:
    if isinstance(entry, (np.integer, np.bool_, bool)):
        entry = int(entry)
    if isinstance(entry, (int, Fraction, _MPQ, _MPZ)):
        return mpq(entry)
    if isinstance(entry, str):
        try:
            return mpq(Fraction(entry))
        except ValueError as error:
            raise InvalidArgument(f"input {name!r}: {entry!r} is not a number") from error
    if isinstance(entry, (float, np.floating)):
        exact = Fraction(float(entry)) if math.isfinite(entry) else None
        raise InexactNumber(
            f"input {name!r} holds the binary float {entry!r}; give the string {str(entry)!r}, or the fraction {exact}"
        )
    raise InvalidArgument(f"input {name!r} holds {entry!r}, a {type(entry).__name__}; a rational number is wanted")


def check_names(declared: Sequence[ValueInfoProto], given: Mapping[str, Any], constants: set[str]) -> None:
    """Refuse names that are no inputs, and inputs that have no value."""
    names = {value.name for value in declared}
    unknown = sorted(given.keys() - names)
    if unknown:
        raise InvalidArgument(f"{unknown[0]!r} is no input of the model; its inputs are {sorted(names)}")
    missing = sorted(names - given.keys() - constants)
    if missing:
        raise InvalidArgument(f"input {missing[0]!r} is not given")
