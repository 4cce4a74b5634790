"""Laws about changes of coordinates, on either side of a network."""

from hypothesis import assume, given
from hypothesis import strategies as st
from laws.rebuilding import (
    FEWER,
    built,
    image,
    invertible,
    outputs_of,
    patterns,
    pulled_back,
    questions,
    unimodular,
    units_of,
)

from exactgeo import (
    Box,
    Polyhedron,
    affine_pieces,
    compose,
    enumerate_regions,
    interior_facets,
    linear_regions,
    relu_network,
    restrict,
)
from exactgeo.strategies import points, programs, relu_networks


def _counts(program, domain):
    found = enumerate_regions(program, domain)
    return len(found), len(linear_regions(found)), len(affine_pieces(found)), len(list(interior_facets(found)))


@FEWER
@given(questions(), st.data())
def test_a_unimodular_change_of_input_coordinates_keeps_all_counts(question, data):
    program, domain = question
    matrix, origin = data.draw(unimodular(program.inputs)), data.draw(points(program.inputs))
    other = restrict(program, matrix, origin)
    assert _counts(other, pulled_back(domain, matrix, origin)) == _counts(program, domain)


@FEWER
@given(questions(), st.data())
def test_composition_with_an_invertible_affine_map_before_the_network_keeps_the_patterns(question, data):
    program, domain = question
    matrix, origin = data.draw(invertible(program.inputs)), data.draw(points(program.inputs))
    other = compose(program, relu_network([matrix], [origin]))
    assert patterns(other, pulled_back(domain, matrix, origin)) == patterns(program, domain)


@FEWER
@given(questions(), st.data())
def test_composition_with_an_invertible_affine_map_behind_the_network_keeps_all_counts(question, data):
    program, domain = question
    matrix, origin = data.draw(invertible(program.output_count)), data.draw(points(program.output_count))
    other = compose(relu_network([matrix], [origin]), program)
    assert _counts(other, domain) == _counts(program, domain)


@FEWER
@given(questions(), st.data())
def test_a_change_of_coordinates_carries_the_regions_along(question, data):
    program, domain = question
    matrix, origin = data.draw(invertible(program.inputs)), data.draw(points(program.inputs))
    found = enumerate_regions(program, domain)
    other = enumerate_regions(restrict(program, matrix, origin), pulled_back(domain, matrix, origin))
    for region in other:
        there = found.locate(image(matrix, origin, region.witness))
        assert there is not None and there.pattern == region.pattern


@FEWER
@given(questions(), st.data())
def test_a_translation_carries_the_regions_along(question, data):
    program, domain = question
    shift = data.draw(points(program.inputs))
    identity = [[int(i == k) for k in range(program.inputs)] for i in range(program.inputs)]
    moved = enumerate_regions(restrict(program, identity, shift), pulled_back(domain, identity, shift))
    for region in enumerate_regions(program, domain):
        there = moved.locate([x - s for x, s in zip(region.witness, shift, strict=True)])
        assert there is not None and there.pattern == region.pattern


def _without_constants(program):
    units = [
        [({k: c for k, c in s.items() if k}, {k: c for k, c in v.items() if k}) for s, v in u]
        for u in units_of(program)
    ]
    return built(program.inputs, units, outputs_of(program))


@FEWER
@given(programs(max_inputs=2, max_units=4) | relu_networks(max_inputs=3, max_units=5), st.integers(1, 10**20))
def test_a_network_without_constants_has_the_same_patterns_around_the_origin_as_everywhere(program, radius):
    homogeneous = _without_constants(program)
    everywhere = patterns(homogeneous, Polyhedron(program.inputs))
    assert patterns(homogeneous, Box.cube(program.inputs, radius=f"1/{radius}").polyhedron) == everywhere


@FEWER
@given(questions(relu_networks(max_inputs=2, max_units=4)), questions(relu_networks(max_inputs=2, max_units=4)))
def test_a_network_behind_another_refines_its_patterns(question, behind):
    inner, domain = question
    outer, _ = behind
    assume(outer.inputs == inner.output_count)
    found = patterns(compose(outer, inner), domain)
    assert sorted({pattern[: inner.unit_count] for pattern in found}) == patterns(inner, domain)
