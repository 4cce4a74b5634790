"""What is refused, and by which error: never a wrong number."""

import numpy as np
import pytest
from onnx import TensorProto, helper
from unit.onnx_import.evaluator.generators import row
from unit.onnx_import.evaluator.running import evaluated, model, node, one_node, value

from exactgeo.errors import InternalError, IrrationalConstant, MalformedModel, NonFiniteWeight, UnsupportedOperator
from onnx_import.evaluator.definitions.numbers import numeric

X = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
LINE = np.arange(1.0, 6.0).reshape(1, 1, 5)
ONES = np.ones(1)

UNSUPPORTED = {
    "an operator that is not evaluated": lambda: value("Elu", X),
    "Swish": lambda: value("Swish", X, opset=24),
    "an operator that this opset does not have": lambda: value("Trilu", X, opset=13),
    "an operator that this opset has no more": lambda: value("Upsample", X, np.ones(2, np.float32), opset=10),
    "an attribute of a later opset": lambda: value("ArgMax", X, opset=11, select_last_index=1),
    "a type of a later opset": lambda: value("Relu", row(1, 2), opset=13),
    "a mode that is not known": lambda: value("Pad", X, row(1, 1, 1, 1), mode="mirror"),
    "wrapping before opset 19": lambda: value("Pad", X, row(1, 1, 1, 1), mode="wrap", opset=18),
    "a reflection of more than there is": lambda: value("Pad", X, row(2, 0, 0, 0), mode="reflect"),
    "added and taken off along one axis": lambda: value("Pad", X, row(0, -1, 0, 1), mode="edge"),
    "a division by zero": lambda: value("Div", X, np.zeros(1)),
    "a division of integers by zero": lambda: value("Div", row(1), row(0)),
    "a remainder by zero": lambda: value("Mod", row(1), row(0)),
    "the reciprocal of zero": lambda: value("Reciprocal", np.zeros(1)),
    "an integer to a negative power": lambda: value("Pow", row(2), row(-1)),
    "a power that is too long": lambda: value("Pow", np.array([3.0]), np.array([2.0**40])),
    "the root of a negative number": lambda: value("Sqrt", -X),
    "dropout in training": lambda: value("Dropout", X, None, np.array(True)),
    "statistics of the batch": lambda: value("BatchNormalization", X, *np.ones((4, 3)), training_mode=1),
    "a variance that is not positive": lambda: value("BatchNormalization", X, *np.ones((3, 3)), -np.ones(3)),
    "a cast out of range": lambda: value("Cast", X * 100, to=TensorProto.INT8),
    "a cast that rounds to a power of two": lambda: value("Cast", X + 0.1, to=TensorProto.FLOAT8E8M0),
    "a cast to a type of a later opset": lambda: value("Cast", X, to=TensorProto.FLOAT8E5M2, opset=18),
    "an infinity by a cast": lambda: value("Cast", X * 1e5, to=TensorProto.FLOAT8E5M2, saturate=0),
    "a cast that is NaN": lambda: value("Cast", X * 1e5, to=TensorProto.FLOAT8E4M3FN, saturate=0),
    "a cast to strings": lambda: value("Cast", X, to=TensorProto.STRING),
    "an order that is left open": lambda: value("TopK", X, row(1), sorted=0),
    "two updates of one entry": lambda: value("ScatterND", X, row(0, 0).reshape(2, 1), X),
    "windows shorter than the stride": lambda: value(
        "MaxPool", LINE[..., :4], kernel_shape=[1], strides=[2], auto_pad="SAME_UPPER"
    ),
    "a window in the padding": lambda: value(
        "MaxPool", LINE[..., :4], kernel_shape=[2], strides=[3], pads=[1, 1], ceil_mode=1, opset=12
    ),
    "a window that does not fit": lambda: value("MaxPool", LINE, kernel_shape=[6]),
    "indices in columns of many channels": lambda: value(
        "MaxPool", np.ones((1, 2, 3, 3)), kernel_shape=[2, 2], storage_order=1, outputs=2
    ),
    "corners aligned by a broken scale": lambda: value(
        "Resize", LINE, None, np.float32([1, 1, 0.7]), coordinate_transformation_mode="align_corners"
    ),
    "an old way to shrink": lambda: value("Resize", LINE.astype("f4"), np.float32([1, 1, 0.6]), opset=10),
    "means of integers": lambda: value("Resize", row(1, 2), None, np.float32([1.5]), mode="linear"),
    "a slice backwards from before the beginning": lambda: value(
        "Slice", X, row(-5), row(-9), row(0), row(-1), opset=11
    ),
    "a negative index that was none yet": lambda: value("Gather", X, row(-1), opset=10),
    "a mean of integers that is none": lambda: value("ReduceMean", row(1, 2)),
    "the maximum of nothing": lambda: value("ReduceMax", np.zeros((0, 2)), row(0)),
    "a shift by more bits than there are": lambda: value(
        "BitShift", np.uint8([1]), np.uint8([8]), direction="LEFT", opset=11
    ),
    "the cubic grid": lambda: value(
        "GridSample", np.ones((1, 1, 2, 2)), np.zeros((1, 1, 1, 2)), mode="cubic", opset=20
    ),
}
MALFORMED = {
    "shapes that are not broadcast": lambda: value("Add", X, np.ones(2)),
    "two types": lambda: value("Where", X > 0, X, X.astype("f4")),
    "an attribute of another type": lambda: value("Transpose", X, perm=[1.0, 0.0]),
    "a flag that is none": lambda: value("ReduceSum", X, keepdims=2),
    "too many inputs": lambda: value("Relu", X, X),
    "too few inputs": lambda: value("Add", X),
    "a missing input": lambda: value("Gather", X, None),
    "an axis that is not there": lambda: value("Concat", X, X, axis=2),
    "an axis twice": lambda: value("ReduceSum", X, row(0, -2)),
    "an order that is none": lambda: value("Transpose", X, perm=[0, 0]),
    "a shape of another size": lambda: value("Reshape", X, row(4)),
    "two open lengths": lambda: value("Reshape", X, row(-1, -1)),
    "a length copied from nowhere": lambda: value("Reshape", X, row(2, 3, 0)),
    "an open length beside a zero": lambda: value("Reshape", X, row(0, -1), allowzero=1),
    "a squeezed axis that is long": lambda: value("Squeeze", X, row(0)),
    "parts of another length": lambda: value("Split", X, row(1, 1), axis=1, outputs=2),
    "parts told twice": lambda: value("Split", X, row(1, 2), axis=1, num_outputs=2, outputs=2),
    "an index outside": lambda: value("Gather", X, row(2)),
    "a step of zero": lambda: value("Slice", X, row(0), row(2), row(0), row(0)),
    "matrices that do not fit": lambda: value("MatMul", X, X),
    "an addend that is too large": lambda: value("Gemm", X, X.T, np.ones((2, 2, 2))),
    "a slope that is too large": lambda: value("PRelu", ONES, np.ones(2)),
    "channels that do not fit": lambda: value("Conv", LINE, np.ones((1, 2, 2))),
    "a kernel_shape that is not the kernel's": lambda: value("Conv", LINE, np.ones((1, 1, 2)), kernel_shape=[3]),
    "pads beside auto_pad": lambda: value("Conv", LINE, np.ones((1, 1, 2)), pads=[1, 0], auto_pad="SAME_UPPER"),
    "negative pads": lambda: value("Conv", LINE, np.ones((1, 1, 2)), pads=[-1, 0]),
    "scales and sizes": lambda: value("Resize", X, None, np.float32([1, 1]), row(2, 3)),
    "neither scales nor sizes": lambda: value("Resize", X),
    "a remainder of floats without fmod": lambda: value("Mod", X, X, opset=13),
    "an equation of other ranks": lambda: value("Einsum", X, equation="i"),
    "an equation that gives what it does not take": lambda: value("Einsum", X, equation="ij->k"),
    "bounds as inputs before opset 11": lambda: value("Clip", X, np.array(0.0), opset=10),
    "tensors of different shapes before opset 8": lambda: value("Sum", X, ONES, opset=7),
    "zero points of another shape": lambda: value(
        "DequantizeLinear", np.uint8([1, 2]), np.float32([1, 2]), np.uint8([1]), axis=0
    ),
    "a sequence for a tensor": lambda: evaluated(
        model([node("SequenceConstruct", ["x"], ["s"]), node("Relu", ["s"], ["y"])], {"x": X}, ["y"]), {"x": X}
    ),
    "an attribute twice": lambda: evaluated(
        model([_doubled(node("Flatten", ["x"], ["y"], axis=1))], {"x": X}, ["y"]), {"x": X}
    ),
    "a reference outside of a function": lambda: evaluated(
        model([_referring(node("Flatten", ["x"], ["y"]))], {"x": X}, ["y"]), {"x": X}
    ),
}


