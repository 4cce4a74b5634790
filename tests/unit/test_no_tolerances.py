"""No tolerance decides anything: where floats stand in the exact code, and which ones they may be.

A tolerance needs a float to compare with, or a function that brings one. So: no such function is named in the exact
code, and every float written in it is an attribute's default, which is checked against the standard's schemas, or
counts progress. In the certified engine floats decide where proved bounds allow it: there they are small multiples of
1/4, or named powers of 2 that the proofs name too. Only what proposes may have others, and what proves knows nothing of
it.
"""

import ast
from pathlib import Path

import numpy as np
import onnx
import pytest

ROOT = Path(__file__).parents[2]
EXACT = ["arithmetic", "polyhedra", "networks", "enumeration", "complexes", "certificates"]
CERTIFIED = ROOT / "exactgeo" / "enumeration" / "certified"
PROPOSING = CERTIFIED / "programs" / "kernels" / "proposals"
CROSSINGS = {ROOT / "exactgeo" / "complexes" / folder / "crossings.py" for folder in ("joining", "kernels")}
PROOFS = (ROOT / "proofs" / "FILTERS.md").read_text(encoding="utf-8")
FILES = sorted(
    path
    for folder in (*(ROOT / "exactgeo" / name for name in EXACT), ROOT / "onnx_import", ROOT / "proofs")
    for path in folder.rglob("*.py")
)
BOUNDED = [
    path
    for path in FILES
    if path in CROSSINGS or (path.is_relative_to(CERTIFIED) and not path.is_relative_to(PROPOSING))
]
TOLERANT = {"isclose", "allclose", "assert_allclose", "approx", "spacing", "nextafter", "atol", "rtol", "eps", "tol"}
PROGRESS = {  # shares of the work that is done, and seconds to wait for it
    "enumeration/engines.py",
    "enumeration/reference.py",
    "enumeration/search.py",
    "enumeration/traversal/frontier.py",
    "enumeration/traversal/traverse.py",
}


def _tree(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def _names(tree):
    for part in ast.walk(tree):
        for field in ("id", "attr", "arg", "name"):
            if isinstance(name := getattr(part, field, None), str):
                yield name


def _defaults(tree):
    """Yield (operators, attribute, the default's node) for each attribute that a handler reads with a default."""
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            marks = [
                d for d in function.decorator_list if isinstance(d, ast.Call) and ast.unparse(d.func) == "operator"
            ]
            operators = [a.value for mark in marks for a in mark.args if isinstance(a, ast.Constant)]
            for call in ast.walk(function):
                if isinstance(call, ast.Call) and ast.unparse(call.func) == "node.real_attribute":
                    name, default = call.args
                    if isinstance(name, ast.Constant):
                        yield operators, name.value, default


def _floats(tree):
    return {part for part in ast.walk(tree) if isinstance(part, ast.Constant) and isinstance(part.value, float)}


def test_the_files_are_found():
    assert len(FILES) > 100 and ROOT / "proofs" / "check.py" in FILES


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_function_or_name_of_a_tolerance_stands_in_the_exact_code(path):
    assert not TOLERANT & set(_names(_tree(path)))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_floats_in_the_exact_code_are_defaults_of_attributes(path):
    tree = _tree(path)
    allowed = {part for _, _, default in _defaults(tree) for part in ast.walk(default)}
    if path not in BOUNDED and not path.is_relative_to(PROPOSING) and not str(path).endswith(tuple(PROGRESS)):
        assert not _floats(tree) - allowed


def _named_powers(tree):
    """Return the floats in a module's own constants, with the constants' names."""
    return {
        number: part.targets[0].id
        for part in tree.body
        if isinstance(part, ast.Assign) and isinstance(part.targets[0], ast.Name) and part.targets[0].id.isupper()
        for number in _floats(part)
    }


def _powers(tree):
    """Return the floats that are raised to a power, or scaled by one that is written as a number."""
    powers = [part.left for part in ast.walk(tree) if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Pow)]
    calls = [part for part in ast.walk(tree) if isinstance(part, ast.Call) and ast.unparse(part.func).endswith("ldexp")]
    scaled = [call.args[0] for call in calls if isinstance(call.args[1], ast.Constant | ast.UnaryOp)]
    return _floats(ast.Module(powers + scaled, []))


@pytest.mark.parametrize("path", BOUNDED, ids=lambda path: path.name)
def test_floats_of_the_certified_engine_are_simple_or_named_by_the_proofs(path):
    tree = _tree(path)
    named = _named_powers(tree)
    for number in _floats(tree):
        assert (4 * number.value).is_integer() and number.value <= 16, f"line {number.lineno}"
    assert _powers(tree) <= set(named)
    for name in named.values():
        assert f"`{name}`" in PROOFS


def test_floats_that_only_propose_are_named_by_the_proofs_too():
    names = {name for path in PROPOSING.glob("*.py") for name in _named_powers(_tree(path)).values()}
    assert {"_SURE", "FEASIBLE", "_TILT"} <= names
    for name in names:
        assert f"`{name}`" in PROOFS


DEFAULTS = [
    (operator, name, ast.literal_eval(default))
    for path in FILES
    for operators, name, default in _defaults(_tree(path))
    if isinstance(default, ast.Constant | ast.UnaryOp)
    for operator in operators or [None]  # a helper's: of whichever operators have an attribute of that name
]


def test_defaults_are_found():
    assert {("BatchNormalization", "epsilon"), ("LeakyRelu", "alpha")} <= {(o, n) for o, n, _ in DEFAULTS}


@pytest.mark.parametrize("operator, name, default", DEFAULTS)
def test_a_default_is_that_of_every_version_of_the_standard(operator, name, default):
    schemas = [s for s in onnx.defs.get_all_schemas_with_history() if s.domain == "" and operator in (None, s.name)]
    attributes = [s.attributes[name] for s in schemas if name in s.attributes]
    stated = [a.default_value for a in attributes if a.type == onnx.defs.OpSchema.AttrType.FLOAT]
    assert any(value.HasField("f") for value in stated) or operator is not None
    assert all(np.float32(value.f) == np.float32(default) for value in stated)
