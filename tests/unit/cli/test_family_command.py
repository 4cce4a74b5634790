"""The command that follows a model along a family of inputs."""

import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from unit.onnx_import.models import model, node

ROOT = Path(__file__).parents[3]
MOONS = str(ROOT / "examples" / "models" / "moons.onnx")
PIXELS = 25


def _schema(name):
    return json.loads((ROOT / "exactgeo" / "reports" / "schemas" / f"{name}.schema.json").read_text())


@pytest.fixture
def filtered(tmp_path):
    """A network that filters a row of pixels, bends, adds up, and puts the sum on the scale of radii."""
    nodes = [
        node("Conv", ["x", "w", "b"], ["z"], pads=[1, 1]),
        node("Relu", ["z"], ["y"]),
        node("ReduceSum", ["y", "axes"], ["s"], keepdims=0),
        node("Sub", ["s", "two"], ["t"]),
        node("Div", ["t", "slope"], ["r"]),
    ]
    constants = {
        "w": np.array([[[-1.0, 3.0, -1.0]]]),
        "b": np.array([-0.25]),
        "axes": np.array([1, 2]),
        "two": np.array(2.0),
        "slope": np.array(1.5),
    }
    path = tmp_path / "filtered.onnx"
    path.write_bytes(model(nodes, {"x": [1, 1, PIXELS]}, ["r"], constants, opset=20).SerializeToString())
    return path


def test_how_well_a_filter_measures_the_radius_of_a_pulse(run, filtered, tmp_path):
    options = ("family", filtered, "--pulse", "area-pulse", "--radius", "3/2,19/2")
    status, out, _ = run(*options, "--json")
    document = json.loads(out)
    jsonschema.validate(document, _schema("family"))
    (function,), (error,) = document["functions"], document["greatest_errors"]
    assert status == 0 and document["interval"] == ["3/2", "19/2"] and document["is_continuous"]
    assert (function["pieces"], error["lower"], error["upper"]) == (16, "35/36", "35/36")
    assert function["error"] == "0" and function["monotonicity"] is None
    _, table, _ = run(*options, "-o", tmp_path / "f.json")
    assert "16 pieces, continuous, not monotone" in table and "at most 35/36 from the radius" in table
    written = json.loads((tmp_path / "f.json").read_text())
    assert written["functions"] == document["functions"]
    run(*options, "-o", tmp_path / "f.svg")
    assert (tmp_path / "f.svg").read_text().startswith("<?xml")


def test_disks_are_those_of_an_image(run, tmp_path):
    nodes = [node("ReduceSum", ["x", "axes"], ["y"], keepdims=0)]
    path = tmp_path / "area.onnx"
    constants = {"axes": np.array([0, 1])}
    path.write_bytes(model(nodes, {"x": [3, 5]}, ["y"], constants, opset=20).SerializeToString())
    _, out, _ = run("family", path, "--disk", "binary-disk", "--shape", "3x5", "--radius", "0,2", "--json")
    document = json.loads(out)
    jsonschema.validate(document, _schema("family"))
    (function,), (error,) = document["functions"], document["greatest_errors"]
    # Pixels at squared distances 0, 1 (four), 2 (four), 4 (two); the rest of the row of five is farther: 5.
    assert (document["parameter"], document["interval"]) == ("squared radius", ["0", "4"])
    assert (function["breaks"], function["values"]) == (["0", "1", "2", "4"], ["1", "5", "9", "11"])
    assert error["lower"] == error["upper"] == "9"
    _, out, _ = run("family", path, "--disk", "smooth-disk", "--shape", "3x5", "--radius", "0,2", "--json")
    document = json.loads(out)
    assert document["parameter"] == "radius" and document["functions"][0]["error"].startswith("15/")
    status, _, err = run("family", path, "--disk", "smooth-disk", "--radius", "0,2")
    assert status == 2 and "15 inputs are no square image: say --shape HxW" in err


def test_a_path_goes_through_the_points_of_a_file(run, tmp_path):
    path = tmp_path / "path.json"
    document = {"format": "exactgeo-path", "version": 1, "points": [[0, 0], ["1/2", 0.25], [1, 1]], "breaks": [0, 1, 3]}
    path.write_text(json.dumps(document))
    jsonschema.validate(document, _schema("path"))
    status, out, _ = run("family", MOONS, "--path", path, "--json")
    found = json.loads(out)
    jsonschema.validate(found, _schema("family"))
    assert status == 0 and found["interval"] == ["0", "3"] and found["greatest_errors"] is None
    for broken in (
        {**document, "more": 1},
        {**document, "points": 5},
        {**document, "breaks": "012"},
        {**document, "breaks": [0, 0, 1]},
    ):
        path.write_text(json.dumps(broken))
        status, _, err = run("family", MOONS, "--path", path)
        assert status == 2 and "cannot be understood" in err


@pytest.mark.parametrize(
    "options, message",
    [
        ((), "say which family"),
        (("--pulse", "area-pulse", "--disk", "smooth-disk", "--radius", "0,1"), "say which family"),
        (("--pulse", "area-pulse"), "--radius LOW,HIGH says"),
        (("--path", "p.json", "--radius", "0,1"), "--radius LOW,HIGH says"),
        (("--path", "p.json"), "the path p.json cannot be read"),
        (("--pulse", "area-pulse", "--radius", "0,1", "--shape", "1x2"), "--shape is that of the image"),
        (("--pulse", "area-pulse", "--radius", "1"), "is not LOW,HIGH"),
        (("--pulse", "area-pulse", "--radius", "a,b"), "is not LOW,HIGH"),
        (("--pulse", "area-pulse", "--radius", "1,1"), "not from 1 to 1"),
        (("--pulse", "area-pulse", "--radius", "-1,1"), "not from -1 to 1"),
        (("--pulse", "area-pulse", "--radius", "3,1"), "not from 3 to 1"),
        (("--disk", "binary-disk", "--radius", "-1,1", "--shape", "1x2"), "not from -1 to 1"),
        (("--disk", "binary-disk", "--radius", "3/2,11/10", "--shape", "1x2"), "not from 3/2 to 11/10"),
        (("--disk", "smooth-disk", "--radius", "0,1", "--shape", "9" * 5000 + "x1"), "is not HxW with 2 pixels"),
        (("--disk", "smooth-disk", "--radius", "0,1", "--shape", "2x2"), "is not HxW with 2 pixels"),
        (("--disk", "smooth-disk", "--radius", "0,1", "--shape", "-1x-2"), "is not HxW with 2 pixels"),
        (("--pulse", "area-pulse", "--radius", "0,1", "--max-seconds", "0"), "the path is not done"),
    ],
)
def test_families_that_are_none_are_refused(run, tmp_path, monkeypatch, options, message):
    monkeypatch.chdir(tmp_path)
    status, _, err = run("family", MOONS, *options, "-o", "out.json")
    assert status == (3 if "not done" in message else 2) and message in err
    assert not list(tmp_path.iterdir())


def test_numbers_that_no_float_holds_are_told_but_not_drawn(run, tmp_path):
    path = tmp_path / "path.json"
    path.write_text(json.dumps({"format": "exactgeo-path", "version": 1, "points": [[0, 0], ["1e400", 0]]}))
    status, out, _ = run("family", MOONS, "--path", path)
    assert status == 0 and "e+" in out
    status, _, err = run("family", MOONS, "--path", path, "-o", tmp_path / "p.svg")
    assert status == 2 and "too large for a float" in err and not (tmp_path / "p.svg").exists()
    status, _, err = run("family", MOONS, "--path", path, "-o", tmp_path / "p.jpg")
    assert status == 2 and "end it with .json" in err
