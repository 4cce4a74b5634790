"""What a linearly gated network is on every face of its gates' arrangement; on its own zeros a gate is closed."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from exactgeo.analyses.gated.geometry.arrangements import HyperplaneArrangement
from exactgeo.analyses.gated.geometry.hyperplanes import gate_hyperplanes
from exactgeo.analyses.gated.geometry.intersections import IntersectionFlat
from exactgeo.arithmetic.affine import Row, evaluate_rows
from exactgeo.arithmetic.rationals import Point, sign
from exactgeo.complexes.descents import Descents
from exactgeo.complexes.linear_regions import AffineMap
from exactgeo.enumeration.budgets import Budget
from exactgeo.enumeration.reference import walk
from exactgeo.errors import BudgetExhausted
from exactgeo.networks import Pattern, Program, ProgramBuilder, evaluate
from exactgeo.networks.branches import LayeredForms
from exactgeo.polyhedra import Domain
from exactgeo.polyhedra.boxes import domain_polyhedron
from exactgeo.polyhedra.charts import Chart
from exactgeo.polyhedra.polyhedron import Polyhedron

Signs = tuple[int, ...]
"""For each hyperplane -1, 0 or 1: on which side of it a face lies, or that it lies in it."""


@dataclass(frozen=True, slots=True)
class GateFace:
    """A relatively open face of the gates' arrangement, and the network on it.

    Attributes:
        dimension: of its affine hull.
        signs: of the hyperplanes' rows on it.
        equations: of its affine hull, in reduced echelon form.
        point: a point of it.
        pattern: of the network on it.
        outputs: what the network is on it: for each output the form in (1, x) that has none of the equations' last
            variables, which is the same form for all networks with these values there.
        cells: the places of the cells whose closures hold it, among all faces.
        agreeing: of these cells, those from which the network's limit on the face is what the network is there.
    """

    dimension: int
    signs: Signs
    equations: tuple[Row, ...]
    point: Point
    pattern: Pattern
    outputs: AffineMap
    cells: tuple[int, ...]
    agreeing: tuple[int, ...]

    @property
    def agreement(self) -> Literal["all", "some", "none"]:
        """With how many of the limits from the cells around it the network's value agrees, all over the face."""
        if self.agreeing == self.cells:
            return "all"
        return "some" if self.agreeing else "none"


@dataclass(frozen=True, slots=True)
class GateFaces:
    """All faces of the arrangement of a linearly gated network's gates in the interior of a domain.

    Attributes:
        program: the network.
        domain: where it is looked at.
        arrangement: of its gates.
        faces: by decreasing dimension, so that the cells come first, then by the hyperplanes that hold them, then by
            their signs.
    """

    program: Program
    domain: Polyhedron
    arrangement: HyperplaneArrangement
    faces: tuple[GateFace, ...]

    def __repr__(self) -> str:
        return f"<GateFaces: {self.f_vector} of {self.program}>"

    @property
    def f_vector(self) -> tuple[int, ...]:
        """How many faces of each dimension 0, …, n there are."""
        return tuple(len(self.of_dimension(k)) for k in range(self.program.inputs + 1))

    @property
    def cells(self) -> tuple[GateFace, ...]:
        """The faces of dimension n."""
        return self.of_dimension(self.program.inputs)

    @property
    def isolated(self) -> tuple[GateFace, ...]:
        """The faces on which the network is not what any of the cells around would make it."""
        return tuple(face for face in self.faces if face.agreement == "none")

    def of_dimension(self, dimension: int) -> tuple[GateFace, ...]:
        """Return the faces of a dimension."""
        return tuple(face for face in self.faces if face.dimension == dimension)


