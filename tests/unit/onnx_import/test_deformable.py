"""Deformable convolutions, against the definition's sums in fractions."""

from fractions import Fraction
from itertools import product
from math import floor, prod

import numpy as np
import pytest
from unit.onnx_import.models import (
    NEWEST,
    assert_refuses,
    dyadics,
    fractions,
    imported,
    integers,
    model,
    node,
    one_node,
    run_exactly,
)

from exactgeo.errors import MalformedModel, NotPiecewiseAffine, UnsupportedOperator

NAMES = ["x", "w", "offset", "b", "mask"]


def _read(image, position):
    """An image between its entries: linear along each axis, zeros outside."""
    total = Fraction(0)
    for corner in product((0, 1), repeat=len(position)):
        places = [floor(p) + c for p, c in zip(position, corner, strict=True)]
        weights = [1 - abs(p - place) for p, place in zip(position, places, strict=True)]
        if all(0 <= place < size for place, size in zip(places, image.shape, strict=True)):
            total += prod(weights) * image[tuple(places)]
    return total


def _defined(arrays, out, *, group=1, offset_group=1, strides=None, dilations=None, pads=None):
    x, w, offset = (fractions(arrays[name]) for name in NAMES[:3])
    rank, kernel = x.ndim - 2, w.shape[2:]
    strides, dilations = strides or [1] * rank, dilations or [1] * rank
    pads = (pads or [0] * (2 * rank))[:rank]
    offset = offset.reshape(len(x), offset_group, *kernel, rank, *out)
    mask = fractions(arrays.get("mask", np.ones((len(x), offset_group * prod(kernel), *out))))
    mask = mask.reshape(len(x), offset_group, *kernel, *out)
    bias = fractions(arrays.get("b", np.zeros(len(w))))
    found = np.zeros((len(x), len(w), *out), dtype=object)
    for place in np.ndindex(*found.shape):
        image, filter_, at = place[0], place[1], place[2:]
        total = bias[filter_]
        for c, *cell in np.ndindex(*w.shape[1:]):
            channel = filter_ // (len(w) // group) * w.shape[1] + c
            block = channel // (x.shape[1] // offset_group)
            moves = offset[(image, block, *cell, slice(None), *at)]
            position = [
                at[k] * strides[k] - pads[k] + cell[k] * dilations[k] + moves[k] for k in range(rank)
            ]  # fmt: skip
            sample = _read(x[image, channel], position)
            total += w[(filter_, c, *cell)] * mask[(image, block, *cell, *at)] * sample
        found[place] = total
    return found


CASES = {
    "plain": ((1, 1, 3, 4), (1, 1, 2, 2), (2, 3), {}),
    "channels": ((2, 2, 3, 3), (3, 2, 2, 1), (2, 3), {}),
    "groups": ((1, 4, 3, 2), (2, 2, 2, 2), (2, 1), {"group": 2}),
    "offset groups": ((1, 4, 3, 2), (2, 4, 2, 2), (2, 1), {"offset_group": 2}),
    "both": ((2, 4, 2, 2), (4, 1, 1, 2), (2, 1), {"group": 4, "offset_group": 2}),
    "pads": ((1, 1, 2, 3), (1, 1, 2, 2), (4, 4), {"pads": [2, 1, 1, 1]}),
    "strides": ((1, 1, 5, 4), (1, 1, 2, 2), (2, 3), {"strides": [3, 1]}),
    "dilations": ((1, 1, 5, 4), (1, 1, 2, 2), (2, 3), {"dilations": [3, 1]}),
    "all": ((1, 2, 4, 3), (2, 1, 2, 2), (2, 3),
            {"group": 2, "offset_group": 2, "strides": [2, 1], "dilations": [2, 1], "pads": [1, 0, 0, 1]}),
    "one entry": ((1, 1, 1, 1), (1, 1, 1, 1), (1, 1), {}),
    "one axis": ((1, 2, 5), (2, 2, 2), (4,), {}),
    "three axes": ((1, 1, 2, 3, 2), (1, 1, 2, 1, 2), (1, 3, 1), {}),
}  # fmt: skip


def _arrays(name, seed=1, *, whole=True):
    """The arrays of a case; offsets are fractions that lead outside now and then, and integers."""
    x, w, out, attributes = CASES[name]
    offsets = attributes.get("offset_group", 1) * prod(w[2:])
    arrays = {
        "x": dyadics(seed, *x),
        "w": dyadics(seed + 1, *w),
        "offset": dyadics(seed + 2, x[0], offsets * (len(x) - 2), *out, step=0.125, largest=3),
        "b": dyadics(seed + 3, w[0]),
        "mask": dyadics(seed + 4, x[0], offsets, *out),
    }
    return (arrays if whole else {key: arrays[key] for key in NAMES[:3]}), out, attributes


def _model(arrays, data="x", opset=NEWEST, **attributes):
    names = [name if name in arrays else "" for name in NAMES]
    while not names[-1]:
        names.pop()
    constants = {name: array for name, array in arrays.items() if name != data}
    return one_node("DeformConv", names, constants, inputs={data: arrays[data].shape}, opset=opset, **attributes)


