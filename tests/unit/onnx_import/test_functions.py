"""Functions that a model defines: called by nodes, with attributes, optional inputs and functions of their own."""

import numpy as np
import pytest
from onnx import AttributeProto, TensorProto, helper, numpy_helper
from unit.onnx_import.models import (
    NEWEST,
    assert_agrees_with_reference,
    assert_refuses,
    assert_same,
    imported,
    model,
    node,
    run_exactly,
)

import exactgeo as eg
from exactgeo.errors import MalformedModel, NotPiecewiseAffine, UnsupportedOperator

DOMAIN = "example"
X = np.array([-2.0, 0.5, 3.0])


def function(name, inputs, outputs, nodes, *, attributes=(), defaults=(), opset=NEWEST, overload="", domain=DOMAIN):
    """A function of the model; `defaults` are attributes with a value."""
    made = helper.make_function(
        domain,
        name,
        inputs,
        outputs,
        nodes,
        [helper.make_opsetid("", opset), helper.make_opsetid(DOMAIN, 1)],
        list(attributes),
        list(defaults),
    )
    made.overload = overload
    return made


def refer(operator, names, outputs, **references):
    """A node whose attributes are those of the node that calls the function: name = (their name, type)."""
    made = node(operator, names, outputs)
    for name, (other, kind) in references.items():
        made.attribute.append(AttributeProto(name=name, ref_attr_name=other, type=kind))
    return made


def call(name, inputs, outputs, **attributes):
    overload = attributes.pop("overload", "")
    made = node(name, inputs, outputs, name="n", domain=DOMAIN, **attributes)
    made.overload = overload
    return made


def with_functions(nodes, functions, outputs=("y",), constants=None, inputs=None, opset=NEWEST):
    made = model(nodes, inputs or {"x": (3,)}, outputs, constants, opset=opset)
    made.opset_import.append(helper.make_opsetid(DOMAIN, 1))
    made.functions.extend(functions)
    return made


TWICE = function("Twice", ["a"], ["b"], [node("Add", ["a", "a"], ["b"])])
LEAK = function(
    "Leak",
    ["a"],
    ["b"],
    [refer("LeakyRelu", ["a"], ["b"], alpha=("slope", AttributeProto.FLOAT))],
    attributes=["slope"],
)


def _found(made):
    return run_exactly(imported(made), [X])


def test_a_function_is_its_body():
    made = with_functions([call("Twice", ["x"], ["y"])], [TWICE])
    assert_agrees_with_reference(made)
    assert imported(made).operators == {"Twice": 1}


def test_functions_call_functions():
    nodes = [node("Twice", ["a"], ["c"], domain=DOMAIN), node("Twice", ["c"], ["b"], domain=DOMAIN)]
    made = with_functions([call("Fourfold", ["x"], ["y"])], [function("Fourfold", ["a"], ["b"], nodes), TWICE])
    assert_same(_found(made), [4 * X])


def test_two_calls_do_not_disturb_each_other():
    body = [node("Relu", ["a"], ["inner"]), node("Neg", ["inner"], ["b"])]
    nodes = [call("F", ["x"], ["inner"]), call("F", ["inner"], ["z"]), node("Sub", ["inner", "z"], ["y"])]
    assert_same(_found(with_functions(nodes, [function("F", ["a"], ["b"], body)])), [-np.maximum(X, 0)])


@pytest.mark.parametrize("name", ["x", "y", "c", "a"])
def test_names_inside_have_nothing_to_do_with_names_outside(name):
    body = [node("Neg", ["v"], [name]), node("Relu", [name], ["b"])]
    made = with_functions(
        [call("F", ["x"], ["a"]), node("Add", ["a", "c"], ["y"])],
        [function("F", ["v"], ["b"], body)],
        constants={"c": np.ones(3)},
    )
    assert_same(_found(made), [np.maximum(-X, 0) + 1])


def test_a_function_does_not_see_what_is_around_the_call():
    body = [node("Add", ["a", "x"], ["b"], name="inner")]
    made = with_functions([call("F", ["x"], ["y"])], [function("F", ["a"], ["b"], body)])
    assert_refuses(made, MalformedModel, r"'inner' \(Add.* in the function F reads 'x', which nothing writes")


def test_an_input_may_be_an_output():
    made = with_functions([call("F", ["x"], ["y", "z"])], [function("F", ["a"], ["a", "b"], TWICE.node)], ["y", "z"])
    assert_same(_found(made), [X, 2 * X])


