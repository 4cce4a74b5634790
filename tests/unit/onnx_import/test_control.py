"""Control flow that is unrolled: branches, loops and scans."""

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper
from unit.onnx_import.models import (
    NEWEST,
    assert_agrees_with_reference,
    assert_refuses,
    assert_same,
    imported,
    integers,
    model,
    node,
    run_exactly,
)

from exactgeo.errors import ImportFailure, MalformedModel, NotPiecewiseAffine, UnsupportedOperator

X = np.array([[-2.0, 0.5, 3.0], [1.0, -1.0, 0.25]])
INPUTS = {"x": (2, 3)}


def graph(nodes, outputs, inputs=(), constants=None):
    """A subgraph: inputs and outputs are names, or pairs of a name and a type."""

    def values(names):
        pairs = [(name, TensorProto.DOUBLE) if isinstance(name, str) else name for name in names]
        return [helper.make_tensor_value_info(name, kind, None) for name, kind in pairs]

    stored = [numpy_helper.from_array(np.asarray(array), name) for name, array in (constants or {}).items()]
    return helper.make_graph(nodes, "subgraph", values(inputs), values(outputs), stored)


def found(made):
    return run_exactly(imported(made), [X])


# If

NEGATIVE, RECTIFIED = graph([node("Neg", ["x"], ["r"])], ["r"]), graph([node("Relu", ["x"], ["r"])], ["r"])


def _choice(condition, then=RECTIFIED, other=NEGATIVE, opset=NEWEST, nodes=(), outputs=("y",)):
    chosen = node("If", ["c"], [*outputs], name="n", then_branch=then, else_branch=other)
    constants = {} if condition is None else {"c": condition}
    return model([*nodes, chosen], INPUTS, outputs, constants, opset=opset)


@pytest.mark.parametrize("opset", [7, 11, 13, 16, 19, NEWEST])
@pytest.mark.parametrize("condition", [np.array(True), np.array(False), np.array([True]), np.array([[False]])])
def test_a_constant_condition_chooses_a_branch(condition, opset):
    made = _choice(condition, opset=opset)
    assert_same(found(made), [np.maximum(X, 0) if condition.item() else -X])
    if condition.ndim == 0:
        assert_agrees_with_reference(made)


def test_the_branch_that_is_not_taken_may_be_anything():
    smooth = graph([node("Exp", ["x"], ["r"])], ["r"])
    assert_same(found(_choice(np.array(True), other=smooth)), [np.maximum(X, 0)])
    assert_refuses(_choice(np.array(False), other=smooth), NotPiecewiseAffine, r"^node 'n' \(If.*Exp.*--cut-at 'n'")


def test_branches_have_constants_and_several_outputs():
    then = graph([node("Mul", ["x", "k"], ["r"])], ["r", "k"], constants={"k": np.array(2.0)})
    other = graph([node("Add", ["x", "k"], ["s"])], ["s", "k"], constants={"k": np.array(3.0)})
    assert_same(found(_choice(np.array(True), then, other, outputs=("y", "z"))), [2 * X, np.array(2.0)])
    assert_same(found(_choice(np.array(False), then, other, outputs=("y", "z"))), [X + 3, np.array(3.0)])


def test_branches_within_branches_see_what_is_around_both():
    inner = node("If", ["c"], ["r"], then_branch=RECTIFIED, else_branch=graph([node("Add", ["x", "h"], ["r"])], ["r"]))
    outer = graph([inner], ["r"])
    made = _choice(np.array(False), other=outer, nodes=[node("Abs", ["x"], ["h"])])
    assert_same(found(made), [X + abs(X)])


def _condition_on_the_data():
    return [
        node("ReduceMax", ["x"], ["m"], keepdims=0),
        node("Constant", [], ["one"], value=numpy_helper.from_array(np.array(1.0))),
        node("Greater", ["m", "one"], ["c"]),
    ]


