"""Floats of 8 or fewer bits, of which there are so few that to round to them is a function of steps."""

from gmpy2 import mpq

from onnx_import.evaluator.floats import largest_narrow, rounded, signed_format
from onnx_import.evaluator.nodes import Call
from onnx_import.evaluator.values import kind_name


def narrowed(call: Call, number: mpq, kind: int, *, saturate: bool) -> mpq:
    """The nearest number of a format, ties to even; the largest where the nearest float would be larger.

    Without saturation those are refused, except in formats of 6 and 4 bits, which know nothing but numbers.
    """
    target = signed_format(kind)
    if target is None:
        raise call.unsupported(f"a number rounded to {kind_name(kind)}")
    result, largest = rounded(number, target), largest_narrow(kind)
    if abs(result) <= largest:
        return result
    if not saturate and kind_name(kind).startswith("FLOAT8"):
        raise call.unsupported(f"{number} as {kind_name(kind)} without saturation: an infinity or NaN")
    return largest if number > 0 else -largest
