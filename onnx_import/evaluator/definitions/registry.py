"""Which function evaluates an operator, and for which versions of its definition it was written."""

from collections.abc import Callable, Iterable
from typing import Final, TypeAlias

from exactgeo.errors import InternalError
from onnx_import.evaluator.nodes import Call
from onnx_import.evaluator.values import Value

Definition: TypeAlias = Callable[[Call], Value | tuple[Value, ...]]

_DEFINITIONS: Final[dict[str, tuple[Definition, frozenset[int]]]] = {}


def defines(operator: str, *versions: int) -> Callable[[Definition], Definition]:
    """Register a function for an operator's definitions as they changed in the given operator sets."""

    def register(definition: Definition) -> Definition:
        if operator in _DEFINITIONS:
            raise InternalError(f"{operator} is defined twice")
        _DEFINITIONS[operator] = (definition, frozenset(versions))
        return definition

    return register


def definition(operator: str, version: int) -> Definition | None:
    """The function that evaluates an operator whose definition last changed in the given version."""
    function, versions = _DEFINITIONS.get(operator, (None, frozenset()))
    return function if version in versions else None


def defined_operators() -> Iterable[tuple[str, frozenset[int]]]:
    """Every operator with the versions of its definition that are evaluated."""
    return [(operator, versions) for operator, (_, versions) in sorted(_DEFINITIONS.items())]
