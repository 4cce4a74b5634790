"""What the nodes of a graph can see: operator sets, local functions, bound attributes, and values by name."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

from onnx import AttributeProto, FunctionProto, OperatorSetIdProto

from exactgeo.errors import MalformedModel
from onnx_import.evaluator.settings import Settings
from onnx_import.evaluator.values import Value

FunctionKey: TypeAlias = tuple[str, str, str]


def domain_name(domain: str) -> str:
    """A domain, the standard's own one always as ''."""
    return "" if domain == "ai.onnx" else domain


def imported_sets(imports: Iterable[OperatorSetIdProto]) -> dict[str, int]:
    """The versions of the operator sets that a model or a function imports."""
    versions: dict[str, int] = {}
    for entry in imports:
        domain = domain_name(entry.domain)
        if versions.setdefault(domain, entry.version) != entry.version:
            raise MalformedModel(f"operator set {domain or 'ai.onnx'!r} is imported twice, in different versions")
    return versions


@dataclass(frozen=True, slots=True)
class Environment:
    """What a graph's nodes can see besides values.

    Attributes:
        settings: of the evaluation.
        folder: where external data lies.
        functions: the model's own, by domain, name and overload.
        opsets: the operator sets imported by the model or the function.
        bound: attributes of the function that is being called; None outside of functions.
        active: the functions being called, innermost last.
    """

    settings: Settings
    folder: Path | None
    functions: Mapping[FunctionKey, FunctionProto]
    opsets: Mapping[str, int]
    bound: Mapping[str, AttributeProto | None] | None = None
    active: tuple[FunctionKey, ...] = ()

    def inside(
        self, key: FunctionKey, opsets: Mapping[str, int], bound: Mapping[str, AttributeProto | None]
    ) -> "Environment":
        """The environment of a function's body."""
        if key in self.active:
            raise MalformedModel(f"function {key[1]!r} calls itself")
        return replace(self, opsets=opsets, bound=bound, active=(*self.active, key))


@dataclass(slots=True)
class Scope:
    """Values by name; a graph inside another one sees the outer graph's values too."""

    outer: "Scope | None" = None
    values: dict[str, Value | None] = field(default_factory=dict)

    def define(self, name: str, value: Value | None) -> None:
        """Give a name its value.

        Raises:
            MalformedModel: the name has one already.
        """
        if name in self.values:
            raise MalformedModel(f"value {name!r} is defined twice")
        self.values[name] = value

    def lookup(self, name: str) -> Value | None:
        """The value of a name; None for an optional input of a function that was left out."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.values:
                return scope.values[name]
            scope = scope.outer
        raise MalformedModel(f"value {name!r} is not defined")
