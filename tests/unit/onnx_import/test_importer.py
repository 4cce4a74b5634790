"""From a graph to a program: inputs, outputs, constants, and what is told about the import."""

import hashlib

import numpy as np
import pytest
from onnx import TensorProto, helper
from unit.onnx_import.models import (
    assert_agrees_with_reference,
    assert_same,
    dyadics,
    fractions,
    imported,
    model,
    node,
    run_exactly,
)

import exactgeo as eg
import onnx_import


def _two_layers(**options):
    nodes = [
        node("Gemm", ["x", "w", "b"], ["h"], name="first"),
        node("Relu", ["h"], ["r"], name="rectify"),
        node("MatMul", ["r", "v"], ["y"], name="last"),
    ]
    constants = {"w": dyadics(1, 3, 4), "b": dyadics(2, 4), "v": dyadics(3, 4, 2)}
    return model(nodes, {"x": ("batch", 3)}, ["y"], constants, **options)


# The program


def test_a_network_of_two_layers_is_the_program_that_its_weights_make():
    made = _two_layers()
    expected = eg.relu_network(
        [eg.exact_array(dyadics(1, 3, 4).T), eg.exact_array(dyadics(3, 4, 2).T)],
        [eg.exact_array(dyadics(2, 4)), None],
    )
    assert imported(made).program == expected


@pytest.mark.parametrize("outputs", [["y"], ["h", "r", "y"], ["y", "h"], ["r"]])
def test_outputs_follow_one_another_in_the_order_of_the_file(outputs):
    made = _two_layers()
    del made.graph.output[:]
    made.graph.output.extend(helper.make_tensor_value_info(name, TensorProto.DOUBLE, None) for name in outputs)
    assert_agrees_with_reference(made)


def test_inputs_follow_one_another_in_the_order_of_the_file():
    difference = node("Sub", ["b", "a"], ["y"])
    made = imported(model([difference], {"b": (2,), "a": (1,)}, ["y"]))
    (result,) = eg.evaluate(made.program, [10, 20, 3]).outputs[:1]
    assert made.inputs == (("b", (2,)), ("a", (1,)))
    assert result == 7


def test_several_inputs_and_outputs_of_different_shapes():
    nodes = [
        node("MatMul", ["a", "w"], ["p"]),
        node("Add", ["p", "b"], ["s"]),
        node("Max", ["s", "c"], ["y"]),
        node("Relu", ["c"], ["z"]),
    ]
    inputs = {"a": (2, 3), "b": (), "c": (2, 1)}
    assert_agrees_with_reference(model(nodes, inputs, ["y", "z", "p"], {"w": dyadics(1, 3, 2)}))


def test_an_input_that_nothing_reads_is_an_input_all_the_same():
    made = imported(model([node("Relu", ["x"], ["y"])], {"unused": (2, 2), "x": (1,)}, ["y"]))
    assert made.program.inputs == 5
    assert eg.evaluate(made.program, [0, 0, 0, 0, 9]).outputs == (9,)


def test_an_input_may_be_an_output():
    assert_agrees_with_reference(model([node("Relu", ["x"], ["y"])], {"x": (2,)}, ["x", "y"]))


def test_an_output_may_be_listed_twice():
    assert_agrees_with_reference(model([node("Relu", ["x"], ["y"])], {"x": (2,)}, ["y", "y"]))


def test_an_output_may_have_no_entries():
    nodes = [node("Relu", ["x"], ["y"]), node("Split", ["x", "parts"], ["z", "t"])]
    made = model(nodes, {"x": (2,)}, ["z", "y"], {"parts": np.array([0, 2])})
    assert_agrees_with_reference(made)


def test_an_output_that_a_factor_of_zero_makes_constant_is_an_output():
    assert_agrees_with_reference(model([node("Mul", ["x", "c"], ["y"])], {"x": (2,)}, ["y"], {"c": np.zeros(1)}))


def test_an_initializer_that_is_listed_as_an_input_is_no_input_of_the_program():
    made, plain = _two_layers(), _two_layers()
    made.graph.input.insert(0, helper.make_tensor_value_info("w", TensorProto.DOUBLE, [3, 4]))
    assert imported(made).program == imported(plain).program


def test_constants_of_nodes_are_as_good_as_initializers():
    weights = helper.make_tensor("w", TensorProto.DOUBLE, [3, 4], dyadics(1, 3, 4).ravel())
    made, plain = _two_layers(), _two_layers()
    made.graph.node.insert(0, node("Constant", [], ["w"], value=weights))
    del made.graph.initializer[0]
    assert imported(made).program == imported(plain).program


@pytest.mark.parametrize("order", [(2, 1, 0), (1, 2, 0), (0, 2, 1)])
def test_the_order_of_the_nodes_in_the_file_changes_nothing(order):
    made, plain = _two_layers(), _two_layers()
    del made.graph.node[:]
    made.graph.node.extend(plain.graph.node[k] for k in order)
    assert imported(made).program == imported(plain).program


def test_the_names_of_nodes_change_nothing():
    made, plain = _two_layers(), _two_layers()
    for record in made.graph.node:
        record.name = ""
    assert imported(made).program == imported(plain).program


