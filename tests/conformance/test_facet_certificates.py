"""Certificates of boundaries and skeletons: the checker accepts them, and what they list are brute force's facets."""

import io
import random
from dataclasses import replace

import pytest
from conformance.degenerate_networks import KINDS
from hypothesis import Phase, assume, find, given, note, settings
from hypothesis import strategies as st
from laws.gates import SMALL, behind_gates
from oracles.checker import check_facets, facet_checker
from oracles.facets import brute_force_facets, stated
from oracles.translation import plain_program, plain_rows

from exactgeo import (
    DecisionBoundary,
    cell_complex,
    certify,
    decision_boundary,
    enumerate_regions,
    skeleton,
)
from exactgeo.arithmetic.rationals import Rational
from exactgeo.enumeration import ENGINES
from exactgeo.strategies import domains, programs, rationals, relu_networks

FEWER = settings(max_examples=settings().max_examples // 3)
EXACT = [name for name in ENGINES if name != "float"]
CONTINUOUS = relu_networks(max_inputs=3, max_units=6) | relu_networks(min_inputs=4, max_inputs=4, max_units=4)
DISCONTINUOUS = programs(max_inputs=4, max_units=5)
HUNDREDS_OF_BITS = SMALL | st.builds(Rational, st.integers(2**200, 2**300), st.integers(1, 2**200))


@st.composite
def _regions(draw, networks):
    program = draw(networks)
    note(program.text)
    return enumerate_regions(program, draw(domains(program.inputs)), engine=draw(st.sampled_from(EXACT)))


@st.composite
def _boundaries(draw, networks):
    regions = draw(_regions(networks))
    output = draw(st.integers(0, regions.program.output_count - 1) | st.none())
    if output is None and regions.program.output_count > 1:
        return decision_boundary(regions)
    return decision_boundary(regions, output=output or 0, threshold=draw(st.just(0) | rationals()))


@st.composite
def _skeletons(draw, networks):
    regions = draw(_regions(networks))
    which = draw(st.sampled_from(["all", "output", "unit"]))
    if which == "output":
        return skeleton(regions, output=draw(st.integers(0, regions.program.output_count - 1)))
    if which == "unit" and regions.program.unit_count:
        return skeleton(regions, unit=draw(st.integers(0, regions.program.unit_count - 1)))
    return skeleton(regions)


def _verdict(found):
    file = io.BytesIO()
    certify(found).write(file)
    file.seek(0)
    return check_facets(file)


def _claim(found):
    if isinstance(found, DecisionBoundary):
        return "boundary"
    kind = "" if found.output is None else f" output {found.output:x}"
    return f"skeleton{kind}" if found.unit is None else f"skeleton unit {found.unit:x}"


def _demand_the_truth(found):
    """The certificate is accepted, makes the claim that it should, and all facets there are, are listed."""
    verdict = _verdict(found)
    regions = found.cells.arrangement
    facets = brute_force_facets(plain_program(regions.program), plain_rows(regions.domain))
    assert verdict.claim == _claim(found)
    assert (verdict.facets, verdict.facets_sha256) == stated(facets, verdict.claim)


@FEWER
@given(_boundaries(CONTINUOUS))
def test_boundaries_of_continuous_networks_are_certified(boundary):
    _demand_the_truth(boundary)


@FEWER
@given(_boundaries(DISCONTINUOUS | behind_gates()))
def test_boundaries_of_discontinuous_networks_are_certified(boundary):
    _demand_the_truth(boundary)


@FEWER
@given(_skeletons(CONTINUOUS))
def test_skeletons_of_continuous_networks_are_certified(bones):
    _demand_the_truth(bones)


@given(_skeletons(DISCONTINUOUS | behind_gates()))
def test_skeletons_of_discontinuous_networks_are_certified(bones):
    _demand_the_truth(bones)


def _nodes(found):
    """How many Nodes there are about facets."""
    with_facets, alone = (list(certify(what).lines()) for what in (found, found.cells.arrangement))
    return with_facets.count("n\n") - alone.count("n\n")


def testbehind_gates_the_other_side_of_facets_branches():
    fast = settings(FEWER, phases=[Phase.generate])
    assert find(_skeletons(behind_gates()), lambda bones: _nodes(bones) > 3, settings=fast)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_certificates_of_degenerate_networks_are_accepted(kind):
    regions = enumerate_regions(*kind(random.Random(f"{kind.__name__} 0")))
    bones, boundary = skeleton(cell_complex(regions)), decision_boundary(regions)
    assert _verdict(bones).facets == len(bones.creases)
    assert _verdict(boundary).facets == len(boundary.pieces)


@FEWER
@given(_skeletons(behind_gates(max_inputs=2, number=HUNDREDS_OF_BITS)))
def test_numbers_of_hundreds_of_bits_are_certified(bones):
    _demand_the_truth(bones)


@FEWER
@given(_skeletons(behind_gates() | CONTINUOUS), st.data())
def test_no_certificate_is_accepted_if_a_crease_is_left_out_or_lies_elsewhere(bones, data):
    assume(bones.creases)
    place = data.draw(st.integers(0, len(bones.creases) - 1))
    before, crease, after = bones.creases[:place], bones.creases[place], bones.creases[place + 1 :]
    with pytest.raises(facet_checker.base.Rejected, match="rule count"):
        _verdict(replace(bones, creases=before + after))
    others = [facet for facet, _, _ in bones.cells.interior() if facet != crease.facet]
    if others:
        moved = replace(crease, facet=data.draw(st.sampled_from(others)))
        with pytest.raises(facet_checker.base.Rejected, match="rule digest"):
            _verdict(replace(bones, creases=(*before, moved, *after)))
