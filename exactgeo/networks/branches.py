"""Descending through a program's units: the affine forms that chosen pieces lead to, and what a choice demands."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import flint
import numpy as np

from exactgeo.arithmetic.affine import AffineForm, Row, negated
from exactgeo.errors import InvalidArgument
from exactgeo.networks.evaluation import Pattern
from exactgeo.networks.forms import SparseForms
from exactgeo.networks.programs import Program


class DenseForms:
    """Sparse forms as a dense integer matrix over the entries that they use, to be substituted into often."""

    def __init__(self, forms: SparseForms) -> None:
        self.entries = [int(entry) for entry in np.unique(forms.entries)]
        place = {entry: k for k, entry in enumerate(self.entries)}
        matrix = [[0] * len(self.entries) for _ in range(len(forms))]
        self.denominators = []
        for row, record in zip(matrix, forms.records(), strict=True):
            self.denominators.append(record[0])
            for entry, numerator in zip(record[1::2], record[2::2], strict=True):
                row[place[entry]] = numerator
        self._matrix = flint.fmpz_mat(matrix) if matrix and self.entries else None

    def substitute(self, environment: Sequence[AffineForm]) -> list[AffineForm]:
        """Return the forms in (1, x), for an environment given as forms in (1, x)."""
        width = len(environment[0].numerators)
        if self._matrix is None:
            return [AffineForm((0,) * width, 1) for _ in self.denominators]
        used = [environment[entry] for entry in self.entries]
        common = math.lcm(*(form.denominator for form in used))
        rows = [[value * (common // form.denominator) for value in form.numerators] for form in used]
        products = (self._matrix * flint.fmpz_mat(rows)).tolist()
        return [
            AffineForm.reduced(map(int, row), denominator * common)
            for row, denominator in zip(products, self.denominators, strict=True)
        ]


class LayeredForms:
    """A program's selectors and values as dense forms, a matrix a layer: what a descent substitutes into."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.starts = [layer.start for layer in program.layers]
        self._layers: dict[int, tuple[DenseForms, list[list[tuple[int, int]]]]] = {}

    @cached_property
    def outputs(self) -> DenseForms:
        """The program's outputs."""
        return DenseForms(self.program.outputs)

    @cached_property
    def root(self) -> "Branch":
        """The branch before the first unit, whose environment is (1, x)."""
        inputs = self.program.inputs
        identity = (tuple(int(i == k) for k in range(inputs + 1)) for i in range(inputs + 1))
        return Branch(self, (), tuple(AffineForm(row, 1) for row in identity), (), ())

    def units_of(self, layer: int, environment: Sequence[AffineForm]) -> "tuple[SubstitutedUnit, ...]":
        """Return the layer's units in (1, x)."""
        if layer not in self._layers:
            self._layers[layer] = _dense_layer(self.program, self.program.layers[layer])
        dense, units = self._layers[layer]
        forms = dense.substitute(environment)
        return tuple(
            SubstitutedUnit(tuple(forms[s] for s, _ in pieces), tuple(forms[v] for _, v in pieces)) for pieces in units
        )


@dataclass(frozen=True, slots=True)
class SubstitutedUnit:
    """A unit whose selectors and values are affine forms in (1, x)."""

    selectors: tuple[AffineForm, ...]
    values: tuple[AffineForm, ...]

    def comparisons(self, piece: int) -> tuple[tuple[int, Row], ...]:
        """Return, for each rival of a piece, the primitive row of their selectors' difference (0: the same form)."""
        mine = self.selectors[piece]
        return tuple((rival, mine.above(other)) for rival, other in enumerate(self.selectors) if rival != piece)

    def all_comparisons(self) -> list[list[tuple[int, Row]]]:
        """Return the comparisons of every piece."""
        found: list[list[tuple[int, Row]]] = [[] for _ in self.selectors]
        for rival, other in enumerate(self.selectors):
            for piece in range(rival):
                row = self.selectors[piece].above(other)
                found[piece].append((rival, row))
                found[rival].append((piece, negated(row)))
        return found

    def is_flat(self, piece: int) -> bool:
        """Whether another selector is the same form as this piece's."""
        return any(not any(row) for _, row in self.comparisons(piece))


