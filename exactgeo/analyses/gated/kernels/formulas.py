"""Formulas for the neural path kernel of networks of certain shapes, each of which says when it holds.

`neural_path_kernel` needs none of them. They are what the papers state: how a kernel is made of its layers' gates.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from exactgeo.analyses.gated.kernels.passes import unit_pass
from exactgeo.analyses.gated.kernels.rotations import moved, rotates
from exactgeo.arithmetic.rationals import Point, Rational, point
from exactgeo.errors import DimensionMismatch, InvalidArgument
from exactgeo.networks.gated import Fixed, Gate, GatedNetwork, Layer, Source, Sum, Weighted
from exactgeo.networks.gated.layers import ONE
from exactgeo.networks.gated.network import Gates
from exactgeo.networks.programs import demand_number

_INSTEAD = "use neural_path_kernel, which holds for every network"


@dataclass(frozen=True, slots=True)
class _Given:
    """What the value network is given, and which gates are open, at an input."""

    source: Point
    gates: Gates

    @classmethod
    def of(cls, network: GatedNetwork, coordinates: Iterable[Any]) -> "_Given":
        x, first = point(coordinates), network.layers[0]
        source = (Rational(1),) * first.size if isinstance(first, Source) and first.is_ones else x
        return cls(source, network.gates(x))


@dataclass(frozen=True, slots=True)
class _Diagonal:
    """What the product formula knows of the kernel's diagonal at a layer.

    Attributes:
        trace: its sum.
        each: its entries, if they are all the same.
        what: what made them different, for messages.
    """

    trace: Rational
    each: Rational | None
    what: str = ""


def product_kernel(network: GatedNetwork, x: Iterable[Any], y: Iterable[Any]) -> Rational:
    """Return the kernel of a fully connected network as products of how many gates are open at both inputs.

    *Formula*: with tau_l = <G_l(x), G_l(y)>, the gates of layer l that are open at both: without biases <x, y> times
    the product of all tau_l. With biases in every layer, <x, y> prod tau + sum over l of prod_(k >= l) tau_k + 1. With
    skip connections, each block of layers multiplies by 1 + prod_(l in the block) tau_l: a sum over all sub-networks.

    *Proof*: behind a fully connected layer the kernel of a unit with itself is S, the same for all units, and with
    another one 0; S is the trace below, plus 1 for a bias. Gates make of it a diagonal with the trace tau S; a sum of
    two layers whose paths are different adds diagonals. Gates on a diagonal that is not the same everywhere - behind a
    sum with what is gated already, as in the blocks relu(z + F(z)) - have no such formula.

    Args:
        network: of fully connected layers, gates and sums.
        x: an input.
        y: another one.

    Raises:
        InvalidArgument: for a network of which the formula does not hold; with the layer.

    **Exactness**: exact. **Source**: Lakshminarayanan and Singh, NeurIPS 2020, lemma 3.1; arXiv 2110.03403, theorem
    on residual networks; the condition on where the sums stand is ours.
    """
    first, second = _Given.of(network, x), _Given.of(network, y)
    known: list[_Diagonal] = []
    for number, layer in enumerate(network.layers):
        known.append(_diagonal(network, number, layer, known, first, second))
    last = known[-1]
    if last.each is None:
        raise InvalidArgument(f"the outputs are not a layer with weights: {_INSTEAD}")
    return last.each


def one_pass_kernel(network: GatedNetwork, x: Iterable[Any], y: Iterable[Any], *, output: int = 0) -> Rational:
    """Return the kernel as an output of the value network, with other weights, gates and inputs.

    *Formula*: all weights are 1, the gates G(x) G(y), the input x y, unit by unit: for networks in which no weight is
    used twice, and nothing is averaged.

    Raises:
        InvalidArgument: for a network of which the formula does not hold; with the layer.

    **Exactness**: exact. **Complexity**: one pass.
    """
    demand_number("output", output, network.output_count)
    first, second = _Given.of(network, x), _Given.of(network, y)
    for number, layer in enumerate(network.layers):
        if isinstance(layer, Fixed) or (isinstance(layer, Weighted) and _has_shared_weights(layer)):
            raise InvalidArgument(f"layer {number} shares weights, or averages, so one pass is not enough: {_INSTEAD}")
        _demand_different_paths(network, number, layer)
    both = [a * b for a, b in zip(first.source, second.source, strict=True)]
    return unit_pass(network, both, _both(first.gates, second.gates))[-1][output]


def rotations_kernel(
    network: GatedNetwork, x: Iterable[Any], y: Iterable[Any], shape: Sequence[int], *, output: int = 0
) -> Rational:
    """Return the kernel of circular convolutions and a global average as a mean over rotations of an input.

    *Formula*: H(x, y) = 1/n^2 sum over all rotations r of sum_i x_i rot_r(y)_i Lambda(i, x, rot_r(y)), n being the
    number of positions, and Lambda(i, x, y) the number of ways from input i to all positions that are open at both.

    *Proof*: to each position leads one way of weights p at most, as layers with weights, gates and sums of different
    paths make them; so the path feature of p is 1/n times a sum over positions. By rotating y the position at y becomes
    that at x.

    Args:
        network: one average over all positions, then one layer with weights and without gates; sums are of layers
            without common paths.
        x: an input.
        y: another one.
        shape: the input's: (channels, n1, …).
        output: whose paths.

    Raises:
        InvalidArgument: for a network of which the formula does not hold: that a rotation of the input does not rotate.

    **Exactness**: exact. **Complexity**: a pass for each rotation. **Source**: arXiv 2110.03403, theorem on
    convolutional networks with global pooling.
    """
    average, last = _demand_average(network)
    demand_number("output", output, network.output_count)
    lengths = tuple(shape[1:])
    positions = math.prod(lengths)
    if min(shape, default=0) < 1 or math.prod(shape) != network.inputs:
        raise DimensionMismatch(f"an input of shape {tuple(shape)} for {network.inputs} inputs")
    _demand_global_average(network, average, positions)
    for number, layer in enumerate(network.layers):
        _demand_different_paths(network, number, layer)
    first, b = _Given.of(network, x), point(y)
    gates_of_y = network.gates(b)
    totals = [Rational(0)] * network.sizes[average]
    for rotation in product(*map(range, lengths)):
        y_rotated = _Given.of(network, moved(b, lengths, rotation))
        _demand_rotating(network, average, gates_of_y, y_rotated.gates, lengths, rotation)
        both = [a * c for a, c in zip(first.source, y_rotated.source, strict=True)]
        ways = unit_pass(network, both, _both(first.gates, y_rotated.gates))[average]
        totals = [a + c for a, c in zip(totals, ways, strict=True)]
    read = last.inputs[last.units == output].tolist()
    return sum((1 if place == ONE else totals[place] / positions**2 for place in read), Rational(0))


def _diagonal(
    network: GatedNetwork, number: int, layer: Layer, known: Sequence[_Diagonal], x: _Given, y: _Given
) -> _Diagonal:
    """Return what is known of the kernel's diagonal at a layer."""
    if isinstance(layer, Source):
        own = sum((a * b for a, b in zip(x.source, y.source, strict=True)), Rational(0))
        return _Diagonal(own, None, "the input is gated itself")
    if isinstance(layer, Weighted):
        return _behind_weights(network, number, layer, known[layer.source])
    if isinstance(layer, Gate):
        below = known[layer.source]
        if below.each is None:
            raise InvalidArgument(f"the gates of layer {number} have no product formula, as {below.what}: {_INSTEAD}")
        tau = sum(a and b for a, b in zip(x.gates[layer.number], y.gates[layer.number], strict=True))
        return _Diagonal(below.each * tau, None, "what they gate is gated already")
    if isinstance(layer, Sum):
        _demand_different_paths(network, number, layer)
        a, b = known[layer.first], known[layer.second]
        each = a.each + b.each if a.each is not None and b.each is not None else None
        return _Diagonal(a.trace + b.trace, each, "they stand behind a sum with what is gated already")
    raise InvalidArgument(f"layer {number} averages: there is no product formula, {_INSTEAD}")


