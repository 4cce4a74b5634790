"""Where a certificate's program came from: what its model line says, and what that makes of a model."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from exactgeo.complexes.boundaries.classes import Rule
from exactgeo.complexes.properties import Property
from exactgeo.errors import InvalidArgument
from exactgeo.networks import compose
from exactgeo.networks.paths import Family, Path, path_of, path_program
from exactgeo.networks.programs import Program
from exactgeo.networks.slices import Slice


@dataclass(frozen=True, slots=True)
class ModelSource:
    """Where a program came from.

    Attributes:
        sha256: of the model file's bytes.
        choices: what was chosen at import (proofs/model.schema.json).
        cut: the slice to which the model was restricted, None if it was not.
        rule: how its outputs decide on a class, if that is a unit of the program.
        property: what is to hold of it, if that is a unit of the program.
        path: the family or polyline along which the program is the model, None if it is not.
        starts_at: the node of the last layer if the program is that layer alone, as `onnx_import.split_last_layer`
            takes it off the model; None for the whole network.
    """

    sha256: str
    choices: Mapping[str, Any] = field(default_factory=dict)
    cut: Slice | None = None
    rule: Rule | None = None
    property: Property | None = None
    path: Family | Path | None = None
    starts_at: str | None = None

    def record(self) -> dict[str, Any]:
        """Return what is told of the import: the choices, and slice, path, classes and property if there are any."""
        others = {"slice": self.cut, "path": self.path, "classes": self.rule, "property": self.property}
        start = {} if self.starts_at is None else {"starts_at": self.starts_at}
        return {**self.choices, **start, **{key: part.record() for key, part in others.items() if part is not None}}


@dataclass(frozen=True, slots=True)
class Stated:
    """What a certificate says of a model: the parts of a `ModelSource.record`, as its maker wrote them.

    Attributes:
        choices: the import's.
        cut: the slice, None without one.
        rule: the classes, likewise.
        property: what is to hold, likewise.
        path: the path, likewise.
        starts_at: the node of the last layer, None for the whole network.
    """

    choices: Mapping[str, Any]
    cut: Any
    rule: Any
    property: Any
    path: Any
    starts_at: Any

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> "Stated":
        """Return the parts of a record."""
        parts = ("slice", "classes", "property", "path", "starts_at")
        rest = {key: value for key, value in record.items() if key not in parts}
        return cls(rest, *(record.get(part) for part in parts))

    def applied(self, program: Program) -> Program:
        """Return what slice or path, and classes or property make of a model's program.

        Raises:
            InvalidArgument: if they are none, or none of this program.
        """
        if self.rule is not None and self.property is not None:
            raise InvalidArgument("a certificate is about classes or a property, not about both")
        restricted = self._restricted(program)
        if self.property is not None:
            return self.safety().applied(restricted)
        return restricted if self.rule is None else self._rule(restricted).applied(restricted)

    def along(self, program: Program) -> Path | None:
        """Return the path, if there is one, through the input space of a model's program.

        Raises:
            InvalidArgument: if it is none, or none of this space.
        """
        return None if self.path is None else path_of(self.path, program.inputs)

    def _restricted(self, program: Program) -> Program:
        if self.cut is not None and self.path is not None:
            raise InvalidArgument("a certificate is about a slice or a path, not about both")
        path = self.along(program)
        if path is not None:
            return compose(program, path_program(path))
        return program if self.cut is None else self._slice().applied(program)

    def safety(self) -> Property:
        """Return the property.

        Raises:
            InvalidArgument: if it is none.
        """
        if not isinstance(self.property, list) or not all(isinstance(row, list) for row in self.property):
            raise InvalidArgument("a property is a list of rows")
        return Property(tuple(map(tuple, self.property)))

    def _slice(self) -> Slice:
        if not isinstance(self.cut, dict) or set(self.cut) != {"origin", "directions"}:
            raise InvalidArgument("a slice has an origin and directions")
        try:
            return Slice(self.cut["origin"], self.cut["directions"])
        except (TypeError, ValueError) as error:
            raise InvalidArgument(f"the slice cannot be understood: {error}") from error

    def _rule(self, program: Program) -> Rule:
        if not isinstance(self.rule, dict) or set(self.rule) != {"output", "threshold"}:
            raise InvalidArgument("classes have an output and a threshold")
        output, threshold = self.rule["output"], self.rule["threshold"]
        if not (output is None or type(output) is int) or not isinstance(threshold, str | None):
            raise InvalidArgument("the classes cannot be understood")
        return Rule.of(program, output, threshold)
