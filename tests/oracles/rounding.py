"""How far a floating-point computation of a network can be from its exact values: running error analysis of a program.

Let u be the unit roundoff of a format and t its least positive number. A runtime computes every sum, product and
quotient of its numbers as the exact result times 1 + d, |d| <= u, plus at most t where it underflows (Higham, Accuracy
and Stability of Numerical Algorithms, 2nd edition, sections 2.2, 3.1 and 3.3). For each entry e of the program's
environment the analysis finds err(e) >= |computed - exact| at one point. It knows the program, so the statement is: if
the program is the network, then the computed values are within err of the exact ones. A wrong program has values that
differ by a multiple of its weights; its bounds differ by that multiple of u.

*Sums.* A form sum c_i e_i is computed as a sum of n products, in any order, with or without fused operations, each
product going through at most n - 1 additions and through as many roundings as its coefficient is made with. The form
then comes out as sum c_i ê_i (1 + D_i), |D_i| <= G = (1 + u / (1 - u))^k - 1, k = n + `spare`. Coefficients that are
themselves made of stored constants (alpha times a weight, scale / sqrt(variance + epsilon), one n-th) are covered by
`spare` roundings. So
    |computed - exact| <= sum |c_i| err(e_i) + G sum |c_i| (size(e_i) + err(e_i)) + 2 (n + spare) t (1 + max |c_i|).
Here size(e) >= |e|. It is more than |e| for units that are the identity: where a node ends in such a unit, the terms of
what it computes go into size(e), not their sum alone, because a runtime that merges two affine nodes rearranges the
terms of both. A form that is zero or plus or minus one entry is moved, not computed: its error is that entry's. A
form without constant term, with integer coefficients and integer entries known without error, is computed without error
if its size is at most 1 / u: all partial sums are integers of the format. A constant that the format holds is stored.

*Constants merged by the importer.* The sum of |c_i e_i| does not show what cancels between constants that the importer
has added up within a coefficient. Whoever calls sees to it that a coefficient is a product of stored constants, or
shows the sum elsewhere: by units that are the identity behind every node (`conformance.tapping`), by bounds of the
same network with these constants as data, added up (`conformance.verdicts`), and for constants that the graph computes
by their own errors (`conformance.constant_errors`), which go in as errors of data.

*Continuous units* are functions F of the entries. On the straight way from the exact entries to the computed ones, F
changes by at most the largest of the sums of |c_i| err(e_i) over the pieces that are chosen somewhere on that way; such
a piece's selector is, at the start, less below the largest than the errors of the two add up to. Rounding inside the
pieces adds what it adds to the one that is chosen last. So err is the largest error of the values of these candidates.

*Discontinuous units.* If the chosen piece is the only candidate, it is also the computed one, and err is its value's.
Where a comparison is between two numbers that are known without error (two entries, or an entry and a number of the
format), it is made without error, and the loser is no candidate. If candidates are left whose value is another form,
the unit is undecided: it is listed, and err includes the jump.

All of this is computed in float64, with radii for its own rounding (`float_forms`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from exactgeo import Program
from oracles.float_forms import SLACK, Entries, FloatForms
from oracles.precisions import Precision
from oracles.translation import fraction

SPARE = 10


@dataclass(frozen=True)
class Rounding:
    """What a computation rounds: the format; whether moving a number rounds it too (where there are casts); k - n."""

    precision: Precision
    moves_round: bool = False
    spare: int = SPARE


@dataclass(frozen=True)
class Bounds:
    """The outputs' values, within radii of the exact ones; bounds on a computation's errors; undecided units."""

    values: np.ndarray
    radii: np.ndarray
    errors: np.ndarray
    undecided: tuple[int, ...]


@dataclass
class _Layer:
    """Units that do not use one another: their forms, and each piece's selector and value among these."""

    first: int
    forms: FloatForms
    stored: np.ndarray
    selectors: np.ndarray
    values: np.ndarray
    starts: np.ndarray
    identities: np.ndarray

    @property
    def owners(self) -> np.ndarray:
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))


