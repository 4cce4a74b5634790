"""Operators that move, drop, repeat or number entries, against the standard's reference implementation or its text."""

from itertools import permutations, product

import numpy as np
import pytest
from unit.onnx_import.models import (
    NEWEST,
    assert_agrees_with_reference,
    assert_same,
    dyadics,
    imported,
    integers,
    model,
    node,
    run_exactly,
    scalar,
)

LARGEST, LEAST = 2**63 - 1, -(2**63)


def _with_attributes_or_inputs(operator, since, opset, shape, outputs=("y",), **lists):
    """A node whose lists of integers are attributes before opset `since`, and inputs from then on."""
    if opset < since:
        return model([node(operator, ["x"], outputs, **lists)], {"x": shape}, outputs, opset=opset)
    constants = {name: integers(*values) for name, values in lists.items()}
    return model([node(operator, ["x", *lists], outputs)], {"x": shape}, outputs, constants, opset=opset)


# Flatten, Reshape, Transpose, Squeeze, Unsqueeze


@pytest.mark.parametrize("shape, axis", [(s, a) for s in [(3,), (2, 3), (2, 1, 3, 2)] for a in range(len(s) + 1)])
@pytest.mark.parametrize("opset", [7, 9, 11, NEWEST])
def test_flatten_takes_axes_from_the_front(opset, shape, axis):
    assert_agrees_with_reference(model([node("Flatten", ["x"], ["y"], axis=axis)], {"x": shape}, ["y"], opset=opset))


@pytest.mark.parametrize("shape, axis", [(s, a) for s in [(3,), (2, 3), (2, 1, 3, 2)] for a in range(-len(s), 0)])
@pytest.mark.parametrize("opset", [11, NEWEST])
def test_flatten_takes_axes_from_the_back(opset, shape, axis):
    assert_agrees_with_reference(model([node("Flatten", ["x"], ["y"], axis=axis)], {"x": shape}, ["y"], opset=opset))


def test_flatten_makes_one_row_of_a_scalar():
    assert_agrees_with_reference(model([node("Flatten", ["x"], ["y"], axis=0)], {"x": ()}, ["y"]))


def test_flatten_keeps_the_columns_of_a_tensor_without_rows():
    # The standard multiplies the dimensions behind the axis: (0, 3). The reference implementation fails here.
    nodes = [
        node("Slice", ["x", "none", "none"], ["e"]),
        node("Flatten", ["e"], ["f"]),
        node("Shape", ["f"], ["s"]),
        node("Gather", ["x", "s"], ["y"]),
    ]
    x = dyadics(1, 4, 3)
    made = imported(model(nodes, {"x": (4, 3)}, ["y"], {"none": integers(0)}))
    assert_same(run_exactly(made, [x]), [x[[0, 3]]])


@pytest.mark.parametrize(
    "shape, target",
    [
        ((2, 3), (3, 2)),
        ((2, 3), (6,)),
        ((2, 3), (-1,)),
        ((2, 3), (1, -1)),
        ((2, 3), (0, -1)),
        ((2, 3), (0, 0)),
        ((2, 3, 4), (0, -1)),
        ((2, 3, 4), (-1, 0, 2)),
        ((2, 3, 4), (0, 0, 2, -1)),
        ((1,), ()),
        ((), (1, 1)),
        ((), (-1,)),
        ((4,), (2, 1, 2, 1)),
    ],
)
@pytest.mark.parametrize("opset", [7, 13, 14, NEWEST])
def test_reshape_keeps_and_works_out_dimensions(opset, shape, target):
    reshape = node("Reshape", ["x", "shape"], ["y"])
    assert_agrees_with_reference(model([reshape], {"x": shape}, ["y"], {"shape": integers(*target)}, opset=opset))


@pytest.mark.parametrize("allowzero, target", [(0, (0, 2)), (1, (3, 2)), (1, (2, -1))])
def test_reshape_reads_allowzero(allowzero, target):
    reshape = node("Reshape", ["x", "shape"], ["y"], allowzero=allowzero)
    assert_agrees_with_reference(model([reshape], {"x": (3, 2)}, ["y"], {"shape": integers(*target)}))


