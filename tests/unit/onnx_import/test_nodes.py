"""Access to a node's inputs and attributes: what is asked for is checked, what is not asked for is refused."""

import ml_dtypes
import numpy as np
import pytest

from exactgeo.arithmetic.arrays import ExactArray
from exactgeo.errors import MalformedModel, NonFiniteWeight, NotPiecewiseAffine, UnsupportedOperator
from exactgeo.networks.forms import SparseForms
from exactgeo.networks.programs import ProgramBuilder
from onnx_import.files.graph import NodeRecord
from onnx_import.lowering.context import Context
from onnx_import.lowering.nodes import Node
from onnx_import.lowering.tensors import Tensor

DATA = Tensor((2,), SparseForms.variables(np.array([1, 2])))
HALVES = ExactArray(np.array([1, 3]), 2)
WHOLES = ExactArray(np.array([4, 6]), 1)
NAME = r"node 'n' \(Op, opset 13\)"


def _node(*values, **attributes):
    names = tuple("" if value is None else f"i{k}" for k, value in enumerate(values))
    return Node(NodeRecord("n", "Op", "", 13, names, ("y",), attributes), values, Context(ProgramBuilder(2)), None)


def test_a_node_knows_its_operator_and_opset():
    node = _node()
    assert (node.operator, node.opset) == ("Op", 13)


# Attributes


def test_an_attribute_has_its_value():
    assert _node(axis=2).integer("axis", 0) == 2


@pytest.mark.parametrize("default", [-1, 7])
def test_an_attribute_that_is_not_there_has_its_default(default):
    assert _node().integer("axis", default) == default


def test_an_attribute_of_value_zero_does_not_become_its_default():
    assert _node(axis=0).integer("axis", 7) == 0


def test_a_flag_is_0_or_1():
    assert [_node(keep=value).flag("keep", 1) for value in (0, 1)] == [False, True]
    assert (_node().flag("keep", 1), _node().flag("keep", 0), _node(keep=0).flag("keep", 1, since=14)) == (1, 0, 1)


@pytest.mark.parametrize("value", [-1, 2, 2**31])
def test_a_flag_of_another_value_is_refused(value):
    with pytest.raises(MalformedModel, match=f"{NAME} has the keep {value}"):
        _node(keep=value).flag("keep", 1)


@pytest.mark.parametrize("value, expected", [(0.5, (1, 2)), (-3.0, (-3, 1)), (0.0, (0, 1))])
def test_a_real_attribute_is_exact(value, expected):
    (number,) = _node(alpha=value).real_attribute("alpha", 1.0).flat()
    assert (number.numerator, number.denominator) == expected


def test_a_real_default_is_a_float32():
    (number,) = _node().real_attribute("alpha", 0.1).flat()
    assert (number.numerator, number.denominator) == (13421773, 134217728)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_real_attribute_that_is_not_finite_is_refused_by_name(value):
    with pytest.raises(NonFiniteWeight, match=f"{NAME} reads attribute 'alpha'"):
        _node(alpha=value).real_attribute("alpha", 1.0)


# Inputs


def test_inputs_are_there_or_left_out_or_beyond_the_end():
    node = _node(DATA, None)
    assert [node.has(k) for k in range(3)] == [True, False, False]


def test_inputs_are_counted_with_those_left_out():
    assert _node(DATA, None, DATA).count() == 3


@pytest.mark.parametrize("index", [1, 2])
def test_a_needed_input_that_is_not_there_is_refused(index):
    with pytest.raises(MalformedModel, match=f"{NAME} lacks its input {index}"):
        _node(DATA, None).value(index)


@pytest.mark.parametrize("value", [DATA, HALVES, np.array([1.5])], ids=["data", "exact", "stored"])
def test_a_value_is_handed_out_as_it_is(value):
    assert _node(value).value(0) is value


@pytest.mark.parametrize("value", [DATA, HALVES], ids=["data", "exact"])
def test_real_values_stay_as_they_are(value):
    assert _node(value).real(0) is value


TINY = [ml_dtypes.float8_e4m3fn, ml_dtypes.float8_e5m2, ml_dtypes.int4, ml_dtypes.uint4]


