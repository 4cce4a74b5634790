"""Polyhedra by facets and generators at once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exactgeo import Polyhedron
from exactgeo.errors import InternalError
from exactgeo.polyhedra.shapes import Flat, Shape, point_of
from exactgeo.strategies import domains

SQUARE = [(1, 1, 0), (1, -1, 0), (1, 0, 1), (1, 0, -1)]


@st.composite
def _polyhedra(draw):
    domain = draw(domains(draw(st.integers(1, 3))))
    return domain if isinstance(domain, Polyhedron) else domain.polyhedron


@given(_polyhedra(), st.randoms(use_true_random=False))
def test_two_descriptions_of_one_set_have_one_shape(polyhedron, chance):
    dimension, rows = polyhedron.dimension, list(polyhedron.inequalities)
    shape = Shape.of(dimension, rows)
    weaker = [(row[0] + chance.randint(0, 3), *row[1:]) for row in rows]
    sums = [tuple(map(sum, zip(*rows, strict=True)))] if rows else []
    chance.shuffle(rows)
    assert Shape.of(dimension, [*rows, *weaker, *(row for row in sums if any(row[1:]))]) == shape


@given(_polyhedra())
def test_a_shape_has_the_facets_and_the_generators_of_its_polyhedron(polyhedron):
    shape = Shape.of(polyhedron.dimension, polyhedron.inequalities)
    assert shape.rows == polyhedron.irredundant().inequalities
    found = polyhedron.generators()
    assert (len(found.lines), len(found.vertices)) == (len(shape.lines), shape.points.bit_count())
    assert all(polyhedron.contains(point_of(vector)) for vector in shape.generators if vector[0])
    rebuilt = Polyhedron.from_generators(
        [point_of(vector) for vector in shape.generators if vector[0]],
        [vector[1:] for vector in shape.generators if not vector[0]],
        [line[1:] for line in shape.lines],
    )
    assert rebuilt.is_same_set(polyhedron)
    assert shape.is_bounded == polyhedron.is_bounded()


@given(_polyhedra())
def test_incidences_are_the_generators_at_which_a_row_is_zero(polyhedron):
    shape = Shape.of(polyhedron.dimension, polyhedron.inequalities)
    for row, on in zip(shape.rows, shape.incidences, strict=True):
        zeros = [not sum(a * x for a, x in zip(row, vector, strict=True)) for vector in shape.generators]
        assert zeros == [bool(on >> k & 1) for k in range(len(zeros))]


def _counts(shape):
    """Return how many faces there are of each dimension, from the whole down."""
    level, counts = {shape.whole}, []
    while level:
        counts.append(len(level))
        level = {facet for face in level for facet in shape.facets_of(face)}
    return counts


@pytest.mark.parametrize(
    "rows, counts",
    [
        (SQUARE, [1, 4, 4]),
        ([(0, 1, 0), (0, 0, 1)], [1, 2, 1]),
        ([(0, 1, 0)], [1, 1]),
        ([(0, 1, 0), (1, -1, 0)], [1, 2]),
        ([(0, 1, 0), (1, -1, 0), (0, 0, 1)], [1, 3, 2]),
        ([], [1]),
    ],
    ids=["square", "quadrant", "half-plane", "strip", "half a strip", "plane"],
)
def test_faces_of_plane_sets(rows, counts):
    assert _counts(Shape.of(2, rows)) == counts


def test_faces_of_a_cube_a_pyramid_and_a_cross_polytope():
    cube = [tuple(1 if k == 0 else sign * (k == axis) for k in range(4)) for axis in (1, 2, 3) for sign in (1, -1)]
    assert _counts(Shape.of(3, cube)) == [1, 6, 12, 8]
    pyramid = [(0, 0, 0, 1), *((1, *step, -1) for step in ((1, 0), (-1, 0), (0, 1), (0, -1)))]
    assert _counts(Shape.of(3, pyramid)) == [1, 5, 8, 5]
    signs = [(a, b, c, d) for a in (1, -1) for b in (1, -1) for c in (1, -1) for d in (1, -1)]
    assert _counts(Shape.of(4, [(1, *sign) for sign in signs])) == [1, 16, 32, 24, 8]


def test_generators_outside_a_half_space_are_no_shape():
    with pytest.raises(InternalError, match="is negative at a generator"):
        Shape.joined(SQUARE, [(1, 2, 0), (1, 0, 0)])


def test_flats_of_one_set_are_equal_whatever_their_representatives():
    assert Flat.of([(1, 3, 5)], [(0, 2, 2)]) == Flat.of([(1, 0, 2)], [(0, -1, -1)])
