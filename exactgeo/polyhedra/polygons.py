"""Polygons: the corners of bounded two-dimensional faces, one after the other."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from exactgeo.polyhedra.shapes import Shape, Vector


def ring(shape: Shape, face: int | None = None) -> list[Vector]:
    """Return the corners of a polygon one after the other, in one of both directions.

    Args:
        shape: a polyhedron.
        face: the generators on a bounded face of dimension 2, as bits; by default the shape is the polygon itself.

    **Exactness**: exact: which corners are neighbours is known from the edges on which they lie.
    """
    edges = shape.incidences if face is None else shape.facets_of(face)
    return loop(shape.flat(edge).generators for edge in edges)


def loop(edges: Iterable[Sequence[Vector]]) -> list[Vector]:
    """Return the ends of edges that make one closed line, one after the other, in one of both directions."""
    beside: defaultdict[Vector, list[Vector]] = defaultdict(list)
    for first, last in edges:
        beside[first].append(last)
        beside[last].append(first)
    start = min(beside)
    corners = [start, beside[start][0]]
    while len(corners) < len(beside):
        one, other = beside[corners[-1]]
        corners.append(other if one == corners[-2] else one)
    return corners


def counterclockwise(shape: Shape) -> list[Vector]:
    """Return the corners of a polygon of the plane one after the other, to the left. **Exactness**: exact."""
    corners = ring(shape)
    (u, a, b), (v, c, d), (w, e, f) = corners[:3]
    turn = (c * u - a * v) * (f * u - b * w) - (d * u - b * v) * (e * u - a * w)
    return corners if turn > 0 else [corners[0], *corners[:0:-1]]
