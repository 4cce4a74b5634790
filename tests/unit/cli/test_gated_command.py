"""The command that reads models as gated networks."""

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from unit.onnx_import.models import model, node

import exactgeo as eg
import onnx_import
from exactgeo.networks.gated import deep_linearly_gated_network

ROOT = Path(__file__).parents[3]
MOONS = str(ROOT / "examples" / "models" / "moons.onnx")
LINES = np.array([[1.0, 0.0], [0.0, 1.0], [2.0, 2.0]])  # three lines through the origin, moved apart by SHIFTS
SHIFTS = np.array([0.0, 0.0, -1.0])
W0, W1 = np.array([[1.0, 2.0], [3.0, -1.0], [0.0, 1.0]]), np.array([[1.0, -1.0, 2.0]])


def _schema(name):
    return json.loads((ROOT / "exactgeo" / "reports" / "schemas" / f"{name}.schema.json").read_text())


def _saved(path, gate):
    nodes = [
        node("Gemm", ["x", "G", "c"], ["q"], transB=1),
        *gate,
        node("Gemm", ["x", "W0", "b"], ["u"], transB=1),
        node("Mul", ["u", "g"], ["v"], name="product"),
        node("Gemm", ["v", "W1"], ["y"], transB=1),
    ]
    constants = {"G": LINES, "c": SHIFTS, "W0": W0, "b": np.ones(3), "W1": W1, "zero": np.zeros(1)}
    path.write_bytes(model(nodes, {"x": (1, 2)}, ["y"], constants).SerializeToString())
    return path


@pytest.fixture
def hard(tmp_path):
    return _saved(tmp_path / "hard.onnx", [node("Greater", ["q", "zero"], ["o"]), node("Cast", ["o"], ["g"], to=11)])


@pytest.fixture
def soft(tmp_path):
    return _saved(tmp_path / "soft.onnx", [node("Sigmoid", ["q"], ["g"], name="soft")])


@pytest.fixture
def points(tmp_path):
    path = tmp_path / "points.json"
    document = {"format": "exactgeo-points", "version": 1, "points": [[1, 1], ["1/2", 0.25], [-1, 2], [2, 2]]}
    jsonschema.validate(document, _schema("points"))
    path.write_text(json.dumps(document))
    return path


def test_linear_gates_are_an_arrangement(run, hard, tmp_path):
    options = ("gated", hard, "--domain", "all")
    status, out, _ = run(*options, "--json")
    document = json.loads(out)
    jsonschema.validate(document, _schema("gated"))
    geometry, network = document["geometry"], document["network"]
    # Three lines in general position: t^2 - 3 t + 3; seven regions, one of them bounded, nine edges, three vertices.
    assert status == 0 and geometry["characteristic_polynomial"] == ["3", "-3", "1"]
    assert (geometry["regions"], geometry["bounded_regions"], geometry["face_counts"]) == (7, 1, [3, 9, 7])
    assert (geometry["hyperplanes"], geometry["rank"], geometry["facets"]) == (3, 2, 9)
    assert (network["kind"], network["gates"]) == ("deep linearly gated network", [3])
    assert (network["weights"], network["ways"]) == (3 * 3 + 3, ["9"])
    _, table, _ = run(*options)
    assert "t^2 - 3t + 3" in table and "7, by enumeration and as |chi(-1)|, 1 of them bounded" in table
    status, out, _ = run("gated", hard, "--domain", "box:-1/4,1/4", "--json")
    assert json.loads(out)["geometry"]["regions"] == 4  # the third line misses the square
    assert json.loads(out)["geometry"]["bounded_regions"] is None


def test_jumps_are_written_and_drawn(run, hard, tmp_path):
    status, _, _ = run("gated", hard, "--domain", "box:-1,1", "-o", tmp_path / "g.json")
    document = json.loads((tmp_path / "g.json").read_text())
    jsonschema.validate(document, _schema("gated"))
    assert status == 0 and len(document["jumps"]) == document["geometry"]["facets"]
    network = deep_linearly_gated_network([LINES], [W0, W1], [SHIFTS], [np.ones(3), None])
    for jump in document["jumps"]:
        (value,) = network.outputs(jump["point"])
        (form,) = jump["on_the_facet"]
        assert eg.AffineForm.of(form)(jump["point"]) == value
    status, _, _ = run("gated", hard, "--domain", "box:-1,1", "-o", tmp_path / "g.svg")
    assert status == 0 and (tmp_path / "g.svg").read_text().startswith("<?xml")


def test_regions_are_certified(run, hard, tmp_path):
    certificate = tmp_path / "g.cert"
    status, out, _ = run("gated", hard, "--domain", "all", "--certify", certificate, "--check", "--json")
    assert status == 0 and json.loads(out)["certificate"] == str(certificate)
    verdict = eg.check(certificate, model=hard)
    assert verdict.regions == 7 and verdict.model_confirmed
    assert verdict.program_sha256 == json.loads(out)["program"]["sha256"]


