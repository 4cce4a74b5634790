"""Patterns of bits read as another type."""

from collections.abc import Callable
from typing import Any, Final

from gmpy2 import mpq
from onnx import TensorProto

from onnx_import.evaluator.definitions.registry import defines
from onnx_import.evaluator.floats import (
    BFLOAT16,
    FLOAT16,
    FLOAT32,
    FLOAT64,
    NARROW_FLOATS,
    Format,
    narrow_values,
    pattern,
)
from onnx_import.evaluator.nodes import Call
from onnx_import.evaluator.signatures import gives
from onnx_import.evaluator.values import INTEGERS, NonFinite, Tensor, kind_name

_WIDE: Final[dict[int, tuple[Format, int]]] = {
    TensorProto.FLOAT16: (FLOAT16, 16),
    TensorProto.BFLOAT16: (BFLOAT16, 16),
    TensorProto.FLOAT: (FLOAT32, 32),
    TensorProto.DOUBLE: (FLOAT64, 64),
}


@defines("BitCast", 26)
def bit_cast(call: Call) -> Tensor:
    """The number that each entry's bits are in another type."""
    tensor, kind = call.tensor(0), call.integer("to")
    width = _width(tensor.kind)
    if width is None or _width(kind) is None or not gives(call.schema, kind):
        raise call.unsupported(f"the bits of {kind_name(tensor.kind)} as {kind_name(kind)}")
    if _width(kind) != width:
        raise call.malformed(f"{kind_name(tensor.kind)} and {kind_name(kind)} are not of the same width")
    of_entry = _pattern_of(call, tensor.kind, width)
    patterns = [of_entry(entry) for entry in tensor.array.reshape(-1).tolist()]
    if kind == TensorProto.BOOL and any(bits > 1 for bits in patterns):
        raise call.unsupported("a truth value of other bits than 0 and 1")
    return call.stored(TensorProto(data_type=kind, dims=tensor.shape, raw_data=_packed(patterns, width)))


def _packed(patterns: list[int], width: int) -> bytes:
    """Patterns as the standard stores them: the lowest byte first, and in a byte the first in the lowest bits."""
    together = max(8 // width, 1)
    units = (patterns[i : i + together] for i in range(0, len(patterns), together))
    numbers = (sum(bits << (width * index) for index, bits in enumerate(unit)) for unit in units)
    return b"".join(number.to_bytes(together * width // 8, "little") for number in numbers)


def _width(kind: int) -> int | None:
    """How many bits an element type has."""
    if kind in NARROW_FLOATS:
        return len(narrow_values(kind)).bit_length() - 1
    widths = {TensorProto.BOOL: 8} | {k: bits for k, (_, bits) in (*INTEGERS.items(), *_WIDE.items())}
    return widths.get(kind)


def _pattern_of(call: Call, kind: int, width: int) -> Callable[[Any], int]:
    """The function that gives the bits of an entry of a type."""
    if kind in _WIDE:
        return lambda entry: _wide_pattern(call, entry, kind)
    if kind in NARROW_FLOATS:
        return lambda entry: _narrow_pattern(call, entry, kind)
    return lambda entry: int(entry) & ((1 << width) - 1)


def _wide_pattern(call: Call, entry: mpq | NonFinite, kind: int) -> int:
    target, _ = _WIDE[kind]
    if isinstance(entry, NonFinite):
        raise call.unsupported(f"the bits of {entry.value}")
    if entry == 0:
        raise call.unsupported(f"the bits of a zero of type {kind_name(kind)}, whose sign is not kept")
    bits = pattern(entry, target)
    if bits is None:
        raise call.unsupported(f"the bits of {entry}, which is no {kind_name(kind)} unless rounded")
    return bits


def _narrow_pattern(call: Call, entry: mpq | NonFinite, kind: int) -> int:
    found = [bits for bits, value in enumerate(narrow_values(kind)) if value == entry]
    if len(found) != 1:
        what = entry.value if isinstance(entry, NonFinite) else str(entry)
        raise call.unsupported(f"the bits of {what}, of which {kind_name(kind)} has {len(found)}")
    return found[0]
