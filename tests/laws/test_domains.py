"""Laws about domains: their parts, their descriptions, and that the cells cover them."""

from fractions import Fraction

from hypothesis import assume, given
from hypothesis import strategies as st
from laws.rebuilding import FEWER, image, patterns, pulled_back, questions, value
from oracles.simplex import strictly_feasible

from exactgeo import (
    Polyhedron,
    affine_pieces,
    enumerate_regions,
    evaluate,
    hyperplane_arrangement,
    linear_regions,
    restrict,
)
from exactgeo.strategies import points, relu_networks

SMALL = st.integers(-3, 3)


def _cut(domain, row):
    return Polyhedron(domain.dimension, [*domain.inequalities, row])


@st.composite
def _questions_with_cuts(draw):
    """Draw a program, a domain and a hyperplane: a cell's own as often as any other."""
    program, domain = draw(questions())
    found = enumerate_regions(program, domain)
    own = sorted({row for region in found for row in found.rows(region) if any(row[1:])})
    free = st.tuples(*[SMALL] * (program.inputs + 1)).filter(lambda row: any(row[1:]))
    return program, domain, draw(st.sampled_from(own) | free if own else free)


@FEWER
@given(_questions_with_cuts())
def test_every_pattern_is_in_one_of_the_halves_of_the_domain_and_in_both_if_the_cut_goes_through_its_cell(question):
    program, domain, cut = question
    found = enumerate_regions(program, domain)
    halves = [set(patterns(program, _cut(domain, row))) for row in (cut, tuple(-value for value in cut))]
    through = {
        region.pattern
        for region in found
        if strictly_feasible([*domain.inequalities, *found.rows(region)], [cut], program.inputs) is not None
    }
    assert halves[0] | halves[1] == {region.pattern for region in found}
    assert halves[0] & halves[1] == through


@FEWER
@given(_questions_with_cuts())
def test_a_part_of_the_domain_has_no_other_patterns(question):
    program, domain, cut = question
    assert set(patterns(program, _cut(domain, cut))) <= set(patterns(program, domain))


@FEWER
@given(questions(), st.randoms(use_true_random=False), st.integers(1, 5))
def test_the_description_of_the_domain_does_not_matter(question, random, factor):
    program, domain = question
    rows = [tuple(factor * value for value in row) for row in domain.inequalities]
    rows += [(row[0] + 1, *row[1:]) for row in rows] + [(1, *[0] * program.inputs)]
    random.shuffle(rows)
    assert patterns(program, Polyhedron(program.inputs, rows)) == patterns(program, domain)


@FEWER
@given(questions(relu_networks(max_inputs=2, max_units=4)))
def test_a_closed_cell_as_the_domain_has_its_own_pattern_alone(question):
    found = enumerate_regions(*question)
    for region in found:
        assert patterns(found.program, found.cell(region)) == [region.pattern]


@FEWER
@given(questions(bounded=True), st.data())
def test_the_closed_cells_cover_a_box(question, data):
    found = enumerate_regions(*question)
    corners = found.domain.generators().vertices
    weights = data.draw(st.lists(st.integers(0, 5), min_size=len(corners), max_size=len(corners)).filter(any))
    x = [
        sum(w * c for w, c in zip(weights, column, strict=True)) / sum(weights) for column in zip(*corners, strict=True)
    ]
    assert any(found.cell(region).contains(x) for region in found)


@FEWER
@given(questions(), st.data())
def test_the_closed_cells_cover_any_domain(question, data):
    found = enumerate_regions(*question)
    start, target = found.domain.interior_point(), data.draw(points(found.program.inputs))
    step = next(
        Fraction(1, 2**k) for k in range(200) if found.domain.contains(_between(start, target, Fraction(1, 2**k)))
    )
    assert any(found.cell(region).contains(_between(start, target, step)) for region in found)


def _between(a, b, step):
    return [x + step * (y - x) for x, y in zip(a, b, strict=True)]


