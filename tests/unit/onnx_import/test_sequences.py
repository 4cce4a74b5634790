"""Sequences of arrays, and optional values."""

import numpy as np
import pytest
from onnx import TensorProto, helper
from unit.onnx_import.models import (
    NEWEST,
    assert_agrees_with_reference,
    assert_refuses,
    assert_same,
    dyadics,
    imported,
    integers,
    model,
    node,
    run_exactly,
    scalar,
)

from exactgeo.errors import ImportFailure, MalformedModel, UnsupportedOperator

INPUTS = {"a": (2,), "b": (2,), "c": (2,)}
A, B, C = (dyadics(seed, 2) for seed in (1, 2, 3))
MADE = node("SequenceConstruct", ["a", "b", "c"], ["s"])


def found(nodes, outputs=("y",), constants=None, inputs=None, feeds=(A, B, C)):
    return run_exactly(imported(model(nodes, inputs or INPUTS, outputs, constants)), list(feeds))


def refuses(nodes, match, error=MalformedModel, constants=None, inputs=None):
    assert_refuses(model(nodes, inputs or INPUTS, ["y"], constants), error, match)


# Places


@pytest.mark.parametrize("place, expected", [(0, A), (2, C), (-1, C), (-3, A)])
@pytest.mark.parametrize("kind", [np.int32, np.int64])
def test_an_array_is_taken_from_its_place(place, expected, kind):
    nodes = [MADE, node("SequenceAt", ["s", "k"], ["y"])]
    assert_same(found(nodes, constants={"k": np.array(place, kind)}), [expected])


@pytest.mark.parametrize("place", [3, -4, 2**40])
def test_a_place_beyond_the_end_is_refused(place):
    nodes = [MADE, node("SequenceAt", ["s", "k"], ["y"], name="n")]
    refuses(nodes, r"^node 'n' \(SequenceAt", constants={"k": scalar(place)})


def _after(*nodes):
    """The sequence 's' after these nodes, joined."""
    return [MADE, *nodes, node("ConcatFromSequence", ["t"], ["y"], axis=0)]


@pytest.mark.parametrize(
    "place, order",
    [(None, "abca"), (0, "aabc"), (1, "aabc"), (3, "abca"), (-1, "abac"), (-3, "aabc")],
)
def test_an_array_is_inserted_before_its_place(place, order):
    """As Python's lists do, and the standard's text: at -1 it comes before the last."""
    names = ["s", "a"] if place is None else ["s", "a", "k"]
    constants = {} if place is None else {"k": scalar(place)}
    nodes = _after(node("SequenceInsert", names, ["t"]))
    arrays = {"a": A, "b": B, "c": C}
    assert_same(found(nodes, constants=constants), [np.concatenate([arrays[name] for name in order])])


@pytest.mark.parametrize("place, order", [(None, "ab"), (0, "bc"), (2, "ab"), (-2, "ac")])
def test_an_array_is_erased(place, order):
    names = ["s"] if place is None else ["s", "k"]
    constants = {} if place is None else {"k": scalar(place)}
    arrays = {"a": A, "b": B, "c": C}
    nodes = _after(node("SequenceErase", names, ["t"]))
    assert_same(found(nodes, constants=constants), [np.concatenate([arrays[name] for name in order])])


@pytest.mark.parametrize("place", [4, -4])
def test_an_array_is_not_inserted_beyond_the_ends(place):
    nodes = _after(node("SequenceInsert", ["s", "a", "k"], ["t"], name="n"))
    refuses(nodes, r"^node 'n' \(SequenceInsert", constants={"k": scalar(place)})


def test_an_insertion_leaves_the_sequence_as_it_was():
    nodes = [MADE, node("SequenceInsert", ["s", "a"], ["t"]), node("SequenceErase", ["s"], ["u"])]
    nodes += [node("SequenceLength", [name], [f"n{name}"]) for name in "stu"]
    assert_same(found(nodes, ["ns", "nt", "nu"]), [np.array(3), np.array(4), np.array(2)])


def test_an_empty_sequence_has_no_arrays():
    nodes = [node("SequenceEmpty", [], ["s"], dtype=TensorProto.DOUBLE), node("SequenceLength", ["s"], ["y"])]
    assert_same(found(nodes), [np.array(0)])


@pytest.mark.parametrize("operator", ["SequenceErase", "ConcatFromSequence"])
def test_nothing_is_taken_from_an_empty_sequence(operator):
    attributes = {"axis": 0} if operator == "ConcatFromSequence" else {}
    nodes = [node("SequenceEmpty", [], ["s"]), node(operator, ["s"], ["y"], name="n", **attributes)]
    refuses(nodes, rf"^node 'n' \({operator}")


# Arrays into sequences and back


@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("new", [0, 1])
def test_arrays_are_joined_or_stacked(axis, new):
    nodes = [
        node("SequenceConstruct", ["a", "b"], ["s"]),
        node("ConcatFromSequence", ["s"], ["y"], axis=axis, new_axis=new),
    ]
    assert_agrees_with_reference(model(nodes, {"a": (2, 3), "b": (2, 3)}, ["y"]))


