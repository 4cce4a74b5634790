"""A few hundred hostile files, the same ones each time: imported rightly or refused in words."""

import random

import pytest
from fuzz.fuzz_import import prepare
from fuzz.judging import judge
from fuzz.starts import STRUCTURES

BATCHES, EACH = 10, 40


@pytest.mark.parametrize("batch", range(BATCHES))
def test_mutants_are_imported_rightly_or_refused(batch, tmp_path):
    verdicts = {}
    for seed in range(batch * EACH, (batch + 1) * EACH):
        path, _, choices = prepare(tmp_path / "now", seed)
        verdicts[seed] = judge(path, choices, seed)
    assert not {seed: verdict for seed, verdict in verdicts.items() if verdict.is_finding}
    assert {"compared", "refused"} <= {verdict.kind for verdict in verdicts.values()}


@pytest.mark.parametrize("name", STRUCTURES)
def test_the_models_to_start_from_are_imported_and_compared(name, tmp_path):
    path = tmp_path / "model.onnx"
    path.write_bytes(STRUCTURES[name]().SerializeToString())
    (tmp_path / "weights.bin").write_bytes(bytes(256))
    verdict = judge(path, {"irrational": "fold-float64", "staircases": True}, random.Random(name).randrange(100))
    assert verdict.kind == "compared", verdict.detail


def test_what_a_wrong_program_computes_is_found(tmp_path, monkeypatch):
    path = tmp_path / "model.onnx"
    path.write_bytes(STRUCTURES["gated"]().SerializeToString())
    monkeypatch.setattr("fuzz.judging.evaluate_file", lambda *_, outputs, **__: {outputs[0]: [[1, 2, 3], [4, 5, 6]]})
    assert judge(path, {"irrational": "exact-if-square", "staircases": True}, 1).kind == "differs"


def test_what_the_importer_lets_through_is_found(tmp_path, monkeypatch):
    def broken(*_, **__):
        raise IndexError("list index out of range")

    path = tmp_path / "model.onnx"
    path.write_bytes(b"")
    monkeypatch.setattr("fuzz.judging.onnx_import.read", broken)
    assert judge(path, {}, 1).kind == "crash"