def test_outputs_that_nobody_reads_may_be_left_out():
    body = [node("Neg", ["a"], ["b"]), node("Exp", ["a"], ["c"])]
    made = with_functions([call("F", ["x"], ["y"])], [function("F", ["a"], ["b", "c"], body)])
    # The body computes all that it returns, whether somebody reads it or not.
    assert_refuses(made, NotPiecewiseAffine, r"^node 'n' \(example\.F.*Exp")
    assert_same(
        _found(with_functions([call("F", ["x"], ["", "y"])], [function("F", ["a"], ["a", "b"], TWICE.node)])), [2 * X]
    )


# Attributes


def test_a_function_s_attribute_is_the_caller_s():
    made = with_functions([call("Leak", ["x"], ["y"], slope=0.25)], [LEAK])
    assert_same(_found(made), [np.where(X > 0, X, X / 4)])


def test_an_attribute_that_the_caller_leaves_out_is_the_operator_s_default():
    plain = imported(model([node("LeakyRelu", ["x"], ["y"])], {"x": (3,)}, ["y"]))
    assert imported(with_functions([call("Leak", ["x"], ["y"])], [LEAK])).program == plain.program


def _leak_with_default(value):
    body = [refer("LeakyRelu", ["a"], ["b"], alpha=("slope", AttributeProto.FLOAT))]
    return function("Leak", ["a"], ["b"], body, defaults=[helper.make_attribute("slope", value)])


@pytest.mark.parametrize("given, slope", [({}, 0.5), ({"slope": 0.125}, 0.125), ({"slope": 0.0}, 0.0)])
def test_a_default_is_there_for_callers_that_say_nothing(given, slope):
    made = with_functions([call("Leak", ["x"], ["y"], **given)], [_leak_with_default(0.5)])
    assert_same(_found(made), [np.where(X > 0, X, slope * X)])


def test_attributes_are_passed_on_from_function_to_function():
    inner = refer("Leak", ["a"], ["b"], slope=("steepness", AttributeProto.FLOAT))
    inner.domain = DOMAIN
    outer = function("Outer", ["a"], ["b"], [inner], attributes=["steepness"])
    made = with_functions([call("Outer", ["x"], ["y"], steepness=0.25)], [outer, LEAK])
    assert_same(_found(made), [np.where(X > 0, X, X / 4)])


def test_an_inner_default_holds_where_the_outer_caller_says_nothing():
    inner = refer("Leak", ["a"], ["b"], slope=("steepness", AttributeProto.FLOAT))
    inner.domain = DOMAIN
    outer = function("Outer", ["a"], ["b"], [inner], attributes=["steepness"])
    made = with_functions([call("Outer", ["x"], ["y"])], [outer, _leak_with_default(0.5)])
    assert_same(_found(made), [np.where(X > 0, X, X / 2)])


def test_an_attribute_that_is_a_tensor_is_passed_on():
    body = [refer("Constant", [], ["c"], value=("weights", AttributeProto.TENSOR)), node("Mul", ["a", "c"], ["b"])]
    made = with_functions(
        [call("F", ["x"], ["y"], weights=numpy_helper.from_array(np.array([1.0, 2.0, -3.0])))],
        [function("F", ["a"], ["b"], body, attributes=["weights"])],
    )
    assert_same(_found(made), [X * [1, 2, -3]])


def test_references_inside_of_subgraphs_are_the_caller_s_too():
    output = helper.make_tensor_value_info("r", TensorProto.DOUBLE, None)
    leaky = refer("LeakyRelu", ["a"], ["r"], alpha=("slope", AttributeProto.FLOAT))
    graphs = [helper.make_graph([body], "g", [], [output]) for body in (leaky, node("Neg", ["a"], ["r"]))]
    body = [
        refer("Constant", [], ["w"], value_int=("which", AttributeProto.INT)),
        node("Cast", ["w"], ["c"], to=TensorProto.BOOL),
        node("If", ["c"], ["b"], then_branch=graphs[0], else_branch=graphs[1]),
    ]
    made = function("F", ["a"], ["b"], body, attributes=["slope", "which"])
    for which, expected in ((1, np.where(X > 0, X, X / 4)), (0, -X)):
        assert_same(_found(with_functions([call("F", ["x"], ["y"], slope=0.25, which=which)], [made])), [expected])


def test_an_attribute_that_the_function_does_not_have_is_refused():
    made = with_functions([call("Leak", ["x"], ["y"], steepness=0.25)], [LEAK])
    assert_refuses(made, MalformedModel, r"^node 'n' \(example\.Leak, opset 1\) has the attribute 'steepness'")


def test_a_reference_outside_of_a_function_is_refused():
    made = model([refer("LeakyRelu", ["x"], ["y"], alpha=("slope", AttributeProto.FLOAT))], {"x": (3,)}, ["y"])
    assert_refuses(made, MalformedModel, r"\(LeakyRelu, .* 'alpha' of type AttributeReference")