def test_reshape_with_allowzero_makes_dimensions_without_entries():
    nodes = [
        node("Slice", ["x", "none", "none"], ["e"]),
        node("Reshape", ["e", "shape"], ["f"], allowzero=1),
        node("Shape", ["f"], ["s"]),
        node("Gather", ["x", "s"], ["y"]),
    ]
    made = model(nodes, {"x": (8,)}, ["y"], {"none": integers(0), "shape": integers(5, 0, 2)})
    assert_agrees_with_reference(made)


@pytest.mark.parametrize("order", [*permutations(range(3)), None])
@pytest.mark.parametrize("opset", [7, 13, NEWEST])
def test_transpose_orders_axes(opset, order):
    attributes = {} if order is None else {"perm": order}
    transpose = node("Transpose", ["x"], ["y"], **attributes)
    assert_agrees_with_reference(model([transpose], {"x": (2, 3, 4)}, ["y"], opset=opset))


@pytest.mark.parametrize("shape", [(), (3,), (2, 1, 2, 3)])
def test_transpose_reverses_axes_of_any_rank(shape):
    assert_agrees_with_reference(model([node("Transpose", ["x"], ["y"])], {"x": shape}, ["y"]))


@pytest.mark.parametrize("axes", [[0], [2], [0, 2], [0, 2, 4]])
@pytest.mark.parametrize("opset", [7, 11, 13, NEWEST])
def test_squeeze_drops_axes(opset, axes):
    assert_agrees_with_reference(_with_attributes_or_inputs("Squeeze", 13, opset, (1, 2, 1, 3, 1), axes=axes))


@pytest.mark.parametrize("axes", [[-1], [-3], [0, -3]])
@pytest.mark.parametrize("opset", [11, 13, NEWEST])
def test_squeeze_counts_axes_from_the_back(opset, axes):
    assert_agrees_with_reference(_with_attributes_or_inputs("Squeeze", 13, opset, (1, 2, 1, 3, 1), axes=axes))


@pytest.mark.parametrize("shape", [(1, 2, 1, 3, 1), (2, 3), (1, 1), ()])
@pytest.mark.parametrize("opset", [7, 11, 13, NEWEST])
def test_squeeze_drops_all_axes_of_size_one_where_none_is_named(opset, shape):
    assert_agrees_with_reference(model([node("Squeeze", ["x"], ["y"])], {"x": shape}, ["y"], opset=opset))


def test_squeeze_drops_nothing_where_no_axis_is_listed():
    squeeze = node("Squeeze", ["x", "axes"], ["y"])
    assert_agrees_with_reference(model([squeeze], {"x": (1, 2, 1)}, ["y"], {"axes": integers()}))


@pytest.mark.parametrize("axes", [[0], [1], [2], [0, 1], [0, 3], [0, 2, 4]])
@pytest.mark.parametrize("opset", [7, 11, 13, NEWEST])
def test_unsqueeze_inserts_axes(opset, axes):
    assert_agrees_with_reference(_with_attributes_or_inputs("Unsqueeze", 13, opset, (2, 3), axes=axes))


@pytest.mark.parametrize("axes", [[-1], [-3]])
@pytest.mark.parametrize("opset", [11, 13, NEWEST])
def test_unsqueeze_counts_axes_from_the_back(opset, axes):
    assert_agrees_with_reference(_with_attributes_or_inputs("Unsqueeze", 13, opset, (2, 3), axes=axes))


@pytest.mark.parametrize(
    "operator, shape, axes, expected",
    [
        ("Squeeze", (1, 2, 1, 3, 1), (4, 0), (2, 1, 3)),
        ("Squeeze", (1, 2, 1, 3, 1), (-5, -1), (2, 1, 3)),
        ("Squeeze", (1, 2, 1, 3, 1), (-1, 2, 0), (2, 3)),
        ("Unsqueeze", (2, 3), (3, 0), (1, 2, 3, 1)),
        ("Unsqueeze", (2, 3), (-4, -1), (1, 2, 3, 1)),
        ("Unsqueeze", (2, 3), (-1, 1), (2, 1, 3, 1)),
        ("Unsqueeze", (2, 3), (4, 0, 2), (1, 2, 1, 3, 1)),
    ],
)
@pytest.mark.parametrize("opset", [11, 12, 13, NEWEST])
def test_axes_come_in_any_order(opset, operator, shape, axes, expected):
    # All axes count in the one larger shape, the text says; the reference applies one after another before opset 13.
    made = imported(_with_attributes_or_inputs(operator, 13, opset, shape, axes=axes))
    x = dyadics(1, *shape)
    assert_same(run_exactly(made, [x]), [x.reshape(expected)])


