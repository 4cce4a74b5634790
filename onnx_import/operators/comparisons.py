"""Comparisons and truth values: constants where both sides are, else units that take the values 0 and 1.

Truth values of the data jump, and so do the networks that use them; where the comparison gates a form that vanishes at
its border, the product is continuous all the same.
"""

from collections.abc import Callable, Sequence

import numpy as np

from exactgeo.arithmetic.arrays import ExactArray
from exactgeo.arithmetic.rationals import Rational
from exactgeo.networks.forms import SparseForms
from onnx_import.files.stored import Stored
from onnx_import.lowering.nodes import Node
from onnx_import.lowering.registry import operator
from onnx_import.lowering.selections import steps
from onnx_import.lowering.tensors import (
    Real,
    Tensor,
    Value,
    add,
    as_tensor,
    broadcast_shape,
    common_kind,
    negate,
    offsets,
    pick,
    positions_of,
)
from onnx_import.operators.activations import constant_like
from onnx_import.operators.elementwise import multiply, operands


@operator("Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Equal")
def comparison(node: Node) -> Sequence[Value]:
    """Whether a relation holds between the entries of two arrays, broadcasting.

    Let d be the first minus the second. Of the units' pieces the first with the largest selector is chosen, so d > 0
    has the selectors (0, d) and the values (0, 1), d >= 0 has (d, 0) and (1, 0), d = 0 has (0, d, -d) and (1, 0, 0).
    """
    first, second = operands(node)
    try:
        if isinstance(first, np.ndarray) and isinstance(second, np.ndarray) and _are_truths(first, second):
            return [np.asarray(first == second)]
        if node.operator == "Equal" and any(isinstance(v, Tensor) and v.kind == "truth" for v in (first, second)):
            return [_negated(_differ(node, node.truth_numbers(0), node.truth_numbers(1)))]
        difference = add(node.number(first, 0), negate(node.number(second, 1)))
    except ValueError:
        node.malformed(f"compares arrays of shapes {first.shape} and {second.shape}, which do not broadcast")
    if isinstance(difference, ExactArray):
        signs = np.asarray(np.sign(difference.numerators), dtype=np.int8)
        return [np.asarray(_HOLDS[node.operator](signs), dtype=np.bool_)]
    zero, d = constant_like(Rational(0), difference), difference.forms
    pieces: dict[str, list[tuple[SparseForms, int]]] = {
        "Greater": [(zero, 0), (d, 1)],
        "GreaterOrEqual": [(d, 1), (zero, 0)],
        "Less": [(zero, 0), (-d, 1)],
        "LessOrEqual": [(-d, 1), (zero, 0)],
        "Equal": [(zero, 1), (d, 0), (-d, 0)],
    }
    return [steps(node, difference.shape, pieces[node.operator], "truth")]


@operator("Sign")
def sign(node: Node) -> Sequence[Value]:
    """-1, 0 or 1: selectors (0, z, -z), values (0, 1, -1)."""
    z = node.real(0)
    if isinstance(z, ExactArray):
        return [ExactArray(np.asarray(np.sign(z.numerators), dtype=np.int64), 1)]
    zero = constant_like(Rational(0), z)
    return [steps(node, z.shape, [(zero, 0), (z.forms, 1), (-z.forms, -1)], "real")]


@operator("Not")
def negation(node: Node) -> Sequence[Value]:
    """1 - c."""
    return [_negated(node.truth(0))]


@operator("And", "Or", "Xor")
def connective(node: Node) -> Sequence[Value]:
    """Truth values joined: a and b is a b, a or b is a + b - a b, either is a + b - 2 a b."""
    first, second = (node.truth_value(value, index) for index, value in enumerate(operands(node)))
    try:
        if isinstance(first, np.ndarray) and isinstance(second, np.ndarray):
            return [np.asarray(_CONNECTED[node.operator](first, second))]
        a, b = node.truth_as_numbers(first), node.truth_as_numbers(second)
        if node.operator == "Xor":
            return [_differ(node, a, b)]
        if node.operator == "And":
            return [_both(node, a, b)]
        return [_negated(_both(node, _complement(a), _complement(b)))]
    except ValueError:
        node.malformed(f"joins arrays of shapes {first.shape} and {second.shape}, which do not broadcast")


