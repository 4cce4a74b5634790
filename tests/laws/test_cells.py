"""Laws about the cells of a network: polyhedra that fill the domain, and meet in facets and lower faces."""

from collections import Counter

import sympy
from hypothesis import assume, given, note
from laws.gates import behind_gates
from laws.rebuilding import FEWER, questions

from exactgeo import cell_complex, enumerate_regions, interior_facets
from exactgeo.polyhedra.shapes import Shape, point_of
from exactgeo.polyhedra.volumes import volume
from exactgeo.strategies import programs, relu_networks

CONTINUOUS = relu_networks(max_inputs=3, max_units=6) | relu_networks(min_inputs=4, max_inputs=4, max_units=4)
ANY = CONTINUOUS | programs(max_inputs=3, max_units=4)
PLANAR = relu_networks(min_inputs=2, max_inputs=2, max_units=6) | programs(min_inputs=2, max_inputs=2, max_units=4)


def _complex(question):
    note(question[0].text)
    return cell_complex(enumerate_regions(*question))


def _at(row, vector):
    """Return a positive multiple of b + a.x, or of a.x for a direction."""
    return sum(a * x for a, x in zip(row, vector, strict=True))


@FEWER
@given(questions(ANY, bounded=True))
def test_the_volumes_of_the_cells_add_up_to_that_of_the_domain(question):
    cells = _complex(question)
    domain = Shape.of(question[1].dimension, question[1].inequalities)
    assert sum(cells.volume(cell) for cell in range(len(cells.shapes))) == volume(domain)


@FEWER
@given(questions(ANY))
def test_the_cells_of_both_engines_are_the_same_polyhedra(question):
    cells = _complex(question)
    reference = cell_complex(enumerate_regions(*question, engine="reference"))
    assert cells.shapes == reference.shapes
    assert cells.facets == reference.facets


@FEWER
@given(questions(ANY))
def test_the_facets_between_cells_are_those_that_linear_programs_find(question):
    cells = _complex(question)
    regions = cells.arrangement.regions
    expected = {(f.hyperplane, f.positive, f.negative): f.rows for f in interior_facets(cells.arrangement)}
    found = {
        (facet.hyperplane, regions[facet.positive], regions[facet.negative]): facet.flat
        for facet in cells.facets
        if facet.is_interior
    }
    assert found.keys() == expected.keys()
    for key, flat in found.items():
        assert all(_at(row, vector) >= 0 for row in expected[key] for vector in flat.generators)
        assert not any(_at(row, line) for row in expected[key] for line in flat.lines)


@FEWER
@given(questions(ANY))
def test_what_changes_across_a_facet_are_the_pieces_of_its_units(question):
    cells = _complex(question)
    for facet in cells.facets:
        patterns = [cells.arrangement.regions[cell].pattern for cell in facet.cells]
        units = cells.units_of(facet)
        assert bool(units) == facet.is_interior
        assert all(len({pattern[unit] for pattern in patterns}) == 2 for unit in units)


@FEWER
@given(questions(CONTINUOUS))
def test_values_agree_across_facets_of_continuous_networks(question):
    cells = _complex(question)
    for facet in cells.facets:
        if facet.is_interior:
            here, there = (cells.affine_maps[cell] for cell in facet.cells)
            for vector in (*facet.flat.generators, *facet.flat.lines):
                for one, other in zip(here, there, strict=True):
                    difference = (one - other).numerators
                    assert _at(difference, vector) == 0


@FEWER
@given(questions(ANY | behind_gates()))
def test_the_faces_have_the_euler_characteristic_and_the_homology_of_the_domain(question):
    cells = _complex(question)
    domain = Shape.of(question[1].dimension, question[1].inequalities)
    bounded = all(vector[0] for vector in domain.generators)
    assert cells.faces.euler_characteristic == ((-1) ** len(domain.lines) if bounded else 0)
    assert cells.faces.betti_numbers[0] == 1 and not any(cells.faces.betti_numbers[1:])
    assert not any(group.torsion for group in cells.faces.homology)


@FEWER
@given(questions(ANY | behind_gates(), bounded=True))
def test_the_border_of_a_box_is_a_sphere(question):
    cells = _complex(question)
    dimension = cells.dimension
    border = cells.closure_of([facet for facet in cells.facets if not facet.is_interior])
    expected = [1, *[0] * (dimension - 2), 1] if dimension > 1 else [2]
    assert list(border.betti_numbers) == expected
    assert border.euler_characteristic == 1 + (-1) ** (dimension - 1)


@FEWER
@given(questions(CONTINUOUS))
def test_each_facet_of_a_cell_is_that_of_one_other_cell_or_of_the_domain(question):
    cells = _complex(question)
    counted = Counter(flat for shape in cells.shapes for flat in map(shape.flat, shape.incidences))
    assert counted == {facet.flat: len(facet.cells) for facet in cells.facets}


@FEWER
@given(questions(relu_networks(min_inputs=2, max_inputs=2, max_units=6), bounded=True))
def test_a_generic_partition_of_a_square_has_four_corners_for_each_cell(question):
    cells = _complex(question)
    ends = Counter(vector for facet in cells.facets for vector in facet.flat.generators)
    borders = {vector: sum(not _at(row, vector) for row in question[1].inequalities) for vector in ends}
    assume(all(count == 4 - borders[vector] for vector, count in ends.items()))
    assert sum(len(shape.generators) for shape in cells.shapes) == 4 * len(cells.shapes)


@FEWER
@given(questions(PLANAR, bounded=True))
def test_the_areas_of_cells_are_those_of_sympys_polygons(question):
    cells = _complex(question)
    for cell, shape in enumerate(cells.shapes[:6]):
        corners = [sympy.Point(*map(sympy.Rational, map(str, point_of(vector)))) for vector in shape.generators]
        hull = sympy.convex_hull(*corners)
        assert len(hull.vertices) == len(corners)
        assert sympy.Rational(str(cells.volume(cell))) == abs(hull.area)
