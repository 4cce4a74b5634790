"""Certificates of properties, at the command line."""

import gzip
import json
from fractions import Fraction
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from unit.onnx_import.models import model, node

import exactgeo as eg
import onnx_import

ROOT = Path(__file__).parents[3]
MOONS = str(ROOT / "examples" / "models" / "moons.onnx")
SMALL = "box:-1/8,1/8"


@pytest.fixture
def required(tmp_path):
    """A function that writes a property to a file."""

    def _written(*rows):
        path = tmp_path / "p.json"
        path.write_text(json.dumps({"format": "exactgeo-property", "version": 1, "rows": rows}))
        return path

    return _written


@pytest.fixture
def stepping(tmp_path):
    """A network that is 1 where its input is positive, and 0 elsewhere."""
    nodes = [node("Greater", ["x", "zero"], ["g"]), node("Cast", ["g"], ["y"], to=1)]
    path = tmp_path / "step.onnx"
    path.write_bytes(model(nodes, {"x": [1]}, ["y"], {"zero": np.float32(0)}, opset=13).SerializeToString())
    return path


def test_a_property_that_holds_is_certified_and_confirmed(run, required, tmp_path):
    rows = required([-100, 0, 0, 1], ["-200", 1, -0.5, -1])
    options = ("certify", MOONS, "--domain", SMALL, "--claim", "safety", "--property", rows, "-o", tmp_path / "c.cert")
    status, out, _ = run(*options, "--check")
    assert status == 0 and out.startswith("certified and checked the property in 18 activation regions of")
    status, out, _ = run(*options, "--json")
    summary = json.loads(out)
    assert (summary["claim"], summary["regions"], summary["facets"]) == ("safety", 18, None)
    status, out, _ = run("check", tmp_path / "c.cert")
    assert status == 0 and "the last unit's first piece is chosen in each of exactly 18 activation regions" in out
    assert "<= 0" not in out
    status, out, _ = run("check", tmp_path / "c.cert", "--model", MOONS)
    assert status == 0 and "with its property is that program; everywhere in the domain: " in out
    assert out.endswith(": -100 + y1 <= 0; -200 + x1 - 1/2 x2 - y1 <= 0\n")
    status, out, _ = run("check", tmp_path / "c.cert", "--model", MOONS, "--json")
    verdict = json.loads(out)
    assert verdict["claim"] == "safety" and verdict["is_continuous"]
    jsonschema.validate(verdict["choices"], json.loads((ROOT / "proofs" / "model.schema.json").read_text()))


def test_a_property_that_does_not_hold_is_answered_with_a_point(run, required, tmp_path):
    rows = required([-100, 0, 0, 1], [0, 0, 0, 1])
    options = ("certify", MOONS, "--claim", "safety", "--property", rows, "-o", tmp_path / "c.cert")
    status, out, _ = run(*options)
    assert status == 1 and out.startswith("violated: y1 <= 0 (row 1) is false at (") and "nothing was written" in out
    status, out, _ = run(*options, "--json")
    found = json.loads(out)
    assert status == 1 and found["certificate"] is None and found["violation"]["row"] == 1
    x = found["violation"]["point"]
    assert all(-1 < Fraction(value) < 1 for value in x)
    (value,) = eg.evaluate(onnx_import.load(MOONS), x).outputs
    assert value == Fraction(found["violation"]["value"]) > 0
    assert not (tmp_path / "c.cert").exists()


def test_of_a_step_no_more_is_told_than_is_proved(run, required, stepping, tmp_path):
    rows = required([-1, 0, 1])
    assert run("certify", stepping, "--claim", "safety", "--property", rows, "-o", tmp_path / "c.cert")[0] == 0
    status, out, _ = run("check", tmp_path / "c.cert", "--model", stepping)
    assert status == 0 and out.endswith("in the domain, but for finitely many points: -1 + y1 <= 0\n")


