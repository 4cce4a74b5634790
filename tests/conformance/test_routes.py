"""Graphs in which the two routes to a network once differed, or read what the standard leaves open."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto
from unit.onnx_import.models import model, node

import onnx_import
from exactgeo.errors import ImportFailure, MalformedModel, UnsupportedOperator
from onnx_import.evaluator import evaluate_model
from onnx_import.replay import replay


def _replayed(made, folder, points):
    """Replay a model at points."""
    path = folder / "model.onnx"
    onnx.save(made, path)
    imported = onnx_import.read(path)
    assert replay(path, imported, points) == len(points)
    return imported


def _refused_by_both(made, folder, error, point):
    """Assert that both routes refuse a model, naming its node."""
    path = folder / "model.onnx"
    onnx.save(made, path)
    for route in (lambda: onnx_import.read(path), lambda: evaluate_model(made, {"x": point})):
        with pytest.raises(error, match="'n'"):
            route()


def test_clip_without_bounds_has_those_of_the_schema_while_they_are_attributes(tmp_path):
    largest = int(np.finfo(np.float32).max)
    points = [(2 * largest, 0), (largest, -largest), (-2 * largest, 3 * largest)]
    for kind in (TensorProto.FLOAT, TensorProto.DOUBLE):
        for given in ({}, {"min": -1.0}, {"max": 1.0}):
            made = model([node("Clip", ["x"], ["y"], name="n", **given)], {"x": (2,)}, ["y"], opset=6, kind=kind)
            _replayed(made, tmp_path, points)
            assert evaluate_model(made, {"x": points[0]})["y"].tolist() == [given.get("max", largest), 0]
        made = model([node("Clip", ["x"], ["y"], name="n")], {"x": (2,)}, ["y"], opset=11, kind=kind)
        _replayed(made, tmp_path, points)
        assert evaluate_model(made, {"x": points[0]})["y"].tolist() == [2 * largest, 0]


def test_hardmax_makes_matrices_of_one_column_before_the_range_of_its_axis_is_said(tmp_path):
    made = model([node("Hardmax", ["x"], ["y"], name="n")], {"x": (3,)}, ["y"], opset=9)
    _replayed(made, tmp_path, [(1, 2, 3), (0, 0, 0)])
    assert evaluate_model(made, {"x": [1, 2, 3]})["y"].tolist() == [1, 1, 1]
    made = model([node("Hardmax", ["x"], ["y"], name="n", axis=0)], {"x": (3,)}, ["y"], opset=9)
    assert _replayed(made, tmp_path, [(1, 3, 3)]).outputs == (("y", (3,)),)


@pytest.mark.parametrize("opset, axis", [(9, 2), (9, -1), (11, 1), (11, -2), (13, 1)])
def test_hardmax_along_an_axis_that_is_none(opset, axis, tmp_path):
    made = model([node("Hardmax", ["x"], ["y"], name="n", axis=axis)], {"x": (3,)}, ["y"], opset=opset)
    _refused_by_both(made, tmp_path, MalformedModel, [1, 2, 3])
