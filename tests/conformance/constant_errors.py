"""What a runtime's rounding does to the constants that a graph computes from stored ones.

The importer computes them exactly. A runtime's are off by at most the errors found here, in absolute value, for each
operator by the rules of first courses: with A = |a| + err(a), and G the growth of as many factors 1 + d as there are
roundings,

    a + b, a - b:   err(a) + err(b) + G (A + B)
    a b:            A err(b) + B err(a) + err(a) err(b) + G A B
    a / b:          (err(a) + err(b) A / L) / L + G A / L, where |b| is at least L = |b| - err(b)
    square root:    err(a) / sqrt(a - err(a)) + G sqrt(A)
    sum, mean:      the same of the errors, plus G times that of the A, with G for all terms
    a < b:          none, if |a - b| exceeds err(a) + err(b)

Whatever moves entries moves their errors. An operator without a rule, of constants that have errors, has an infinite
error: then nothing can be said.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import onnx
from conformance.tapping import MOVING, in_order, reads
from onnx import NodeProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator
from oracles.precisions import Precision

_FLOATS = ("float16", "bfloat16", "float32", "float64")


@dataclass(frozen=True)
class Constant:
    """A constant as the standard's reference implementation computes it, and how far it may be from the exact one."""

    value: np.ndarray
    error: np.ndarray

    @property
    def size(self) -> np.ndarray:
        """At least the absolute values of the exact constant and of any computed one."""
        return np.abs(self.value.astype(np.float64)) + 2 * self.error


def computed_constants(model: onnx.ModelProto, precision: Precision) -> dict[str, Constant]:
    """Return the constants that nodes compute from stored ones alone, and all stored ones."""
    graph = model.graph
    found = {tensor.name: _stored(numpy_helper.to_array(tensor)) for tensor in graph.initializer}
    data = {value.name for value in graph.input} - found.keys()
    for node in in_order(graph):
        if data.intersection(reads(node)):
            data.update(filter(None, node.output))
            continue
        outputs = _run(node, model, {name: found[name].value for name in reads(node)})
        values = dict(zip(filter(None, node.output), outputs, strict=True))
        with np.errstate(all="ignore"):
            errors = _errors(node, model, found, values, precision)
        found.update({name: Constant(value, errors[name]) for name, value in values.items()})
    return found


def _stored(array: np.ndarray) -> Constant:
    return Constant(array, np.zeros(array.shape))


def _run(node: NodeProto, model: onnx.ModelProto, inputs: Mapping[str, np.ndarray]) -> list[np.ndarray]:
    values = [onnx.ValueInfoProto(name=name) for name in inputs]
    outputs = [onnx.ValueInfoProto(name=name) for name in node.output if name]
    graph = helper.make_graph([node], "node", values, outputs)
    alone = helper.make_model(graph, opset_imports=model.opset_import, functions=model.functions)
    results = ReferenceEvaluator(alone).run(None, dict(inputs))
    return [one if isinstance(one, list) else np.asarray(one) for one in results]


