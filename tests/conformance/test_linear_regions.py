"""Affine pieces and linear regions against the slow oracle: networks of all kinds, collisions, large classes."""

import random

import pytest
from conformance.degenerate_networks import KINDS
from hypothesis import given, note, settings
from hypothesis import strategies as st
from oracles.linear_regions import affine_pieces_by_maps, linear_regions_by_facets

from exactgeo import (
    affine_pieces,
    count_affine_pieces,
    count_linear_regions,
    enumerate_regions,
    gated_network,
    linear_regions,
    relu_network,
)
from exactgeo.complexes import joining, pieces
from exactgeo.strategies import domains, programs, relu_networks

FEWER = settings(max_examples=settings().max_examples // 4)
ENGINE = st.sampled_from(("certified", "reference"))

EACH_KIND = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)


@st.composite
def _questions(draw, networks):
    program = draw(networks)
    return program, draw(domains(program.inputs)), draw(ENGINE)


@st.composite
def _blind(draw, networks=relu_networks(max_inputs=3, max_units=7) | programs(max_inputs=2, max_units=5)):
    """Draw a network that hardly shows its units: its regions share few affine maps."""
    program = draw(networks)
    entries = st.integers(0, program.environment_size - 1)
    outputs = draw(st.lists(st.dictionaries(entries, st.sampled_from((1, -1)), max_size=1), min_size=1, max_size=2))
    return _with_outputs(program, outputs)


def _with_outputs(program, outputs):
    from exactgeo import ProgramBuilder
    from exactgeo.networks.forms import SparseForms

    builder = ProgramBuilder(program.inputs)
    builder.add_program(program, SparseForms.variables(range(1, program.inputs + 1)))
    return builder.build(outputs)


ANY_PROGRAM = relu_networks(max_inputs=3, max_units=7) | programs(max_inputs=2, max_units=5) | _blind()


def _demand_the_same(program, domain, engine="certified"):
    found = enumerate_regions(program, domain, engine=engine)
    expected = affine_pieces_by_maps(found)
    assert {key: [r.pattern for r in regions] for key, regions in affine_pieces(found).items()} == expected
    assert count_affine_pieces(found) == len(expected)
    linear = linear_regions(found)
    assert {frozenset(r.pattern for r in part.regions) for part in linear} == linear_regions_by_facets(found)
    assert count_linear_regions(found) == len(linear)


@given(_questions(ANY_PROGRAM))
def test_pieces_and_linear_regions_are_those_of_the_slow_oracle(question):
    note(question[0].text)
    _demand_the_same(*question)


@EACH_KIND
def test_on_degenerate_networks_too(kind):
    program, domain = kind(random.Random(f"{kind.__name__} 0"))
    _demand_the_same(_with_outputs(program, [{program.inputs + 1: 1}]), domain)
