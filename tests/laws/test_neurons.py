"""Laws about the neurons of a network: their order, their scale, their copies."""

from fractions import Fraction
from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st
from laws.rebuilding import (
    FEWER,
    built,
    outputs_of,
    patterns,
    questions,
    scaled,
    substituted,
    substituted_in_units,
    units_of,
)

from exactgeo import enumerate_regions, linear_regions
from exactgeo.strategies import relu_networks

RELU_NETWORKS = relu_networks(max_inputs=3, max_units=5)
FACTORS = st.sampled_from([Fraction(1, 3), Fraction(2), Fraction(7, 5), Fraction(10**30), Fraction(1, 2**70)])


def _maps(program, domain):
    found = enumerate_regions(program, domain)
    return {region.pattern: found.affine_map(region) for region in found}


def _pick(data, program):
    return data.draw(st.integers(0, program.unit_count - 1))


@FEWER
@given(questions(), st.data())
def test_permuting_the_neurons_of_a_layer_permutes_the_patterns(question, data):
    program, domain = question
    order = [unit for layer in program.layers for unit in data.draw(st.permutations(layer))]
    first = 1 + program.inputs
    places = {first + unit: {first + place: 1} for place, unit in enumerate(order)}
    units = substituted_in_units(units_of(program), places)
    other = built(program.inputs, [units[k] for k in order], [substituted(f, places) for f in outputs_of(program)])
    expected = {tuple(pattern[unit] for unit in order): form for pattern, form in _maps(program, domain).items()}
    assert _maps(other, domain) == expected


@FEWER
@given(questions(RELU_NETWORKS), FACTORS, st.data())
def test_rescaling_a_neuron_and_its_outgoing_weights_by_the_inverse_changes_nothing(question, factor, data):
    program, domain = question
    neuron = _pick(data, program)
    back = {1 + program.inputs + neuron: {1 + program.inputs + neuron: 1 / factor}}
    units = substituted_in_units(units_of(program), back)
    units[neuron] = [(scaled(selector, factor), scaled(value, factor)) for selector, value in units[neuron]]
    other = built(program.inputs, units, [substituted(form, back) for form in outputs_of(program)])
    assert _maps(other, domain) == _maps(program, domain)


@FEWER
@given(questions(), FACTORS, st.data())
def test_rescaling_a_unit_s_selectors_by_a_positive_factor_changes_nothing(question, factor, data):
    program, domain = question
    units = units_of(program)
    if units:
        chosen = _pick(data, program)
        units[chosen] = [(scaled(selector, factor), value) for selector, value in units[chosen]]
    other = built(program.inputs, units, outputs_of(program))
    assert _maps(other, domain) == _maps(program, domain)


@FEWER
@given(questions(), st.data())
def test_adding_one_form_to_all_selectors_of_a_unit_changes_nothing(question, data):
    program, domain = question
    units = units_of(program)
    if units:
        chosen = _pick(data, program)
        entries = st.integers(0, program.inputs + chosen)
        added = data.draw(st.dictionaries(entries, st.fractions(-2, 2, max_denominator=3), max_size=2))
        units[chosen] = [(_sum(selector, added), value) for selector, value in units[chosen]]
    other = built(program.inputs, units, outputs_of(program))
    assert _maps(other, domain) == _maps(program, domain)


def _sum(a, b):
    return {entry: a.get(entry, 0) + b.get(entry, 0) for entry in {*a, *b}}


@FEWER
@given(questions(RELU_NETWORKS), st.data())
def test_exchanging_a_neuron_s_pieces_exchanges_them_in_the_patterns_unless_they_are_equal(question, data):
    program, domain = question
    neuron = _pick(data, program)
    units = units_of(program)
    units[neuron] = units[neuron][::-1]
    found = enumerate_regions(program, domain)
    expected = []
    for region in found:
        piece = 0 if neuron in found.flat_units(region) else 1 - region.pattern[neuron]
        expected.append((*region.pattern[:neuron], piece, *region.pattern[neuron + 1 :]))
    assert patterns(built(program.inputs, units, outputs_of(program)), domain) == sorted(expected)