# Concat, Split


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("opset", [7, 11, NEWEST])
def test_concat_joins_data(opset, axis):
    sizes = {"a": 1, "b": 3, "c": 2}
    inputs = {name: tuple(size if k == axis else 2 for k in range(3)) for name, size in sizes.items()}
    assert_agrees_with_reference(model([node("Concat", [*sizes], ["y"], axis=axis)], inputs, ["y"], opset=opset))


@pytest.mark.parametrize("names", ["xc", "cx", "cxd", "xcx", "ccxx", "x"])
@pytest.mark.parametrize("axis", [0, 1, -1, -2])
def test_concat_joins_data_with_constants(axis, names):
    constants = {name: dyadics(k, 2, 2) for k, name in enumerate("cd") if name in names}
    concat = node("Concat", [*names], ["y"], axis=axis)
    assert_agrees_with_reference(model([concat], {"x": (2, 2)}, ["y"], constants))


@pytest.mark.parametrize("axis", [0, 1])
def test_concat_joins_constants_of_different_denominators(axis):
    nodes = [node("Neg", ["c"], ["n"]), node("Concat", ["n", "d"], ["e"], axis=axis), node("Add", ["x", "e"], ["y"])]
    constants = {"c": dyadics(1, 2, 2, step=0.125), "d": dyadics(2, 2, 2, step=1)}
    assert_agrees_with_reference(model(nodes, {"x": (1,)}, ["y"], constants))


@pytest.mark.parametrize("axis, lengths", [(0, [4]), (0, [1, 3]), (1, [2, 1, 3]), (1, [6, 0]), (0, [0, 0, 4])])
@pytest.mark.parametrize("opset", [7, 11, 13, 18, NEWEST])
def test_split_cuts_given_lengths(opset, axis, lengths):
    outputs = [f"y{k}" for k in range(len(lengths))]
    if opset < 13:
        split, constants = node("Split", ["x"], outputs, axis=axis, split=lengths), {}
    else:
        split, constants = node("Split", ["x", "lengths"], outputs, axis=axis), {"lengths": integers(*lengths)}
    joined = node("Concat", outputs[::-1], ["y"], axis=axis)
    assert_agrees_with_reference(model([split, joined], {"x": (4, 6)}, ["y"], constants, opset=opset))


@pytest.mark.parametrize("axis, parts", [(0, 1), (0, 2), (1, 3), (1, 6)])
@pytest.mark.parametrize("opset", [7, 11, 13])
def test_split_cuts_as_many_equal_parts_as_there_are_outputs(opset, axis, parts):
    outputs = [f"y{k}" for k in range(parts)]
    split = node("Split", ["x"], outputs, axis=axis)
    assert_agrees_with_reference(model([split], {"x": (4, 6)}, outputs, opset=opset))


@pytest.mark.parametrize("axis", [-1, -2])
@pytest.mark.parametrize("opset", [11, 13])
def test_split_counts_its_axis_from_the_back(opset, axis):
    split = node("Split", ["x"], ["y", "z"], axis=axis)
    assert_agrees_with_reference(model([split], {"x": (4, 6)}, ["y", "z"], opset=opset))


@pytest.mark.parametrize("length, parts", [(6, 1), (6, 2), (6, 3), (7, 2), (7, 3), (5, 3), (9, 5)])
def test_split_makes_the_last_of_num_outputs_parts_smaller(length, parts):
    outputs = [f"y{k}" for k in range(parts)]
    split = node("Split", ["x"], outputs, axis=1, num_outputs=parts)
    assert_agrees_with_reference(model([split], {"x": (2, length)}, outputs, opset=18))


def test_split_cuts_constants():
    nodes = [node("Split", ["c"], ["d", "e"]), node("Add", ["x", "e"], ["y"])]
    assert_agrees_with_reference(model(nodes, {"x": (1,)}, ["y"], {"c": dyadics(1, 4)}, opset=13))


# Slice


