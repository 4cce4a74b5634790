"""Boundaries of two inputs as polylines, of three as meshes of polygons."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from exactgeo.complexes.boundaries.boundary import DecisionBoundary
from exactgeo.errors import InvalidArgument
from exactgeo.polyhedra.polygons import loop
from exactgeo.polyhedra.shapes import Flat, Vector

_PLANE, _SPACE = 2, 3
_PAIR = 2


@dataclass(frozen=True, slots=True)
class Polyline:
    """Segments one after the other.

    Attributes:
        vectors: the corners in their order, as integers (w, x1, x2) for the points x / w; at an end that goes on to
            infinity, the direction (0, x1, x2).
        pieces: the numbers of the boundary's pieces, one less than corners, or as many if it is closed.
        is_closed: whether the last corner is joined to the first.
        classes: on its left and on its right.
    """

    vectors: tuple[Vector, ...]
    pieces: tuple[int, ...]
    is_closed: bool
    classes: tuple[int, int]


def polylines(boundary: DecisionBoundary) -> tuple[Polyline, ...]:
    """Return the boundary of a network with two inputs as polylines, cut where three pieces meet, or only one ends.

    Raises:
        InvalidArgument: for another number of inputs.

    **Exactness**: exact.
    """
    _demand_inputs(boundary, _PLANE, "polylines")
    return tuple(sorted(_Tracing(boundary).lines(), key=lambda line: line.pieces))


class _Tracing:
    """Goes along the boundary from piece to piece."""

    def __init__(self, boundary: DecisionBoundary) -> None:
        self._pieces = boundary.pieces
        self._ends = [_ends(piece.facet.flat) for piece in boundary.pieces]
        self._at: defaultdict[Vector, list[int]] = defaultdict(list)
        for number, ends in enumerate(self._ends):
            for end in ends:
                self._at[end].append(number)
        self._left = set(range(len(boundary.pieces)))

    def lines(self) -> Iterator[Polyline]:
        """Yield all polylines: first those with ends, then closed ones."""
        for number, ends in enumerate(self._ends):
            for end in ends:
                if number in self._left and not self._goes_on(end):
                    yield self._line(number, end)
        while self._left:
            number = min(self._left)
            yield self._line(number, self._ends[number][0])

    def _goes_on(self, end: Vector) -> bool:
        """Whether just two pieces meet in a point, with the same classes."""
        pieces = self._at[end]
        classes = {frozenset(self._pieces[number].classes) for number in pieces}
        return bool(end[0]) and len(pieces) == _PAIR and len(classes) == 1

    def _line(self, number: int, start: Vector) -> Polyline:
        vectors, pieces = [start], [number]
        self._left.remove(number)
        while True:
            first, last = self._ends[pieces[-1]]
            vectors.append(last if vectors[-1] == first else first)
            onward = [k for k in self._at[vectors[-1]] if k in self._left] if self._goes_on(vectors[-1]) else []
            if not onward:
                break
            pieces.append(onward[0])
            self._left.remove(onward[0])
        is_closed = vectors[-1] == start and self._goes_on(start)
        corners = tuple(vectors[:-1] if is_closed else vectors)
        return Polyline(corners, tuple(pieces), is_closed, self._classes(pieces[0], vectors[0], vectors[1]))

    def _classes(self, number: int, start: Vector, end: Vector) -> tuple[int, int]:
        """Return the classes on the left and on the right of a piece, as one goes from its start to its end."""
        piece = self._pieces[number]
        (u, a, b), (w, c, d) = start, end
        if u and w:
            east, north = c * u - a * w, d * u - b * w
        else:  # from a point to a direction of infinity, or back from there, or along a line
            east, north = (-a, -b) if w else (c, d)
        _, across, up = piece.facet.hyperplane
        return piece.classes if east * up > north * across else (piece.classes[1], piece.classes[0])


def _ends(edge: Flat) -> tuple[Vector, Vector]:
    """Return both ends of an edge; those of a line in opposite directions."""
    if edge.lines:
        (line,) = edge.lines
        return tuple(-value for value in line), line
    first, last = edge.generators
    return first, last


@dataclass(frozen=True, slots=True)
class Mesh:
    """Polygons in space.

    Attributes:
        vertices: as integers (w, x1, x2, x3) for the points x / w, sorted.
        polygons: of each piece the numbers of its corners, in the order in which they are seen counterclockwise from
            the side of the greater class.
        is_watertight: whether each edge is one of just two polygons, which pass it in opposite directions.
    """

    vertices: tuple[Vector, ...]
    polygons: tuple[tuple[int, ...], ...]
    is_watertight: bool


def mesh(boundary: DecisionBoundary) -> Mesh:
    """Return the boundary of a network with three inputs as a mesh.

    Raises:
        InvalidArgument: for another number of inputs, or where a piece is unbounded.

    **Exactness**: exact.
    """
    _demand_inputs(boundary, _SPACE, "a mesh")
    faces = boundary.faces
    borders = dict(zip(faces.faces[2], faces.facets[2], strict=True))
    polygons = []
    for piece in boundary.pieces:
        if not piece.facet.flat.is_bounded:
            raise InvalidArgument("a piece of the boundary is unbounded, so there is no mesh: choose a bounded domain")
        corners = loop(faces.faces[1][edge].generators for edge in borders[piece.facet.flat])
        turns_left = _turn(corners, piece.facet.hyperplane[1:]) > 0
        is_upward = piece.classes[0] > piece.classes[1]
        polygons.append(corners if turns_left == is_upward else corners[::-1])
    vertices = tuple(sorted({vector for corners in polygons for vector in corners}))
    numbers = {vector: number for number, vector in enumerate(vertices)}
    numbered = tuple(tuple(numbers[vector] for vector in corners) for corners in polygons)
    return Mesh(vertices, numbered, _is_watertight(numbered))


def _turn(corners: Sequence[Vector], normal: Sequence[int]) -> int:
    """Return a number whose sign tells whether a convex polygon turns left, seen from where a normal points to."""
    total = 0
    for (a, b, c), (d, e, f) in pairwise(_step(corners[0], corner) for corner in corners[1:]):
        cross = (b * f - c * e, c * d - a * f, a * e - b * d)
        total += sum(first * second for first, second in zip(cross, normal, strict=True))
    return total


def _step(start: Vector, end: Vector) -> list[int]:
    """Return a positive multiple of the step between two points."""
    return [b * start[0] - a * end[0] for a, b in zip(start[1:], end[1:], strict=True)]


def _is_watertight(polygons: Sequence[tuple[int, ...]]) -> bool:
    counts: defaultdict[tuple[int, int], int] = defaultdict(int)
    for corners in polygons:
        for first, last in zip(corners, (*corners[1:], corners[0]), strict=True):
            counts[first, last] += 1
    return all(count == 1 and counts.get((last, first)) == 1 for (first, last), count in counts.items())


def _demand_inputs(boundary: DecisionBoundary, inputs: int, what: str) -> None:
    if boundary.cells.dimension != inputs:
        raise InvalidArgument(
            f"only a network of {inputs} inputs has {what}, and this one has {boundary.cells.dimension}: "
            "restrict it to a slice"
        )