# Optional inputs


CLIP = function("F", ["a", "low", "high"], ["b"], [node("Clip", ["a", "low", "high"], ["b"])])


@pytest.mark.parametrize(
    "names, expected",
    [
        (["x", "l", "h"], np.clip(X, -1, 1)),
        (["x", "", "h"], np.minimum(X, 1)),
        (["x", "l"], np.maximum(X, -1)),
        (["x", "l", ""], np.maximum(X, -1)),
        (["x"], X),
    ],
)
def test_inputs_that_the_caller_leaves_out_are_left_out_inside(names, expected):
    made = with_functions([call("F", names, ["y"])], [CLIP], constants={"l": np.array(-1.0), "h": np.array(1.0)})
    assert_same(_found(made), [expected])


def test_inputs_left_out_are_left_out_through_two_functions():
    body = [node("F", ["a", "low", "high"], ["b"], domain=DOMAIN)]
    outer = function("G", ["a", "low", "high"], ["b"], body)
    made = with_functions([call("G", ["x", "", "h"], ["y"])], [outer, CLIP], constants={"h": np.array(1.0)})
    assert_same(_found(made), [np.minimum(X, 1)])


def test_inputs_left_out_are_left_out_inside_of_subgraphs():
    output = helper.make_tensor_value_info("r", TensorProto.DOUBLE, None)
    graph = helper.make_graph([node("Clip", ["a", "low", "high"], ["r"])], "g", [], [output])
    body = [
        node("Constant", [], ["w"], value_int=1),
        node("Cast", ["w"], ["c"], to=TensorProto.BOOL),
        node("If", ["c"], ["b"], then_branch=graph, else_branch=graph),
    ]
    made = with_functions(
        [call("F", ["x", "", "h"], ["y"])],
        [function("F", ["a", "low", "high"], ["b"], body)],
        constants={"h": np.array(1.0)},
    )
    assert_same(_found(made), [np.minimum(X, 1)])


def test_a_subgraph_s_own_names_are_not_left_out():
    """The loop's body calls its own state 'low'; around it, 'low' is an input that is left out."""
    inputs = [helper.make_tensor_value_info(name, TensorProto.DOUBLE, None) for name in ("i", "go", "low")]
    outputs = [helper.make_tensor_value_info(name, TensorProto.DOUBLE, None) for name in ("go", "twice")]
    loop = helper.make_graph([node("Add", ["low", "low"], ["twice"])], "g", inputs, outputs)
    body = [
        node("Constant", [], ["n"], value_int=3),
        node("Loop", ["n", "", "a"], ["c"], body=loop),
        node("Clip", ["c", "low"], ["b"]),
    ]
    made = with_functions([call("F", ["x"], ["y"])], [function("F", ["a", "low"], ["b"], body)])
    assert_same(_found(made), [8 * X])


RETURNED = function("F", ["a", "low"], ["b", "low"], TWICE.node)


def test_an_input_that_is_left_out_but_returned_is_refused_where_somebody_reads_it():
    made = with_functions([call("F", ["x"], ["y", "z"])], [RETURNED], ["y", "z"])
    assert_refuses(made, UnsupportedOperator, r"^node 'n' \(example\.F.* the output 'z'")


def test_an_input_that_is_left_out_but_returned_does_not_matter_where_nobody_reads_it():
    assert_same(_found(with_functions([call("F", ["x"], ["y", "z"])], [RETURNED])), [2 * X])


def test_an_input_that_is_left_out_but_needed_is_refused():
    made = with_functions([call("Twice", [""], ["y"])], [TWICE])
    assert_refuses(made, MalformedModel, r"^node 'n' \(example\.Twice.*Add.* lacks its input 0")


def test_more_inputs_than_the_function_takes_are_refused():
    made = with_functions([call("Twice", ["x", "x"], ["y"])], [TWICE])
    assert_refuses(made, MalformedModel, r"^node 'n' \(example\.Twice.* 2 inputs; the function takes 1")


def test_more_outputs_than_the_function_gives_are_refused():
    made = with_functions([call("Twice", ["x"], ["y", "z"])], [TWICE], ["y", "z"])
    assert_refuses(made, UnsupportedOperator, r"^node 'n' \(example\.Twice.* the output 'z'")


# Names, versions and recursion


def test_overloads_are_told_apart():
    functions = [
        function("F", ["a"], ["b"], [node("Neg", ["a"], ["b"])], overload="negative"),
        function("F", ["a"], ["b"], [node("Abs", ["a"], ["b"])], overload="positive"),
        function("F", ["a"], ["b"], [node("Relu", ["a"], ["b"])]),
    ]
    nodes = [call("F", ["x"], [f"y{k}"], overload=name) for k, name in enumerate(("positive", "", "negative"))]
    for record, name in zip(nodes, "abc", strict=True):
        record.name = name
    assert_same(_found(with_functions(nodes, functions, ["y0", "y1", "y2"])), [abs(X), np.maximum(X, 0), -X])


