"""The forms of a layer's rows err by no more than their bounds, computed and updated; and the bounds are not idle."""

from fractions import Fraction

import numpy as np
import pytest
from unit.enumeration.certified.filters import value_of
from unit.enumeration.certified.layers import Layers, share_of_bound

from exactgeo import ProgramBuilder
from exactgeo.enumeration.certified.vertices.kernels.walk import prepare

ULP = Fraction(1, 2**53)
ABOVE_HALF_AN_ULP = ULP * (1 + Fraction(1, 2**20))
MANY = pytest.param(30, marks=pytest.mark.nightly)


def _worst_share(layers, pattern):
    return max(map(share_of_bound, layers.claims(layers.choose(pattern))))


def _coefficient(rng, kind):
    number = Fraction(int(rng.integers(-9, 10)), int(rng.choice([1, 1, 2, 3, 7, 10])))
    if kind == "floats":
        return Fraction(float(rng.standard_normal()))
    if kind == "scales":
        return number * Fraction(2) ** int(rng.integers(-120, 120))
    if kind == "extremes":
        return number * Fraction(2) ** int(rng.choice([-320, -299, -298, -200, 0, 0, 0, 200, 290, 296, 320]))
    return number


def _form(rng, entries, kind):
    return {int(entry): _coefficient(rng, kind) for entry in entries if rng.random() < 0.7}


def _network(rng, kind, inputs=2, depth=4, units=5):
    """Return a program whose units are of all kinds: relus, leaky ones, clips, gates and maxima."""
    builder = ProgramBuilder(inputs)
    layer = list(range(1 + inputs))
    for _ in range(depth):
        new = []
        for _ in range(units):
            form, other = _form(rng, layer, kind), _form(rng, layer, kind)
            slope = _coefficient(rng, kind)
            leaky = {entry: slope * value for entry, value in form.items()}
            pieces = [
                [({}, {}), (form, form)],
                [({}, leaky), (form, form)],
                [({}, other), (form, leaky)],
                [({}, {}), (form, other), (other, form)],
                [({}, {0: slope}), ({1: 1}, {0: slope})],
            ][int(rng.integers(5))]
            new.append(builder.add_unit(pieces))
        layer = [*layer[: 1 + inputs], *new] if rng.random() < 0.5 else [0, *new]
    return builder.build([{new[-1]: 1}])


@pytest.mark.parametrize("times", [1, MANY])
@pytest.mark.parametrize("kind", ["small", "floats", "scales", "extremes"])
def test_forms_of_random_networks_err_by_no_more_than_their_bounds(kind, times):
    rng = np.random.default_rng(len(kind))
    updates = 0
    for _ in range(25 * times):
        layers = Layers(_network(rng, kind))
        counts = np.diff(layers.program.units.starts)
        pattern = rng.integers(0, counts)
        for _ in range(12):
            assert _worst_share(layers, pattern.tolist()) <= 1
            flipped = rng.integers(len(pattern))
            pattern[flipped] = rng.integers(counts[flipped])
            updates += int((layers.memory.array("updates") > 0).any())
    assert updates > 20 * times


def _relus(builder, form, count):
    return [builder.add_unit([({}, {}), (form, form)]) for _ in range(count)]


def test_sums_err_by_more_than_half_their_bounds():
    """1 + u + u + …, each u a little more than half an ulp: every addition rounds up by half an ulp."""
    builder = ProgramBuilder(1)
    units = _relus(builder, {1: 1}, 60)
    total = builder.add_unit([({}, {}), (form := {1: 1, **dict.fromkeys(units, ABOVE_HALF_AN_ULP)}, form)])
    layers = Layers(builder.build([{total: 1}]))
    assert 0.9 < _worst_share(layers, [1] * 61) <= 1


@pytest.mark.parametrize("entry", [0, 1])
@pytest.mark.parametrize("from_a_unit", [False, True])
def test_sums_of_constants_and_of_slopes_err_by_more_than_half_their_bounds(entry, from_a_unit):
    """As above; and the 1 that all is added to may be a unit's value itself, the first of them."""
    builder = ProgramBuilder(1)
    units = _relus(builder, {entry: 1}, 61)
    first = units[0] if from_a_unit else entry
    total = builder.add_unit([({}, {}), (form := {first: 1, **dict.fromkeys(units[1:], ABOVE_HALF_AN_ULP)}, form)])
    layers = Layers(builder.build([{total: 1}]))
    assert 0.9 < _worst_share(layers, [1] * 62) <= 1