@FEWER
@given(questions(RELU_NETWORKS), st.data())
def test_a_neuron_is_its_form_plus_the_neuron_of_the_opposite_form(question, data):
    program, domain = question
    neuron = _pick(data, program)
    entry = 1 + program.inputs + neuron
    units = units_of(program)
    form = units[neuron][1][0]
    opposite = {entry: {**form, entry: 1}}
    units = substituted_in_units(units, opposite)
    units[neuron] = [({}, {}), (scaled(form, -1), scaled(form, -1))]
    other = built(program.inputs, units, [substituted(output, opposite) for output in outputs_of(program)])
    found = enumerate_regions(program, domain)
    expected = {}
    for region in found:
        piece = 0 if neuron in found.flat_units(region) else 1 - region.pattern[neuron]
        pattern = (*region.pattern[:neuron], piece, *region.pattern[neuron + 1 :])
        expected[pattern] = found.affine_map(region)
    assert _maps(other, domain) == expected


@FEWER
@given(questions(RELU_NETWORKS), st.data())
def test_two_copies_of_a_neuron_that_share_its_outgoing_weights_act_alike(question, data):
    program, domain = question
    neuron = _pick(data, program)
    first = 1 + program.inputs
    shared = {first + k: {first + k + 1: 1} for k in range(neuron + 1, program.unit_count)}
    shared[first + neuron] = {first + neuron: Fraction(1, 3), first + neuron + 1: Fraction(2, 3)}
    units = substituted_in_units(units_of(program), shared)
    units.insert(neuron, units[neuron])
    other = built(program.inputs, units, [substituted(form, shared) for form in outputs_of(program)])
    expected = {(*p[: neuron + 1], *p[neuron:]): form for p, form in _maps(program, domain).items()}
    assert _maps(other, domain) == expected


@FEWER
@given(questions(), st.data())
def test_a_copy_of_a_unit_that_nothing_uses_keeps_the_number_of_regions(question, data):
    program, domain = question
    units = units_of(program)
    if units:
        chosen = _pick(data, program)
        other = built(program.inputs, [*units, units[chosen]], outputs_of(program))
        expected = {(*pattern, pattern[chosen]): form for pattern, form in _maps(program, domain).items()}
        assert _maps(other, domain) == expected
    else:
        assert patterns(program, domain) == [()]


@FEWER
@given(questions(), st.permutations(range(3)))
def test_a_unit_of_constant_selectors_adds_the_same_piece_to_every_pattern(question, constants):
    program, domain = question
    constant = [({0: value}, {1: value}) for value in constants]
    other = built(program.inputs, [constant, *_moved_by_one(program)], [])
    piece = constants.index(2)
    assert patterns(other, domain) == [(piece, *pattern) for pattern in patterns(program, domain)]


def _moved_by_one(program):
    first = 1 + program.inputs
    return substituted_in_units(units_of(program), {first + k: {first + k + 1: 1} for k in range(program.unit_count)})


@FEWER
@given(questions())
def test_without_its_last_units_a_network_has_the_prefixes_of_its_patterns(question):
    program, domain = question
    whole = patterns(program, domain)
    for units in accumulate(units_of(program), lambda done, unit: [*done, unit], initial=[]):
        shorter = patterns(built(program.inputs, units, []), domain)
        assert shorter == sorted({pattern[: len(units)] for pattern in whole})


@FEWER
@given(questions(), st.data())
def test_the_patterns_do_not_depend_on_the_outputs(question, data):
    program, domain = question
    entries = st.integers(0, program.environment_size - 1)
    outputs = data.draw(st.lists(st.dictionaries(entries, st.fractions(-2, 2, max_denominator=3)), max_size=3))
    other = built(program.inputs, units_of(program), outputs)
    assert enumerate_regions(other, domain).regions == enumerate_regions(program, domain).regions


@FEWER
@given(questions())
def test_an_output_given_twice_changes_no_linear_region(question):
    program, domain = question
    other = built(program.inputs, units_of(program), outputs_of(program) * 2)
    counts = [len(linear_regions(enumerate_regions(each, domain))) for each in (program, other)]
    assert counts[0] == counts[1]
