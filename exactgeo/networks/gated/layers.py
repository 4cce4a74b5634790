"""The layers of a gated network: what is multiplied by weights, what is fixed, and where the gates stand.

A layer is known by its number; it reads layers of lesser numbers. Its units are numbered from 0.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from exactgeo.arithmetic.arrays import ExactArray
from exactgeo.errors import DimensionMismatch, InvalidArgument

Numbers = npt.NDArray[np.int64]

ONE = -1
"""Stands for the constant 1 where a unit of the layer that is read was expected: what a bias is multiplied by."""


@dataclass(frozen=True, slots=True)
class Source:
    """The network's input x, or as many ones in its place.

    Attributes:
        size: the number of inputs.
        is_ones: whether they are ones.
    """

    size: int
    is_ones: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Weighted:
    """A layer with weights: unit u is the sum of weights[p] times unit i of what is read, over the taps (u, p, i).

    A weight may have many taps, as that of a convolution has, at most one of them a unit, and either all of them with
    the constant 1, as a bias has, or none. Weights of different layers are different weights.

    Attributes:
        source: the number of the layer that is read.
        size: the number of units.
        units: (taps,) u of each tap.
        parameters: (taps,) p of each tap.
        inputs: (taps,) i of each tap, or ONE: then the weight is a bias.
        weights: (parameters,) the weights' values.
    """

    source: int
    size: int
    units: Numbers
    parameters: Numbers
    inputs: Numbers
    weights: ExactArray


@dataclass(frozen=True, slots=True, eq=False)
class Fixed:
    """A linear map that is not learnt, such as an average: unit u is the sum of coefficients[k] times inputs[k].

    Attributes:
        source: the number of the layer that is read.
        size: the number of units.
        units: (taps,) u of each tap.
        inputs: (taps,) which unit is read.
        coefficients: (taps,) by what it is multiplied.
    """

    source: int
    size: int
    units: Numbers
    inputs: Numbers
    coefficients: ExactArray


@dataclass(frozen=True, slots=True)
class Gate:
    """What is read, where the gates of a layer of gates are open, else 0.

    Attributes:
        source: the number of the layer that is read.
        number: that of the layer of gates, counted from 0.
    """

    source: int
    number: int


@dataclass(frozen=True, slots=True)
class Sum:
    """The sum, unit by unit, of two layers: what a skip connection does."""

    first: int
    second: int


Layer = Source | Weighted | Fixed | Gate | Sum


def read_by(layer: Layer) -> tuple[int, ...]:
    """Return the numbers of the layers that a layer reads."""
    if isinstance(layer, Source):
        return ()
    return (layer.first, layer.second) if isinstance(layer, Sum) else (layer.source,)


def sizes_of(layers: tuple[Layer, ...]) -> tuple[int, ...]:
    """Return the number of units of each layer.

    Raises:
        InvalidArgument: if a layer reads one that is not before it, a tap leads nowhere, a unit has two taps of one
            weight, a weight is a bias and no bias, or the gates are not those numbered 0, 1, …, each once.
        DimensionMismatch: if the two layers of a sum have different sizes.
    """
    sizes: list[int] = []
    for number, layer in enumerate(layers):
        if any(not 0 <= source < number for source in read_by(layer)):
            raise InvalidArgument(f"layer {number} reads a layer that is not before it")
        own = {sizes[source] for source in read_by(layer)}
        if len(own) > 1:
            raise DimensionMismatch(f"layer {number} adds layers of {min(own)} and of {max(own)} units")
        if isinstance(layer, Weighted | Fixed):
            _demand_taps(number, layer, *own)
        sizes.append(layer.size if isinstance(layer, Source | Weighted | Fixed) else own.pop())
    gates = sorted(layer.number for layer in layers if isinstance(layer, Gate))
    if gates != list(range(len(gates))):
        raise InvalidArgument(f"the layers of gates are numbered {gates}: 0, 1, … were expected, each once")
    return tuple(sizes)


def _demand_taps(number: int, layer: Weighted | Fixed, inputs: int) -> None:
    """Raise InvalidArgument for a tap that leads nowhere, or a weight that a unit has twice."""
    ranges = [("unit", layer.units, 0, layer.size), ("input", layer.inputs, 0, inputs)]
    if isinstance(layer, Weighted):
        ranges[1] = ("input", layer.inputs, ONE, inputs)
        ranges.append(("weight", layer.parameters, 0, layer.weights.shape[0]))
        pairs = layer.units * layer.weights.shape[0] + layer.parameters
        if len(np.unique(pairs)) < len(pairs):
            raise InvalidArgument(f"layer {number} has a unit that uses one weight twice")
        biases = layer.inputs == ONE
        if len(np.intersect1d(layer.parameters[biases], layer.parameters[~biases])):
            raise InvalidArgument(f"layer {number} has a weight that is a bias of one unit, and no bias of another")
    for name, numbers, low, high in ranges:
        if len(numbers) and not (low <= numbers.min() and numbers.max() < high):
            raise InvalidArgument(f"layer {number} has a tap with {name} {numbers.max()}; there are {high}")
