"""A node while it is lowered: typed access to its inputs and attributes, with errors that name it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn, Protocol, TypeVar

import numpy as np

from exactgeo.arithmetic.arrays import ExactArray
from exactgeo.arithmetic.rationals import Rational
from exactgeo.errors import InternalError, MalformedModel, NotPiecewiseAffine, UnsupportedOperator
from exactgeo.networks.programs import ProgramBuilder
from onnx_import.files.graph import Graph, NodeRecord
from onnx_import.files.stored import Stored, demand_size
from onnx_import.lowering.context import Context
from onnx_import.lowering.tensors import (
    ROUNDED,
    Edge,
    Real,
    Tensor,
    Value,
    demand_moderate,
    is_stored_integer,
    stored_numbers,
)

T = TypeVar("T")

_MOST_ONE_BY_ONE = 2**23


class Body(Protocol):
    """Lowers a graph inside of the node's own, such as a loop's body."""

    def __call__(self, graph: Graph, inputs: Sequence[Edge]) -> Sequence[Edge]:
        """Return the graph's outputs."""


@dataclass(slots=True)
class Node:
    """A node with the values of its inputs, and the program under construction.

    Every attribute and input must be asked for: what a handler has not asked for, it does not know, and the node is
    refused.
    """

    record: NodeRecord
    values: Sequence[Edge | None]
    context: Context
    run: Body
    _read: set[str] = field(default_factory=set)
    _used: set[int] = field(default_factory=set)

    @property
    def builder(self) -> ProgramBuilder:
        """Takes new units."""
        return self.context.builder

    @property
    def opset(self) -> int:
        """The version of the operators of the node's domain."""
        return self.record.opset

    @property
    def operator(self) -> str:
        """The operator's name."""
        return self.record.operator

    def integer(self, name: str, default: int, since: int = 0) -> int:
        """Return an integer attribute, or the default if the node does not have it (or its opset not yet)."""
        value = self._attribute(name, since)
        return default if value is None else self._checked(name, value, int, "an integer")

    def flag(self, name: str, default: int, since: int = 0) -> bool:
        """Return an integer attribute that is 0 or 1. Runtimes differ in what they take other integers for."""
        value = self.integer(name, default, since)
        if value not in (0, 1):
            self.malformed(f"has the {name} {value}; 0 or 1 was expected")
        return value == 1

    def axis(self, name: str, default: int, rank: int) -> int:
        """Return an attribute that is an axis of an array of this rank, counted from the front."""
        axis = self.integer(name, default)
        if not -rank <= axis < rank:
            self.malformed(f"has the {name} {axis} for an array of {rank} axes")
        return axis % rank

    def integer_list(self, name: str) -> list[int] | None:
        """Return an attribute that is a list of integers, or None if the node does not have it."""
        value = self._attribute(name)
        if value is None:
            return None
        return [self._checked(name, entry, int, "integers") for entry in self._checked(name, value, list, "a list")]

    def real_attribute(self, name: str, default: float) -> ExactArray:
        """Return a float attribute exactly, or the default. Attributes are float32, and so are the defaults."""
        stored = self.float_attribute(name)
        array = np.array(default if stored is None else stored, dtype=np.float32)
        return stored_numbers(array, f"{self.record} reads attribute '{name}'")

    def float_attribute(self, name: str) -> float | None:
        """Return a float attribute as it is stored, finite or not, or None if the node does not have it."""
        value = self._attribute(name)
        return None if value is None else self._checked(name, value, float, "a float")

    def stored_attribute(self, name: str, kind: type[T]) -> T | None:
        """Return an attribute of a type of this module's choice, or None if the node does not have it."""
        value = self._attribute(name)
        return None if value is None else self._checked(name, value, kind, kind.__name__)

    def ignore_attribute(self, name: str, since: int = 0) -> None:
        """Accept an attribute that makes no difference to a real function."""
        self._attribute(name, since)

    def _attribute(self, name: str, since: int = 0) -> Any:  # noqa: ANN401 (attributes have many types)
        if self.opset < since:
            return None  # not asked for, so that the node is refused if it has it all the same
        self._read.add(name)
        return self.record.attributes.get(name)

    def _checked(self, name: str, value: object, kind: type[T], wanted: str) -> T:
        if not isinstance(value, kind):
            self.malformed(f"has the attribute '{name}' of type {type(value).__name__}; {wanted} was expected")
        return value

    def has(self, index: int) -> bool:
        """Whether the optional input is there."""
        return index < len(self.values) and self.values[index] is not None

    def edge(self, index: int) -> Edge:
        """Return an input of any kind."""
        self._used.add(index)
        value = self.values[index] if index < len(self.values) else None
        if value is None:
            raise MalformedModel(f"{self.record} lacks its input {index}")
        return value

    def value(self, index: int) -> Value:
        """Return an input that is an array of any kind."""
        value = self.edge(index)
        if isinstance(value, list):
            self.malformed(f"reads a sequence ({self._name(index)}) where an array was expected")
        return value

    def sequence(self, index: int) -> list[Value]:
        """Return an input that is a sequence of arrays."""
        value = self.edge(index)
        if not isinstance(value, list):
            self.malformed(f"reads an array ({self._name(index)}) where a sequence was expected")
        return value

    def real(self, index: int) -> Real:
        """Return an input of numbers: data, or constants read exactly."""
        return self.number(self.value(index), index)

    def number(self, value: Value, index: int) -> Real:
        """Return as numbers what was made of an input by moving its entries."""
        if isinstance(value, Tensor) and value.kind == "truth":
            self.malformed(f"reads truth values ({self._name(index)}) where numbers were expected")
        if isinstance(value, Tensor) and value.kind in ROUNDED:
            self.refuse(f"computes with quantised data ({self._name(index)}) before it is dequantised")
        return self.exact(value, self._name(index))

    def floats(self, index: int) -> Real:
        """Return an input of numbers that are not of an integer type, which some operators round to."""
        value = self.value(index)
        if is_stored_integer(value) or (isinstance(value, Tensor) and value.kind == "integer"):
            self.refuse(f"reads integers ({self._name(index)}), which is not supported")
        return self.real(index)

    def truth(self, index: int) -> Tensor | Stored:
        """Return an input of truth values: forms that are 0 or 1, or a stored array."""
        return self.truth_value(self.value(index), index)

    def truth_value(self, value: Value, index: int) -> Tensor | Stored:
        """Return as truth values what was made of an input by moving its entries."""
        if isinstance(value, Tensor) and value.kind == "truth":
            return value
        if not isinstance(value, np.ndarray) or value.dtype != np.bool_:
            self.malformed(f"reads numbers ({self._name(index)}) where truth values were expected")
        return value

    def truth_numbers(self, index: int) -> Real:
        """Return an input of truth values as the numbers 0 and 1."""
        return self.truth_as_numbers(self.truth(index))

    def truth_as_numbers(self, truth: Value) -> Real:
        """Return truth values as the numbers 0 and 1."""
        return ExactArray(truth.astype(np.int64), 1) if isinstance(truth, np.ndarray) else truth

    def constant(self, index: int, role: str) -> ExactArray:
        """Return a constant input of real numbers; data is refused."""
        value = self.real(index)
        if isinstance(value, Tensor):
            self.not_piecewise_affine(f"takes {role} from the data")
        return value

    def constants(self, value: Real) -> ExactArray:
        """Return numbers that were computed from constants alone."""
        if isinstance(value, Tensor):
            raise InternalError(f"{self.record} made data of constants")
        return value

    def stored(self, index: int, role: str) -> Stored:
        """Return a constant input as it is stored: integers, truth values, or floats that are to be looked at raw."""
        value = self.value(index)
        if isinstance(value, np.ndarray):
            return value
        raise UnsupportedOperator(f"{self.record} takes {role} from the data, so that shapes would depend on it")

    def integers(self, index: int, role: str) -> list[int]:
        """Return a constant input of integers, as a list."""
        array = self.stored(index, role)
        if not np.issubdtype(array.dtype, np.integer):
            self.refuse(f"takes {role} of type {array.dtype}; integers were expected")
        return [int(value) for value in array.ravel()]

    def axes_input(self, since: int, name: str) -> list[int] | None:
        """Return integers that are an attribute before opset `since` and the optional second input from then on."""
        if self.opset < since:
            return self.integer_list(name)
        return self.integers(1, f"its {name}") if self.has(1) else None

    def whole(self, index: int, role: str) -> int:
        """Return a constant input that is one stored integer, in brackets or not."""
        values = self.integers(index, role)
        if len(values) != 1:
            self.malformed(f"takes {role} of {len(values)} entries; a scalar was expected")
        return values[0]

    def condition(self, index: int, role: str) -> bool:
        """Return a constant input that is one truth value, in brackets or not."""
        array = self.stored(index, role)
        if array.size != 1 or array.dtype != np.bool_:
            self.malformed(f"takes {role} of type {array.dtype} and shape {array.shape}; a truth value was expected")
        return bool(array.item())

    def scalar(self, index: int, role: str) -> Any:  # noqa: ANN401 (a number or a truth value, as stored)
        """Return a constant input that is one stored entry."""
        array = self.stored(index, role)
        if array.shape != ():
            self.malformed(f"takes {role} of shape {array.shape}; a scalar was expected")
        return array.item()

    def integer_type(self) -> np.dtype[Any] | None:
        """Return the type of the inputs if all are stored integers, None if not; integers of two types are refused."""
        given = [value for value in self.values if value is not None]
        types = {value.dtype for value in given if is_stored_integer(value)}
        if len(types) > 1:
            self.malformed(f"reads integers of the types {' and '.join(sorted(map(str, types)))}")
        return types.pop() if types and all(map(is_stored_integer, given)) else None

    def count(self) -> int:
        """Return the number of inputs, for operators that take any number of them."""
        return len(self.values)

    def refuse(self, reason: str) -> NoReturn:
        """Raise UnsupportedOperator with the node's name."""
        raise UnsupportedOperator(f"{self.record} {reason}")

    def not_piecewise_affine(self, reason: str) -> NoReturn:
        """Raise NotPiecewiseAffine with the node's name and the way out: only nodes of the model's graph can be cut."""
        outermost = self.context.outermost or self.record
        raise NotPiecewiseAffine(
            f"{self.record} {reason}, which is not piecewise affine; "
            f"to look at the part before it, cut there (--cut-at '{outermost.label}')"
        )

    def malformed(self, reason: str) -> NoReturn:
        """Raise MalformedModel with the node's name."""
        raise MalformedModel(f"{self.record} {reason}")

    def demand_size(self, shape: Iterable[int]) -> None:
        """Refuse a result that is too large, before it is made."""
        demand_size(tuple(shape), self.record)

    def demand_few(self, shape: Iterable[int]) -> None:
        """Refuse an array whose entries are worked out one by one if there are too many."""
        demand_size(tuple(shape), self.record, _MOST_ONE_BY_ONE)

    def mapped(self, value: ExactArray, function: Callable[[Rational], Rational]) -> ExactArray:
        """Return constants with a function applied to each. Raises UnsupportedOperator if there are too many."""
        self.demand_few(value.shape)
        return value.mapped(function)

    def demand_moderate(self, value: ExactArray) -> None:
        """Refuse constants that are too long, between the steps of a long computation."""
        demand_moderate(value, self.record)

    def finish(self) -> None:
        """Refuse the node if it has an attribute or an input that nobody asked for."""
        unknown = sorted(set(self.record.attributes) - self._read, key=str)
        if unknown:
            self.refuse(f"has the attribute '{unknown[0]}', which is not supported")
        unused = [index for index, value in enumerate(self.values) if value is not None and index not in self._used]
        if unused:
            self.refuse(f"has an input {unused[0]} ('{self.record.inputs[unused[0]]}'), which is not supported")

    def _name(self, index: int) -> str:
        return f"'{self.record.inputs[index]}'"

    def exact(self, value: Value, name: str) -> Real:
        """Return an array as numbers: stored ones are read exactly."""
        return stored_numbers(value, f"{self.record} reads {name}") if isinstance(value, np.ndarray) else value