def _doubled(made):
    made.attribute.add().CopyFrom(made.attribute[0])
    return made


def _referring(made):
    made.attribute.add(name="axis", type=helper.make_attribute("axis", 1).type, ref_attr_name="axis")
    return made


@pytest.mark.parametrize("what", UNSUPPORTED)
def test_what_is_not_evaluated(what):
    with pytest.raises(UnsupportedOperator, match=r"node 'n' \(\w+(, opset \d+)?\)"):
        UNSUPPORTED[what]()


def test_steps_are_evaluated_unless_they_are_not_wanted():
    made, feed = one_node("QuantizeLinear", [X.astype("f4"), np.float32(0.5)])
    assert evaluated(made, feed)[0].tolist() == [[2, 4, 6], [8, 10, 12]]
    with pytest.raises(UnsupportedOperator, match="staircases=False"):
        evaluated(made, feed, staircases=False)


@pytest.mark.parametrize("what", MALFORMED)
def test_what_does_not_conform(what):
    with pytest.raises((MalformedModel, UnsupportedOperator)) as caught:
        MALFORMED[what]()
    assert caught.type is MalformedModel or what == "two types"


@pytest.mark.parametrize(
    "compute,error",
    [
        (lambda: value("Exp", X), IrrationalConstant),
        (lambda: value("Sigmoid", X), IrrationalConstant),
        (lambda: value("Sqrt", X), IrrationalConstant),
        (lambda: value("Softmax", X), IrrationalConstant),
        (lambda: value("Softmax", X, irrational="fold-float32"), IrrationalConstant),
        (lambda: value("LayerNormalization", X, np.ones(3)), IrrationalConstant),
        (lambda: value("Acos", X, irrational="fold-float32"), NonFiniteWeight),
        (lambda: value("Atanh", ONES, irrational="fold-float32"), NonFiniteWeight),
        (lambda: value("Log", np.zeros(1), irrational="fold-float32"), NonFiniteWeight),
        (lambda: value("Exp", np.array([1000.0]), irrational="fold-float64"), NonFiniteWeight),
        (lambda: value("Pow", np.zeros(1), np.array([-2.0])), NonFiniteWeight),
        (lambda: value("HardSigmoid", X, alpha=float("inf")), NonFiniteWeight),
    ],
)
def test_values_that_are_no_rational_numbers(compute, error):
    with pytest.raises(error, match=r"node '\w+' \(\w+, opset"):
        compute()


def test_a_binary_float_among_exact_numbers_is_a_bug_of_ours():
    with pytest.raises(InternalError, match="inexact entries"):
        numeric(TensorProto.FLOAT, np.array([0.5], dtype=object))
