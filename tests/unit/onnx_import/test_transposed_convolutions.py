"""Transposed convolutions whose output's length is given: where the kernel's copies lie in it."""

import numpy as np
import pytest
from unit.onnx_import.models import NEWEST, assert_refuses, assert_same, imported, one_node, run_exactly

from exactgeo.errors import UnsupportedOperator

X = np.array([[[1.0, 2.0, 3.0]]])
KERNEL = np.array([[[1.0, 10.0]]])
WHOLE = [1.0, 10.0, 2.0, 20.0, 3.0, 30.0]


def _transposed(length, opset=NEWEST, kernel=KERNEL, stride=2, **attributes):
    if length is not None:
        attributes["output_shape"] = [length]
    constants = {"w": kernel}
    return one_node(
        "ConvTranspose", ["x", "w"], constants, inputs={"x": X.shape}, opset=opset, strides=[stride], **attributes
    )


@pytest.mark.parametrize("opset", [11, 22])
@pytest.mark.parametrize(
    "length, mode, expected",
    [
        (6, "NOTSET", WHOLE),
        (5, "NOTSET", WHOLE[1:]),
        (5, "VALID", WHOLE[1:]),
        (5, "SAME_LOWER", WHOLE[1:]),
        (5, "SAME_UPPER", WHOLE[:-1]),
        (4, "SAME_UPPER", WHOLE[1:-1]),
        (4, "NOTSET", WHOLE[1:-1]),
        (7, "NOTSET", [*WHOLE, 0.0]),
        (None, "SAME_UPPER", WHOLE),
    ],
)
def test_a_given_length_crops_at_both_ends_an_odd_rest_as_the_formula_of_opset_11_says(length, mode, expected, opset):
    made = _transposed(length, opset, auto_pad=mode)
    assert_same(run_exactly(imported(made), [X]), [np.array([[expected]])])


@pytest.mark.parametrize("mode", ["NOTSET", "VALID", "SAME_LOWER", "SAME_UPPER"])
def test_before_opset_11_only_an_even_rest_is_cropped(mode):
    """The formula there gives the odd entry to the other end than runtimes do."""
    assert_same(run_exactly(imported(_transposed(4, 10, auto_pad=mode)), [X]), [np.array([[WHOLE[1:-1]]])])
    assert_refuses(_transposed(5, 10, auto_pad=mode), UnsupportedOperator, r"^node 'n' \(ConvTranspose.* odd padding")


@pytest.mark.parametrize("mode", ["SAME_LOWER", "SAME_UPPER"])
def test_outputs_that_the_kernel_does_not_reach_are_refused_with_automatic_padding(mode):
    """A padding of -2: the formula puts a zero at each end, runtimes none at all."""
    made = _transposed(None, kernel=KERNEL[..., :1], stride=3, auto_pad=mode)
    assert_refuses(made, UnsupportedOperator, r"^node 'n' \(ConvTranspose.* longer .* by 2")
    assert_refuses(_transposed(7, auto_pad=mode), UnsupportedOperator, r"longer .* by 1")


def test_lengths_far_beyond_the_kernel_are_refused():
    assert_refuses(_transposed(8), UnsupportedOperator, r"^node 'n' \(ConvTranspose.* longer .* by 2")
