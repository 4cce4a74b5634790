"""Where all is integers, forms are claimed to be exact: only as far as floats hold them."""

import math
from fractions import Fraction

import numpy as np
import pytest
from unit.enumeration.certified.layers import Layers, share_of_bound
from unit.enumeration.certified.whole_numbers import crossings, differences

from exactgeo import ProgramBuilder

MANY = pytest.param(20, marks=pytest.mark.nightly)


def _odd(rng, most):
    return int(rng.choice([-1, 1])) * (2 * int(rng.integers(2 ** int(rng.integers(most)))) + 1)


SLOPES = Fraction(0), Fraction(2), Fraction(-3), Fraction(1, 3 * 2**30), 1 - Fraction(1, 2**60)


def _unit(rng, builder, entries, slopes):
    draw = (lambda: _odd(rng, 20)) if rng.random() < 0.9 else (lambda: Fraction(float(rng.standard_normal())))
    form = {entry: draw() for entry in entries if rng.random() < 0.7}
    slope = slopes[rng.integers(len(slopes))]
    multiple = {entry: slope * value for entry, value in form.items() if slope}
    other = {entry: _odd(rng, 20) for entry in entries if rng.random() < 0.5}
    pieces = [[({}, multiple), (form, form)], [({}, other), (form, multiple)], [({}, {}), (form, form), (other, form)]]
    return builder.add_unit(pieces[rng.integers(3)])


def _network(rng, inputs=2, depth=4, units=4):
    builder = ProgramBuilder(inputs)
    slopes = SLOPES[: rng.integers(1, 6)]
    entries = list(range(1 + inputs))
    for _ in range(depth):
        entries = [0, *(_unit(rng, builder, entries, slopes) for _ in range(units))]
    return builder.build([{entries[-1]: 1}])


@pytest.mark.parametrize("times", [1, MANY])
def test_forms_of_integers_are_exact_where_that_is_claimed(times):
    rng = np.random.default_rng(7)
    exact = large = 0
    for _ in range(60 * times):
        layers = Layers(_network(rng))
        counts = np.diff(layers.program.units.starts)
        pattern = rng.integers(0, counts)
        for _ in range(8):
            for claim in layers.claims(layers.choose(pattern.tolist())):
                assert share_of_bound(claim) <= 1
                exact += not any(claim[2:])
                large += not any(claim[2:]) and bool(np.abs(claim[0]).max() > 2.0**42)
            flipped = rng.integers(len(pattern))
            pattern[flipped] = rng.integers(counts[flipped])
    assert exact > 1000 * times and large > 20 * times


def test_products_beyond_the_integers_of_floats_are_not_taken_for_exact():
    """The sum of two products of odd integers, which nearly cancel: of 2^53 and more, each would be rounded."""
    for bits in range(4, 20):
        builder = ProgramBuilder(1)
        first, second = ([({}, {}), (form, form)] for form in ({1: 2**20 - 1}, {1: 2**20 - 3}))
        units = [builder.add_unit(pieces) for pieces in (first, second)]
        forms = {units[0]: 2**20 - 5, units[1]: 2}, {units[0]: 2**20 - 7, units[1]: 4}
        units = [builder.add_unit([({}, {}), (form, form)]) for form in forms]
        form = {units[0]: 2**bits + 1, units[1]: -(2**bits) - 3}
        last = builder.add_unit([({}, {}), (form, form)])
        layers = Layers(builder.build([{last: 1}]))
        assert max(map(share_of_bound, layers.claims(layers.choose([1] * 5)))) <= 1


def _relu(builder, form):
    return builder.add_unit([({}, {}), (form, form)])


def _broken(divisor):
    """Return a number between 0 and 1 that no moderate factor makes an integer."""
    return Fraction(2**30 + 1, divisor * 2**30)


