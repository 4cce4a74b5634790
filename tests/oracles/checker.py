"""The independent checker, as modules: of regions, and of facets between them."""

import importlib.util
import sys
from pathlib import Path


def _loaded(name):
    path = Path(__file__).parents[2] / "proofs" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"proofs_{name}", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


checker = _loaded("check")
facet_checker = _loaded("check_facets")


def check_facets(source):
    """Check a certificate of any claim."""
    return facet_checker.base.check(source, facet_checker.FacetClaim)
