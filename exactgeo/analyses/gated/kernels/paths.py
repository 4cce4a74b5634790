"""Neural path features and values, one by one: for small networks, and to see what the kernels are kernels of."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from exactgeo.analyses.gated.kernels.passes import unit_pass
from exactgeo.arithmetic.rationals import Rational, point
from exactgeo.errors import InvalidArgument
from exactgeo.networks.gated import Fixed, Gate, GatedNetwork, Layer, Source, Sum, Weighted
from exactgeo.networks.gated.layers import ONE
from exactgeo.networks.gated.network import Gates
from exactgeo.networks.programs import demand_number

WeightPath = tuple[tuple[int, int], ...]
"""The weights on a path, from the input up: of each the layer and its number there."""

PathFeatures = Mapping[WeightPath, Rational]

_MOST_PATHS = 10**6
_ALONE: dict[WeightPath, Rational] = {(): Rational(1)}


def path_features(network: GatedNetwork, coordinates: Iterable[Any], *, output: int = 0) -> PathFeatures:
    """Return the neural path feature phi(x): for each path of weights by what its weights' product is multiplied.

    *Definition*: an output is a polynomial in the weights, the gates being given; phi(x) is the vector of its
    coefficients. Where no two ways through the network have the same weights, the coefficient of a path is its input
    times the product of its gates; the ways that a convolution's weights have in common add up to one path.

    Args:
        network: the network.
        coordinates: x.
        output: whose paths.

    Returns:
        The coefficients that are not 0.

    Raises:
        InvalidArgument: for a network with more than a million ways through it.

    **Exactness**: exact. **Complexity**: the number of ways; `neural_path_kernel` does without them.

    **Source**: Lakshminarayanan and Singh, NeurIPS 2020, definitions 3.1 and 3.2.
    """
    x = point(coordinates)
    ways = count_ways(network, output=output)
    if ways > _MOST_PATHS:
        raise InvalidArgument(f"there are {ways:,} ways through the network, too many to list: use neural_path_kernel")
    gates = network.gates(x)
    known: list[list[dict[WeightPath, Rational]]] = []
    for number, layer in enumerate(network.layers):
        known.append(_units(number, layer, known, x, gates))
    return known[-1][output]


def path_value(network: GatedNetwork, path: WeightPath) -> Rational:
    """Return the neural path value v(p): the product of the path's weights."""
    return math.prod((_weight(network.layers[layer], number) for layer, number in path), start=Rational(1))


def count_ways(network: GatedNetwork, *, output: int = 0) -> int:
    """Return the number of ways from inputs and biases to an output, all gates open.

    Raises:
        InvalidArgument: if there is no such output.

    **Complexity**: one pass.
    """
    demand_number("output", output, network.output_count)
    ones = [Rational(1)] * network.sizes[0]
    return int(unit_pass(network, ones)[-1][output])


def _units(
    number: int, layer: Layer, known: list[list[dict[WeightPath, Rational]]], x: tuple[Rational, ...], gates: Gates
) -> list[dict[WeightPath, Rational]]:
    """Return a layer's units as polynomials in the weights."""
    if isinstance(layer, Source):
        return [{(): value} if value else {} for value in ([Rational(1)] * layer.size if layer.is_ones else x)]
    if isinstance(layer, Gate):
        return [own if is_open else {} for own, is_open in zip(known[layer.source], gates[layer.number], strict=True)]
    if isinstance(layer, Sum):
        pairs = zip(known[layer.first], known[layer.second], strict=True)
        return [_without_zeros(_added(dict(first), second, Rational(1))) for first, second in pairs]
    units: list[dict[WeightPath, Rational]] = [{} for _ in range(layer.size)]
    read = known[layer.source]
    if isinstance(layer, Fixed):
        for unit, place, factor in zip(
            layer.units.tolist(), layer.inputs.tolist(), layer.coefficients.flat(), strict=True
        ):
            _added(units[unit], read[place], factor)
    else:
        taps = zip(layer.units.tolist(), layer.parameters.tolist(), layer.inputs.tolist(), strict=True)
        for unit, weight, place in taps:
            below = _ALONE if place == ONE else read[place]
            _added(units[unit], {(*path, (number, weight)): value for path, value in below.items()}, Rational(1))
    return [_without_zeros(unit) for unit in units]


def _added(
    total: dict[WeightPath, Rational], part: Mapping[WeightPath, Rational], factor: Rational
) -> dict[WeightPath, Rational]:
    """Add a multiple of a polynomial to another one, which is returned."""
    for path, value in part.items():
        total[path] = total.get(path, Rational(0)) + factor * value
    return total


def _without_zeros(features: dict[WeightPath, Rational]) -> dict[WeightPath, Rational]:
    return {path: value for path, value in features.items() if value}


def _weight(layer: Layer, number: int) -> Rational:
    if not isinstance(layer, Weighted):
        raise InvalidArgument("a path goes through layers with weights")
    return Rational(int(layer.weights.numerators[number]), layer.weights.denominator)
