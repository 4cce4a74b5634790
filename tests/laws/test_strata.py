"""Laws about the faces of cells that need not meet face to face: sets of points around which the same cells lie."""

from hypothesis import given, note
from hypothesis import strategies as st
from laws.gates import behind_gates
from laws.rebuilding import FEWER, questions

from exactgeo import Polyhedron, cell_complex, enumerate_regions
from exactgeo.arithmetic.affine import evaluate_row
from exactgeo.arithmetic.rationals import Rational
from exactgeo.polyhedra.shapes import point_of
from exactgeo.strategies import points, programs

GATED = behind_gates(min_inputs=2) | behind_gates(min_inputs=4, max_inputs=4) | programs(min_inputs=2, max_units=4)


def _complex(question):
    note(question[0].text)
    return cell_complex(enumerate_regions(*question))


def _inner_point(flat):
    """Return the mean of a polyhedron's points, moved along its rays."""
    corners = [point_of(vector) for vector in flat.generators if vector[0]]
    rays = [vector[1:] for vector in flat.generators if not vector[0]]
    middle = [sum(values) / Rational(len(corners)) for values in zip(*corners, strict=True)]
    return tuple(x + sum(ray[k] for ray in rays) for k, x in enumerate(middle))


def _around(cells, x):
    """Return the cells whose closures hold a point, and the rows of the domain that are 0 there."""
    domain = cells.arrangement.domain.inequalities
    own = [k for k, shape in enumerate(cells.shapes) if all(evaluate_row(row, x) >= 0 for row in shape.rows)]
    return tuple(own), tuple(row for row in domain if evaluate_row(row, x) == 0)


@FEWER
@given(questions(GATED))
def test_a_face_is_where_all_cells_around_one_of_its_points_meet(question):
    cells = _complex(question)
    known = set()
    for dimension, flats in enumerate(cells.faces.faces):
        for flat in flats:
            own, border = around = _around(cells, _inner_point(flat))
            assert around not in known
            known.add(around)
            rows = [row for k in own for row in cells.shapes[k].rows]
            both = [*border, *(tuple(-a for a in row) for row in border)]
            found = Polyhedron(cells.dimension, [*rows, *both])
            assert found.affine_dimension() == dimension
            face = Polyhedron.from_generators(
                [point_of(vector) for vector in flat.generators if vector[0]],
                [vector[1:] for vector in flat.generators if not vector[0]],
                [line[1:] for line in flat.lines],
            )
            assert found.is_same_set(face)


@FEWER
@given(questions(GATED), st.data())
def test_around_each_point_lie_the_cells_around_some_face(question, data):
    cells = _complex(question)
    known = {_around(cells, _inner_point(flat)) for flats in cells.faces.faces for flat in flats}
    flats = [flat for level in cells.faces.faces for flat in level]
    corners = st.sampled_from([point_of(v) for flat in flats for v in flat.generators if v[0]])
    x = data.draw(points(cells.dimension) | corners)
    first, second = data.draw(corners), data.draw(corners)
    between = tuple((a + 2 * b) / Rational(3) for a, b in zip(first, second, strict=True))
    for place in (x, between):
        if cells.arrangement.domain.contains(place):
            assert _around(cells, place) in known


@FEWER
@given(questions(GATED))
def test_borders_of_faces_consist_of_faces_around_which_lie_more_cells(question):
    cells = _complex(question)
    faces = cells.faces
    labels = [[_around(cells, _inner_point(flat)) for flat in flats] for flats in faces.faces]
    for dimension in range(1, len(labels)):
        for place, (own, rows) in enumerate(labels[dimension]):
            below = {k for k, (more, active) in enumerate(labels[dimension - 1]) if _more(own, rows, more, active)}
            assert set(faces.facets[dimension][place]) == below


def _more(own, rows, more, active):
    return set(own) <= set(more) and set(rows) <= set(active)
