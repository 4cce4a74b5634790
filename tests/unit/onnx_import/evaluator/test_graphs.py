"""Graphs: constants, order, functions, branches, loops, scans and sequences."""

import numpy as np
import onnx
import pytest
from gmpy2 import mpq
from onnx import TensorProto, helper, numpy_helper
from unit.onnx_import.evaluator.running import evaluated, model, node

from exactgeo.errors import MalformedModel, UnsupportedOperator
from onnx_import.evaluator import evaluate_model

ONE = {"x": np.array([1.0, -2.0])}


def _constant(name, *entries, dtype=np.float64):
    return numpy_helper.from_array(np.array(entries, dtype=dtype), name)


def _scalar(name, entry):
    return numpy_helper.from_array(np.asarray(entry), name)


def _graph(nodes, inputs, outputs, constants=()):
    kinds = {"b": TensorProto.BOOL, "i": TensorProto.INT64}
    return helper.make_graph(
        nodes,
        "inner",
        [helper.make_tensor_value_info(name, kinds.get(name[0], TensorProto.DOUBLE), None) for name in inputs],
        [helper.make_empty_tensor_value_info(name) for name in outputs],
        list(constants),
    )


def test_a_constant_that_is_also_an_input():
    made = model(
        [node("Add", ["x", "c"], ["y"])], {**ONE, "c": np.zeros(2)}, ["y"], initializers=[_constant("c", 3, 4)]
    )
    assert evaluated(made, ONE)[0].tolist() == [4, 2]
    assert evaluated(made, {**ONE, "c": np.array([5.0, 6.0])})[0].tolist() == [6, 4]


def test_nodes_in_any_order():
    halves = node("Constant", [], ["c"], value=_constant("", 0.5, 0.5))
    nodes = [node("Add", ["a", "c"], ["y"]), node("Neg", ["x"], ["a"]), halves]
    assert evaluated(model(nodes, ONE, ["y"]), ONE)[0].tolist() == [mpq(-1, 2), mpq(5, 2)]


def test_only_what_is_asked_for_is_evaluated():
    nodes = [node("Neg", ["x"], ["a"]), node("Elu", ["a"], ["y"])]
    made = model(nodes, ONE, ["y"])
    assert evaluate_model(made, {"x": [1, -2]}, outputs=["a"])["a"].tolist() == [-1, 2]
    assert evaluate_model(made, {"x": [1, -2]}, outputs=["x"])["x"].tolist() == [1, -2]
    with pytest.raises(UnsupportedOperator, match="Elu"):
        evaluated(made, ONE)
    with pytest.raises(MalformedModel, match="'b'"):
        evaluate_model(made, {"x": [1, -2]}, outputs=["b"])


@pytest.mark.parametrize(
    "nodes",
    [
        [node("Neg", ["z"], ["y"])],
        [node("Neg", ["x"], ["y"]), node("Abs", ["x"], ["y"])],
        [node("Neg", ["x"], ["x"]), node("Abs", ["x"], ["y"])],
        [node("Add", ["x", "y"], ["y"])],
        [node("Add", ["x", "a"], ["y"]), node("Neg", ["y"], ["a"])],
    ],
)
def test_graphs_that_are_none(nodes):
    with pytest.raises(MalformedModel):
        evaluated(model(nodes, ONE, ["y"]), ONE)


def test_operator_sets_that_are_not_imported():
    made = model([node("Neg", ["x"], ["y"], domain="other")], ONE, ["y"])
    with pytest.raises(MalformedModel, match="'other'"):
        evaluated(made, ONE)
    made.opset_import.add(domain="other", version=3)
    with pytest.raises(UnsupportedOperator, match="'other'"):
        evaluated(made, ONE)
    made.opset_import.add(domain="other", version=4)
    with pytest.raises(MalformedModel, match="'other'"):
        evaluated(made, ONE)


@pytest.mark.parametrize("opset", [5, onnx.defs.onnx_opset_version() + 1])
def test_operator_sets_that_are_not_known(opset):
    with pytest.raises(UnsupportedOperator, match=f"opset {opset}"):
        evaluated(model([node("Neg", ["x"], ["y"])], ONE, ["y"], opset=opset), ONE)


def _leaky(**changes):
    """A function with an attribute, in an opset of its own: alpha * min(x, 0) + max(x, 0), by LeakyRelu."""
    inner = node("LeakyRelu", ["a"], ["b"])
    inner.attribute.append(onnx.AttributeProto(name="alpha", type=onnx.AttributeProto.FLOAT, ref_attr_name="slope"))
    sets = [helper.make_opsetid("", 7)]
    return helper.make_function("own", "Leaky", ["a"], ["b"], [inner], sets, **changes)


