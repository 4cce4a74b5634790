"""README.md and the examples, executed."""

import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from onnx_import.files.parsing import OLDEST_OPSET
from onnx_import.lowering.registry import known_operators
from onnx_import.operators import refused

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
PYTHON = re.findall(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("code", PYTHON, ids=[f"block {k}" for k in range(len(PYTHON))])
def test_the_readme_s_python_runs(code, tmp_path, monkeypatch):
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "README.md", "exec"), {})


def test_the_readme_has_the_examples_that_are_meant():
    assert len(PYTHON) == 6


def test_the_readme_s_verbs_are_those_of_the_command():
    named = set(re.findall(r"^    exactgeo (\w+) ", README, re.MULTILINE))
    shown = subprocess.run(
        [sys.executable, "-m", "exactgeo", "--help"], capture_output=True, text=True, check=True
    ).stdout
    assert named == set(re.findall(r"^  (\w+)  ", shown[shown.index("Commands:") :], re.MULTILINE))


REFUSED = {*(*refused.FINAL, *refused.SMOOTH, *refused.QUOTIENTS, *refused.PRODUCTS, *refused.SHAPES, *refused.RANDOM)}


def test_the_readme_s_operators_are_those_that_are_read():
    listed = re.search(
        rf"opsets {OLDEST_OPSET} to the newest:.*?---\|$(.*?)^$", README, re.DOTALL | re.MULTILINE
    ).group(1)
    named = re.findall(r"\b[A-Z][A-Za-z0-9]+\b", listed)
    assert sorted(named) == sorted({*known_operators()} - REFUSED)


def test_the_first_example_runs(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["01_first_regions.py", os.fspath(tmp_path)])
    runpy.run_path(str(ROOT / "examples" / "01_first_regions.py"), run_name="__main__")
    assert "verified in" in capsys.readouterr().out