def test_what_was_rounded_does_not_become_exact_by_an_update():
    """2^40 is added to some fractions, which are rounded, and then swapped for integers."""
    builder = ProgramBuilder(1)
    first, idle = _relu(builder, {0: 1, 1: 2**20 - 1}), [_relu(builder, {1: 1}) for _ in range(20)]
    large = _relu(builder, {0: 1, first: 2**20 - 1})
    swapped = [builder.add_unit([({}, {1: 1}), ({1: 1}, {1: _broken(k)})]) for k in range(3, 10)]
    again = [_relu(builder, {unit: 1}) for unit in idle]
    last = _relu(builder, dict.fromkeys([large, *swapped, *again], 1))
    layers = Layers(builder.build([{last: 1}]))
    claimed = []
    for before, after in ((0, 1), (1, 0), (0, 1)):
        exact = layers.choose([1] * 21 + [before] + [after] * len(swapped) + [1] * 21)
        assert max(map(share_of_bound, layers.claims(exact))) <= 1
        claimed.append(layers.memory.array("exact_layers")[-1])
    assert claimed == [0, 1, 0]


@pytest.mark.parametrize("entry", [0, 1])
def test_what_uses_a_row_that_was_rounded_is_not_exact(entry):
    """Only the constants are, or only the slopes."""
    builder = ProgramBuilder(1)
    broken = builder.add_unit([({}, {entry: 1}), ({0: 1}, {entry: _broken(3)})])
    rounded = _relu(builder, {broken: 1})
    last = _relu(builder, {rounded: 1})
    layers = Layers(builder.build([{last: 1}]))
    for piece, is_exact in ((0, 1), (1, 0)):
        assert max(map(share_of_bound, layers.claims(layers.choose([piece, 1, 1])))) <= 1
        assert layers.memory.array("exact_layers")[-1] == is_exact


def test_a_value_that_changes_its_sign_changes_by_no_more_than_floats_hold():
    """Before and after, the last form is of integers below 2^53, and their difference is above, and odd."""
    builder = ProgramBuilder(1)
    first, idle = _relu(builder, {0: 1, 1: 2**20 - 1}), [_relu(builder, {1: 1}) for _ in range(4)]
    changed = builder.add_unit([({}, {0: 1, first: 2**20 - 1}), ({1: 1}, {0: 1, first: 2 - 2**20})])
    again = [_relu(builder, {unit: 1}) for unit in idle]
    last = _relu(builder, {changed: 2**13 - 9} | dict.fromkeys(again, 1))
    layers = Layers(builder.build([{last: 1}]))
    for piece in (0, 1, 0, 1):
        exact = layers.choose([1] * 5 + [piece] + [1] * 5)
        assert max(map(share_of_bound, layers.claims(exact))) <= 1
    assert layers.memory.array("updates")[-1] == 3


@pytest.mark.parametrize("power", [0, 3, 60])
def test_fractions_of_powers_of_two_are_rounded_where_they_have_too_many_bits(power):
    builder = ProgramBuilder(1)
    for k in range(1, 8):
        form = {0: Fraction(-(2**58), 2**power), 1: Fraction(2**58 + k, 2**power)}
        builder.add_unit([({}, {}), (form, form)])
    layers = Layers(builder.build([{2: 1}]))
    assert max(map(share_of_bound, layers.claims(layers.choose([1] * 7)))) <= 1


def _integers(rng, shape, bits):
    """Return odd and even integers, small and large ones, of at most so many bits."""
    bits = np.where(rng.random(shape) < 0.5, bits, rng.integers(0, bits + 1, shape))
    return np.trunc(rng.uniform(-1, 1, shape) * np.ldexp(1.0, bits))


