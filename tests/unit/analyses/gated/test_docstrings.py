"""The examples in the docstrings run."""

import doctest
import importlib

import pytest


@pytest.mark.parametrize("name", ["arrangements", "faces", "hyperplanes", "jumps"])
def test_examples_run(name):
    found = doctest.testmod(importlib.import_module(f"exactgeo.analyses.gated.{name}"))
    assert found.attempted and not found.failed
