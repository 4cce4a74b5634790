"""What patterns compare, and what maps they lead to, one after the other: they share much."""

from collections.abc import Sequence

from exactgeo.arithmetic.affine import AffineForm, Row
from exactgeo.networks.branches import LayeredForms, SubstitutedUnit

Comparison = tuple[int, int, Row]
"""A unit, a rival of its chosen piece, and the primitive row of their selectors' difference (0: the same form)."""


class _Layer:
    """A layer's units in (1, x), for the pieces chosen before it."""

    def __init__(self, start: int, environment: tuple[AffineForm, ...], units: tuple[SubstitutedUnit, ...]) -> None:
        self.start, self.environment, self.units = start, environment, units
        self._comparisons: dict[tuple[int, int], tuple[Comparison, ...]] = {}

    def comparisons(self, number: int, piece: int) -> tuple[Comparison, ...]:
        """Return what a unit's piece demands."""
        known = self._comparisons.get((number, piece))
        if known is None:
            compared = self.units[number].comparisons(piece)
            known = tuple((self.start + number, rival, row) for rival, row in compared)
            self._comparisons[number, piece] = known
        return known

    def left(self, pattern: Sequence[int]) -> tuple[AffineForm, ...]:
        """Return the environment behind the layer."""
        own = pattern[self.start : self.start + len(self.units)]
        return (*self.environment, *(unit.values[piece] for unit, piece in zip(self.units, own, strict=True)))


class Descents:
    """Follows patterns from the layer before which they first differ from the one before.

    Args:
        forms: the program.
    """

    def __init__(self, forms: LayeredForms) -> None:
        self._forms = forms
        self._pattern: list[int] = []
        self._layers: list[_Layer] = []

    def affine_map(self, pattern: Sequence[int]) -> tuple[AffineForm, ...]:
        """Return the map of a pattern's cell: a form in (1, x) for each output."""
        layers = self._followed(pattern)
        environment = layers[-1].left(pattern) if layers else self._forms.root.environment
        return tuple(self._forms.outputs.substitute(environment))

    def value(self, pattern: Sequence[int], unit: int) -> AffineForm:
        """Return the value that a pattern chooses of a unit, a form in (1, x)."""
        return self._unit(pattern, unit).values[pattern[unit]]

    def equals(self, pattern: Sequence[int], unit: int) -> list[int]:
        """Return the pieces of a unit whose selectors are, on a pattern's cell, the same form as the chosen one's."""
        compared = self._unit(pattern, unit).comparisons(pattern[unit])
        return [rival for rival, row in compared if not any(row)]

    def comparisons(self, pattern: Sequence[int]) -> list[Comparison]:
        """Return all that a pattern's cell demands to be > 0, and where it is flat."""
        return [
            comparison
            for layer in self._followed(pattern)
            for number in range(len(layer.units))
            for comparison in layer.comparisons(number, pattern[layer.start + number])
        ]

    def _unit(self, pattern: Sequence[int], unit: int) -> SubstitutedUnit:
        layers = self._followed(pattern)
        layer = max((layer for layer in layers if layer.start <= unit), key=lambda layer: layer.start)
        return layer.units[unit - layer.start]

    def _followed(self, pattern: Sequence[int]) -> list[_Layer]:
        """Return all layers, entered with a pattern."""
        chosen = list(pattern)
        while self._layers and self._pattern[: self._layers[-1].start] != chosen[: self._layers[-1].start]:
            self._layers.pop()
        for number in range(len(self._layers), len(self._forms.starts)):
            environment = self._layers[-1].left(chosen) if self._layers else self._forms.root.environment
            units = self._forms.units_of(number, environment)
            self._layers.append(_Layer(self._forms.starts[number], environment, units))
        self._pattern = chosen
        return self._layers
