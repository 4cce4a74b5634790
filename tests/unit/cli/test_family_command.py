"""The command that follows a model along a family of inputs."""

import gzip
import json
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from unit.onnx_import.models import model, node

import exactgeo as eg
import onnx_import

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


def test_bounds_along_a_family_are_certified_and_confirmed(run, filtered, tmp_path):
    target = tmp_path / "c.cert"
    options = ("family", filtered, "--pulse", "area-pulse", "--radius", "3/2,19/2", "--certify", target, "--check")
    status, out, _ = run(*options, "--json")
    document = json.loads(out)
    jsonschema.validate(document, _schema("family"))
    (function,), certificate = document["functions"], document["certificate"]
    assert status == 0 and certificate["checked"] and certificate["is_everywhere"] and certificate["places"] == []
    most, least = function["supremum"]["value"], function["infimum"]["value"]
    assert [row[0] for row in certificate["rows"]] == [f"-{most}", least, "-35/36", "-35/36"]
    assert [row[1:] for row in certificate["rows"]] == [["0", "1"], ["0", "-1"], ["-1", "1"], ["1", "-1"]]
    status, out, _ = run("check", target, "--model", filtered)
    assert status == 0 and "along the path that it names (x1 is its parameter) with its property is that program" in out
    assert "; everywhere in the domain: " in out and out.endswith("-35/36 - x1 + y1 <= 0; -35/36 + x1 - y1 <= 0\n")
    _, out, _ = run("check", target, "--model", filtered, "--json")
    choices = json.loads(out)["choices"]
    assert choices["path"] == {"family": "area-pulse", "size": PIXELS, "low": "3/2", "high": "19/2"}
    jsonschema.validate(choices, json.loads((ROOT / "proofs" / "model.schema.json").read_text()))
    _, table, _ = run(*options)
    assert "c.cert, checked: bounds of the outputs for every parameter seconds" in " ".join(table.split())


@pytest.mark.parametrize(
    "old, new, reason",
    [
        ('"size":25', '"size":24', "do not fit"),
        ('"low":"3/2"', '"low":"1"', "is the program"),
        ('"high":"19/2"', '"high":"37/4"', "the domain goes beyond the ends of the path"),
        ('"area-pulse"', '"binary-pulse"', "is the program"),
        ('"path":{', '"slice":{"origin":["0"],"directions":[["1"]]},"path":{', "a slice or a path, not about both"),
        ('"family":"area-pulse",', "", "do not fit"),
    ],
)
def test_a_certificate_of_another_path_is_rejected(run, filtered, tmp_path, old, new, reason):
    target = tmp_path / "c.cert"
    run("family", filtered, "--pulse", "area-pulse", "--radius", "3/2,19/2", "--certify", target)
    text = gzip.decompress(target.read_bytes()).decode()
    assert old in text
    target.write_bytes(gzip.compress(text.replace(old, new).encode()))
    assert run("check", target)[0] == 0
    status, out, _ = run("check", target, "--model", filtered)
    assert status == 1 and reason in out


def test_of_a_disk_that_jumps_no_more_is_told_than_is_proved(run, tmp_path):
    nodes = [node("ReduceSum", ["x", "axes"], ["y"], keepdims=0)]
    path, target = tmp_path / "area.onnx", tmp_path / "c.cert"
    constants = {"axes": np.array([0, 1])}
    path.write_bytes(model(nodes, {"x": [3, 5]}, ["y"], constants, opset=20).SerializeToString())
    options = ("family", path, "--disk", "binary-disk", "--shape", "3x5", "--radius", "0,2", "--certify", target)
    _, out, _ = run(*options, "--json")
    certificate = json.loads(out)["certificate"]
    assert certificate["rows"] == [["-11", "0", "1"], ["1", "0", "-1"]] and not certificate["is_everywhere"]
    assert certificate["places"] == [["0", ["1"]], ["1", ["5"]], ["2", ["9"]], ["4", ["11"]]]
    _, table, _ = run(*options)
    assert "for every parameter but 4, at which the outputs were evaluated" in " ".join(table.split())
    status, out, _ = run("check", target, "--model", path)
    assert status == 0 and "in the domain, but for finitely many points: -11 + y1 <= 0; 1 - y1 <= 0" in out
    smooth = ("family", path, "--disk", "smooth-disk", "--shape", "3x5", "--radius", "0,2", "--certify", target)
    _, out, _ = run(*smooth, "--json")
    found = json.loads(out)
    assert found["certificate"]["is_everywhere"] and found["functions"][0]["error"] != "0"
    assert run("check", target, "--model", path)[0] == 0


