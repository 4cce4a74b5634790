"""Domains: boxes, all of R^n, and full-dimensional polyhedra, bounded or not."""

from hypothesis import strategies as st

from exactgeo.arithmetic.rationals import Rational
from exactgeo.polyhedra import Box, Domain, Polyhedron
from exactgeo.strategies.numbers import points, rationals


def domains(dimension: int, *, bounded: bool | None = None) -> st.SearchStrategy[Domain]:
    """Return a strategy for full-dimensional domains.

    Args:
        dimension: the number of coordinates.
        bounded: True for boxes only, False for unbounded domains too (the default), which then come often.
    """
    boxes = _boxes(dimension)
    if bounded:
        return boxes
    return boxes | boxes | st.just(Polyhedron(dimension)) | _cones(dimension) | _polyhedra(dimension)


@st.composite
def _boxes(draw: st.DrawFn, dimension: int) -> Box:
    if draw(st.booleans()):
        return Box.cube(dimension, radius=draw(st.integers(1, 4)))
    lower = draw(points(dimension))
    sides = draw(st.tuples(*[st.integers(1, 12)] * dimension))
    return Box(lower, tuple(low + Rational(side, 3) for low, side in zip(lower, sides, strict=True)))


@st.composite
def _cones(draw: st.DrawFn, dimension: int) -> Polyhedron:
    """Draw an orthant with its apex anywhere: every right-hand side is 0 if the apex is the origin."""
    apex = draw(st.just((Rational(0),) * dimension) | points(dimension))
    signs = draw(st.tuples(*[st.sampled_from((-1, 0, 1))] * dimension))
    rows = [
        (-sign * apex[k], *(sign if i == k else 0 for i in range(dimension))) for k, sign in enumerate(signs) if sign
    ]
    return Polyhedron(dimension, tuple(rows))


@st.composite
def _polyhedra(draw: st.DrawFn, dimension: int) -> Polyhedron:
    """Draw half-spaces that all have one chosen point inside, so that the domain is full-dimensional."""
    inside = draw(points(dimension))
    normals = draw(st.lists(st.tuples(*[st.integers(-3, 3)] * dimension), max_size=dimension + 2))
    rows = []
    for normal in normals:
        slack = abs(draw(rationals())) + Rational(1, 5)
        offset = slack - sum(a * x for a, x in zip(normal, inside, strict=True))
        rows.append((offset, *normal))
    return Polyhedron(dimension, tuple(rows))
