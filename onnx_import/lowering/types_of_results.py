"""Results in the types that the standard gives them: what is made of integers alone stays integers.

The importer computes with exact numbers, whatever their type; but the standard divides integers by rounding, and lets
those of a few bits wrap. So a result whose type is, by the operator's signature, that of inputs which are integers is
called so too, and refused where integers of that type could not hold it.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import onnx

from exactgeo.arithmetic.arrays import ExactArray
from exactgeo.arithmetic.integers import largest
from onnx_import.lowering.nodes import Node
from onnx_import.lowering.tensors import Edge, Kind, Tensor, Value, kind_of

_MOST_BITS = 31  # integers of the data may be of 32 bits, or of 64


def typed(node: Node, results: Sequence[Edge]) -> list[Edge]:
    """Return a node's results in their types. Raises UnsupportedOperator for what integers of the type cannot hold."""
    return [_typed(node, result, _of_one_type(node, place)) for place, result in enumerate(results)]


def _typed(node: Node, result: Edge, like: list[Value]) -> Edge:
    kinds = {kind_of(value) for value in like}
    if isinstance(result, ExactArray) and like and "real" not in kinds:
        types = {value.dtype for value in like if isinstance(value, np.ndarray)}
        if len(types) > 1:
            node.malformed(f"reads integers of the types {' and '.join(sorted(map(str, types)))}")
        return _stored(node, result, types.pop() if types else np.dtype(np.int64))
    if not isinstance(result, Tensor):
        return result
    if like and result.kind == "real" and "real" not in kinds:
        order: tuple[Kind, ...] = ("quantised", "narrow", "truth", "integer")
        result = result.of_kind(next(kind for kind in order if kind in kinds))
    if result.kind in ("integer", "quantised"):
        demand_integers(node, result)
    return result


def _stored(node: Node, numbers: ExactArray, kind: np.dtype[Any]) -> Value:
    """Return exact numbers as stored ones of an integer type, or as truth values."""
    if numbers.denominator != 1:
        node.refuse("computes fractions from integers")
    if kind.kind not in "iub":
        node.refuse(f"computes with integers of type {kind}, which is not supported")
    low, high = (0, 1) if kind.kind == "b" else (np.iinfo(kind).min, np.iinfo(kind).max)
    values = numbers.numerators
    if values.size and not low <= int(values.min()) <= int(values.max()) <= high:
        node.refuse(f"computes integers of the type {kind} that it cannot hold")
    return np.asarray(values.astype(kind))


def demand_integers(node: Node, result: Tensor) -> None:
    """Refuse integers of the data that may be none, or that 32 bits may not hold."""
    forms = result.forms
    if largest(forms.denominators) > 1:
        node.refuse("computes fractions from integers that depend on the data")
    if node.context.gates.bound(forms) >= 2**_MOST_BITS:
        node.refuse(f"computes integers that depend on the data, and may have more than {_MOST_BITS} bits")


def _of_one_type(node: Node, place: int) -> list[Value]:
    """Return the inputs that have, by the operator's signature, the type of the output at this place."""
    inputs, outputs = _signature(node.operator, node.opset)
    wanted = _parameter(outputs, place)
    given = [value for k, value in enumerate(node.values) if wanted and _parameter(inputs, k) == wanted]
    return [value for value in given if value is not None and not isinstance(value, list)]


def _parameter(names: tuple[str, ...], place: int) -> str:
    return names[min(place, len(names) - 1)] if names else ""


@lru_cache(maxsize=1024)
def _signature(operator: str, opset: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of the types of an operator's inputs and outputs; '' for those that differ among themselves."""
    try:
        schema = onnx.defs.get_schema(operator, opset, "")
    except onnx.defs.SchemaError:
        return (), ()
    sides = (schema.inputs, schema.outputs)
    inputs, outputs = (tuple(one.type_str if one.is_homogeneous else "" for one in side) for side in sides)
    return inputs, outputs