def _behind_weights(network: GatedNetwork, number: int, layer: Weighted, below: _Diagonal) -> _Diagonal:
    read = network.sizes[layer.source]
    pairs = layer.units * (read + 1) + layer.inputs - ONE
    biases = int(np.count_nonzero(layer.inputs == ONE))
    is_dense = len(np.unique(pairs)) == len(pairs) == layer.size * read + biases and biases in (0, layer.size)
    if not is_dense or _has_shared_weights(layer):
        raise InvalidArgument(f"layer {number} is not fully connected: there is no product formula, {_INSTEAD}")
    each = below.trace + (1 if biases else 0)
    return _Diagonal(each * layer.size, each)


def _has_shared_weights(layer: Weighted) -> bool:
    return len(np.unique(layer.parameters)) < len(layer.parameters)


def _demand_different_paths(network: GatedNetwork, number: int, layer: Layer) -> None:
    """Raise InvalidArgument for a sum of layers that have paths in common."""
    if isinstance(layer, Sum) and _roots(network, layer.first) & _roots(network, layer.second):
        raise InvalidArgument(f"layer {number} adds layers that have paths in common: {_INSTEAD}")


def _roots(network: GatedNetwork, number: int) -> set[int]:
    """Return the layers with weights, or the input, whose paths are those of a layer."""
    layer = network.layers[number]
    if isinstance(layer, Source | Weighted):
        return {number}
    if isinstance(layer, Sum):
        return _roots(network, layer.first) | _roots(network, layer.second)
    return _roots(network, layer.source)


