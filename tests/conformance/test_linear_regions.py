"""Affine pieces and linear regions against the slow oracle: networks of all kinds, collisions, every way to join."""

import random

import numpy as np
import pytest
from conformance.degenerate_networks import KINDS
from hypothesis import given, note, settings
from hypothesis import strategies as st
from oracles.linear_regions import affine_pieces_by_maps, linear_regions_by_facets

from exactgeo import (
    ProgramBuilder,
    affine_pieces,
    count_affine_pieces,
    count_linear_regions,
    enumerate_regions,
    linear_regions,
)
from exactgeo.complexes.fingerprints import maps
from exactgeo.complexes.joining import asking, bundles, known_cells, regions, simple_cells
from exactgeo.complexes.joining.crossings import Crossings
from exactgeo.networks.forms import SparseForms
from exactgeo.strategies import domains, programs, relu_networks

FEWER = settings(max_examples=settings().max_examples // 4)
ENGINE = st.sampled_from(("certified", "reference"))

EACH_KIND = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)


@st.composite
def _questions(draw, networks):
    program = draw(networks)
    return program, draw(domains(program.inputs)), draw(ENGINE)


@st.composite
def _blind(draw, networks):
    """Draw a network that hardly shows its units: its regions share few affine maps."""
    program = draw(networks)
    entries = st.integers(0, program.environment_size - 1)
    forms = st.dictionaries(entries, st.sampled_from((1, -1)), max_size=1)
    return _with_outputs(program, draw(st.lists(forms, min_size=1, max_size=2)))


@st.composite
def _rectified(draw, networks):
    """Draw a network whose outputs are rectified: where they are negative, its regions have one map."""
    program = draw(networks)
    builder = ProgramBuilder(program.inputs)
    outputs = builder.add_program(program, SparseForms.variables(np.arange(1, program.inputs + 1)))
    return builder.build(SparseForms.variables(builder.add_relus(outputs)))


def _with_outputs(program, outputs):
    builder = ProgramBuilder(program.inputs)
    builder.add_program(program, SparseForms.variables(np.arange(1, program.inputs + 1)))
    return builder.build(outputs)


CONTINUOUS = relu_networks(max_inputs=3, max_units=7)
GENERAL = programs(max_inputs=2, max_units=5)
ANY_PROGRAM = CONTINUOUS | GENERAL | _blind(CONTINUOUS) | _blind(GENERAL) | _rectified(CONTINUOUS) | _rectified(GENERAL)
JOINED = _blind(CONTINUOUS) | _blind(GENERAL) | _rectified(CONTINUOUS)


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
    _demand_the_same(program, domain)
    _demand_the_same(_with_outputs(program, [{program.inputs + 1: 1}]), domain)


@pytest.mark.parametrize("below", [12, 20, 100])
@FEWER
@given(question=_questions(ANY_PROGRAM))
def test_a_small_modulus_makes_collisions_and_no_errors(below, question):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(maps, "FIRST_MODULUS_BELOW", below)
        _demand_the_same(*question)


@pytest.mark.parametrize("at_once", [1, 2])
@FEWER
@given(question=_questions(JOINED))
def test_the_work_may_be_cut_anywhere(at_once, question):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(maps, "_AT_ONCE", at_once)
        patch.setattr(maps, "_MOST_RESIDUES", at_once)
        patch.setattr(known_cells, "_AT_ONCE", at_once)
        patch.setattr(simple_cells, "_AT_ONCE", at_once)
        _demand_the_same(*question)


def _none(_crossings, pairs, _patterns, _points):
    return np.zeros(len(pairs), dtype=np.bool_)


def _nothing(_cells):
    """Leave all to what comes after."""


WITHOUT = {
    "floats": [(Crossings, "found", _none)],
    "witnesses": [(regions, "join_by_witnesses", _nothing)],
    "free flips": [(regions, "join_by_free_flips", _nothing)],
    "flips": [(regions, "join_by_free_flips", _nothing), (regions, "join_by_witnesses", _nothing)],
    "combinations": [
        (regions, "join_by_free_flips", _nothing),
        (regions, "join_by_witnesses", _nothing),
        (asking, "_MOST_COMBINATIONS", 0),
    ],
    "pairs of pieces": [(bundles, "_MOST_PIECES", 2)],
    "residues": [(asking, "are_simple", lambda _, patterns, __: np.zeros(len(patterns), dtype=np.bool_))],
}


@pytest.mark.parametrize("changes", WITHOUT.values(), ids=WITHOUT.keys())
@FEWER
@given(question=_questions(JOINED))
def test_each_way_to_join_leaves_the_same_to_the_others(changes, question):
    with pytest.MonkeyPatch.context() as patch:
        for owner, name, value in changes:
            patch.setattr(owner, name, value)
        _demand_the_same(*question)


@FEWER
@given(_questions(JOINED))
def test_equal_keys_of_different_patterns_do_no_harm(question):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(known_cells, "words_of", lambda pieces: np.zeros(pieces, dtype=np.int64))
        _demand_the_same(*question)
