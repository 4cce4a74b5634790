"""The current cell of a walk: its rows, exactly and as floats, and the answers to what is asked about it."""

from collections.abc import Sequence

import numpy as np

from exactgeo.arithmetic.affine import AffineForm, Row
from exactgeo.arithmetic.floats import exact_float
from exactgeo.arithmetic.rationals import Point
from exactgeo.enumeration.certified.floats import demand_ieee_floats
from exactgeo.enumeration.certified.programs.dependences import refutation
from exactgeo.enumeration.certified.programs.exact import ExactProgram, Refuted
from exactgeo.enumeration.certified.programs.insides import Bounds
from exactgeo.enumeration.certified.programs.kernels import choices
from exactgeo.enumeration.certified.programs.kernels.choices import ELSEWHERE, EMPTY, UNDECIDED, UNKNOWN
from exactgeo.enumeration.certified.programs.kernels.spaces import Basis, Bytes, Cell, Floats, Found, Integers, scratch
from exactgeo.enumeration.certified.programs.kernels.spaces import basis as room_for_basis
from exactgeo.enumeration.certified.programs.kernels.verdicts import put_values
from exactgeo.enumeration.certified.programs.layers import EnteredLayer
from exactgeo.enumeration.certified.programs.reduction import Reduced
from exactgeo.enumeration.certified.programs.tables import Tables
from exactgeo.networks.branches import LayeredForms

_CAPACITY = 2**5  # rows, to begin with