def _slice_of_the_standard(length, start, end, step):
    """The places that Slice takes by the text of opset 13: add the length to negative values, then clamp."""
    start, end = (value + length if value < 0 else value for value in (start, end))
    if step > 0:
        return range(min(max(start, 0), length), min(max(end, 0), length), step)
    return range(min(max(start, 0), length - 1), min(max(end, -1), length - 1), step)


def _slices(made_of, length, cases):
    """The entries that many slices of a vector of distinct numbers take, and those that the standard's text names."""
    numbers = np.arange(1.0, length + 1)
    found, expected = [], []
    for start, end, step in cases:
        found += run_exactly(imported(made_of(start, end, step)), [numbers])
        expected.append(numbers[list(_slice_of_the_standard(length, start, end, step))])
    return found, expected


def _sliced(opset, length, start, end, step):
    constants = {"s": integers(start), "e": integers(end), "a": integers(0), "t": integers(step)}
    slicing = node("Slice", ["x", "s", "e", "a", "t"], ["y"])
    return model([slicing], {"x": (length,)}, ["y"], constants, opset=opset)


ENDS = (*range(-7, 8), LARGEST, LEAST, 2**31 - 1, -(2**31))
BACKWARD_ENDS = (*range(-7, 8), 2**31 - 2, LEAST, -(2**31))  # INT_MAX is refused: text and runtimes differ


@pytest.mark.parametrize("step", [1, 2, 3, 6, LARGEST])
@pytest.mark.parametrize("opset", [10, NEWEST])
def test_slice_forwards_takes_what_the_text_of_the_standard_says(opset, step):
    cases = [(start, end, step) for start, end in product(ENDS, ENDS)]
    assert_same(*_slices(lambda *case: _sliced(opset, 5, *case), 5, cases))


@pytest.mark.parametrize("step", [-1, -2, -3, -6, LEAST])
@pytest.mark.parametrize("opset", [10, NEWEST])
def test_slice_backwards_takes_what_the_text_of_the_standard_says(opset, step):
    cases = [(start, end, step) for start, end in product(ENDS, BACKWARD_ENDS) if start >= -5]
    assert_same(*_slices(lambda *case: _sliced(opset, 5, *case), 5, cases))


@pytest.mark.parametrize("step", [-1, -2])
@pytest.mark.parametrize("start", [-6, -7, LEAST])
def test_slice_backwards_from_before_the_front_starts_at_the_first_entry(start, step):
    # By the text since opset 13, and in onnxruntime; the reference implementation follows Python and takes nothing.
    cases = [(start, end, step) for end in BACKWARD_ENDS]
    assert_same(*_slices(lambda *case: _sliced(NEWEST, 5, *case), 5, cases))


@pytest.mark.parametrize("start, end", [*product((0, 1, -2, -9), (3, -1, 9, LARGEST))])
@pytest.mark.parametrize("opset", [7, 9])
def test_slice_takes_attributes_before_opset_10(opset, start, end):
    cut = node("Slice", ["x"], ["y"], starts=[0, start], ends=[2, end], axes=[1, 0])
    assert_agrees_with_reference(model([cut], {"x": (5, 3)}, ["y"], opset=opset))


@pytest.mark.parametrize("opset", [7, 9, 10, NEWEST])
def test_slice_cuts_the_first_axes_where_none_is_named(opset):
    made = _with_attributes_or_inputs("Slice", 10, opset, (4, 3, 2), starts=[1, -2], ends=[3, 3])
    assert_agrees_with_reference(made)


@pytest.mark.parametrize("axes", [(-1, 0), (2, -3), (-2,), (1, 2, 0)])
def test_slice_counts_axes_from_the_back(axes):
    count = len(axes)
    constants = {"s": integers(*[1] * count), "e": integers(*[3] * count), "a": integers(*axes)}
    cut = node("Slice", ["x", "s", "e", "a"], ["y"])
    assert_agrees_with_reference(model([cut], {"x": (4, 3, 4)}, ["y"], constants))


def test_slice_takes_steps_without_axes():
    constants = {"s": integers(-1, 0), "e": integers(-9, 9), "t": integers(-2, 2)}
    cut = node("Slice", ["x", "s", "e", "", "t"], ["y"])
    assert_agrees_with_reference(model([cut], {"x": (4, 5)}, ["y"], constants))