def test_a_segment_goes_from_one_array_to_another(run, tmp_path):
    first, second, target = tmp_path / "a.npy", tmp_path / "b.npy", tmp_path / "c.cert"
    np.save(first, np.array([[0.1], [-1.0]], dtype=np.float32))
    np.save(second, np.array([0, 1]))
    options = ("family", MOONS, "--between", first, second, "--certify", target)
    status, out, _ = run(*options, "--json")
    document = json.loads(out)
    jsonschema.validate(document, _schema("family"))
    assert status == 0 and document["interval"] == ["0", "1"] and document["greatest_errors"] is None
    assert document["parameter"] == "place" and document["family"] == f"between {first} and {second}"
    (function,) = document["functions"]
    tenth = Fraction(float(np.float32(0.1)))
    for r in (Fraction(0), Fraction(1, 3), Fraction(1)):
        x = (tenth * (1 - r), 2 * r - 1)
        (value,) = eg.evaluate(onnx_import.load(MOONS), x).outputs
        pieces = zip(function["lines"], pairwise(map(Fraction, function["breaks"])), strict=True)
        line = next(line for line, (low, high) in pieces if low <= r <= high)
        assert value == Fraction(line[0]) * r + Fraction(line[1])
    status, out, _ = run("check", target, "--model", MOONS)
    assert status == 0 and "along the path that it names" in out and "; everywhere in the domain: " in out
    _, out, _ = run("check", target, "--model", MOONS, "--json")
    choices = json.loads(out)["choices"]
    assert choices["path"] == {"points": [[str(tenth), "-1"], ["0", "1"]], "breaks": ["0", "1"]}
    jsonschema.validate(choices, json.loads((ROOT / "proofs" / "model.schema.json").read_text()))


@pytest.mark.parametrize(
    "content, message",
    [
        (b"no array", "cannot be read ("),
        (b"", "cannot be read ("),
        (np.array([1.0, np.nan]), "nan"),
        (np.array([1, None]), "cannot be read ("),
        (np.array(["a", "b"]), ""),
        ({"x": np.zeros(2)}, "holds several arrays: an .npy file was expected"),
    ],
)
def test_files_that_hold_no_input_are_refused(run, tmp_path, content, message):
    first, second = tmp_path / "a.npy", tmp_path / "b.npy"
    np.save(first, np.zeros(2))
    if isinstance(content, bytes):
        second.write_bytes(content)
    elif isinstance(content, dict):
        with second.open("wb") as file:
            np.savez(file, **content)
    else:
        np.save(second, content)
    status, _, err = run("family", MOONS, "--between", first, second)
    assert status == 2 and message in err
    np.save(second, np.zeros(3))
    status, _, err = run("family", MOONS, "--between", first, second)
    assert status == 2 and "there is no segment between" in err and "of shape (3,)" in err
    dollars = [tmp_path / "a$_{x.npy", tmp_path / "b$.npy"]
    for path in dollars:
        np.save(path, np.arange(2.0))
    assert run("family", MOONS, "--between", *dollars, "-o", tmp_path / "dollars.svg")[0] == 0
    assert run("family", MOONS, "--between", first, tmp_path / "none.npy")[0] == 2


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
        (("--between", "a.npy", "b.npy", "--radius", "0,1"), "--radius LOW,HIGH says"),
        (("--between", "a.npy", "b.npy", "--path", "p.json"), "say which family"),
        (("--pulse", "area-pulse", "--radius", "0,1", "--check"), "--check is about the certificate"),
        (("--pulse", "area-pulse", "--radius", "0,1", "--certify", "-"), "--certify needs a file"),
        (("--pulse", "area-pulse", "--radius", "0,1", "--certify", "out.json"), "out.json is named twice"),
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
