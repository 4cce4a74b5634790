"""Programs: the normal form of piecewise-affine networks."""

import hashlib
import numbers
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from exactgeo.errors import DimensionMismatch, InvalidArgument
from exactgeo.networks.forms import Index, SparseForms
from exactgeo.networks.serialisation import program_lines
from exactgeo.networks.units import Form, Unit, UnitTable


class Program:
    """A network as a sequence of selection units over an environment (1, x1, …, xn, y0, …, y(m-1)).

    *Definition*: unit j has k >= 2 pieces; piece i has a selector g(j,i) and a value v(j,i), rational affine forms
    in the environment before j; y_j = v(j, i*), i* the least index whose selector is largest. Outputs are affine
    forms in the whole environment.

    Immutable and hashable. Programs are equal if their canonical texts are (the same units, in the same order).

    Args:
        inputs: n >= 1.
        units: the units, each using only entries before its own.
        outputs: affine forms in the whole environment.

    Raises:
        InvalidArgument: if a form uses an entry that does not exist yet, or a unit has fewer than two pieces.

    **Exactness**: exact. Made by `exactgeo.networks.builders` and `onnx_import.load`.
    """

    inputs: int
    units: UnitTable
    outputs: SparseForms

    def __init__(self, inputs: int, units: UnitTable, outputs: SparseForms) -> None:
        if inputs < 1:
            raise InvalidArgument(f"a network has at least one input, not {inputs}")
        self.__dict__.update(inputs=inputs, units=units, outputs=outputs)
        self._validate()
        for array in (*units.arrays(), *outputs.arrays()):
            array.flags.writeable = False

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"programs are immutable: {name} cannot be set")

    def _validate(self) -> None:
        short = np.flatnonzero(np.diff(self.units.starts) < 2)  # noqa: PLR2004 (a choice needs two)
        if len(short):
            raise InvalidArgument(f"unit {short[0]} has fewer than two pieces")
        for forms in (self.units.forms, self.outputs):
            if forms.nonzeros and forms.entries.min() < 0:
                raise InvalidArgument(f"{forms.entries.min()} is not an environment entry: they are numbered from 0")
        available = 1 + self.inputs + np.arange(len(self.units))
        early = np.flatnonzero(self.units.largest_entries() >= available)
        if len(early):
            raise InvalidArgument(f"unit {early[0]} uses an environment entry that comes only with it or after it")
        if self.outputs.width > self.environment_size:
            raise InvalidArgument("an output uses an environment entry that does not exist")

    @property
    def unit_count(self) -> int:
        """The number of units."""
        return len(self.units)

    @property
    def output_count(self) -> int:
        """The number of outputs."""
        return len(self.outputs)

    @property
    def environment_size(self) -> int:
        """1 + inputs + units."""
        return 1 + self.inputs + len(self.units)

    def unit(self, index: int) -> Unit:
        """Return unit `index`, counted from 0."""
        return self.units.unit(index)

    @cached_property
    def layers(self) -> tuple[range, ...]:
        """The units in order, cut greedily into ranges of units that do not use one another."""
        largest = self.units.largest_entries().tolist()
        layers, start = [], 0
        for index, entry in enumerate(largest):
            if entry >= 1 + self.inputs + start:
                layers.append(range(start, index))
                start = index
        if start < len(largest):
            layers.append(range(start, len(largest)))
        return tuple(layers)

    @cached_property
    def is_continuous(self) -> bool:
        """Whether every unit is a continuous function of its environment; then so is the network."""
        return self.units.are_continuous()

    @property
    def text(self) -> str:
        """The canonical text (proofs/FORMAT.md, section 3)."""
        return "".join(program_lines(self.inputs, self.units, self.outputs))

    @cached_property
    def sha256(self) -> str:
        """The SHA-256 of the canonical text, which names the exact network."""
        digest = hashlib.sha256()
        for line in program_lines(self.inputs, self.units, self.outputs):
            digest.update(line.encode("ascii"))
        return digest.hexdigest()

    def __eq__(self, other: object) -> bool:
        return self.sha256 == other.sha256 if isinstance(other, Program) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.sha256)

    def __repr__(self) -> str:
        return (
            f"<Program {self.sha256[:12]}: {self.inputs} inputs, {self.unit_count} units, {self.output_count} outputs>"
        )


