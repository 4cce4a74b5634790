"""The corners of polygons in their order."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from exactgeo import Box
from exactgeo.polyhedra.boxes import domain_polyhedron
from exactgeo.polyhedra.polygons import counterclockwise, ring
from exactgeo.polyhedra.polyhedron import Polyhedron
from exactgeo.polyhedra.shapes import Shape, point_of

# No two of them parallel, none redundant: tangents of a circle, at rational points of it.
TANGENTS = [(25, -7, -24), (25, 24, 7), (5, -4, 3), (5, 3, -4), (1, 1, 0), (1, 0, 1), (1, -1, 0), (1, 0, -1)]


def _turn(a, b, c):
    """Twice the area of a triangle, positive if it turns left."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


@given(st.lists(st.sampled_from(TANGENTS[:4]), unique=True), st.integers(-(10**12), 10**12), st.integers(1, 10**9))
def test_corners_turn_left_at_each_step_and_go_round_once(cuts, shift, scale):
    rows = [*cuts, *TANGENTS[4:]]
    moved = [(row[0] - scale * shift * (row[1] + 2 * row[2]), scale * row[1], scale * row[2]) for row in rows]
    shape = Shape.of(2, Polyhedron(2, tuple(moved)).inequalities)
    corners = [point_of(vector) for vector in counterclockwise(shape)]
    assert sorted(corners) == sorted(map(point_of, shape.generators))
    assert all(_turn(corners[0], b, c) > 0 for b, c in pairwise(corners[1:]))
    cyclic = [*corners, *corners[:2]]
    assert all(_turn(*cyclic[k : k + 3]) > 0 for k in range(len(corners)))
    assert set(ring(shape)) == set(shape.generators)


def test_the_sides_of_a_box_are_squares():
    box = Shape.of(3, domain_polyhedron(Box.cube(3), 3).inequalities)
    for face in box.incidences:
        corners = [point_of(vector) for vector in ring(box, face)]
        steps = zip(corners, [*corners[1:], corners[0]], strict=True)
        assert len(corners) == 4 and all(sum(abs(a - b) for a, b in zip(*step, strict=True)) == 2 for step in steps)