def gate_faces(program: Program, domain: Domain, budget: Budget | None = None) -> GateFaces:
    """Return every face of the gates' arrangement in the interior of a domain, with the network's values there.

    *Definition*: a face is a non-empty set of the points that lie in the same hyperplanes, and on the same sides of the
    others. All units choose the same pieces at all its points, so that the network is affine on it. A cell's limit on a
    face of its closure is its affine map there; it is compared as a function on the face, for all outputs together.

    *Proof of which cells are around a face*: near a point of it the other hyperplanes do not matter, so the cells there
    are those with its signs but for the hyperplanes that hold it; and any such cell has the face in its closure, since
    the segment from a point of the face to one of the cell lies in the cell but for its end.

    Args:
        program: a network with gates that are affine in its input (see `gate_hyperplanes`).
        domain: of which the interior counts.
        budget: when to stop; its regions are the cells.

    Raises:
        InvalidArgument: for a network that is not linearly gated.
        BudgetExhausted: if the budget ends first.

    **Exactness**: exact. **Complexity**: a linear program for each face of each restriction of the first hyperplanes;
    exponential in the dimension.

    >>> from exactgeo import Box, gated_network
    >>> twins = gated_network([[[1], [-1]]], [[[1], [1]], [[1, 1]]], biases=[[1, 1], None])  # both closed at 0
    >>> found = gate_faces(twins, Box.cube(1))
    >>> found.f_vector, [face.signs for face in found.isolated]
    ((1, 2), [(0,)])
    """
    arrangement, within = gate_hyperplanes(program), domain_polyhedron(domain, program.inputs)
    network = _Network(program)
    limit = budget or Budget()
    cells: list[Signs] = []
    faces: list[GateFace] = []
    for flat in arrangement.flats(within):
        places = sorted((_signs_at(arrangement, x), x) for x in _points(flat, limit))
        cells = cells or [signs for signs, _ in places]
        around = _by_signs(flat, cells)
        faces += [network.face(flat, signs, x, around[_without(flat, signs)]) for signs, x in places]
    return GateFaces(program, within, arrangement, tuple(faces))


class _Network:
    """What the network is on faces, given the cells before all others."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._descents = Descents(LayeredForms(program))
        self._of_cells: list[AffineMap] = []

    def face(self, flat: IntersectionFlat, signs: Signs, point: Point, around: tuple[int, ...]) -> GateFace:
        """Return the face in a flat that holds a point."""
        pattern = evaluate(self._program, point).pattern
        affine_map = self._descents.affine_map(pattern)
        if not flat.equations:
            self._of_cells.append(affine_map)
        chart = flat.chart
        outputs = _on(chart, affine_map)
        agreeing = tuple(cell for cell in around if _on(chart, self._of_cells[cell]) == outputs)
        return GateFace(flat.dimension, signs, flat.equations, point, pattern, outputs, around, agreeing)


def _on(chart: Chart, affine_map: AffineMap) -> AffineMap:
    """Return what a map is on a flat."""
    return tuple(map(chart.normal_form, affine_map))


def _points(flat: IntersectionFlat, limit: Budget) -> Iterator[Point]:
    """Yield a point of each face whose affine hull is the flat."""
    chart = flat.chart
    for number, point in enumerate(_points_between(flat)):
        if reason := limit.exhausted(number + 1):
            raise BudgetExhausted(f"the faces of the gates' arrangement are not all known: {reason}", None)
        yield chart.lifted(point)


def _points_between(flat: IntersectionFlat) -> Iterator[Point]:
    """Yield a point of each region of the traces, in the flat's coordinates."""
    if flat.dimension == 0:
        yield ()
        return
    builder = ProgramBuilder(flat.dimension)
    for trace in flat.traces:
        builder.add_unit([({}, {}), (dict(enumerate(trace)), {})])
    for cell in walk(LayeredForms(builder.build([{}])), flat.inside):
        yield cell.witness


def _signs_at(arrangement: HyperplaneArrangement, point: Point) -> Signs:
    return tuple(map(sign, evaluate_rows(arrangement.hyperplanes, point)))


def _without(flat: IntersectionFlat, signs: Signs) -> Signs:
    """Return the signs of the hyperplanes that do not hold a flat."""
    holding = set(flat.hyperplanes)
    return tuple(value for number, value in enumerate(signs) if number not in holding)


def _by_signs(flat: IntersectionFlat, cells: Sequence[Signs]) -> dict[Signs, tuple[int, ...]]:
    """Return the cells' numbers by their signs outside of a flat."""
    found: defaultdict[Signs, list[int]] = defaultdict(list)
    for number, signs in enumerate(cells):
        found[_without(flat, signs)].append(number)
    return {signs: tuple(numbers) for signs, numbers in found.items()}
