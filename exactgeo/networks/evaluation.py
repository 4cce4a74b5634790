"""Exact evaluation of a program at a rational point."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from exactgeo.arithmetic.integers import IntegerArray, integer_array, object_array, wide
from exactgeo.arithmetic.rationals import Point, Rational, point
from exactgeo.errors import DimensionMismatch
from exactgeo.networks.programs import Program

Pattern = tuple[int, ...]
"""The chosen piece of each unit, in order."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a program does at a point: the chosen pieces and the outputs."""

    pattern: Pattern
    outputs: Point


def evaluate(program: Program, coordinates: Iterable[Any]) -> Evaluation:
    """Return the pattern and the outputs at a point.

    Where selectors tie, the least index is chosen, so the pattern exists at every point, on the borders of cells too.

    Raises:
        DimensionMismatch: if the point does not have as many coordinates as the program has inputs.

    **Exactness**: exact. **Complexity**: one multiplication of integers for each non-zero of the program's forms.
    """
    x = point(coordinates)
    if len(x) != program.inputs:
        raise DimensionMismatch(f"the point has {len(x)} coordinates, but the network has {program.inputs} inputs")
    environment, denominator = _over_common((Rational(1), *x))
    pattern: list[int] = []
    for layer in program.layers:
        pieces, values = _evaluate_layer(program, layer, environment, denominator)
        pattern += pieces
        common = math.lcm(denominator, *(int(value.denominator) for value in values))
        own = [int(value.numerator) * (common // int(value.denominator)) for value in values]
        environment = _integers([*(wide(environment) * (common // denominator)), *own])
        denominator = common
    return Evaluation(tuple(pattern), tuple(program.outputs.values(environment, denominator)))


def _evaluate_layer(
    program: Program, layer: range, environment: IntegerArray, denominator: int
) -> tuple[list[int], list[Rational]]:
    units = program.units
    low, high = int(units.starts[layer.start]), int(units.starts[layer.stop])
    selectors, values = units.selectors[low:high], units.values[low:high]
    rows, places = np.unique(np.concatenate([selectors, values]), return_inverse=True)
    forms = units.forms.take(rows).values(environment, denominator)
    of_selectors, of_values = places[: high - low].tolist(), places[high - low :].tolist()
    bounds = (units.starts[layer.start : layer.stop + 1] - low).tolist()
    pieces, chosen = [], []
    for first, last in pairwise(bounds):
        best = max(range(first, last), key=lambda piece: (forms[of_selectors[piece]], -piece))
        pieces.append(best - first)
        chosen.append(forms[of_values[best]])
    return pieces, chosen


def _over_common(values: Point) -> tuple[IntegerArray, int]:
    common = math.lcm(*(int(value.denominator) for value in values))
    return _integers([int(value.numerator) * (common // int(value.denominator)) for value in values]), common


def _integers(values: list[int]) -> IntegerArray:
    return integer_array(object_array(values))
