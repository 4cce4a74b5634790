"""Which operators are known, and who lowers them. The families in `operators` register themselves here."""

from collections.abc import Callable, Sequence

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
    """Return who lowers a node, or None if nobody does. Overloads are of functions that a model defines."""
    return None if node.domain or node.overload else _HANDLERS.get(node.operator)


def known_operators() -> list[str]:
    """Return the names of the operators that are lowered or refused for a stated reason."""
    return sorted(_HANDLERS)