@pytest.mark.parametrize(
    "dtype", [np.float16, ml_dtypes.bfloat16, np.float32, np.float64, np.int8, np.int64, np.uint64, *TINY]
)
def test_stored_numbers_are_read_exactly_as_reals(dtype):
    assert _node(np.array([[2, 5]], dtype=dtype)).real(0).tolist() == [[2, 5]]


@pytest.mark.parametrize("dtype", [np.bool_, np.complex64, np.object_, "<U1"])
def test_stored_things_that_are_no_numbers_are_refused_as_reals(dtype):
    with pytest.raises(UnsupportedOperator, match=f"{NAME} reads 'i0' of type"):
        _node(np.array([1]).astype(dtype)).real(0)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16, np.float32, np.float64])
def test_a_stored_number_that_is_not_finite_is_refused_with_its_place(dtype, bad):
    weights = np.array([[1, 2, 3], [4, 5, bad]], dtype=dtype)
    with pytest.raises(NonFiniteWeight, match=rf"{NAME} reads 'i1', where entry \(1, 2\) is {bad}"):
        _node(DATA, weights).real(1)


def test_a_constant_is_exact():
    assert _node(np.array([0.5], dtype=np.float32)).constant(0, "its slope").tolist() == [0.5]


def test_data_where_a_constant_is_needed_is_refused_with_its_role():
    with pytest.raises(NotPiecewiseAffine, match=f"{NAME} takes its slope from the data"):
        _node(DATA).constant(0, "its slope")


def test_stored_arrays_are_handed_out_raw():
    stored = np.array([np.inf])
    assert _node(stored).stored(0, "its bound") is stored


def test_data_where_shapes_are_made_is_refused_with_its_role():
    with pytest.raises(UnsupportedOperator, match=f"{NAME} takes its shape from the data"):
        _node(DATA).stored(0, "its shape")


@pytest.mark.parametrize("dtype", [np.int8, np.int32, np.int64, np.uint8])
def test_integers_come_as_a_list(dtype):
    assert _node(np.array([[2, 3], [0, 1]], dtype=dtype)).integers(0, "its shape") == [2, 3, 0, 1]


@pytest.mark.parametrize("dtype", [np.float32, np.bool_, np.object_])
def test_other_things_than_integers_are_refused(dtype):
    with pytest.raises(UnsupportedOperator, match=f"{NAME} takes its shape of type {np.dtype(dtype)}"):
        _node(np.array([2]).astype(dtype)).integers(0, "its shape")


# Refusals


def test_a_refusal_names_the_node():
    with pytest.raises(UnsupportedOperator, match=f"{NAME} is odd"):
        _node().refuse("is odd")


def test_a_complaint_names_the_node():
    with pytest.raises(MalformedModel, match=f"{NAME} is broken"):
        _node().malformed("is broken")


def test_an_attribute_that_nobody_asked_for_is_refused():
    node = _node(DATA, axis=1, extra=2)
    node.value(0), node.integer("axis", 0)
    with pytest.raises(UnsupportedOperator, match=f"{NAME} has the attribute 'extra'"):
        node.finish()


def test_an_input_that_nobody_asked_for_is_refused():
    node = _node(DATA, None, HALVES)
    node.value(0)
    with pytest.raises(UnsupportedOperator, match=f"{NAME} has an input 2"):
        node.finish()


@pytest.mark.parametrize("ask", ["value", "real", "constant", "stored", "integers"])
def test_every_way_of_asking_counts(ask):
    node = _node(np.array([1, 2]), axis=1)
    getattr(node, ask)(0, *(["its role"] if ask not in {"value", "real"} else []))
    node.integer("axis", 0)
    assert node.finish() is None


def test_looking_whether_an_input_is_there_does_not_count():
    node = _node(DATA)
    node.has(0)
    with pytest.raises(UnsupportedOperator, match="input 0"):
        node.finish()


def test_unknown_attributes_whose_names_are_not_all_text_are_refused():
    node = Node(
        NodeRecord("n", "Op", "", 13, (), ("y",), {"axis": 1, b"\xff": 2}), [], Context(ProgramBuilder(1)), None
    )
    with pytest.raises(UnsupportedOperator, match=NAME):
        node.finish()
