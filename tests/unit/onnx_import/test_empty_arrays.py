"""Arrays without entries: sums of nothing are 0, and both routes say so."""

import numpy as np
import pytest
from unit.onnx_import.models import (
    assert_agrees_with_reference,
    assert_same,
    imported,
    integers,
    model,
    node,
    run_exactly,
)

from onnx_import.replay import replay

X = np.array([[-2.0, 0.5, 3.0], [1.0, -1.0, 0.25]])
NOTHING = node("Slice", ["x", "start", "start", "axes"], ["e"])  # (2, 0)
CONSTANTS = {"start": integers(0), "axes": integers(1), "w": np.zeros((0, 3)), "c": np.array([1.0, 2.0, 3.0])}
SUMS = {
    "MatMul": (["e", "w"], X),
    "Gemm": (["e", "w", "c"], X + CONSTANTS["c"]),
    "Einsum": (["e", "w"], X),
}


@pytest.mark.parametrize("operator", SUMS)
def test_products_over_no_entries_are_zero(operator, tmp_path):
    names, expected = SUMS[operator]
    attributes = {"equation": "ij,jk->ik"} if operator == "Einsum" else {}
    product = node(operator, names, ["p"], name="n", **attributes)
    made = model([NOTHING, product, node("Add", ["x", "p"], ["y"])], {"x": (2, 3)}, ["y"], CONSTANTS)
    assert_same(run_exactly(imported(made), [X]), [expected])
    (tmp_path / "model.onnx").write_bytes(made.SerializeToString())
    assert replay(tmp_path / "model.onnx", imported(made), [X.astype(int).ravel().tolist()]) == 1


@pytest.mark.parametrize("axis", [0, 1])
def test_running_sums_of_no_entries_are_none(axis):
    nodes = [NOTHING, node("CumSum", ["e", "axis"], ["r"]), node("Concat", ["r", "x"], ["y"], axis=1)]
    made = model(nodes, {"x": (2, 3)}, ["y"], {**CONSTANTS, "axis": np.array(axis)})
    assert_same(run_exactly(imported(made), [X]), [X])
    assert_agrees_with_reference(made)
