"""Parsing: what the graph of a file becomes, and which files contradict themselves."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from unit.onnx_import.models import NEWEST, OLDEST, imported, model, node

from exactgeo.errors import ImportFailure, MalformedModel, UnsupportedOperator
from onnx_import.files.parsing import parse


def _parsed(made):
    return parse(made.SerializeToString())


def _one_node(*, opset=NEWEST):
    return model([node("Relu", ["x"], ["y"], name="rectify")], {"x": ("N", 3)}, ["y"], opset=opset)


def _sum(**changes):
    made = model([node("Add", ["x", "c"], ["y"], name="sum")], {"x": (1, 2)}, ["y"], {"c": np.array([1.0, 2.0])})
    for field, value in changes.items():
        setattr(made.graph.initializer[0], field, value)
    return made


# What is read


def test_inputs_have_names_types_and_dimensions():
    made = model([node("Add", ["a", "b"], ["y"])], {"a": ("batch", 2), "b": (None, 2)}, ["y"], kind=TensorProto.FLOAT)
    assert [(i.name, i.element_type, i.shape) for i in _parsed(made).inputs] == [
        ("a", "FLOAT", (None, 2)),
        ("b", "FLOAT", (None, 2)),
    ]


def test_an_initializer_that_is_listed_as_an_input_is_a_constant():
    made = _sum()
    made.graph.input.append(helper.make_tensor_value_info("c", TensorProto.DOUBLE, [2]))
    read = _parsed(made)
    assert [record.name for record in read.inputs] == ["x"] and read.graph.inputs == ("x",)
    assert read.graph.constants["c"].tolist() == [1.0, 2.0]


def test_attributes_are_python_values():
    attributes = {"f": 0.5, "i": 3, "s": "text", "fs": [0.5, 1.5], "is": [1, 2]}
    (record,) = _parsed(model([node("Relu", ["x"], ["y"], **attributes)], {"x": (1,)}, ["y"])).graph.nodes
    assert dict(record.attributes) == attributes


def test_attributes_that_are_tensors_are_arrays():
    tensor = numpy_helper.from_array(np.array([[1, 2]], dtype=np.int32))
    made = model([node("Constant", [], ["c"], value=tensor), node("Add", ["x", "c"], ["y"])], {"x": (1, 2)}, ["y"])
    value = _parsed(made).graph.nodes[0].attributes["value"]
    assert value.dtype == np.int32 and value.tolist() == [[1, 2]]


def test_left_out_inputs_and_outputs_have_empty_names():
    made = model([node("Clip", ["x", "", "c"], ["y"])], {"x": (1,)}, ["y"], {"c": np.array(1.0)})
    assert _parsed(made).graph.nodes[0].inputs == ("x", "", "c")


@pytest.mark.parametrize("domain", ["", "ai.onnx"])
def test_the_standard_domain_has_two_spellings(domain):
    made = _one_node(opset=9)
    made.opset_import[0].domain = domain
    made.graph.node[0].domain = domain
    read = _parsed(made)
    (record,) = read.graph.nodes
    assert (read.opset, record.opset, record.domain) == (9, 9, "")


def test_nodes_of_other_domains_have_the_opset_of_their_domain():
    made = _one_node()
    made.graph.node[0].domain = "com.example"
    made.opset_import.append(helper.make_opsetid("com.example", 3))
    assert _parsed(made).graph.nodes[0].opset == 3


def test_a_model_says_who_wrote_it():
    made = _one_node(opset=11)
    made.producer_name, made.ir_version = "trainer", 6
    read = _parsed(made)
    assert (read.producer, read.ir_version, read.opset) == ("trainer", 6, 11)


def test_a_node_is_called_by_its_name():
    assert str(_parsed(_one_node(opset=9)).graph.nodes[0]) == "node 'rectify' (Relu, opset 9)"


def test_a_node_without_a_name_is_called_by_its_first_output():
    made = model([node("Dropout", ["x"], ["", "mask"]), node("Relu", ["x"], ["y"])], {"x": (1,)}, ["y"])
    assert [record.label for record in _parsed(made).graph.nodes] == ["mask", "y"]


def test_a_node_of_another_domain_is_called_with_its_domain():
    made = _one_node()
    made.graph.node[0].domain = "com.example"
    assert str(_parsed(made).graph.nodes[0]) == "node 'rectify' (com.example.Relu, opset 0)"


# The order of the nodes


def _names_in_order(*names):
    made = model(
        [
            node("Relu", ["x"], ["a"], name="a"),
            node("Abs", ["a"], ["b"], name="b"),
            node("Neg", ["a"], ["c"], name="c"),
            node("Add", ["b", "c"], ["d"], name="d"),
        ],
        {"x": (1,)},
        ["d"],
    )
    by_name = {record.name: record for record in made.graph.node}
    nodes = [onnx.NodeProto.FromString(by_name[name].SerializeToString()) for name in names]
    del made.graph.node[:]
    made.graph.node.extend(nodes)
    return [record.name for record in _parsed(made).graph.nodes]


@pytest.mark.parametrize("order", ["abcd", "acbd"])
def test_nodes_in_order_stay_in_order(order):
    assert _names_in_order(*order) == [*order]


@pytest.mark.parametrize(
    "written, ordered", [("dcba", "acbd"), ("dabc", "abcd"), ("bacd", "abcd"), ("cdba", "acbd"), ("adbc", "abcd")]
)
def test_nodes_out_of_order_are_put_in_order(written, ordered):
    assert _names_in_order(*written) == [*ordered]


def test_a_node_that_reads_itself_is_refused():
    made = model([node("Add", ["x", "y"], ["y"], name="loop")], {"x": (1,)}, ["y"])
    with pytest.raises(MalformedModel, match=r"'loop' \(Add"):
        _parsed(made)


def test_a_circle_of_nodes_is_refused():
    nodes = [node("Add", ["x", "b"], ["a"]), node("Relu", ["a"], ["b"]), node("Relu", ["b"], ["y"])]
    with pytest.raises(MalformedModel, match="circle"):
        _parsed(model(nodes, {"x": (1,)}, ["y"]))


def test_a_circle_that_no_output_needs_is_refused():
    nodes = [node("Relu", ["b"], ["a"]), node("Relu", ["a"], ["b"]), node("Relu", ["x"], ["y"])]
    with pytest.raises(MalformedModel, match="circle"):
        _parsed(model(nodes, {"x": (1,)}, ["y"]))


# Names


def test_a_name_that_nothing_writes_is_refused():
    made = model([node("Add", ["x", "ghost"], ["y"], name="sum")], {"x": (1,)}, ["y"])
    with pytest.raises(MalformedModel, match=r"'sum' \(Add.*'ghost'"):
        _parsed(made)


def test_an_output_that_nothing_writes_is_refused():
    with pytest.raises(MalformedModel, match="'ghost'"):
        _parsed(model([node("Relu", ["x"], ["y"])], {"x": (1,)}, ["y", "ghost"]))


@pytest.mark.parametrize("written", ["y", "x", "c"])
def test_a_name_that_is_written_twice_is_refused(written):
    nodes = [node("Add", ["x", "c"], ["y"]), node("Relu", ["x"], [written], name="second")]
    with pytest.raises(MalformedModel, match=f"'second' .* writes '{written}'"):
        _parsed(model(nodes, {"x": (1,)}, ["y"], {"c": np.ones(1)}))


def test_one_node_may_not_write_a_name_twice():
    made = model([node("Split", ["x"], ["y", "y"], num_outputs=2)], {"x": (2,)}, ["y"])
    with pytest.raises(MalformedModel, match="'y'"):
        _parsed(made)


def test_two_initializers_of_one_name_are_refused():
    made = _sum()
    made.graph.initializer.append(numpy_helper.from_array(np.zeros(2), "c"))
    with pytest.raises(MalformedModel, match="'c'"):
        imported(made)


def test_two_inputs_of_one_name_are_refused():
    made = _sum()
    made.graph.input.append(made.graph.input[0])
    with pytest.raises(MalformedModel, match="'x'"):
        imported(made)


def test_two_attributes_of_one_name_are_refused():
    made = model([node("LeakyRelu", ["x"], ["y"], name="leak", alpha=0.5)], {"x": (1,)}, ["y"])
    made.graph.node[0].attribute.append(helper.make_attribute("alpha", 0.25))
    with pytest.raises(MalformedModel, match=r"'leak' .*'alpha'|'alpha' .*'leak'"):
        imported(made)


@pytest.mark.parametrize("spoil", ["name", "input", "output", "operator"])
def test_names_that_are_not_text_do_not_crash_the_reader(spoil):
    made = model([node("Relu", ["xxxx"], ["yyyy"], name="nnnn")], {"xxxx": (1,)}, ["yyyy"])
    old = {"name": b"nnnn", "input": b"xxxx", "output": b"yyyy", "operator": b"Relu"}[spoil]
    content = made.SerializeToString().replace(old, b"\xff\xfe\xfd\xfc")
    if spoil == "operator":
        with pytest.raises(UnsupportedOperator):
            imported(content)
    else:
        assert imported(content).program == imported(made).program


# Versions


@pytest.mark.parametrize("opset", range(1, OLDEST))
def test_older_operator_sets_are_refused(opset):
    with pytest.raises(UnsupportedOperator, match=rf"opset {opset}\b.*version_converter"):
        _parsed(_one_node(opset=opset))


@pytest.mark.parametrize("opset", [OLDEST, NEWEST])
def test_the_oldest_and_the_newest_operator_set_are_read(opset):
    assert _parsed(_one_node(opset=opset)).opset == opset


@pytest.mark.parametrize("opset", [NEWEST + 1, 2**31])
def test_operator_sets_that_do_not_exist_yet_are_refused(opset):
    with pytest.raises(ImportFailure, match=str(opset)):
        imported(_one_node(opset=opset))


def test_a_model_without_an_operator_set_is_refused():
    made = _one_node()
    del made.opset_import[:]
    with pytest.raises(MalformedModel, match="version"):
        _parsed(made)


def test_a_model_with_the_operator_set_of_another_domain_alone_is_refused():
    made = _one_node()
    made.opset_import[0].domain = "com.example"
    with pytest.raises(MalformedModel, match="version"):
        _parsed(made)


@pytest.mark.parametrize("domain", ["", "ai.onnx"])
def test_two_versions_of_the_standard_operators_are_refused(domain):
    made = _one_node(opset=9)
    made.opset_import.append(helper.make_opsetid(domain, 13))
    with pytest.raises(MalformedModel):
        imported(made)


# Functions: what a file says its operators mean


def _with_a_function(domain):
    body = [node("Neg", ["a"], ["b"])]
    made = _one_node()
    opsets = [helper.make_opsetid("", NEWEST)]
    made.functions.append(helper.make_function(domain, "Relu", ["a"], ["b"], body, opsets))
    return made


@pytest.mark.parametrize("domain", ["", "ai.onnx"])
def test_a_model_that_defines_a_standard_operator_itself_is_refused(domain):
    with pytest.raises(UnsupportedOperator, match="Relu"):
        imported(_with_a_function(domain))


def test_a_function_that_no_node_calls_changes_nothing():
    assert imported(_with_a_function("com.example")).program == imported(_one_node()).program


def test_a_node_that_calls_an_overload_of_a_standard_operator_is_refused():
    made = _one_node()
    made.graph.node[0].overload = "other"
    with pytest.raises(UnsupportedOperator, match="'rectify'"):
        imported(made)


# Tensors, attributes and inputs that are not read


def test_external_initializers_are_refused():
    with pytest.raises(UnsupportedOperator, match="'c' lies in another file"):
        _parsed(_sum(data_location=TensorProto.EXTERNAL))


def test_external_attributes_are_refused():
    tensor = numpy_helper.from_array(np.ones(1))
    tensor.data_location = TensorProto.EXTERNAL
    made = model([node("Constant", [], ["y"], name="weights", value=tensor)], {"x": (1,)}, ["y"])
    with pytest.raises(UnsupportedOperator, match="'value' of node 'weights'"):
        _parsed(made)


def _sparse(values, indices, shape, name=""):
    return helper.make_sparse_tensor(numpy_helper.from_array(values, name), numpy_helper.from_array(indices), shape)


def test_a_sparse_initializer_is_a_dense_constant():
    made = _sum()
    del made.graph.initializer[:]
    made.graph.sparse_initializer.append(_sparse(np.array([0.5]), np.array([1]), [2], "c"))
    assert _parsed(made).graph.constants["c"].tolist() == [0, 0.5]


def test_a_sparse_initializer_of_the_name_of_another_is_refused():
    made = _sum()
    made.graph.sparse_initializer.append(_sparse(np.array([0.5]), np.array([1]), [2], "c"))
    with pytest.raises(MalformedModel, match="'c'"):
        _parsed(made)


def test_a_sparse_attribute_is_a_dense_array():
    sparse = _sparse(np.array([3.0]), np.array([[1, 0]]), [2, 2])
    made = model([node("Constant", [], ["y"], name="few", sparse_value=sparse)], {"x": (1,)}, ["y"])
    assert _parsed(made).graph.nodes[0].attributes["sparse_value"].tolist() == [[0, 0], [3, 0]]


def _choice(then_names, else_names=("b",)):
    """A model with an If whose branches read these names, and 'x' around it."""

    def branch(names):
        output = helper.make_tensor_value_info("r", TensorProto.DOUBLE, None)
        return helper.make_graph([node("Max", names, ["r"])], "branch", [], [output])

    chosen = node("If", ["c"], ["y"], name="choice", then_branch=branch(then_names), else_branch=branch(else_names))
    return model([node("Relu", ["x"], ["b"]), chosen], {"x": (1,)}, ["y"], {"c": np.array(True)})


def test_subgraphs_are_graphs_that_capture_what_they_read_from_around_them():
    record = _parsed(_choice(["x", "b"], ["b"])).graph.nodes[1]
    assert record.attributes["then_branch"].captured == ("x", "b")
    assert record.attributes["else_branch"].captured == ("b",)
    assert record.captures == ("b", "x")
    assert record.reads == ("c", "b", "x")


def test_a_node_comes_after_what_its_subgraphs_read():
    made = _choice(["x", "b"])
    first, second = made.graph.node
    late = [onnx.NodeProto.FromString(record.SerializeToString()) for record in (second, first)]
    del made.graph.node[:]
    made.graph.node.extend(late)
    assert [record.operator for record in _parsed(made).graph.nodes] == ["Relu", "If"]


def test_a_subgraph_that_reads_what_nothing_writes_is_refused():
    with pytest.raises(MalformedModel, match=r"'choice' \(If.*'ghost'"):
        _parsed(_choice(["x", "ghost"]))


@pytest.mark.parametrize(
    "changes",
    [
        {"raw_data": b"\0" * 15},
        {"raw_data": b"\0" * 24},
        {"raw_data": b""},
        {"data_type": TensorProto.UNDEFINED},
        {"data_type": 99},
        {"data_type": TensorProto.STRING},
    ],
    ids=["short", "long", "empty", "no type", "unknown type", "text"],
)
def test_broken_initializers_are_refused_by_name(changes):
    with pytest.raises(MalformedModel, match="initializer 'c'"):
        _parsed(_sum(**changes))


@pytest.mark.parametrize("dims", [[2**62, 2], [2**63 - 1], [2**27 + 1]])
def test_initializers_that_are_too_large_are_refused(dims):
    made = _sum()
    made.graph.initializer[0].dims[:] = dims
    with pytest.raises(UnsupportedOperator, match="initializer 'c'"):
        _parsed(made)


@pytest.mark.parametrize("dims", [[3], [2, 2], [2, 0], [2**27]])
def test_initializers_whose_dimensions_do_not_fit_their_data_are_refused(dims):
    made = _sum()
    made.graph.initializer[0].dims[:] = dims
    with pytest.raises(MalformedModel, match="initializer 'c'"):
        _parsed(made)


@pytest.mark.parametrize("dims", [[-1], [-1, 1], [2, -1]])
def test_initializers_with_negative_dimensions_are_refused(dims):
    made = _sum()
    made.graph.initializer[0].dims[:] = dims
    with pytest.raises(MalformedModel, match="initializer 'c'"):
        _parsed(made)


def test_initializers_with_two_kinds_of_data_are_refused():
    made = _sum()
    made.graph.initializer[0].double_data.extend([5.0, 6.0])
    with pytest.raises(MalformedModel, match="initializer 'c'"):
        _parsed(made)


def test_segments_of_initializers_are_refused():
    made = _sum()
    made.graph.initializer[0].segment.begin = 0
    with pytest.raises(MalformedModel, match="initializer 'c'"):
        _parsed(made)


def test_inputs_without_a_rank_are_refused():
    with pytest.raises(MalformedModel, match="input 'x'"):
        _parsed(model([node("Relu", ["x"], ["y"])], {"x": None}, ["y"]))


def test_inputs_that_are_not_tensors_are_refused():
    made = _one_node()
    made.graph.input[0].CopyFrom(helper.make_tensor_sequence_value_info("x", TensorProto.DOUBLE, [1]))
    with pytest.raises(MalformedModel, match="input 'x'"):
        _parsed(made)


@pytest.mark.parametrize("content", [b"", b"\n", b"not a model", b"\x08\x07", bytes(100), b"\xff" * 100])
def test_bytes_that_are_no_model_are_refused(content):
    with pytest.raises(MalformedModel):
        parse(content)


def test_a_model_without_outputs_is_refused():
    made = _one_node()
    del made.graph.output[:]
    with pytest.raises(MalformedModel, match="outputs"):
        _parsed(made)


def test_a_model_without_a_graph_is_refused():
    made = _one_node()
    made.ClearField("graph")
    with pytest.raises(MalformedModel, match="graph"):
        _parsed(made)
