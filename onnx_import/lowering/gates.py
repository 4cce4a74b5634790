"""Products with gates: a form in piecewise-constant units times any form is piecewise affine.

A unit is a *step* if all its values are constants or forms in steps; a gate is a form in steps. Let s be a step with
selectors g1, …, gk and values v1, …, vk. Then s times a form B is the unit with the same selectors and the values
v1 B, …, vk B, where a v that is itself a form in steps is multiplied by B in turn. Deep gated networks
(Lakshminarayanan and Singh 2020) become one unit a gate that way: selectors (0, g), values (0, u).
"""

import numpy as np
import numpy.typing as npt

from exactgeo.errors import InternalError, UnsupportedOperator
from exactgeo.networks.forms import Index, SparseForms, ranges
from exactgeo.networks.programs import Program, ProgramBuilder
from exactgeo.networks.units import UnitTable

Mask = npt.NDArray[np.bool_]

_MOST_DEPTH = 64
_MOST_TERMS = 2**23


class Gates:
    """Knows the steps among a builder's units, and multiplies with them."""

    def __init__(self, builder: ProgramBuilder) -> None:
        self._builder = builder
        self._steps: Mask = np.zeros(1 + builder.inputs, dtype=np.bool_)
        self._steps[0] = True  # the constant 1
        self._seen = 0
        self._absorbed: list[Index] = []
        self._multiplied = 0
        self._bounds: dict[int, int] = {0: 1}

    def are_gates(self, forms: SparseForms) -> bool:
        """Whether the forms use nothing but steps and constants."""
        return bool(np.all(self._known()[forms.entries]))

    def bound(self, forms: SparseForms) -> int:
        """Return an integer that no gate among these forms exceeds, wherever it is looked at, in absolute value."""
        if not self.are_gates(forms):
            raise InternalError("forms that are no gates have no bound")
        waiting = [int(entry) for entry in np.unique(forms.entries) if int(entry) not in self._bounds]
        while waiting:
            values = self._values(waiting[-1])
            unknown = {entry for entry in values.entries.tolist() if entry not in self._bounds}
            if unknown:
                waiting.extend(unknown)
            else:
                self._bounds[waiting.pop()] = self._largest(values)
        return self._largest(forms)

    def _values(self, entry: int) -> SparseForms:
        """Return the values of a unit's pieces."""
        table, unit = self._builder.table(), entry - 1 - self._builder.inputs
        return table.forms.take(np.unique(table.values[table.starts[unit] : table.starts[unit + 1]]))

    def _largest(self, forms: SparseForms) -> int:
        totals = [0] * len(forms)
        for row, entry, numerator in zip(forms.row_numbers, forms.entries, forms.numerators, strict=True):
            totals[row] += abs(int(numerator)) * self._bounds[int(entry)]
        return max((-(-total // int(d)) for total, d in zip(totals, forms.denominators, strict=True)), default=0)

    def product(self, gates: SparseForms, forms: SparseForms, depth: int = 0) -> SparseForms:
        """Return the products, row by row, of gates and any forms. New units are added as needed.

        Raises UnsupportedOperator where gates whose values are gates in turn make that too many.
        """
        rows, constant = gates.row_numbers, gates.entries == 0
        kept, gated = np.flatnonzero(constant), np.flatnonzero(~constant)
        parts = forms.take(rows[kept])
        if len(gated):
            units = self._selected(gates.entries[gated], forms.take(rows[gated]), depth)
            parts = SparseForms.concatenate([parts, SparseForms.variables(units)])
        order = np.concatenate([kept, gated])
        sums = SparseForms.from_triplets(
            rows[order], np.arange(len(order)), gates.numerators[order], gates.denominators
        )
        return sums.substitute(parts)

    def _selected(self, entries: Index, forms: SparseForms, depth: int) -> Index:
        """Return the entries of new units that hold step entries[i] times row i of the forms."""
        table = self._builder.table()
        units = entries - 1 - self._builder.inputs
        counts = np.diff(table.starts)[units]
        pieces = ranges(table.starts[units], table.starts[units + 1])[0]
        owners = np.repeat(np.arange(len(units)), counts)
        self._multiplied += int(counts @ np.diff(forms.starts)) + len(pieces)
        if depth > _MOST_DEPTH or self._multiplied > _MOST_TERMS:
            raise UnsupportedOperator(f"products of gates are nested deeper than {_MOST_DEPTH}, or of too many terms")
        values = self.product(table.forms.take(table.values[pieces]), forms.take(owners), depth + 1)
        selectors = table.forms.take(table.selectors[pieces])
        self._absorbed.append(entries)
        rows = np.arange(len(pieces))
        return self._builder.add_units(
            SparseForms.concatenate([selectors, values]), rows, rows + len(pieces), counts.astype(np.int64)
        )

    def _known(self) -> Mask:
        """Return for each environment entry whether it is a step (or the constant 1)."""
        tables = self._builder.tables
        for table in tables[self._seen :]:
            flat = _all_in_rows(self._steps, table.forms)
            steps = np.logical_and.reduceat(flat[table.values], table.starts[:-1]) if len(table) else flat[:0]
            self._steps = np.concatenate([self._steps, steps])
        self._seen = len(tables)
        return self._steps

    def without_absorbed(self, program: Program) -> tuple[Program, Mask]:
        """Return the program without the steps that live on in the units which they gate, and that nothing else uses.

        The function stays the same, and so do the pieces of the input space: each of their hyperplanes is a selector
        of a unit that is kept. The mask says which units are.
        """
        if not self._absorbed:
            return program, np.ones(program.unit_count, dtype=np.bool_)
        first, units = 1 + program.inputs, program.units
        absorbed = np.zeros(program.environment_size, dtype=np.bool_)
        absorbed[np.concatenate(self._absorbed)] = True
        used = np.zeros(program.environment_size, dtype=np.bool_)
        used[program.outputs.entries] = True
        kept = np.ones(len(units), dtype=np.bool_)
        for unit in range(len(units) - 1, -1, -1):
            kept[unit] = used[first + unit] or not absorbed[first + unit]
            if kept[unit]:
                pieces = slice(units.starts[unit], units.starts[unit + 1])
                for row in np.concatenate([units.selectors[pieces], units.values[pieces]]):
                    used[units.forms.entries[units.forms.starts[row] : units.forms.starts[row + 1]]] = True
        return program if kept.all() else _restricted(program, kept), kept


def _all_in_rows(mask: Mask, forms: SparseForms) -> Mask:
    """Return for each row whether all its entries are in the mask."""
    outside = np.flatnonzero(~mask[forms.entries])
    inside = np.ones(len(forms), dtype=np.bool_)
    inside[forms.row_numbers[outside]] = False
    return inside


def _restricted(program: Program, kept: Mask) -> Program:
    units, first = program.units, 1 + program.inputs
    numbers = np.concatenate([np.arange(first), first + np.cumsum(kept) - 1])
    counts = np.diff(units.starts)[kept]
    pieces = ranges(units.starts[:-1][kept], units.starts[1:][kept])[0]
    rows, places = np.unique(np.concatenate([units.selectors[pieces], units.values[pieces]]), return_inverse=True)

    def renumbered(forms: SparseForms) -> SparseForms:
        return SparseForms(forms.starts, numbers[forms.entries], forms.numerators, forms.denominators)

    starts = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
    table = UnitTable(renumbered(units.forms.take(rows)), starts, places[: len(pieces)], places[len(pieces) :])
    return Program(program.inputs, table, renumbered(program.outputs))
