"""One pass through the value network with other weights: 1, each of them."""

from collections.abc import Sequence

from exactgeo.arithmetic.rationals import Rational
from exactgeo.networks.gated import Gate, GatedNetwork, Source, Sum
from exactgeo.networks.gated.layers import ONE
from exactgeo.networks.gated.network import Gates


def unit_pass(network: GatedNetwork, source: Sequence[Rational], gates: Gates | None = None) -> list[list[Rational]]:
    """Return the units of the value network, layer by layer, with all weights 1, and sums in place of averages.

    Args:
        network: the network.
        source: what the value network is given.
        gates: which gates are open; all of them by default.
    """
    known: list[list[Rational]] = []
    for layer, size in zip(network.layers, network.sizes, strict=True):
        own = [Rational(0)] * size
        if isinstance(layer, Source):
            own = list(source)
        elif isinstance(layer, Gate):
            opened = [True] * size if gates is None else gates[layer.number]
            own = [
                value if is_open else Rational(0) for value, is_open in zip(known[layer.source], opened, strict=True)
            ]
        elif isinstance(layer, Sum):
            own = [a + b for a, b in zip(known[layer.first], known[layer.second], strict=True)]
        else:
            for unit, place in zip(layer.units.tolist(), layer.inputs.tolist(), strict=True):
                own[unit] += 1 if place == ONE else known[layer.source][place]
        known.append(own)
    return known
