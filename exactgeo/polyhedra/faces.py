"""Faces of a polyhedron, from the incidences of its generators and facets."""

from dataclasses import dataclass

from exactgeo.arithmetic.affine import Row, evaluate_row
from exactgeo.arithmetic.matrices import rank
from exactgeo.arithmetic.rationals import Point
from exactgeo.polyhedra.polyhedron import Polyhedron
from exactgeo.polyhedra.solvers import Generators


@dataclass(frozen=True, slots=True)
class Face:
    """A non-empty face: where the `active` inequalities of the irredundant polyhedron hold with equality.

    Attributes:
        dimension: of its affine hull.
        active: the facet-defining rows that vanish on the face, sorted.
        vertices: its vertices (modulo the lineality space, if there is one), sorted.
        rays: its extreme rays, sorted.
    """

    dimension: int
    active: tuple[Row, ...]
    vertices: tuple[Point, ...]
    rays: tuple[Point, ...]


def faces(polyhedron: Polyhedron, dimension: int | None = None) -> tuple[Face, ...]:
    """Return the non-empty faces, the polyhedron itself included, or those of one dimension.

    *Definition*: a face is the set of points of P at which a linear objective attains its maximum over P.

    The faces are the intersections of facets: sets of generators closed under intersection, each with a vertex.
    Exponential in the dimension; meant for few dimensions or few facets.

    **Exactness**: exact. **Source**: Ziegler, Lectures on Polytopes, section 2.2.
    """
    minimal = polyhedron.irredundant()
    generators = minimal.generators()
    incidence = {row: _incident(row, generators) for row in minimal.inequalities}
    everything = frozenset(range(len(generators.vertices) + len(generators.rays)))
    found, fresh = {everything}, {everything}
    while fresh:
        fresh = {face & facet for face in fresh for facet in incidence.values()} - found
        found |= fresh
    proper = (
        _face(chosen, incidence, generators) for chosen in found if any(i < len(generators.vertices) for i in chosen)
    )
    wanted = (face for face in proper if dimension is None or face.dimension == dimension)
    return tuple(sorted(wanted, key=lambda face: (-face.dimension, face.vertices, face.rays)))


def _incident(row: Row, generators: Generators) -> frozenset[int]:
    values = [evaluate_row(row, vertex) for vertex in generators.vertices]
    values += [evaluate_row((0, *row[1:]), ray) for ray in generators.rays]
    return frozenset(index for index, value in enumerate(values) if value == 0)


def _face(chosen: frozenset[int], incidence: dict[Row, frozenset[int]], generators: Generators) -> Face:
    count = len(generators.vertices)
    vertices = tuple(generators.vertices[i] for i in sorted(chosen) if i < count)
    rays = tuple(generators.rays[i - count] for i in sorted(chosen) if i >= count)
    spread = [tuple(a - b for a, b in zip(vertex, vertices[0], strict=True)) for vertex in vertices[1:]]
    active = tuple(row for row, incident in incidence.items() if chosen <= incident)
    return Face(rank([*spread, *rays, *generators.lines]), active, vertices, rays)