@pytest.mark.parametrize("kind", [(1, 1), (1, 0), (0, 1), (0, 0)])
@pytest.mark.parametrize("times", [1, MANY])
def test_vertices_of_integers_are_what_they_are_claimed_to_be(times, kind):
    rng = np.random.default_rng(kind)
    count, width = 3000 * times, 4
    bits = rng.integers(0, 54, count)[:, None]
    rest = (54 - bits) // rng.integers(1, 3, (count, 1))  # for a value, or for its product with an end, to be near 2^53
    forms, ends = _integers(rng, (count, width), bits), _integers(rng, (count, 2, width), rest[:, :, None])
    ends[:, :, 0] = np.where(kind, 1 + abs(ends[:, :, 0]), 0)
    flags = rng.random((count, 3)) < 0.9
    signs, numbers, floats, radii, claimed = crossings(forms, ends, flags)
    claims = large = 0
    for case in range(count):
        form, edge = [int(a) for a in forms[case]], [[int(x) for x in end] for end in ends[case].tolist()]
        values = [sum(a * x for a, x in zip(form, end, strict=True)) for end in edge]
        for sign, value in zip(signs[case].tolist(), values, strict=True):
            assert sign == 2 or sign == (value > 0) - (value < 0)
        if claimed[case]:
            assert flags[case].all() and values[0] > 0 > values[1]
            vertex = [values[0] * q - values[1] * p for p, q in zip(*edge, strict=True)]
            if not any(vertex):  # opposite directions join no edge
                continue
            divisor = math.gcd(*vertex)
            vertex = [value // divisor for value in vertex]
            assert numbers[case].tolist() == vertex
            scale = vertex[0] or max(map(abs, vertex))
            for x, value in zip(floats[case].tolist(), vertex, strict=True):
                assert abs(Fraction(x) - Fraction(value, scale)) <= Fraction(radii[case])
            claims += 1
            large += divisor * max(map(abs, vertex)) > 2**50
    assert claims > 100 * times and large > 5 * times
    assert np.all((signs[:, 0] == 2) | (flags[:, 0] & flags[:, 1])) and np.count_nonzero(signs != 2) > count
    assert np.any((signs == 2) & flags[:, :1] & flags[:, 1:])


def test_a_sum_that_passes_the_integers_of_floats_on_its_way_is_not_taken_for_exact():
    """2^53 - 1 + 2 is no float; of what is left without 2^53 - 3, which is 4, a fourth would be missing."""
    forms = np.array([[2.0**53 - 1, 2.0, 3.0 - 2.0**53]])
    ends = np.array([[[1.0, 1.0, 1.0], [0.0, -2.0, 0.0]]])
    signs, *_, claimed = crossings(forms, ends, np.ones((1, 3), dtype=bool))
    assert signs.tolist() == [[2, -1]] and not claimed[0]


def test_a_vertex_of_integers_of_which_one_is_no_float_is_not_claimed():
    """4 and 2^53 + 1: as a float it is 2^53, of which 4 is a divisor."""
    forms = np.array([[0.0, 1.0, 0.0]])
    ends = np.array([[[1.0, 3.0, 3.0], [1.0, -1.0, (2**53 - 2) // 3]]])
    signs, *_, claimed = crossings(forms, ends, np.ones((1, 3), dtype=bool))
    assert signs.tolist() == [[1, -1]] and not claimed[0]


def test_differences_of_integers_are_exact_where_that_is_claimed():
    rng = np.random.default_rng(2)
    count = 4000
    forms = np.trunc(rng.uniform(-1, 1, (2 * count, 3)) * np.ldexp(1.0, rng.integers(50, 54, (2 * count, 1))))
    linear, constant = (np.where(rng.random(2 * count) < 0.8, 0.0, 0.25) for _ in range(2))
    whole = rng.random(2 * count) < 0.8
    found, errors, claimed = differences(forms, linear, constant, whole)
    exact = forms[::2].astype(np.int64) - forms[1::2].astype(np.int64)
    assert np.array_equal(found[claimed].astype(np.int64), exact[claimed])
    assert np.all(errors[claimed] == 0) and np.all(abs(exact[claimed]) < 2**53)
    integers = whole & (linear == 0) & (constant == 0)
    assert np.all(integers[::2] & integers[1::2] | ~claimed)
    assert np.count_nonzero(claimed) > count // 10 and np.any(abs(exact[integers[::2] & integers[1::2]]) > 2**53)


@pytest.mark.parametrize("entry", [0, 1, 2])
def test_a_difference_that_is_no_float_is_not_claimed(entry):
    """2^53 - 1 less -2 is rounded to 2^53."""
    forms = np.ones((2, 3))
    forms[:, entry] = 2.0**53 - 1, -2.0
    _, _, claimed = differences(forms, np.zeros(2), np.zeros(2), np.ones(2, dtype=bool))
    assert not claimed[0]