def test_a_condition_on_the_data_is_a_gate():
    made = imported(_choice(None, nodes=_condition_on_the_data()))
    for x in (X, X - 2, X / 4, np.full((2, 3), -1.0)):
        assert_same(run_exactly(made, [x]), [np.maximum(x, 0) if x.max() > 1 else -x])


@pytest.mark.parametrize(
    "then",
    [
        graph([node("ReduceSum", ["x"], ["r"])], ["r"]),
        graph([node("Shape", ["x"], ["r"])], [("r", TensorProto.INT64)]),
        graph([node("SequenceConstruct", ["x"], ["r"])], ["r"]),
    ],
    ids=["shape", "integers", "sequence"],
)
def test_branches_that_differ_are_refused_where_the_data_decides(then):
    made = _choice(None, then=then, other=RECTIFIED, nodes=_condition_on_the_data())
    assert_refuses(made, UnsupportedOperator, r"^node 'n' \(If")


@pytest.mark.parametrize("condition", [np.array([True, False]), np.zeros(0, dtype=bool), np.array(1.0), np.array(1)])
def test_conditions_that_are_not_one_truth_value_are_refused(condition):
    assert_refuses(_choice(condition), ImportFailure, r"^node 'n' \(If")


def test_a_choice_without_a_branch_is_refused():
    made = model([node("If", ["c"], ["y"], name="n", then_branch=NEGATIVE)], INPUTS, ["y"], {"c": np.array(True)})
    assert_refuses(made, MalformedModel, r"^node 'n' \(If.* lacks a branch")


# Loop


def _body(nodes, states=("s",), results=("t",), outputs=(), condition="go"):
    inputs = [("i", TensorProto.INT64), ("go", TensorProto.BOOL), *states]
    return graph(nodes, [(condition, TensorProto.BOOL), *results, *outputs], inputs)


DOUBLING = _body([node("Add", ["s", "s"], ["t"])])


def _loop(body, names, outputs=("y",), constants=None, opset=NEWEST, inputs=None):
    return model([node("Loop", names, outputs, name="n", body=body)], inputs or INPUTS, outputs, constants, opset=opset)


@pytest.mark.parametrize("opset", [7, 11, 13, 16, 19, NEWEST])
@pytest.mark.parametrize("trips", [0, 1, 3])
def test_a_loop_runs_as_often_as_it_says(trips, opset):
    for condition in ("", "c"):
        constants = {"n": np.array(trips), "c": np.array(True)}
        made = _loop(DOUBLING, ["n", condition, "x"], constants=constants, opset=opset)
        assert_same(found(made), [X * 2.0**trips])
    assert_agrees_with_reference(made)  # which takes a condition that is left out for a false one


def test_a_loop_stops_when_its_body_says_so():
    nodes = [node("Add", ["s", "x"], ["t"]), node("Less", ["i", "three"], ["on"])]
    nodes.append(node("Constant", [], ["three"], value_int=3))
    body = _body(nodes, condition="on")
    for names, runs in ((["n", "c", "x"], 4), (["", "c", "x"], 4), (["few", "c", "x"], 2), (["n", "no", "x"], 0)):
        constants = {"n": np.array(9), "few": np.array(2), "c": np.array(True), "no": np.array(False)}
        assert_same(found(_loop(body, names, constants=constants)), [X * (1 + runs)])


@pytest.mark.parametrize("names", [["n", "", "x"], ["", "", "x"]], ids=["trips", "neither"])
def test_a_loop_without_a_condition_is_refused_where_its_body_makes_a_false_one(names):
    """The standard's text: `for (int i=0; i < trip_count; ++i) { cond = ...; // ignored }`; runtimes heed it."""
    nodes = [node("Add", ["s", "x"], ["t"]), node("Less", ["i", "two"], ["on"])]
    body = _body(nodes, condition="on")
    constants = {"n": np.array(4), "two": np.array(2)}
    assert_refuses(
        _loop(body, names, constants=constants), UnsupportedOperator, r"^node 'n' \(Loop.* false one in run 2"
    )
    constants["n"] = np.array(3)  # the last run's condition changes nothing
    assert_same(found(_loop(body, ["n", "", "x"], constants=constants)), [4 * X])


