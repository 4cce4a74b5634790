"""Walks of the kernels: where they begin, what they pause for, what they find."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product
from operator import mul

import numpy as np

from exactgeo.arithmetic.affine import Row, primitive
from exactgeo.arithmetic.matrices import rank
from exactgeo.arithmetic.rationals import Point, Rational
from exactgeo.enumeration import reference
from exactgeo.enumeration.certified.floats import EXACT, ULP, demand_ieee_floats
from exactgeo.enumeration.certified.vertices.exact import GIVEN, ExactSigns
from exactgeo.enumeration.certified.vertices.kernels.walk import prepare, walk
from exactgeo.enumeration.certified.vertices.memory import Field, Memory, Pause, Phase, Register
from exactgeo.enumeration.certified.vertices.tables import tabulate
from exactgeo.enumeration.found import Batch
from exactgeo.enumeration.patterns import pattern_type
from exactgeo.enumeration.search import STEPS_OF_A_CELL, Prefix
from exactgeo.errors import ExactGeoError, InternalError
from exactgeo.networks.branches import LayeredForms
from exactgeo.polyhedra.bounds import Bounds
from exactgeo.polyhedra.polyhedron import SOLVER
from exactgeo.polyhedra.shapes import MOST_DIMENSIONS

MOST_ROWS = 60  # of the cell with which a walk begins
_REST = 2**16  # so many vertices are looked at, in some milliseconds, before a walk rests
_LISTS_OF_A_LAYER = 2**6  # lists as long as a layer that there is room for
_STEPS_OF_AN_ANSWER = 2**8
_MOST_TRUSTED = 2**20  # vertices, or anything else, that floats alone may lead to
_MOST_SUMMANDS = 127_000  # in a row; the sums of more bounds are not proved to outweigh their own roundings
_CAPACITIES = {"vertices": 2**10, "frames": 2**6, "path": 2**7, "lists": 2**12, "results": 2**12}
_GROWING = {Pause.VERTICES: "vertices", Pause.FRAMES: "frames", Pause.PATH: "path", Pause.LISTS: "lists"}


class Walker:
    """Walks through the cells of a program, one walk after the other.

    Args:
        forms: of the program.
        keeps: whether patterns and witnesses are wanted; otherwise regions are only counted.
        shows: whether the cells' shapes are wanted too.
        trusting: whether signs that the bounds leave open are decided by floats all the same, as other tools do.
        steps: after so many of them a walk rests, or earlier.
    """

    def __init__(
        self,
        forms: LayeredForms,
        *,
        keeps: bool = True,
        shows: bool = False,
        trusting: bool = False,
        steps: int = _REST,
    ) -> None:
        demand_ieee_floats()
        tables = tabulate(forms.program)
        self._forms = forms
        self._keeps, self._trusting, self._rest = keeps, trusting, min(steps, _REST)
        self._waiting: Sequence[reference.Cell] = ()
        self._guide = Prefix()
        self._steps = self._fetched_regions = 0
        self._exact = ExactSigns(forms)
        widest = max(map(len, forms.program.layers), default=0)
        lists = max(_CAPACITIES["lists"], _LISTS_OF_A_LAYER * widest)
        results = _CAPACITIES["results"] if keeps else 1
        self._memory = Memory(tables.sizes, {**_CAPACITIES, "lists": lists, "results": results}, tables.buffers)
        self._is_bounded = tables.most_summands <= _MOST_SUMMANDS
        registers = self._memory.array("registers")
        registers[Register.KEEPS], registers[Register.SHOWS] = keeps, shows
        registers[Register.TRUSTING], registers[Register.ROOM] = trusting, lists

    def suit(self, rows: Sequence[Row]) -> bool:
        """Whether walks can begin with the cell { rows > 0 }, which is not empty: it has no line, and few rows.

        The bounds, too, must be proved for the program: no layer uses too many units.
        """
        dimension = self._forms.program.inputs
        if dimension > MOST_DIMENSIONS or not dimension <= len(rows) <= MOST_ROWS:
            return False
        return self._is_bounded and rank(row[1:] for row in rows) == dimension

    def begin(self, prefix: Sequence[int], rows: Sequence[Row], within: Prefix) -> None:
        """Begin a walk, the same whatever was walked before.

        Args:
            prefix: the pieces of the units before some layer.
            rows: those that are positive on the cell to look at, which has interior points and no line.
            within: the prefix below which regions are wanted.
        """
        demand_ieee_floats()
        for name in ("updates", "seen_stamps"):
            self._memory.array(name)[:] = -1
        self._waiting = ()
        self._guide = within
        registers = self._memory.array("registers")
        registers[Register.PHASE], registers[Register.ANSWERED] = Phase.POP, 0
        registers[Register.GUIDED] = len(within.pieces)
        self._memory.array("guide")[: len(within.pieces)] = within.pieces
        self._memory.array("chosen")[: len(prefix)] = prefix
        layer = self._forms.starts.index(len(prefix))
        prepare(self._memory.map, layer)
        self._put_cell(layer, rows)
        self._memory.array("frame_shares")[0] = within.share

    @property
    def steps(self) -> int:
        """How many vertices of cells were looked at, about; the same in each run."""
        return self._steps

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
                fuel = self._rest
            registers = self._memory.array("registers")
            registers[Register.FUEL] = fuel
            demand_ieee_floats()  # others' code has run since
            pause = Pause(walk(self._memory.map))
            left = int(registers[Register.FUEL])
            if pause == Pause.EXACT:
                self._exact.answer(self._memory)
                left -= _STEPS_OF_AN_ANSWER
            self._steps += fuel - left
            fuel = left
            if pause in _GROWING:
                self._demand_sense(_GROWING[pause])
                self._memory = self._memory.with_more(_GROWING[pause])
            elif pause == Pause.ASTRAY:
                raise self._astray()
            elif pause == Pause.SLOTS:
                yield from self._by_programs()
            elif pause == Pause.CELL:
                yield replace(self._fetched(), shapes={0: self._exact.shape(self._memory)})
            elif pause != Pause.EXACT:
                yield self._fetched()
            if pause == Pause.DONE:
                return

    def _demand_sense(self, capacity: str) -> None:
        """Raise an error where floats that decide without bounds have led to a cell of absurdly many vertices."""
        if self._trusting and self._memory.capacities[capacity] >= _MOST_TRUSTED:
            raise ExactGeoError(
                "the floats contradict one another: a cell seems to have more and more vertices, without end; "
                "the engine 'certified' decides such signs exactly"
            )

    @property
    def fraction(self) -> float:
        """How much of the tree of choices is done, each split giving half to either side; for display only."""
        return float(self._memory.array("done")[0])

    def unexplored(self) -> list[Prefix]:
        """Return, between two batches, the prefixes below which there are more regions."""
        chosen, undecided = self._memory.array("chosen").tolist(), self._memory.array("undecided")
        shares = self._memory.array("frame_shares").tolist()
        frames = int(self._memory.array("registers")[Register.FRAMES])
        prefixes = []
        for number, frame in enumerate(self._memory.array("frame_fields")[:frames].tolist()):
            layer, turn, _, piece, *_ = frame
            start = self._memory.array("unit_starts")[layer]
            pieces = tuple(chosen[:start]) if piece < 0 else (*chosen[: undecided[turn - 1]], piece)
            prefixes.append(Prefix(pieces, shares[number]))
        return [*prefixes, *(Prefix(cell.branch.pattern, cell.share) for cell in self._waiting)]

    def _by_programs(self) -> Iterator[Batch]:
        """Yield the regions of the current cell, which has more hyperplanes than slots, by linear programs.

        With the first of them come those that wait to be fetched: only then is it known what is left to be explored.
        """
        program = self._forms.program
        registers = self._memory.array("registers")
        if registers[Register.PHASE] == Phase.CLIP:  # the cell that is being clipped, as a whole
            parent = registers[Register.FRAMES] = registers[Register.PARENT]
            registers[Register.FACETS] = self._memory.array("frame_fields")[parent, Field.FACETS]
            self._memory.array("slots")[:] = self._memory.array("frame_slots")[parent]
        rows = self._exact.rows_of_cell(self._memory)
        branch = self._forms.root
        decided = int(registers[Register.UNIT])
        chosen = tuple(self._memory.array("chosen")[:decided].tolist())
        guided = int(registers[Register.GUIDED])
        if chosen[:guided] != self._guide.pieces[: min(decided, guided)]:
            raise self._astray()
        for piece in chosen:
            branch = branch.entered().choose(piece)
        place = reference.Place.within(program.inputs, rows)
        *_, (branch, rows) = reference.along(branch, rows, self._guide.pieces[decided:], place)
        share = float(self._memory.array("share")[0])
        registers[Register.GUIDED] = 0
        for cell in reference.walk(self._forms, rows, keep_going=self._note_waiting, branch=branch, share=share):
            registers[Register.REGIONS] += 1
            self._memory.array("done")[0] += cell.share
            self._steps += STEPS_OF_A_CELL
            one = Batch.of_one(program, cell.branch.pattern, cell.witness) if self._keeps else Batch.counted(program, 1)
            yield Batch.joined(program, [self._fetched(but=1), one])
        registers[Register.PHASE] = Phase.POP
        registers[Register.ANSWERED] = 0

    def _astray(self) -> InternalError:
        return InternalError(f"the walk does not get to the prefix {self._guide.pieces}, to which it was sent")

    def _note_waiting(self, cells: Sequence[reference.Cell]) -> bool:
        self._waiting = cells
        return True

    def _fetched(self, but: int = 0) -> Batch:
        """Return the regions that wait to be fetched, as many of the last ones excepted as are handed out elsewhere."""
        registers = self._memory.array("registers")
        count = int(registers[Register.RESULTS])
        registers[Register.RESULTS] = 0
        regions = int(registers[Register.REGIONS]) - self._fetched_regions - but
        self._fetched_regions += regions + but
        patterns = self._memory.array("patterns")[:count].astype(pattern_type(self._forms.program))
        return Batch(regions, patterns, self._memory.array("witnesses")[:count].copy())

    def _put_cell(self, layer: int, rows: Sequence[Row]) -> None:
        """Put the cell with which the walk begins on the stack."""
        dimension = len(rows[0]) - 1
        corners, rays = _corners(dimension, rows)
        vertices = [(Rational(1), *corner) for corner in corners] + [(Rational(0), *_of_size_one(ray)) for ray in rays]
        given = [*rows, (1, *[0] * dimension)] if rays else list(rows)
        self._exact.rows = given
        while len(vertices) > self._memory.capacities["vertices"]:
            self._memory = self._memory.with_more("vertices")
        _put_rows(given, self._memory)
        _put_vertices(vertices, given, self._memory)
        facets = (1 << len(given)) - 1
        self._memory.array("frame_fields")[0] = (layer, 0, 0, -1, 0, len(vertices), len(given), facets)
        self._memory.array("frame_slots")[0, : len(given)] = np.arange(len(given))
        self._memory.array("registers")[Register.FRAMES] = 1


def _corners(dimension: int, rows: Sequence[Row]) -> tuple[Sequence[Point], Sequence[Point]]:
    """Return the vertices and the directions of infinity of a polyhedron without lines."""
    bounds = Bounds.of(dimension, rows)
    if len(bounds.rows) == len(rows) and None not in bounds.lower and None not in bounds.upper:
        intervals = zip(bounds.lower, bounds.upper, strict=True)
        return [tuple(corner) for corner in product(*intervals)], ()
    generators = SOLVER.generators(dimension, rows)
    return generators.vertices, generators.rays


def _put_rows(rows: Sequence[Row], memory: Memory) -> None:
    """Put hyperplanes on the path: their rows, each scaled by a power of two to a largest entry near 1."""
    forms, errors = [], []
    for row in rows:
        scale = 1 << max(map(abs, row)).bit_length()
        values, bounds = zip(*[_quotient(value, scale) for value in row], strict=True)
        forms.append(values)
        errors.append((max(bounds[1:]), bounds[0], sum(map(abs, values[1:]))))
    memory.array("path_forms")[: len(rows)] = forms
    memory.array("path_errors")[: len(rows)] = errors
    memory.array("origins")[: len(rows)] = [(GIVEN, number, 0) for number in range(len(rows))]


def _put_vertices(vertices: Sequence[Point], rows: Sequence[Row], memory: Memory) -> None:
    """Put homogeneous points on the list of vertices, with the rows that are zero there."""
    floats, radii, incidences, whole, integer_points = [], [], [], [], []
    for vertex in vertices:
        numerators = [int(value.numerator) for value in vertex]
        denominators = [int(value.denominator) for value in vertex]
        values, bounds = zip(*map(_quotient, numerators, denominators), strict=True)
        floats.append(values)
        radii.append(max(bounds))
        common = math.lcm(*denominators)
        integers = [p * (common // q) for p, q in zip(numerators, denominators, strict=True)]
        incidences.append(sum(1 << k for k, row in enumerate(rows) if not sum(map(mul, row, integers))))
        whole.append(max(map(abs, integers)) < EXACT)
        integer_points.append(primitive(integers) if whole[-1] else [0] * len(integers))
    memory.array("vertices")[: len(vertices)] = floats
    memory.array("radii")[: len(vertices)] = radii
    memory.array("refined")[: len(vertices)] = 1
    memory.array("incidences")[: len(vertices)] = incidences
    memory.array("whole")[: len(vertices)] = whole
    memory.array("integers")[: len(vertices)] = integer_points


def _quotient(numerator: int, denominator: int) -> tuple[float, float]:
    """Return the float nearest to a fraction, and a bound of its error, 0 if there is none."""
    if denominator == 1 and -EXACT < numerator < EXACT:
        return float(numerator), 0.0
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
