"""Local minima and maxima of a function over the domain, and the plateaus on which it has them."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from exactgeo.arithmetic.affine import AffineForm
from exactgeo.arithmetic.rationals import Rational
from exactgeo.complexes.cells.cell_complex import CellComplex
from exactgeo.complexes.cells.faces import FaceComplex
from exactgeo.complexes.disjoint_sets import DisjointSets
from exactgeo.complexes.skeletons.skeleton import Skeleton, value_at
from exactgeo.errors import InvalidArgument
from exactgeo.polyhedra.shapes import Flat, Vector


@dataclass(frozen=True, slots=True)
class Extremum:
    """A largest connected closed set on which a function has a value that it surpasses nowhere near the set.

    Attributes:
        value: the function's.
        is_minimum: whether near the set no value is less.
        is_maximum: whether near the set no value is greater. (Both, where the function is constant on the domain.)
        faces: the cells' faces of which the set consists, by dimension; those that lie in others are left out.
    """

    value: Rational
    is_minimum: bool
    is_maximum: bool
    faces: tuple[tuple[int, Flat], ...]

    @property
    def dimension(self) -> int:
        """0 for a point, more for a plateau."""
        return max(dimension for dimension, _ in self.faces)


def extrema(skeleton: Skeleton) -> tuple[Extremum, ...]:
    """Return the local minima and maxima of a continuous network's output, or unit, over the closed domain.

    *Proof that edges tell*: a point of a face at which a face's edges all lead to values not less is a minimum over the
    face, which its edges generate from there; and on a face that holds a minimum in its relative interior the function
    is constant. So a connected set of equal values is a minimum if no edge that leaves its vertices goes down, and each
    minimum has a vertex (modulo the lines: along these the function must be constant, or has none).

    Args:
        skeleton: of one function.

    Returns:
        By increasing value.

    Raises:
        InvalidArgument: for a discontinuous network, or several functions.

    **Exactness**: exact.
    """
    cells = skeleton.cells
    if not cells.arrangement.program.is_continuous:
        raise InvalidArgument(
            "a function that jumps need not attain its bounds: ask for a continuous network's extrema"
        )
    if len(skeleton.maps[0]) != 1:
        raise InvalidArgument(
            f"extrema are those of one function; the skeleton is that of {len(skeleton.maps[0])} outputs"
        )
    slopes = _Slopes(cells, [forms[0] for forms in skeleton.maps])
    return tuple(sorted(slopes.extrema(), key=lambda found: (found.value, found.faces)))


class _Slopes:
    """The function's values at all vertices, its slopes along all edges."""

    def __init__(self, cells: CellComplex, forms: Sequence[AffineForm]) -> None:
        self._faces: FaceComplex = cells.faces
        self._least = next(k for k, flats in enumerate(self._faces.faces) if flats)  # points, lines or planes
        self._forms: dict[Flat, AffineForm] = {}
        self._is_flat_along_lines = True
        for shape, form in zip(cells.shapes, forms, strict=True):
            self._forms[shape.flat()] = form
            if any(value_at(form, line) for line in shape.lines):
                self._is_flat_along_lines = False
        self._hand_down()

    def _hand_down(self) -> None:
        """Give every face the form of some cell that holds it."""
        for k in range(len(self._faces.faces) - 1, self._least, -1):
            for flat, facets in zip(self._faces.faces[k], self._faces.facets[k], strict=True):
                for facet in facets:
                    self._forms.setdefault(self._faces.faces[k - 1][facet], self._forms[flat])

    def extrema(self) -> list[Extremum]:
        """Return them in any order."""
        if not self._is_flat_along_lines:
            return []
        vertices = self._faces.faces[self._least]
        level = DisjointSets(len(vertices))
        slopes: list[tuple[int, Rational]] = []
        for edge, ends in self._edges():
            slope = self._slope(edge, ends)
            if not slope and len(ends) > 1:
                level.join(*ends)
            slopes += zip(ends, (slope, -slope), strict=False)
        rising = {level.leader(vertex) for vertex, slope in slopes if slope > 0}
        falling = {level.leader(vertex) for vertex, slope in slopes if slope < 0}
        kept = set(map(level.leader, range(len(vertices)))) - (rising & falling)
        return [
            Extremum(self._value(vertices[k]), k not in falling, k not in rising, faces)
            for k, faces in self._plateaus(level, kept).items()
        ]

    def _edges(self) -> Iterator[tuple[Flat, tuple[int, ...]]]:
        """Yield the edges, with the one or two vertices at their ends."""
        if self._least + 1 < len(self._faces.faces):
            yield from zip(self._faces.faces[self._least + 1], self._faces.facets[self._least + 1], strict=True)

    def _slope(self, edge: Flat, ends: tuple[int, ...]) -> Rational:
        """Return the sign of the function's change along an edge from its first end, as any number of this sign."""
        if len(ends) > 1:
            first, last = (self._faces.faces[self._least][end] for end in ends)
            return self._value(last) - self._value(first)
        return value_at(self._forms[edge], next(vector for vector in edge.generators if not vector[0]))

    def _value(self, vertex: Flat) -> Rational:
        return value_at(self._forms[vertex], vertex.generators[0])

    def _plateaus(self, level: DisjointSets, kept: set[int]) -> dict[int, tuple[tuple[int, Flat], ...]]:
        """Return, for some sets of vertices, the largest faces on which the function is constant there."""
        owner: list[dict[int, int]] = [{} for _ in self._faces.faces]
        owner[self._least] = {place: level.leader(place) for place in range(len(self._faces.faces[self._least]))}
        covered: list[set[int]] = [set() for _ in self._faces.faces]
        for k in range(self._least + 1, len(self._faces.faces)):
            for place, facets in enumerate(self._faces.facets[k]):
                owners = {owner[k - 1].get(facet) for facet in facets}
                if len(owners) == 1 and None not in owners and self._is_constant(self._faces.faces[k][place]):
                    owner[k][place] = next(iter(owners))  # type: ignore[assignment]
                    covered[k - 1].update(facets)
        result: defaultdict[int, list[tuple[int, Flat]]] = defaultdict(list)
        for k, owners_of in enumerate(owner):
            for place, leader in owners_of.items():
                if leader in kept and place not in covered[k]:
                    result[leader].append((k, self._faces.faces[k][place]))
        return {leader: tuple(faces) for leader, faces in result.items()}

    def _is_constant(self, face: Flat) -> bool:
        form = self._forms[face]
        points: set[Rational] = {value_at(form, vector) for vector in face.generators if vector[0]}
        return len(points) == 1 and not any(value_at(form, vector) for vector in _directions(face))


def _directions(face: Flat) -> list[Vector]:
    return [vector for vector in face.generators if not vector[0]]
