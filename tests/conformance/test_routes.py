"""Graphs in which the two routes to a network once differed, or read what the standard leaves open."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto
from unit.onnx_import.models import model, node

import onnx_import
from exactgeo.errors import MalformedModel, UnsupportedOperator
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


def _pool(operator, length, opset=13, **attributes):
    names = ["x"] if operator != "Conv" else ["x", "w"]
    kernel = np.ones((1, 1, *attributes["kernel_shape"]))
    made = node(operator, names, ["y"], name="n", **attributes)
    return model([made], {"x": (1, 1, length)}, ["y"], {"w": kernel} if "w" in names else {}, opset=opset)


@pytest.mark.parametrize("mode", ["SAME_UPPER", "SAME_LOWER"])
@pytest.mark.parametrize(
    "operator, length, stride", [("MaxPool", 5, 3), ("AveragePool", 5, 3), ("MaxPool", 4, 4), ("Conv", 4, 4)]
)
def test_automatic_padding_that_would_be_negative(operator, length, stride, mode, tmp_path):
    """Implementations begin at different entries, or refuse."""
    made = _pool(operator, length, kernel_shape=[1], strides=[stride], auto_pad=mode)
    _refused_by_both(made, tmp_path, UnsupportedOperator, list(range(length)))


@pytest.mark.parametrize("mode", ["SAME_UPPER", "SAME_LOWER"])
def test_a_convolution_that_steps_over_the_last_entry(mode, tmp_path):
    made = _pool("Conv", 4, kernel_shape=[1], strides=[2], auto_pad=mode)
    _replayed(made, tmp_path, [(1, 2, 3, 4)])
    assert evaluate_model(made, {"x": [1, 2, 3, 4]})["y"].ravel().tolist() == [1, 3]


@pytest.mark.parametrize("opset", [12, 18, 22])
@pytest.mark.parametrize("operator", ["MaxPool", "AveragePool"])
def test_rounding_up_without_padding(operator, opset, tmp_path):
    """By the text as many windows as without rounding up; by the shape inference one more, if entries are left."""
    made = _pool(operator, 5, opset, kernel_shape=[2], strides=[2], auto_pad="VALID", ceil_mode=1)
    _refused_by_both(made, tmp_path, UnsupportedOperator, [1, 2, 3, 4, 5])
    made = _pool(operator, 4, opset, kernel_shape=[2], strides=[2], auto_pad="VALID", ceil_mode=1)
    assert _replayed(made, tmp_path, [(1, 2, 3, 4)]).outputs == (("y", (1, 1, 2)),)
