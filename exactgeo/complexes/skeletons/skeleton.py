"""The skeleton of a network: the facets across which its gradient jumps, with all their faces."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from exactgeo.arithmetic.affine import AffineForm, multiple_of, primitive
from exactgeo.arithmetic.rationals import Point, Rational
from exactgeo.complexes.cells.cell_complex import CellComplex, cell_complex
from exactgeo.complexes.cells.faces import FaceComplex
from exactgeo.complexes.cells.facets import Facet
from exactgeo.complexes.descents import Descents
from exactgeo.complexes.disjoint_sets import DisjointSets
from exactgeo.complexes.linear_regions import AffineMap
from exactgeo.enumeration.arrangements import Arrangement
from exactgeo.errors import InvalidArgument
from exactgeo.networks.programs import demand_number
from exactgeo.polyhedra.shapes import Vector


@dataclass(frozen=True, slots=True)
class Crease:
    """A facet across which a function's gradient, or its value, jumps.

    Attributes:
        facet: between which cells.
        units: those that cause it, the first one first: their pieces change across the facet.
        positive: the function on the positive side, a form in (1, x) for each output looked at.
        negative: on the negative side.
    """

    facet: Facet
    units: tuple[int, ...]
    positive: AffineMap
    negative: AffineMap

    @property
    def bends(self) -> tuple[Rational | None, ...]:
        """For each output the number c with which it gains c h across the facet, h being the hyperplane's row.

        The crease is convex if c > 0, concave if c < 0, and none of this output's if c = 0. Where the output's value
        jumps there is no such number: None.
        """
        return tuple(map(self._bend, self.positive, self.negative))

    @property
    def gradient_jumps(self) -> tuple[Point, ...]:
        """For each output, its gradient on the positive side minus that on the negative side."""
        return tuple((one - other).coefficients[1:] for one, other in zip(self.positive, self.negative, strict=True))

    @property
    def is_continuous(self) -> bool:
        """Whether all outputs looked at have one value on the facet from both sides."""
        return None not in self.bends

    def _bend(self, positive: AffineForm, negative: AffineForm) -> Rational | None:
        difference = positive - negative
        if not any(difference.numerators):
            return Rational(0)
        hyperplane = self.facet.hyperplane
        sign = multiple_of(primitive(difference.numerators), hyperplane)
        if not sign:
            return None
        k = next(k for k, value in enumerate(hyperplane) if value)
        return Rational(difference.numerators[k], difference.denominator * hyperplane[k])


@dataclass(frozen=True)
class Skeleton:
    """The critical points of some outputs of a network.

    Attributes:
        cells: the network's cells.
        maps: for each cell the function on it, a form in (1, x) for each output looked at.
        creases: the facets across which they jump, in the order of the cells' facets.
        output: which output it is of; None for all of them, or for a unit's.
        unit: which unit's value it is of, if it is of one.
    """

    cells: CellComplex
    maps: tuple[AffineMap, ...]
    creases: tuple[Crease, ...]
    output: int | None = None
    unit: int | None = None

    def __repr__(self) -> str:
        return f"<Skeleton: {len(self.creases)} facets of {self.cells.arrangement.program}>"

    @cached_property
    def faces(self) -> FaceComplex:
        """The facets with all their faces."""
        return self.cells.closure_of([crease.facet for crease in self.creases])

    @cached_property
    def vertices(self) -> tuple[Vector, ...]:
        """The creases' vertices, sorted, as integers (w, x1, …, xn) for the points x / w (of facets without lines)."""
        flats = (crease.facet.flat for crease in self.creases if not crease.facet.flat.lines)
        return tuple(sorted({vector for flat in flats for vector in flat.generators if vector[0]}))

    @cached_property
    def values(self) -> dict[Vector, tuple[Point, ...]]:
        """For each vertex the outputs' values there, as the limits from all cells around it, sorted: one if all agree.

        In a discontinuous network the vertex may lie on the side of a cell of which it is no vertex.
        """
        found: dict[Vector, set[Point]] = {vector: set() for vector in self.vertices}
        for vector, cell in self.cells.around(found):
            found[vector].add(tuple(value_at(form, vector) for form in self.maps[cell]))
        return {vector: tuple(sorted(values)) for vector, values in found.items()}

    def coarsened(self) -> tuple[tuple[int, ...], ...]:
        """Return the creases in groups, each of which continues in one hyperplane with the same jump.

        Two creases belong together if they lie in one hyperplane, their jumps are the same, and they have a face of
        dimension n - 2 in common, or are joined by a chain of such pairs. The groups are sorted by their first crease.
        """
        dimension = self.cells.dimension - 1
        places = {flat: place for place, flat in enumerate(self.faces.faces[dimension])}
        together: defaultdict[tuple[object, ...], list[int]] = defaultdict(list)
        for number, crease in enumerate(self.creases):
            jump = tuple(one - other for one, other in zip(crease.positive, crease.negative, strict=True))
            for ridge in self.faces.facets[dimension][places[crease.facet.flat]]:
                together[crease.facet.hyperplane, jump, ridge].append(number)
        groups = DisjointSets(len(self.creases))
        for first, *others in together.values():
            for number in others:
                groups.join(first, number)
        return groups.sets()


def skeleton(regions: Arrangement | CellComplex, *, output: int | None = None, unit: int | None = None) -> Skeleton:
    """Return the skeleton of an output, of all outputs together, or of a hidden unit.

    *Definition*: the facets between cells on whose sides the function is not the same affine form, with all their
    faces. (In a continuous network, the facets across which the gradient jumps.)

    Args:
        regions: a network's regions, or its cells.
        output: which output; None for the union of all outputs' skeletons.
        unit: instead, a unit whose value is looked at.

    Raises:
        InvalidArgument: for an output or a unit that there is not, or for both; and where `cell_complex` does.

    **Exactness**: exact. **Source**: Pukowski and Lu, SkelEx and BoundEx, arXiv 2305.05562, 2023.

    >>> from exactgeo import Box, enumerate_regions, relu_network
    >>> bent = skeleton(enumerate_regions(relu_network([[[1, 0], [0, 1]], [[1, 2]]]), Box.cube(2)))
    >>> len(bent.creases), bent.faces.f_vector
    (4, (5, 4))
    """
    cells = regions if isinstance(regions, CellComplex) else cell_complex(regions)
    maps = tuple(_maps(cells, output, unit))
    return Skeleton(cells, maps, tuple(_creases(cells, maps)), output, unit)


def value_at(form: AffineForm, vector: Vector) -> Rational:
    """Return a form's value at a point x / w; of a direction (w = 0), its slope."""
    total = sum(a * x for a, x in zip(form.numerators, vector, strict=True))
    return Rational(total, form.denominator * (vector[0] or 1))


def _maps(cells: CellComplex, output: int | None, unit: int | None) -> Iterator[AffineMap]:
    program = cells.arrangement.program
    for name, number, count in (("output", output, program.output_count), ("unit", unit, program.unit_count)):
        if number is not None:
            demand_number(name, number, count)
    if output is not None and unit is not None:
        raise InvalidArgument("give an output or a unit, not both")
    if unit is not None:
        descents = Descents(cells.arrangement.forms)
        for pattern in cells.arrangement.patterns[:].tolist():
            yield (descents.value(pattern, unit),)
    else:
        for forms in cells.affine_maps:
            yield forms if output is None else (forms[output],)


def _creases(cells: CellComplex, maps: Sequence[AffineMap]) -> Iterator[Crease]:
    for facet, here, there in cells.interior():
        if maps[here] != maps[there]:
            yield Crease(facet, cells.units_of(facet), maps[here], maps[there])
