"""Laws about skeletons, and about where an output is least or greatest."""

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import assume, given, note
from hypothesis import strategies as st
from laws.rebuilding import FEWER, built, outputs_of, questions, units_of

from exactgeo import Box, ProgramBuilder, cell_complex, enumerate_regions, evaluate, extrema, skeleton
from exactgeo.complexes.cells.sides import Side
from exactgeo.errors import InvalidArgument
from exactgeo.polyhedra.shapes import point_of
from exactgeo.strategies import programs, relu_networks

CONTINUOUS = relu_networks(max_inputs=3, max_units=6) | relu_networks(min_inputs=4, max_inputs=4, max_units=4)
ANY = CONTINUOUS | programs(max_inputs=3, max_units=4)


def _cells(question):
    note(question[0].text)
    return cell_complex(enumerate_regions(*question))


def _with_sum(program):
    """Return the program with one more output, the sum of the first two, or twice the only one."""
    outputs = outputs_of(program)
    first, last = outputs[0], outputs[:2][-1]
    entries = {*first, *last}
    together = {entry: first.get(entry, 0) + last.get(entry, 0) for entry in entries}
    return built(program.inputs, units_of(program), [*outputs, together])


def _hyperplanes(bones):
    return {(crease.facet.hyperplane, crease.facet.flat) for crease in bones.creases}


@FEWER
@given(questions(ANY))
def test_the_skeleton_of_a_sum_lies_in_the_skeletons_of_its_terms(question):
    program = _with_sum(question[0])
    cells = _cells((program, question[1]))
    terms = [_hyperplanes(skeleton(cells, output=k)) for k in range(program.output_count)]
    assert terms[-1] <= terms[0] | terms[:2][-1]
    assert _hyperplanes(skeleton(cells)) == set.union(*terms)


@FEWER
@given(questions(ANY))
def test_linear_regions_are_what_is_left_without_the_skeleton(question):
    cells = _cells(question)
    bones = _hyperplanes(skeleton(cells))
    for facet in cells.facets:
        if facet.is_interior:
            here, there = (cells.affine_maps[cell] for cell in facet.cells)
            assert (here != there) == ((facet.hyperplane, facet.flat) in bones)


@FEWER
@given(questions(CONTINUOUS), st.data())
def test_the_gradient_jumps_along_the_hyperplanes_normal(question, data):
    output = data.draw(st.integers(0, question[0].output_count - 1))
    for crease in skeleton(_cells(question), output=output).creases:
        (bend,), (jump,) = crease.bends, crease.gradient_jumps
        assert bend and crease.is_continuous
        assert jump == tuple(bend * value for value in crease.facet.hyperplane[1:])


@FEWER
@given(questions(ANY))
def test_values_at_vertices_are_those_of_the_network_or_limits_of_them(question):
    bones = skeleton(_cells(question))
    for vector, values in bones.values.items():
        x = point_of(vector)
        assert values == tuple(sorted(set(values)))
        if question[0].is_continuous:
            assert values == (evaluate(question[0], x).outputs,)


@FEWER
@given(questions(ANY))
def test_values_at_vertices_are_the_limits_from_all_cells_that_touch_them(question):
    bones = skeleton(_cells(question))
    for vector, values in bones.values.items():
        around = [
            tuple(form(point_of(vector)) for form in forms)
            for shape, forms in zip(bones.cells.shapes, bones.maps, strict=True)
            if all(sum(a * x for a, x in zip(row, vector, strict=True)) >= 0 for row in shape.rows)
        ]
        assert values == tuple(sorted(set(around)))


def test_a_cell_on_whose_side_a_vertex_lies_tells_its_value_too():
    builder = ProgramBuilder(2)
    gate = builder.add_unit([({}, {}), ({1: 1}, {2: 1})])  # x2 on the right, 0 on the left
    builder.add_unit([({}, {}), ({gate: 1}, {0: 1})])  # 1 where that is positive
    builder.add_unit([({}, {}), ({1: -1}, {0: 10})])  # 10 on the left
    program = builder.build([{gate + 1: 1, gate + 2: 1}])
    bones = skeleton(enumerate_regions(program, Box.cube(2)))
    assert bones.values[1, 0, 0] == ((0,), (1,), (10,))


