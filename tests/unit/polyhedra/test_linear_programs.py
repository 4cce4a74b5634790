"""The solver's answers: every piece of evidence is checked here, so that no answer is taken on trust."""

import sys
from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles.affine import solve_equations
from oracles.simplex import strictly_feasible

from exactgeo import Polyhedron
from exactgeo.errors import DimensionMismatch
from exactgeo.polyhedra import Infeasible, InteriorPoint, Optimum, Refutation, Unbounded
from exactgeo.polyhedra.polyhedron import SOLVER

ENTRIES = st.integers(-3, 3) | st.sampled_from([0, 0, 1, -1, 2**65 + 1, -(3**45)])
SMALL = st.integers(-3, 3)


@st.composite
def _systems(draw, most_rows=7, most_equations=2, entries=ENTRIES, most_dimensions=4):
    dimension = draw(st.integers(0, most_dimensions))
    row = st.tuples(*[entries] * (dimension + 1))
    count = draw(st.integers(0, most_rows))
    rows = draw(st.lists(row, min_size=count, max_size=count))
    return dimension, rows, draw(st.lists(row, max_size=most_equations))


@st.composite
def _programs(draw, **limits):
    dimension, rows, equations = draw(_systems(**limits))
    return dimension, draw(st.tuples(*[SMALL] * (dimension + 1))), rows, equations


def _value(row, x):
    return row[0] + sum(a * _fraction(b) for a, b in zip(row[1:], x, strict=True))


def _fraction(value):
    return Fraction(int(value.numerator), int(value.denominator))


def _slope(row, direction):
    return _value((0, *row[1:]), direction)


def _combination(dimension, *parts):
    """Return the sum of multiples of rows, each part being (rows, pairs of index and multiplier)."""
    total = [Fraction(0)] * (dimension + 1)
    for rows, multipliers in parts:
        for index, multiplier in multipliers:
            for k, entry in enumerate(rows[index]):
                total[k] += _fraction(multiplier) * entry
    return total


def _are_positive(multipliers):
    return all(value > 0 for _, value in multipliers)


def _is_inside(x, rows, equations):
    return all(_value(row, x) >= 0 for row in rows) and all(_value(row, x) == 0 for row in equations)


def _proves(answer, dimension, objective, rows, equations):
    """Whether an answer of `maximise` proves itself."""
    if isinstance(answer, Unbounded):
        ray = answer.ray
        recedes = all(_slope(row, ray) >= 0 for row in rows) and all(_slope(row, ray) == 0 for row in equations)
        return _is_inside(answer.point, rows, equations) and recedes and _slope(objective, ray) > 0
    parts = (rows, answer.multipliers), (equations, answer.equation_multipliers)
    total = _combination(dimension, *parts)
    if isinstance(answer, Infeasible):
        return _are_positive(answer.multipliers) and total[0] < 0 and not any(total[1:])
    bound = [a + b for a, b in zip(total, objective, strict=True)]
    attained = _is_inside(answer.point, rows, equations) and _value(objective, answer.point) == answer.value
    return attained and _are_positive(answer.multipliers) and bound == [answer.value, *[0] * dimension]


@given(_systems())
def test_an_interior_point_satisfies_every_row_strictly_and_a_refutation_adds_up(system):
    dimension, rows, equations = system
    answer = SOLVER.strict_feasibility(dimension, rows, equations)
    if isinstance(answer, InteriorPoint):
        assert all(_value(row, answer.point) > 0 for row in rows)
        assert all(_value(row, answer.point) == 0 for row in equations)
    else:
        parts = (rows, answer.multipliers), (equations, answer.equation_multipliers)
        total = _combination(dimension, *parts)
        assert isinstance(answer, Refutation) and _are_positive(answer.multipliers) and not any(total[1:])
        assert total[0] <= 0 if answer.multipliers else total[0] < 0


@given(_systems())
def test_strict_feasibility_is_decided_as_by_the_oracle(system):
    dimension, rows, equations = system
    feasible = isinstance(SOLVER.strict_feasibility(dimension, rows, equations), InteriorPoint)
    assert feasible == (strictly_feasible(rows, equations, dimension) is not None)


@given(_programs())
def test_every_answer_of_a_maximisation_proves_itself(program):
    dimension, objective, rows, equations = program
    answer = SOLVER.maximise(dimension, objective, rows, equations)
    assert _proves(answer, dimension, objective, rows, equations)