class ProgramBuilder:
    """Collects units, and hands out the environment entries that hold them.

    >>> builder = ProgramBuilder(inputs=1)
    >>> y = builder.add_unit([({}, {}), ({1: 1}, {1: 1})])  # relu(x)
    >>> builder.build([{y: 2}]).unit_count
    1
    """

    def __init__(self, inputs: int) -> None:
        self.inputs = inputs
        self._tables: list[UnitTable] = []
        self._whole: UnitTable | None = None
        self._count = 0

    @property
    def environment_size(self) -> int:
        """The number of entries so far: the next unit's entry."""
        return 1 + self.inputs + self._count

    @property
    def unit_count(self) -> int:
        """The number of units so far."""
        return self._count

    @property
    def tables(self) -> Sequence[UnitTable]:
        """The units so far, in the batches in which they were added."""
        return self._tables

    def table(self) -> UnitTable:
        """Return all units so far, as one table."""
        if self._whole is None or len(self._whole) < self._count:
            self._whole = _joined(self._tables)
        return self._whole

    def add_unit(self, pieces: Sequence[tuple[dict[int, Any], dict[int, Any]]]) -> int:
        """Add one unit, given as (selector, value) pairs of {entry: rational}, and return its entry."""
        forms = SparseForms.of(form for piece in pieces for form in piece)
        rows = np.arange(len(pieces)) * 2
        return int(self.add_units(forms, rows, rows + 1, np.array([len(pieces)]))[0])

    def add_units(self, forms: SparseForms, selectors: Index, values: Index, counts: Index) -> Index:
        """Add units that do not use one another, and return their entries.

        Args:
            forms: affine forms in the environment so far.
            selectors: (pieces,) for each piece, unit after unit, the row of `forms` that selects it.
            values: (pieces,) likewise its value.
            counts: (units,) how many pieces each unit has.
        """
        starts = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
        self._tables.append(UnitTable(forms, starts, selectors.astype(np.int64), values.astype(np.int64)))
        first = self.environment_size
        self._count += len(counts)
        return np.arange(first, first + len(counts))

    def add_relus(self, forms: SparseForms) -> Index:
        """Add y = max(0, form) for each form: selectors and values (0, form). Returns the entries."""
        zero = SparseForms.of([{}])
        rows = np.stack([np.zeros(len(forms), dtype=np.int64), np.arange(1, len(forms) + 1)], axis=1).ravel()
        return self.add_units(SparseForms.concatenate([zero, forms]), rows, rows, np.full(len(forms), 2))

    def add_maxima(self, batches: Sequence[SparseForms]) -> Index:
        """Add y[j] = max over the batches of row j, the pieces in the batches' order. Returns the entries."""
        count = len(batches[0])
        rows = (np.arange(len(batches))[None, :] * count + np.arange(count)[:, None]).ravel()
        return self.add_units(SparseForms.concatenate(batches), rows, rows, np.full(count, len(batches)))

    def add_gated(self, gates: SparseForms, forms: SparseForms) -> Index:
        """Add y = form where its gate > 0, else 0: selectors (0, gate), values (0, form). Returns the entries."""
        if len(gates) != len(forms):
            raise DimensionMismatch(f"{len(gates)} gates for {len(forms)} values")
        count = np.arange(1, len(forms) + 1)
        closed = np.zeros_like(count)
        selectors = np.stack([closed, count], axis=1).ravel()
        values = np.stack([closed, count + len(gates)], axis=1).ravel()
        batch = SparseForms.concatenate([SparseForms.of([{}]), gates, forms])
        return self.add_units(batch, selectors, values, np.full(len(forms), 2))

    def add_program(self, program: Program, inputs: SparseForms) -> SparseForms:
        """Add another program's units, its inputs being these forms, and return its outputs as forms here."""
        if len(inputs) != program.inputs:
            raise InvalidArgument(f"{len(inputs)} forms given for {program.inputs} inputs")
        entries = np.arange(program.unit_count) + self.environment_size
        constant = SparseForms.variables(np.array([0]))
        inner = SparseForms.concatenate([constant, inputs, SparseForms.variables(entries)])
        table = program.units
        moved = UnitTable(table.forms.substitute(inner), table.starts, table.selectors, table.values)
        self._tables.append(moved)
        self._count += program.unit_count
        return program.outputs.substitute(inner)

    def build(self, outputs: SparseForms | Iterable[Form | dict[int, Any]]) -> Program:
        """Return the program with these outputs."""
        forms = outputs if isinstance(outputs, SparseForms) else SparseForms.of(outputs)
        return Program(self.inputs, self.table(), forms)


def demand_number(name: str, number: int, count: int) -> None:
    """Raise InvalidArgument if a network has no output, or unit, of a number."""
    if not isinstance(number, numbers.Integral) or isinstance(number, bool) or not 0 <= number < count:
        raise InvalidArgument(f"there is no {name} {number!r}: the network has {count}, counted from 0")


def _joined(tables: Sequence[UnitTable]) -> UnitTable:
    rows = np.cumsum([0, *(len(table.forms) for table in tables)])
    pieces = np.cumsum([0, *(len(table.selectors) for table in tables)])
    nothing = np.zeros(0, dtype=np.int64)

    def shifted(part: Callable[[UnitTable], Index], offsets: Index) -> Index:
        return np.concatenate([nothing, *(part(t) + o for t, o in zip(tables, offsets, strict=False))])

    return UnitTable(
        SparseForms.concatenate([table.forms for table in tables]),
        np.append(shifted(lambda table: table.starts[:-1], pieces), pieces[-1]),
        shifted(lambda table: table.selectors, rows),
        shifted(lambda table: table.values, rows),
    )
