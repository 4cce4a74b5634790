"""Casts between types: of real numbers they change nothing, or are refused."""

from typing import Any

import gmpy2
import numpy as np
from onnx import TensorProto

from onnx_import.evaluator.definitions.registry import defines
from onnx_import.evaluator.floats import NARROW_FLOATS, narrow_values
from onnx_import.evaluator.nodes import Call
from onnx_import.evaluator.values import (
    FLOATS,
    INTEGERS,
    NonFinite,
    Tensor,
    integer_range,
    integers,
    kind_name,
    map_entries,
    reals,
    truths,
)


@defines("Cast", 6, 9, 13, 19, 21, 23, 24, 25, 28)
def cast(call: Call) -> Tensor:
    """The entries in another type."""
    call.ignore("saturate", "round_mode")
    return _converted(call, call.tensor(0), call.integer("to"))


@defines("CastLike", 15, 19, 21, 23, 24, 25)
def cast_like(call: Call) -> Tensor:
    """The entries in the type of another tensor."""
    call.ignore("saturate", "round_mode")
    return _converted(call, call.tensor(0), call.tensor(1).kind)


def _converted(call: Call, tensor: Tensor, kind: int) -> Tensor:
    if kind == tensor.kind:
        return tensor
    if TensorProto.STRING in {kind, tensor.kind} or kind not in {*FLOATS, *INTEGERS, TensorProto.BOOL}:
        raise call.unsupported(f"a cast from {kind_name(tensor.kind)} to {kind_name(kind)}")
    if kind == TensorProto.BOOL:
        return truths(map_entries(lambda v: isinstance(v, NonFinite) or v != 0, tensor.array))
    if kind in FLOATS:
        array = tensor.array if tensor.kind in FLOATS else tensor.array.astype(object)
        return _representable(call, reals(map_entries(_number, array), kind))
    if tensor.kind in FLOATS:
        call.reals(0)
        return _truncated(call, tensor, kind)
    return integers(map_entries(int, tensor.array), kind)


def _number(entry: Any) -> Any:
    return int(entry) if isinstance(entry, bool) else entry


def _representable(call: Call, tensor: Tensor) -> Tensor:
    """The tensor itself, if its type is a wide one, or holds each of its numbers."""
    if tensor.kind in NARROW_FLOATS:
        values = set(narrow_values(tensor.kind))
        for entry in tensor.array.reshape(-1):
            if entry not in values:
                raise call.unsupported(f"a cast that rounds {_text(entry)} to {kind_name(tensor.kind)}")
    return tensor


def _text(entry: Any) -> str:
    return entry.value if isinstance(entry, NonFinite) else str(entry)


def _truncated(call: Call, tensor: Tensor, kind: int) -> Tensor:
    """Floats without their fractional parts."""
    low, high = integer_range(kind)

    def truncated(number: Any) -> int:
        whole = int(gmpy2.t_div(number.numerator, number.denominator))
        if not low <= whole <= high:
            raise call.unsupported(f"a cast of {number}, out of the range of {kind_name(kind)}")
        return whole

    return integers(map_entries(truncated, tensor.array), kind)


@defines("BitCast", 26)
def bit_cast(call: Call) -> Tensor:
    """The same bits as an integer of another sign."""
    tensor, kind = call.tensor(0), call.integer("to")
    if not {kind, tensor.kind} <= INTEGERS.keys():
        raise call.unsupported("the bits of floats")
    if INTEGERS[kind][1] != INTEGERS[tensor.kind][1]:
        raise call.malformed(f"{kind_name(tensor.kind)} and {kind_name(kind)} are not of the same width")
    return integers(np.asarray(tensor.array.astype(object), dtype=object), kind)
