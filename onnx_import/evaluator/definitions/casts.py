"""Casts between types: of real numbers they change nothing, but to integers and to floats of 8 or fewer bits."""

from typing import Any

import gmpy2
from gmpy2 import mpq
from onnx import TensorProto

from onnx_import.evaluator.definitions.narrowing import narrowed
from onnx_import.evaluator.definitions.registry import defines
from onnx_import.evaluator.floats import NARROW_FLOATS, largest_narrow, narrow_values, signed_format
from onnx_import.evaluator.nodes import Call
from onnx_import.evaluator.signatures import gives
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

_SATURATES_INFINITIES = 24


@defines("Cast", 6, 9, 13, 19, 21, 23, 24, 25, 28)
def cast(call: Call) -> Tensor:
    """The entries in another type."""
    kind = call.integer("to")
    if not gives(call.schema, kind):
        raise call.unsupported(f"a cast to {kind_name(kind)}, which this version of the operator does not give")
    call.ignore("round_mode")
    return _converted(call, call.tensor(0), kind)


@defines("CastLike", 15, 19, 21, 23, 24, 25)
def cast_like(call: Call) -> Tensor:
    """The entries in the type of another tensor."""
    call.ignore("round_mode")
    return _converted(call, call.tensor(0), call.tensor(1).kind)


def _converted(call: Call, tensor: Tensor, kind: int) -> Tensor:
    saturate = "saturate" not in call.schema.attributes or call.flag("saturate")
    if kind == tensor.kind:
        return tensor
    if TensorProto.STRING in {kind, tensor.kind} or kind not in {*FLOATS, *INTEGERS, TensorProto.BOOL}:
        raise call.unsupported(f"a cast from {kind_name(tensor.kind)} to {kind_name(kind)}")
    if kind == TensorProto.BOOL:
        return truths(map_entries(lambda v: isinstance(v, NonFinite) or v != 0, tensor.array))
    if kind in FLOATS:
        array = tensor.array if tensor.kind in FLOATS else tensor.array.astype(object)
        numbers = reals(map_entries(_number, array), kind)
        if kind not in NARROW_FLOATS:
            return numbers
        return reals(map_entries(lambda v: _narrow(call, v, kind, saturate=saturate), numbers.array), kind)
    if tensor.kind in FLOATS:
        call.reals(0)
        return _truncated(call, tensor, kind)
    return integers(map_entries(int, tensor.array), kind)


def _number(entry: Any) -> Any:
    return int(entry) if isinstance(entry, bool) else entry


def _narrow(call: Call, entry: mpq | NonFinite, kind: int, *, saturate: bool) -> mpq | NonFinite:
    """The entry in a format of 8 or fewer bits."""
    if isinstance(entry, NonFinite):
        return _narrow_special(call, entry, kind, saturate=saturate)
    if signed_format(kind) is None:
        if entry not in narrow_values(kind):
            raise call.unsupported(f"a cast that rounds {entry} to {kind_name(kind)}")
        return entry
    result = narrowed(call, entry, kind, saturate=saturate)
    if result != entry and not call.settings.staircases:
        raise call.unsupported(f"a cast that rounds to {kind_name(kind)} is a function of steps, and staircases=False")
    return result


def _narrow_special(call: Call, entry: NonFinite, kind: int, *, saturate: bool) -> mpq | NonFinite:
    """What the standard's tables give for an infinity or NaN."""
    values, name = narrow_values(kind), kind_name(kind)
    if entry is not NonFinite.NOT_A_NUMBER and saturate and name.startswith(("FLOAT8E4", "FLOAT8E5")):
        if name.endswith("FNUZ") and call.version < _SATURATES_INFINITIES:
            return NonFinite.NOT_A_NUMBER
        return largest_narrow(kind) * (1 if entry is NonFinite.PLUS_INFINITY else -1)
    if entry not in values:
        raise call.unsupported(f"a cast of {entry.value} to {name}")
    return entry


def _truncated(call: Call, tensor: Tensor, kind: int) -> Tensor:
    """Floats without their fractional parts."""
    low, high = integer_range(kind)

    def truncated(number: Any) -> int:
        whole = int(gmpy2.t_div(number.numerator, number.denominator))
        if not low <= whole <= high:
            raise call.unsupported(f"a cast of {number}, out of the range of {kind_name(kind)}")
        return whole

    return integers(map_entries(truncated, tensor.array), kind)
