"""Kernels of path features without the paths: sums over pairs of units, from the input to the output.

Of two layers a and b let K_ab(i, j) be the inner product of the path features of unit i of a at x and of unit j of b at
y. As the paths to a unit are those to what it reads, with one more weight where the layer has weights:

    a weighted, b = a    sum of K(m, m') of what is read over the weights that i uses at m and j at m'; 1 for a bias
    a weighted, b before a    0: no path to b has a weight of a
    a gate               K of what is gated, where i's gate is open at x, else 0
    a fixed map, a sum   the same combination of the K of what is read

and the same for b. Of convolutions this is the recursion U_l(p, p') = tau_l(p, p') sum_k U_(l-1)(s p + k, s p' + k).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from exactgeo.arithmetic.arrays import ExactArray
from exactgeo.arithmetic.integers import sum_segments
from exactgeo.arithmetic.rationals import Rational, point
from exactgeo.errors import InvalidArgument
from exactgeo.networks.gated import Fixed, Gate, GatedNetwork, Source, Sum, Weighted
from exactgeo.networks.gated.layers import ONE, Numbers
from exactgeo.networks.programs import demand_number

_Key = tuple[int, int]
"""The numbers of two layers."""


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What the kernels ask of an input: its coordinates, or ones, and which gates are open there.

    Attributes:
        source: what the value network is given.
        gates: for each layer of gates, which are open.
    """

    source: ExactArray
    gates: tuple[npt.NDArray[np.bool_], ...]

    @classmethod
    def of(cls, network: GatedNetwork, coordinates: Iterable[Any]) -> "Seen":
        """Return what a network's kernels ask of a point."""
        x = point(coordinates)
        first = network.layers[0]
        source = (Rational(1),) * first.size if isinstance(first, Source) and first.is_ones else x
        gates = tuple(np.array(own, dtype=np.bool_) for own in network.gates(x))
        return cls(ExactArray.of(source, (len(source),)), gates)


@dataclass(slots=True)
class _Terms:
    """A part of a block: multiples of entries of another block that are added to entries of this one."""

    block: _Key
    rows: Numbers  # to which entry, increasing
    wanted: Numbers  # codes of pairs in the other block
    coefficients: ExactArray | None = None
    places: Numbers = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    def summed(self, values: ExactArray, size: int) -> ExactArray:
        """Return for each entry of the block the sum of what the other block's values add to it."""
        part = values[self.places]
        if self.coefficients is not None:
            part = part * self.coefficients
        if np.array_equal(self.rows, np.arange(size)):
            return part
        starts = np.flatnonzero(np.diff(self.rows, prepend=-1))
        sums = sum_segments(part.numerators, starts)
        total = np.zeros(size, dtype=sums.dtype)
        total[self.rows[starts]] = sums
        return ExactArray(total, part.denominator)


@dataclass(slots=True)
class _Block:
    """The pairs (i, j) of units of two layers that are needed, as codes i * size + j, and what they are made of."""

    codes: Numbers
    first: Numbers
    second: Numbers
    terms: list[_Terms] = field(default_factory=list)
    biases: ExactArray | None = None
    is_source: bool = False
    gate_of_first: int | None = None
    gate_of_second: int | None = None


