"""Comparisons, truth values, and the bits of integers."""

import operator
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from onnx import TensorProto

from onnx_import.evaluator.definitions.numbers import entries, is_float, pair, spread
from onnx_import.evaluator.definitions.registry import defines
from onnx_import.evaluator.nodes import Call
from onnx_import.evaluator.values import INTEGERS, NonFinite, Tensor, integers, map_entries, truths


def _comparison(compare: Callable[[Any, Any], Any]) -> Callable[[Call], Tensor]:
    def definition(call: Call) -> Tensor:
        return truths(compare(*pair(call)))

    return definition


for _name, _versions, _compare in (
    ("Greater", (1, 7, 9, 13), operator.gt),
    ("GreaterOrEqual", (12, 16), operator.ge),
    ("Less", (1, 7, 9, 13), operator.lt),
    ("LessOrEqual", (12, 16), operator.le),
):
    defines(_name, *_versions)(_comparison(_compare))


@defines("Equal", 1, 7, 11, 13, 19)
def equal(call: Call) -> Tensor:
    """Whether entries are the same: numbers, truth values or strings."""
    if call.tensor(0).kind in {TensorProto.BOOL, TensorProto.STRING}:
        first = call.tensor(0).array
        return truths(first == spread(call, first, call.tensor(1).array))
    return truths(operator.eq(*pair(call)))


def _connective(combine: Callable[[Any, Any], Any]) -> Callable[[Call], Tensor]:
    def definition(call: Call) -> Tensor:
        first = call.truths(0)
        return truths(combine(first, spread(call, first, call.truths(1))))

    return definition


for _name, _connect in (("And", np.logical_and), ("Or", np.logical_or), ("Xor", np.logical_xor)):
    defines(_name, 1, 7)(_connective(_connect))


@defines("Not", 1)
def negation(call: Call) -> Tensor:
    """Whether entries are false."""
    return truths(np.logical_not(call.truths(0)))


@defines("Where", 9, 16)
def where(call: Call) -> Tensor:
    """X where the condition holds, Y elsewhere."""
    first, second = call.tensor(1), call.tensor(2)
    return first.rearranged(np.where(call.truths(0), first.array, second.array))


@defines("IsNaN", 9, 13, 20)
def is_nan(call: Call) -> Tensor:
    """Whether entries are not a number."""
    return truths(map_entries(lambda v: v is NonFinite.NOT_A_NUMBER, call.tensor(0).array))


@defines("IsInf", 10, 20)
def is_infinite(call: Call) -> Tensor:
    """Whether entries are infinities, of the signs that are looked for."""
    looked_for: list[Any] = []
    if call.flag("detect_positive"):
        looked_for.append(NonFinite.PLUS_INFINITY)
    if call.flag("detect_negative"):
        looked_for.append(NonFinite.MINUS_INFINITY)
    return truths(map_entries(lambda v: isinstance(v, NonFinite) and v in looked_for, call.tensor(0).array))


_BITWISE: Final[tuple[tuple[str, Callable[[Any, Any], Any]], ...]] = (
    ("BitwiseAnd", operator.and_),
    ("BitwiseOr", operator.or_),
    ("BitwiseXor", operator.xor),
)


def _bitwise(combine: Callable[[Any, Any], Any]) -> Callable[[Call], Tensor]:
    def definition(call: Call) -> Tensor:
        return integers(combine(call.integers(0), call.integers(1)), call.tensor(0).kind)

    return definition


for _name, _combine in _BITWISE:
    defines(_name, 18)(_bitwise(_combine))


@defines("BitwiseNot", 18)
def bitwise_not(call: Call) -> Tensor:
    """Every bit flipped."""
    return integers(~call.integers(0), call.tensor(0).kind)


@defines("BitShift", 11, 28)
def bit_shift(call: Call) -> Tensor:
    """Bits moved to the left or to the right, the sign extended."""
    if is_float(call):
        raise call.malformed("floats have no bits to shift")
    kind = call.tensor(0).kind
    left = call.text("direction", "LEFT", "RIGHT") == "LEFT"
    width = INTEGERS[kind][1]

    def shifted(number: int, amount: int) -> int:
        if not 0 <= amount < width:
            if call.version < 28:
                raise call.unsupported(f"a shift of {width} bits by {amount}")
            return -1 if number < 0 and not left else 0
        return number << amount if left else number >> amount

    return integers(map_entries(shifted, entries(call, 0), entries(call, 1)), kind)
