"""Walks that are watched: what the kernels hold against what it stands for, computed anew as fractions."""

import math
from contextlib import contextmanager
from fractions import Fraction

import numpy as np

from exactgeo.enumeration.certified.vertices import memory, tables, walks
from exactgeo.enumeration.certified.vertices.exact import _meeting_point, _oriented
from exactgeo.enumeration.certified.vertices.memory import SLOTS, Field, Memory, Phase, Register
from exactgeo.enumeration.certified.vertices.tables import tabulate

_GAP = 8
_GUARD = {np.dtype(np.int64): -7777777777777, np.dtype(np.float64): 1.25e222}


@contextmanager
def every_step_watched(monkeypatch):
    """Let walks rest after every cell, and check there all vertices on the stack and the forms of all layers."""
    fetched = walks.Walker._fetched

    def checked(walk, but=0):
        registers = walk._memory.array("registers")
        if registers[Register.PHASE] == Phase.POP:
            demand_true_vertices(walk)
            if registers[Register.RESULTS]:
                demand_true_forms(walk)
        return fetched(walk, but)

    with monkeypatch.context() as patch:
        patch.setattr(walks, "_REST", 1)
        patch.setattr(walks.Walker, "_fetched", checked)
        yield


def demand_true_vertices(walk):
    """Demand that vertices lie within their radii of the exact ones, and on the hyperplanes that they are said to."""
    arrays = {
        name: walk._memory.array(name) for name in ("vertices", "radii", "incidences", "origins", "whole", "integers")
    }
    for number in range(int(walk._memory.array("registers")[Register.FRAMES])):
        frame = walk._memory.array("frame_fields")[number].tolist()
        slots = walk._memory.array("frame_slots")[number]
        taken = [slot for slot in range(SLOTS) if frame[Field.FACETS] >> slot & 1]
        rows = {slot: walk._exact._row(tuple(arrays["origins"][slots[slot]].tolist()), walk._memory) for slot in taken}
        for v in range(frame[Field.FIRST], frame[Field.FIRST] + frame[Field.COUNT]):
            on = int(arrays["incidences"][v])
            meeting = [row for slot, row in rows.items() if on >> slot & 1]
            beside = [row for slot, row in rows.items() if not on >> slot & 1]
            vertex = _oriented(_meeting_point(meeting), beside)
            assert all(sum(a * x for a, x in zip(row, vertex, strict=True)) > 0 for row in beside)
            assert not arrays["whole"][v] or tuple(arrays["integers"][v].tolist()) == vertex
            _demand_near(arrays["vertices"][v].tolist(), float(arrays["radii"][v]), vertex)


def demand_true_forms(walk):
    """Demand that the forms that a pattern leads to lie within their bounds of the exact ones."""
    arrays = {name: walk._memory.array(name) for name in ("forms", "linear_errors", "constant_errors", "selector_rows")}
    scales = tabulate(walk._forms.program).row_scales
    starts, pieces = walk._memory.array("unit_starts").tolist(), walk._memory.array("piece_starts").tolist()
    for layer, start in enumerate(starts[:-1]):
        for number, unit in enumerate(walk._exact._entered(layer, walk._memory), start):
            row = int(walk._memory.array("unit_rows")[number])
            rows = arrays["selector_rows"][pieces[number] : pieces[number + 1]].tolist()
            forms = (
                [(row, unit.selectors[1] - unit.selectors[0])] if row >= 0 else zip(rows, unit.selectors, strict=True)
            )
            for place, form in forms:
                scale = scales[place] / form.denominator
                for k, numerator in enumerate(form.numerators):
                    error = arrays["linear_errors" if k else "constant_errors"][place]
                    value = arrays["forms"][k, place]
                    if math.isfinite(value) and math.isfinite(error):
                        exact = Fraction(int(numerator)) * Fraction(int(scale.numerator), int(scale.denominator))
                        assert abs(Fraction(float(value)) - exact) <= error


@contextmanager
def memory_guarded(monkeypatch):
    """Surround every array by numbers that nobody may change, and look at them whenever a kernel pauses."""
    made, walk, begin, lay_out = {}, walks.walk, Memory.__init__, memory._lay_out

    def guards(self):
        for buffer, shapes in ((self._integers, memory._INTEGERS), (self._floats, memory._FLOATS)):
            free = np.ones(len(buffer), dtype=bool)
            for name in shapes:
                place, shape = self._parts[name]
                free[place : place + math.prod(shape)] = False
            yield buffer, free

    def guarded(self, sizes, capacities, program):
        begin(self, sizes, capacities, program)
        for buffer, free in guards(self):
            buffer[free] = _GUARD[buffer.dtype]
        made[self.map.floats_at] = self

    def watched(places):
        pause = walk(places)
        for buffer, free in guards(made[places.floats_at]):
            assert np.all(buffer[free] == _GUARD[buffer.dtype])
        return pause

    with monkeypatch.context() as patch:
        patch.setattr(memory, "_lay_out", lambda known: _with_gaps(lay_out(known)))
        patch.setattr(tables, "_KNOWN", {})  # what was tabulated without gaps
        patch.setattr(Memory, "__init__", guarded)
        patch.setattr(walks, "walk", watched)
        yield


def _with_gaps(layout):
    """Return a layout with gaps around each array."""
    apart, ends = {}, {}
    for kind, shapes in (("integers", memory._INTEGERS), ("floats", memory._FLOATS)):
        end = _GAP
        for name in shapes:
            shape = layout.parts[name][1]
            apart[name] = (end, shape)
            end += math.prod(shape) + _GAP
        ends[kind] = end
    return layout._replace(parts=apart, places=tuple(place for place, _ in apart.values()), **ends)


def _demand_near(floats, radius, vertex):
    if not math.isfinite(radius) or not all(map(math.isfinite, floats)):
        return
    assert (floats[0] == 0) == (vertex[0] == 0)
    scales = [Fraction(0), Fraction(2) ** 2000]  # a direction may be multiplied by anything positive
    if vertex[0]:
        scales = [Fraction(1, vertex[0])] * 2
    for value, x in zip(floats[1:], vertex[1:], strict=True):
        low, high = Fraction(value) - Fraction(radius), Fraction(value) + Fraction(radius)
        if x:
            low, high = sorted((low / x, high / x))
            scales = [max(scales[0], low), min(scales[1], high)]
        else:
            assert low <= 0 <= high
    assert scales[0] <= scales[1] and scales[1] > 0