@FEWER
@given(questions(), st.data())
def test_the_value_at_a_point_of_a_continuous_network_is_that_of_every_closed_cell_that_holds_it(question, data):
    program, domain = question
    assume(program.is_continuous)
    found = enumerate_regions(program, domain)
    x = data.draw(points(program.inputs))
    outputs = evaluate(program, x).outputs
    cells = [region for region in found if found.cell(region).contains(x)]
    assert all(tuple(form(x) for form in found.affine_map(region)) == outputs for region in cells)


@FEWER
@given(questions())
def test_a_witness_evaluates_to_its_region_s_pattern_and_to_its_map_s_value(question):
    found = enumerate_regions(*question)
    for region in found:
        seen = evaluate(found.program, region.witness)
        assert seen.pattern == region.pattern
        assert seen.outputs == tuple(form(region.witness) for form in found.affine_map(region))


@FEWER
@given(questions())
def test_there_are_no_more_linear_regions_than_regions_and_no_more_affine_pieces_than_linear_regions(question):
    found = enumerate_regions(*question)
    assert 1 <= len(affine_pieces(found)) <= len(linear_regions(found)) <= len(found)


@st.composite
def _slices(draw):
    """Draw a program, a domain, and a slice u -> directions * u + origin through an interior point of the domain."""
    program, domain = draw(questions())
    dimension = draw(st.integers(1, max(1, program.inputs - 1)))
    directions = draw(st.lists(st.tuples(*[SMALL] * dimension), min_size=program.inputs, max_size=program.inputs))
    return program, domain, directions, domain.interior_point()


@FEWER
@given(_slices())
def test_a_slice_has_the_patterns_of_the_cells_that_it_meets(question):
    program, domain, directions, origin = question
    found = enumerate_regions(program, domain)
    on_slice = patterns(restrict(program, directions, origin), pulled_back(domain, directions, origin))
    for region in found:
        rows = pulled_back(found.cell(region), directions, origin)
        meets = all(any(row[1:]) or row[0] > 0 for row in _pulled_rows(found, region, directions, origin))
        if meets and strictly_feasible(rows.inequalities, (), rows.dimension) is not None:
            assert region.pattern in on_slice


def _pulled_rows(found, region, directions, origin):
    rows = [*found.domain.inequalities, *found.rows(region)]
    columns = list(zip(*directions, strict=True))
    return [(value(row, origin), *(value((0, *row[1:]), column) for column in columns)) for row in rows]


@FEWER
@given(_slices())
def test_a_slice_s_other_patterns_are_those_of_borders(question):
    program, domain, directions, origin = question
    found = enumerate_regions(program, domain)
    for region in enumerate_regions(restrict(program, directions, origin), pulled_back(domain, directions, origin)):
        x = image(directions, origin, region.witness)
        there = found.locate(x)
        assert evaluate(program, x).pattern == region.pattern
        assert there.pattern == region.pattern if there else any(found.cell(cell).contains(x) for cell in found)


@FEWER
@given(st.integers(2, 3), st.data())
def test_a_hyperplane_adds_as_many_regions_as_the_others_cut_it_into(n, data):
    count = data.draw(st.integers(1, 5))
    rows = st.tuples(SMALL, *[SMALL] * n).filter(lambda row: any(row[1:]))
    *others, added = data.draw(st.lists(rows, min_size=count + 1, max_size=count + 1))
    proportional = any(
        all(a * d == b * c for a, c in zip(row, added, strict=True) for b, d in zip(row, added, strict=True))
        for row in others
    )
    pivot = next(k for k in range(n) if added[1 + k])
    free = [k for k in range(n) if k != pivot]
    directions = [
        [Fraction(-added[1 + j], added[1 + pivot]) if i == pivot else int(i == j) for j in free] for i in range(n)
    ]
    origin = [Fraction(-added[0], added[1 + pivot]) if i == pivot else 0 for i in range(n)]
    on_hyperplane = len(patterns(restrict(hyperplane_arrangement(others), directions, origin), Polyhedron(n - 1)))
    before, after = (len(patterns(hyperplane_arrangement(each), Polyhedron(n))) for each in (others, [*others, added]))
    assert after == before + (0 if proportional else on_hyperplane)