class Problem:
    """A reduced program and domain, and a path of rows in them.

    Attributes:
        forms: of the reduced program.
        rows: that are positive on the current cell; those that the others imply are left out.
        layers: those that have been entered.
        found: what the kernels say.
    """

    def __init__(self, reduced: Reduced) -> None:
        demand_ieee_floats()  # here, and wherever others' code may have run since
        program = reduced.program
        self.forms = LayeredForms(program)
        self.rows: list[Row] = []
        self.layers: list[EnteredLayer] = []
        self._reduced = reduced
        self._tables = Tables(reduced)
        kept = self._tables.inputs
        self._bounds = Bounds(self._tables.matrix, [reduced.lower[j] for j in kept], [reduced.upper[j] for j in kept])
        coordinates, inputs = self._tables.space.matrix.shape
        pieces = int(np.diff(program.units.starts).max(initial=2))
        self._most = pieces - 1  # rows that one choice adds
        self._path = self._tables.room(_CAPACITY + len(reduced.rows) + self._most)
        self._scratch = scratch(coordinates, inputs, len(self._path.scales))
        self.found = Found(
            np.full(pieces, UNKNOWN),
            np.zeros((pieces, inputs)),
            np.zeros((pieces, coordinates)),
            np.zeros((pieces, coordinates)),
            np.zeros((pieces, 1), dtype=np.int64),
            np.zeros((pieces, coordinates + 2), dtype=np.int64),
            np.zeros((pieces, coordinates + 2), dtype=np.int64),
            np.zeros(3, dtype=np.int64),
            np.zeros(max(map(len, program.layers), default=0), dtype=np.int64),
        )

    def append_domain(self) -> None:
        """Put the domain's rows on the path."""
        demand_ieee_floats()
        rows, _ = self._tables.rows(self._reduced.rows, self._scratch)
        for k, row in enumerate(self._reduced.rows):
            choices.append_row(k, k, 1, rows, self._path)
            self.rows.append(row)

    def root_cell(self, *, trusting: bool) -> Cell | None:
        """Return the cell of all rows on the path, None if it is empty."""
        signs = self.layers[-1].signs.copy() if self.layers else np.zeros(0, dtype=np.int8)
        coordinates, inputs = self._tables.space.matrix.shape
        if not self.rows:
            values = np.zeros(coordinates)
            return Cell(signs, np.zeros(inputs), values, values.copy(), room_for_basis(coordinates))
        self.found.sizes[0, 0] = 0
        verdict = choices.decide(
            0, len(self.rows), self._path, self._basis(0), self.found, self._tables.space, self._scratch
        )
        self.found.verdicts[0] = verdict
        if verdict == UNDECIDED:
            self._decide_exactly(0, self.rows, trusting=trusting)
        verdict, self.found.verdicts[0] = self.found.verdicts[0], UNKNOWN
        return None if verdict == EMPTY else self._cell_found(0, signs)

    def go_back(self, rows: int, layer: int) -> None:
        """Return to a cell on the path."""
        del self.rows[rows:]
        del self.layers[layer + 1 :]

    def enter(self, layer: int, chosen: Integers) -> EnteredLayer:
        """Return a layer, entered with the pieces chosen before it."""
        demand_ieee_floats()
        if len(self.layers) <= layer:
            environment: tuple[AffineForm, ...] = self.forms.root.environment
            if layer:
                start, stop = self.forms.starts[layer - 1], self.forms.starts[layer]
                environment = self.layers[-1].environment_after(chosen[start:stop].tolist())
            units = self.forms.units_of(layer, environment)
            self.layers.append(EnteredLayer(environment, units, self._tables, self.rows, self._scratch))
        return self.layers[layer]

    def append(self, layer: EnteredLayer, piece: int, signs: Bytes) -> bool:
        """Put the rows on the path that a piece demands, and whose signs are not known. Returns whether it may be."""
        for row, sense in layer.demands(piece):
            if signs[row] == -sense:
                return False
            if signs[row] == 0:
                self._make_room()
                choices.append_row(len(self.rows), row, sense, layer.arrays.rows, self._path)
                self.rows.append(layer.row((row, sense)))
        return True

    def choose(self, unit: int, cell: Cell) -> tuple[int, int, int]:
        """Choose pieces of the current layer's units, as long as there is no choice: see `kernels.choices`."""
        demand_ieee_floats()
        self._make_room()
        arrays, space = self.layers[-1].arrays, self._tables.space
        return choices.choose(unit, len(self.rows), self._path, arrays, cell, self.found, space, self._scratch)

    def answer(self, unit: int, place: int, cell: Cell, *, trusting: bool) -> None:
        """Decide a piece that the kernel could not."""
        layer = self.layers[-1]
        demands = layer.demands(int(layer.arrays.pieces[unit]) + place)
        rows = [*self.rows, *(layer.row(demand) for demand in demands if cell.signs[demand[0]] == 0)]
        self._decide_exactly(place, rows, trusting=trusting)

    def children(self, unit: int, cell: Cell) -> list[tuple[int, Cell]]:
        """Return the pieces that a unit has in a cell, each with a cell that has the unit's signs not yet."""
        layer, result = self.layers[-1].arrays, []
        for piece in range(layer.pieces[unit], layer.pieces[unit + 1]):
            place = piece - layer.pieces[unit]
            verdict, self.found.verdicts[place] = self.found.verdicts[place], UNKNOWN
            if verdict == ELSEWHERE:
                result.append((int(piece), self._cell_found(place, cell.signs.copy())))
            elif verdict != EMPTY:
                result.append((int(piece), cell._replace(signs=cell.signs.copy())))
        return result

    def exact_point(self) -> Point | None:
        """Return a point at which all rows of the path are positive, None if there is none."""
        if not self.rows:
            return self._reduced.origin
        answer = ExactProgram(self._bounds, self.rows, [1 << _bits(row) for row in self.rows]).decide()
        if isinstance(answer, Refuted):
            return None
        point = list(self._reduced.origin)
        for j, x in zip(self._tables.inputs, answer.point, strict=True):
            point[j] += x
        return tuple(point)

    def witnesses(self, points: Sequence[Floats]) -> Floats:
        """Return points of floats, NaN where a point is none."""
        reduced, kept = self._reduced, self._tables.inputs
        origin = np.array([exact_float(x) for x in reduced.origin])
        result = np.repeat(origin[None, :], len(points), axis=0)
        if not points:
            return result
        moved = np.array(points)
        start = result[:, kept]
        total = start + moved
        back = total - start
        error = (start - (total - back)) + (moved - back)  # of the addition, exactly
        result[:, kept] = total
        result[~((error == 0.0).all(axis=1) & np.isfinite(result).all(axis=1))] = np.nan
        return result

    def _decide_exactly(self, place: int, rows: Sequence[Row], *, trusting: bool) -> None:
        found, space, room = self.found, self._tables.space, self._scratch
        if not trusting and self._is_refuted(rows):
            found.verdicts[place] = EMPTY
            return
        verdict = choices.decide_plainly(place, len(rows), self._path, self._basis(place), found, space, room)
        if verdict == UNDECIDED and (trusting or self._is_refuted(rows)):
            verdict = EMPTY
        found.verdicts[place] = verdict
        if verdict != UNDECIDED:
            return
        found.counts[1] += 1
        scales = [self._tables.exact_scale(row, self._path.scales[k]) for k, row in enumerate(rows)]
        program = ExactProgram(self._bounds, rows, scales)
        size = int(found.sizes[place, 0])
        answer = program.decide(found.rows[place, :size].tolist(), found.columns[place, : max(size - 1, 0)].tolist())
        if isinstance(answer, Refuted):
            found.verdicts[place] = EMPTY
            return
        found.verdicts[place] = ELSEWHERE
        size = found.sizes[place, 0] = len(answer.rows)
        found.rows[place, :size], found.columns[place, : size - 1] = answer.rows, answer.columns
        found.points[place] = [exact_float(x) for x in answer.point]
        if not put_values(found.points[place], space, found.values[place], found.radii[place]):
            found.points[place] = np.nan  # so that nothing is concluded from it: it is beyond what the bounds allow for
            put_values(found.points[place], space, found.values[place], found.radii[place])

    def _is_refuted(self, rows: Sequence[Row]) -> bool:
        """Whether a constant combination refutes rows, going by the last multipliers of floats."""
        refuted = refutation(rows, self._scratch.multipliers[: len(rows)].tolist()) is not None
        self.found.counts[1] += refuted
        return refuted

    def _basis(self, place: int) -> Basis:
        return Basis(self.found.sizes[place], self.found.rows[place], self.found.columns[place])

    def _cell_found(self, place: int, signs: Bytes) -> Cell:
        found = self.found
        return Cell(
            signs,
            found.points[place].copy(),
            found.values[place].copy(),
            found.radii[place].copy(),
            Basis(found.sizes[place].copy(), found.rows[place].copy(), found.columns[place].copy()),
        )

    def _make_room(self) -> None:
        """See to it that the rows of one more choice fit on the path."""
        if len(self.rows) + self._most > len(self._path.scales):
            coordinates, inputs = self._tables.space.matrix.shape
            longer = self._tables.room(2 * len(self._path.scales) + self._most)
            for old, new in zip(self._path, longer, strict=True):
                new[tuple(map(slice, old.shape))] = old
            self._path = longer
            self._scratch = scratch(coordinates, inputs, len(longer.scales))


def _bits(row: Row) -> int:
    return max(map(int.bit_length, row))
