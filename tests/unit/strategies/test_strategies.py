"""The strategies keep their promises, and reach the degenerate cases that they are made for."""

import sys
from fractions import Fraction

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st
from oracles.simplex import strictly_feasible
from oracles.translation import plain_program, plain_rows

from exactgeo import Box, Polyhedron, Program, enumerate_regions
from exactgeo.arithmetic.rationals import Rational
from exactgeo.errors import MissingDependency
from exactgeo.networks.units import Unit
from exactgeo.strategies import domains, points, programs, rationals, relu_networks, weights

FEWER = settings(max_examples=settings().max_examples // 4)
MANY = settings(max_examples=4000, database=None, derandomize=True, phases=[Phase.generate])


@given(rationals(max_numerator=5))
def test_rationals_are_exact_and_small(value):
    assert isinstance(value, Rational) and abs(value) <= 5 and value.denominator <= 16


@given(st.integers(0, 4).flatmap(lambda n: st.tuples(st.just(n), points(n))))
def test_points_have_as_many_coordinates_as_asked(question):
    dimension, x = question
    assert len(x) == dimension and all(isinstance(value, Rational) for value in x)


@given(weights().flatmap(lambda numbers: st.lists(numbers, max_size=5)))
def test_weights_are_exact(values):
    assert all(isinstance(value, Rational) for value in values)


@FEWER
@given(relu_networks(min_inputs=2, max_inputs=3, max_units=5, max_depth=2, max_outputs=2))
def test_relu_networks_keep_within_their_limits_and_consist_of_relus(program):
    assert isinstance(program, Program) and program.inputs in (2, 3)
    assert 1 <= program.unit_count <= 5 and 1 <= program.output_count <= 2 and len(program.layers) <= 2
    assert all(_is_relu(program.unit(k)) for k in range(program.unit_count))


def _is_relu(unit):
    return (
        isinstance(unit, Unit)
        and [(p.selector == p.value) for p in unit.pieces] == [True] * 2
        and not unit.pieces[0].value
    )


@FEWER
@given(programs(min_inputs=2, max_inputs=3, max_units=4, max_pieces=3, max_outputs=2))
def test_programs_keep_within_their_limits(program):
    assert program.inputs in (2, 3) and program.unit_count <= 4 and 1 <= program.output_count <= 2
    assert all(2 <= len(program.unit(k).pieces) <= 3 for k in range(program.unit_count))


@FEWER
@given(programs() | relu_networks())
def test_programs_are_valid_for_the_oracle(program):
    assert plain_program(program).inputs == program.inputs


@given(st.integers(1, 4).flatmap(lambda n: st.tuples(st.just(n), domains(n))))
def test_domains_are_full_dimensional(question):
    dimension, domain = question
    assert domain.dimension == dimension
    assert strictly_feasible(plain_rows(domain), (), dimension) is not None


@given(st.integers(1, 3).flatmap(lambda n: domains(n, bounded=True)))
def test_bounded_domains_are_boxes_without_missing_ends(domain):
    assert isinstance(domain, Box) and None not in (*domain.lower, *domain.upper)


DOMAINS = {
    "a cube": lambda domain: (
        isinstance(domain, Box) and len(set(domain.lower)) == 1 and domain.lower[0] == -domain.upper[0]
    ),
    "a box that is no cube": lambda domain: isinstance(domain, Box) and len(set(domain.upper)) > 1,
    "all of space": lambda domain: domain == Polyhedron(2),
    "a cone at the origin": lambda domain: isinstance(domain, Polyhedron) and _rows(domain, 2) and _homogeneous(domain),
    "a cone elsewhere": lambda domain: isinstance(domain, Polyhedron) and _rows(domain, 2) and not _homogeneous(domain),
    "a half-plane": lambda domain: isinstance(domain, Polyhedron) and _rows(domain, 1),
    "many half-planes": lambda domain: isinstance(domain, Polyhedron) and _rows(domain, 4),
}


def _rows(domain, count):
    return len(domain.inequalities) == count


def _homogeneous(domain):
    return not any(row[0] for row in domain.inequalities)


@pytest.mark.parametrize("wanted", DOMAINS.values(), ids=DOMAINS.keys())
def test_every_kind_of_domain_is_reached(wanted):
    assert wanted(find(domains(2), wanted, settings=MANY))


def _forms(program):
    return [dict(program.unit(k).pieces[1].selector) for k in range(program.unit_count)]


def _parallel(a, b):
    linear = [{k: v for k, v in form.items() if k} for form in (a, b)]
    if not linear[0] or linear[0].keys() != linear[1].keys():
        return False
    return len({linear[0][k] / linear[1][k] for k in linear[0]}) == 1


NETWORKS = {
    "a dead neuron": lambda program: any(not {k for k in form if k} for form in _forms(program)),
    "two equal neurons": lambda program: any(a == b for a, b in _pairs(_forms(program))),
    "parallel neurons": lambda program: any(a != b and _parallel(a, b) for a, b in _pairs(_forms(program))),
    "opposite neurons": lambda program: any(a == {k: -v for k, v in b.items()} for a, b in _pairs(_forms(program))),
    "no biases": lambda program: program.unit_count > 2 and not any(0 in form for form in _forms(program)),
    "three layers": lambda program: len(program.layers) == 3,
    "a weight of many bits": lambda program: any(
        v.denominator > 2**20 for form in _forms(program) for v in form.values()
    ),
}


def _pairs(items):
    return [(items[i], items[k]) for i in range(len(items)) for k in range(i) if items[i]]


@pytest.mark.parametrize("wanted", NETWORKS.values(), ids=NETWORKS.keys())
def test_every_kind_of_degenerate_relu_network_is_reached(wanted):
    assert wanted(find(relu_networks(max_inputs=2, max_units=4), wanted, settings=MANY))


def _all_units(program):
    return [program.unit(k) for k in range(program.unit_count)]


def _has_equal_selectors(unit):
    selectors = [dict(piece.selector) for piece in unit.pieces]
    return any(selectors[i] == selectors[k] for i in range(len(selectors)) for k in range(i))


def _has_flat_unit(program):
    found = enumerate_regions(program, Polyhedron(program.inputs))
    return any(found.flat_units(region) for region in found)


PROGRAMS = {
    "no units": lambda program: program.unit_count == 0,
    "discontinuous": lambda program: not program.is_continuous,
    "continuous with a unit": lambda program: program.is_continuous and program.unit_count > 0,
    "a unit with equal selectors": lambda program: any(_has_equal_selectors(u) for u in _all_units(program)),
    "a unit of four pieces": lambda program: any(len(unit.pieces) == 4 for unit in _all_units(program)),
    "a zero output": lambda program: any(not program.outputs.row(k) for k in range(program.output_count)),
    "units on units": lambda program: len(program.layers) > 2,
    "a flat unit in some region": _has_flat_unit,
}


@pytest.mark.parametrize("wanted", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_every_kind_of_program_is_reached(wanted):
    assert wanted(find(programs(max_inputs=2, max_units=4), wanted, settings=MANY))


def test_without_hypothesis_the_strategies_say_what_to_install(monkeypatch):
    for name in [name for name in sys.modules if name.startswith("exactgeo.strategies")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    with pytest.raises(MissingDependency, match="pip install hypothesis"):
        __import__("exactgeo.strategies")


def test_subnormal_float32_weights_are_reached():
    tiny = find(
        weights().flatmap(lambda numbers: st.lists(numbers, min_size=1, max_size=1)),
        lambda values: 0 < abs(values[0]) < Fraction(1, 2**126),
        settings=MANY,
    )
    assert tiny[0].denominator >= 2**127