@dataclass
class RoundingAnalysis:
    """The error analysis of one program in one precision, ready for many points."""

    program: Program
    rounding: Rounding
    _layers: list[_Layer] = field(init=False)
    _continuous: dict[int, bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._layers = [self._layer(units) for units in self.program.layers]
        self._outputs = FloatForms(self.program.outputs)
        self._stored_outputs = self._constants(self.program.outputs)

    def at(self, point: np.ndarray, pattern: Sequence[int] | None = None, errors: np.ndarray | None = None) -> Bounds:
        """Return the bounds at a point of numbers that float64 holds.

        Args:
            point: (inputs,) the point.
            pattern: the exact pattern there; where it is known, it sharpens the bounds.
            errors: (inputs,) how far a computation's inputs are from the point; 0 if left out.
        """
        start = np.concatenate(([1.0], np.asarray(point, dtype=np.float64)))
        total = self.program.environment_size
        environment = Entries(np.zeros(total), np.zeros(total), np.zeros(total), np.zeros(total))
        environment.values[: len(start)] = start
        environment.sizes[: len(start)] = np.abs(start)
        if errors is not None:
            environment.errors[1 : len(start)] = errors
        undecided: list[int] = []
        with np.errstate(over="ignore", invalid="ignore", under="ignore"):
            for layer in self._layers:
                undecided += self._advance(layer, environment, pattern)
            results = self._evaluated(self._outputs, self._stored_outputs, environment)
        return Bounds(results.values, results.radii, results.errors, tuple(undecided))

    def _layer(self, units: range) -> _Layer:
        table = self.program.units
        low, high = int(table.starts[units.start]), int(table.starts[units.stop])
        rows, places = np.unique(
            np.concatenate([table.selectors[low:high], table.values[low:high]]), return_inverse=True
        )
        forms = table.forms.take(rows)
        selectors, values = places[: high - low], places[high - low :]
        starts = np.asarray(table.starts[units.start : units.stop + 1]) - low
        records = {record: index for index, record in enumerate(dict.fromkeys(forms.records()))}
        kinds = np.array([records[record] for record in forms.records()])[values]
        one = np.minimum.reduceat(kinds, starts[:-1]) == np.maximum.reduceat(kinds, starts[:-1])
        return _Layer(units.start, FloatForms(forms), self._constants(forms), selectors, values, starts, one)

    def _constants(self, forms: "object") -> np.ndarray:
        """Return which forms are constants that the format holds."""
        found = np.zeros(len(forms), dtype=bool)
        alone = np.flatnonzero(np.diff(forms.starts) == 1)
        for row in alone[forms.entries[forms.starts[alone]] == 0]:
            found[row] = self.rounding.precision.holds(fraction(forms.row(row)[0]))
        return found

    def _evaluated(self, forms: FloatForms, stored: np.ndarray, environment: Entries) -> Entries:
        results, whole = forms.evaluate(environment)
        precision, factors = self.rounding.precision, forms.terms + self.rounding.spare
        fresh = precision.growth(factors) * (results.sizes + results.errors)
        fresh = fresh + 2 * factors * precision.least * (1 + forms.largest)
        free = stored | (whole & (results.sizes <= 1 / precision.unit))
        if not self.rounding.moves_round:
            free |= forms.moves
        errors = np.where(free, results.errors, (results.errors + fresh) * SLACK)
        return Entries(results.values, results.radii, errors, np.maximum(results.sizes, np.abs(results.values)))

    def _advance(self, layer: _Layer, environment: Entries, pattern: Sequence[int] | None) -> list[int]:
        """Compute the entries of a layer's units in place, and return the undecided ones."""
        forms = self._evaluated(layer.forms, layer.stored, environment)
        selectors, values = forms.take(layer.selectors), forms.take(layer.values)
        starts, owners = layer.starts[:-1], layer.owners
        chosen = _chosen(selectors.values, layer, pattern)
        doubt = selectors.errors + selectors.radii
        lead = np.maximum.reduceat(selectors.values - doubt, starts)
        candidates = selectors.values + doubt >= lead[owners]
        candidates[chosen] = True
        known = pattern is not None
        undecided = self._drop_the_decided(layer, environment, candidates, chosen, known=known)
        errors = np.maximum.reduceat(np.where(candidates, values.errors, 0.0), starts)
        of_candidates = np.maximum.reduceat(np.where(candidates, values.radii, 0.0), starts)
        radii = values.radii[chosen] if known else of_candidates
        jumps = np.abs(values.values - values.values[chosen][owners]) + values.errors + values.errors[chosen][owners]
        for unit in undecided:
            errors[unit] = jumps[candidates & (owners == unit)].max()
            radii[unit] = radii[unit] if known else errors[unit]
        entries = slice(1 + self.program.inputs + layer.first, 1 + self.program.inputs + layer.first + len(starts))
        environment.values[entries] = values.values[chosen]
        environment.radii[entries] = radii
        environment.errors[entries] = errors
        environment.sizes[entries] = np.where(
            layer.identities, values.sizes[chosen], np.abs(values.values[chosen]) + radii
        )
        return [layer.first + unit for unit in undecided]

    def _drop_the_decided(
        self, layer: _Layer, environment: Entries, candidates: np.ndarray, chosen: np.ndarray, *, known: bool
    ) -> list[int]:
        """Remove from the candidates those that an exact comparison excludes; return the units left undecided."""
        starts = layer.starts[:-1]
        jumping = np.logical_or.reduceat(layer.selectors != layer.values, starts) & ~layer.identities
        undecided = []
        for unit in np.flatnonzero(jumping & (np.add.reduceat(candidates.astype(int), starts) > 1)).tolist():
            if self._is_continuous(layer.first + unit):
                continue
            pieces, best = self.program.unit(layer.first + unit).pieces, int(chosen[unit] - starts[unit])
            left = False
            for index in np.flatnonzero(candidates[starts[unit] : layer.starts[unit + 1]]).tolist():
                if index == best or pieces[index].value == pieces[best].value:
                    continue
                if known and self._is_exact_comparison(pieces[best].selector, pieces[index].selector, environment):
                    candidates[starts[unit] + index] = False
                else:
                    left = True
            undecided += [unit] * left
        return undecided

    def _is_continuous(self, unit: int) -> bool:
        if unit not in self._continuous:
            self._continuous[unit] = self.program.unit(unit).is_continuous()
        return self._continuous[unit]

    def _is_exact_comparison(self, first: dict, second: dict, environment: Entries) -> bool:
        entries = {*first, *second}
        difference = {e: fraction(first.get(e, Fraction(0))) - fraction(second.get(e, Fraction(0))) for e in entries}
        constant = difference.pop(0, Fraction(0))
        terms = {entry: value for entry, value in difference.items() if value}
        if any(environment.errors[entry] for entry in terms):
            return False
        slopes = list(terms.values())
        if len(slopes) <= 1:
            return not slopes or self.rounding.precision.holds(constant / slopes[0])
        return len(slopes) == 2 and not constant and slopes[0] == -slopes[1]


def _chosen(selectors: np.ndarray, layer: _Layer, pattern: Sequence[int] | None) -> np.ndarray:
    """Return the chosen piece of each unit, counted through the layer."""
    starts = layer.starts[:-1]
    if pattern is not None:
        return starts + np.asarray(pattern[layer.first : layer.first + len(starts)], dtype=np.int64)
    largest = np.maximum.reduceat(selectors, starts)[layer.owners]
    places = np.where(selectors == largest, np.arange(len(selectors)), len(selectors))
    return np.minimum.reduceat(places, starts)