def _vertices(dimension, rows):
    """Return the vertices of { rows >= 0 }: where `dimension` rows of full rank vanish and no row is negative."""
    found = set()
    for chosen in combinations(rows, dimension):
        frame = solve_equations(chosen, dimension).frame
        if frame is not None and len(frame[0]) == 1:
            x = tuple(form[0] for form in frame[1:])
            if _is_inside(x, rows, ()):
                found.add(x)
    return found


@given(_programs(most_equations=0, entries=SMALL, most_dimensions=3))
def test_the_optimum_over_a_bounded_set_is_the_best_of_its_vertices(program):
    dimension, objective, rows, _ = program
    box = [(2, *(s * (i == k) for i in range(dimension))) for k in range(dimension) for s in (1, -1)]
    values = [_value(objective, x) for x in _vertices(dimension, [*rows, *box])]
    answer = SOLVER.maximise(dimension, objective, [*rows, *box])
    assert answer.value == max(values) if isinstance(answer, Optimum) else not values


KNOWN = {
    "optimum at a vertex": (2, (1, 1, 1), [(3, -1, 0), (2, 0, -1)], [], Optimum, 6),
    "optimum along an edge": (2, (0, 1, 0), [(3, -1, 0), (2, 0, -1), (0, 0, 1)], [], Optimum, 3),
    "optimum where many rows meet": (2, (0, 1, 1), [(0, -1, 0), (0, 0, -1), (0, -1, -1), (0, -2, -1)], [], Optimum, 0),
    "optimum of a constant": (2, (5, 0, 0), [(0, 1, 0)], [], Optimum, 5),
    "optimum of a constant without rows": (3, (-2, 0, 0, 0), [], [], Optimum, -2),
    "optimum in a single point": (1, (0, 1), [(-1, 1), (1, -1)], [], Optimum, 1),
    "optimum on an equation": (2, (0, 1, 0), [(1, 0, -1)], [(0, 1, -1)], Optimum, 1),
    "optimum decided by equations alone": (2, (1, 1, 1), [], [(-1, 1, 0), (-2, 0, 1)], Optimum, 4),
    "optimum with a fraction": (1, (0, 1), [(1, -3)], [], Optimum, Fraction(1, 3)),
    "unbounded without rows": (1, (0, 1), [], [], Unbounded, None),
    "unbounded in a cone": (2, (0, 1, 1), [(0, 1, 0), (0, 0, 1)], [], Unbounded, None),
    "unbounded along a line": (2, (0, 1, 0), [(1, 0, 1)], [], Unbounded, None),
    "unbounded on an equation": (2, (0, 0, -1), [], [(0, 1, -1)], Unbounded, None),
    "infeasible rows": (1, (0, 1), [(-1, 1), (0, -1)], [], Infeasible, None),
    "infeasible equations": (2, (0, 0, 0), [], [(0, 1, 1), (1, 1, 1)], Infeasible, None),
    "infeasible together": (1, (0, 0), [(0, 1)], [(1, 1)], Infeasible, None),
    "infeasible constant row": (2, (0, 1, 0), [(-1, 0, 0)], [], Infeasible, None),
    "infeasible constant equation": (1, (0, 1), [], [(1, 0)], Infeasible, None),
    "infeasible and unbounded below": (2, (0, 1, 0), [(-1, 0, 1), (0, 0, -1)], [], Infeasible, None),
    "dimension 0": (0, (7,), [(1,), (0,)], [(0,)], Optimum, 7),
    "dimension 0, no rows": (0, (-7,), [], [], Optimum, -7),
    "dimension 0, infeasible": (0, (7,), [(-1,)], [], Infeasible, None),
    "dimension 0, infeasible equation": (0, (7,), [], [(1,)], Infeasible, None),
}


@pytest.mark.parametrize("question", KNOWN.values(), ids=KNOWN.keys())
def test_a_linear_program_with_a_known_answer(question):
    dimension, objective, rows, equations, kind, value = question
    answer = SOLVER.maximise(dimension, objective, rows, equations)
    assert isinstance(answer, kind) and getattr(answer, "value", None) == value
    assert _proves(answer, dimension, objective, rows, equations)