@dataclass(frozen=True, slots=True)
class Branch:
    """A prefix of choices, with the environment that they lead to.

    Attributes:
        forms: the program's forms.
        pattern: the pieces chosen so far.
        environment: the entries before the current layer, as forms in (1, x).
        units: the current layer's units, substituted (empty before it is entered).
        chosen: the values chosen in the current layer so far.
    """

    forms: LayeredForms
    pattern: Pattern
    environment: tuple[AffineForm, ...]
    units: tuple[SubstitutedUnit, ...]
    chosen: tuple[AffineForm, ...]

    @property
    def is_complete(self) -> bool:
        """Whether every unit has been decided."""
        return len(self.pattern) == self.forms.program.unit_count

    def entered(self) -> "Branch":
        """Return this branch with its current layer substituted."""
        if self.is_complete or len(self.chosen) < len(self.units):
            return self
        environment = self.environment + self.chosen
        layer = self.forms.starts.index(len(self.pattern))
        return Branch(self.forms, self.pattern, environment, self.forms.units_of(layer, environment), ())

    @property
    def unit(self) -> SubstitutedUnit:
        """The next unit (of an entered branch)."""
        return self.units[len(self.chosen)]

    def choose(self, piece: int) -> "Branch":
        """Return the branch that goes on with this piece of the next unit."""
        return Branch(
            self.forms, (*self.pattern, piece), self.environment, self.units, (*self.chosen, self.unit.values[piece])
        )

    def outputs(self) -> tuple[AffineForm, ...]:
        """Return the outputs as forms in (1, x), for a complete branch."""
        return tuple(self.forms.outputs.substitute(self.environment + self.chosen))


def descend(forms: LayeredForms, pattern: Sequence[int]) -> tuple[Branch, tuple[Row, ...], tuple[int, ...]]:
    """Follow a pattern.

    Returns:
        The complete branch; the rows that are > 0 exactly on the pattern's cell (with those of the domain), a
        contradictory row (-1, 0, …, 0) standing where a piece is not the least of its equals; and the flat units.

    Raises:
        InvalidArgument: if the pattern does not fit the program.
    """
    program = forms.program
    if len(pattern) != program.unit_count:
        raise InvalidArgument(f"the pattern has {len(pattern)} pieces, but the network has {program.unit_count} units")
    branch, rows, flat = forms.root, [], []
    for unit, piece in enumerate(pattern):
        branch = branch.entered()
        if not 0 <= piece < len(branch.unit.selectors):
            raise InvalidArgument(f"unit {unit} has no piece {piece}")
        for rival, row in branch.unit.comparisons(piece):
            if any(row):
                rows.append(row)
            elif rival < piece:
                rows.append((-1, *row[1:]))
        if branch.unit.is_flat(piece):
            flat.append(unit)
        branch = branch.choose(piece)
    return branch, tuple(rows), tuple(flat)


def affine_map(program: Program, pattern: Sequence[int]) -> tuple[AffineForm, ...]:
    """Return the affine map that the network is on a pattern's cell: a form in (1, x) for each output."""
    return descend(LayeredForms(program), pattern)[0].outputs()


def _dense_layer(program: Program, layer: range) -> tuple[DenseForms, list[list[tuple[int, int]]]]:
    """Return the layer's distinct forms, and for each unit its pieces as places (selector, value) among them."""
    units = program.units
    bounds = [int(start) for start in units.starts[layer.start : layer.stop + 1]]
    used = np.concatenate([units.selectors[bounds[0] : bounds[-1]], units.values[bounds[0] : bounds[-1]]])
    rows, places = np.unique(used, return_inverse=True)
    selectors, values = places[: len(places) // 2].tolist(), places[len(places) // 2 :].tolist()
    pieces = list(zip(selectors, values, strict=True))
    spans = pairwise(bounds)
    return DenseForms(units.forms.take(rows)), [pieces[low - bounds[0] : high - bounds[0]] for low, high in spans]
