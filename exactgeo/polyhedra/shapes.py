"""Shapes: full-dimensional polyhedra by their facets and their generators at once, in one form for each set."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import mul
from typing import NamedTuple

from exactgeo.arithmetic.affine import Row, primitive_row
from exactgeo.arithmetic.matrices import echelon, reduce_modulo
from exactgeo.arithmetic.rationals import Point, Rational
from exactgeo.errors import InternalError, InvalidArgument
from exactgeo.polyhedra.polyhedron import SOLVER
from exactgeo.polyhedra.solvers import Generators

MOST_DIMENSIONS = 9
"""Beyond, polyhedra have too many vertices to work with all of them."""

Vector = tuple[int, ...]
"""Primitive integers (w, x1, …, xn): the point x / w if w > 0, the direction of a ray or a line if w = 0."""


class Flat(NamedTuple):
    """A closed polyhedron of any dimension, by what generates it irredundantly.

    Attributes:
        generators: points and rays, sorted, whose entries in the lines' pivots are 0.
        lines: a reduced echelon basis of the lines.
    """

    generators: tuple[Vector, ...]
    lines: tuple[Vector, ...] = ()

    @classmethod
    def of(cls, generators: Iterable[Sequence[int]], lines: Iterable[Sequence[int]] = ()) -> "Flat":
        """Return the polyhedron with irredundant generators, which are put into normal form."""
        basis, pivots = echelon([tuple(line) for line in lines])
        return cls(tuple(sorted(reduce_modulo(tuple(vector), basis, pivots) for vector in generators)), basis)

    @property
    def has_rays(self) -> bool:
        """Whether some generator is a ray: whether the set is unbounded modulo its lines."""
        return not all(vector[0] for vector in self.generators)

    @property
    def is_bounded(self) -> bool:
        """Whether the set lies in some ball."""
        return not self.lines and not self.has_rays

    def extent(self, k: int) -> tuple[Rational | None, Rational | None]:
        """Return the least and the greatest value of coordinate k, counted from 1; None where there is none."""
        rays = [vector[k] for vector in self.generators if not vector[0]]
        rays += [sign * line[k] for line in self.lines for sign in (1, -1)]
        values = [Rational(vector[k], vector[0]) for vector in self.generators if vector[0]]
        return (
            None if any(value < 0 for value in rays) else min(values),
            None if any(value > 0 for value in rays) else max(values),
        )


@dataclass(frozen=True, slots=True)
class Shape:
    """The full-dimensional polyhedron { rows >= 0 } = conv(points) + cone(rays) + span(lines), irredundantly.

    Two shapes of one set are equal.

    Attributes:
        rows: the facets' primitive rows, sorted.
        generators: points and rays, sorted, whose entries in the lines' pivots are 0.
        lines: a reduced echelon basis of the lines.
        incidences: for each facet the generators on it, as the bits of an integer.
        points: the generators that are points, likewise.
    """

    rows: tuple[Row, ...]
    generators: tuple[Vector, ...]
    lines: tuple[Vector, ...]
    incidences: tuple[int, ...]
    points: int

    @classmethod
    def of(cls, dimension: int, rows: Iterable[Row]) -> "Shape":
        """Return the shape of { rows >= 0 }, which must have interior points, by the double description method."""
        distinct = tuple(dict.fromkeys(rows))
        found = SOLVER.generators(dimension, distinct)
        whole = Flat.of(_vectors(found), (primitive_row((0, *line)) for line in found.lines))
        return cls.joined(distinct, *whole)

    @classmethod
    def joined(cls, rows: Iterable[Row], generators: Iterable[Vector], lines: tuple[Vector, ...] = ()) -> "Shape":
        """Return the shape that has these generators, and facets among these rows.

        Args:
            rows: primitive; all facets', and perhaps others that are >= 0 on the shape.
            generators: irredundant, primitive.
            lines: a reduced echelon basis.

        Raises:
            InternalError: if a row is negative somewhere: the arguments are not those of one polyhedron.

        **Exactness**: exact. *Proof that facets are told from other rows*: the generators on a face that is none are
        some, not all, of those on a facet that holds it; and no facet holds another one's generators.
        """
        vectors = tuple(sorted(generators))
        on = {row: _incidence(row, vectors) for row in rows}
        full = (1 << len(vectors)) - 1
        proper = {row: bits for row, bits in on.items() if bits != full}
        distinct = set(proper.values())
        facets = sorted(
            row
            for row, bits in proper.items()
            if any(row[1:]) and not any(bits != other and bits & other == bits for other in distinct)
        )
        points = sum(1 << k for k, vector in enumerate(vectors) if vector[0])
        return cls(tuple(facets), vectors, lines, tuple(on[row] for row in facets), points)

    @property
    def dimension(self) -> int:
        """The number of coordinates."""
        return len(self.generators[0]) - 1

    def flat(self, face: int | None = None) -> Flat:
        """Return a face, given by the generators on it as bits; by default the whole."""
        if face is None:
            return Flat(self.generators, self.lines)
        return Flat(tuple(vector for k, vector in enumerate(self.generators) if face >> k & 1), self.lines)

    @property
    def is_bounded(self) -> bool:
        """Whether the set lies in some ball."""
        return self.flat().is_bounded

    @property
    def whole(self) -> int:
        """All generators, as bits: the polyhedron as a face of itself."""
        return (1 << len(self.generators)) - 1

    def holds(self, vector: Vector) -> bool:
        """Whether the polyhedron holds the point that a vector with w > 0 stands for."""
        return all(sum(map(mul, row, vector)) >= 0 for row in self.rows)

    def facets_of(self, face: int) -> list[int]:
        """Return the facets of a face, in the order of this shape's facets.

        *Proof*: of all intersections of a face with facets of the whole that hold a point and are not the face, the
        largest are its own facets.

        Args:
            face: the generators on it, as bits.
        """
        parts = dict.fromkeys(face & facet for facet in self.incidences)
        proper = [part for part in parts if part != face and part & self.points]
        return [part for part in proper if not any(part != other and part & other == part for other in proper)]


def point_of(vector: Vector) -> Point:
    """Return the point that a vector with w > 0 stands for."""
    return tuple(Rational(value, vector[0]) for value in vector[1:])


def rounded(vector: Vector) -> tuple[float, ...]:
    """Return the point that a vector with w > 0 stands for, rounded to floats.

    Raises:
        InvalidArgument: for a coordinate that is too large for a float.
    """
    try:
        return tuple(value / vector[0] for value in vector[1:])
    except OverflowError as error:
        raise InvalidArgument("a coordinate is too large for a float: choose a smaller domain") from error


def _incidence(row: Row, vectors: Sequence[Vector]) -> int:
    """Return the vectors at which a row is 0, as bits, after making sure that it is negative at none."""
    bits = 0
    for k, vector in enumerate(vectors):
        value = sum(map(mul, row, vector))
        if value < 0:
            raise InternalError(f"the row {row} is negative at a generator, {vector}")
        if not value:
            bits |= 1 << k
    return bits


def _vectors(found: Generators) -> Iterator[Vector]:
    for vertex in found.vertices:
        yield primitive_row((1, *vertex))
    for ray in found.rays:
        yield primitive_row((0, *ray))