def test_functions_with_attributes():
    used = node("Leaky", ["x"], ["y"], domain="own", slope=0.25)
    made = model([used], ONE, ["y"], functions=[_leaky(attributes=["slope"])])
    assert evaluated(made, ONE)[0].tolist() == [1, mpq(-1, 2)]
    del used.attribute[:]
    made = model([used], ONE, ["y"], functions=[_leaky(attributes=["slope"])])
    assert evaluated(made, ONE)[0].tolist() == [1, -2 * mpq(*float(np.float32(0.01)).as_integer_ratio())]
    made = model(
        [used], ONE, ["y"], functions=[_leaky(attribute_protos=[helper.make_attribute("slope", 0.5)], attributes=[])]
    )
    assert evaluated(made, ONE)[0].tolist() == [1, -1]


def test_functions_in_functions():
    inner = node("Leaky", ["p"], ["q"], domain="own")
    inner.attribute.append(onnx.AttributeProto(name="slope", type=onnx.AttributeProto.FLOAT, ref_attr_name="outer"))
    sets = [helper.make_opsetid("own", 1), helper.make_opsetid("", 13)]
    twice = helper.make_function(
        "own", "Twice", ["p", "r"], ["s"], [inner, node("Sum", ["q", "q"], ["s"])], sets, ["outer"]
    )
    used = node("Twice", ["x"], ["y"], domain="own", outer=0.5)
    made = model([used], ONE, ["y"], functions=[_leaky(attributes=["slope"]), twice])
    made.opset_import.pop()
    assert evaluated(made, ONE)[0].tolist() == [2, -2]


def test_a_function_that_calls_itself():
    again = helper.make_function(
        "own", "Again", ["a"], ["b"], [node("Again", ["a"], ["b"], domain="own")], [helper.make_opsetid("own", 1)]
    )
    made = model([node("Again", ["x"], ["y"], domain="own")], ONE, ["y"], functions=[again])
    with pytest.raises(MalformedModel, match="itself"):
        evaluated(made, ONE)


def test_functions_do_not_see_the_graph_around_them():
    blind = helper.make_function(
        "own", "Blind", ["a"], ["b"], [node("Add", ["a", "x"], ["b"])], [helper.make_opsetid("", 13)]
    )
    made = model([node("Blind", ["x"], ["y"], domain="own")], ONE, ["y"], functions=[blind])
    with pytest.raises(MalformedModel, match="'x'"):
        evaluated(made, ONE)


@pytest.mark.parametrize("condition,wanted", [(True, [-1, 2]), (False, [2, -4])])
def test_branches_see_the_graph_around_them(condition, wanted):
    then = _graph([node("Neg", ["x"], ["y"])], [], ["y"])
    other = _graph([node("Mul", ["x", "two"], ["z"])], [], ["z"], [_scalar("two", 2.0)])
    nodes = [node("If", ["c"], ["y"], then_branch=then, else_branch=other)]
    made = model(nodes, ONE, ["y"], initializers=[_scalar("c", condition)])
    assert evaluated(made, ONE)[0].tolist() == wanted


def test_what_a_branch_sees_may_be_computed_after_it_in_the_file():
    branch = _graph([node("Abs", ["late"], ["y"])], [], ["y"])
    nodes = [node("If", ["c"], ["y"], then_branch=branch, else_branch=branch), node("Neg", ["x"], ["late"])]
    made = model(nodes, ONE, ["y"], initializers=[_scalar("c", True)])
    assert evaluated(made, ONE)[0].tolist() == [1, 2]


def test_only_the_branch_taken_must_be_evaluable():
    then, other = _graph([node("Abs", ["x"], ["y"])], [], ["y"]), _graph([node("Elu", ["x"], ["z"])], [], ["z"])
    nodes = [node("If", ["c"], ["y"], then_branch=then, else_branch=other)]
    assert evaluated(model(nodes, ONE, ["y"], initializers=[_scalar("c", True)]), ONE)[0].tolist() == [1, 2]
    with pytest.raises(UnsupportedOperator, match="Elu"):
        evaluated(model(nodes, ONE, ["y"], initializers=[_scalar("c", False)]), ONE)


def _halving():
    """The body of a loop: half of the state, as long as its largest entry is more than 1/5."""
    nodes = [
        node("Mul", ["v", "half"], ["w"]),
        node("ReduceMax", ["w"], ["top"], keepdims=0),
        node("Greater", ["top", "limit"], ["go"]),
    ]
    return _graph(nodes, ["i", "b", "v"], ["go", "w", "w"], [_scalar("half", 0.5), _scalar("limit", 0.2)])