def _errors(
    node: NodeProto,
    model: onnx.ModelProto,
    found: Mapping[str, Constant],
    values: Mapping[str, np.ndarray],
    precision: Precision,
) -> dict[str, np.ndarray]:
    """Return the errors of what a node writes: its operands' errors moved, none, by its rule, or infinite."""
    stored = {name: found[name].value for name in reads(node)}

    def run(changed: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        return dict(zip(values, _run(node, model, stored | dict(changed)), strict=True))

    inexact = node.op_type not in _SHAPES and any(found[name].error.any() for name in stored)
    if not inexact and (node.op_type in MOVING or not any(map(_is_float, values.values()))):
        return {name: np.zeros(np.shape(value) if _is_array(value) else 0) for name, value in values.items()}
    if node.op_type in _COMPARISONS:
        return {name: _compared(*(found[name] for name in node.input)) for name in values}
    if node.op_type in MOVING:
        return run({name: found[name].error for name in stored if _is_float(stored[name])})
    if node.op_type not in _RULES or len(values) > 1:
        return {name: np.full(value.shape, np.inf) for name, value in values.items()}
    ((name, value),) = values.items()
    operands = [found[operand] for operand in node.input if operand]
    terms = operands[0].value.size if node.op_type in _SUMS else 0
    growth = float(precision.growth(2 + terms))
    error = _RULES[node.op_type](operands, growth, lambda array: run({node.input[0]: array})[name])
    error = (error + (2 + terms) * precision.least) * (1 + 2.0**-20)
    if node.op_type in _CASTS:
        kept = (operands[0].error == 0) & (operands[0].value.astype(np.float64) == value.astype(np.float64))
        error = np.where(kept, 0.0, error)
    return {name: np.broadcast_to(np.nan_to_num(error, nan=np.inf), value.shape)}


def _is_array(value: np.ndarray | list) -> bool:
    return isinstance(value, np.ndarray)


def _is_float(value: np.ndarray | list) -> bool:
    """Whether a value is an array of floats, not one of integers nor a sequence."""
    return _is_array(value) and value.dtype.name in _FLOATS


def _compared(a: Constant, b: Constant) -> np.ndarray:
    """Return no error where the comparison comes out the same for all that the operands may be, else infinity."""
    errors = a.error + b.error
    distance = np.abs(a.value.astype(np.float64) - b.value.astype(np.float64))
    return np.where((errors == 0) | (distance > 2 * errors), 0.0, np.inf)


Rule = Callable[[list[Constant], float, Callable[[np.ndarray], np.ndarray]], np.ndarray]


def _sum(operands: list[Constant], growth: float, _: object) -> np.ndarray:
    a, b = operands
    return a.error + b.error + growth * (a.size + b.size)


def _product(operands: list[Constant], growth: float, _: object) -> np.ndarray:
    a, b = operands
    return a.size * b.error + b.size * a.error + growth * a.size * b.size


def _quotient(operands: list[Constant], growth: float, _: object) -> np.ndarray:
    a, b = operands if len(operands) > 1 else (_stored(np.ones(())), operands[0])
    least = np.abs(b.value.astype(np.float64)) - 2 * b.error
    bound = (a.error + b.error * a.size / least) / least + growth * a.size / least
    return np.where(least > 0, bound, np.inf)


def _root(operands: list[Constant], growth: float, _: object) -> np.ndarray:
    (a,) = operands
    least = np.maximum(a.value.astype(np.float64) - 2 * a.error, 0.0)
    return np.where(a.error > 0, a.error / np.sqrt(least), 0.0) + growth * np.sqrt(a.size)


def _linear(operands: list[Constant], growth: float, run: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    return run(operands[0].error) + growth * run(operands[0].size)


def _rounded(operands: list[Constant], growth: float, _: object) -> np.ndarray:
    return operands[0].error + growth * operands[0].size


def _chosen(operands: list[Constant], growth: float, _: object) -> np.ndarray:
    condition, a, b = operands
    return np.where(condition.value, a.error, b.error) + np.where(condition.error.any(), np.inf, 0.0)


_SHAPES = {"Shape", "Size"}
_CASTS = {"Cast", "CastLike"}
_COMPARISONS = {"Less", "Greater", "LessOrEqual", "GreaterOrEqual", "Equal"}
_SUMS = {"ReduceSum", "ReduceMean"}
_RULES: dict[str, Rule] = {
    **dict.fromkeys(("Add", "Sub"), _sum),
    "Mul": _product,
    **dict.fromkeys(("Div", "Reciprocal"), _quotient),
    "Sqrt": _root,
    **dict.fromkeys(_SUMS, _linear),
    **dict.fromkeys(_CASTS, _rounded),
    **dict.fromkeys(("Neg", "Abs"), lambda operands, _, __: operands[0].error),
    "Where": _chosen,
}
