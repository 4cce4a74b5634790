"""Gated networks: the gates' pre-activations, and the layers that they gate."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Any

import numpy as np

from exactgeo.arithmetic.arrays import ExactArray
from exactgeo.arithmetic.integers import object_array
from exactgeo.arithmetic.rationals import Point, point
from exactgeo.errors import DimensionMismatch, InvalidArgument
from exactgeo.networks.builders import constant_forms
from exactgeo.networks.evaluation import evaluate
from exactgeo.networks.forms import SparseForms
from exactgeo.networks.gated.layers import ONE, Fixed, Gate, Layer, Numbers, Source, Sum, Weighted, sizes_of
from exactgeo.networks.programs import Program, ProgramBuilder

Gates = tuple[tuple[bool, ...], ...]
"""For each layer of gates, which of them are open."""


@dataclass(frozen=True, eq=False)
class GatedNetwork:
    """A network whose gates are those that a feature network's pre-activations say: open where these are > 0.

    *Definition*: its output is what its layers make of x, or of ones, where layer l of gates multiplies by
    1[q_l(x) > 0], q_l(x) being the feature network's pre-activations. At 0 a gate is closed.

    Attributes:
        layers: of the value network; the last one holds the outputs.
        features: the feature network: x -> (q_0(x), q_1(x), …), one after the other; None if each gate looks at what it
            gates, so that the network is an ordinary ReLU network.

    Raises:
        InvalidArgument: if the layers do not fit together, or not exactly one of them is the input.
        DimensionMismatch: if the feature network has other inputs, or other than one output for each gate.

    **Exactness**: everything is exact.

    **Source**: Lakshminarayanan and Singh, Neural path features and neural path kernel, NeurIPS 2020 (deep gated
    networks); Disentangling deep neural networks with rectified linear units using duality, 2021 (DLGN).
    """

    layers: tuple[Layer, ...]
    features: Program | None = None

    def __post_init__(self) -> None:
        sources = [layer for layer in self.layers if isinstance(layer, Source)]
        if len(sources) != 1:
            raise InvalidArgument(f"a gated network has one input layer, not {len(sources)}")
        sizes_of(self.layers)
        if self.features is None and sources[0].is_ones:
            raise InvalidArgument("a network that gets ones looks at x in its feature network, and there is none")
        if self.features is None:
            return
        if self.features.inputs != sources[0].size and not sources[0].is_ones:
            raise DimensionMismatch(
                f"the feature network has {self.features.inputs} inputs, the value network {sources[0].size}"
            )
        if self.features.output_count != sum(self.gate_sizes):
            raise DimensionMismatch(
                f"the feature network has {self.features.output_count} outputs for {sum(self.gate_sizes)} gates"
            )

    @cached_property
    def sizes(self) -> tuple[int, ...]:
        """The number of units of each layer."""
        return sizes_of(self.layers)

    @property
    def inputs(self) -> int:
        """The number of inputs x."""
        if self.features is not None:
            return self.features.inputs
        return next(layer.size for layer in self.layers if isinstance(layer, Source))

    @property
    def output_count(self) -> int:
        """The number of outputs."""
        return self.sizes[-1]

    @property
    def gate_sizes(self) -> tuple[int, ...]:
        """The number of gates in each layer of them."""
        by_number = {layer.number: self.sizes[layer.source] for layer in self.layers if isinstance(layer, Gate)}
        return tuple(by_number[number] for number in range(len(by_number)))

    @property
    def is_linearly_gated(self) -> bool:
        """Whether the pre-activations are affine functions of x: whether this is a DLGN."""
        return self.features is not None and self.features.unit_count == 0

    @cached_property
    def preactivations(self) -> Program:
        """The program x -> (q_0(x), q_1(x), …): the feature network."""
        if self.features is not None:
            return self.features
        builder = ProgramBuilder(self.inputs)
        gated = dict(self._walk(builder, _Rectified(builder)))
        found = [gated[layer.source] for layer in self._gates()]
        return builder.build(SparseForms.concatenate(found))

    @cached_property
    def program(self) -> Program:
        """The network as a program: for each gate a unit with selectors (0, q) and values (0, what it gates)."""
        builder = ProgramBuilder(self.inputs)
        if self.features is None:
            return builder.build(dict(self._walk(builder, _Rectified(builder)))[len(self.layers) - 1])
        x = SparseForms.variables(np.arange(1, 1 + self.inputs))
        opened = _Opened(builder, self._split(builder.add_program(self.features, x)))
        return builder.build(dict(self._walk(builder, opened))[len(self.layers) - 1])

    def gates(self, coordinates: Iterable[Any]) -> Gates:
        """Return which gates are open at a point.

        Raises:
            DimensionMismatch: for a point of another space.
        """
        x = point(coordinates)
        if len(x) != self.inputs:
            raise DimensionMismatch(f"the point has {len(x)} coordinates, but the network has {self.inputs} inputs")
        signs = [value > 0 for value in evaluate(self.preactivations, x).outputs]
        return tuple(tuple(signs[low:high]) for low, high in pairwise(self._gate_starts()))

    def outputs(self, coordinates: Iterable[Any]) -> Point:
        """Return the outputs at a point."""
        return evaluate(self.program, coordinates).outputs

    def with_gates_permuted(self, order: Sequence[int]) -> "GatedNetwork":
        """Return the network in which layer l of gates is given the pre-activations of layer order[l].

        Raises:
            InvalidArgument: if that is no permutation of the layers of gates.
            DimensionMismatch: if layers that change places have different sizes.
        """
        sizes = self.gate_sizes
        if sorted(order) != list(range(len(sizes))):
            raise InvalidArgument(f"{list(order)} is no permutation of {len(sizes)} layers of gates")
        if any(sizes[k] != sizes[place] for k, place in enumerate(order)):
            raise DimensionMismatch(f"the layers of gates have {sizes} gates: layers of different sizes do not change")
        starts = self._gate_starts()
        rows = np.concatenate([np.arange(starts[k], starts[k + 1]) for k in order])
        known = self.preactivations
        return GatedNetwork(self.layers, Program(known.inputs, known.units, known.outputs.take(rows)))

    def _gates(self) -> list[Gate]:
        gates = [layer for layer in self.layers if isinstance(layer, Gate)]
        return sorted(gates, key=lambda layer: layer.number)

    def _gate_starts(self) -> list[int]:
        return [0, *accumulate(self.gate_sizes)]

    def _split(self, forms: SparseForms) -> list[SparseForms]:
        return [forms.take(np.arange(low, high)) for low, high in pairwise(self._gate_starts())]

    def _walk(self, builder: ProgramBuilder, gating: "_Rectified | _Opened") -> Iterator[tuple[int, SparseForms]]:
        """Yield the number of each layer, and its units as forms, adding units to the builder."""
        known: dict[int, SparseForms] = {}
        for number, layer in enumerate(self.layers):
            if isinstance(layer, Source):
                entries = np.zeros(layer.size, dtype=np.int64) if layer.is_ones else np.arange(1, 1 + builder.inputs)
                forms = SparseForms.variables(entries)
            elif isinstance(layer, Gate):
                forms = gating(layer.number, known[layer.source])
            elif isinstance(layer, Sum):
                forms = known[layer.first] + known[layer.second]
            else:
                forms = _linear(layer, known[layer.source])
            known[number] = forms
            yield number, forms


class _Rectified:
    """Gates that look at what they gate."""

    def __init__(self, builder: ProgramBuilder) -> None:
        self._builder = builder

    def __call__(self, _number: int, forms: SparseForms) -> SparseForms:
        return SparseForms.variables(self._builder.add_relus(forms))


class _Opened:
    """Gates that pre-activations open."""

    def __init__(self, builder: ProgramBuilder, preactivations: Sequence[SparseForms]) -> None:
        self._builder, self._preactivations = builder, preactivations

    def __call__(self, number: int, forms: SparseForms) -> SparseForms:
        return SparseForms.variables(self._builder.add_gated(self._preactivations[number], forms))


def _linear(layer: Weighted | Fixed, read: SparseForms) -> SparseForms:
    """Return a layer's units, given the forms that it reads."""
    coefficients = layer.weights[layer.parameters] if isinstance(layer, Weighted) else layer.coefficients
    one = constant_forms(ExactArray(np.ones(1, dtype=np.int64), 1))
    return _combined(layer.size, layer.units, layer.inputs - ONE, coefficients).substitute(
        SparseForms.concatenate([one, read])
    )


def _combined(size: int, units: Numbers, entries: Numbers, coefficients: ExactArray) -> SparseForms:
    denominators = object_array([coefficients.denominator] * size)
    return SparseForms.from_triplets(units, entries, coefficients.numerators, denominators)