def test_kernels_come_with_evidence(run, hard, points, tmp_path):
    target = tmp_path / "k.json"
    status, out, _ = run("gated", hard, "--points", points, "-o", target)
    document = json.loads(target.read_text())
    jsonschema.validate(document, _schema("gated"))
    gram = document["kernel"]["gram"]
    assert status == 0 and "positive semidefinite, rank" in out and "product formula" in out
    # At (1, 1) and (2, 2) all three gates are open: (<x, y> + 1) 3, and no bias behind the gates.
    assert (gram["matrix"][0][0], gram["matrix"][0][3]) == ("9", "15")
    assert document["kernel"]["product_formula"] is None
    command = [sys.executable, "-I", "-S", str(ROOT / "proofs" / "check_gram.py"), str(target)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert f"positive semidefinite, of rank {gram['rank']}" in said
    array = tmp_path / "points.npy"
    np.save(array, np.array([[1, 1], [0.5, 0.25], [-1, 2], [2, 2]]))
    _, out, _ = run("gated", hard, "--points", array, "--json")
    assert json.loads(out)["kernel"]["gram"] == gram
    status, _, _ = run("gated", hard, "--points", points, "-o", tmp_path / "k.svg")
    assert status == 0 and (tmp_path / "k.svg").read_text().startswith("<?xml")


def test_relu_networks_have_kernels_too(run, points):
    status, out, _ = run("gated", MOONS, "--points", points, "--json")
    document = json.loads(out)
    jsonschema.validate(document, _schema("gated"))
    assert status == 0 and document["network"]["kind"] == "ReLU network" and document["geometry"] is None
    status, _, err = run("gated", MOONS, "--domain", "all")
    assert status == 2 and "the gates of a ReLU network are no hyperplanes" in err


def test_soft_gates_are_another_network(run, soft, hard, tmp_path):
    status, _, err = run("gated", soft)
    assert status == 2 and "node 'soft' (Sigmoid, opset" in err and "--hard-gates" in err
    certificate = tmp_path / "g.cert"
    status, out, _ = run("gated", soft, "--hard-gates", "--domain", "all", "--certify", certificate, "--json")
    document = json.loads(out)
    assert status == 0 and document["hardened"] == ["soft"] and document["geometry"]["regions"] == 7
    verdict = eg.check(certificate)
    assert verdict.regions == 7 and verdict.model_sha256 is None  # it is not the model's network
    _, table, _ = run("gated", soft, "--hard-gates")
    assert "in the place of soft: another network than the file's" in table


def test_gates_may_be_another_files(run, tmp_path):
    value = tmp_path / "value.onnx"
    nodes = [
        node("Gemm", ["x", "W0"], ["u"], transB=1),
        node("Relu", ["u"], ["v"]),
        node("Gemm", ["v", "W1"], ["y"], transB=1),
    ]
    value.write_bytes(model(nodes, {"x": (1, 2)}, ["y"], {"W0": W0, "W1": W1}).SerializeToString())
    features = tmp_path / "features.onnx"
    made = model([node("Gemm", ["x", "G", "c"], ["q"], transB=1)], {"x": (1, 2)}, ["q"], {"G": LINES, "c": SHIFTS})
    features.write_bytes(made.SerializeToString())
    status, out, _ = run("gated", value, "--features", features, "--domain", "all", "--json")
    document = json.loads(out)
    jsonschema.validate(document, _schema("gated"))
    assert status == 0 and document["geometry"]["regions"] == 7 and document["features"]["path"] == str(features)


@pytest.mark.parametrize("pads, are_invariant", [("wrap", True), ("constant", False)])
def test_rotations_leave_outputs_the_same_or_not(pads, are_invariant, run, tmp_path):
    nodes = [
        node("Pad", ["x", "amounts"], ["p"], mode=pads),
        node("Conv", ["p", "k"], ["z"]),
        node("Relu", ["z"], ["h"]),
        node("GlobalAveragePool", ["h"], ["pooled"]),
        node("Flatten", ["pooled"], ["y"]),
    ]
    constants = {"amounts": np.array([0, 0, 1, 0, 0, 1]), "k": np.array([[[1.0, -2.0, 3.0]]])}
    path = tmp_path / "rotating.onnx"
    path.write_bytes(model(nodes, {"x": (1, 1, 4)}, ["y"], constants).SerializeToString())
    status, out, _ = run("gated", path, "--rotations", "1x4", "--json")
    document = json.loads(out)
    jsonschema.validate(document, _schema("gated"))
    found = document["rotations"]
    assert status == 0 and found["are_invariant"] == are_invariant and found["shape"] == [1, 4]
    _, table, _ = run("gated", path, "--rotations", "1x4")
    if are_invariant:
        assert found["shown_by"] == "layers" and "as the layers show" in table
        return
    x, (before,), (after,) = found["counterexample"].values()
    program = onnx_import.load(path)
    moved = [x[-1], *x[:-1]]
    assert [str(v) for v in eg.evaluate(program, x).outputs] == [before] != [after]
    assert [str(v) for v in eg.evaluate(program, moved).outputs] == [after]
    assert f"become {after}" in table
    status, _, err = run("gated", path, "--rotations", "1x5")
    assert status == 2 and "is not CHANNELSxN or CHANNELSxHEIGHTxWIDTH of 4 inputs" in err


@pytest.mark.parametrize(
    "options, message",
    [
        (("--certify", "c.cert"), "--certify is about the regions in a domain: say --domain"),
        (("--domain", "all", "--certify", "-"), "--certify needs a file"),
        (("--domain", "all", "--check"), "--check is about the certificate"),
        (("-o", "p.svg"), "there is nothing to draw: say --domain, or --points"),
        (("-o", "p.txt"), "p.txt: end it with .json"),
        (("--points", "none.json"), "the points none.json cannot be read"),
        (("--points", "none.npy"), "the points none.npy cannot be read"),
        (("--domain", "box:1,0"), "has no interior"),
        (("--domain", "box:0,1;0,1;0,1"), "has 3 intervals"),
        (("--output", "1", "--points", "POINTS"), "there is no output 1"),
        (("--output", "1", "--domain", "all"), "there is no output 1"),
        (("--domain", "all", "--max-seconds", "0"), "nothing was written"),
        (("--points", "POINTS", "--max-seconds", "0"), "1 of 10 kernels are known"),
    ],
)
def test_what_makes_no_sense_is_refused(run, hard, points, options, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    status, _, err = run("gated", hard, *(points if option == "POINTS" else option for option in options))
    assert status in (2, 3) and message in err
    assert not (tmp_path / "c.cert").exists() and not (tmp_path / "p.svg").exists()


@pytest.mark.parametrize(
    "content, message",
    [
        ('{"format": "exactgeo-points", "version": 1, "points": []}', "are none"),
        (
            '{"format": "exactgeo-points", "version": 1, "points": [[1]]}',
            "has 1 coordinates, but the network has 2 inputs",
        ),
        ('{"format": "exactgeo-points", "version": 1, "points": 3}', "cannot be understood"),
        ('{"format": "exactgeo-points", "version": 1, "points": [["a", 1]]}', "cannot be understood"),
        ("[]", "cannot be understood"),
    ],
)
def test_points_that_are_none(run, hard, content, message, tmp_path):
    path = tmp_path / "odd.json"
    path.write_text(content)
    status, _, err = run("gated", hard, "--points", path)
    assert status == 2 and message in err


def test_a_network_without_gates_has_no_hyperplanes(run, tmp_path):
    path = tmp_path / "affine.onnx"
    path.write_bytes(model([node("Gemm", ["x", "W"], ["y"])], {"x": (1, 2)}, ["y"], {"W": W0.T}).SerializeToString())
    status, out, _ = run("gated", path, "--json")
    document = json.loads(out)
    jsonschema.validate(document, _schema("gated"))
    assert status == 0 and document["network"]["kind"] == "network without gates"
    status, _, err = run("gated", path, "--domain", "all")
    assert status == 2 and "the network has no gates" in err


def test_files_that_are_no_arrays(run, hard, tmp_path):
    path = tmp_path / "odd.npy"
    np.savez(tmp_path / "several.npz", x=np.zeros((1, 2)))
    (tmp_path / "several.npz").rename(path)
    status, _, err = run("gated", hard, "--points", path)
    assert status == 2 and "holds several arrays" in err
    np.save(path, np.zeros((1, 2)))
    path.write_bytes(path.read_bytes().replace(b"{'desc", b"(('desc"))
    status, _, err = run("gated", hard, "--points", path)
    assert status == 2 and "cannot be read" in err
    np.save(path, np.zeros((0, 2)))
    status, _, err = run("gated", hard, "--points", path)
    assert status == 2 and "are none" in err


def test_arrays_that_are_no_points(run, hard, tmp_path):
    path = tmp_path / "odd.npy"
    for array, message in (
        (np.zeros(2), "(points, …) was expected"),
        (np.full((1, 2), np.nan), "nan"),
        (np.zeros((1, 3)), "3 coordinates"),
    ):
        np.save(path, array)
        status, _, err = run("gated", hard, "--points", path)
        assert status == 2 and message in err
