"""What a verdict says of a claim: no less than what was proved, and no more."""

import gzip
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
MOONS = str(ROOT / "examples" / "models" / "moons.onnx")
CLASSES = str(ROOT / "examples" / "models" / "three_classes.onnx")
SMALL = "box:-1/16,1/16"


@pytest.mark.parametrize("claim", ["regions", "boundary", "skeleton"])
def test_a_certificate_is_checked_while_it_is_written(run, tmp_path, claim):
    options = (MOONS, "--domain", SMALL, "--claim", claim)
    status, out, _ = run("certify", *options, "--check", "-o", tmp_path / "c.cert")
    assert status == 0 and out.startswith("certified and checked ")
    run("certify", *options, "-o", tmp_path / "d.cert")
    assert (tmp_path / "c.cert").read_bytes() == (tmp_path / "d.cert").read_bytes()
    _, out, _ = run("certify", *options, "--check", "--json", "-o", tmp_path / "c.cert")
    assert json.loads(out)["checked"]


@pytest.mark.parametrize(
    "model, options, rule",
    [
        (MOONS, (), "of output 0 > 0"),
        (MOONS, ("--threshold", "1/3"), "of output 0 > 1/3"),
        (CLASSES, (), "of the greatest output"),
        (CLASSES, ("--output", "2"), "of output 2 > 0"),
    ],
)
def test_a_boundary_is_told_with_the_rule_that_the_model_confirms(run, tmp_path, model, options, rule):
    target = tmp_path / "c.cert"
    assert run("certify", model, "--domain", SMALL, "--claim", "boundary", *options, "-o", target)[0] == 0
    status, out, _ = run("check", target, "--model", model)
    assert status == 0 and re.search(rf"facets? of the boundary \({re.escape(rule)}\), between", out)
    status, out, _ = run("check", target)
    assert status == 0 and "of the boundary (of the last unit's pieces), between" in out


def test_a_boundary_without_classes_is_not_told_as_the_models_decision_boundary(run, tmp_path):
    run("certify", MOONS, "--domain", SMALL, "--claim", "skeleton", "-o", tmp_path / "c.cert")
    text = gzip.decompress((tmp_path / "c.cert").read_bytes())
    (tmp_path / "d.cert").write_bytes(gzip.compress(text.replace(b"claim skeleton", b"claim boundary")))
    status, out, _ = run("check", tmp_path / "d.cert", "--model", MOONS)
    assert status == 0 and "exactly 0 facets of the boundary (of the last unit's pieces), between" in out
    _, out, _ = run("boundary", MOONS, "--domain", SMALL, "--json")
    assert json.loads(out)["pieces"] == 1


def test_the_number_in_a_claim_is_told_in_decimal(run, tmp_path):
    run("certify", CLASSES, "--domain", SMALL, "--claim", "skeleton", "--unit", "17", "-o", tmp_path / "c.cert")
    assert (
        "exactly 4 facets of the skeleton unit 17, between 6 activation regions" in run("check", tmp_path / "c.cert")[1]
    )
