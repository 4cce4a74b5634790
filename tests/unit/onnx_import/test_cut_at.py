"""Cutting a network before a node that is not piecewise affine."""

import numpy as np
import pytest
from unit.onnx_import.models import dyadics, imported, model, node

from exactgeo.errors import ImportFailure, InvalidArgument, NotPiecewiseAffine
from onnx_import import Choices

FINAL = ("Softmax", "LogSoftmax", "Sigmoid")
SMOOTH = ("Elu", "Exp", "Selu", "Softplus", "Tanh")


def _classifier(operator="Softmax", *, names=True, tail=()):
    """A layer, a function behind it, and what follows."""
    nodes = [
        node("Gemm", ["x", "w"], ["scores"], name="layer" if names else ""),
        node(operator, ["scores"], ["chances"], name="squash" if names else ""),
        *tail,
    ]
    outputs = [tail[-1].output[0] if tail else "chances"]
    return model(nodes, {"x": (1, 3)}, outputs, {"w": dyadics(1, 3, 2), "c": np.array([2.0])})


def _layer():
    return imported(model([node("Gemm", ["x", "w"], ["scores"])], {"x": (1, 3)}, ["scores"], {"w": dyadics(1, 3, 2)}))


@pytest.mark.parametrize("operator", FINAL + SMOOTH)
def test_functions_that_are_not_piecewise_affine_are_refused_with_the_way_out(operator):
    with pytest.raises(NotPiecewiseAffine, match=rf"'squash' \({operator}, opset \d+\).*--cut-at 'squash'"):
        imported(_classifier(operator))


@pytest.mark.parametrize("operator", FINAL + SMOOTH)
def test_a_cut_ends_the_network_in_the_input_of_the_node(operator):
    read = imported(_classifier(operator), cut_at="squash")
    assert read.outputs == (("scores", (1, 2)),)
    assert read.program == _layer().program


def test_a_node_without_a_name_is_cut_at_by_its_first_output():
    assert imported(_classifier(names=False), cut_at="chances").program == _layer().program


def test_the_refusal_of_a_node_without_a_name_tells_what_to_cut_at():
    with pytest.raises(NotPiecewiseAffine, match="--cut-at 'chances'"):
        imported(_classifier(names=False))


def test_a_cut_is_recorded():
    assert imported(_classifier(), cut_at="squash").choices == Choices(cut_at="squash")


def test_a_cut_lowers_only_what_comes_before_it():
    assert imported(_classifier(), cut_at="squash").operators == {"Gemm": 1}


def test_a_cut_takes_off_what_follows_the_node_too():
    tail = [node("Mul", ["chances", "c"], ["scaled"]), node("Unknown", ["scaled"], ["y"])]
    assert imported(_classifier(tail=tail), cut_at="squash").program == _layer().program


def test_a_cut_at_a_node_that_could_be_lowered_is_a_cut():
    made = model([node("Relu", ["x"], ["a"], name="one"), node("Neg", ["a"], ["y"], name="two")], {"x": (2,)}, ["y"])
    read = imported(made, cut_at="two")
    assert (read.outputs, read.operators) == ((("a", (2,)),), {"Relu": 1})


def test_a_cut_at_the_first_node_leaves_the_inputs():
    made = model([node("Tanh", ["x"], ["y"], name="squash")], {"x": (2,)}, ["y"])
    assert imported(made, cut_at="squash").outputs == (("x", (2,)),)


def test_a_cut_leaves_other_outputs_in_their_places():
    nodes = [
        node("Relu", ["x"], ["a"]),
        node("Softmax", ["a"], ["b"], name="squash"),
        node("Neg", ["x"], ["c"]),
    ]
    made = model(nodes, {"x": (2,)}, ["c", "b", "a"])
    assert [name for name, _ in imported(made, cut_at="squash").outputs] == ["c", "a"]


def test_outputs_that_come_from_one_node_end_in_its_input_once():
    nodes = [
        node("Relu", ["x"], ["a"]),
        node("Softmax", ["a"], ["b"], name="squash"),
        node("Neg", ["b"], ["c"]),
        node("Abs", ["b"], ["d"]),
    ]
    assert imported(model(nodes, {"x": (2,)}, ["c", "d"]), cut_at="squash").outputs == (("a", (2,)),)


