"""Rotations of images in a circle: what they do to layers, and whether a network's outputs stay the same."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from exactgeo.analyses.invariances import Different, Equal, cyclic_shift, symmetry
from exactgeo.arithmetic.rationals import Point, point
from exactgeo.enumeration.budgets import Budget
from exactgeo.errors import DimensionMismatch
from exactgeo.networks.gated import Fixed, Gate, GatedNetwork, Source, Sum, Weighted
from exactgeo.networks.gated.layers import ONE

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Invariant:
    """A network whose outputs stay the same when its input is rotated.

    Attributes:
        equalities: for each axis of positions, of the network and of itself behind a rotation by one; none if the
            layers alone show it, whatever the weights are.
    """

    equalities: tuple[Equal, ...]


def rotation_invariance(
    network: GatedNetwork, shape: Sequence[int], budget: Budget | None = None
) -> Invariant | Different:
    """Decide whether f(rot x) = f(x) for all x and all rotations of its positions.

    *Method*: layers whose taps are the same after a rotation rotate with what they read, and so do gates that look at
    what they gate; what averages over all positions stays the same. If the outputs do, that is a proof for all weights.
    Otherwise `symmetry` decides for these weights, for a rotation by one along each axis; they make all others.

    Args:
        network: the network.
        shape: the input's: (channels, n1, …).
        budget: when to stop.

    Returns:
        Invariant, or a point x with f(x) and f(rot x).

    Raises:
        DimensionMismatch: if the input has another shape.
        BudgetExhausted, InvalidArgument: as `symmetry` does.

    **Exactness**: exact. **Source**: arXiv 2110.03403, on circular convolutions with global pooling.

    >>> from exactgeo.networks.gated import LayersBuilder
    >>> builder = LayersBuilder()
    >>> hidden = builder.gate(builder.convolution(builder.source((1, 4)), [[[1, -2, 1]]], padding=1, is_circular=True))
    >>> outputs = builder.dense(builder.average(hidden), [[3]])
    >>> rotation_invariance(GatedNetwork(builder.layers), (1, 4))
    Invariant(equalities=())
    """
    if min(shape, default=0) < 1 or math.prod(shape) != network.inputs:
        raise DimensionMismatch(f"an input of shape {tuple(shape)} for {network.inputs} inputs")
    lengths = tuple(shape[1:])
    rotations = [tuple(int(k == axis) for k in range(len(lengths))) for axis in range(len(lengths))]
    if all(_is_shown(network, lengths, rotation) for rotation in rotations):
        return Invariant(())
    found = []
    for axis in range(1, len(shape)):
        answer = symmetry(network.program, cyclic_shift(shape, axis), budget=budget)
        if isinstance(answer, Different):
            return answer
        found.append(answer)
    return Invariant(tuple(found))


def rotated(coordinates: Iterable[Any], shape: Sequence[int], rotation: Sequence[int]) -> Point:
    """Return an input of shape (channels, n1, …) moved on by so many positions along each axis, in a circle.

    >>> [int(value) for value in rotated((1, 2, 3), (1, 3), (1,))]
    [3, 1, 2]
    """
    x = point(coordinates)
    if min(shape, default=0) < 1 or math.prod(shape) != len(x) or len(rotation) != len(shape) - 1:
        raise DimensionMismatch(
            f"{len(x)} coordinates are not of shape {tuple(shape)}, moved along {len(rotation)} axes"
        )
    return moved(x, tuple(shape[1:]), tuple(rotation))


def moved(values: Sequence[T], lengths: tuple[int, ...], rotation: tuple[int, ...]) -> tuple[T, ...]:
    """Return units of shape (channels, *lengths) moved on by so many positions along each axis."""
    places = destinations(len(values), lengths, rotation)
    return tuple(value for _, value in sorted(zip(places, values, strict=True), key=lambda pair: pair[0]))


def destinations(size: int, lengths: tuple[int, ...], rotation: tuple[int, ...]) -> Sequence[int]:
    """Return to which place each unit of shape (channels, *lengths) is moved."""
    numbers = np.arange(size).reshape(-1, *lengths)
    axes = tuple(range(1, 1 + len(lengths)))
    places: list[int] = np.roll(numbers, tuple(-steps for steps in rotation), axis=axes).ravel().tolist()
    return places


def rotates(network: GatedNetwork, number: int, lengths: tuple[int, ...], rotation: tuple[int, ...]) -> bool:
    """Whether a layer has the same taps after a rotation of what it reads and of itself."""
    layer, size, positions = network.layers[number], network.sizes[number], math.prod(lengths)
    if not isinstance(layer, Weighted | Fixed) or size % positions or network.sizes[layer.source] % positions:
        return False
    return _taps(layer) == _taps(layer, destinations(size, lengths, rotation), _read(network, layer, lengths, rotation))


def averages(network: GatedNetwork, number: int, lengths: tuple[int, ...], rotation: tuple[int, ...]) -> bool:
    """Whether a layer has the same taps after a rotation of what it reads alone."""
    layer = network.layers[number]
    if not isinstance(layer, Weighted | Fixed) or network.sizes[layer.source] % math.prod(lengths):
        return False
    return _taps(layer) == _taps(layer, range(layer.size), _read(network, layer, lengths, rotation))


def _read(
    network: GatedNetwork, layer: Weighted | Fixed, lengths: tuple[int, ...], rotation: tuple[int, ...]
) -> Sequence[int]:
    return destinations(network.sizes[layer.source], lengths, rotation)


def _taps(
    layer: Weighted | Fixed, units: Sequence[int] | None = None, inputs: Sequence[int] | None = None
) -> Counter[tuple[int, Any, int]]:
    """Return a layer's taps, its units and what they read being moved."""
    factors = layer.parameters.tolist() if isinstance(layer, Weighted) else list(layer.coefficients.flat())
    taps = zip(layer.units.tolist(), factors, layer.inputs.tolist(), strict=True)
    if units is None or inputs is None:
        return Counter(taps)
    return Counter((units[u], factor, i if i == ONE else inputs[i]) for u, factor, i in taps)


def _is_shown(network: GatedNetwork, lengths: tuple[int, ...], rotation: tuple[int, ...]) -> bool:
    """Whether the layers show that a rotation of the input leaves the outputs the same."""
    if network.features is not None:
        return False
    known: list[str | None] = []  # whether a layer rotates, or stays the same; None if neither is certain
    for number, layer in enumerate(network.layers):
        if isinstance(layer, Source):
            state: str | None = "rotates"
        elif isinstance(layer, Gate):
            state = known[layer.source]
        elif isinstance(layer, Sum):
            state = known[layer.first] if known[layer.first] == known[layer.second] else None
        else:
            state = known[layer.source]
            if state == "rotates" and averages(network, number, lengths, rotation):
                state = "stays"
            elif state == "rotates" and not rotates(network, number, lengths, rotation):
                state = None
        known.append(state)
    return known[-1] == "stays"
