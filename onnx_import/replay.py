"""Replay: the program against the graph itself, at rational points, where both must agree exactly.

The two routes share no code: the importer lowers the graph to a program, the evaluator walks the graph.
"""

import os
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import onnx

from exactgeo.arithmetic.rationals import Point, Rational, text
from exactgeo.errors import InternalError, InvalidArgument
from exactgeo.networks.evaluation import evaluate
from onnx_import.evaluator import evaluate_model
from onnx_import.importer import ImportedModel

OnPoint = Callable[[int], None]

_MOST_SHOWN = 64
_DENOMINATORS = (1, 2, 3, 7, 10, 64, 1000, 4096)


def replay(
    path: str | os.PathLike[str], model: ImportedModel, points: Iterable[Point], on_point: OnPoint | None = None
) -> int:
    """Evaluate a model by both routes at points of its input space, and return at how many.

    Args:
        path: the file from which the model was imported.
        model: what was imported.
        points: rational points, each with as many coordinates as the program has inputs.
        on_point: called with the number of points done.

    Raises:
        InternalError: where the routes differ in a single output; the message is the reproducer.
        UnsupportedOperator: if the evaluator does not know an operator that the importer does.

    **Exactness**: exact; there is no tolerance.
    """
    graph = onnx.load(os.fspath(path), load_external_data=False)
    done = 0
    for done, point in enumerate(points, start=1):
        _compare(graph, Path(path), model, point)
        if on_point is not None:
            on_point(done)
    return done


def random_points(dimension: int, count: int, seed: int = 0) -> Iterator[Point]:
    """Yield pseudo-random rational points, the same ones for the same seed.

    Coordinates have mixed denominators, and are small, large or 0, so that ties and borders are met as well.
    """
    source = random.Random(seed)  # noqa: S311 (no secrets)
    for _ in range(count):
        scale = source.choice((1, 1, 4, 100))
        yield tuple(
            Rational(source.randint(-scale * bottom, scale * bottom), bottom)
            for bottom in (source.choice(_DENOMINATORS) for _ in range(dimension))
        )


def displaced_points(witness: Point, count: int, seed: int = 0) -> Iterator[Point]:
    """Yield points near a witness: at random, by steps from far to tiny."""
    source = random.Random(seed)  # noqa: S311 (no secrets)
    for number in range(count):
        step = Rational(1, 2 ** (3 * number + 1))
        yield tuple(value + step * Rational(source.randint(-8, 8), 8) for value in witness)


def _compare(graph: onnx.ModelProto, path: Path, model: ImportedModel, point: Point) -> None:
    names = [name for name, _ in model.outputs]
    given, start = {}, 0
    for name, shape in model.inputs:
        size = prod(shape)
        given[name] = [Fraction(int(value.numerator), int(value.denominator)) for value in point[start : start + size]]
        start += size
    found = evaluate_model(
        graph,
        given,
        irrational=model.choices.irrational,
        staircases=model.choices.staircases,
        folder=path.parent,
        outputs=names,
    )
    values = evaluate(model.program, point).outputs
    start = 0
    for name, shape in model.outputs:
        size = prod(shape)
        expected = found[name]
        if tuple(expected.shape) != tuple(shape):
            raise _difference(path, model, point, f"{name} has the shape {list(shape)}", f"{list(expected.shape)}")
        for index, (ours, theirs) in enumerate(zip(values[start : start + size], expected.ravel(), strict=True)):
            if ours != _rational(theirs):
                raise _difference(path, model, point, f"{name}[{index}] is {text(ours)}", text(_rational(theirs)))
        start += size


def _rational(value: Any) -> Rational:  # noqa: ANN401 (mpq, integers and truth values)
    try:
        return Rational(int(value)) if isinstance(value, bool | int | np.bool_) else Rational(value)
    except (TypeError, ValueError) as error:
        raise InvalidArgument(f"the evaluator gives {value!r}, which is no number") from error


def _difference(path: Path, model: ImportedModel, point: Point, ours: str, theirs: str) -> InternalError:
    return InternalError(
        f"the two routes to the network differ: in the program {ours}, in the graph {theirs}; "
        f"model {path} (SHA-256 {model.sha256}{model.choices.remarks()}), point {_written(point)}"
    )


def _written(point: Sequence[Rational]) -> str:
    written = ", ".join(text(value) for value in point[:_MOST_SHOWN])
    return f"({written})" if len(point) <= _MOST_SHOWN else f"({written}, and {len(point) - _MOST_SHOWN} more)"
