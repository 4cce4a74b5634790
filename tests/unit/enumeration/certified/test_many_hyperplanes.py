"""Cells with more hyperplanes than the kernels have slots for: linear programs decide, and nothing is lost."""

from fractions import Fraction

import pytest

from exactgeo import Arrangement, Box, Budget, PartialArrangement, Polyhedron, ProgramBuilder, enumerate_regions
from exactgeo.enumeration.certified.vertices import walks

CORNERS = 12


def _tangent(place):
    """Return a row that is positive on the side of the unit circle's centre of a tangent, for a place from -1 to 1."""
    height = Fraction(round(400 * place / (Fraction(101, 100) - abs(place))), 100)
    square = height * height
    return (1 + square, square - 1, -2 * height)


POLYGON = Polyhedron(2, (*[_tangent(Fraction(k, 30)) for k in range(-27, 28)], (40, 1, 0), (40, 0, 1), (40, 0, -1)))
CUTS = [_tangent(Fraction(2 * k + 1, 60)) for k in range(-6, CORNERS - 6)]


def _one_by_one():
    builder = ProgramBuilder(2)
    for row in CUTS:
        form = dict(enumerate(row))
        builder.add_unit([({}, {}), (form, form)])
    return builder


def _all_at_once():
    builder = ProgramBuilder(2)
    first = builder.add_unit([({}, {}), ({0: -79, 1: -3, 2: 2}, {0: 1})])
    cuts = [({entry: -value for entry, value in enumerate(row)}, {1: 1}) for row in CUTS]
    last = builder.add_unit([*cuts[4:], ({}, {}), *cuts[:4]])
    builder.add_unit([({}, {}), ({1: 1, 2: 1, first: Fraction(1, 3)}, {})])
    builder.add_unit([({}, {}), ({last: 1, 2: 3}, {})])
    return builder


def _after_others():
    """Cut off the right, and cut that again; cut off the left; then cut many corners of what is between, all at once.

    Where the last unit is decided, the stack has held another cell, with hyperplanes that are not this one's.
    """
    builder = ProgramBuilder(2)
    for form in ({0: Fraction(9, 10), 1: -1}, {0: Fraction(-19, 20), 1: 1}, {0: Fraction(-99, 100), 1: -1}):
        builder.add_unit([({}, {}), (form, form)])
    rows = [_tangent(sign * Fraction(2 * k + 1, 60)) for sign in (1, -1) for k in range(3, 13)]
    cuts = [({entry: -value for entry, value in enumerate(row)}, {1: 1}) for row in rows]
    builder.add_unit([({}, {}), *cuts])
    return builder


def _corner(k):
    (c, a, b), (f, d, e) = _tangent(Fraction(k, 30)), _tangent(Fraction(k + 1, 30))
    return (b * f - c * e) / (a * e - b * d), (c * d - a * f) / (a * e - b * d)


def _through_corners():
    """Cut corners until there is no slot left, and then through two other corners: floats do not decide the signs."""
    builder = ProgramBuilder(2)
    (p, q), (r, s) = _corner(20), _corner(-17)
    for row in (*CUTS[:9], (q * r - p * s, s - q, p - r), *CUTS[9:]):
        form = {entry: -value for entry, value in enumerate(row)}
        builder.add_unit([({}, {}), (form, form)])
    return builder


MADE = (_one_by_one, _all_at_once, _after_others, _through_corners)
PROGRAMS = pytest.mark.parametrize("program", [made().build([{3: 1}]) for made in MADE])


@pytest.fixture
def asked(monkeypatch):
    """How often linear programs were asked."""
    calls = []
    by_programs = walks.Walker._by_programs
    monkeypatch.setattr(walks.Walker, "_by_programs", lambda walk: calls.append(walk) or by_programs(walk))
    return calls


@PROGRAMS
def test_all_regions_are_found(program, asked):
    told = []
    whole = enumerate_regions(program, POLYGON, engine="certified", on_progress=told.append)
    assert asked
    expected = [region.pattern for region in enumerate_regions(program, POLYGON, engine="reference")]
    assert [region.pattern for region in whole] == expected
    assert told[-1].fraction == pytest.approx(1)


@PROGRAMS
@pytest.mark.parametrize("steps", [1, 2**14])
def test_a_budget_leaves_prefixes_of_all_others(program, steps, monkeypatch, asked):
    monkeypatch.setattr(walks, "_REST", steps)
    whole = [region.pattern for region in enumerate_regions(program, POLYGON, engine="reference")]
    for limit in range(len(whole)):
        partial = enumerate_regions(program, POLYGON, engine="certified", budget=Budget(max_regions=limit))
        assert isinstance(partial, PartialArrangement)
        assert [region.pattern for region in partial] == whole[:limit]
        for pattern in whole[limit:]:
            assert sum(pattern[: len(prefix)] == prefix for prefix in partial.unexplored) == 1
        for prefix in partial.unexplored:
            assert any(pattern[: len(prefix)] == prefix for pattern in whole[limit:])
    assert asked


def test_a_limit_that_is_just_enough_is_no_limit(asked):
    program = _one_by_one().build([{3: 1}])
    whole = enumerate_regions(program, POLYGON, engine="certified")
    assert isinstance(
        enumerate_regions(program, POLYGON, engine="certified", budget=Budget(max_regions=len(whole))), Arrangement
    )
    assert asked and len(enumerate_regions(program, Box.cube(2, radius=30), engine="certified")) > len(whole)


@pytest.mark.parametrize("most", [0, 1])
def test_rows_of_too_many_units_are_left_to_linear_programs(most, monkeypatch):
    """The second layer's row uses two units: the bounds are proved for a limited number of them."""
    walks_begun = []
    begin = walks.Walker.begin
    monkeypatch.setattr(walks.Walker, "begin", lambda walk, *cell: walks_begun.append(cell) or begin(walk, *cell))
    builder = ProgramBuilder(2)
    units = [builder.add_unit([({}, {}), ({k: 1}, {k: 1})]) for k in (1, 2)]
    builder.add_unit([({}, {}), ({0: -1, units[0]: 1, units[1]: 1}, {})])
    program = builder.build([{1: 1}])
    patterns = [region.pattern for region in enumerate_regions(program, Box.cube(2), engine="certified")]
    assert len(walks_begun) == 1
    monkeypatch.setattr(walks, "_MOST_SUMMANDS", most)
    found = enumerate_regions(program, Box.cube(2), engine="certified")
    assert len(walks_begun) == 1
    assert [region.pattern for region in found] == patterns
    assert patterns == [(0, 0, 0), (0, 1, 0), (1, 0, 0), (1, 1, 0), (1, 1, 1)]
