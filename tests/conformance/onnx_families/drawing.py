"""Random models of one node: what the families of operators share."""

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import onnx
from unit.onnx_import.models import model, node

Case = Callable[["Draw", int], onnx.ModelProto]
"""Makes a random model whose node is of this opset."""

CASES: dict[str, Case] = {}


class Draw:
    """Random numbers, shapes and choices, the same ones for the same seed."""

    def __init__(self, seed: object) -> None:
        self.random = random.Random(repr(seed))

    def flag(self) -> bool:
        return self.random.random() < 0.5

    def integer(self, low: int, high: int) -> int:
        """One of low, ..., high."""
        return self.random.randint(low, high)

    def pick(self, options: Sequence[Any]) -> Any:
        return self.random.choice(list(options))

    def shape(self, least: int = 0, most: int = 4, low: int = 1, high: int = 3) -> tuple[int, ...]:
        """A shape of `least` to `most` axes of `low` to `high` entries."""
        return tuple(self.integer(low, high) for _ in range(self.integer(least, most)))

    def numbers(self, *shape: int, largest: float = 2, step: float = 0.5) -> np.ndarray:
        """Multiples of `step`, few enough of them that some are equal."""
        steps = int(largest / step)
        values = [self.integer(-steps, steps) * step for _ in range(int(np.prod(shape)))]
        return np.array(values, dtype=np.float64).reshape(shape)

    def integers(self, low: int, high: int, *shape: int) -> np.ndarray:
        values = [self.integer(low, high) for _ in range(int(np.prod(shape)))]
        return np.array(values, dtype=np.int64).reshape(shape)

    def axis(self, rank: int, opset: int, since: int = 11) -> int:
        """An axis, counted from the back only in opsets that know of that."""
        return self.integer(-rank if opset >= since else 0, rank - 1)

    def axes(self, rank: int, opset: int, since: int = 11, least: int = 1) -> list[int]:
        """Different axes in any order."""
        chosen = self.random.sample(range(rank), self.integer(min(least, rank), rank))
        return [axis - rank if opset >= since and self.flag() else axis for axis in chosen]

    def part_of(self, shape: Sequence[int]) -> tuple[int, ...]:
        """A shape that broadcasts to this one."""
        rest = shape[self.integer(0, len(shape)) :]
        return tuple(size if self.flag() else 1 for size in rest)

    def some(self, **attributes: Any) -> dict[str, Any]:
        """Some of these attributes; None is one that is left out."""
        return {name: value for name, value in attributes.items() if value is not None and self.flag()}


def case(*operators: str) -> Callable[[Callable[..., onnx.ModelProto]], Callable[..., onnx.ModelProto]]:
    """Register what makes random models of these operators, given the operator as the first argument."""

    def register(make: Callable[..., onnx.ModelProto]) -> Callable[..., onnx.ModelProto]:
        for operator in operators:
            CASES[operator] = lambda draw, opset, operator=operator: make(operator, draw, opset)
        return make

    return register


def single(
    operator: str,
    opset: int,
    data: Mapping[str, Sequence[int]],
    constants: Mapping[str, Any] | None = None,
    *,
    order: Sequence[str] | None = None,
    outputs: int = 1,
    **attributes: Any,
) -> onnx.ModelProto:
    """A model of one node 'n' that reads the data and then the constants, unless another order is given."""
    names = [*data, *(constants or {})] if order is None else list(order)
    results = [f"y{k}" for k in range(outputs)]
    given = {name: value for name, value in attributes.items() if value is not None}
    return model([node(operator, names, results, name="n", **given)], data, results, constants, opset=opset)