@pytest.mark.parametrize("data", ["x", "w", "mask"])
@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("opset", [19, NEWEST])
def test_the_result_is_the_definition_s_sum_whichever_input_is_data(name, data, opset):
    arrays, out, attributes = _arrays(name)
    found = run_exactly(imported(_model(arrays, data, opset, **attributes)), [arrays[data]])[0]
    assert found.tolist() == _defined(arrays, out, **attributes).tolist()


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("data", ["x", "w"])
def test_bias_and_mask_may_be_left_out(name, data):
    arrays, out, attributes = _arrays(name, seed=7, whole=False)
    found = run_exactly(imported(_model(arrays, data, **attributes)), [arrays[data]])[0]
    assert found.tolist() == _defined(arrays, out, **attributes).tolist()


def test_offsets_of_zero_make_a_convolution():
    x, w = dyadics(1, 1, 2, 4, 4), dyadics(2, 3, 2, 2, 2)
    arrays = {"x": x, "w": w, "offset": np.zeros((1, 8, 3, 3))}
    plain = one_node("Conv", ["x", "w"], {"w": w}, inputs={"x": x.shape})
    assert imported(_model(arrays)).program == imported(plain).program


def test_samples_by_hand():
    """Between two entries, past the last one by half a step, one step outside, and far away."""
    x, offset = np.array([[[4.0, 8.0]]]), np.array([[[0.25, 0.5]]])
    assert run_exactly(imported(_model({"x": x, "w": np.ones((1, 1, 1)), "offset": offset})), [x])[0].tolist() == [
        [[5, 4]]
    ]
    offset = np.array([[[-1.0, 1e30]]])
    assert run_exactly(imported(_model({"x": x, "w": np.ones((1, 1, 1)), "offset": offset})), [x])[0].tolist() == [
        [[0, 0]]
    ]


@pytest.mark.parametrize("operator", ["DeformConv", "Conv", "ConvTranspose"])
def test_the_bias_may_be_data(operator):
    arrays = {"x": np.array([[[1.0, 2.0, 4.0]]]), "w": np.ones((1, 1, 1))}
    if operator == "DeformConv":
        arrays["offset"] = np.zeros((1, 1, 3))
    made = one_node(operator, [*arrays, "b"], arrays, inputs={"b": (1,)})
    assert run_exactly(imported(made), [np.array([0.5])])[0].tolist() == [[[1.5, 2.5, 4.5]]]


def test_a_mask_that_is_piecewise_constant_in_the_data_gates_it():
    arrays = {"w": np.ones((1, 1, 1)), "offset": np.full((1, 1, 3), 0.5), "one": np.array(1.0)}
    nodes = [node("Sign", ["x"], ["mask"]), node("DeformConv", ["x", "w", "offset", "", "mask"], ["y"])]
    x = np.array([[[1.0, -3.0, 4.0]]])
    found = run_exactly(imported(model(nodes, {"x": x.shape}, ["y"], arrays)), [x])[0]
    assert found.tolist() == [[[-1, Fraction(-1, 2), 2]]]


def test_offsets_of_data_are_refused_by_name():
    arrays, _, _ = _arrays("plain")
    assert_refuses(_model(arrays, "offset"), NotPiecewiseAffine, r"^node 'n' \(DeformConv.*offsets \(input 2\)")


@pytest.mark.parametrize("second", ["w", "mask"])
def test_data_is_not_multiplied_by_data(second):
    arrays, _, _ = _arrays("plain")
    made = _model({key: array for key, array in arrays.items() if key != second} | {second: arrays[second]})
    del made.graph.initializer[[tensor.name for tensor in made.graph.initializer].index(second)]
    made.graph.input.extend(_model(arrays, second).graph.input)
    assert_refuses(made, NotPiecewiseAffine, r"^node 'n' \(DeformConv.*data by data")


@pytest.mark.parametrize(
    "changed, attributes",
    [
        ({"offset": np.zeros((1, 8, 2, 2))}, {}),
        ({"offset": np.zeros((1, 7, 2, 3))}, {}),
        ({"offset": np.zeros((2, 8, 2, 3))}, {}),
        ({"mask": np.zeros((1, 8, 2, 3))}, {}),
        ({"mask": np.zeros((1, 4, 2, 2))}, {}),
        ({"b": np.zeros(2)}, {}),
        ({"w": np.zeros((1, 2, 2, 2))}, {}),
        ({"w": np.zeros((1, 1, 2))}, {}),
        ({"w": np.zeros((1, 1, 0, 2))}, {}),
        ({}, {"group": 0}),
        ({}, {"group": 2}),
        ({}, {"offset_group": 0}),
        ({}, {"offset_group": 2}),
        ({}, {"kernel_shape": integers(2, 3)}),
        ({}, {"strides": [1]}),
        ({}, {"pads": [-1, 0, 0, 0]}),
        ({}, {"pads": [1, 0, 0, 0]}),
    ],
)
def test_arrays_that_do_not_fit_are_refused(changed, attributes):
    arrays, _, _ = _arrays("plain")
    assert_refuses(_model({**arrays, **changed}, **attributes), MalformedModel, r"^node 'n' \(DeformConv")


def test_an_attribute_of_convolutions_that_this_one_does_not_have_is_refused():
    arrays, _, _ = _arrays("plain")
    assert_refuses(_model(arrays, auto_pad="VALID"), UnsupportedOperator, r"^node 'n' \(DeformConv.*auto_pad")


def test_many_samples_are_refused_before_they_are_worked_out():
    arrays = {"x": np.zeros((1, 1, 1024, 1024)), "w": np.ones((1, 1, 1, 1)), "offset": np.zeros((1, 2, 1025, 1025))}
    made = _model(arrays, pads=[1, 1, 0, 0])
    assert_refuses(made, UnsupportedOperator, r"^node 'n' \(DeformConv.*4202500 entries")
