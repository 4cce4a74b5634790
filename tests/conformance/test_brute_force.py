"""The engines against brute force over all patterns, by an exact simplex that shares no code with them."""

import pytest
from hypothesis import given, note
from hypothesis import strategies as st
from oracles.brute_force import brute_force_counts, brute_force_patterns
from oracles.translation import plain_program, plain_rows

import exactgeo as eg
from exactgeo.enumeration import ENGINES
from exactgeo.strategies import domains, programs, relu_networks

EXACT = [name for name in ENGINES if name != "float"]
ANY_NETWORK = relu_networks(max_inputs=4, max_units=10) | programs(max_inputs=4)


@st.composite
def _questions(draw, networks):
    program = draw(networks)
    return program, draw(domains(program.inputs))


@given(_questions(ANY_NETWORK))
def test_patterns_are_those_of_brute_force(question):
    program, domain = question
    note(program.text)
    expected = sorted(brute_force_patterns(plain_program(program), plain_rows(domain), prune=program.unit_count > 8))
    for engine in EXACT:
        assert [region.pattern for region in eg.enumerate_regions(program, domain, engine=engine)] == expected, engine


@given(_questions(relu_networks(max_inputs=3, max_units=6) | programs(max_inputs=3, max_units=4)))
def test_counts_are_those_of_brute_force(question):
    program, domain = question
    arrangement = eg.enumerate_regions(program, domain)
    note(program.text)
    counts = (len(arrangement), len(eg.linear_regions(arrangement)), len(eg.affine_pieces(arrangement)))
    assert counts == brute_force_counts(plain_program(program), plain_rows(domain), prune=True)


@pytest.mark.nightly
@given(_questions(ANY_NETWORK))
def test_counts_of_larger_networks_are_those_of_brute_force(question):
    program, domain = question
    arrangement = eg.enumerate_regions(program, domain)
    counts = (len(arrangement), len(eg.linear_regions(arrangement)), len(eg.affine_pieces(arrangement)))
    assert counts == brute_force_counts(plain_program(program), plain_rows(domain), prune=True)
