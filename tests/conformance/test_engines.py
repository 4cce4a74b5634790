"""The certified engine against the reference engine: the same patterns, in the same order, and true witnesses."""

import random

import pytest
from conformance.degenerate_networks import KINDS, without_biases_of
from hypothesis import given, note, settings
from hypothesis import strategies as st
from unit.enumeration.certified.watching import every_step_watched, memory_guarded

from exactgeo import Box, enumerate_regions, evaluate
from exactgeo.enumeration.certified.vertices import walks
from exactgeo.strategies import domains, programs, relu_networks

FEWER = settings(max_examples=settings().max_examples // 4)
TINY = {"vertices": 8, "frames": 2, "path": 16, "lists": 4, "results": 2}

EACH_KIND = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)


@st.composite
def _questions(draw, networks):
    program = draw(networks)
    return program, draw(domains(program.inputs))


ANY_QUESTION = _questions(relu_networks(max_inputs=4, max_units=10) | programs(max_inputs=4, max_pieces=6))


def _demand_the_same(program, domain):
    expected = [region.pattern for region in enumerate_regions(program, domain, engine="reference")]
    found = enumerate_regions(program, domain, engine="certified")
    inside = domain.polyhedron if isinstance(domain, Box) else domain
    assert [region.pattern for region in found] == expected
    for region in found:
        assert inside.contains_inside(region.witness)
        assert found.cell(region).contains_inside(region.witness)
        assert evaluate(program, region.witness).pattern == region.pattern


@given(ANY_QUESTION)
def test_the_engines_agree(question):
    note(question[0].text)
    _demand_the_same(*question)


@FEWER
@given(_questions(relu_networks(min_inputs=5, max_inputs=6, max_units=8)))
def test_the_engines_agree_in_five_and_six_dimensions(question):
    note(question[0].text)
    _demand_the_same(*question)


@pytest.mark.nightly
@settings(max_examples=50_000)
@given(ANY_QUESTION)
def test_the_engines_agree_on_many_networks(question):
    note(question[0].text)
    expected = [region.pattern for region in enumerate_regions(*question, engine="reference")]
    assert [region.pattern for region in enumerate_regions(*question, engine="certified")] == expected


@FEWER
@given(ANY_QUESTION)
def test_the_engines_agree_with_hardly_any_memory_and_write_nowhere_else(question):
    note(question[0].text)
    with pytest.MonkeyPatch.context() as patch, memory_guarded(patch):
        patch.setattr(walks, "_CAPACITIES", TINY)
        patch.setattr(walks, "_LISTS_OF_A_LAYER", 0)
        _demand_the_same(*question)


@FEWER
@given(ANY_QUESTION)
def test_vertices_and_forms_are_within_their_bounds(question):
    note(question[0].text)
    with pytest.MonkeyPatch.context() as patch, every_step_watched(patch):
        enumerate_regions(*question, engine="certified")


@EACH_KIND
@pytest.mark.parametrize("seed", range(2))
def test_the_engines_agree_on_degenerate_networks(kind, seed):
    _demand_the_same(*kind(random.Random(f"{kind.__name__} {seed}")))


@EACH_KIND
def test_bounds_hold_on_degenerate_networks(kind, monkeypatch):
    question = kind(random.Random(f"{kind.__name__} 2"))
    with every_step_watched(monkeypatch):
        enumerate_regions(*question, engine="certified")


@pytest.mark.nightly
@EACH_KIND
@pytest.mark.parametrize("seed", range(3, 23))
def test_the_engines_agree_on_more_degenerate_networks(kind, seed):
    _demand_the_same(*kind(random.Random(f"{kind.__name__} {seed}")))


@pytest.mark.nightly
@pytest.mark.parametrize("widths", [(2, 16, 16), (3, 12, 8), (4, 8, 8), (6, 8, 8)])
@pytest.mark.parametrize("seed", range(20))
def test_the_engines_agree_on_larger_networks_without_biases(widths, seed):
    _demand_the_same(*without_biases_of(widths, random.Random(f"{widths} {seed}")))


@EACH_KIND
def test_the_same_question_has_the_same_answer_whatever_the_memory(kind, monkeypatch):
    question = kind(random.Random(f"{kind.__name__} 0"))
    plenty = enumerate_regions(*question, engine="certified").regions
    monkeypatch.setattr(walks, "_CAPACITIES", TINY)
    monkeypatch.setattr(walks, "_LISTS_OF_A_LAYER", 0)
    monkeypatch.setattr(walks, "_REST", 1)
    with memory_guarded(monkeypatch):
        assert enumerate_regions(*question, engine="certified").regions == plenty
