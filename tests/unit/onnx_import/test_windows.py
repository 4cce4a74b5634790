"""Sliding windows: how many there are, what they see, and which attributes contradict each other."""

from itertools import product

import numpy as np
import pytest
from unit.onnx_import.models import assert_refuses, imported, one_node, run_exactly

from exactgeo.errors import MalformedModel, UnsupportedOperator
from exactgeo.networks.programs import ProgramBuilder
from onnx_import.files.graph import NodeRecord
from onnx_import.lowering.context import Context
from onnx_import.lowering.nodes import Node
from onnx_import.lowering.windows import Axis, Windows, kernel_shape, windows


def _node(opset=22, **attributes):
    record = NodeRecord("n", "MaxPool", "", opset, ("x",), ("y",), attributes)
    return Node(record, [], Context(ProgramBuilder(1)), None)


def _one_axis(size, kernel, opset=22, **attributes):
    lists = {"strides", "dilations", "pads"}
    given = {k: [*v] if isinstance(v, tuple) else [v] if k in lists else v for k, v in attributes.items()}
    return windows(_node(opset, **given), (size,), (kernel,), ceil_since=10).axes[0]


def _seen(axis):
    return axis.places.tolist()


# One axis


@pytest.mark.parametrize(
    "size, kernel, attributes, seen",
    [
        (4, 2, {}, [[0, 1], [1, 2], [2, 3]]),
        (4, 2, {"strides": 2}, [[0, 1], [2, 3]]),
        (5, 2, {"strides": 2}, [[0, 1], [2, 3]]),
        (5, 2, {"strides": 2, "ceil_mode": 1}, [[0, 1], [2, 3], [4, 5]]),
        (5, 2, {"dilations": 3}, [[0, 3], [1, 4]]),
        (3, 3, {"pads": (1, 1)}, [[-1, 0, 1], [0, 1, 2], [1, 2, 3]]),
        (3, 2, {"pads": (1, 0)}, [[-1, 0], [0, 1], [1, 2]]),
        (3, 2, {"pads": (0, 1)}, [[0, 1], [1, 2], [2, 3]]),
        (4, 1, {"strides": 3}, [[0], [3]]),
        (4, 1, {"strides": 3, "ceil_mode": 1}, [[0], [3]]),
        # With ceil_mode a third window would begin in the padding behind the last entry.
        (4, 2, {"strides": 3, "pads": (0, 1), "ceil_mode": 1}, [[0, 1], [3, 4]]),
        # Without ceil_mode it may.
        (2, 1, {"strides": 2, "pads": (0, 1)}, [[0], [2]]),
    ],
)
def test_windows_see_the_places_that_the_text_says(size, kernel, attributes, seen):
    assert _seen(_one_axis(size, kernel, **attributes)) == seen


