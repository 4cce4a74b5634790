"""Equality of networks, against evaluation in every face of the arrangement of all lines that may matter."""

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st
from laws.gates import behind_gates
from laws.rebuilding import built, outputs_of, units_of
from unit.analyses.invariances.planes import differs

import exactgeo as eg
from exactgeo.analyses.invariances import Different, Equal, equality
from exactgeo.errors import BudgetExhausted, DimensionMismatch, InvalidArgument
from exactgeo.strategies import programs, relu_networks

FEWER = settings(max_examples=settings().max_examples // 3)


SMALL = programs(max_inputs=2, max_units=2, max_pieces=3) | behind_gates(max_inputs=2)


@st.composite
def _pairs(draw):
    """Draw a network, and one that differs from it where some unit's selectors are equal, if anywhere; or any other."""
    first = draw(SMALL)
    units = units_of(first)
    kind = draw(st.sampled_from(["ties"] * 4 + ["other", "point"]))
    if kind == "ties":
        chosen = draw(st.sets(st.integers(0, len(units) - 1))) if units else ()
        second = built(
            first.inputs, [unit[::-1] if k in chosen else unit for k, unit in enumerate(units)], outputs_of(first)
        )
    elif kind == "point":
        second = _with_points(first, draw(st.sampled_from([(0,), (1,), (0, 1)])))
    else:
        second = draw(SMALL.filter(lambda p: (p.inputs, p.output_count) == (first.inputs, first.output_count)))
    note(first.text + second.text)
    rows = draw(st.sampled_from([(), ((1, 1, 0), (1, -1, 0), (1, 0, 1), (1, 0, -1)), ((0, 1, 0), (0, 0, 1))]))
    if first.inputs == 1:
        rows = [row[:2] for row in rows if row[1]]
    return first, second, eg.Polyhedron(first.inputs, tuple(rows))


def _with_points(program, places):
    """The network, and 1 more where the last input is one of some numbers."""
    builder = eg.ProgramBuilder(program.inputs)
    units, outputs = units_of(program), outputs_of(program)
    for unit in units:
        builder.add_unit(unit)
    more = {}
    for place in places:
        step = {program.inputs: 1, 0: -place}
        least = builder.add_unit([({}, {0: 1}), ({k: -v for k, v in step.items()}, {})])
        above = builder.add_unit([({}, {}), (step, {0: 1})])
        more |= {least: 1, above: -1}
    return builder.build([{**form, **more} for form in outputs])


@FEWER
@given(_pairs())
def test_networks_are_equal_just_if_they_are_in_every_face(question):
    first, second, domain = question
    answer = equality(first, second, domain)
    assert isinstance(answer, Different) == differs(first, second, domain)
    if isinstance(answer, Different):
        assert domain.contains(answer.point) and answer.first != answer.second
        assert eg.evaluate(first, answer.point).outputs == answer.first
        assert eg.evaluate(second, answer.point).outputs == answer.second


@FEWER
@given(relu_networks(max_inputs=3, max_units=6), st.data())
def test_a_layers_units_may_be_permuted_and_scaled(program, data):
    units, outputs = units_of(program), outputs_of(program)
    last = program.layers[-1]
    order = data.draw(st.permutations(list(last)))
    factors = [Fraction(data.draw(st.integers(1, 5)), 3) for _ in last]
    start = 1 + program.inputs
    scaled = [
        [tuple({entry: value * factor for entry, value in form.items()} for form in piece) for piece in units[k]]
        for k, factor in zip(order, factors, strict=True)
    ]
    moved = {start + k: (start + last.start + n, 1 / factors[n]) for n, k in enumerate(order)}
    forms = [
        {moved.get(k, (k, 1))[0]: value * moved.get(k, (k, 1))[1] for k, value in form.items()} for form in outputs
    ]
    second = built(program.inputs, units[: last.start] + scaled, forms)
    answer = equality(program, second, eg.Box.cube(program.inputs))
    assert isinstance(answer, Equal) and answer.flats == 0
    other = built(program.inputs, units, [{**outputs[0], 0: outputs[0].get(0, 0) + Fraction(1, 10**30)}, *outputs[1:]])
    found = equality(program, other, eg.Box.cube(program.inputs))
    assert isinstance(found, Different) and found.second[0] - found.first[0] == Fraction(1, 10**30)


def _gates(*strict):
    """A gate on each input, open where that is > 0, or >= 0; the output is 1 where all are open."""
    builder = eg.ProgramBuilder(len(strict))
    entries = []
    for k, is_strict in enumerate(strict, 1):
        pieces = [({}, {}), ({k: 1}, {0: 1})] if is_strict else [({}, {0: 1}), ({k: -1}, {})]
        entries.append(builder.add_unit(pieces))
    last = builder.add_unit([({}, {}), ({**dict.fromkeys(entries, 1), 0: 1 - len(strict)}, {0: 1})])
    return builder.build([{last: 1}])


@pytest.mark.parametrize("strict", list(product([True, False], repeat=2)))
def test_a_gate_is_closed_at_0_if_it_says_so(strict):
    answer = equality(_gates(*strict), _gates(True, True), eg.Box.cube(2))
    assert isinstance(answer, Equal) == all(strict)
    if isinstance(answer, Different):
        assert 0 in answer.point and (answer.first, answer.second) == ((1,), (0,))


def test_a_single_point_is_found():
    # 1 at the origin alone: both inputs are >= 0, and so are their negatives.
    builder = eg.ProgramBuilder(2)
    entries = [builder.add_unit([({}, {0: 1}), ({k: sign}, {})]) for k in (1, 2) for sign in (1, -1)]
    last = builder.add_unit([({}, {}), ({**dict.fromkeys(entries, 1), 0: -3}, {0: 1})])
    origin, nothing = builder.build([{last: 1}]), eg.relu_network([[[0, 0]]])
    found = equality(origin, nothing, eg.Box.cube(2))
    assert isinstance(found, Different) and found.point == (0, 0)
    assert isinstance(equality(origin, nothing, eg.Box((1, -1), (2, 1))), Equal)
    corner = equality(origin, nothing, eg.Box((0, 0), (1, 1)))  # of the closed domain
    assert isinstance(corner, Different) and corner.point == (0, 0)


def test_equality_is_certified_in_the_regions(tmp_path):
    bent, straight = eg.relu_network([[[1], [-1]], [[1, -1]]]), eg.relu_network([[["1"]]])
    answer = equality(bent, straight, eg.Polyhedron(1))
    assert eg.check(eg.certify(answer.safe).save(tmp_path / "c.cert")).claim == "safety"


def test_what_cannot_be_compared_is_refused():
    one, two = eg.relu_network([[[1]]]), eg.relu_network([[[1, 1]]])
    with pytest.raises(DimensionMismatch, match="is not compared with"):
        equality(one, two, eg.Box.cube(1))
    with pytest.raises(DimensionMismatch):
        equality(one, one, eg.Box.cube(2))
    with pytest.raises(InvalidArgument, match="promises nothing"):
        equality(one, one, eg.Box.cube(1), engine="float")
    with pytest.raises(BudgetExhausted):
        equality(one, one, eg.Box.cube(1), budget=eg.Budget(max_seconds=0))
