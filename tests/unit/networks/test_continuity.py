"""Continuity of units, decided again by looking for a jump among all ways in which selectors tie."""

from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles.simplex import strictly_feasible
from oracles.translation import fraction

from exactgeo import ProgramBuilder
from exactgeo.arithmetic.rationals import Rational
from exactgeo.networks import Piece, Unit
from exactgeo.networks.forms import SparseForms
from exactgeo.networks.units import UnitTable
from exactgeo.strategies import programs, relu_networks

FEWER = settings(max_examples=settings().max_examples // 6)
X, Y, ONE, ZERO = {1: 1}, {2: 1}, {0: 1}, {}


def _unit(*pieces):
    return Unit(tuple(Piece(_rational(selector), _rational(value)) for selector, value in pieces))


def _rational(form):
    return {entry: Rational(value) for entry, value in form.items() if value}


def _is_continuous(unit):
    """Look for two pieces, a set of selectors that tie as the largest, and a point there with different values."""
    size = 1 + max(
        (entry for piece in unit.pieces for form in (piece.selector, piece.value) for entry in form), default=0
    )
    selectors, values = ([_dense(form, size) for form in forms] for forms in _columns(unit))
    count = len(selectors)
    for ties in (set(c) for k in range(2, count + 1) for c in combinations(range(count), k)):
        first = min(ties)
        equations = [_minus(selectors[first], selectors[k]) for k in ties - {first}]
        rows = [_minus(selectors[first], selectors[k]) for k in range(count) if k not in ties]
        for i, k in combinations(sorted(ties), 2):
            jump = _minus(values[i], values[k])
            for side in (jump, tuple(-value for value in jump)):
                if strictly_feasible([*rows, side], equations, size - 1) is not None:
                    return False
    return True


def _columns(unit):
    return [piece.selector for piece in unit.pieces], [piece.value for piece in unit.pieces]


def _dense(form, size):
    return tuple(fraction(form.get(entry, Fraction(0))) for entry in range(size))


def _minus(a, b):
    return tuple(x - y for x, y in zip(a, b, strict=True))


FORMS = st.dictionaries(st.integers(0, 3), st.sampled_from([-2, -1, 1, 1, 2, Fraction(1, 2)]), max_size=3)


@st.composite
def _units(draw):
    """Draw a unit; its values are multiples of the selectors' differences more often than chance has it."""
    selectors = draw(st.lists(FORMS, min_size=2, max_size=4))
    base, slope = draw(FORMS), draw(st.sampled_from([0, 1, -1, 2, Fraction(1, 3)]))
    values = [_combined(base, slope, selector) for selector in selectors]
    kind = draw(st.sampled_from(["multiples", "one changed", "free"]))
    if kind == "one changed":
        values[draw(st.integers(0, len(values) - 1))] = draw(FORMS | st.sampled_from(values))
    if kind == "free":
        values = [draw(FORMS) for _ in selectors]
    return _unit(*zip(selectors, values, strict=True))


def _combined(base, slope, form):
    return {entry: base.get(entry, 0) + slope * form.get(entry, 0) for entry in {*base, *form}}


@given(_units())
def test_a_unit_is_continuous_exactly_if_there_is_no_jump(unit):
    assert unit.is_continuous() == _is_continuous(unit)


@FEWER
@given(programs(max_units=3))
def test_a_program_is_continuous_exactly_if_its_units_are(program):
    assert program.is_continuous == all(_is_continuous(program.unit(k)) for k in range(program.unit_count))


@FEWER
@given(relu_networks())
def test_a_relu_network_is_continuous(program):
    assert program.is_continuous


CLIP = ((ZERO, ZERO), (X, X), ({1: 2, 0: -1}, ONE))
CONTINUOUS = {
    "relu": (((ZERO, ZERO), (X, X)), True),
    "leaky relu": ((({1: Fraction(1, 10)}, {1: Fraction(1, 10)}), (X, X)), True),
    "leaky relu by another selector": (((ZERO, {1: Fraction(1, 10)}), (X, X)), True),
    "absolute value": (((X, X), ({1: -1}, {1: -1})), True),
    "absolute value by its sign": (((ZERO, {1: -1}), (X, X)), True),
    "maximum of three": (((X, X), (Y, Y), (ONE, ONE)), True),
    "minimum by negatives": ((({1: -1}, X), ({2: -1}, Y)), True),
    "clip": (CLIP, True),
    "clip in another order": (CLIP[::-1], True),
    "clip with a ledge": ((*CLIP[:2], ({1: 2, 0: -1}, {0: 2})), False),
    "step": (((ZERO, ZERO), (X, ONE)), False),
    "gate": (((ZERO, ZERO), (X, Y)), False),
    "gate that closes where its value is 0": (((ZERO, ZERO), (X, {1: 3})), True),
    "gate that closes where its value is 0, negative slope": (((ZERO, ZERO), (X, {1: -3})), True),
    "gate on a shifted value": (((ZERO, ZERO), (X, {0: 1, 1: 1})), False),
    "one value everywhere": (((X, ONE), (Y, ONE), (ZERO, ONE)), True),
    "the same piece twice": (((X, Y), (X, Y)), True),
    "two pieces that are always equal, of two values": (((X, ZERO), (X, ONE)), False),
    "never a tie": (((ZERO, ZERO), (ONE, X)), True),
    "never a tie with a jump between": (((X, ZERO), ({0: 1, 1: 1}, Y)), True),
    "a jump that a third piece hides": (((X, ZERO), ({1: -1}, ONE), (ONE, {0: Fraction(1, 2)})), False),
    "a tie that a third piece hides": (((X, X), ({1: -1}, {1: -1, 0: 0}), ({0: 1}, ONE)), True),
    "another value at a hidden tie": (((X, {1: 1, 0: 1}), ({1: -1}, {1: -1, 0: 1}), (ONE, {0: 2})), True),
    "a jump where the hidden tie is laid bare": (((X, {1: 1, 0: 1}), ({1: -1}, {1: 1, 0: 1}), (ONE, {0: 2})), False),
    "a jump far out where a third selector is smaller": (((X, X), (Y, {2: 1}), ({0: 9}, {0: 8})), False),
    "a third piece that touches in a point": (((X, X), ({1: -1}, {1: -1}), (ZERO, ZERO)), True),
    "a third piece that touches in a point with another value": (((X, X), ({1: -1}, {1: -1}), (ZERO, ONE)), False),
    "unbounded ties with bounded differences": (((X, X), (Y, {1: 1}), (ZERO, {1: 1})), True),
    "values that agree on the tie only": (((X, {1: 5, 2: 1}), (Y, {1: 2, 2: 4})), True),
    "values that agree on the tie but for a constant": (((X, {1: 5, 2: 1}), (Y, {1: 2, 2: 4, 0: 1})), False),
    "selectors with a common part that the values do not see": (((X, {3: 1}), ({1: 1, 2: 1}, {3: 1, 2: 1})), True),
    "a jump that vanishes at one end of a bounded tie": (
        ((ZERO, X), (Y, ZERO), ({1: -1}, X), ({0: -5, 1: 1}, X)),
        False,
    ),
    "a jump that vanishes at the other end": (((ZERO, {1: -1}), (Y, ZERO), ({1: -1}, X), ({0: -5, 1: 1}, X)), False),
    "a jump that vanishes within a bounded tie": (
        ((ZERO, X), (Y, ZERO), ({0: -2, 1: -1}, X), ({0: -5, 1: 1}, X)),
        False,
    ),
    "ties that other pieces shrink to where there is no jump": (
        ((ZERO, X), (Y, Y), ({1: -1}, {1: -1}), ({1: 2}, {1: 2})),
        True,
    ),
    "jumps of both signs around a triangle": (
        ((ZERO, {1: 1, 2: -1}), ({1: -1}, ZERO), ({2: -1}, ZERO), ({0: -1, 1: 1, 2: 1}, ZERO)),
        False,
    ),
    "a tie of codimension 2": (((X, ZERO), (Y, ZERO), (ZERO, {1: 1, 2: -1})), False),
}


@pytest.mark.parametrize("pieces, expected", CONTINUOUS.values(), ids=CONTINUOUS.keys())
def test_a_unit_that_is_known_to_be_continuous_or_not(pieces, expected):
    unit = _unit(*pieces)
    assert unit.is_continuous() == expected == _is_continuous(unit)


@pytest.mark.parametrize("pieces, expected", CONTINUOUS.values(), ids=CONTINUOUS.keys())
def test_a_program_with_that_unit_among_continuous_ones(pieces, expected):
    builder = ProgramBuilder(3)
    builder.add_unit([({}, {}), (X, X)])
    builder.add_unit(list(pieces))
    builder.add_unit([({}, {}), ({4: 1}, {4: 1})])
    assert builder.build([{6: 1}]).is_continuous == expected


@pytest.mark.parametrize("values, expected", [([0, 1], False), ([0, 2], True), ([1, 0], False), ([0, 0], True)])
def test_a_table_whose_values_stand_before_its_selectors(values, expected):
    forms = SparseForms.of([{}, {0: 1}, {1: 5}, {}, {1: 1}])
    table = UnitTable(forms, np.array([0, 2]), np.array([3, 4]), np.array(values))
    assert table.are_continuous() == expected