@operator("Where")
def where(node: Node) -> Sequence[Value]:
    """The second input where the condition holds, elsewhere the third: b + c (a - b) for a condition on the data."""
    condition, first, second = node.truth(0), node.value(1), node.value(2)
    try:
        if isinstance(condition, np.ndarray):
            return [_by_constant(node, condition)]
        if _truth_kinds(first, second):
            chosen, other = node.truth_numbers(1), node.truth_numbers(2)
        else:
            chosen, other = node.real(1), node.real(2)
        gained = multiply(node, condition, add(chosen, negate(other)))
        result = add(other, gained)
    except ValueError:
        node.malformed(
            f"chooses by an array of shape {condition.shape} between arrays of shapes {first.shape} and "
            f"{second.shape}, which do not broadcast"
        )
    return [as_tensor(result).of_kind(common_kind([first, second]))]


@operator("IsNaN", "IsInf")
def is_special(node: Node) -> Sequence[Value]:
    """Whether entries are NaN or infinite: the exact network's data never is."""
    value = node.value(0)
    wanted = [node.flag(name, 1) for name in ("detect_negative", "detect_positive")] if node.operator == "IsInf" else []
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "fV":
        return [np.zeros(value.shape, dtype=np.bool_)]
    floats = value.astype(np.float64)
    if node.operator == "IsNaN":
        return [np.asarray(np.isnan(floats))]
    return [np.asarray((np.isneginf(floats) & bool(wanted[0])) | (np.isposinf(floats) & bool(wanted[1])))]


def _are_truths(first: Stored, second: Stored) -> bool:
    return first.dtype == np.bool_ and second.dtype == np.bool_


def _truth_kinds(first: Value, second: Value) -> bool:
    return any(
        (isinstance(value, Tensor) and value.kind == "truth")
        or (isinstance(value, np.ndarray) and value.dtype == np.bool_)
        for value in (first, second)
    )


def _negated(truth: Tensor | Stored) -> Tensor | Stored:
    if isinstance(truth, np.ndarray):
        return np.asarray(np.logical_not(truth))
    return as_tensor(_complement(truth)).of_kind("truth")


def _complement(truth: Real) -> Real:
    return add(ExactArray(np.array(1), 1), negate(truth))


def _both(node: Node, first: Real, second: Real) -> Tensor:
    return as_tensor(multiply(node, first, second)).of_kind("truth")


def _differ(node: Node, first: Real, second: Real) -> Tensor:
    both = multiply(node, first, second)
    return as_tensor(add(add(first, second), negate(add(both, both)))).of_kind("truth")


def _by_constant(node: Node, condition: Stored) -> Value:
    """Return entries of the two arrays, chosen by stored truth values."""
    first, second = node.value(1), node.value(2)
    shape = broadcast_shape(condition.shape, first.shape, second.shape)
    if isinstance(first, np.ndarray) and isinstance(second, np.ndarray) and first.dtype == second.dtype:
        return np.where(condition, first, second)
    truths = _truth_kinds(first, second)
    values = [node.truth_numbers(index) if truths else node.real(index) for index in (1, 2)]
    places = [
        np.broadcast_to(positions_of(value.shape), shape) + offset
        for value, offset in zip(values, offsets(values), strict=True)
    ]
    chosen = pick(values, np.where(condition, places[0], places[1]))
    return chosen.of_kind(common_kind([first, second])) if isinstance(chosen, Tensor) else chosen


_HOLDS: dict[str, Callable[[Stored], Stored]] = {
    "Greater": lambda signs: signs > 0,
    "GreaterOrEqual": lambda signs: signs >= 0,
    "Less": lambda signs: signs < 0,
    "LessOrEqual": lambda signs: signs <= 0,
    "Equal": lambda signs: signs == 0,
}

_CONNECTED: dict[str, Callable[[Stored, Stored], Stored]] = {
    "And": np.logical_and,
    "Or": np.logical_or,
    "Xor": np.logical_xor,
}