def test_of_a_step_in_the_plane_lines_are_left_out(run, required, tmp_path):
    nodes = [node("Greater", ["x", "zero"], ["g"]), node("Cast", ["g"], ["y"], to=1)]
    path = tmp_path / "steps.onnx"
    path.write_bytes(model(nodes, {"x": [2]}, ["y"], {"zero": np.float32(0)}, opset=13).SerializeToString())
    options = ("--claim", "safety", "--property", required([-2, 0, 0, 1, 1]), "--jobs", "2", "--resume", tmp_path / "j")
    assert run("certify", path, *options, "-o", tmp_path / "c.cert")[0] == 0 and (tmp_path / "j").exists()
    status, out, _ = run("check", tmp_path / "c.cert", "--model", path)
    assert status == 0 and out.endswith("but for the points of finitely many hyperplanes: -2 + y1 + y2 <= 0\n")


def test_an_empty_domain_says_nothing_of_a_property(run, required, stepping, tmp_path):
    run("certify", stepping, "--claim", "safety", "--property", required([-1, 0, 1]), "-o", tmp_path / "c.cert")
    text = gzip.decompress((tmp_path / "c.cert").read_bytes()).decode()
    head, _ = text.split("domain ")
    nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"  # the SHA-256 of no lines
    empty = f"{head}domain 2\nrow 1 1\nrow 0 -1 1 -1\nregions 0 {nothing}\ntree\ne 0 1 1 1\nend\n"
    (tmp_path / "c.cert").write_bytes(gzip.compress(empty.encode()))
    status, out, _ = run("check", tmp_path / "c.cert", "--model", stepping)
    assert status == 0 and out.endswith("the domain has no interior, so this says nothing of the property\n")


def test_many_and_long_rows_are_told_in_short(run, required, tmp_path):
    rows = required(*[[-100 - k, 0, 0, 1] for k in range(12)], [f"-{10**300}", 0, 0, 1])
    options = ("--domain", SMALL, "--claim", "safety", "--property", rows)
    assert run("certify", MOONS, *options, "-o", tmp_path / "c.cert")[0] == 0
    _, out, _ = run("check", tmp_path / "c.cert", "--model", MOONS)
    assert out.endswith("-109 + y1 <= 0; 3 more\n")


def test_a_property_on_a_slice_is_confirmed_with_it(run, required, tmp_path):
    cut = tmp_path / "s.json"
    cut.write_text(json.dumps({"format": "exactgeo-slice", "version": 1, "points": [[0, 0], ["1/8", "1/8"]]}))
    options = ("--claim", "safety", "--property", required([-100, 0, 1]), "--slice", cut)
    assert run("certify", MOONS, *options, "-o", tmp_path / "c.cert")[0] == 0
    status, out, _ = run("check", tmp_path / "c.cert", "--model", MOONS)
    assert (
        status == 0
        and "on the slice that it names (x1, … are its coordinates) with its property is that program; everywhere"
        in out
    )


@pytest.mark.parametrize(
    "options, message",
    [
        (("--claim", "safety"), "--property FILE says what is to be safe"),
        (("--claim", "boundary", "--property", "p.json"), "--property has no meaning for the claim boundary"),
        (
            ("--claim", "safety", "--property", "p.json", "--output", "0"),
            "--output has no meaning for the claim safety",
        ),
        (("--claim", "safety", "--property", "none.json"), "the property none.json cannot be read"),
        (("--claim", "safety", "--property", "p.json"), "rows have 2 entries, but with 2 inputs and 1 outputs"),
        (("--claim", "safety", "--property", "p.json", "--engine", "float"), "promises nothing"),
        (("--claim", "safety", "--property", "c.cert"), "c.cert is named twice"),
    ],
)
def test_what_says_nothing_is_refused(run, required, tmp_path, monkeypatch, options, message):
    required([-1, 1])
    monkeypatch.chdir(tmp_path)
    status, _, err = run("certify", MOONS, *options, "-o", "c.cert")
    assert status == 2 and message in err and not (tmp_path / "c.cert").exists()


def test_an_undecided_property_is_no_answer(run, required, tmp_path):
    options = ("--claim", "safety", "--property", required([-100, 0, 0, 1]), "--max-regions", "3")
    status, _, err = run("certify", MOONS, *options, "-o", tmp_path / "c.cert")
    assert status == 3 and "nothing is decided: the limit of 3 regions was reached" in err
