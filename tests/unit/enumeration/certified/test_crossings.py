"""Points beyond facets: values err by no more than their bounds, what is found is true, and much is found."""

import random
from itertools import combinations

import numpy as np
import pytest
from conformance.degenerate_networks import KINDS
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from exactgeo import Box, ProgramBuilder, enumerate_regions, relu_network
from exactgeo.arithmetic.rationals import Rational
from exactgeo.complexes.joining.crossings import Crossings
from exactgeo.complexes.kernels import crossings as kernels
from exactgeo.errors import ExactGeoError
from exactgeo.networks.branches import LayeredForms, descend
from exactgeo.polyhedra.polyhedron import SOLVER
from exactgeo.polyhedra.solvers import InteriorPoint
from exactgeo.strategies import domains, programs, relu_networks

FEWER = settings(max_examples=settings().max_examples // 4)


@njit
def _fill(pattern, t, at):
    inputs = len(at.environment) - len(pattern)
    for unit in range(len(pattern)):
        kernels._put_selectors(unit, t, at)
        kernels._put_value(unit, pattern[unit], inputs + unit, t, at)


def _values(program, pattern, point):
    """Return the floats and bounds of the units' values by a pattern's forms at a point, and the exact values."""
    looker = Crossings(program, Box.cube(program.inputs).polyhedron)
    looker._place.environment[1 : 1 + program.inputs] = point
    _fill(np.array(pattern), looker._table, looker._place)
    branch = descend(LayeredForms(program), pattern)[0]
    exact = [form([_exact(x) for x in point]) for form in (branch.environment + branch.chosen)[1 + program.inputs :]]
    place, first = looker._place, 1 + program.inputs
    return place.environment[first:], place.bounds[first:], exact


def _exact(value):
    return Rational(*float(value).as_integer_ratio())


def _coefficient(rng, kind):
    if kind == "floats":
        return _exact(rng.standard_normal())
    number = Rational(int(rng.integers(-9, 10)), int(rng.choice([1, 3, 7, 10])))
    return number * Rational(2) ** int(rng.integers(-150, 150) if kind == "scales" else rng.choice([-320, 0, 300, 320]))


def _network(rng, kind, units=12):
    builder = ProgramBuilder(2)
    for _ in range(units):
        entries = rng.choice(builder.environment_size, size=min(6, builder.environment_size), replace=False)
        form, other = ({int(e): _coefficient(rng, kind) for e in entries} for _ in range(2))
        builder.add_unit([({}, {}), (form, form)] if rng.random() < 0.5 else [(other, form), ({}, other), (form, {})])
    return builder.build([{builder.environment_size - 1: 1}])


@pytest.mark.parametrize("kind", ["floats", "scales", "extremes"])
@pytest.mark.parametrize("seed", range(20))
def test_values_err_by_no_more_than_their_bounds(kind, seed):
    rng = np.random.default_rng([seed, len(kind)])
    program = _network(rng, kind)
    counts = np.diff(program.units.starts)
    for _ in range(5):
        pattern = [int(rng.integers(count)) for count in counts]
        floats, bounds, exact = _values(program, pattern, rng.standard_normal(2))
        for value, bound, truth in zip(floats, bounds, exact, strict=True):
            if np.isfinite(value) and np.isfinite(bound):
                assert abs(_exact(value) - truth) <= _exact(bound)


def test_bounds_are_not_idle():
    """With weights that are floats, a bound is a small part of a value; a third as a weight costs its rounding."""
    rng = np.random.default_rng(3)
    floats, bounds, _ = _values(_network(rng, "floats"), [1] * 12, rng.standard_normal(2))
    assert np.all(bounds <= 2.0**-40 * (1 + abs(floats).max()))
    thirds = relu_network([[[Rational(1, 3)]], [[1]]])
    (value,), (bound,), (exact,) = _values(thirds, [1], [3.0])
    assert exact == 1 and abs(value - 1) <= bound < 2.0**-50


def _neighbours(found):
    """Return pairs of regions whose patterns differ in one unit."""
    pairs = combinations(range(len(found)), 2)
    patterns = found.patterns
    return np.array([(p, q, 0) for p, q in pairs if (patterns[p] != patterns[q]).sum() == 1], dtype=np.int64).reshape(
        -1, 3
    )


def _share_a_facet(found, p, q):
    """Whether p's closure has a facet where its pieces are level with q's."""
    branch, flat_rows = found.forms.root, []
    ours, theirs = (found.regions[k].pattern for k in (p, q))
    rows = list(found.domain.inequalities)
    for piece, other in zip(ours, theirs, strict=True):
        branch = branch.entered()
        for rival, row in branch.unit.comparisons(piece):
            (flat_rows if rival == other != piece else rows).append(row)
        branch = branch.choose(piece)
    (row,) = set(flat_rows)
    others = [other for other in rows if any(other) and other != row]
    return isinstance(SOLVER.strict_feasibility(found.program.inputs, others, (row,)), InteriorPoint)


def _found(found):
    pairs = _neighbours(found)
    looker = Crossings(found.program, found.domain)
    return pairs, looker.found(pairs, found.patterns[:], found.regions.witnesses)


def _demand_truth(program, domain):
    found = enumerate_regions(program, domain, engine="certified")
    pairs, sure = _found(found)
    assert all(_share_a_facet(found, p, q) for p, q, _ in pairs[sure].tolist())
    return len(pairs), int(sure.sum())


@FEWER
@given(st.data())
def test_what_is_found_is_a_facet(data):
    program = data.draw(relu_networks(max_inputs=3, max_units=8) | programs(max_inputs=2, max_units=5))
    _demand_truth(program, data.draw(domains(program.inputs)))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_what_is_found_in_degenerate_networks_is_a_facet(kind):
    _demand_truth(*kind(random.Random(f"{kind.__name__} 3")))


def test_much_is_found():
    """In a network of one layer, every two regions that differ in a unit share a facet."""
    rng = np.random.default_rng(0)
    weights = [rng.standard_normal((12, 2)).astype(np.float32), np.ones((1, 12), dtype=np.float32)]
    program = relu_network(weights, [rng.standard_normal(12).astype(np.float32), np.zeros(1, dtype=np.float32)])
    pairs, sure = _demand_truth(program, Box.cube(2))
    assert pairs > 50 and sure >= 0.9 * pairs


def test_cells_that_only_look_like_neighbours_are_not_joined():
    """Where relu(|x| - 1) is active, x > 1 and x < -1 differ in the sign of x only, and are two apart."""
    builder = ProgramBuilder(1)
    size = builder.add_unit([({1: 1}, {1: 1}), ({1: -1}, {1: -1})])
    builder.add_unit([({}, {}), ({0: -1, size: 1}, {0: -1, size: 1})])
    found = enumerate_regions(builder.build([{size + 1: 1}]), Box.cube(1, radius=3), engine="certified")
    pairs, sure = _found(found)
    ours = [(found.regions[p].pattern, found.regions[q].pattern) for p, q, _ in pairs[sure].tolist()]
    assert ((0, 0), (1, 0)) in ours and ((0, 1), (1, 1)) not in ours


def test_a_lost_witness_or_weight_finds_nothing():
    program = relu_network([[[1], [1]], [[1, 1]]], [[0, "1/2"], [0]])
    found = enumerate_regions(program, Box.cube(1), engine="certified")
    pairs = _neighbours(found)
    lost = np.full_like(found.regions.witnesses, np.nan)
    assert not Crossings(program, found.domain).found(pairs, found.patterns[:], lost).any()
    beyond = relu_network([[[2**400], [1]], [[1, 1]]], [[0, "1/2"], [0]])
    looker = Crossings(beyond, found.domain)
    assert not looker.found(pairs, found.patterns[:], found.regions.witnesses).any()


def test_floats_that_round_otherwise_find_nothing(monkeypatch):
    def refuse():
        raise ExactGeoError("rounded otherwise")

    program = relu_network([[[1], [1]], [[1, 1]]], [[0, "1/2"], [0]])
    found = enumerate_regions(program, Box.cube(1), engine="certified")
    looker, pairs = Crossings(program, found.domain), _neighbours(found)
    assert looker.found(pairs, found.patterns[:], found.regions.witnesses).any()
    monkeypatch.setattr("exactgeo.complexes.joining.crossings.demand_ieee_floats", refuse)
    assert not looker.found(pairs, found.patterns[:], found.regions.witnesses).any()
    made_there = Crossings(program, found.domain)
    monkeypatch.undo()
    assert not made_there.found(pairs, found.patterns[:], found.regions.witnesses).any()
