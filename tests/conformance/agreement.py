"""How well an imported network agrees with a runtime that computes the same model."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import numpy as np
import onnx
from conformance.comparing import excesses, shown_program
from conformance.modes import Binding, Mode, imported
from conformance.running import Arrays, Runtime, random_points
from oracles.rounding import Bounds, Rounding, RoundingAnalysis
from oracles.translation import fraction

import exactgeo as eg


@dataclass
class Network:
    """An imported model, with its program and one that shows all nodes."""

    binding: Binding
    shown: eg.Program
    _analyses: dict[Rounding, RoundingAnalysis] = field(default_factory=dict)

    @classmethod
    def of(cls, model: onnx.ModelProto) -> "Network":
        """Import a model. Raises ImportFailure."""
        stored = {tensor.name for tensor in model.graph.initializer}
        mode = Mode(tuple(value.name for value in model.graph.input if value.name not in stored))
        with tempfile.TemporaryDirectory() as folder:
            binding = imported(model, mode, Path(folder) / "model.onnx")
            return cls(binding, shown_program(binding, Path(folder) / "shown.onnx"))

    @property
    def program(self) -> eg.Program:
        """The imported program."""
        return self.binding.imported.program

    @property
    def nonzeros(self) -> int:
        """How many non-zeros the error analysis goes through."""
        return self.shown.units.forms.nonzeros + self.shown.outputs.nonzeros

    def points(self, count: int) -> Iterator[Arrays]:
        """Yield random points."""
        return random_points(self.binding.model, dict(self.binding.imported.inputs), count)

    def bounds(self, feeds: Arrays, rounding: Rounding, *, exactly: bool = False) -> tuple[list[Fraction], Bounds]:
        """Return the outputs and their bounds. Exactly: the outputs are evaluated in rational arithmetic.

        Otherwise they are the middles of enclosures in float64, whose radii are small beside the errors of float32.
        """
        point = np.concatenate([feeds[name].astype(np.float64).ravel() for name in self.binding.mode.data])
        if rounding not in self._analyses:
            self._analyses[rounding] = RoundingAnalysis(self.shown, rounding)
        bounds = self._analyses[rounding].at(point)
        assert not bounds.undecided, f"{len(bounds.undecided)} units are undecided"
        middles = [Fraction(value) for value in bounds.values.tolist()]
        if not exactly:
            return middles, bounds
        outputs = [fraction(value) for value in eg.evaluate(self.program, map(Fraction, point.tolist())).outputs]
        distances = zip(outputs, middles, bounds.radii.tolist(), strict=True)
        assert all(abs(a - b) <= Fraction(radius) for a, b, radius in distances), "outside the enclosure"
        return outputs, bounds

    def excess(self, feeds: Arrays, computed: list[np.ndarray], rounding: Rounding, *, exactly: bool) -> Fraction:
        """Return by how much computed outputs are farther from the exact ones than they may be (at most 0: not)."""
        outputs, bounds = self.bounds(feeds, rounding, exactly=exactly)
        shapes = [shape for _, shape in self.binding.imported.outputs]
        assert [array.shape for array in computed] == shapes, "the outputs have other shapes"
        found = np.concatenate([array.ravel() for array in computed])
        assert np.isfinite(found).all(), "the outputs are not finite"
        return max(excesses(outputs, found, bounds.errors if exactly else bounds.errors + bounds.radii))

    def excess_of(self, one: Runtime, feeds: Arrays, *, exactly: bool) -> Fraction:
        """Return the excess of what a runtime computes at a point."""
        types = {name: np.float64 if "double" in one.name else array.dtype for name, array in feeds.items()}
        outputs = one.run({name: array.astype(types[name]) for name, array in feeds.items()})
        return self.excess(feeds, outputs, one.rounding, exactly=exactly)

    def tightness(self, feeds: Arrays, rounding: Rounding) -> list[float]:
        """Return bound / |output| for each output that is not zero."""
        _, bounds = self.bounds(feeds, rounding)
        sizes = np.abs(bounds.values)
        return (bounds.errors[sizes > 0] / sizes[sizes > 0]).tolist()
