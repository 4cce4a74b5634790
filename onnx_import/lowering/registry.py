"""Which operators are known, and who lowers them. The families in `operators` register themselves here."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache

import onnx

from exactgeo.errors import MalformedModel
from onnx_import.files.graph import NodeRecord
from onnx_import.lowering.nodes import Node
from onnx_import.lowering.tensors import Edge

Handler = Callable[[Node], Sequence[Edge]]

_HANDLERS: dict[str, Handler] = {}


def operator(*names: str) -> Callable[[Handler], Handler]:
    """Register a function as the one that lowers these operators of the standard domain."""

    def register(handler: Handler) -> Handler:
        for name in names:
            _HANDLERS[name] = handler
        return handler

    return register


def handler_of(node: NodeRecord) -> Handler | None:
    """Return who lowers a node, or None if nobody does. Overloads are of functions that a model defines.

    Raises MalformedModel if the node's opset does not have the operator yet.
    """
    handler = None if node.domain or node.overload else _HANDLERS.get(node.operator)
    first = _first_opsets().get(node.operator, 0)
    if handler is not None and node.opset < first:
        raise MalformedModel(f"{node} uses an operator that the standard has from opset {first} on")
    return handler


@cache
def _first_opsets() -> Mapping[str, int]:
    """Return the opset in which each standard operator came."""
    first: dict[str, int] = {}
    for schema in onnx.defs.get_all_schemas_with_history():
        if not schema.domain:
            first[schema.name] = min(schema.since_version, first.get(schema.name, schema.since_version))
    return first


def known_operators() -> list[str]:
    """Return the names of the operators that are lowered or refused for a stated reason."""
    return sorted(_HANDLERS)
