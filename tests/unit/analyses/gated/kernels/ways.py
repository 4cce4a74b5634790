"""Ways through a gated network, found by walking from the output down, one after the other: an oracle."""

from collections import Counter

from exactgeo.arithmetic.rationals import Rational
from exactgeo.networks.gated import Fixed, Gate, Source, Sum, Weighted


def ways(network, x, number=None, unit=0):
    """Yield for each way down from a unit the weights on it, and the product of input, gates and fixed factors."""
    number = len(network.layers) - 1 if number is None else number
    layer = network.layers[number]
    if isinstance(layer, Source):
        yield frozenset(), Rational(1) if layer.is_ones else Rational(x[unit])
    elif isinstance(layer, Gate):
        if network.gates(x)[layer.number][unit]:
            yield from ways(network, x, layer.source, unit)
    elif isinstance(layer, Sum):
        yield from ways(network, x, layer.first, unit)
        yield from ways(network, x, layer.second, unit)
    else:
        yield from _through_taps(network, x, number, unit)


def _through_taps(network, x, number, unit):
    layer = network.layers[number]
    for tap in [k for k, own in enumerate(layer.units) if own == unit]:
        read = int(layer.inputs[tap])
        below = [(frozenset(), Rational(1))] if read == -1 else ways(network, x, layer.source, read)
        here = [(number, int(layer.parameters[tap]))] if isinstance(layer, Weighted) else []
        factor = list(layer.coefficients.flat())[tap] if isinstance(layer, Fixed) else 1
        for path, value in below:
            yield path | frozenset(here), value * factor


def feature(network, x, output=0):
    """Return the path feature: a sum over all ways with the same weights."""
    total = Counter()
    for path, value in ways(network, x, unit=output):
        total[path] += value
    return {path: value for path, value in total.items() if value}


def inner_product(first, second):
    return sum((value * second.get(path, 0) for path, value in first.items()), Rational(0))
