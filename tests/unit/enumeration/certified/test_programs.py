"""The search by linear programs finds what the reference engine finds, in few dimensions and in many."""

from fractions import Fraction
from itertools import product
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.enumeration.certified.searching import exactly, found, joined, network, polyhedron_of

from exactgeo import Box, Polyhedron, ProgramBuilder, count_regions, enumerate_regions, evaluate, relu_network
from exactgeo.enumeration import reference
from exactgeo.enumeration.certified.programs import problem as problems
from exactgeo.enumeration.certified.programs import search as searches
from exactgeo.enumeration.certified.programs.kernels.verdicts import SMALLEST
from exactgeo.enumeration.certified.programs.quotients import Quotient, QuotientSearch
from exactgeo.enumeration.certified.programs.search import ProgramSearch
from exactgeo.enumeration.certified.searches import search_of
from exactgeo.enumeration.found import Batch
from exactgeo.enumeration.search import Prefix
from exactgeo.enumeration.traversal.tasks import Performance, Request, Task
from exactgeo.errors import InternalError
from exactgeo.networks import hyperplane_arrangement
from exactgeo.networks.branches import LayeredForms
from exactgeo.strategies import domains, programs, relu_networks

HOW = {"keeps": True, "trusting": False, "steps": 2**20}
FEWER = settings(max_examples=settings().max_examples // 4)


@st.composite
def _questions(draw, **sizes):
    program = draw(relu_networks(**sizes) | programs(**sizes))
    return program, polyhedron_of(draw(domains(program.inputs)))


SMALL = _questions(max_inputs=4, max_units=6)
LARGE = _questions(min_inputs=10, max_inputs=14, max_units=5)


def _by_reference(program, domain):
    return [cell.branch.pattern for cell in reference.walk(LayeredForms(program), domain.inequalities)]


@given(SMALL)
def test_in_few_dimensions_the_regions_are_those_of_the_reference_engine(question):
    assert found(*question) == _by_reference(*question)


@settings(max_examples=settings().max_examples // 10)
@given(LARGE)
def test_in_many_dimensions_the_regions_are_those_of_the_reference_engine(question):
    program, domain = question
    expected = _by_reference(program, domain)
    assert found(program, domain) == expected
    regions = enumerate_regions(program, domain, engine="certified")
    assert [region.pattern for region in regions] == expected
    assert all(evaluate(program, region.witness).pattern == region.pattern for region in regions)


@FEWER
@given(
    relu_networks(min_inputs=2, max_inputs=6, max_units=7),
    st.sampled_from([-1200, -400, -210, -40, 40, 210, 400, 1200]),
)
def test_a_domain_and_a_network_may_have_any_scale(program, exponent):
    """x is looked at as 2^exponent x; beyond 2^200 no float is allowed for, and every verdict is exact."""
    builder = ProgramBuilder(program.inputs)
    shrunk = [{1 + k: Fraction(2) ** -exponent} for k in range(program.inputs)]
    builder.add_program(program, type(program.outputs).of(shrunk))
    scaled = builder.build([])
    unit, large = Box.cube(program.inputs), Box.cube(program.inputs, radius=Fraction(2) ** exponent)
    assert found(scaled, large) == found(program, unit)


@FEWER
@given(SMALL)
def test_the_regions_below_all_prefixes_of_a_length_are_the_regions(question):
    program, domain = question
    everything = found(program, domain)
    pieces = [range(count) for count in np.diff(program.units.starts).tolist()]
    for length in range(min(3, len(pieces)) + 1):
        for prefix in product(*pieces[:length]):
            below = [pattern for pattern in everything if pattern[:length] == prefix]
            if below:
                assert found(program, domain, prefix=prefix) == below
            else:
                with pytest.raises(InternalError, match="no region with the prefix"):
                    found(program, domain, prefix=prefix)


@FEWER
@given(SMALL, st.integers(0, 12))
def test_what_is_found_and_what_is_unexplored_is_everything(question, steps):
    program, domain = question
    everything = found(program, domain)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(searches, "_CELLS_IN_BATCH", 1)
        search = ProgramSearch(program, domain)
        batches = search.explore(Prefix())
        patterns = [
            tuple(row) for _, batch in zip(range(steps), batches, strict=False) for row in batch.patterns.tolist()
        ]
    rest = [prefix.pieces for prefix in search.unexplored()] if steps else [()]
    assert rest == sorted(rest)
    for prefix in rest:
        below = found(program, domain, prefix=prefix)
        assert below
        patterns += below
    assert patterns == everything


@FEWER
@given(SMALL)
def test_a_second_search_finds_the_same_points(question):
    assert joined(ProgramSearch(*question)) == joined(ProgramSearch(*question))


@FEWER
@given(SMALL)
def test_regions_are_counted_without_being_kept(question):
    search = ProgramSearch(*question, keeps=False)
    batches = list(search.explore(Prefix()))
    assert sum(len(batch.patterns) for batch in batches) == 0
    assert sum(batch.regions for batch in batches) == len(found(*question))


def _arrangement(rows):
    return hyperplane_arrangement([(0, *row) for row in rows])


@pytest.mark.parametrize("inputs, planes", [(10, 11), (10, 12), (11, 12)])
def test_hyperplanes_in_general_position_through_the_origin(inputs, planes):
    """2 (C(k-1, 0) + … + C(k-1, n-1)) regions (Schläfli): the columns of a Vandermonde matrix are independent."""
    program = _arrangement([[(base + 1) ** k for k in range(inputs)] for base in range(planes)])
    expected = 2 * sum(comb(planes - 1, i) for i in range(inputs))
    for domain in (Box.cube(inputs), Polyhedron(inputs)):
        assert count_regions(program, domain, engine="certified").regions == expected


@pytest.mark.parametrize("inputs", [10, 12])
def test_the_hyperplanes_of_a_cycle(inputs):
    """x[k] = x[k + 1], cyclically: a region for each acyclic orientation of a cycle, 2^n - 2 (Greene, Zaslavsky)."""
    rows = [[(k == i) - (k == (i + 1) % inputs) for k in range(inputs)] for i in range(inputs)]
    for domain in (Box.cube(inputs), Polyhedron(inputs)):
        assert count_regions(_arrangement(rows), domain, engine="certified").regions == 2**inputs - 2


def test_independent_hyperplanes_through_the_middle_of_a_box_of_784_dimensions():
    weights, biases = network((784, 11), seed=4, zero_biases=True)
    program = relu_network([*weights, [[1] * 11]], [*biases, [0]])
    assert count_regions(program, Box.cube(784), engine="certified").regions == 2**11


@pytest.mark.parametrize("gap, regions", [(0, 2), (Fraction(1, 2**90), 3), (Fraction(1, 3 * 2**400), 3)])
def test_between_parallel_hyperplanes_is_a_region_however_near_they_are(gap, regions):
    weights, _ = network((100, 1), seed=2)
    row = weights[0][0]
    program = hyperplane_arrangement([(Fraction(1, 7), *row), (Fraction(1, 7) - gap, *row)])
    assert len(found(program, Box.cube(100))) == regions


def test_a_region_without_a_point_of_floats_has_one_of_fractions():
    """Between hyperplanes around x0 + … = 1/7 that are nearer to each other than floats there."""
    rows = [(Fraction(1, 7) - gap, *[1] * 60) for gap in (0, Fraction(1, 2**90))]
    thin = hyperplane_arrangement([*rows, *((Fraction(side, 2**80), *[0] * 59, 1) for side in (-1, 1))])
    _, points = joined(ProgramSearch(thin, Box.cube(60).polyhedron))
    assert None in points
    for region in enumerate_regions(thin, Box.cube(60), engine="certified"):
        assert evaluate(thin, region.witness).pattern == region.pattern


@pytest.mark.parametrize("beyond, regions", [(-1, 2), (0, 1), (1, 1)])
def test_a_hyperplane_at_a_corner_of_a_box_cuts_it_only_if_it_goes_through_the_inside(beyond, regions):
    offset = 40 + Fraction(beyond, 2**80)
    program = hyperplane_arrangement([(-offset, *[1] * 40)])
    assert len(found(program, Box.cube(40))) == regions


@pytest.fixture(scope="module")
def large():
    """784-12-12-10, and a box around a point."""
    weights, biases = network((784, 12, 12, 10), seed=0)
    pixels = np.random.default_rng(1).integers(0, 256, 784)
    box = Box.cube(784, radius=Fraction(1, 40), centre=[Fraction(int(value), 256) for value in pixels])
    return relu_network(weights, biases), box


def test_the_regions_of_784_inputs_hold_all_that_slices_meet(large):
    """The reference engine finds those on triangles between points of three regions each."""
    program, box = large
    patterns, points = joined(ProgramSearch(program, box.polyhedron))
    assert len(patterns) > 300
    triangle = Polyhedron(2, ((0, 1, 0), (0, 0, 1), (1, -1, -1)))
    source, met = np.random.default_rng(5), set()
    for _ in range(12):
        first, second, third = (points[k] for k in source.choice(len(points), 3, replace=False))
        forms = [{0: a, 1: b - a, 2: c - a} for a, b, c in zip(first, second, third, strict=True)]
        builder = ProgramBuilder(2)
        builder.add_program(program, type(program.outputs).of(forms))
        met |= {region.pattern for region in enumerate_regions(builder.build([]), triangle)}
    assert met <= set(patterns)
    assert len(met) > 100
    assert found(program, box) == patterns


def test_of_784_inputs_floats_decide_every_program(large):
    program, box = large
    search = ProgramSearch(program, box.polyhedron)
    regions = sum(batch.regions for batch in search.explore(Prefix()))
    counted = search.statistics()
    assert counted["exact"] == 0
    assert counted["programs"] < 3 * regions


def test_points_of_784_inputs_are_short(large):
    program, box = large
    _, points = joined(ProgramSearch(program, box.polyhedron))
    assert all(value.denominator <= 2**40 for point in points for value in point)


def test_what_a_program_does_not_depend_on_is_left_out():
    weights, biases = network((30, 6, 3), seed=8)
    program = relu_network([*weights, [[1] * 3]], [*biases, [0]])
    quotient = Quotient.of(program, Polyhedron(30))
    assert quotient.program.inputs == 6
    assert isinstance(search_of(program, Polyhedron(30), **HOW), QuotientSearch)
    regions = enumerate_regions(program, Polyhedron(30), engine="certified")
    assert [region.pattern for region in regions] == found(program, Polyhedron(30))
    assert all(evaluate(program, region.witness).pattern == region.pattern for region in regions)


def test_no_input_with_a_bound_is_left_out():
    program = _arrangement([[1] * 12])
    half = Polyhedron(12, ((1, *[0] * 11, 1),))
    assert Quotient.of(program, half).kept == (0, 11)
    assert Quotient.of(program, Box.cube(12).polyhedron) is None


def test_a_domain_of_many_half_spaces_in_few_dimensions():
    """A ball's tangents: 80 half-spaces, which no vertex kernel takes."""
    source = np.random.default_rng(3)
    normals = [[int(value) for value in source.integers(-50, 51, 4)] for _ in range(80)]
    domain = Polyhedron(4, tuple((60, *normal) for normal in normals))
    weights, biases = network((4, 5, 3), seed=1)
    program = relu_network([*weights, [[1] * 3]], [*biases, [0]])
    assert isinstance(search_of(program, domain, **HOW), ProgramSearch)
    assert found(program, domain) == _by_reference(program, domain)


def test_the_float_engine_finds_the_same_where_nothing_is_degenerate(large):
    program, box = large
    assert found(program, box, trusting=True) == found(program, box)


def test_selection_units_of_many_pieces_over_many_inputs():
    """The largest of some forms: each is the largest somewhere, exactly if it is a vertex of their hull."""
    inputs, pieces = 12, 5
    source = np.random.default_rng(7)
    rows = [{1 + k: exactly(value) for k, value in enumerate(source.standard_normal(inputs))} for _ in range(pieces)]
    middle = {k: (rows[0][k] + rows[1][k]) / 2 for k in rows[0]}
    builder = ProgramBuilder(inputs)
    for forms in ([*rows, middle], [*rows, rows[2]]):
        builder.add_unit([(form, form) for form in forms])
    patterns = found(builder.build([]), Box.cube(inputs))
    assert patterns == [(piece, piece) for piece in range(pieces)]


def test_pairs_of_hyperplanes_have_the_regions_of_a_grid():
    rows = [(Fraction(side, 3), *(int(i == k) for i in range(10))) for k in range(5) for side in (-1, 1)]
    assert len(found(hyperplane_arrangement(rows), Box.cube(10))) == 3**5


def test_nothing_is_concluded_from_a_point_that_is_too_near_to_the_origin(monkeypatch):
    """Its coordinates are floats, but products with them underflow; so they are lost, and integers decide."""
    tiny = Fraction(7, 2**1074)
    builder = ProgramBuilder(11)
    for k in range(3):
        builder.add_unit([({}, {}), ({0: -tiny, 1: Fraction(99, 128), 2 + k: Fraction(-5 * k - 3, 128)}, {})])
    program = builder.build([])
    domain = Box([0] * 11, [40 * tiny] * 11).polyhedron
    kept = []
    original = problems.Problem._decide_exactly

    def watched(self, place, rows, *, trusting):
        original(self, place, rows, trusting=trusting)
        kept.append((self.found.points[place].copy(), self.found.values[place].copy()))

    monkeypatch.setattr(problems.Problem, "_decide_exactly", watched)
    assert found(program, domain) == _by_reference(program, domain)
    for point, values in kept:
        small = (point != 0) & (abs(point) < SMALLEST)
        assert not small.any() and (np.isnan(point).all() == np.isnan(values).all())


@pytest.mark.parametrize("seed", range(4))
def test_what_a_task_finds_does_not_depend_on_what_was_done_before(seed):
    weights, biases = network([11, 9, 6], seed)
    program = relu_network([*weights, [[1] * 6]], [*biases, [0]])
    request = Request(program, Box.cube(11).polyhedron, "certified", keeps=True, steps=2**13)
    one = request.search()
    for task in (Task(), Task(b"x", (Prefix((0,)), Prefix((1,)))), Task(b"y", (Prefix((1, 0)),))):
        parts = []
        for search in (one, request.search()):
            performance = Performance(search, task, request.steps)
            batch = Batch.joined(program, performance.batches())
            parts.append((batch.patterns.tolist(), batch.witnesses.tolist(), performance.children()))
        assert parts[0] == parts[1]
