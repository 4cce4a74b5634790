"""A node while it is lowered: typed access to its inputs and attributes, with errors that name it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

import numpy as np

from exactgeo.arithmetic.arrays import ExactArray, exact_array
from exactgeo.errors import (
    InexactNumber,
    InvalidArgument,
    MalformedModel,
    NonFiniteWeight,
    NotPiecewiseAffine,
    UnsupportedOperator,
)
from exactgeo.networks.programs import ProgramBuilder
from onnx_import.graph import NodeRecord
from onnx_import.tensors import Stored, Tensor, Value

FLOATS = ("float16", "bfloat16", "float32", "float64")


@dataclass(slots=True)
class Node:
    """A node with the values of its inputs and the builder that takes new units.

    Every attribute and input must be asked for: what a handler has not asked for, it does not know, and the node is
    refused.
    """

    record: NodeRecord
    values: Sequence[Value | None]
    builder: ProgramBuilder
    _read: set[str] = field(default_factory=set)
    _used: set[int] = field(default_factory=set)

    @property
    def opset(self) -> int:
        """The version of the operators of the node's domain."""
        return self.record.opset

    @property
    def operator(self) -> str:
        """The operator's name."""
        return self.record.operator

    def attribute(self, name: str, default: Any = None) -> Any:  # noqa: ANN401 (attributes have many types)
        """Return an attribute, or the default if the node does not have it."""
        self._read.add(name)
        return self.record.attributes.get(name, default)

    def real_attribute(self, name: str, default: float) -> ExactArray:
        """Return a float attribute exactly. Floats in attributes are float32, and so are the standard's defaults."""
        return self._exact(np.array(self.attribute(name, default), dtype=np.float32), f"attribute '{name}'")

    def has(self, index: int) -> bool:
        """Whether the optional input is there."""
        return index < len(self.values) and self.values[index] is not None

    def value(self, index: int) -> Value:
        """Return an input of any kind."""
        self._used.add(index)
        value = self.values[index] if index < len(self.values) else None
        if value is None:
            raise MalformedModel(f"{self.record} lacks its input {index}")
        return value

    def real(self, index: int) -> ExactArray | Tensor:
        """Return an input of real numbers: data, or constants read exactly."""
        value = self.value(index)
        if isinstance(value, ExactArray | Tensor):
            return value
        return self._exact(value, self._name(index))

    def constant(self, index: int, role: str) -> ExactArray:
        """Return a constant input of real numbers; data is refused."""
        value = self.real(index)
        if isinstance(value, Tensor):
            raise NotPiecewiseAffine(
                f"{self.record} takes {role} from the data; the result is not piecewise affine, or not supported"
            )
        return value

    def stored(self, index: int, role: str) -> Stored:
        """Return a constant input as it is stored: integers, truth values, or floats that are to be looked at raw."""
        value = self.value(index)
        if isinstance(value, np.ndarray):
            return value
        if isinstance(value, ExactArray) and value.denominator == 1:
            return value.numerators
        raise UnsupportedOperator(f"{self.record} takes {role} from the data, so that shapes would depend on it")

    def integers(self, index: int, role: str) -> list[int]:
        """Return a constant input of integers, as a list."""
        array = self.stored(index, role)
        if not np.issubdtype(array.dtype, np.integer):
            self.refuse(f"takes {role} of type {array.dtype}; integers were expected")
        return [int(value) for value in array.ravel()]

    def count(self) -> int:
        """Return the number of inputs, for operators that take any number of them."""
        return len(self.values)

    def refuse(self, reason: str) -> NoReturn:
        """Raise UnsupportedOperator with the node's name."""
        raise UnsupportedOperator(f"{self.record} {reason}")

    def malformed(self, reason: str) -> NoReturn:
        """Raise MalformedModel with the node's name."""
        raise MalformedModel(f"{self.record} {reason}")

    def finish(self) -> None:
        """Refuse the node if it has an attribute or an input that nobody asked for."""
        unknown = sorted(set(self.record.attributes) - self._read)
        if unknown:
            self.refuse(f"has the attribute '{unknown[0]}', which is not supported")
        unused = [index for index, value in enumerate(self.values) if value is not None and index not in self._used]
        if unused:
            self.refuse(f"has an input {unused[0]} ('{self.record.inputs[unused[0]]}'), which is not supported")

    def _name(self, index: int) -> str:
        return f"'{self.record.inputs[index]}'"

    def _exact(self, array: Stored, name: str) -> ExactArray:
        if array.dtype.name not in FLOATS and not np.issubdtype(array.dtype, np.integer):
            self.refuse(f"reads {name} of type {array.dtype}, which is not supported")
        try:
            return exact_array(array)
        except InexactNumber as error:
            raise NonFiniteWeight(f"{self.record} reads {name}, where {error}") from error
        except InvalidArgument as error:
            raise MalformedModel(f"{self.record} reads {name}: {error}") from error
