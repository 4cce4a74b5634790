"""Exact linear programs over bounds some of which are missing, from any basis, against cddlib's."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exactgeo.arithmetic.affine import evaluate_row
from exactgeo.arithmetic.rationals import Rational
from exactgeo.enumeration.certified.programs import exact
from exactgeo.enumeration.certified.programs.dependences import refutation
from exactgeo.enumeration.certified.programs.exact import ExactProgram, Refuted
from exactgeo.enumeration.certified.programs.insides import Bounds
from exactgeo.polyhedra.polyhedron import SOLVER
from exactgeo.polyhedra.solvers import InteriorPoint

ENDS = st.none() | st.integers(1, 9).map(lambda k: Rational(k, 3))


@st.composite
def _programs(draw):
    inputs, coordinates = draw(st.integers(1, 5)), draw(st.integers(1, 3))
    entries = st.integers(-3, 3)
    matrix = draw(st.lists(st.tuples(*[entries] * inputs), min_size=coordinates, max_size=coordinates))
    if not any(map(any, matrix)):
        matrix[0] = (1, *matrix[0][1:])
    rows = st.tuples(entries, *[entries] * coordinates).filter(any)
    lower = [None if end is None else -end for end in draw(st.tuples(*[ENDS] * inputs))]
    return matrix, lower, draw(st.tuples(*[ENDS] * inputs)), draw(st.lists(rows, min_size=1, max_size=7))


def _in_inputs(row, matrix):
    columns = zip(*matrix, strict=True)
    return (row[0], *(sum(a * b for a, b in zip(row[1:], column, strict=True)) for column in columns))


def _box_rows(lower, upper):
    for k, (low, high) in enumerate(zip(lower, upper, strict=True)):
        for end, sense in ((low, 1), (high, -1)):
            if end is not None:
                axis = [int(k == i) * sense * int(end.denominator) for i in range(len(lower))]
                yield (-sense * int(end.numerator), *axis)


def _judged(program, scales, start):
    """Return whether a point was found, after making sure that it is one, or that the multipliers refute."""
    matrix, lower, upper, rows = program
    answer = ExactProgram(Bounds(matrix, lower, upper), rows, scales).decide(*start)
    if isinstance(answer, Refuted):
        assert answer.multipliers and all(value > 0 for _, value in answer.multipliers)
        total = [sum(value * rows[k][i] for k, value in answer.multipliers) for i in range(len(rows[0]))]
        assert _greatest(_in_inputs(total, matrix), lower, upper) <= 0
        return False
    everything = [*(_in_inputs(row, matrix) for row in rows), *_box_rows(lower, upper)]
    assert all(evaluate_row(row, answer.point) > 0 for row in everything)
    return True


def _greatest(row, lower, upper):
    """Return the most that a form reaches between bounds."""
    ends = [high if slope > 0 else low for slope, low, high in zip(row[1:], lower, upper, strict=True) if slope]
    slopes = [slope for slope in row[1:] if slope]
    assert None not in ends
    return row[0] + sum(slope * end for slope, end in zip(slopes, ends, strict=True))


def _by_cddlib(program):
    matrix, lower, upper, rows = program
    everything = [*(_in_inputs(row, matrix) for row in rows), *_box_rows(lower, upper)]
    return isinstance(SOLVER.strict_feasibility(len(lower), everything), InteriorPoint)


@given(_programs(), st.data())
def test_the_verdicts_are_those_of_cddlib_from_whatever_basis(program, data):
    rows, inputs = len(program[3]), len(program[1])
    scales = data.draw(st.tuples(*[st.sampled_from([1, 2, 8])] * rows))
    size = data.draw(st.integers(0, min(rows, inputs + 1)))
    tight = data.draw(st.permutations(range(rows)))[:size]
    columns = data.draw(st.permutations(range(inputs)))[: max(size - 1, 0)]
    assert _judged(program, scales, (tight, columns)) == _by_cddlib(program)


@given(_programs())
def test_by_the_rule_that_ends_alone_the_verdicts_are_the_same(program):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exact, "_LONG_STEPS", -1)
        assert _judged(program, [1] * len(program[3]), ((), ())) == _by_cddlib(program)


def test_all_orthants_of_a_cube_and_of_space():
    matrix = [tuple(int(i == k) for k in range(4)) for i in range(4)]
    for ends in ([Rational(1)] * 4, [None] * 4):
        lower = [None if end is None else -end for end in ends]
        for signs in product([1, -1], repeat=4):
            rows = [(0, *(sign * int(i == k) for k in range(4))) for i, sign in enumerate(signs)]
            assert _judged((matrix, lower, ends, rows), [1] * 4, ((), ()))
            assert not _judged((matrix, lower, ends, [*rows, (0, *(-sign for sign in signs))]), [1] * 5, ((), ()))


def test_a_point_may_lie_as_far_as_it_must_and_be_as_small():
    far = ([(1,)], [None], [None], [(-(10**30), 1)])
    near = ([(1,)], [Rational(-1)], [Rational(1)], [(1, -(10**30)), (0, 1)])
    assert _judged(far, [1], ((), ())) and _judged(near, [1, 1], ((), ()))


@given(st.data())
def test_a_constant_combination_refutes_and_nothing_else_does(data):
    width, entries = data.draw(st.integers(1, 4)), st.integers(-2, 2)
    rows = data.draw(st.lists(st.tuples(entries, *[entries] * width), min_size=1, max_size=6))
    multipliers = data.draw(st.lists(st.floats(0, 1), min_size=len(rows), max_size=len(rows)))
    factors = refutation(rows, multipliers)
    if factors is not None:
        assert all(factor > 0 and multipliers[k] > 0 for k, factor in factors.items())
        total = [sum(factor * rows[k][i] for k, factor in factors.items()) for i in range(width + 1)]
        assert total[0] <= 0 and not any(total[1:])


@given(st.data())
def test_multipliers_of_a_constant_combination_are_recognised(data):
    """Of independent rows and minus a positive combination of them, the multipliers are the only ones."""
    size = data.draw(st.integers(1, 5))
    factors = data.draw(st.lists(st.integers(1, 9), min_size=size, max_size=size))
    constants = data.draw(st.lists(st.integers(-3, 3), min_size=size, max_size=size))
    excess = data.draw(st.integers(-2, 2))
    units = [(constants[i], *(int(i == k) for k in range(size))) for i in range(size)]
    last = excess - sum(a * b for a, b in zip(factors, constants, strict=True))
    rows = [*units, (last, *(-factor for factor in factors))]
    found = refutation(rows, [float(value) for value in (*factors, 1)])
    assert found == (dict(enumerate((*factors, 1))) if excess <= 0 else None)
