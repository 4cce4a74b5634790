"""Every shipped model is certified, and the checker verifies it in an interpreter of its own."""

import json
import re
import subprocess
import sys
from collections import defaultdict
from fractions import Fraction
from itertools import combinations
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx.reference import ReferenceEvaluator

import exactgeo as eg
import exactgeo.cli

ROOT = Path(__file__).parents[2]
MODELS = sorted((ROOT / "examples" / "models").glob("*.onnx"))


@pytest.mark.parametrize("model", MODELS, ids=lambda path: path.stem)
def test_a_shipped_model_is_certified_and_verified(model, tmp_path, capsys):
    certificate = str(tmp_path / "c.cert")
    assert exactgeo.cli.main(["certify", str(model), "-o", certificate, "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    command = [sys.executable, "-I", "-S", str(ROOT / "proofs" / "check.py"), "--json", certificate]
    checked = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    assert checked["verdict"] == "verified"
    assert (checked["regions"], checked["program_sha256"]) == (made["regions"], made["program"]["sha256"])
    assert made["bytes"] < 1_000_000


def _run_example(name, *arguments):
    command = [sys.executable, str(ROOT / "examples" / name), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, check=True, text=True, cwd=ROOT / "examples").stdout


def test_skeletons_and_boundaries_of_small_classifiers_are_certified_and_drawn(tmp_path):
    out = _run_example("02_skeletons_and_boundaries.py", "--output", tmp_path)
    assert len(out.splitlines()) == 5
    assert len(list(tmp_path.glob("*.cert"))) == len(list(tmp_path.glob("*.svg"))) == 8


@pytest.mark.nightly
@pytest.mark.parametrize("initial", ["he", "uniform"])
def test_fifty_networks_of_each_kind_are_certified_and_drawn(initial, tmp_path):
    out = _run_example("02_skeletons_and_boundaries.py", "--seeds", 50, "--initial", initial, "--output", tmp_path)
    print(out)
    assert len(out.splitlines()) == 202 and "all certificates were verified" in out
    assert len(list(tmp_path.glob("*.cert"))) == 400


@pytest.mark.nightly
def test_a_trained_torus_is_one(tmp_path):
    trimesh = pytest.importorskip("trimesh")
    out = _run_example("03_torus.py", "--output", tmp_path)
    assert "watertight: yes" in out and "Betti numbers: (1, 2, 1), Euler characteristic 0" in out
    mesh = trimesh.load(tmp_path / "torus.ply", process=False)
    assert mesh.is_watertight and mesh.euler_number == 0
    assert (tmp_path / "torus.png").stat().st_size > 0


def test_a_network_that_measures_a_radius_errs_between_those_that_it_knows(tmp_path):
    """The greatest error is, up to float32, that of the model as a runtime computes it from a disk of that radius."""
    out = _run_example("04_radius.py", "--output", tmp_path)
    known, most, place = (float(number) for number in re.findall(r"(?:at most |: |at radius )([0-9.]+)", out)[:3])
    assert known < most / 10
    pixels = np.hypot(*np.meshgrid(np.arange(-7, 8), np.arange(-7, 8)))
    evaluator = ReferenceEvaluator(str(tmp_path / "radius.onnx"))
    radii = [*range(1, 7), *np.linspace(1, 6, 400), place]
    errors = []
    for r in radii:
        image = np.clip(r + 0.5 - pixels, 0, 1).astype(np.float32)[None, None]
        errors.append(abs(float(evaluator.run(None, {"x": image})[0].item()) - r))
    assert max(errors[:6]) == pytest.approx(known, abs=1e-4)
    assert errors[-1] == pytest.approx(most, abs=1e-4) and max(errors) < most + 1e-4
    assert (tmp_path / "radius.svg").read_text().startswith("<?xml")
    verdict = eg.check(tmp_path / "radius.cert", model=tmp_path / "radius.onnx")
    assert verdict.claim == "safety" and verdict.is_continuous and verdict.choices["path"]["family"] == "smooth-disk"
    *_, above, below = verdict.choices["property"]
    assert above[1:] == ["-1", "1"] and below[1:] == ["1", "-1"]
    assert -float(Fraction(above[0])) == -float(Fraction(below[0])) == pytest.approx(most, abs=1e-6)


def _regions_of_lines(lines):
    """Return into how many regions lines (b, a1, a2) cut the plane: 1 + lines + sum over their points of (r - 1)."""
    slopes = {tuple(Fraction(entry, next(filter(None, line[1:]))) for entry in line) for line in lines}
    meetings = defaultdict(set)
    for (b, p, q), (c, r, s) in combinations(slopes, 2):
        if determinant := p * s - q * r:
            meetings[(c * q - b * s) / determinant, (b * r - c * p) / determinant] |= {(b, p, q), (c, r, s)}
    return 1 + len(slopes) + sum(len(through) - 1 for through in meetings.values())


def test_a_linearly_gated_network_is_an_arrangement_of_lines(tmp_path):
    """Its lines are computed here from the file's floats, and counted by their points of intersection."""
    out = _run_example("06_gates.py", "--output", tmp_path)
    arrays = {
        array.name: onnx.numpy_helper.to_array(array) for array in onnx.load(tmp_path / "gates.onnx").graph.initializer
    }
    g1, c1, g2, c2 = (
        [[Fraction(float(v)) for v in np.atleast_1d(row)] for row in arrays[name]] for name in ("G1", "c1", "G2", "c2")
    )
    lines = [(shift, *row) for row, (shift,) in zip(g1, c1, strict=True)]
    lines += [
        tuple(
            sum(w * line[k] for w, line in zip(row, lines, strict=False)) + (shift if k == 0 else 0) for k in range(3)
        )
        for row, (shift,) in zip(g2, c2, strict=True)
    ]
    expected = _regions_of_lines(lines)
    assert f"regions of the plane: {expected} found, {expected} counted" in out
    assert f"the independent checker verifies {expected} regions" in out
    soft, hard = map(float, re.search(r"with: ([0-9.]+); with hard gates: ([0-9.]+)", out).groups())
    assert soft > 0.95 and hard > 0.85
    assert all((tmp_path / name).read_text().startswith("<?xml") for name in ("gates.svg", "kernel.svg"))


def test_the_features_of_digits_settle_their_classes(tmp_path):
    """The runtime's accuracy is that of the exact network, and its features decide what each class keeps."""
    out = _run_example("05_features.py", "--output", tmp_path)
    with np.load(tmp_path / "digits.npz") as stored:
        images, labels = stored["x"], stored["labels"]
    model = onnx.load(tmp_path / "digits.onnx")
    tensors = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    model.graph.output[0].name = "features"
    model.graph.output[0].type.tensor_type.shape.dim[1].dim_value = tensors["W"].shape[1]
    evaluator = ReferenceEvaluator(model)
    features = np.array([evaluator.run(None, {"x": image[None, None]})[0][0] for image in images], dtype=np.float64)
    logits = features @ tensors["W"].T + tensors["b"]
    right = int((logits.argmax(axis=1) == labels).sum())
    assert f"{right} of {len(labels)} images" in out and right > 0.9 * len(labels)
    kept = [[int(j) for j in own.split(", ")] for own in re.findall(r"keeps the features ([0-9, ]+)", out)]
    top = np.argsort(-features, axis=1, kind="stable")[:, :8]
    for c, own in enumerate(kept):
        counts = np.bincount(top[labels == c].ravel(), minlength=features.shape[1])
        assert own == np.argsort(-counts, kind="stable")[:8].tolist()
    mask = np.array([[j in own for j in range(features.shape[1])] for own in kept])
    decomposed = features @ (tensors["W"] * mask).T + tensors["b"]
    agreed = int((decomposed.argmax(axis=1) == logits.argmax(axis=1)).sum())
    assert f"the same class to {agreed} of" in out
    assert out.count("proofs for the rest") == 2 and "certified: features" in out
    for name in ("frequencies.svg", "difference.svg"):
        assert (tmp_path / name).read_text().startswith("<?xml")


def test_all_six_models_are_there():
    assert [path.stem for path in MODELS] == [
        "moons",
        "pruned",
        "quantised",
        "regression",
        "three_classes",
        "zero_bias",
    ]