def test_slice_takes_int32():
    constants = {name: np.array([value], dtype=np.int32) for name, value in zip("seat", (-1, -5, 1, -1), strict=True)}
    cut = node("Slice", ["x", "s", "e", "a", "t"], ["y"])
    assert_agrees_with_reference(model([cut], {"x": (2, 4)}, ["y"], constants))


# Gather


@pytest.mark.parametrize("axis", [0, 1, 2, -1, -3])
@pytest.mark.parametrize(
    "indices", [scalar(1), integers(0), integers(1, 0, 1), integers(0, 1, 1, 0).reshape(2, 2), np.zeros((1, 2, 1), int)]
)
@pytest.mark.parametrize("opset", [7, 11, NEWEST])
def test_gather_picks_along_an_axis(opset, indices, axis):
    gather = node("Gather", ["x", "i"], ["y"], axis=axis)
    assert_agrees_with_reference(model([gather], {"x": (2, 3, 2)}, ["y"], {"i": indices}, opset=opset))


@pytest.mark.parametrize("indices", [scalar(-1), integers(-3, 2, -1), integers(-2).reshape(1, 1)])
@pytest.mark.parametrize("opset", [11, 13, NEWEST])
def test_gather_counts_indices_from_the_back(opset, indices):
    gather = node("Gather", ["x", "i"], ["y"], axis=1)
    assert_agrees_with_reference(model([gather], {"x": (2, 3)}, ["y"], {"i": indices}, opset=opset))


def test_gather_takes_int32():
    gather = node("Gather", ["x", "i"], ["y"])
    assert_agrees_with_reference(model([gather], {"x": (3,)}, ["y"], {"i": np.array([2, -1], dtype=np.int32)}))


def test_gather_of_nothing():
    nodes = [node("Gather", ["x", "i"], ["g"]), node("Concat", ["g", "x"], ["y"], axis=0)]
    assert_agrees_with_reference(model(nodes, {"x": (3,)}, ["y"], {"i": integers()}))


@pytest.mark.parametrize(
    "indices",
    [
        scalar(1),
        integers(1),
        integers(2, 0),
    ],
    ids=["scalar", "one", "two"],
)
def test_gather_picks_from_stored_weights(indices):
    nodes = [node("Gather", ["w", "i"], ["c"]), node("Mul", ["x", "c"], ["y"])]
    assert_agrees_with_reference(model(nodes, {"x": (1,)}, ["y"], {"w": dyadics(1, 3), "i": indices}))


WIDE = np.array([2.0**200, 1.0, 2.0**-200])


@pytest.mark.parametrize(
    "weights, indices",
    [
        (dyadics(1, 3), scalar(1)),
        (dyadics(1, 3), integers(1)),
        (WIDE, integers(1)),
        (WIDE, scalar(1)),
    ],
    ids=["narrow scalar", "narrow vector", "wide vector", "wide scalar"],
)
def test_gather_picks_from_computed_constants(weights, indices):
    nodes = [node("Neg", ["w"], ["v"]), node("Gather", ["v", "i"], ["c"]), node("Mul", ["x", "c"], ["y"])]
    assert_agrees_with_reference(model(nodes, {"x": (1,)}, ["y"], {"w": weights, "i": indices}))


# Shape


@pytest.mark.parametrize("start, end", [*product((None, 0, 1, -1, -2, -9, 5), (None, 0, 2, -1, 9))])
def test_shape_cuts_what_it_lists(start, end):
    # The reference takes `start` and `end` as Python slices do, which is the text: negative counts, then clamps.
    attributes = {name: value for name, value in (("start", start), ("end", end)) if value is not None}
    nodes = [node("Shape", ["x"], ["s"], **attributes), node("Gather", ["v", "s"], ["y"])]
    assert_agrees_with_reference(model(nodes, {"x": (2, 1, 3), "v": (4,)}, ["y"]))


def test_shape_of_a_scalar_is_empty():
    nodes = [node("Shape", ["x"], ["s"]), node("Reshape", ["v", "s"], ["y"])]
    assert_agrees_with_reference(model(nodes, {"x": (), "v": (1, 1)}, ["y"]))


def test_shape_of_a_constant():
    nodes = [node("Shape", ["c"], ["s"]), node("Reshape", ["x", "s"], ["y"])]
    assert_agrees_with_reference(model(nodes, {"x": (6,)}, ["y"], {"c": dyadics(1, 2, 3)}))