@pytest.mark.parametrize("size, kernel, stride, dilation", [*product((3, 4, 7), (1, 2, 3), (1, 2, 3), (1, 2))])
def test_same_padding_gives_an_output_for_each_stride(size, kernel, stride, dilation):
    """The text: ceil(size / stride) outputs; of odd padding, the surplus is behind (UPPER) or before (LOWER).

    Windows with gaps of two entries between them would need less than no padding, which is refused.
    """
    if (-(-size // stride) - 1) * stride + (kernel - 1) * dilation + 1 < size - 1:
        with pytest.raises(UnsupportedOperator, match="gaps between its windows"):
            _one_axis(size, kernel, strides=stride, dilations=dilation, auto_pad="SAME_UPPER")
        return
    axes = [
        _one_axis(size, kernel, strides=stride, dilations=dilation, auto_pad=f"SAME_{side}")
        for side in ("UPPER", "LOWER")
    ]
    for axis in axes:
        assert axis.count == -(-size // stride)
        assert axis.before + axis.after == max((axis.count - 1) * stride + (kernel - 1) * dilation + 1 - size, 0)
    upper, lower = axes
    assert (upper.before, upper.after) == (lower.after, lower.before)
    assert upper.after - upper.before in (0, 1)


@pytest.mark.parametrize("size, kernel, stride", [*product((3, 4, 7), (1, 2, 3), (1, 2, 3))])
def test_valid_padding_is_none(size, kernel, stride):
    plain = _one_axis(size, kernel, strides=stride)
    assert _one_axis(size, kernel, strides=stride, auto_pad="VALID") == plain
    assert _one_axis(size, kernel, strides=stride, auto_pad="NOTSET") == plain
    assert (plain.before, plain.after, plain.count) == (0, 0, (size - kernel) // stride + 1)


# Several axes


def test_a_table_lists_every_window_s_places_in_row_major_order():
    moved = Windows((Axis(3, 2, 1, 1, 0, 0, 2), Axis(4, 2, 2, 1, 0, 0, 2)))
    places, inside, padded = moved.table()
    assert (moved.shape, moved.size) == ((2, 2), 12)
    assert places.tolist() == [[0, 1, 4, 5], [2, 3, 6, 7], [4, 5, 8, 9], [6, 7, 10, 11]]
    assert inside.all() and not padded.any()


def test_a_table_tells_entries_from_padding_and_from_what_is_beyond():
    """Along the second axis a window reaches over padding of one entry, and beyond it."""
    moved = Windows((Axis(2, 1, 1, 1, 0, 0, 2), Axis(2, 4, 1, 1, 1, 1, 2)))
    places, inside, padded = moved.table()
    cells = np.where(inside, places, np.where(padded, -1, -2))
    assert cells.tolist() == [[-1, 0, 1, -1], [0, 1, -1, -2], [-1, 2, 3, -1], [2, 3, -1, -2]]


def test_a_cell_is_inside_only_if_it_is_along_all_axes():
    moved = Windows((Axis(2, 2, 1, 1, 1, 0, 2), Axis(2, 2, 1, 1, 1, 0, 2)))
    places, inside, padded = moved.table()
    assert inside.sum(axis=1).tolist() == [1, 2, 2, 4]
    assert (inside ^ padded).all()
    assert [places[k][inside[k]].tolist() for k in range(4)] == [[0], [0, 1], [0, 2], [0, 1, 2, 3]]


def test_padding_lists_all_beginnings_before_all_ends():
    moved = windows(_node(pads=[1, 2, 3, 4]), (5, 5), (2, 2))
    assert [(axis.before, axis.after) for axis in moved.axes] == [(1, 3), (2, 4)]


# What is refused


@pytest.mark.parametrize(
    "attributes",
    [
        {"strides": [1]},
        {"strides": [0, 1]},
        {"strides": [1, -1]},
        {"dilations": [0, 1]},
        {"dilations": [1, 1, 1]},
        {"pads": [0, 0]},
        {"pads": [0, 0, 0, -1]},
        {"pads": [0, 0, 0, 1], "auto_pad": "VALID"},
        {"pads": [0, 0, 0, 1], "auto_pad": "SAME_UPPER"},
        {"auto_pad": "SAME"},
        {"auto_pad": "same_upper"},
        {"dilations": [4, 1]},
    ],
    ids=str,
)
def test_attributes_that_contradict_each_other_are_refused(attributes):
    with pytest.raises(MalformedModel, match=r"^node 'n' \(MaxPool"):
        windows(_node(**attributes), (4, 4), (2, 2))


@pytest.mark.parametrize("kernel", [[2], [2, 2, 2], [0, 2], [2, -1], None])
def test_kernels_that_do_not_fit_are_refused(kernel):
    with pytest.raises(MalformedModel, match=r"^node 'n' \(MaxPool"):
        kernel_shape(_node(**({} if kernel is None else {"kernel_shape": kernel})), 2)


def test_a_kernel_larger_than_its_input_is_refused():
    with pytest.raises(MalformedModel, match="larger than its padded input"):
        _one_axis(2, 3)
    assert _one_axis(2, 3, pads=(1, 0)).count == 1


def test_tables_that_are_too_large_are_refused_before_they_are_made():
    long = Axis(2**20, 1, 1, 1, 0, 0, 2**20)
    with pytest.raises(UnsupportedOperator, match="a table of windows"):
        Windows((long, long)).table()


@pytest.mark.parametrize("opset, since, asked", [(9, 10, False), (10, 10, True), (22, None, False)])
def test_ceil_mode_is_asked_for_where_it_exists(opset, since, asked):
    node = _node(opset, ceil_mode=1)
    windows(node, (4,), (2,), ceil_since=since)
    if asked:
        node.finish()
    else:
        with pytest.raises(UnsupportedOperator, match="'ceil_mode'"):
            node.finish()


@pytest.mark.parametrize("size, stride, after", [(2, 2, 1), (2, 1, 2), (3, 3, 2)])
def test_windows_that_begin_behind_the_last_entry_are_refused_where_implementations_differ(size, stride, after):
    """Those that ceil_mode adds are left out; others are left out by the reference, and one of them by inference."""
    with pytest.raises(UnsupportedOperator, match="whole windows in the padding"):
        _one_axis(size, 1, strides=stride, pads=(0, after), ceil_mode=1)


def test_rounding_up_without_padding_is_refused():
    """By the text it makes no difference (ceil((5 - 2 + 1) / 2) = 2 windows); runtimes have 3."""
    with pytest.raises(UnsupportedOperator, match="auto_pad 'VALID'"):
        _one_axis(5, 2, strides=2, auto_pad="VALID", ceil_mode=1)
    assert _one_axis(6, 2, strides=2, auto_pad="VALID", ceil_mode=1).count == 3


@pytest.mark.parametrize("count_include_pad", [0, 1])
@pytest.mark.parametrize("operator", ["AveragePool", "MaxPool"])
def test_windows_that_hold_nothing_but_padding_are_refused(operator, count_include_pad):
    attributes = {"count_include_pad": 1} if count_include_pad and operator == "AveragePool" else {}
    made = one_node(operator, ["x"], inputs={"x": (1, 1, 2)}, kernel_shape=[1], strides=[2], pads=[0, 1], **attributes)
    if attributes:  # an average over the padding is 0
        assert run_exactly(imported(made), [np.array([[[3.0, 5.0]]])])[0].tolist() == [[[3, 0]]]
    else:
        assert_refuses(made, UnsupportedOperator, rf"^node 'n' \({operator}.* nothing but padding")


def test_dilations_are_asked_for_where_they_exist():
    node = _node(9, dilations=[2])
    moved = windows(node, (4,), (2,), dilations_since=10)
    assert moved.axes[0].dilation == 1
    with pytest.raises(UnsupportedOperator, match="'dilations'"):
        node.finish()