def test_the_number_of_the_iteration_counts_from_zero():
    nodes = [node("Cast", ["i"], ["k"], to=TensorProto.DOUBLE), node("Mul", ["s", "k"], ["t"])]
    nodes += [node("Identity", ["i"], ["o"])]
    body = _body(nodes, outputs=[("o", TensorProto.INT64)])
    made = _loop(body, ["n", "", "x"], ["y", "z"], {"n": np.array(3)})
    assert_same(found(made), [0 * X, np.array([0, 1, 2])])


@pytest.mark.parametrize("number, condition", [([], []), ([1], []), ([], [1]), ([1], [1])])
def test_the_number_and_the_condition_have_as_many_axes_as_the_body_declares(number, condition):
    """In brackets they are stacked to columns, and columns broadcast otherwise than rows."""
    kinds = {"i": (TensorProto.INT64, number), "go": (TensorProto.BOOL, condition)}
    nodes = [node("Cast", [name], [f"{name}_out"], to=TensorProto.DOUBLE) for name in kinds]
    body = graph(nodes, [("go", TensorProto.BOOL), "i_out", "go_out"])
    body.input.extend(helper.make_tensor_value_info(name, *kind) for name, kind in kinds.items())
    nodes = [node("Loop", ["n", "c"], ["numbers", "truths"], body=body)]
    nodes += [node("Add", ["x", "numbers"], ["y"]), node("Add", ["x", "truths"], ["z"])]
    made = model(nodes, {"x": (2,)}, ["y", "z"], {"n": np.array(2), "c": np.full(condition, True)})
    x = np.array([0.5, -3.0])
    expected = [x + np.reshape([0, 1], (2, *number)), x + np.ones((2, *condition))]
    assert_same(run_exactly(imported(made), [x]), expected)


def test_states_keep_their_order_and_outputs_are_stacked():
    """Two states that change places, and what they are on the way."""
    nodes = [node("Identity", ["b"], ["p"]), node("Add", ["a", "b"], ["q"]), node("Neg", ["a"], ["o"])]
    body = _body(nodes, states=("a", "b"), results=("p", "q"), outputs=("o",))
    constants = {"n": np.array(4), "c": np.array(True)}
    made = _loop(body, ["n", "c", "x", "z"], ["y", "w", "v"], constants, inputs={"x": (2,), "z": (2,)})
    assert_agrees_with_reference(made)
    x, z = np.array([1.0, -2.0]), np.array([0.5, 3.0])
    a, b, rows = x, z, []
    for _ in range(4):
        rows.append(-a)
        a, b = b, a + b
    assert_same(run_exactly(imported(made), [x, z]), [a, b, np.stack(rows)])


def test_a_loop_without_states_gathers_rows():
    body = _body([node("Gather", ["x", "i"], ["o"], axis=1)], states=(), results=(), outputs=("o",))
    made = _loop(body, ["n"], constants={"n": np.array(3)})
    assert_same(found(made), [X.T])


def test_a_loop_whose_state_is_a_sequence_builds_it():
    body = graph(
        [node("Gather", ["x", "i"], ["row"]), node("SequenceInsert", ["s", "row"], ["t"])],
        [("go", TensorProto.BOOL), "t"],
        [("i", TensorProto.INT64), ("go", TensorProto.BOOL), "s"],
    )
    nodes = [node("SequenceEmpty", [], ["e"]), node("Loop", ["n", "", "e"], ["s"], body=body)]
    nodes.append(node("ConcatFromSequence", ["s"], ["y"], axis=0))
    assert_same(found(model(nodes, INPUTS, ["y"], {"n": np.array(2)})), [X.ravel()])


def test_a_state_may_change_its_shape():
    body = _body([node("Concat", ["s", "x"], ["t"], axis=0)])
    assert_same(found(_loop(body, ["n", "", "x"], constants={"n": np.array(2)})), [np.concatenate([X, X, X])])


