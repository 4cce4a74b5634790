"""Signs that floats leave unknown, by integers: the exact form at the exact vertex."""

from collections.abc import Sequence

import flint
import numpy as np

from exactgeo.arithmetic.affine import AffineForm, Row, primitive
from exactgeo.enumeration.certified.vertices.kernels.signs import UNKNOWN
from exactgeo.enumeration.certified.vertices.memory import SLOTS, Memory, Register
from exactgeo.errors import InternalError
from exactgeo.networks.branches import LayeredForms, SubstitutedUnit
from exactgeo.polyhedra.shapes import Shape, Vector

GIVEN = -1
"""The unit of a hyperplane on the path that no unit made: its piece numbers the rows with which the walk began."""

_MOST_VERTICES = 2**14


class ExactSigns:
    """Answers a walk's questions.

    A vertex is the point, or the direction of infinity, in which the hyperplanes meet that its incidences name. Both
    forms and vertices are computed anew from the program: nothing of what the floats say is used.

    Args:
        forms: of the program.

    Attributes:
        rows: those with which the walk began.
    """

    def __init__(self, forms: LayeredForms) -> None:
        self.rows: Sequence[Row] = ()
        self._forms = forms
        self._layer_of = np.repeat(np.arange(len(forms.starts)), [len(layer) for layer in forms.program.layers])
        self._units: dict[int, tuple[bytes, tuple[AffineForm, ...], tuple[SubstitutedUnit, ...]]] = {}
        self._vertices: dict[tuple[Row, ...], Vector] = {}

    def answer(self, memory: Memory) -> None:
        """Fill in the signs at the current cell's vertices that are unknown."""
        registers = memory.array("registers")
        first, count = int(registers[Register.FIRST]), int(registers[Register.COUNT])
        unit, piece, rival = (int(registers[place]) for place in (Register.UNIT, Register.PIECE, Register.RIVAL))
        form = self._row((unit, piece, rival), memory)
        signs, incidences = memory.array("signs"), memory.array("incidences")
        facets = self._facets(memory)
        unknown = np.flatnonzero(signs[:count] == UNKNOWN).tolist()
        for k in unknown:
            vertex = self._vertex(int(incidences[first + k]), facets)
            value = sum(a * x for a, x in zip(form, vertex, strict=True))
            signs[k] = (value > 0) - (value < 0)
        registers[Register.ANSWERED] = 1
        registers[Register.EXACT] += len(unknown)

    def _row(self, origin: tuple[int, int, int], memory: Memory) -> Row:
        """Return the primitive row of selector `piece` minus selector `rival` of a unit on the current path."""
        unit, piece, rival = origin
        if unit == GIVEN:
            return self.rows[piece]
        layer = int(self._layer_of[unit])
        selectors = self._entered(layer, memory)[unit - self._forms.starts[layer]].selectors
        return selectors[piece].above(selectors[rival])

    def _entered(self, layer: int, memory: Memory) -> tuple[SubstitutedUnit, ...]:
        """Return a layer's units in (1, x), for the pieces chosen before it."""
        start = self._forms.starts[layer]
        chosen = memory.array("chosen")[:start]
        key = chosen.tobytes()
        known = self._units.get(layer)
        if known is not None and known[0] == key:
            return known[2]
        if layer == 0:
            environment = self._forms.root.environment
        else:
            below = self._forms.starts[layer - 1]
            units = self._entered(layer - 1, memory)
            values = (unit.values[piece] for unit, piece in zip(units, chosen[below:].tolist(), strict=True))
            environment = (*self._units[layer - 1][1], *values)
        units = self._forms.units_of(layer, environment)
        self._units[layer] = (key, environment, units)
        return units

    def shape(self, memory: Memory) -> Shape:
        """Return the closure of the current cell, as facets and generators."""
        first, count = (int(memory.array("registers")[place]) for place in (Register.FIRST, Register.COUNT))
        facets = self._facets(memory)
        on = memory.array("incidences")[first : first + count].tolist()
        return Shape.joined(facets.values(), [self._vertex(bits, facets) for bits in on])

    def rows_of_cell(self, memory: Memory) -> tuple[Row, ...]:
        """Return the rows that are positive on the current cell."""
        return tuple(row for row in self._facets(memory).values() if any(row[1:]))

    def _facets(self, memory: Memory) -> dict[int, Row]:
        """Return the rows of the current cell's hyperplanes, by slot."""
        slots, origins = memory.array("slots"), memory.array("origins")
        facets = int(memory.array("registers")[Register.FACETS])
        taken = [slot for slot in range(SLOTS) if facets >> slot & 1]
        return {slot: self._row(tuple(origins[slots[slot]].tolist()), memory) for slot in taken}

    def _vertex(self, on: int, facets: dict[int, Row]) -> Vector:
        """Return the vertex with these incidences as integers (w, x1, …, xn): w > 0, or 0 for a direction."""
        meeting = tuple(row for slot, row in facets.items() if on >> slot & 1)
        known = self._vertices.get(meeting)
        if known is None:
            if len(self._vertices) >= _MOST_VERTICES:
                self._vertices.clear()
            known = self._vertices[meeting] = _meeting_point(meeting)
        # The same hyperplanes bear opposite directions in different cells, so the sense is found anew in each.
        return _oriented(known, [row for slot, row in facets.items() if not on >> slot & 1])


def _meeting_point(rows: Sequence[Row]) -> Vector:
    """Return primitive integers (w, x) on all hyperplanes, or their negatives."""
    width = len(rows[0])
    reduced, _, rank = flint.fmpz_mat([list(row) for row in rows]).rref()
    if rank != width - 1:
        raise InternalError(f"hyperplanes of rank {rank} meet in no vertex of {width - 1} dimensions")
    table = [[int(value) for value in line] for line in reduced.tolist()[:rank]]
    pivots = [next(k for k, value in enumerate(line) if value) for line in table]
    free = next(k for k in range(width) if k not in pivots)
    scale = table[0][pivots[0]] if table else 1  # flint's form has one denominator: every pivot is it
    vector = [0] * width
    vector[free] = scale
    for line, pivot in zip(table, pivots, strict=True):
        vector[pivot] = -line[free]
    return primitive(vector)


def _oriented(vector: Vector, beside: Sequence[Row]) -> Vector:
    """Return the one of a vector and its negative that is a point, or on the positive side of what it lies beside."""
    if vector[0]:
        return vector if vector[0] > 0 else tuple(-value for value in vector)
    for row in beside:
        value = sum(a * x for a, x in zip(row, vector, strict=True))
        if value:
            return vector if value > 0 else tuple(-entry for entry in vector)
    raise InternalError("a direction of infinity lies on all hyperplanes of its cell")
