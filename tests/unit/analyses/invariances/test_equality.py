"""Equality of networks, against evaluation in every face of the arrangement of all lines that may matter."""

from fractions import Fraction
from itertools import combinations, pairwise, product

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st
from laws.gates import behind_gates
from laws.rebuilding import built, outputs_of, units_of
from oracles.affine import combine, identity_frame
from oracles.program import evaluate
from oracles.translation import plain_program

import exactgeo as eg
from exactgeo.analyses.invariances import Different, Equal, equality
from exactgeo.errors import BudgetExhausted, DimensionMismatch, InvalidArgument
from exactgeo.strategies import programs, relu_networks

FEWER = settings(max_examples=settings().max_examples // 3)


def _lines(program):
    """Every line, or point of a line, at which two selectors of a unit may be equal, whatever the pieces before it."""
    found, frames = set(), [identity_frame(program.inputs)]
    for unit in program.units:
        selectors = [[_read(selector, frame) for selector, _ in unit] for frame in frames]
        for forms in selectors:
            for a, b in combinations(forms, 2):
                line = combine(((1, a), (-1, b)), program.inputs + 1)
                if any(line[1:]):
                    found.add(_normed(line))
        frames = list(dict.fromkeys((*frame, _read(value, frame)) for frame in frames for _, value in unit))
    return found


def _read(form, frame):
    return combine(((coefficient, frame[index]) for index, coefficient in form), len(frame[0]))


def _normed(line):
    lead = next(value for value in line[1:] if value)
    return tuple(value / lead for value in line)


def _between(values):
    """The values in order, one between each two neighbours, and one beyond each end."""
    values = sorted(set(values)) or [Fraction(0)]
    middles = [(low + high) / 2 for low, high in pairwise(values)]
    return [values[0] - 1, *values, *middles, values[-1] + 1]


def _points(lines, inputs):
    """A point in each face of an arrangement of lines in the plane, or of points on the line."""
    if inputs == 1:
        return [(x,) for x in _between(-line[0] for line in lines)]
    found = []
    for line in lines:
        b, p, q = line
        start, along = ((-b / p, Fraction(0)), (-q, p)) if p else ((Fraction(0), -b / q), (-q, p))
        others = [other for other in lines if other != line]
        slopes = [(_at(other, start), other[1] * along[0] + other[2] * along[1]) for other in others]
        places = [-value / slope for value, slope in slopes if slope]
        for place in _between(places):
            x = tuple(a + place * v for a, v in zip(start, along, strict=True))
            gaps = [abs(_at(other, x)) / (2 * (abs(other[1] * p + other[2] * q) + 1)) for other in others]
            step = min([gap for gap in gaps if gap], default=Fraction(1))
            found += [x, (x[0] + step * p, x[1] + step * q), (x[0] - step * p, x[1] - step * q)]
    return found or [(Fraction(0), Fraction(0))]


def _at(line, x):
    return line[0] + line[1] * x[0] + line[2] * x[1]


def faces(first, second, domain):
    """Points in every face of the domain, cut by all lines of two programs."""
    lines = _lines(first) | _lines(second)
    rows = [tuple(map(Fraction, map(int, row))) for row in domain.inequalities]
    lines |= {_normed(row) for row in rows}
    inside = (x for x in _points(lines, first.inputs))
    return [x for x in inside if all(row[0] + sum(a * c for a, c in zip(row[1:], x, strict=True)) >= 0 for row in rows)]


def differs(first, second, domain):
    one, other = plain_program(first), plain_program(second)
    return any(evaluate(one, x)[1] != evaluate(other, x)[1] for x in faces(one, other, domain))


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
