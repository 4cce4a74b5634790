"""Certificates of networks of all kinds: the checker accepts them, whatever floats propose; no false one is made."""

import io
import random
import re
from fractions import Fraction

import pytest
from conformance.degenerate_networks import KINDS
from hypothesis import given, note, settings
from hypothesis import strategies as st
from oracles.checker import checker
from oracles.program import evaluate
from oracles.translation import plain_program
from unit.enumeration.certified.adversaries import Adversary, Optimist, Pessimist

from exactgeo import Arrangement, certify, enumerate_regions
from exactgeo.enumeration.certified.programs import refuting
from exactgeo.errors import CertificateError
from exactgeo.strategies import domains, programs, relu_networks

FEWER = settings(max_examples=settings().max_examples // 3)
EACH_KIND = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)


@st.composite
def _arrangements(draw):
    program = draw(relu_networks(max_inputs=4, max_units=8) | programs(max_inputs=4, max_units=6))
    note(program.text)
    return enumerate_regions(program, draw(domains(program.inputs)))


def _demand_a_proof(arrangement):
    text = io.BytesIO()
    certify(arrangement).write(text)
    text.seek(0)
    assert checker.check(text).regions == len(arrangement)


@given(_arrangements())
def test_certificates_are_accepted(arrangement):
    _demand_a_proof(arrangement)


@EACH_KIND
@pytest.mark.parametrize("seed", range(2))
def test_certificates_of_degenerate_networks_are_accepted(kind, seed):
    _demand_a_proof(enumerate_regions(*kind(random.Random(f"{kind.__name__} {seed}"))))


@pytest.mark.parametrize("kind", [Adversary, Optimist, Pessimist])
@FEWER
@given(arrangement=_arrangements(), seed=st.integers(0, 2**32))
def test_certificates_are_accepted_whatever_is_proposed(kind, arrangement, seed):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(refuting, "maximise", kind(seed).maximise)
        _demand_a_proof(arrangement)


@FEWER
@given(_arrangements())
def test_certificates_are_accepted_if_nothing_is_proposed(arrangement):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(refuting.RowPath, "proposals", lambda _: iter(()))
        _demand_a_proof(arrangement)


@given(_arrangements(), st.data())
def test_no_certificate_is_made_if_a_region_is_left_out(arrangement, data):
    left_out = data.draw(st.integers(0, len(arrangement) - 1))
    regions = [region for k, region in enumerate(arrangement) if k != left_out]
    claim = Arrangement(arrangement.program, arrangement.domain, arrangement.engine, regions)
    with pytest.raises(CertificateError, match="lists no pattern that begins with") as caught:
        list(certify(claim).lines())
    prefix, witness = re.search(r"begins with \((.*?)\).* at \((.*)\)", str(caught.value)).groups()
    point = [Fraction(value) for value in witness.split(", ")]
    pattern, _ = evaluate(plain_program(arrangement.program), point)
    assert pattern not in {region.pattern for region in regions}
    begins = tuple(int(piece) for piece in prefix.split(",") if piece)
    assert pattern[: len(begins)] == begins