def test_loops_within_loops():
    inner = node("Loop", ["two", "", "s"], ["t"], body=_body([node("Add", ["u", "x"], ["v"])], ("u",), ("v",)))
    made = _loop(_body([inner]), ["n", "", "x"], constants={"n": np.array(3), "two": np.array(2)})
    assert_same(found(made), [7 * X])


def test_a_loop_that_the_data_ends_is_refused():
    nodes = [node("Add", ["s", "s"], ["t"]), node("ReduceMax", ["s"], ["m"], keepdims=0)]
    nodes += [node("Less", ["m", "limit"], ["on"])]
    made = _loop(_body(nodes, condition="on"), ["n", "", "x"], constants={"n": np.array(3), "limit": np.array(9.0)})
    assert_refuses(made, NotPiecewiseAffine, r"^node 'n' \(Loop.* as often as the data says")


def test_a_loop_without_end_is_refused(monkeypatch):
    monkeypatch.setattr("onnx_import.lowering.context._MOST_NODES", 500)
    for names, constants in ((["", "", "x"], {}), (["n", "", "x"], {"n": np.array(2**62)})):
        body = _body([node("Identity", ["s"], ["t"])])
        assert_refuses(_loop(body, names, constants=constants), UnsupportedOperator, "unrolls into more than 500 nodes")


def test_a_loop_that_never_runs_has_no_rows():
    body = _body([node("Add", ["s", "s"], ["t"]), node("Neg", ["s"], ["o"])], outputs=("o",))
    made = _loop(body, ["n", "", "x"], ["y", "z"], {"n": np.array(0)})
    assert_refuses(made, UnsupportedOperator, r"^node 'n' \(Loop.* never runs")


@pytest.mark.parametrize(
    "body, names",
    [
        (graph([], []), ["n", "", "x"]),
        (DOUBLING, ["n", ""]),
        (DOUBLING, ["n", "", "x", "x"]),
        (DOUBLING, ["x", "", "x"]),
        (DOUBLING, ["n", "x", "x"]),
        (DOUBLING, ["many", "", "x"]),
    ],
    ids=["no inputs", "no state", "two states", "trips of data", "condition of data", "two trip counts"],
)
def test_loops_that_contradict_themselves_are_refused(body, names):
    made = _loop(body, names, constants={"n": np.array(2), "many": integers(2, 3)})
    assert_refuses(made, ImportFailure, r"^node 'n' \(Loop")


def test_rows_of_different_shapes_are_refused():
    body = _body([node("Concat", ["s", "x"], ["t"], axis=0)], outputs=("t",))
    made = _loop(body, ["n", "", "x"], ["y", "z"], {"n": np.array(3)})
    assert_refuses(made, MalformedModel, r"^node 'n' \(Loop")


# Scan


def _scan(body, names, outputs, opset=NEWEST, inputs=None, constants=None, **attributes):
    made = node("Scan", names, outputs, name="n", body=body, **attributes)
    return model([made], inputs or INPUTS, outputs, constants, opset=opset)


RUNNING = graph([node("Add", ["s", "e"], ["t"]), node("Identity", ["t"], ["o"])], ["t", "o"], ["s", "e"])
START = {"z": np.zeros(3), "w": np.zeros(2)}


@pytest.mark.parametrize("opset", [9, 11, 16, 19, NEWEST])
def test_a_scan_carries_its_state_along_the_rows(opset):
    made = _scan(RUNNING, ["z", "x"], ["y", "v"], opset, constants=START, num_scan_inputs=1)
    assert_same(found(made), [X.sum(axis=0), np.cumsum(X, axis=0)])
    assert_agrees_with_reference(made)


@pytest.mark.parametrize("axis", [1, -1])
def test_a_scan_goes_along_another_axis(axis):
    made = _scan(RUNNING, ["w", "x"], ["y", "v"], constants=START, num_scan_inputs=1, scan_input_axes=[axis])
    assert_same(found(made), [X.sum(axis=1), np.cumsum(X, axis=1).T])


