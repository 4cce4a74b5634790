"""Nothing is concluded from what floats propose of a linear program: an adversary may propose in their place.

The kernels that decide whether to believe are run as Python; what they ask for proposals is replaced. The kernels that
prove are the compiled ones.
"""

import math
import random

import numpy as np
import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st
from numba.core.registry import CPUDispatcher
from unit.enumeration.certified.adversaries import Adversary, Optimist, Pessimist
from unit.enumeration.certified.searching import found, polyhedron_of

from exactgeo import Box, relu_network
from exactgeo.enumeration import reference
from exactgeo.enumeration.certified.programs.kernels import choices
from exactgeo.enumeration.certified.programs.kernels.proposals import bases, pricing, simplex
from exactgeo.networks.branches import LayeredForms
from exactgeo.strategies import domains, programs, relu_networks

FEWER = settings(max_examples=settings().max_examples // 3)
DECIDING = ("choose", "decide", "decide_plainly", "_judge", "_decide", "_proved")


@st.composite
def _questions(draw):
    sizes = {"max_inputs": 4, "max_units": 6}
    program = draw(relu_networks(**sizes) | programs(**sizes))
    return program, polyhedron_of(draw(domains(program.inputs)))


def _asked_instead(monkeypatch, adversary):
    for name in DECIDING:
        monkeypatch.setattr(choices, name, getattr(choices, name).py_func)
    monkeypatch.setattr(choices, "maximise", adversary.maximise)


@pytest.mark.parametrize("kind", [Adversary, Optimist, Pessimist])
@FEWER
@given(question=_questions(), seed=st.integers(0, 2**32))
def test_whatever_is_proposed_the_regions_are_the_same(kind, question, seed):
    program, domain = question
    note(program.text)
    expected = [cell.branch.pattern for cell in reference.walk(LayeredForms(program), domain.inequalities)]
    adversary = kind(seed)
    with pytest.MonkeyPatch.context() as patch:
        _asked_instead(patch, adversary)
        assert found(program, domain) == expected


def test_the_adversary_is_asked_and_belief_would_be_noticed(monkeypatch):
    """Were a proposal believed without its proof, the answer would be another."""
    source = random.Random(4)
    weights = [[[source.randint(-9, 9) for _ in range(width)] for _ in range(4)] for width in (2, 4)]
    program = relu_network([*weights, [[1] * 4]], [[source.randint(-5, 5) for _ in range(4)]] * 2 + [[0]])
    domain = Box.cube(2).polyhedron
    expected = found(program, domain)
    for kind, belief in ((Optimist, choices.ELSEWHERE), (Pessimist, choices.EMPTY)):
        adversary = kind(1)
        with monkeypatch.context() as patch:
            _asked_instead(patch, adversary)
            assert found(program, domain) == expected
            assert adversary.asked > 5
            patch.setattr(choices, "_proved", lambda *_, belief=belief: belief)
            with pytest.raises(AssertionError):
                assert found(program, domain) == expected


PROPOSING = (bases, pricing, simplex)


def _with_numbers(patch, value):
    """Have the proposing kernels run as Python, with one value for all their numbers."""
    for module in PROPOSING:
        for name, known in list(vars(module).items()):
            if isinstance(known, CPUDispatcher):
                patch.setattr(module, name, known.py_func)
            elif isinstance(known, float):
                patch.setattr(module, name, value)
    for name in DECIDING:
        patch.setattr(choices, name, getattr(choices, name).py_func)
    for name in ("maximise", "begin_basis"):
        patch.setattr(choices, name, getattr(simplex, name))


@pytest.mark.parametrize("value", [0.0, 1e-3, 1.0, 1e300, math.inf, -1.0, math.nan])
@settings(max_examples=settings().max_examples // 10)
@given(question=_questions())
def test_whatever_the_numbers_of_the_proposals_are_the_regions_are_the_same(value, question):
    program, domain = question
    note(program.text)
    expected = [cell.branch.pattern for cell in reference.walk(LayeredForms(program), domain.inequalities)]
    with pytest.MonkeyPatch.context() as patch, np.errstate(all="ignore"):
        _with_numbers(patch, value)
        assert found(program, domain) == expected


def test_the_numbers_are_found():
    numbers = [name for module in PROPOSING for name, known in vars(module).items() if isinstance(known, float)]
    assert {"_SURE", "FEASIBLE", "_SMALL", "_CLEARLY", "_ENOUGH", "_PIVOT", "_TILT"} <= set(numbers)
