"""Certificates of facets, written by hand: verified, or rejected at a step by a rule."""

import gzip
import subprocess
import sys
from dataclasses import replace

import pytest
from oracles.checker import facet_checker
from unit.proofs.facet_examples import EXAMPLES, HINGE, MAXIMUM, STAIRS, TWO_GATES, WELL, checked, sha256_of

Malformed, Rejected = facet_checker.base.Malformed, facet_checker.base.Rejected


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_right_certificate_is_verified(name):
    example = EXAMPLES[name]
    verdict = checked(example.lines())
    count = len(example.listed)
    assert verdict.claim == "skeleton" and str(verdict).startswith(f"verified: {count} facets of the skeleton, ")
    assert (verdict.facets, verdict.facets_sha256) == (count, sha256_of(example.listed))
    assert verdict.steps == len(example.tree.split("\n"))


@pytest.mark.parametrize(
    "example, claim, facets",
    [
        (HINGE, "boundary", ["0 -1 1 2 | 1 | 0"]),
        (HINGE, "skeleton output 0", ["0 -1 1 2 | 1 | 0 | 2 0 -1 1 2"]),
        (HINGE, "skeleton unit 0", ["0 -1 1 2 | 1 | 0 | 2 0 -1 1 2"]),
        (STAIRS, "boundary", ["2 1 | 0 1 | 0 0", "0 1 2 1 | 1 1 | 1 0", "1 1 | 1 1 | 0 0"]),
        (
            STAIRS,
            "skeleton output 0",
            [
                "2 1 | 0 1 | 0 0 | 1 2 1",
                "0 1 2 1 | 1 1 | 1 0 | 1 0 1 2 1",
                "1 1 | 1 1 | 0 0 | 1 0 1 2 1",
                "1 1 | 1 1 | 0 1 | 1 0 1",
            ],
        ),
        (
            STAIRS,
            "skeleton output 1",
            ["1 1 | 1 0 | 0 0 | 1 0 1", "1 1 | 1 1 | 0 0 | 1 0 1", "1 1 | 1 1 | 0 1 | 1 0 1"],
        ),
        (TWO_GATES, "boundary", []),
        (TWO_GATES, "skeleton output 0", []),
        (TWO_GATES, "skeleton unit 0", ["1 1 | 1 0 1 | 0 1 1 | 1 0 1"]),
        (TWO_GATES, "skeleton unit 1", ["1 1 | 1 0 1 | 0 1 1 | 1 0 -3"]),
        (TWO_GATES, "skeleton unit 2", []),
        (WELL, "boundary", ["0 1 1 1 | 1 | 0", "0 -1 1 1 | 2 | 1"]),
    ],
)
def test_each_claim_is_about_its_own_facets(example, claim, facets):
    verdict = checked(replace(example, claim=claim, facets="\n".join(facets)).lines())
    assert (verdict.claim, verdict.facets, verdict.facets_sha256) == (claim, len(facets), sha256_of(facets))


def test_regions_alone_are_verified_too():
    lines = replace(HINGE, claim="activation-regions", tree="n\nc 4 1\nc 4 3").lines()
    verdict = checked([line for line in lines if not line.startswith("facets ")])
    assert (verdict.claim, verdict.facets, verdict.facets_sha256) == ("activation-regions", None, None)


