"""Deformed convolutions: by hand, as plain ones where nothing is deformed, and entry by entry over fractions."""

import itertools
import math
from fractions import Fraction
from random import Random

import numpy as np
import pytest
from gmpy2 import mpq
from unit.onnx_import.evaluator.running import NEWEST, one_node, value

from exactgeo.errors import MalformedModel
from onnx_import.evaluator import evaluate_model

LINE = np.array([[[1.0, 3.0, 7.0]]])
ONE = np.ones((1, 1, 1))


def _at(operator, inputs, opset=NEWEST, **attributes):
    """The first output of a node at arrays of fractions, given as double."""
    shapes = [None if i is None else np.zeros(np.shape(i)) for i in inputs]
    made, feed = one_node(operator, shapes, opset=opset, **attributes)
    return evaluate_model(made, {name: inputs[int(name[1:])] for name in feed})["y0"]


def _fractions(random, *shape):
    array = np.empty(shape, dtype=object)
    for place in np.ndindex(*shape):
        array[place] = Fraction(random.randint(-20, 20), random.randint(1, 6))
    return array


def test_positions_along_a_line():
    offsets = np.array([[[0.25, 0.5, 0.0]]])
    assert value("DeformConv", LINE, ONE, offsets).tolist() == [[[mpq(3, 2), 5, 7]]]
    offsets = np.array([[[-0.25, -3.0, 0.75]]])
    assert value("DeformConv", LINE, ONE, offsets).tolist() == [[[mpq(3, 4), 0, mpq(7, 4)]]]
    offsets = np.array([[[-1.0, 40.0, 1.0]]])
    assert value("DeformConv", LINE, ONE, offsets).tolist() == [[[0, 0, 0]]]


def test_positions_in_a_plane():
    x = np.array([[[[0.0, 4.0], [8.0, 100.0]]]])
    # The first offset is along the first axis: (1/4, 1/2) from the corner.
    offsets = np.array([0.25, 0.5]).reshape(1, 2, 1, 1)
    got = value("DeformConv", x[..., :1, :], np.ones((1, 1, 1, 1)), np.zeros((1, 2, 1, 2)))
    assert got.tolist() == [[[[0, 4]]]]
    got = value("DeformConv", x, np.ones((1, 1, 1, 1)), offsets, strides=[2, 2])
    assert got.item() == mpq(3, 8) * 0 + mpq(3, 8) * 4 + mpq(1, 8) * 8 + mpq(1, 8) * 100


def test_each_entry_of_a_window_has_its_own_offset_and_mask():
    weights = np.array([[[10.0, 1.0]]])
    offsets = np.array([[[0.5, 0.0], [0.0, 0.5]]])
    # 10 * x(1/2) + x(1) and 10 * x(1) + x(5/2).
    assert value("DeformConv", LINE, weights, offsets).tolist() == [[[23, mpq(67, 2)]]]
    mask = np.array([[[1.0, 0.5], [2.0, 0.0]]])
    got = value("DeformConv", LINE, weights, offsets, np.array([0.25]), mask)
    assert got.tolist() == [[[mpq(105, 4), mpq(61, 4)]]]


@pytest.mark.parametrize("rank,group,offset_group", list(itertools.product((1, 2, 3), (1, 2), (1, 2, 4))))
def test_without_offsets_they_are_plain(rank, group, offset_group):
    random = Random(rank)
    x, weights = _fractions(random, 2, 4, *[4] * rank), _fractions(random, 6, 4 // group, *[2] * rank)
    geometry = {
        "group": group,
        "strides": [2] * rank,
        "dilations": [2, 1, 1][:rank],
        "pads": [1, 0, 0, 1, 2, 0][: 2 * rank],
    }
    bias = _fractions(random, 6)
    plain = _at("Conv", [x, weights, bias], **geometry)
    offsets = np.full((2, offset_group * 2**rank * rank, *plain.shape[2:]), Fraction(0))
    got = _at("DeformConv", [x, weights, offsets, bias], offset_group=offset_group, **geometry)
    assert got.tolist() == plain.tolist()


def _hat(x, position):
    """The sum over all entries of the entry times its hat function: the interpolation of the paper."""
    total = Fraction(0)
    for place in np.ndindex(*x.shape):
        weights = [max(Fraction(0), 1 - abs(p - q)) for p, q in zip(position, place, strict=True)]
        total += math.prod(weights, start=Fraction(1)) * x[place]
    return total


@pytest.mark.parametrize("opset", [19, 22])
@pytest.mark.parametrize("rank", [1, 2])
@pytest.mark.parametrize("group,offset_group", [(1, 1), (2, 1), (1, 2), (2, 4)])
def test_deformed_convolutions_by_their_definition(opset, rank, group, offset_group):
    random = Random(f"{rank}{group}{offset_group}")
    x, weights = _fractions(random, 1, 4, *[3] * rank), _fractions(random, 2, 4 // group, *[2] * rank)
    strides, pads, dilations = [1, 2][:rank], [1, 0, 0, 1][: 2 * rank], [2, 1][:rank]
    counts = [(3 + pads[i] + pads[rank + i] - dilations[i] - 1) // strides[i] + 1 for i in range(rank)]
    size = 2**rank
    offsets = _fractions(random, 1, offset_group * size * rank, *counts) / 6
    mask, bias = _fractions(random, 1, offset_group * size, *counts), _fractions(random, 2)
    got = _at(
        "DeformConv",
        [x, weights, offsets, bias, mask],
        opset=opset,
        strides=strides,
        pads=pads,
        dilations=dilations,
        group=group,
        offset_group=offset_group,
    )
    assert got.shape == (1, 2, *counts)
    for m, *place in np.ndindex(2, *counts):
        total = bias[m]
        for c, (k, entry) in itertools.product(range(4 // group), enumerate(np.ndindex(*[2] * rank))):
            channel = m // (2 // group) * (4 // group) + c
            index = channel // (4 // offset_group) * size + k
            position = [
                place[i] * strides[i] - pads[i] + entry[i] * dilations[i] + offsets[(0, index * rank + i, *place)]
                for i in range(rank)
            ]
            total += weights[(m, c, *entry)] * mask[(0, index, *place)] * _hat(x[0, channel], position)
        assert got[(0, m, *place)] == mpq(total)


@pytest.mark.parametrize(
    "inputs,attributes,match",
    [
        ([LINE, ONE, np.zeros((1, 1, 2))], {}, "input 2 has shape"),
        ([LINE, ONE, np.zeros((1, 2, 3))], {}, "input 2 has shape"),
        ([LINE, ONE, np.zeros((1, 1, 3)), None, np.zeros((1, 2, 3))], {}, "input 4 has shape"),
        ([LINE, ONE, np.zeros((1, 2, 3))], {"offset_group": 2}, "groups of offsets"),
        ([LINE, np.ones((1, 2, 1)), np.zeros((1, 1, 3))], {}, "channels"),
        ([LINE, ONE, np.zeros((1, 1, 3)), np.zeros(2)], {}, "a bias of shape"),
        ([LINE, ONE, np.zeros((1, 1, 3))], {"kernel_shape": [2]}, "kernel_shape"),
        ([LINE, ONE, np.zeros((1, 1, 3))], {"pads": [-1, 0]}, "pads"),
        ([LINE, np.ones((1, 1, 1, 1)), np.zeros((1, 1, 3))], {}, "a kernel of shape"),
    ],
)
def test_shapes_that_do_not_fit(inputs, attributes, match):
    with pytest.raises(MalformedModel, match=match):
        value("DeformConv", *inputs, **attributes)