STRICT = {
    "nothing asked": (2, [], [], True),
    "an open half-plane": (2, [(0, 1, 0)], [], True),
    "a thin wedge": (2, [(0, 10**40, 1 - 10**40), (0, -(10**40), 10**40), (1, -1, 0)], [], True),
    "a segment without interior": (1, [(0, 1), (0, -1)], [], False),
    "a point on the border": (1, [(0, 1), (0, -1), (1, 0)], [], False),
    "the zero row": (2, [(0, 0, 0)], [], False),
    "the zero row among others": (2, [(1, 0, 0), (0, 0, 0), (0, 1, 0)], [], False),
    "a positive constant": (2, [(1, 0, 0)], [], True),
    "a negative constant": (2, [(-1, 0, 0)], [], False),
    "three half-planes around a point": (2, [(0, 1, 0), (0, 0, 1), (0, -1, -1)], [], False),
    "an equation inside": (2, [(1, 1, 0), (1, -1, 0)], [(0, 1, -1)], True),
    "an equation along the border": (2, [(0, 1, 0)], [(0, 1, 0)], False),
    "an equation that shows nothing": (2, [(0, 1, 0)], [(0, 0, 0)], True),
    "equations without solution": (2, [(1, 0, 0)], [(0, 1, 0), (1, 1, 0)], False),
    "equations without solution and no rows": (1, [], [(1, 0)], False),
    "dimension 0": (0, [(1,)], [], True),
    "dimension 0 with a zero": (0, [(1,), (0,)], [], False),
    "dimension 0, nothing asked": (0, [], [], True),
}


@pytest.mark.parametrize("dimension, rows, equations, feasible", STRICT.values(), ids=STRICT.keys())
def test_strict_feasibility_of_a_known_system(dimension, rows, equations, feasible):
    answer = SOLVER.strict_feasibility(dimension, rows, equations)
    assert isinstance(answer, InteriorPoint if feasible else Refutation)


@given(st.integers(1, 10**6), st.integers(1, 40))
def test_a_gap_of_any_width_is_found_and_a_gap_of_none_is_not(numerator, digits):
    low, high = (numerator, 10**digits), (numerator + 1, 10**digits)
    open_gap = [(-low[0], low[1]), (high[0], -high[1])]
    assert isinstance(SOLVER.strict_feasibility(1, open_gap), InteriorPoint)
    assert isinstance(SOLVER.strict_feasibility(1, [(-low[0], low[1]), (low[0], -low[1])]), Refutation)


@pytest.mark.parametrize("size", [(), (0,), (0, 1), (0, 1, 2, 3)])
def test_an_objective_of_the_wrong_length_is_refused(size):
    with pytest.raises(DimensionMismatch, match="the objective has"):
        Polyhedron(2).maximise(size)


@given(_programs())
def test_a_polyhedron_s_maximum_is_over_its_own_rows(program):
    dimension, objective, rows, equations = program
    polyhedron = Polyhedron(dimension, rows, equations)
    answer = polyhedron.maximise(objective)
    assert _proves(answer, dimension, objective, polyhedron.inequalities, polyhedron.equations)
    assert type(answer) is type(SOLVER.maximise(dimension, objective, rows, equations))


HUGE = 10**5000


@pytest.fixture
def digit_limit():
    """Set Python's limit on the digits of integers, and bring back the old one."""
    limit = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(1234)
    yield 1234
    sys.set_int_max_str_digits(limit)


def test_numbers_with_more_digits_than_python_writes_are_no_obstacle(digit_limit):
    thin = [(-HUGE, HUGE + 1), (HUGE + 2, -HUGE - 1)]
    assert isinstance(SOLVER.strict_feasibility(1, thin), InteriorPoint)
    assert isinstance(SOLVER.strict_feasibility(1, [(-HUGE, HUGE + 1), (HUGE, -HUGE - 1)]), Refutation)
    assert SOLVER.maximise(1, (0, 1), thin).value == Fraction(HUGE + 2, HUGE + 1)
    assert SOLVER.generators(1, thin).vertices == ((Fraction(HUGE, HUGE + 1),), (Fraction(HUGE + 2, HUGE + 1),))
    assert sys.get_int_max_str_digits() == digit_limit


def test_a_hull_of_points_with_such_numbers_holds_them():
    low, high = Fraction(1, HUGE), Fraction(HUGE)
    hull = Polyhedron.from_generators([(low,), (high,)])
    assert set(hull.inequalities) == {(-1, HUGE), (HUGE, -1)}
