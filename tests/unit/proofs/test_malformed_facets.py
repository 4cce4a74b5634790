"""Certificates of facets, written by hand, that are malformed at a line."""

from dataclasses import replace

import pytest
from oracles.checker import facet_checker
from unit.proofs.facet_examples import HINGE, WELL, Example, checked

Malformed, Rejected = facet_checker.base.Malformed, facet_checker.base.Rejected


def _demand_malformed(lines, number, reason):
    with pytest.raises(Malformed, match=reason) as caught:
        checked(lines)
    assert caught.value.line == number


@pytest.mark.parametrize(
    "line, reason",
    [
        ("claim", "there is no such claim"),
        ("claim nonsense", "there is no such claim"),
        ("claim Boundary", "there is no such claim"),
        ("claim boundary 0", "there is no such claim"),
        ("claim skeleton 0", "there is no such claim"),
        ("claim skeleton output", "there is no such claim"),
        ("claim skeleton layer 0", "there is no such claim"),
        ("claim skeleton output 0 0", "there is no such claim"),
        ("claim skeleton unit 00", "expected a natural"),
        ("claim skeleton output -1", "expected a natural"),
        ("claims skeleton", "expected 'claim'"),
        ("", "expected 'claim'"),
    ],
)
def test_a_claim_that_there_is_not_is_malformed(line, reason):
    lines = HINGE.lines()
    lines[1] = line
    _demand_malformed(lines, 2, reason)


@pytest.mark.parametrize("claim", ["skeleton output 1", "skeleton unit 1", "skeleton unit a0"])
def test_a_claim_about_an_output_or_a_unit_that_there_is_not_is_malformed(claim):
    lines = replace(HINGE, claim=claim).lines()
    _demand_malformed(lines, len(lines) - 6, "no unit, or output, that the claim could be about")


def test_a_boundary_needs_a_unit():
    without = Example(
        program="inputs 1\nunits 0\noutputs 1\noutput 1 1 1", domain="", patterns="", facets="", tree="c 1 0"
    )
    assert checked(without.lines()).facets == 0
    lines = replace(without, claim="boundary").lines()
    _demand_malformed(lines, len(lines) - 3, "no unit, or output, that the claim could be about")


@pytest.mark.parametrize(
    "line, reason",
    [
        ("facets", "expected 'facets', a natural and a SHA-256"),
        ("facets 1", "expected 'facets', a natural and a SHA-256"),
        (f"facets 1 {'0' * 64} 0", "expected 'facets', a natural and a SHA-256"),
        (f"facets 1 {'0' * 63}", "expected a SHA-256"),
        (f"facets 01 {'0' * 64}", "expected a natural"),
        (f"facets -1 {'0' * 64}", "expected a natural"),
        ("tree", "expected 'facets'"),
    ],
)
def test_what_does_not_state_the_facets_is_malformed(line, reason):
    lines = HINGE.lines()
    place = lines.index("tree") - 1
    lines[place] = line
    _demand_malformed(lines, place + 1, reason)


def test_regions_alone_state_no_facets():
    lines = replace(HINGE, claim="activation-regions").lines()
    _demand_malformed(lines, lines.index("tree"), "expected 'tree'")


@pytest.mark.parametrize(
    "line, reason",
    [
        ("f 0", "expected a step of the tree"),
        ("x", "expected a step of the tree"),
        ("", "expected a step of the tree"),
        ("n 0", "expected a step of the tree"),
        ("e", "expected a step of the tree"),
        ("e -1", "expected a step of the tree"),
        ("e -1 0", "expected pairs of numbers"),
        ("e x 0 1", "expected an integer"),
        ("e -0 0 1", "expected an integer"),
        ("e -1 0 -1", "expected a natural"),
        ("e -1 0 0", "pairs of numbers are not in order, or one ends in 0"),
        ("e -1 1 1 0 1", "pairs of numbers are not in order, or one ends in 0"),
        ("c", "expected a point"),
        ("c 1", "expected a point"),
        ("c 0 1", "expected a point"),
        ("c 1 1 1", "expected a point"),
        ("c -1 1", "expected a natural"),
        ("c 1 01", "expected an integer"),
        ("end", "expected a step of the tree"),
    ],
)
def test_what_is_no_step_about_facets_is_malformed(line, reason):
    lines = WELL.with_step(7, line).lines()
    _demand_malformed(lines, len(lines) - 1, reason)


def test_nothing_is_said_of_what_is_no_candidate():
    lines = HINGE.with_step(4, "c 2 1\nc 2 1").lines()
    _demand_malformed(lines, len(lines) - 1, "expected 'end'")
    lines = HINGE.with_step(2, "c 4 1\nc 2 1").lines()  # the first cell parts from none that came before
    with pytest.raises(Rejected, match="constraint 2 is not positive") as caught:
        checked(lines)
    assert (caught.value.step, caught.value.rule) == (3, "cell")
