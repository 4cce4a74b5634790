"""Every shipped model is certified, and the checker verifies it in an interpreter of its own."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

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


def test_all_six_models_are_there():
    assert [path.stem for path in MODELS] == [
        "moons",
        "pruned",
        "quantised",
        "regression",
        "three_classes",
        "zero_bias",
    ]