@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("keep", [0, 1])
def test_an_array_is_cut_into_slices(axis, keep):
    nodes = [node("SplitToSequence", ["a"], ["s"], axis=axis, keepdims=keep), node("SequenceAt", ["s", "k"], ["y"])]
    a = dyadics(1, 2, 3)
    expected = np.take(a, [1] if keep else 1, axis=axis)
    assert_same(found(nodes, constants={"k": scalar(1)}, inputs={"a": (2, 3)}, feeds=[a]), [expected])


@pytest.mark.parametrize("split, lengths", [(scalar(2), [2, 2, 1]), (scalar(5), [5]), (integers(1, 4), [1, 4])])
def test_an_array_is_cut_into_lengths(split, lengths):
    names = [f"y{k}" for k in range(len(lengths))]
    nodes = [node("SplitToSequence", ["a", "split"], ["s"])]
    nodes += [node("SequenceAt", ["s", f"k{k}"], [name]) for k, name in enumerate(names)]
    constants = {"split": split, **{f"k{k}": scalar(k) for k in range(len(names))}}
    a = dyadics(1, 5)
    expected = np.split(a, np.cumsum(lengths)[:-1])
    assert_same(found(nodes, names, constants, {"a": (5,)}, [a]), expected)


@pytest.mark.parametrize("split", [scalar(0), scalar(-1), integers(2, 2), integers(6, -1)])
def test_cuts_that_do_not_fit_are_refused(split):
    nodes = [node("SplitToSequence", ["a", "split"], ["y"], name="n")]
    refuses(nodes, r"^node 'n' \(SplitToSequence", constants={"split": split}, inputs={"a": (5,)})


@pytest.mark.parametrize("operator", ["SequenceAt", "SequenceLength", "SequenceInsert", "SequenceErase", "SequenceMap"])
def test_an_array_is_no_sequence(operator):
    body = helper.make_graph([], "g", [], [])
    attributes = {"body": body} if operator == "SequenceMap" else {}
    nodes = [node(operator, ["a", "k"][: 1 + (operator != "SequenceLength")], ["y"], name="n", **attributes)]
    refuses(nodes, rf"^node 'n' \({operator}.* where a sequence was expected", constants={"k": scalar(0)})


@pytest.mark.parametrize("operator", ["Relu", "Add", "Concat", "Shape", "SequenceConstruct"])
def test_a_sequence_is_no_array(operator):
    attributes = {"axis": 0} if operator == "Concat" else {}
    nodes = [
        MADE,
        node(operator, ["s", "a"] if operator in {"Add", "Concat"} else ["s"], ["y"], name="n", **attributes),
    ]
    refuses(nodes, rf"^node 'n' \({operator}.* where an array was expected")


# Mapping


def _values(*names):
    return [helper.make_tensor_value_info(name, TensorProto.DOUBLE, None) for name in names]


def test_a_graph_is_run_on_each_array():
    """With what is around it, with an array that stays, and with a sequence in step."""
    nodes = [node("Sub", ["e", "f"], ["d"]), node("Mul", ["d", "k"], ["o"]), node("Add", ["o", "g"], ["p"])]
    body = helper.make_graph(nodes, "g", _values("e", "f", "g"), _values("o", "p"))
    outer = [
        node("SequenceConstruct", ["a", "b"], ["s"]),
        node("SequenceConstruct", ["b", "c"], ["t"]),
        node("SequenceMap", ["s", "t", "c"], ["u", "v"], body=body),
        node("ConcatFromSequence", ["u"], ["y"], axis=0),
        node("ConcatFromSequence", ["v"], ["z"], axis=0),
    ]
    first = [2 * (A - B), 2 * (B - C)]
    expected = [np.concatenate(first), np.concatenate([array + C for array in first])]
    assert_same(found(outer, ["y", "z"], {"k": np.array(2.0)}), expected)


def test_sequences_of_different_lengths_are_not_mapped_over():
    body = helper.make_graph([node("Sub", ["e", "f"], ["o"])], "g", _values("e", "f"), _values("o"))
    outer = [MADE, node("SequenceConstruct", ["a"], ["t"]), node("SequenceMap", ["s", "t"], ["y"], name="n", body=body)]
    refuses(outer, r"^node 'n' \(SequenceMap.* different lengths")


def test_a_sequence_is_no_output():
    refuses([node("SequenceConstruct", ["a"], ["y"])], "output 'y' is a sequence", UnsupportedOperator)


# Optional values


@pytest.mark.parametrize("opset", [15, NEWEST])
def test_what_is_there_stays_there(opset):
    nodes = [node("Optional", ["a"], ["o"]), node("OptionalGetElement", ["o"], ["y"])]
    nodes.append(node("OptionalHasElement", ["o"], ["z"]))
    made = imported(model(nodes, INPUTS, ["y", "z"], opset=opset))
    assert_same(run_exactly(made, [A, B, C]), [A, np.array(1)])


@pytest.mark.parametrize("names", [[], [""]])
def test_what_is_left_out_is_not_there(names):
    nodes = [node("OptionalHasElement", names, ["y"])]
    assert_same(found(nodes), [np.array(0)])
    refuses([node("Optional", names, ["y"], name="n")], r"^node 'n' \(Optional", ImportFailure)


def test_a_sequence_may_be_optional():
    nodes = [MADE, node("Optional", ["s"], ["o"]), node("OptionalGetElement", ["o"], ["t"])]
    assert_same(found([*nodes, node("SequenceLength", ["t"], ["y"])]), [np.array(3)])
