"""Laws about properties: a decision is what exact linear programs over all cells say."""

from fractions import Fraction

from hypothesis import given, note
from hypothesis import strategies as st
from laws.rebuilding import questions
from oracles.affine import combine, primitive
from oracles.brute_force import brute_force_cells
from oracles.program import evaluate
from oracles.simplex import solve
from oracles.translation import fraction, plain_program, plain_rows

from exactgeo import Property, Safe, decide, enumerate_regions
from exactgeo.arithmetic.rationals import Rational
from exactgeo.strategies import programs, rationals, relu_networks

SMALL = programs(max_inputs=2, max_units=4) | relu_networks(max_inputs=3, max_units=5)


@st.composite
def _properties(draw, program):
    width = 1 + program.inputs + program.output_count
    row = st.tuples(*[rationals(max_numerator=3)] * width)
    shifted = st.builds(lambda entries, b: (entries[0] - b, *entries[1:]), row, st.integers(0, 20).map(Rational))
    return Property(draw(st.lists(row | shifted, min_size=1, max_size=3)))


@st.composite
def _decisions(draw, networks=SMALL):
    program, domain = draw(questions(networks))
    note(program.text)
    return program, domain, draw(_properties(program))


def _exceeded(program, domain, required):
    """The rows that are positive somewhere in a cell, by brute force over all cells."""
    plain, found = plain_program(program), set()
    for rows, environment in brute_force_cells(plain, plain_rows(domain)).values():
        outputs = [combine(((c, environment[k]) for k, c in form), program.inputs + 1) for form in plain.outputs]
        entries = [*environment[: program.inputs + 1], *outputs]
        for number, row in enumerate(required.rows):
            form = combine(zip(map(fraction, row), entries, strict=True), program.inputs + 1)
            if any(form) and solve([*rows, primitive(form)[0]], program.inputs).point is not None:
                found.add(number)
    return found


@given(_decisions())
def test_a_decision_is_that_of_brute_force(question):
    program, domain, required = question
    answer, exceeded = decide(program, domain, required), _exceeded(program, domain, required)
    assert isinstance(answer, Safe) == (not exceeded)
    if exceeded:
        assert answer.row in exceeded and domain.contains_inside(answer.point)
        x = [fraction(value) for value in answer.point]
        place = [Fraction(1), *x, *evaluate(plain_program(program), x)[1]]
        values = [sum(fraction(a) * e for a, e in zip(row, place, strict=True)) for row in required.rows]
        assert 0 < values[answer.row] == answer.value == max(values)


@given(questions(SMALL, bounded=True), st.data())
def test_the_greatest_value_is_a_bound_and_nothing_less_is(question, data):
    program, domain = question
    note(program.text)
    output = data.draw(st.integers(0, program.output_count - 1))
    regions = enumerate_regions(program, domain, engine="reference")
    greatest = max(_greatest(regions, region, output) for region in regions)
    chosen = [int(k == output) for k in range(program.output_count)]
    for slack in (Rational(0), Rational(1, 10**30)):
        row = (slack - greatest, *[0] * program.inputs, *chosen)
        assert isinstance(decide(program, domain, Property([row])), Safe) == (slack == 0)


def _greatest(regions, region, output):
    """The least upper bound of an output in a region, which is attained in its closure."""
    form = regions.affine_map(region)[output]
    return regions.cell(region).maximise(form.numerators).value / form.denominator