@pytest.mark.parametrize(
    "count,condition,steps", [(2, None, 2), (None, True, 3), (2, True, 2), (9, True, 3), (9, None, 9), (3, False, 0)]
)
def test_loops(count, condition, steps):
    names = ["m" if count is not None else "", "c" if condition is not None else "", "x"]
    constants = [_scalar("m", np.int64(count or 0)), _scalar("c", bool(condition))]
    outputs = ["y", "s"] if steps else ["y"]
    nodes = [node("Loop", names, ["y", "s"] if steps else ["y", ""], body=_halving())]
    if not steps:
        with pytest.raises(UnsupportedOperator, match="not run once"):
            evaluated(model(nodes, ONE, outputs, initializers=constants), ONE)
        return
    final, scanned = evaluated(model(nodes, ONE, outputs, initializers=constants), ONE)
    assert final.tolist() == [mpq(1, 2**steps), mpq(-2, 2**steps)]
    assert scanned.tolist() == [[mpq(1, 2**k), mpq(-2, 2**k)] for k in range(1, steps + 1)]


def test_loops_without_an_end():
    nodes = [node("Loop", ["", "", "x"], ["y"], body=_halving())]
    with pytest.raises(UnsupportedOperator, match="without an end"):
        evaluated(model(nodes, ONE, ["y"]), ONE)


@pytest.mark.parametrize("backwards", [0, 1])
@pytest.mark.parametrize("prepended", [0, 1])
def test_scans(backwards, prepended):
    body = _graph([node("Add", ["s", "e"], ["t"]), node("Neg", ["t"], ["u"])], ["s", "e"], ["t", "u"])
    made = model(
        [
            node(
                "Scan",
                ["z", "x"],
                ["y", "w"],
                body=body,
                num_scan_inputs=1,
                scan_input_directions=[backwards],
                scan_output_directions=[prepended],
            )
        ],
        ONE,
        ["y", "w"],
        initializers=[_scalar("z", 0.0)],
    )
    final, sums = evaluated(made, ONE)
    assert final == -1
    steps = [2, 1] if backwards else [-1, 1]
    assert sums.tolist() == (steps[::-1] if prepended else steps)


def test_the_first_scan_goes_over_batches():
    body = _graph([node("Add", ["s", "e"], ["t"]), node("Neg", ["t"], ["u"])], ["s", "e"], ["t", "u"])
    feed = {"z": np.array([0.0, 10.0]), "x": np.array([[1.0, 2.0], [3.0, 4.0]])}
    made = model([node("Scan", ["", "z", "x"], ["y", "w"], body=body, num_scan_inputs=1)], feed, ["y", "w"], opset=8)
    final, sums = evaluated(made, feed)
    assert final.tolist() == [3, 17]
    assert sums.tolist() == [[-1, -3], [-13, -17]]


def test_sequences():
    nodes = [
        node("SequenceConstruct", ["x", "x"], ["s"]),
        node("Neg", ["x"], ["n"]),
        node("SequenceInsert", ["s", "n", "one"], ["t"]),
        node("SequenceErase", ["t", "last"], ["u"]),
        node("SequenceLength", ["u"], ["l"]),
        node("SequenceAt", ["u", "last"], ["y"]),
        node("ConcatFromSequence", ["u"], ["c"], axis=0, new_axis=1),
        node("SequenceMap", ["u"], ["m"], body=_graph([node("Abs", ["e"], ["f"])], ["e"], ["f"])),
    ]
    constants = [_scalar("one", np.int64(1)), _scalar("last", np.int64(-1))]
    made = model(nodes, ONE, ["l", "y", "c", "m"], initializers=constants)
    length, item, stacked, mapped = evaluated(made, ONE)
    assert length == 2
    assert item.tolist() == [-1, 2]
    assert stacked.tolist() == [[1, -2], [-1, 2]]
    assert [m.tolist() for m in mapped] == [[1, 2], [1, 2]]


def test_shapes_are_integers_that_shape():
    nodes = [
        node("Shape", ["x"], ["s"]),
        node("Mul", ["s", "s"], ["q"]),
        node("ConstantOfShape", ["q"], ["z"], value=_constant("", 0.25)),
        node("Range", ["a", "b", "d"], ["r"]),
    ]
    constants = [_scalar(name, entry) for name, entry in (("a", 1.0), ("b", 2.0), ("d", 0.3))]
    shape, filled, numbers = evaluated(model(nodes, ONE, ["s", "z", "r"], initializers=constants), ONE)
    assert shape.tolist() == [2] and type(shape[0]) is int
    assert filled.tolist() == [mpq(1, 4)] * 4
    step = mpq(*(0.3).as_integer_ratio())
    assert numbers.tolist() == [1, 1 + step, 1 + 2 * step, 1 + 3 * step]
