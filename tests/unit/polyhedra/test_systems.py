"""Systems with strict inequalities: solved, or refuted by integers."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exactgeo.arithmetic.rationals import point
from exactgeo.errors import DimensionMismatch
from exactgeo.polyhedra.systems import Contradiction, System, both_ways

rows = st.lists(st.tuples(*[st.integers(-2, 2)] * 3), max_size=4).map(tuple)
GRID = [point((f"{a}/2", f"{b}/2")) for a, b in product(range(-6, 7), repeat=2)]


@settings(max_examples=300)
@given(rows, rows)
def test_a_system_has_a_solution_or_a_contradiction(strict, closed):
    system = System(2, strict, closed)
    found = system.solve()
    if isinstance(found, Contradiction):
        assert system.is_refuted_by(found) and not any(map(system.contains, GRID))
        multipliers = [value for _, value in (*found.strict, *found.closed)]
        assert multipliers and all(type(value) is int and value > 0 for value in multipliers)
    else:
        assert system.contains(found)
        b, *a = (1, *found)
        assert all(sum(u * v for u, v in zip(row, (b, *a), strict=True)) > 0 for row in strict)
        assert all(sum(u * v for u, v in zip(row, (b, *a), strict=True)) >= 0 for row in closed)


@pytest.mark.parametrize(
    "strict, closed, solvable",
    [
        ([(0, 1)], [(0, -1)], False),
        ([], [(0, 1), (0, -1)], True),
        ([(0, 1), (1, -1)], [], True),
        ([(0, 0)], [], False),
        ([], [(0, 0)], True),
        ([], [(-1, 0)], False),
        ([(1, 1)], [(-1, 0)], False),
        ([(1, 0)], [], True),
        ([], [], True),
    ],
)
def test_borders_and_rows_without_variables(strict, closed, solvable):
    assert isinstance(System(1, tuple(strict), tuple(closed)).solve(), Contradiction) != solvable


@pytest.mark.parametrize(
    "strict, closed",
    [((), ((0, -1),)), ((), ((1, 1),)), ((), ((-1, 1),)), ((), ()), (((0, 1),), ()), ((), ((0, 1),)), ((), ((2, 1),))],
)
def test_what_refutes_nothing(strict, closed):
    """Of a system that has solutions: x > 0, and 1 >= 0, x >= 0 and 0 >= 0."""
    system = System(1, ((0, 1),), ((1, 0), (0, 1), (0, 0)))
    assert system.contains(point((1,))) and not system.is_refuted_by(Contradiction(strict, closed))


def test_a_constant_that_is_too_small_is_needed():
    system = System(1, ((0, 1), (0, -1)), ((1, 0), (0, 1), (0, -1)))
    assert system.is_refuted_by(Contradiction(((0, 1), (1, 1)), ()))
    assert system.is_refuted_by(Contradiction(((0, 1),), ((2, 1),)))
    assert not system.is_refuted_by(Contradiction(((0, 1), (1, 1)), ((0, 1),)))  # 1 > 0
    assert not system.is_refuted_by(Contradiction((), ((1, 1), (2, 1))))  # 0 >= 0
    assert not system.is_refuted_by(Contradiction(((0, 1), (1, 2)), ()))


def test_equations_are_two_inequalities():
    assert both_ways([(1, -2)]) == ((1, -2), (-1, 2))


def test_rows_have_the_dimension_of_the_system():
    with pytest.raises(DimensionMismatch, match="3 entries in 1 dimensions"):
        System(1, ((0, 1, 2),))
