"""The oracle of facets against evaluations of the program, which know of no facet, and against what is known."""

from fractions import Fraction

from hypothesis import assume, given, note
from hypothesis import strategies as st
from laws.rebuilding import FEWER, questions
from oracles.brute_force import brute_force_cells
from oracles.facets import brute_force_facets, facet_lines
from oracles.program import Program, evaluate, make_form
from oracles.simplex import strictly_feasible
from oracles.translation import plain_program, plain_rows

from exactgeo.strategies import programs, relu_networks

NETWORKS = relu_networks(max_inputs=3, max_units=5) | programs(max_inputs=3, max_units=4)
X, Y = make_form({1: 1}), make_form({2: 1})
ZERO, ONE = make_form({}), make_form({0: 1})


@st.composite
def _questions(draw):
    program, domain = draw(questions(NETWORKS))
    note(program.text)
    return plain_program(program), plain_rows(domain)


def _value(row, x):
    return row[0] + sum(a * value for a, value in zip(row[1:], x, strict=True))


def _moved(x, step, direction):
    return tuple(value + step * a for value, a in zip(x, direction, strict=True))


def _soon(holds):
    """The first of 1, 1/2, 1/4, ... of which something holds: of all small numbers it must."""
    return next(Fraction(1, 1 << k) for k in range(2000) if holds(Fraction(1, 1 << k)))


def _is_in(cell, x):
    return all(_value(row, x) > 0 for row in cell[0])


@FEWER
@given(_questions())
def test_beside_a_facet_the_evaluated_patterns_are_those_that_it_names(question):
    program, rows = question
    for facet in brute_force_facets(program, rows):
        assert facet.there < facet.here and _value(facet.hyperplane, facet.point) == 0
        assert all(_value(row, facet.point) > 0 for row in rows if any(row[1:]))
        for pattern, side in ((facet.here, 1), (facet.there, -1)):
            normal = [side * a for a in facet.hyperplane[1:]]
            assert _is_met_beside(program, pattern, facet.point, normal)


def _is_met_beside(program, pattern, x, direction):
    return _soon(lambda step: evaluate(program, _moved(x, step, direction))[0] == pattern)


@st.composite
def _segments(draw, cells, inputs):
    """Draw the ends of a segment, each in a cell, at no special place."""
    ends = []
    for _ in range(2):
        cell = draw(st.sampled_from(sorted(cells.items())))[1]
        offset = draw(st.tuples(*[st.fractions(-1, 1, max_denominator=1000)] * inputs))
        inside = strictly_feasible(cell[0], dimension=inputs)
        ends.append(_moved(inside, _soon(lambda s, c=cell, x=inside, v=offset: _is_in(c, _moved(x, s, v))), offset))
    return ends


def _changes(program, cells, start, end):
    """Yield where the evaluated pattern changes on a segment, from which one to which one."""
    direction = [b - a for a, b in zip(start, end, strict=True)]
    pattern = evaluate(program, start)[0]
    while pattern in cells:
        slopes = ((row, _value((0, *row[1:]), direction)) for row in cells[pattern][0])
        place = min((-_value(row, start) / slope for row, slope in slopes if slope < 0), default=Fraction(1))
        if place >= 1:
            return
        x, before = _moved(start, place, direction), pattern
        step = _soon(lambda s, x=x: _begins_at(cells, evaluate(program, _moved(x, s, direction))[0], x))
        pattern = evaluate(program, _moved(x, step, direction))[0]
        yield x, before, pattern


def _begins_at(cells, pattern, x):
    return pattern not in cells or all(_value(row, x) >= 0 for row in cells[pattern][0])


@FEWER
@given(_questions(), st.data())
def test_where_a_segment_leaves_a_cell_through_one_hyperplane_it_meets_a_facet(question, data):
    program, rows = question
    cells = brute_force_cells(program, rows)
    assume(len(cells) > 1)
    facets = {(facet.hyperplane, facet.here, facet.there) for facet in brute_force_facets(program, rows)}
    for x, before, after in _changes(program, cells, *data.draw(_segments(cells, program.inputs))):
        here, there = max(before, after), min(before, after)
        if after in cells:
            at = {row for row in cells[here][0] if _value(row, x) == 0}
            opposite = {tuple(-a for a in row) for row in cells[there][0] if _value(row, x) == 0}
            if len(at | opposite) == 1:
                assert {(*at, here, there)} <= facets


def test_two_rectifiers_have_four_facets():
    relus = tuple(((ZERO, ZERO), (form, form)) for form in (X, Y))
    facets = brute_force_facets(Program(2, relus, (make_form({3: 1, 4: 2}),)), [])
    assert facet_lines(facets, "skeleton") == [
        "2 1 | 0 1 | 0 0 | 1 2 2\n",
        "1 1 | 1 0 | 0 0 | 1 1 1\n",
        "1 1 | 1 1 | 0 1 | 1 1 1\n",
        "2 1 | 1 1 | 1 0 | 1 2 2\n",
    ]
    assert facet_lines(facets, "boundary") == ["2 1 | 0 1 | 0 0\n", "2 1 | 1 1 | 1 0\n"]
    assert facet_lines(facets, "skeleton unit 0") == ["1 1 | 1 0 | 0 0 | 1 1 1\n", "1 1 | 1 1 | 0 1 | 1 1 1\n"]
    assert facet_lines(facets, "skeleton output 0") == facet_lines(facets, "skeleton")


def test_a_cell_meets_several_others_in_one_hyperplane_where_a_gate_moves_what_lies_behind_it():
    gate = ((ZERO, ZERO), (X, ONE))
    hinge = ((ZERO, ZERO), (make_form({2: 1, 3: 1}), Y))
    facets = brute_force_facets(Program(2, (gate, hinge), ()), [(1, 1, 0), (2, 0, 1), (1, -1, 0), (2, 0, -1)])
    assert [(facet.hyperplane, facet.here, facet.there) for facet in facets] == [
        ((0, 0, 1), (0, 1), (0, 0)),
        ((0, 1, 0), (1, 0), (0, 0)),
        ((1, 0, 1), (1, 1), (1, 0)),
        ((0, 1, 0), (1, 1), (0, 0)),
        ((0, 1, 0), (1, 1), (0, 1)),
    ]
