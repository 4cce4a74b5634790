"""Opset 6, whose operators broadcast on request only: the definitions of its text, in numpy."""

import numpy as np
import pytest
from unit.onnx_import.models import assert_refuses, assert_same, dyadics, fractions, imported, one_node, run_exactly

from exactgeo.errors import ImportFailure, MalformedModel, UnsupportedOperator

OPERATIONS = {"Add": np.add, "Sub": np.subtract, "Mul": np.multiply, "Div": np.divide}

# The examples of the text: shapes of A and B, the axis, and the shape of B with which numpy does the same.
EXAMPLES = [
    ((2, 3, 4, 5), (), None, ()),
    ((2, 3, 4, 5), (1, 1), None, (1, 1)),
    ((2, 3, 4, 5), (5,), None, (5,)),
    ((2, 3, 4, 5), (4, 5), None, (4, 5)),
    ((2, 3, 4, 5), (3, 4), 1, (1, 3, 4, 1)),
    ((2, 3, 4, 5), (2,), 0, (2, 1, 1, 1)),
    ((3, 3), (3,), 0, (3, 1)),
    ((3, 3), (3,), None, (3,)),
    ((3, 3), (3,), 1, (3,)),
]


def _made(operator, first, constant, axis, **attributes):
    given = attributes if axis is None else {"axis": axis, **attributes}
    return one_node(operator, ["x", "c"], {"c": constant}, inputs={"x": first}, opset=6, **given)


@pytest.mark.parametrize("operator", OPERATIONS)
@pytest.mark.parametrize("first, second, axis, spread", EXAMPLES)
def test_the_second_operand_broadcasts_as_the_text_says(operator, first, second, axis, spread):
    x, constant = dyadics(1, *first), 2.0 ** dyadics(2, *second, step=1)
    expected = OPERATIONS[operator](x, constant.reshape(spread))
    assert_same(run_exactly(imported(_made(operator, first, constant, axis, broadcast=1)), [x]), [expected])


@pytest.mark.parametrize("operator", [*OPERATIONS, "Pow"])
@pytest.mark.parametrize("first, second, axis, spread", EXAMPLES)
def test_nothing_broadcasts_unasked(operator, first, second, axis, spread):
    assert_refuses(_made(operator, first, np.ones(second), axis), MalformedModel, rf"^node 'n' \({operator}, opset 6\)")


@pytest.mark.parametrize(
    "first, second, axis",
    [
        ((2, 3), (2,), None),
        ((2, 3), (3,), 0),
        ((2, 3), (3,), 2),
        ((2, 3), (2, 2), None),
        ((3,), (2, 3), None),
        ((2, 3, 4), (3, 4), 0),
    ],
)
@pytest.mark.parametrize("operator", OPERATIONS)
def test_what_does_not_fit_is_refused(operator, first, second, axis):
    made = _made(operator, first, np.ones(second), axis, broadcast=1)
    assert_refuses(made, MalformedModel, rf"^node 'n' \({operator}, opset 6\)")


@pytest.mark.parametrize("operator", ["Sum", "Mean", "Max", "Min"])
@pytest.mark.parametrize("attributes", [{"broadcast": 1}, {"axis": 0}])
def test_operators_of_many_inputs_know_no_broadcasting(operator, attributes):
    made = one_node(operator, ["x", "c"], {"c": np.ones((2, 3))}, opset=6, **attributes)
    assert_refuses(made, UnsupportedOperator, rf"^node 'n' \({operator}, opset 6\)")


@pytest.mark.parametrize("shape", [(2, 3), (2, 3, 3), (1, 3, 2, 2)])
def test_a_slope_is_one_for_each_channel(shape):
    x, slope = dyadics(1, *shape), np.array([0.5, -2.0, 0.0])
    spread = slope.reshape(3, *[1] * (len(shape) - 2))
    made = one_node("PRelu", ["x", "c"], {"c": slope}, inputs={"x": shape}, opset=6)
    assert_same(run_exactly(imported(made), [x]), [np.where(x > 0, x, x * spread)])


def test_dropout_in_inference_passes_data_on():
    x = dyadics(1, 2, 3)
    assert_same(run_exactly(imported(one_node("Dropout", ["x"], opset=6, is_test=1, ratio=0.25)), [x]), [x])


@pytest.mark.parametrize("attributes", [{}, {"is_test": 0}])
@pytest.mark.parametrize("operator", ["Dropout", "BatchNormalization"])
def test_training_is_refused(operator, attributes):
    parameters = {name: np.ones(3) for name in "smbv"} if operator == "BatchNormalization" else {}
    made = one_node(operator, ["x", *parameters], parameters, opset=6, **attributes)
    assert_refuses(made, ImportFailure, rf"^node 'n' \({operator}, opset 6\).*is_test = 0")


@pytest.mark.parametrize("name, given", [("min", {"max": 0.5}), ("max", {"min": -0.5})])
def test_a_bound_that_a_clip_leaves_out_is_the_outermost_float32(name, given):
    outermost = float(np.finfo(np.float32).max)
    made = imported(one_node("Clip", ["x"], inputs={"x": (3,)}, opset=6, **given))
    x = np.array([-1e300, 0.25, 1e300])
    low, high = given.get("min", -outermost), given.get("max", outermost)
    assert run_exactly(made, [x])[0].tolist() == fractions(np.clip(x, low, high)).tolist()