@pytest.mark.parametrize("axis", [1, -1])
def test_a_scan_stacks_its_output_along_another_axis(axis):
    made = _scan(RUNNING, ["z", "x"], ["y", "v"], constants=START, num_scan_inputs=1, scan_output_axes=[axis])
    assert_same(found(made), [X.sum(axis=0), np.cumsum(X, axis=0).T])


@pytest.mark.parametrize("reads, writes", [(0, 1), (1, 0), (1, 1)])
def test_a_scan_goes_backwards(reads, writes):
    made = _scan(
        RUNNING,
        ["w", "x"],
        ["y", "v"],
        constants=START,
        num_scan_inputs=1,
        scan_input_axes=[1],
        scan_input_directions=[reads],
        scan_output_directions=[writes],
    )
    columns = X.T[::-1] if reads else X.T
    sums = np.cumsum(columns, axis=0)
    assert_same(found(made), [X.sum(axis=1), sums[::-1] if writes else sums])


def test_a_scan_over_two_inputs_at_once():
    body = graph([node("Sub", ["e", "f"], ["o"])], ["o"], ["e", "f"])
    made = _scan(body, ["x", "z"], ["y"], inputs={"x": (2, 3), "z": (3, 2)}, num_scan_inputs=2, scan_input_axes=[0, 1])
    z = np.arange(6.0).reshape(3, 2)
    assert_same(run_exactly(imported(made), [X, z]), [X - z.T])


def test_a_scan_of_opset_8_treats_each_batch_element_by_itself():
    made = _scan(RUNNING, ["", "z", "x"], ["y", "v"], 8, {"z": (2, 3), "x": (2, 4, 3)}, num_scan_inputs=1)
    z, x = np.array([[1.0, 2.0, 3.0], [-1.0, 0.0, 1.0]]), np.arange(24.0).reshape(2, 4, 3)
    expected = [z + x.sum(axis=1), z[:, None, :] + np.cumsum(x, axis=1)]
    assert_same(run_exactly(imported(made), [z, x]), expected)


def test_a_scan_of_opset_8_goes_backwards():
    made = _scan(
        RUNNING, ["", "z", "x"], ["y", "v"], 8, {"z": (1, 3), "x": (1, 4, 3)}, num_scan_inputs=1, directions=[1]
    )
    z, x = np.array([[1.0, 2.0, 3.0]]), np.arange(12.0).reshape(1, 4, 3)
    expected = [z + x.sum(axis=1), z[:, None, :] + np.cumsum(x[:, ::-1], axis=1)]
    assert_same(run_exactly(imported(made), [z, x]), expected)


@pytest.mark.parametrize(
    "names, attributes",
    [
        (["z", "x"], {}),
        (["z", "x"], {"num_scan_inputs": 0}),
        (["z", "x"], {"num_scan_inputs": 3}),
        (["z", "x"], {"num_scan_inputs": 2}),
        (["z", "z", "x"], {"num_scan_inputs": 1}),
        (["z", "x"], {"num_scan_inputs": 1, "scan_input_axes": [2]}),
        (["z", "x"], {"num_scan_inputs": 1, "scan_input_axes": [0, 1]}),
        (["z", "x"], {"num_scan_inputs": 1, "scan_output_axes": [2]}),
        (["z", "x"], {"num_scan_inputs": 1, "scan_output_directions": [0, 1]}),
        (["z", "x"], {"num_scan_inputs": 1, "directions": [0]}),
        (["x"], {"num_scan_inputs": 1}),
    ],
    ids=str,
)
def test_scans_that_contradict_themselves_are_refused(names, attributes):
    made = _scan(RUNNING, names, ["y", "v"], constants=START, **attributes)
    assert_refuses(made, ImportFailure, r"^node 'n' \(Scan")


def test_scans_over_inputs_of_different_lengths_are_refused():
    body = graph([node("Sub", ["e", "f"], ["o"])], ["o"], ["e", "f"])
    made = _scan(body, ["x", "z"], ["y"], inputs={"x": (2, 3), "z": (3, 3)}, num_scan_inputs=2)
    assert_refuses(made, MalformedModel, r"^node 'n' \(Scan.* at once")