@pytest.mark.parametrize(
    "example, step, line, rule, reason",
    [
        (STAIRS, 5, "n", "node", "every unit is decided"),
        (STAIRS, 8, "c 1 0 -2", "facet", "a unit is not decided"),
        (STAIRS, 5, "c 1 -1 1", "facet", "does not lie on the hyperplane"),
        (WELL, 6, "c 2 1", "facet", "does not lie on the hyperplane"),
        (MAXIMUM, 4, "c 1 1 0", "facet", "constraint 1 is not positive"),  # the border of the domain
        (STAIRS, 5, "c 1 0 0", "facet", "constraint 0 is not positive"),  # the rim of the facet
        (STAIRS, 14, "c 1 0 0", "facet", "constraint 1 is not positive"),  # of two facets in one hyperplane, both rims
        (STAIRS, 14, "c 1 0 1", "facet", "constraint 1 is not positive"),  # of two facets, the other one
        (WELL, 7, "c 1 0", "facet", "constraint 0 is not positive"),  # no facet there
        (WELL, 7, "e -1 1 1", "empty", "no constraint of that number"),
        (WELL, 7, "e 0 0 1", "empty", "no bound on a variable"),
        (WELL, 7, "e 1 0 1", "empty", "no bound on a variable"),
        (WELL, 6, "e -1 0 1", "empty", "do not keep the sum from being positive"),
        (STAIRS, 10, "e 0 1 1", "empty", "no bound on a variable"),
        (MAXIMUM, 7, "e 0 4 1", "empty", "do not keep the sum from being positive"),
        (HINGE, 4, "e -1 0 2 1 1", "empty", "do not keep the sum from being positive"),
    ],
)
def test_a_wrong_step_is_rejected_by_its_rule(example, step, line, rule, reason):
    with pytest.raises(Rejected, match=reason) as caught:
        checked(example.with_step(step, line).lines())
    assert (caught.value.step, caught.value.rule) == (step, rule)


def test_candidates_come_in_their_order():
    with pytest.raises(Rejected, match="does not lie on the hyperplane") as caught:
        checked(MAXIMUM.with_step(6, "c 2 3 3").with_step(7, "c 2 1 2").lines())
    assert (caught.value.step, caught.value.rule) == (6, "facet")


def test_winners_come_in_their_order():
    with pytest.raises(Rejected, match="constraint 1 is not positive") as caught:
        checked(STAIRS.with_step(14, "c 1 0 1").with_step(15, "c 2 0 -1").lines())
    assert (caught.value.step, caught.value.rule) == (14, "facet")


def test_no_candidate_is_left_out():
    with pytest.raises(Rejected) as caught:
        checked(STAIRS.with_step(5, "n").with_step(6, "c 1 1 -2").lines())
    assert (caught.value.step, caught.value.rule) == (5, "node")
    lines = STAIRS.lines()
    del lines[-4:-1]  # all that is said of the last candidate
    with pytest.raises(Malformed, match="expected a step of the tree"):
        checked(lines)


@pytest.mark.parametrize("facets", ["", f"{HINGE.facets}\n{HINGE.facets}"])
def test_another_number_of_facets_is_rejected(facets):
    with pytest.raises(Rejected, match="there are 1 facets, not the number that is stated") as caught:
        checked(replace(HINGE, facets=facets).lines())
    assert (caught.value.step, caught.value.rule) == (0, "count")


@pytest.mark.parametrize(
    "facet",
    [
        "0 -1 1 2 | 1 | 0 | 2 0 1 1 -2",  # the jump the other way
        "0 1 1 -2 | 0 | 1 | 2 0 1 1 -2",  # seen from the other cell
        "0 -1 1 2 | 1 | 0",  # no jump
        "0 -1 1 3 | 1 | 0 | 2 0 -1 1 2",
    ],
)
def test_another_list_of_facets_is_rejected(facet):
    with pytest.raises(Rejected, match="the facets do not have the SHA-256 that is stated") as caught:
        checked(replace(HINGE, facets=facet).lines())
    assert (caught.value.step, caught.value.rule) == (0, "digest")


@pytest.mark.parametrize(
    "lines, status, verdict",
    [
        (HINGE.lines(), 0, "verified: 1 facets of the skeleton, 2 activation regions of program "),
        (HINGE.with_step(4, "c 1 1").lines(), 1, "rejected (step 4, rule facet): the point does not lie on the "),
        (HINGE.with_step(4, "f 0").lines(), 2, "malformed (line 22): expected a step of the tree"),
    ],
)
def test_the_file_is_a_program_by_itself(tmp_path, lines, status, verdict):
    (tmp_path / "c.cert").write_bytes(gzip.compress("".join(f"{line}\n" for line in lines).encode()))
    command = [sys.executable, "-I", "-S", facet_checker.__file__, tmp_path / "c.cert"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (status, "") and result.stdout.startswith(verdict)