def test_an_overload_that_is_not_there_is_refused():
    made = with_functions([call("Twice", ["x"], ["y"], overload="other")], [TWICE])
    assert_refuses(made, UnsupportedOperator, r"^node 'n' \(example\.Twice")


def test_a_function_called_like_a_standard_operator_is_told_apart_by_its_domain():
    nodes = [call("Relu", ["x"], ["y"]), node("Relu", ["x"], ["z"])]
    made = with_functions(nodes, [function("Relu", ["a"], ["b"], TWICE.node)], ["y", "z"])
    assert_same(_found(made), [2 * X, np.maximum(X, 0)])


def test_two_functions_of_one_name_are_refused():
    assert_refuses(with_functions([call("Twice", ["x"], ["y"])], [TWICE, TWICE]), MalformedModel, "Twice.* twice")


def test_a_function_has_its_own_opset():
    """Split without lengths: opset 13 cuts as evenly as opset 12, opset 18 wants to be told the number."""
    old = function("F", ["a"], ["b", "c"], [node("Split", ["a"], ["b", "c"], axis=0, split=[1, 2])], opset=12)
    made = with_functions([call("F", ["x"], ["y", "z"])], [old], ["y", "z"])
    assert_same(_found(made), [X[:1], X[1:]])


@pytest.mark.parametrize("opset", [5, NEWEST + 1])
def test_a_function_of_an_opset_that_is_not_read_is_refused(opset):
    body = [node("Add", ["a", "a"], ["b"])]
    made = with_functions([call("F", ["x"], ["y"])], [function("F", ["a"], ["b"], body, opset=opset)])
    assert_refuses(made, UnsupportedOperator, rf"the function F uses opset {opset}\b")


@pytest.mark.parametrize("through", [1, 2])
def test_functions_that_call_themselves_are_refused(through):
    names = ["F", "G"][:through]
    functions = [
        function(name, ["a"], ["b"], [node(names[(k + 1) % through], ["a"], ["b"], domain=DOMAIN)])
        for k, name in enumerate(names)
    ]
    assert_refuses(with_functions([call("F", ["x"], ["y"])], functions), UnsupportedOperator, "nested deeper")


def test_functions_that_unfold_without_end_are_refused(monkeypatch):
    """Each calls the next twice: 2^40 nodes, at a depth that is allowed."""
    monkeypatch.setattr("onnx_import.lowering.context._MOST_NODES", 2**12)
    functions = [
        function(
            f"F{k}",
            ["a"],
            ["b"],
            [node(f"F{k + 1}", ["a"], ["c"], domain=DOMAIN), node(f"F{k + 1}", ["c"], ["b"], domain=DOMAIN)],
        )
        for k in range(40)
    ]
    last = function("F40", ["a"], ["b"], [node("Identity", ["a"], ["b"])])
    made = with_functions([call("F0", ["x"], ["y"])], [*functions, last])
    assert_refuses(made, UnsupportedOperator, "unrolls into more than")


def test_a_cut_at_a_call_is_a_cut_before_the_function():
    smooth = function("F", ["a"], ["b"], [node("Exp", ["a"], ["b"])])
    made = with_functions([node("Relu", ["x"], ["h"]), call("F", ["h"], ["y"])], [smooth])
    assert_refuses(made, NotPiecewiseAffine, r"^node 'n' \(example\.F.*Exp.*--cut-at 'n'")
    assert list(eg.evaluate(imported(made, cut_at="n").program, [-2, 1, 3]).outputs) == [0, 1, 3]


# Functions by which the standard defines operators


@pytest.mark.parametrize("opset", [18, NEWEST])
@pytest.mark.parametrize("axes", [None, [1, 0]])
def test_operators_that_the_standard_defines_as_functions_are_lowered(opset, axes):
    attributes = {} if axes is None else {"axes": axes}
    crop = node("CenterCropPad", ["x", "s"], ["y"], **attributes)
    assert_agrees_with_reference(model([crop], {"x": (4, 5)}, ["y"], {"s": np.array([3, 7])}, opset=opset))


def test_swish_gates_are_refused_with_the_node_that_can_be_cut():
    made = model([node("SwiGLU", ["x"], ["y"], name="n")], {"x": (2, 4)}, ["y"])
    assert_refuses(made, NotPiecewiseAffine, r"^node 'n' \(SwiGLU, .*Swish.*--cut-at 'n'")