def _both(first: Gates, second: Gates) -> Gates:
    return tuple(
        tuple(a and b for a, b in zip(one, other, strict=True)) for one, other in zip(first, second, strict=True)
    )


def _demand_average(network: GatedNetwork) -> tuple[int, Weighted]:
    """Return the number of the average below the last layer, and the last layer.

    Raises:
        InvalidArgument: for a network of another shape.
    """
    averages = [number for number, layer in enumerate(network.layers) if isinstance(layer, Fixed)]
    last = network.layers[-1]
    if len(averages) != 1 or not isinstance(last, Weighted) or [last.source] != averages:
        raise InvalidArgument(f"one average, and one layer with weights behind it, were expected: {_INSTEAD}")
    return averages[0], last


def _demand_rotating(
    network: GatedNetwork,
    average: int,
    gates: Gates,
    of_rotated: Gates,
    lengths: tuple[int, ...],
    rotation: tuple[int, ...],
) -> None:
    """Raise InvalidArgument unless a rotation of the input rotates the layers below the average, and their gates."""
    for number, layer in enumerate(network.layers[:average]):
        is_rotated = True
        if isinstance(layer, Weighted):
            is_rotated = rotates(network, number, lengths, rotation)
        elif isinstance(layer, Gate):
            own = gates[layer.number]
            is_rotated = (
                len(own) % math.prod(lengths) == 0 and moved(own, lengths, rotation) == of_rotated[layer.number]
            )
        if not is_rotated:
            raise InvalidArgument(f"layer {number} does not rotate with the input: {_INSTEAD}")


def _demand_global_average(network: GatedNetwork, number: int, positions: int) -> None:
    """Raise InvalidArgument unless a layer is the average of each channel over all its positions, each once."""
    layer, channels = network.layers[number], network.sizes[number]
    places = np.arange(channels * positions)
    is_average = isinstance(layer, Fixed) and network.sizes[layer.source] == len(places)
    if is_average and isinstance(layer, Fixed):
        taps = sorted(zip(layer.units.tolist(), layer.inputs.tolist(), strict=True))
        is_average = taps == list(zip((places // positions).tolist(), places.tolist(), strict=True))
        is_average = is_average and set(layer.coefficients.flat()) == {Rational(1, positions)}
    if not is_average:
        raise InvalidArgument(f"layer {number} is not the average over all positions: {_INSTEAD}")
