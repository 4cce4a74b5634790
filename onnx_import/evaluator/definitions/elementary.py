"""Elementary functions: their values are irrational but at few places, and subject to what the caller allows."""

from collections.abc import Callable
from typing import Final

from onnx_import.evaluator.definitions.numbers import entries, numeric
from onnx_import.evaluator.definitions.registry import defines
from onnx_import.evaluator.nodes import Call
from onnx_import.evaluator.values import Tensor, map_entries

_VERSIONS: Final = {
    "Sin": (7, 22),
    "Cos": (7, 22),
    "Tan": (7, 22),
    "Asin": (7, 22),
    "Acos": (7, 22),
    "Atan": (7, 22),
    "Sinh": (9, 22),
    "Cosh": (9, 22),
    "Tanh": (6, 13),
    "Asinh": (9, 22),
    "Acosh": (9, 22),
    "Atanh": (9, 22),
    "Erf": (9, 13),
    "Sigmoid": (6, 13),
    "Softplus": (1, 22),
}


def _elementary(name: str) -> Callable[[Call], Tensor]:
    def definition(call: Call) -> Tensor:
        irrational = call.settings.irrational
        return numeric(call.tensor(0).kind, map_entries(lambda x: irrational.elementary(name, x), entries(call, 0)))

    return definition


for _name, _versions in _VERSIONS.items():
    defines(_name, *_versions)(_elementary(_name))


@defines("Sqrt", 6, 13)
def square_root(call: Call) -> Tensor:
    """The square root."""
    return numeric(call.tensor(0).kind, map_entries(call.settings.irrational.root, entries(call, 0)))


@defines("Exp", 6, 13)
def exponential(call: Call) -> Tensor:
    """The exponential."""
    return numeric(call.tensor(0).kind, map_entries(call.settings.irrational.exponential, entries(call, 0)))


@defines("Log", 6, 13)
def logarithm(call: Call) -> Tensor:
    """The natural logarithm."""
    return numeric(call.tensor(0).kind, map_entries(call.settings.irrational.logarithm, entries(call, 0)))
