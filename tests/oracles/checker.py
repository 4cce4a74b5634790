"""The independent checker, as a module."""

import importlib.util
import sys
from pathlib import Path


def _loaded():
    path = Path(__file__).parents[2] / "proofs" / "check.py"
    spec = importlib.util.spec_from_file_location("proofs_check", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


checker = _loaded()
