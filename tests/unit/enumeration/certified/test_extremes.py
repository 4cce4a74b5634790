"""Numbers so small or large that floats lose them: the bounds must say so."""

from fractions import Fraction

import pytest
from unit.enumeration.certified.watching import every_step_watched

from exactgeo import Box, ProgramBuilder, enumerate_regions

SQUARE = Box.cube(2)


def _power(exponent):
    return Fraction(2) ** exponent


def _relu(builder, form):
    form = {entry: value for entry, value in form.items() if value}
    return builder.add_unit([({}, {}), (form, form)])


def _chain(builder, form, exponents):
    entry = _relu(builder, form)
    for exponent in exponents:
        entry = _relu(builder, {entry: _power(exponent)})
    return entry


def _demand_the_same(program, domain, monkeypatch):
    expected = [region.pattern for region in enumerate_regions(program, domain, engine="reference")]
    with every_step_watched(monkeypatch):
        assert [region.pattern for region in enumerate_regions(program, domain, engine="certified")] == expected


def test_slopes_whose_product_is_no_float_are_not_taken_for_zero(monkeypatch):
    builder = ProgramBuilder(1)
    entry = 1
    for _ in range(6):
        form = {entry: _power(-299)}
        entry = builder.add_unit([({}, form), (form, {entry: _power(-598)})])
    _demand_the_same(builder.build([{entry: 1}]), Box.cube(1), monkeypatch)


@pytest.mark.parametrize("exponent", range(480, 545, 4))
def test_an_edge_is_crossed_where_the_values_at_its_ends_have_no_product(exponent, monkeypatch):
    """Two forms of nearly the same slopes cancel: of what is left, of size 2^-531, few bits are right."""
    size = _power(-(exponent // 2))
    rest = _power(exponent // 2 - exponent)
    builder = ProgramBuilder(2)
    near = size * _power(-24)
    first = _relu(builder, {0: 100 * size, 1: size / 3, 2: size / 7})
    second = _relu(builder, {0: 100 * size + near * 7 / 17, 1: size / 3 + near / 5, 2: size / 7 - near * 10 / 11})
    _relu(builder, {first: rest, second: -rest})
    for slope in (1, -2, 5, -9):
        for shift in (0, _power(-30), -_power(-30)):
            # through the point of the left edge at which the third unit is 0
            _relu(builder, {0: Fraction(-227, 510) + Fraction(11, 10) * (shift + slope), 1: 3 * slope, 2: 1})
    _demand_the_same(builder.build([{first: 1}]), Box((Fraction(-1, 3), -1), (Fraction(2, 3), 1)), monkeypatch)


def test_a_vertex_on_a_hyperplane_of_infinite_floats_is_not_known(monkeypatch):
    builder = ProgramBuilder(2)
    steep = _chain(builder, {1: _power(299)}, (299, 299, 150))
    large = _chain(builder, {0: _power(299)}, (299, 299))
    gate = builder.add_unit([({}, {}), ({steep: 1, large: -1, 2: 1}, {})])  # at x1 = 2^-150
    for exponent, slope in ((148, 0), (151, _power(-3)), (149, _power(-3))):
        _relu(builder, {gate: 1, 0: -1, 1: _power(exponent), 2: slope})
    _demand_the_same(builder.build([{gate: 1}]), SQUARE, monkeypatch)


def test_errors_that_are_no_numbers_are_handed_on(monkeypatch):
    builder = ProgramBuilder(2)
    slopes = (Fraction(1, 3), Fraction(1, 3) - _power(-40) / 7), (Fraction(1, 9), Fraction(1, 9) + _power(-40) / 11)
    huge = [_relu(builder, {0: _power(300), 1: _power(299) * (1 + near)}) for near in (0, _power(-60))]
    sums = [_relu(builder, {0: _power(41), 1: _power(40) * a, 2: _power(40) * b}) for a, b in zip(*slopes, strict=True)]
    huge = [_relu(builder, {entry: _power(299)}) for entry in huge]
    small = _relu(builder, {0: 1, sums[0]: 1, sums[1]: -1})  # 1 + x1 / 7 - x2 / 11, as floats far less exactly
    huge = [_relu(builder, {entry: _power(299)}) for entry in huge]
    small = _relu(builder, {small: 1})
    wild = _relu(builder, {0: 3, 2: 1, huge[0]: _power(120), huge[1]: -_power(120)})
    small = _relu(builder, {small: 1})
    wild, small = _relu(builder, {wild: _power(299), small: 1}), _relu(builder, {small: 1})
    wild, small = _relu(builder, {wild: 1}), _relu(builder, {small: 1})
    for shift in (0, _power(-20), -_power(-20), 3 * _power(-30)):
        _relu(builder, {small: 1, 0: shift - 1, 1: shift - Fraction(1, 7), 2: shift + Fraction(1, 11)})
    _demand_the_same(builder.build([{wild: 1}]), SQUARE, monkeypatch)