def test_errors_of_values_are_passed_on():
    builder = ProgramBuilder(1)
    units = _relus(builder, {1: 1}, 60)
    total = builder.add_unit([({}, {}), (form := {1: 1, **dict.fromkeys(units, ABOVE_HALF_AN_ULP)}, form)])
    last = builder.add_unit([({}, {}), (form := {total: 1, units[0]: -1}, form)])
    layers = Layers(builder.build([{last: 1}]))
    *_, claim = layers.claims(layers.choose([1] * 62))
    assert 0.8 < share_of_bound(claim) <= 1


def test_updates_err_by_more_than_half_their_bounds():
    builder = ProgramBuilder(1)
    tiny, flips, rounds = Fraction(1, 2**280), 20, 20
    idle = _relus(builder, {1: 1}, 2 * flips)
    sets = [_relus(builder, {1: 1}, flips) for _ in range(rounds)]
    form = {1: 1, **dict.fromkeys(idle, tiny)}
    form |= dict.fromkeys([unit for part in sets for unit in part], ABOVE_HALF_AN_ULP)
    total = builder.add_unit([({}, {}), (form, form)])
    layers = Layers(builder.build([{total: 1}]))
    for on in range(rounds + 1):
        pattern = [1] * (len(idle) + flips * on) + [0] * (flips * (rounds - on)) + [1]
        share = _worst_share(layers, pattern)
    assert layers.memory.array("updates")[1] == rounds
    assert 0.75 < share <= 1


def test_products_err_by_more_than_half_their_bounds():
    """One weight that is no float, times one that is, plus what is only rounded away."""
    rng = np.random.default_rng(4)
    builder = ProgramBuilder(1)
    (unit,) = _relus(builder, {1: 1 + Fraction(float(2.0**-26 * rng.uniform(1, 2))), 0: Fraction(1, 3)}, 1)
    for _ in range(400):
        weight = 1 + Fraction(float(rng.uniform(1, 2))) * Fraction(1, 2**26) + Fraction(float(rng.uniform(-1, 1))) * ULP
        form = {unit: weight, 1: Fraction(float(rng.uniform(-1, 1))) * ULP}
        last = builder.add_unit([({}, {}), (form, form)])
    layers = Layers(builder.build([{last: 1}]))
    assert 0.5 < _worst_share(layers, [1] * 401) <= 1


@pytest.mark.parametrize("entry", [0, 1])
def test_rounded_coefficients_err_by_more_than_half_their_bounds(entry):
    builder = ProgramBuilder(1)
    for k in range(200):
        builder.add_unit([({}, {}), ({entry: 1 + Fraction(k, 2**53 * 201), 1 - entry: Fraction(1, 3)}, {})])
    layers = Layers(builder.build([{2: 1}]))
    assert 0.9 < _worst_share(layers, [1] * 200) <= 1


def test_multiples_err_by_more_than_half_their_bounds():
    rng = np.random.default_rng(6)
    builder = ProgramBuilder(1)
    for _ in range(400):
        form = {1: 1 + Fraction(int(rng.integers(2**26, 2**27)), 2**52), 0: Fraction(1, 4)}
        slope = 1 + Fraction(int(rng.integers(2**26, 2**27)), 2**52) + Fraction(float(rng.uniform(-1, 1))) * ULP
        builder.add_unit([({}, {entry: slope * value for entry, value in form.items()}), (form, form)])
    layers = Layers(builder.build([{2: 1}]))
    assert 0.5 < _worst_share(layers, [0] * 400) <= 1


def test_differences_of_values_err_by_no_more_than_their_bounds():
    rng = np.random.default_rng(8)
    builder = ProgramBuilder(2)
    for _ in range(100):
        form = _form(rng, range(3), "small") | {1: 1}
        slopes = [_coefficient(rng, "small") for _ in range(2)]
        first, second = ({entry: slope * value for entry, value in form.items()} for slope in slopes)
        builder.add_unit([({}, first), (form, second)])
    layers = Layers(builder.build([{3: 1}]))
    exact = layers.choose([0] * 100)
    for unit, (_, values) in enumerate(exact):
        found, errors = value_of(layers.memory, unit, 1, 0)
        difference = [layers.unit_scales[unit] * (a - b) for a, b in zip(values[1], values[0], strict=True)]
        assert share_of_bound((found, difference, errors[0], errors[1])) <= 1


