"""Nothing is concluded from what floats propose of a linear program: an adversary may propose in their place.

The kernels that decide whether to believe are run as Python; what they ask for proposals is replaced. The kernels that
prove are the compiled ones.
"""

import math
import random

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st
from unit.enumeration.certified.searching import found, polyhedron_of

from exactgeo import Box, relu_network
from exactgeo.enumeration import reference
from exactgeo.enumeration.certified.kernels import choices
from exactgeo.enumeration.certified.kernels.proposals.simplex import NEGATIVE, OPTIMAL, STUCK
from exactgeo.networks.branches import LayeredForms
from exactgeo.strategies import domains, programs, relu_networks

FEWER = settings(max_examples=settings().max_examples // 3)
STRANGE = [math.nan, math.inf, -math.inf, 0.0, -0.0, 5e-324, 1e-13, -1e-13, 1e-6, 1e-9, 1.0, -1.0, 1e300, -1e300]
DECIDING = ("choose", "decide", "decide_plainly", "_judge", "_decide", "_proved")


@st.composite
def _questions(draw):
    sizes = {"max_inputs": 4, "max_units": 6}
    program = draw(relu_networks(**sizes) | programs(**sizes))
    return program, polyhedron_of(draw(domains(program.inputs)))


class Adversary:
    """Proposes anything that has the form of a proposal.

    Attributes:
        asked: how often it was asked.
    """

    def __init__(self, seed):
        self._chance = random.Random(seed)
        self.asked = 0

    def maximise(self, count, _rows, basis, s, _how):
        self.asked += 1
        self._put_basis(count, len(s.position), basis)
        for array, size in ((s.multipliers, count), (s.position, len(s.position)), (s.rows_at, count)):
            array[:size] = [self._number() for _ in range(size)]
        return self._chance.choice([OPTIMAL, NEGATIVE, STUCK]), self._number(), 1

    def _put_basis(self, count, inputs, basis):
        size = self._chance.randint(1, len(basis.rows) - 1)
        basis.size[0] = size
        basis.rows[:size] = [self._chance.randrange(count) for _ in range(size)]
        basis.columns[: size - 1] = [self._chance.randrange(inputs) for _ in range(size - 1)]

    def _number(self):
        return self._chance.choice([*STRANGE, self._chance.uniform(-1, 1), self._chance.uniform(0, 1)])


class Optimist(Adversary):
    """Says of all rows that they are positive somewhere, and shows some point or other."""

    def maximise(self, count, _rows, basis, s, _how):
        super().maximise(count, _rows, basis, s, _how)
        s.position[:] = [self._chance.uniform(-1, 1) for _ in s.position]
        s.rows_at[:count] = 1.0
        return OPTIMAL, 1.0, 1


class Pessimist(Adversary):
    """Says of all rows that they are nowhere positive together, and shows multipliers >= 0."""

    def maximise(self, count, _rows, basis, s, _how):
        super().maximise(count, _rows, basis, s, _how)
        s.multipliers[:count] = [self._chance.choice([0.0, 1.0, self._chance.random()]) for _ in range(count)]
        return NEGATIVE, -1.0, 1


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
