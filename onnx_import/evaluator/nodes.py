"""A node about to be evaluated: its inputs and attributes, each read in the type that the standard gives it.

Whatever is read is noted, so that an attribute or an input that a definition passed over is refused, not ignored.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from gmpy2 import mpq
from onnx import AttributeProto, GraphProto, NodeProto, TensorProto
from onnx.defs import OpSchema

from exactgeo.errors import MalformedModel, NonFiniteWeight, UnsupportedOperator
from onnx_import.evaluator.floats import exact_float
from onnx_import.evaluator.settings import Settings
from onnx_import.evaluator.signatures import attribute_value
from onnx_import.evaluator.values import (
    FLOATS,
    INTEGERS,
    Array,
    NonFinite,
    Tensor,
    TensorSequence,
    Value,
    kind_name,
    rational_entries,
)


@dataclass(slots=True)
class Call:
    """A node with the values of its inputs.

    Attributes:
        node: the node.
        schema: the operator's definition in the operator set that the model imports.
        opset: the version of that operator set.
        inputs: the values, None where an optional one is left out.
        attributes: the node's own, references to a function's attributes replaced.
        settings: of the evaluation.
        run: evaluates a graph held by an attribute, from the values of its inputs.
        stored: reads a stored tensor.
    """

    node: NodeProto
    schema: OpSchema
    opset: int
    inputs: tuple[Value | None, ...]
    attributes: dict[str, AttributeProto]
    settings: Settings
    run: Callable[[GraphProto, Iterable[Value]], tuple[Value, ...]]
    stored: Callable[[Any], Tensor]
    _read_inputs: set[int] = field(default_factory=set)
    _read_attributes: set[str] = field(default_factory=set)

    @property
    def version(self) -> int:
        """The operator set in which the operator's definition last changed."""
        return int(self.schema.since_version)

    @property
    def outputs(self) -> int:
        """How many outputs the node has, unnamed ones included."""
        return len(self.node.output)

    def wants(self, index: int) -> bool:
        """Whether the node names its output of this index."""
        return index < len(self.node.output) and bool(self.node.output[index])

    # Refusals

    @property
    def where(self) -> str:
        """The node, its operator and operator set, for messages."""
        name = self.node.name or next((o for o in self.node.output if o), "?")
        return f"node {name!r} ({self.node.op_type}, opset {self.opset})"

    def unsupported(self, reason: str) -> UnsupportedOperator:
        """An error for what is not evaluated."""
        return UnsupportedOperator(f"{self.where}: {reason}")

    def malformed(self, reason: str) -> MalformedModel:
        """An error for what the standard does not allow."""
        return MalformedModel(f"{self.where}: {reason}")

    def check_all_read(self) -> None:
        """Refuse inputs and attributes that the definition did not ask for."""
        unread = sorted(self.attributes.keys() - self._read_attributes)
        if unread:
            raise self.unsupported(f"attribute {unread[0]!r} is not understood")
        for index, value in enumerate(self.inputs):
            if value is not None and index not in self._read_inputs:
                raise self.unsupported(f"input {index} is not understood")

    # Inputs

    def has(self, index: int) -> bool:
        """Whether an input is given."""
        return index < len(self.inputs) and self.inputs[index] is not None

    def value(self, index: int) -> Value:
        """An input of any type."""
        self._read_inputs.add(index)
        if not self.has(index):
            raise self.malformed(f"input {index} is missing")
        value = self.inputs[index]
        assert value is not None  # noqa: S101
        return value

    def tensor(self, index: int) -> Tensor:
        """An input that is a tensor."""
        value = self.value(index)
        if not isinstance(value, Tensor):
            raise self.malformed(f"input {index} is a {type(value).__name__}, not a tensor")
        return value

    def sequence(self, index: int) -> TensorSequence:
        """An input that is a sequence."""
        value = self.value(index)
        if not isinstance(value, TensorSequence):
            raise self.malformed(f"input {index} is a {type(value).__name__}, not a sequence")
        return value

    def numbers(self, index: int) -> Tensor:
        """An input of floats, all of them numbers, or of integers."""
        tensor = self.tensor(index)
        if tensor.kind in FLOATS:
            self.reals(index)
        elif tensor.kind not in INTEGERS:
            raise self.malformed(f"input {index} is of type {kind_name(tensor.kind)}, numbers are wanted")
        return tensor

    def reals(self, index: int) -> Array:
        """The entries of an input of floats.

        Raises:
            NonFiniteWeight: one of them is infinite or NaN.
        """
        tensor = self.tensor(index)
        if tensor.kind not in FLOATS:
            raise self.malformed(f"input {index} is of type {kind_name(tensor.kind)}, floats are wanted")
        if not rational_entries(tensor.array):
            raise NonFiniteWeight(f"{self.where}: input {index} ({self.input_name(index)!r}) holds an infinity or NaN")
        return tensor.array

    def integers(self, index: int) -> Array:
        """The entries of an input of integers."""
        tensor = self.tensor(index)
        if tensor.kind not in INTEGERS:
            raise self.malformed(f"input {index} is of type {kind_name(tensor.kind)}, integers are wanted")
        return tensor.array

    def truths(self, index: int) -> Array:
        """The entries of an input of truth values."""
        tensor = self.tensor(index)
        if tensor.kind != TensorProto.BOOL:
            raise self.malformed(f"input {index} is of type {kind_name(tensor.kind)}, truth values are wanted")
        return tensor.array

    def integer_list(self, index: int) -> list[int]:
        """An input of integers in a row (or a single one), as Python integers."""
        array = self.integers(index)
        if array.ndim > 1:
            raise self.malformed(f"input {index} has shape {array.shape}, one row is wanted")
        return [int(v) for v in array.reshape(-1)]

    def single(self, index: int) -> Any:
        """The only entry of an input: mpq, int, bool or str."""
        array = self.tensor(index).array
        if array.size != 1:
            raise self.malformed(f"input {index} has shape {array.shape}, a single entry is wanted")
        entry = array.reshape(-1)[0]
        if isinstance(entry, NonFinite):
            raise NonFiniteWeight(f"{self.where}: input {index} is {entry.value}")
        return entry.item() if isinstance(entry, np.generic) else entry

    def input_name(self, index: int) -> str:
        """The name of an input, for messages."""
        return str(self.node.input[index]) if index < len(self.node.input) else ""

    # Attributes

    def ignore(self, *names: str) -> None:
        """Attributes that the standard gives no meaning here."""
        self._read_attributes.update(names)

    def given(self, name: str) -> bool:
        """Whether the node gives an attribute, instead of leaving it to its default."""
        return name in self.attributes

    def integer(self, name: str, default: int | None = None) -> int:
        """An attribute that is an integer."""
        return int(self._attribute(name, AttributeProto.INT, "i", default))

    def flag(self, name: str) -> bool:
        """An attribute that is 0 or 1."""
        value = self.integer(name)
        if value not in {0, 1}:
            raise self.malformed(f"attribute {name!r} is {value}, not 0 or 1")
        return bool(value)

    def real(self, name: str, default: mpq | None = None) -> mpq | NonFinite:
        """An attribute that is a float32, as the rational number that it is."""
        value = self._attribute(name, AttributeProto.FLOAT, "f", default)
        return exact_float(float(np.float32(value))) if isinstance(value, float) else value

    def number(self, name: str, default: mpq | None = None) -> mpq:
        """An attribute that is a float32 and neither infinite nor NaN."""
        value = self.real(name, default)
        if isinstance(value, NonFinite):
            raise NonFiniteWeight(f"{self.where}: attribute {name!r} is {value.value}")
        return value

    def text(self, name: str, *known: str) -> str:
        """An attribute that is a text, one of those known."""
        value = self._attribute(name, AttributeProto.STRING, "s", None)
        text = value.decode("utf-8", errors="replace") if isinstance(value, bytes) else str(value)
        if known and text not in known:
            raise self.unsupported(f"{name}={text!r}; known are {', '.join(known)}")
        return text

    def integer_row(self, name: str, default: Iterable[int] | None = None) -> list[int]:
        """An attribute that is a row of integers."""
        fallback = None if default is None else list(default)
        return [int(v) for v in self._attribute(name, AttributeProto.INTS, "ints", fallback)]

    def real_row(self, name: str) -> list[mpq]:
        """An attribute that is a row of float32."""
        values = [exact_float(float(v)) for v in self._attribute(name, AttributeProto.FLOATS, "floats", None)]
        if any(isinstance(v, NonFinite) for v in values):
            raise NonFiniteWeight(f"{self.where}: attribute {name!r} holds an infinity or NaN")
        return values

    def text_row(self, name: str) -> list[str]:
        """An attribute that is a row of texts."""
        return [v.decode("utf-8") for v in self._attribute(name, AttributeProto.STRINGS, "strings", None)]

    def graph(self, name: str) -> GraphProto:
        """An attribute that is a graph."""
        graph = self._attribute(name, AttributeProto.GRAPH, "g", None)
        assert isinstance(graph, GraphProto)  # noqa: S101
        return graph

    def proto(self, name: str, kind: int, attribute_field: str) -> Any:
        """An attribute of any other type."""
        return self._attribute(name, kind, attribute_field, None)

    def _attribute(self, name: str, kind: int, attribute_field: str, default: Any) -> Any:
        self._read_attributes.add(name)
        try:
            return attribute_value(self.attributes.get(name), self.schema, name, (kind, attribute_field), default)
        except ValueError as error:
            raise self.malformed(str(error)) from error

    # Axes

    def axis(self, axis: int, rank: int) -> int:
        """An axis counted from the front; negative ones count from the back."""
        if not -rank <= axis < rank:
            raise self.malformed(f"axis {axis} of a tensor of rank {rank}")
        return axis % rank

    def axes(self, axes: Iterable[int], rank: int) -> tuple[int, ...]:
        """Axes counted from the front, none of them twice."""
        counted = tuple(self.axis(axis, rank) for axis in axes)
        if len(set(counted)) != len(counted):
            raise self.malformed(f"axes {counted} are not different")
        return counted