def test_a_factor_that_only_rounds_to_one_is_none():
    """2^-60 more than 1: the difference of the two values is not 0."""
    builder = ProgramBuilder(1)
    builder.add_unit([({}, {1: 1 + Fraction(1, 2**60)}), ({1: 1}, {1: 1})])
    layers = Layers(builder.build([{2: 1}]))
    assert _worst_share(layers, [0]) <= 1
    _, values = layers.choose([0])[0]
    found, errors = value_of(layers.memory, 0, 1, 0)
    assert share_of_bound((found, [a - b for a, b in zip(values[1], values[0], strict=True)], *errors)) <= 1


def test_an_exact_zero_stays_one():
    builder = ProgramBuilder(2)
    (unit,) = _relus(builder, {1: Fraction(1, 3)}, 1)
    builder.add_unit([({}, {}), ({unit: Fraction(1, 7)}, {})])
    layers = Layers(builder.build([{3: 1}]))
    layers.choose([1, 1])
    row = layers.memory.array("unit_rows")[1]
    assert layers.memory.array("forms")[0, row] == 0 and layers.memory.array("constant_errors")[row] == 0


def test_what_is_lost_is_claimed_no_more():
    """An error that nobody knows, of a constant that is 0 in floats, is unknown in the layers behind too."""
    third = Fraction(1, 3)
    builder = ProgramBuilder(1)
    first, second = (
        builder.add_unit([({}, {0: value}), ({0: 1}, {0: value})]) for value in (third, Fraction(float(third)))
    )
    small = builder.add_unit([({}, form := {first: 1, second: -1}), ({0: 1}, form)])
    large = builder.add_unit([({}, form := {1: 1, small: 2**400}), ({0: 1}, form)])
    last = builder.add_unit([({}, {}), ({large: 1}, {large: 1})])
    layers = Layers(builder.build([{last: 1}]))
    assert _worst_share(layers, [1] * 5) <= 1


def test_bounds_survive_many_units_and_updates():
    builder = ProgramBuilder(1)
    units = _relus(builder, {1: 1}, 1500)
    total = builder.add_unit([({}, {}), (form := {1: 1, 0: 2} | dict.fromkeys(units, ABOVE_HALF_AN_ULP), form)])
    layers = Layers(builder.build([{total: 1}]))
    rng = np.random.default_rng(1)
    pattern = np.array([1] * 1501)
    for turn in range(66):
        exact = layers.choose(pattern.tolist()) if turn % 16 == 0 else prepare(layers.memory.map, 2)
        assert exact is None or share_of_bound(next(layers.claims(exact[-1:], 1500))) <= 1
        pattern[rng.choice(1500, 300, replace=False)] ^= 1
        layers.memory.array("chosen")[:] = pattern


@pytest.mark.parametrize("entry", [0, 1])
@pytest.mark.parametrize("piece, seen", [(0, 1), (1, 0)])
def test_the_errors_of_both_values_of_a_difference_count(piece, seen, entry):
    """What is left of two numbers near 2^30 / 3 is far less exact than what is rounded when 1 is subtracted from it."""
    builder = ProgramBuilder(1)
    for k in range(20):
        large = [_relus(builder, {entry: Fraction(2**30 + shift, 3 + 2 * k)}, 1)[0] for shift in (Fraction(k, 7), 0)]
        near = {large[0]: 1, large[1]: -1}
        builder.add_unit([({}, {entry: 1}), ({0: 1}, near)])
    layers = Layers(builder.build([{1: 1}]))
    exact = layers.choose([1] * 60)
    for unit in range(2, 60, 3):
        found, errors = value_of(layers.memory, unit, piece, seen)
        values = [exact[unit][1][number] for number in (piece, seen)]
        difference = [layers.unit_scales[unit] * (a - b) for a, b in zip(*values, strict=True)]
        assert share_of_bound((found, difference, *errors)) <= 1


def test_slopes_and_bounds_that_both_vanish_in_floats_are_not_taken_for_zero():
    """In the end the slope is 2^-1794, which is 0 as a float, and so is the product of all that bounds its error."""
    tiny = Fraction(1, 2**299)
    builder = ProgramBuilder(1)
    entry = 1
    for _ in range(4):
        entry = builder.add_unit([({}, {entry: 1}), ({entry: 1}, {entry: tiny})])
    form = {0: 1, entry: tiny}
    entry = builder.add_unit([({}, form), (form, {k: value * tiny for k, value in form.items()})])
    _relus(builder, {0: 1, entry: 1}, 1)
    layers = Layers(builder.build([{entry: 1}]))
    assert _worst_share(layers, [1] * 6) <= 1