def test_a_cut_at_a_node_with_two_data_inputs_ends_in_both():
    nodes = [node("Relu", ["x"], ["a"]), node("Neg", ["x"], ["b"]), node("Mul", ["a", "b"], ["y"], name="gate")]
    read = imported(model(nodes, {"x": (2,)}, ["y"]), cut_at="gate")
    assert [name for name, _ in read.outputs] == ["a", "b"]


def test_a_cut_at_a_node_that_reads_constants_ends_in_its_data():
    made = model([node("Pow", ["x", "two"], ["y"], name="power")], {"x": (2,)}, ["y"], {"two": np.array(2.0)})
    assert imported(made, cut_at="power").outputs == (("x", (2,)),)


@pytest.mark.parametrize("name", ["squish", "", "Softmax", "scores", "x"])
def test_a_cut_at_a_name_that_no_node_has_is_refused(name):
    with pytest.raises(InvalidArgument, match=rf"no node '{name}'.*'layer' \(Gemm\), 'squash' \(Softmax\)"):
        imported(_classifier(), cut_at=name)


def test_a_node_with_a_name_is_not_found_by_its_output():
    with pytest.raises(InvalidArgument, match="no node 'chances'"):
        imported(_classifier(), cut_at="chances")


def test_a_cut_at_a_node_that_leads_to_no_output_is_refused():
    made = model([node("Softmax", ["x"], ["side"], name="squash"), node("Relu", ["x"], ["y"])], {"x": (2,)}, ["y"])
    with pytest.raises(InvalidArgument, match=r"'squash' \(Softmax.*does not lead to an output"):
        imported(made, cut_at="squash")


def test_a_network_that_is_not_piecewise_affine_before_the_cut_is_refused():
    tail = [node("Relu", ["chances"], ["y"], name="rectify")]
    with pytest.raises(NotPiecewiseAffine, match="'squash'"):
        imported(_classifier(tail=tail), cut_at="rectify")


def test_a_cut_at_a_name_that_two_nodes_have_is_refused():
    nodes = [node("Relu", ["x"], ["a"], name="same"), node("Softmax", ["a"], ["y"], name="same")]
    with pytest.raises((InvalidArgument, ImportFailure), match="same"):
        imported(model(nodes, {"x": (2,)}, ["y"]), cut_at="same")


def test_the_name_of_a_node_goes_before_the_output_of_another_without_a_name():
    nodes = [node("Relu", ["x"], ["a"]), node("Softmax", ["a"], ["y"], name="a")]
    assert imported(model(nodes, {"x": (2,)}, ["y"]), cut_at="a").outputs == (("a", (2,)),)


@pytest.mark.parametrize("outputs", [["y"], ["y", "z"]])
def test_a_cut_at_a_node_that_reads_no_data_is_refused(outputs):
    nodes = [node("Neg", ["c"], ["d"], name="constant"), node("Add", ["x", "d"], ["y"]), node("Relu", ["x"], ["z"])]
    with pytest.raises(InvalidArgument, match="'constant'"):
        imported(model(nodes, {"x": (2,)}, outputs, {"c": np.ones(1)}), cut_at="constant")


def test_a_cut_at_a_node_that_leaves_out_an_output_spares_nodes_that_leave_out_an_input():
    nodes = [node("Dropout", ["x"], ["d", ""], name="drop"), node("Clip", ["x", "", "high"], ["z"])]
    made = model(nodes, {"x": (2,)}, ["d", "z"], {"high": np.array(2.0)})
    assert [name for name, _ in imported(made, cut_at="drop").outputs] == ["x", "z"]


def test_a_cut_at_a_reshape_to_a_computed_shape_ends_in_its_data():
    nodes = [
        node("Relu", ["x"], ["a"]),
        node("Shape", ["x"], ["s"]),
        node("Reshape", ["a", "s"], ["y"], name="reshape"),
    ]
    assert imported(model(nodes, {"x": (2,)}, ["y"]), cut_at="reshape").outputs == (("a", (2,)),)
