"""Walks of the kernels: where they begin, what they pause for, what they find."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from exactgeo.arithmetic.affine import Row
from exactgeo.arithmetic.rationals import Point, Rational
from exactgeo.enumeration import reference
from exactgeo.enumeration.certified.exact import GIVEN, ExactSigns
from exactgeo.enumeration.certified.kernels.signs import EXACT, ULP
from exactgeo.enumeration.certified.kernels.walk import prepare, walk
from exactgeo.enumeration.certified.memory import Field, Memory, Pause, Phase, Register
from exactgeo.enumeration.certified.tables import tabulate
from exactgeo.networks.branches import LayeredForms
from exactgeo.networks.evaluation import Pattern
from exactgeo.polyhedra.bounds import Bounds
from exactgeo.polyhedra.polyhedron import SOLVER, Polyhedron

_STEPS = 2**14  # between rests
_LISTS_OF_A_LAYER = 2**6  # lists as long as a layer that there is room for
_STEPS_OF_AN_ANSWER = 2**6
_CAPACITIES = {"vertices": 2**10, "frames": 2**6, "path": 2**7, "lists": 2**12, "results": 2**12}
_GROWING = {Pause.VERTICES: "vertices", Pause.FRAMES: "frames", Pause.PATH: "path", Pause.LISTS: "lists"}


@dataclass(frozen=True, slots=True)
class Batch:
    """Regions that a walk found, by increasing pattern.

    Attributes:
        patterns: (regions, units).
        witnesses: (regions, inputs) for each a point of floats in it; NaN where no such point was at hand.
    """

    patterns: npt.NDArray[np.int64]
    witnesses: npt.NDArray[np.floating[Any]]


class Walker:
    """Walks through the cells of a program, one walk after the other.

    Args:
        forms: of the program.
        keeps: whether patterns and witnesses are wanted; otherwise regions are only counted.
        trusting: whether signs that the bounds leave open are decided by floats all the same, as other tools do.
    """

    def __init__(self, forms: LayeredForms, *, keeps: bool = True, trusting: bool = False) -> None:
        tables = tabulate(forms.program)
        self._forms = forms
        self._waiting: Sequence[reference.Cell] = ()
        self._exact = ExactSigns(forms)
        widest = max(map(len, forms.program.layers), default=0)
        lists = max(_CAPACITIES["lists"], _LISTS_OF_A_LAYER * widest)
        results = _CAPACITIES["results"] if keeps else 1
        self._memory = Memory(tables.sizes, {**_CAPACITIES, "lists": lists, "results": results})
        for name, array in tables.arrays.items():
            self._memory.array(name)[...] = array
        self._memory.array("updates")[:] = -1
        self._memory.array("seen_stamps")[:] = -1
        self._memory.array("registers")[Register.KEEPS] = keeps
        self._memory.array("registers")[Register.TRUSTING] = trusting
        self._memory.array("registers")[Register.PHASE] = Phase.POP

    def begin(self, prefix: Sequence[int], rows: Sequence[Row], share: float) -> None:
        """Begin a walk below a prefix of choices.

        Args:
            prefix: the pieces of the units before some layer.
            rows: those that are positive on the cell to look at, which has interior points and no line.
            share: the cell's part of the tree of choices.
        """
        self._memory.array("chosen")[: len(prefix)] = prefix
        layer = self._forms.starts.index(len(prefix))
        prepare(self._memory.map, layer)
        self._put_cell(layer, rows)
        self._memory.array("frame_shares")[0] = share

    @property
    def regions(self) -> int:
        """How many regions were found."""
        return int(self._memory.array("registers")[Register.REGIONS])

    def statistics(self) -> dict[str, int]:
        """Return what was counted on the way."""
        registers = self._memory.array("registers")
        names = ("REGIONS", "SPLITS", "SIGNS", "REFINED", "EXACT")
        return {name.lower(): int(registers[Register[name]]) for name in names}

    def batches(self) -> Iterator[Batch]:
        """Yield what is found, an empty batch now and then too."""
        fuel = 0
        while True:
            if fuel <= 0:
                fuel = _STEPS
                self._memory.array("registers")[Register.FUEL] = fuel
            pause = Pause(walk(self._memory.map))
            fuel = int(self._memory.array("registers")[Register.FUEL])
            if pause == Pause.EXACT:
                self._exact.answer(self._memory)
                self._memory.array("registers")[Register.FUEL] = max(fuel - _STEPS_OF_AN_ANSWER, 0)
            elif pause in _GROWING:
                self._memory = self._memory.with_more(_GROWING[pause])
            elif pause == Pause.SLOTS:
                yield from self._by_programs()
            else:
                yield self._fetched()
            if pause == Pause.DONE:
                return

    @property
    def fraction(self) -> float:
        """How much of the tree of choices is done, each split giving half to either side; for display only."""
        return float(self._memory.array("done")[0])

    def unexplored(self) -> list[Pattern]:
        """Return, between two batches, the prefixes below which there are more regions, at least one below each."""
        chosen, undecided = self._memory.array("chosen").tolist(), self._memory.array("undecided")
        prefixes = []
        for frame in self._memory.array("frame_fields")[: self._memory.array("registers")[Register.FRAMES]].tolist():
            layer, turn, _, piece, *_ = frame
            if piece < 0:
                prefixes.append(tuple(chosen[: self._memory.array("unit_starts")[layer]]))
            else:
                prefixes.append((*chosen[: undecided[turn - 1]], piece))
        return [*prefixes, *(cell.branch.pattern for cell in self._waiting)]

    def _by_programs(self) -> Iterator[Batch]:
        """Yield the regions of the current cell, which has more hyperplanes than slots, by linear programs.

        With the first of them come those that wait to be fetched: only then is it known what is left to be explored.
        """
        registers = self._memory.array("registers")
        if registers[Register.PHASE] == Phase.CLIP:  # the cell that is being clipped, as a whole
            parent = registers[Register.FRAMES] = registers[Register.PARENT]
            registers[Register.FACETS] = self._memory.array("frame_fields")[parent, Field.FACETS]
            self._memory.array("slots")[:] = self._memory.array("frame_slots")[parent]
        rows = self._exact.rows_of_cell(self._memory)
        branch = self._forms.root
        for piece in self._memory.array("chosen")[: registers[Register.UNIT]].tolist():
            branch = branch.entered().choose(piece)
        for cell in reference.walk(self._forms, rows, keep_going=self._note_waiting, branch=branch):
            registers[Register.REGIONS] += 1
            found = self._fetched()
            witness = np.full((1, len(cell.witness)), np.nan)
            yield Batch(np.vstack([found.patterns, [cell.branch.pattern]]), np.vstack([found.witnesses, witness]))
        self._memory.array("done")[0] += self._memory.array("share")[0]
        registers[Register.PHASE] = Phase.POP
        registers[Register.ANSWERED] = 0

    def _note_waiting(self, cells: Sequence[reference.Cell]) -> bool:
        self._waiting = cells
        return True

    def _fetched(self) -> Batch:
        registers = self._memory.array("registers")
        count = int(registers[Register.RESULTS])
        registers[Register.RESULTS] = 0
        return Batch(self._memory.array("patterns")[:count].copy(), self._memory.array("witnesses")[:count].copy())

    def _put_cell(self, layer: int, rows: Sequence[Row]) -> None:
        """Put the cell with which the walk begins on the stack."""
        dimension = len(rows[0]) - 1
        corners, rays = _corners(dimension, rows)
        vertices = [(Rational(1), *corner) for corner in corners] + [(Rational(0), *_of_size_one(ray)) for ray in rays]
        given = [*rows, (1, *[0] * dimension)] if rays else list(rows)
        self._exact.rows = given
        while len(vertices) > self._memory.capacities["vertices"]:
            self._memory = self._memory.with_more("vertices")
        memory = self._memory
        for number, row in enumerate(given):
            _put_row(number, row, memory)
        for number, vertex in enumerate(vertices):
            _put_vertex(number, vertex, given, memory)
        facets = (1 << len(given)) - 1
        memory.array("frame_fields")[0] = (layer, 0, 0, -1, 0, len(vertices), len(given), facets)
        memory.array("frame_slots")[0, : len(given)] = np.arange(len(given))
        memory.array("registers")[Register.FRAMES] = 1


def _corners(dimension: int, rows: Sequence[Row]) -> tuple[Sequence[Point], Sequence[Point]]:
    """Return the vertices and the directions of infinity of a polyhedron without lines."""
    bounds = Bounds.of(Polyhedron(dimension, tuple(rows)))
    if len(bounds.rows) == len(rows) and None not in bounds.lower and None not in bounds.upper:
        intervals = zip(bounds.lower, bounds.upper, strict=True)
        return [tuple(corner) for corner in product(*intervals)], ()
    generators = SOLVER.generators(dimension, rows)
    return generators.vertices, generators.rays


def _put_row(number: int, row: Row, memory: Memory) -> None:
    """Put a hyperplane on the path: its row, scaled by a power of two to a largest entry near 1."""
    scale = max(abs(value) for value in row).bit_length()
    floats = [_quotient(value, 1 << scale) for value in row]
    memory.array("path_forms")[number] = [value for value, _ in floats]
    linear = max(error for _, error in floats[1:])
    memory.array("path_errors")[number] = (linear, floats[0][1], sum(abs(value) for value, _ in floats[1:]))
    memory.array("origins")[number] = (GIVEN, number, 0)


def _put_vertex(number: int, vertex: Point, rows: Sequence[Row], memory: Memory) -> None:
    floats = [_quotient(int(value.numerator), int(value.denominator)) for value in vertex]
    memory.array("vertices")[number] = [value for value, _ in floats]
    memory.array("radii")[number] = max(error for _, error in floats)
    memory.array("refined")[number] = 1
    common = math.lcm(*(int(value.denominator) for value in vertex))
    integers = [int(value * common) for value in vertex]
    memory.array("whole")[number] = whole = max(map(abs, integers)) < EXACT
    if whole:
        memory.array("integers")[number] = [value // math.gcd(*integers) for value in integers]
    zeros = (k for k, row in enumerate(rows) if not sum(a * x for a, x in zip(row, vertex, strict=True)))
    memory.array("incidences")[number] = sum(1 << k for k in zeros)


def _quotient(numerator: int, denominator: int) -> tuple[float, float]:
    """Return the float nearest to a fraction, and a bound of its error, 0 if there is none."""
    try:
        value = numerator / denominator
    except OverflowError:
        return 0.0, math.inf
    p, q = value.as_integer_ratio()
    return value, 0.0 if p * denominator == q * numerator else abs(value) * ULP + math.ulp(0.0)


def _of_size_one(ray: Point) -> Point:
    """Return a direction with a largest coordinate of 1 or -1."""
    size = max(abs(value) for value in ray)
    return tuple(value / size for value in ray)