@pytest.mark.parametrize("batch", ["N", None, 1])
def test_an_open_batch_is_one(batch):
    made, plain = _two_layers(), _two_layers()
    made.graph.input[0].CopyFrom(helper.make_tensor_value_info("x", TensorProto.DOUBLE, (batch, 3)))
    read = imported(made)
    assert read.inputs == (("x", (1, 3)),)
    assert read.program == imported(plain).program


def test_a_batch_of_three_is_three_times_the_network():
    made = _two_layers()
    made.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 3
    assert_agrees_with_reference(made)


def test_several_open_batches_are_each_one():
    made = model([node("Concat", ["a", "b"], ["y"], axis=1)], {"a": ("N", 2), "b": ("M", 1)}, ["y"])
    assert imported(made).outputs == (("y", (1, 3)),)


def test_a_scalar_input_is_one_variable():
    assert_agrees_with_reference(model([node("LeakyRelu", ["x"], ["y"], alpha=0.5)], {"x": ()}, ["y"]))


def test_nodes_that_no_output_needs_are_left_alone():
    made, plain = _two_layers(), _two_layers()
    made.graph.node.append(node("Conv", ["x", "w"], ["side"]))
    made.graph.node.append(node("Foreign", ["h"], ["other"], domain="com.example"))
    read = imported(made)
    assert read.program == imported(plain).program
    assert "Conv" not in read.operators


def test_a_second_output_that_nobody_reads_is_left_alone():
    made = model([node("Dropout", ["x"], ["y", "mask"])], {"x": (2,)}, ["y"])
    assert_agrees_with_reference(made)


def test_left_out_inputs_and_left_out_outputs_have_nothing_to_do_with_each_other():
    nodes = [node("Dropout", ["x"], ["d", ""]), node("Clip", ["d", "", "high"], ["y"])]
    # The reference evaluator keeps the left-out output under the name '', and reads it as the left-out input.
    made = imported(model(nodes, {"x": (2,)}, ["y"], {"high": np.array(1.0)}))
    assert_same(run_exactly(made, [np.array([-2.0, 3.0])]), [np.array([-2.0, 1.0])])


def test_a_left_out_input_does_not_need_nodes_with_a_left_out_output():
    nodes = [node("Foreign", ["x"], ["side", ""]), node("Clip", ["x", "", "high"], ["y"])]
    made = model(nodes, {"x": (2,)}, ["y"], {"high": np.array(1.0)})
    assert imported(made).operators == {"Clip": 1}


def test_weights_that_nobody_reads_may_be_anything():
    made, plain = _two_layers(), _two_layers()
    made.graph.initializer.append(helper.make_tensor("unused", TensorProto.FLOAT, [1], [float("nan")]))
    assert imported(made).program == imported(plain).program


@pytest.mark.parametrize("kind", [TensorProto.FLOAT16, TensorProto.BFLOAT16, TensorProto.FLOAT, TensorProto.DOUBLE])
def test_inputs_of_any_float_type_are_read(kind):
    made = imported(model([node("Relu", ["x"], ["y"])], {"x": (2,)}, ["y"], kind=kind))
    assert_same(run_exactly(made, [np.array([-1.0, 2.0])]), [np.array([0.0, 2.0])])


# What is told


def test_load_returns_the_program_that_read_returns(tmp_path):
    path = tmp_path / "model.onnx"
    path.write_bytes(_two_layers().SerializeToString())
    assert onnx_import.load(path) == onnx_import.read(path).program


def test_a_path_may_be_text(tmp_path):
    path = tmp_path / "model.onnx"
    path.write_bytes(_two_layers().SerializeToString())
    assert onnx_import.load(str(path)) == onnx_import.load(path)


def test_an_import_names_the_file_by_its_hash():
    content = _two_layers().SerializeToString()
    assert imported(content).sha256 == hashlib.sha256(content).hexdigest()


def test_an_import_counts_the_operators_that_it_lowered():
    assert imported(_two_layers()).operators == {"Gemm": 1, "MatMul": 1, "Relu": 1}


def test_an_import_tells_names_and_shapes():
    read = imported(_two_layers())
    assert (read.inputs, read.outputs) == ((("x", (1, 3)),), (("y", (1, 2)),))


def test_an_import_tells_the_versions_and_the_producer():
    made = _two_layers(opset=12)
    made.producer_name, made.ir_version = "trainer", 7
    read = imported(made)
    assert (read.opset, read.ir_version, read.producer) == (12, 7, "trainer")


def test_an_import_without_choices_says_so():
    assert imported(_two_layers()).choices == onnx_import.Choices(None, "exact-if-square", staircases=False)


def test_the_same_file_gives_the_same_program_twice():
    content = _two_layers().SerializeToString()
    assert imported(content).program == imported(content).program


def test_weights_are_read_as_the_numbers_that_they_are():
    made = imported(model([node("Mul", ["x", "c"], ["y"])], {"x": (1,)}, ["y"], {"c": np.array([0.1])}))
    assert eg.evaluate(made.program, [1]).outputs == tuple(fractions(np.array([0.1])))