class Transfer:
    """The pairs of units that the kernel of an output needs; made once, it serves for every pair of inputs.

    Args:
        network: the network.
        output: its output.

    Raises:
        InvalidArgument: if there is no such output.
    """

    def __init__(self, network: GatedNetwork, output: int = 0) -> None:
        demand_number("output", output, network.output_count)
        self._network = network
        self._taps = {number: _by_unit(layer) for number, layer in enumerate(network.layers) if _has_taps(layer)}
        last = len(network.layers) - 1
        demands: dict[_Key, list[Numbers]] = {(last, last): [np.array([output * network.sizes[last] + output])]}
        self._blocks: dict[_Key, _Block] = {}
        while demands:
            key = max(demands, key=lambda key: (max(key), min(key), key))
            codes = np.unique(np.concatenate(demands.pop(key)))
            block = self._blocks[key] = self._block(key, codes)
            for terms in block.terms:
                demands.setdefault(terms.block, []).append(terms.wanted)
        for block in self._blocks.values():
            for terms in block.terms:
                terms.places = np.searchsorted(self._blocks[terms.block].codes, terms.wanted)

    @property
    def pair_count(self) -> int:
        """The number of pairs of units that the kernel is a sum over."""
        return sum(len(block.codes) for block in self._blocks.values())

    def kernel(self, x: Seen, y: Seen) -> Rational:
        """Return the kernel of two inputs. **Exactness**: exact."""
        return self._run(x, y, None)[0]

    def slope(self, x: Seen, y: Seen, scale: Rational) -> Rational:
        """Return the derivative by t of the sum of t^d phi(x) phi(y) over all paths, d being the weights on each.

        Args:
            x: an input.
            y: another one.
            scale: t.

        **Exactness**: exact.
        """
        return self._run(x, y, scale)[1]

    def _run(self, x: Seen, y: Seen, scale: Rational | None) -> list[Rational]:
        values: dict[_Key, list[ExactArray]] = {}
        for key, block in reversed(self._blocks.items()):
            values[key] = _evaluated(block, values, x, y, scale)
        return [next(own.flat()) for own in next(reversed(values.values()))]

    def _block(self, key: _Key, codes: Numbers) -> _Block:
        a, b = key
        block = _Block(codes, *np.divmod(codes, self._network.sizes[b]))
        layer = self._network.layers[max(a, b)]
        if a == b and isinstance(layer, Weighted):
            self._share(block, a)
        elif isinstance(layer, Source):
            block.is_source = True
        elif not isinstance(layer, Weighted):
            self._descend(block, key)
        return block

    def _descend(self, block: _Block, key: _Key) -> None:
        """Say what a block is made of, one step down from the later of two layers, which has no weights."""
        a, b = key
        is_first = a >= b
        layer, other = self._network.layers[max(a, b)], min(a, b)
        own, rest = (block.first, block.second) if is_first else (block.second, block.first)
        everything = np.arange(len(own))

        def terms(source: int, rows: Numbers, units: Numbers, coefficients: ExactArray | None = None) -> _Terms:
            sizes = self._network.sizes
            if is_first:
                return _Terms((source, other), rows, units * sizes[other] + rest[rows], coefficients)
            return _Terms((other, source), rows, rest[rows] * sizes[source] + units, coefficients)

        if isinstance(layer, Gate):
            block.terms = [terms(layer.source, everything, own)]
            block.gate_of_first, block.gate_of_second = (layer.number, None) if is_first else (None, layer.number)
        elif isinstance(layer, Sum):
            block.terms = [terms(layer.first, everything, own), terms(layer.second, everything, own)]
        elif isinstance(layer, Fixed):
            taps = [self._taps[max(a, b)][unit] for unit in own.tolist()]
            rows = np.repeat(everything, [len(tap) for tap in taps])
            places = np.concatenate(taps) if taps else everything
            block.terms = [terms(layer.source, rows, layer.inputs[places], layer.coefficients[places])]

    def _share(self, block: _Block, number: int) -> None:
        """Say what a block of a layer with weights is made of: pairs of units read through the same weight."""
        layer, taps = self._network.layers[number], self._taps[number]
        if not isinstance(layer, Weighted):
            raise InvalidArgument("only weights are shared")
        rows, left, right = [], [], []
        for row, (i, j) in enumerate(zip(block.first.tolist(), block.second.tolist(), strict=True)):
            mine, theirs = _common(layer.parameters, taps[i], taps[j])
            rows.append(np.full(len(mine), row))
            left.append(layer.inputs[mine])
            right.append(layer.inputs[theirs])
        row_of, first, second = (np.concatenate([np.zeros(0, np.int64), *parts]) for parts in (rows, left, right))
        is_bias = first == ONE  # then so is the second: see `Weighted`
        size = self._network.sizes[layer.source]
        wanted = (first * size + second)[~is_bias]
        block.terms = [_Terms((layer.source, layer.source), row_of[~is_bias], wanted)]
        block.biases = ExactArray(np.bincount(row_of[is_bias], minlength=len(block.codes)), 1)


def _evaluated(
    block: _Block, values: dict[_Key, list[ExactArray]], x: Seen, y: Seen, scale: Rational | None
) -> list[ExactArray]:
    """Return the block's values, and with a scale their derivatives by it."""
    zero = ExactArray(np.zeros(len(block.codes), dtype=np.int64), 1)
    orders = 1 if scale is None else 2
    if block.is_source:
        return [x.source[block.first] * y.source[block.second], zero][:orders]
    totals = []
    for order in range(orders):
        total = zero
        for terms in block.terms:
            total = total + terms.summed(values[terms.block][order], len(block.codes))
        totals.append(total)
    if block.biases is not None:  # of a layer with weights
        totals[0] = totals[0] + block.biases
        if scale is not None:
            factor = ExactArray.of([scale], (1,))
            totals = [totals[0] * factor, totals[0] + totals[1] * factor]
    for number, units, seen in ((block.gate_of_first, block.first, x), (block.gate_of_second, block.second, y)):
        if number is not None:
            is_open = seen.gates[number][units]
            totals = [ExactArray(np.where(is_open, own.numerators, 0), own.denominator) for own in totals]
    return totals


def _has_taps(layer: object) -> bool:
    return isinstance(layer, Weighted | Fixed)


def _by_unit(layer: Any) -> Sequence[Numbers]:  # noqa: ANN401 (a layer with taps)
    """Return for each unit the numbers of its taps; of a layer with weights, by increasing weight."""
    keys = (layer.parameters, layer.units) if isinstance(layer, Weighted) else (layer.units,)
    order = np.lexsort(keys)
    bounds = np.searchsorted(layer.units[order], np.arange(layer.size + 1))
    return [order[low:high] for low, high in pairwise(bounds)]


def _common(parameters: Numbers, mine: Numbers, theirs: Numbers) -> tuple[Numbers, Numbers]:
    """Return the taps of two units that have the same weights, pair by pair."""
    if mine is theirs:
        return mine, theirs
    _, first, second = np.intersect1d(parameters[mine], parameters[theirs], assume_unique=True, return_indices=True)
    return mine[first], theirs[second]
