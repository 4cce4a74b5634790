"""Layers made from arrays of weights: affine layers, convolutions, averages, gates, skip connections."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from exactgeo.arithmetic.arrays import ExactArray, exact_array
from exactgeo.arithmetic.rationals import Rational
from exactgeo.errors import DimensionMismatch, InvalidArgument
from exactgeo.networks.gated.layers import ONE, Fixed, Gate, Layer, Numbers, Source, Sum, Weighted

_CHANNELS = 2  # axes of a filter before those of its window


@dataclass(frozen=True, slots=True)
class Node:
    """A layer of which the shape of its units is known.

    Attributes:
        number: of the layer.
        shape: of its units: (units,), or (channels, positions along the first axis, …); numbered in row-major order.
    """

    number: int
    shape: tuple[int, ...]

    @property
    def size(self) -> int:
        """The number of units."""
        return math.prod(self.shape)


class LayersBuilder:
    """Collects layers.

    >>> builder = LayersBuilder()
    >>> hidden = builder.gate(builder.dense(builder.source((2,)), [[1, 2], [0, -1]]))
    >>> builder.dense(hidden, [[1, 1]]).shape
    (1,)
    """

    def __init__(self) -> None:
        self._layers: list[Layer] = []
        self._gates = 0

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layers so far."""
        return tuple(self._layers)

    def source(self, shape: Sequence[int], *, is_ones: bool = False) -> Node:
        """Add the input, or ones in its place, in this shape."""
        return self._add(Source(math.prod(shape), is_ones), tuple(shape))

    def dense(self, node: Node, weights: Any, biases: Any = None) -> Node:  # noqa: ANN401 (whatever exact_array accepts)
        """Add an affine layer of all units of a node.

        Args:
            node: of m units, whatever their shape.
            weights: of shape (out, m).
            biases: of shape (out,); None for a layer without.

        Raises:
            DimensionMismatch: if the shapes do not fit.
        """
        matrix = exact_array(weights)
        if len(matrix.shape) != 2 or matrix.shape[1] != node.size:  # noqa: PLR2004 (a matrix)
            raise DimensionMismatch(
                f"weights of shape {matrix.shape} for {node.size} units; (out, {node.size}) expected"
            )
        rows, columns = matrix.shape
        units, inputs = np.repeat(np.arange(rows), columns), np.tile(np.arange(columns), rows)
        taps = units, np.arange(rows * columns), inputs
        return self._with_biases(node, (rows,), taps, matrix.reshaped((rows * columns,)), biases, rows)

    def convolution(
        self,
        node: Node,
        weights: Any,  # noqa: ANN401 (whatever exact_array accepts)
        biases: Any = None,  # noqa: ANN401
        *,
        stride: int = 1,
        padding: int = 0,
        is_circular: bool = False,
    ) -> Node:
        """Add a convolution (in the field's sense: a correlation) along all axes of positions.

        Args:
            node: of shape (channels, n1, …).
            weights: of shape (out, channels, k1, …).
            biases: of shape (out,), one for each channel; None for a layer without.
            stride: by how many positions the window moves, along each axis.
            padding: so many positions are added on each side of each axis.
            is_circular: whether what is added repeats the other end; else it is 0.

        Raises:
            DimensionMismatch: if the shapes do not fit, or the window is larger than what it moves along.
        """
        filters = exact_array(weights)
        if (
            len(filters.shape) != 1 + len(node.shape)
            or len(node.shape) < _CHANNELS
            or filters.shape[1] != node.shape[0]
        ):
            raise DimensionMismatch(f"filters of shape {filters.shape} for units of shape {node.shape}")
        if stride < 1 or padding < 0:
            raise InvalidArgument(f"a stride of {stride} with a padding of {padding}: at least 1 and 0 were expected")
        lengths, window = node.shape[1:], filters.shape[_CHANNELS:]
        steps = tuple((n + 2 * padding - k) // stride + 1 for n, k in zip(lengths, window, strict=True))
        if min(steps) < 1:
            raise DimensionMismatch(f"a window of {window} is larger than {lengths}, padded by {padding}")
        shape = (filters.shape[0], *steps)
        taps = _windows(node.shape, shape, window, stride, padding, is_circular=is_circular)
        flat = filters.reshaped((math.prod(filters.shape),))
        return self._with_biases(node, shape, taps, flat, biases, shape[0])

    def average(self, node: Node) -> Node:
        """Add the averages of each channel of a node of shape (channels, n1, …) over all its positions."""
        if len(node.shape) < _CHANNELS:
            raise DimensionMismatch(f"units of shape {node.shape} have no positions to average over")
        channels, positions = node.shape[0], math.prod(node.shape[1:])
        units, inputs = np.repeat(np.arange(channels), positions), np.arange(channels * positions)
        coefficients = ExactArray(np.ones(channels * positions, dtype=np.int64), positions)
        return self._add(Fixed(node.number, channels, units, inputs, coefficients), (channels,))

    def fixed(self, node: Node, matrix: Sequence[tuple[int, int, Rational]], shape: Sequence[int]) -> Node:
        """Add a linear map that is not learnt, given by its entries (unit, unit read, coefficient)."""
        units, inputs = (np.array([entry[k] for entry in matrix], dtype=np.int64) for k in range(2))
        coefficients = ExactArray.of([entry[2] for entry in matrix], (len(matrix),))
        return self._add(Fixed(node.number, math.prod(shape), units, inputs, coefficients), tuple(shape))

    def weighted(
        self, node: Node, shape: Sequence[int], taps: tuple[Numbers, Numbers, Numbers], weights: ExactArray
    ) -> Node:
        """Add a layer with weights, given by its taps: the unit, the weight and the unit read of each."""
        layer = Weighted(node.number, math.prod(shape), *taps, weights)
        return self._add(layer, tuple(shape))

    def gate(self, node: Node) -> Node:
        """Add the next layer of gates."""
        self._gates += 1
        return self._add(Gate(node.number, self._gates - 1), node.shape)

    def add(self, first: Node, second: Node) -> Node:
        """Add the sum of two nodes of one shape."""
        if first.shape != second.shape:
            raise DimensionMismatch(f"units of shape {first.shape} and of shape {second.shape} do not add")
        return self._add(Sum(first.number, second.number), first.shape)

    def _with_biases(
        self,
        node: Node,
        shape: tuple[int, ...],
        taps: tuple[Numbers, Numbers, Numbers],
        weights: ExactArray,
        biases: Any,  # noqa: ANN401 (whatever exact_array accepts)
        groups: int,
    ) -> Node:
        """Add a layer with weights; with biases, one for each of so many groups of consecutive units."""
        units, parameters, inputs = taps
        size = math.prod(shape)
        if biases is not None:
            offsets = exact_array(biases)
            if offsets.shape != (groups,):
                raise DimensionMismatch(f"biases of shape {offsets.shape}; ({groups},) was expected")
            own = np.arange(size)
            units, inputs = np.concatenate([units, own]), np.concatenate([inputs, np.full(size, ONE)])
            parameters = np.concatenate([parameters, weights.shape[0] + own * groups // size])
            weights = _joined(weights, offsets)
        return self.weighted(node, shape, (units, parameters, inputs), weights)

    def _add(self, layer: Layer, shape: tuple[int, ...]) -> Node:
        self._layers.append(layer)
        return Node(len(self._layers) - 1, shape)


def _windows(
    shape: tuple[int, ...],
    steps: tuple[int, ...],
    window: tuple[int, ...],
    stride: int,
    padding: int,
    *,
    is_circular: bool,
) -> tuple[Numbers, Numbers, Numbers]:
    """Return the taps of a convolution: unit, weight and unit read of each."""
    channels, lengths = shape[0], shape[1:]
    places = np.arange(math.prod(shape)).reshape(channels, -1)
    weights = np.arange(steps[0] * channels * math.prod(window)).reshape(steps[0] * channels, -1)
    results = np.arange(math.prod(steps)).reshape(steps[0], -1)
    nothing = np.zeros(0, dtype=np.int64)  # a window may see nothing but zeros
    units, parameters, inputs = [nothing], [nothing], [nothing]
    for position in product(*map(range, steps[1:])):
        for offset in product(*map(range, window)):
            at = [p * stride + k - padding for p, k in zip(position, offset, strict=True)]
            if not is_circular and any(not 0 <= i < n for i, n in zip(at, lengths, strict=True)):
                continue
            read = places[:, _flat([i % n for i, n in zip(at, lengths, strict=True)], lengths)]
            units.append(np.repeat(results[:, _flat(position, steps[1:])], channels))
            parameters.append(weights[:, _flat(offset, window)])
            inputs.append(np.tile(read, steps[0]))
    return np.concatenate(units), np.concatenate(parameters), np.concatenate(inputs)


def _flat(position: Sequence[int], lengths: Sequence[int]) -> int:
    """Return the number of a position, in row-major order."""
    number = 0
    for p, n in zip(position, lengths, strict=True):
        number = number * n + p
    return number


def _joined(first: ExactArray, second: ExactArray) -> ExactArray:
    entries = [*first.flat(), *second.flat()]
    return ExactArray.of(entries, (len(entries),))