@FEWER
@given(questions(CONTINUOUS))
def test_hidden_units_skeletons_hold_the_facets_that_the_unit_causes(question):
    cells = _cells(question)
    for unit in range(question[0].unit_count):
        bones = skeleton(cells, unit=unit)
        assert all(min(crease.units) <= unit for crease in bones.creases)
        first = [crease for crease in bones.creases if crease.units[0] == unit]
        assert all(bend for crease in first for bend in crease.bends)


@FEWER
@given(questions(CONTINUOUS))
def test_creases_that_are_put_together_lie_in_one_hyperplane_and_jump_alike(question):
    bones = skeleton(_cells(question))
    groups = bones.coarsened()
    assert sorted(number for group in groups for number in group) == list(range(len(bones.creases)))
    for group in groups:
        for one, other in pairwise(bones.creases[number] for number in group):
            assert one.facet.hyperplane == other.facet.hyperplane
            assert one.gradient_jumps == other.gradient_jumps


@FEWER
@given(questions(CONTINUOUS), st.data())
def test_a_vertex_is_an_extremum_exactly_if_no_generator_of_a_cell_around_it_says_otherwise(question, data):
    output = data.draw(st.integers(0, question[0].output_count - 1))
    cells = _cells(question)
    assume(not any(shape.lines for shape in cells.shapes))
    found = extrema(skeleton(cells, output=output))
    told = {
        (flat_vector, extremum.is_minimum, extremum.is_maximum)
        for extremum in found
        for _, flat in extremum.faces
        for flat_vector in flat.generators
        if flat_vector[0]
    }
    leads = {}
    for shape, maps in zip(cells.shapes, cells.affine_maps, strict=True):
        form = maps[output].numerators
        for corner in shape.generators:
            if corner[0]:
                for other in shape.generators:
                    here, there = (Fraction(_at(form, v), v[0] or 1) for v in (corner, other))
                    leads.setdefault(corner, set()).add(there - here if other[0] else there)
    plateaus = _levels(cells, output)
    for corner in leads:
        together = set().union(*(leads[member] for member in plateaus[corner]))
        least, greatest = all(lead >= 0 for lead in together), all(lead <= 0 for lead in together)
        assert ((corner, least, greatest) in told) == (least or greatest)


def _at(form, vector):
    return sum(a * x for a, x in zip(form, vector, strict=True))


def _levels(cells, output):
    """Return for each vertex those that are joined to it by segments in cells on which the output is constant."""
    joined = {}
    for shape, maps in zip(cells.shapes, cells.affine_maps, strict=True):
        for face in Side(shape, shape.whole).faces():
            flat = shape.flat(face)
            points = [vector for vector in flat.generators if vector[0]]
            if len({Fraction(_at(maps[output].numerators, v), v[0]) for v in points}) == 1:
                group = set(points).union(*(joined.get(v, {v}) for v in points))
                for member in group:
                    joined[member] = group
    return joined


def test_extrema_of_discontinuous_networks_and_of_several_outputs_are_refused():
    jumping = built(1, [[({}, {}), ({1: 1}, {0: 1})]], [{2: 1}])
    cells = cell_complex(enumerate_regions(jumping, Box.cube(1)))
    with pytest.raises(InvalidArgument, match="jumps"):
        extrema(skeleton(cells, output=0))
    two = built(1, [[({}, {}), ({1: 1}, {1: 1})]], [{2: 1}, {1: 1}])
    with pytest.raises(InvalidArgument, match="2 outputs"):
        extrema(skeleton(enumerate_regions(two, Box.cube(1))))


@pytest.mark.parametrize("number", [2, -1, "0", 1.0, True])
def test_outputs_and_units_that_there_are_not_are_refused(number):
    two = enumerate_regions(built(1, [[({}, {}), ({1: 1}, {1: 1})]] * 2, [{2: 1}, {1: 1}]), Box.cube(1))
    for name in ("output", "unit"):
        with pytest.raises(InvalidArgument, match=f"there is no {name} {number!r}: the network has 2"):
            skeleton(two, **{name: number})
