"""Operations on tensors of affine forms obey the laws of numpy's operations on arrays of Fractions.

A tensor is compared through the values of its entries at a point whose coordinates are far apart and have denominators
of their own, so that different forms have different values.
"""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from exactgeo.arithmetic.arrays import ExactArray
from exactgeo.arithmetic.rationals import rational
from exactgeo.networks.forms import SparseForms
from onnx_import.lowering.tensors import Tensor, add, as_tensor, broadcast, matrix_product, negate, rearrange, scale

VARIABLES = 3
SHORT = st.fractions(min_value=-4, max_value=4, max_denominator=6)
COEFFICIENTS = SHORT | st.integers(-(2**80), 2**80).map(Fraction) | st.integers(1, 2**80).map(lambda n: Fraction(1, n))
ENVIRONMENT = (Fraction(1), Fraction(10**30, 101), Fraction(-(10**60), 103), Fraction(10**90, 107))
SHAPES = hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=2)
BROADCASTS = hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=2, min_side=0)
PRODUCTS = hnp.mutually_broadcastable_shapes(signature="(m?,n),(n,p?)->(m?,p?)", max_dims=1, max_side=3, min_side=0)


def _objects(entries, shape):
    array = np.empty(len(entries), dtype=object)
    array[:] = entries
    return array.reshape(shape)


def _entries(draw, shape, strategy):
    size = int(np.prod(shape))
    return draw(st.lists(strategy, min_size=size, max_size=size))


@st.composite
def constants(draw, shape, coefficients=COEFFICIENTS):
    return ExactArray.of([rational(value) for value in _entries(draw, shape, coefficients)], shape)


def short_constants(shape):
    return constants(shape, SHORT)


@st.composite
def tensors(draw, shape):
    form = st.dictionaries(st.integers(0, VARIABLES), COEFFICIENTS, max_size=3)
    return Tensor(shape, SparseForms.of(_entries(draw, shape, form)))


def reals(shape):
    return tensors(shape) | constants(shape)


@st.composite
def pairs(draw, shapes, first, second):
    left, right = draw(shapes).input_shapes
    return draw(first(left)), draw(second(right))


def _fraction(value):
    return Fraction(int(value.numerator), int(value.denominator))


def _values(value):
    """The entries of a tensor, or of an array of constants, as Fractions."""
    if isinstance(value, ExactArray):
        return _objects([_fraction(entry) for entry in value.flat()], value.shape)
    rows = [value.forms.row(index) for index in range(len(value.forms))]
    totals = [sum((_fraction(c) * ENVIRONMENT[k] for k, c in row.items()), Fraction(0)) for row in rows]
    return _objects(totals, value.shape)


def _assert_law(result, law, *operands):
    """Assert that a result is what numpy computes from the operands."""
    expected = np.asarray(law(*(_values(operand) for operand in operands)), dtype=object)
    found = _values(result)
    assert found.shape == expected.shape
    assert found.tolist() == expected.tolist()


@given(pairs(BROADCASTS, tensors, reals) | pairs(BROADCASTS, reals, tensors))
def test_add_is_numpys_sum(operands):
    _assert_law(add(*operands), lambda a, b: a + b, *operands)


@given(pairs(BROADCASTS, tensors, constants))
def test_scale_is_numpys_product(operands):
    _assert_law(scale(*operands), lambda a, b: a * b, *operands)


@given(SHAPES.flatmap(reals))
def test_negate_is_numpys_negative(operand):
    _assert_law(negate(operand), lambda a: -a, operand)


def _matmul(a, b):
    """Numpy's matrix product of objects, sums of no terms being 0."""
    product = np.matmul(a, b) if a.shape[-1] else np.matmul(a.astype(float), b.astype(float)).astype(int)
    return np.asarray(product, dtype=object)


@given(pairs(PRODUCTS, tensors, constants))
def test_matrix_product_with_data_on_the_left_is_numpys(operands):
    _assert_law(matrix_product(*operands, data_is_left=True), _matmul, *operands)


@given(pairs(PRODUCTS, constants, tensors))
def test_matrix_product_with_data_on_the_right_is_numpys(operands):
    left, right = operands
    _assert_law(matrix_product(right, left, data_is_left=False), _matmul, left, right)


@given(pairs(BROADCASTS, short_constants, short_constants))
def test_sums_and_products_of_constants_are_numpys(operands):
    _assert_law(add(*operands), lambda a, b: a + b, *operands)
    _assert_law(scale(*operands), lambda a, b: a * b, *operands)


@given(pairs(PRODUCTS, short_constants, short_constants))
def test_matrix_products_of_constants_are_numpys(operands):
    left, right = operands
    _assert_law(matrix_product(left, right, data_is_left=True), _matmul, left, right)
    _assert_law(matrix_product(right, left, data_is_left=False), _matmul, left, right)


@pytest.mark.parametrize(
    "operation, first, second",
    [
        (scale, Fraction(0), Fraction(1, 2**64)),
        (add, Fraction(1, 2**64), Fraction(-1, 2**64)),
        (lambda a, b: matrix_product(a, b, data_is_left=True), Fraction(0), Fraction(1, 2**64)),
    ],
    ids=["scale", "add", "matrix product"],
)
def test_constants_cancel_whatever_their_denominators(operation, first, second):
    result = operation(*(ExactArray.of([rational(value)], (1,)) for value in (first, second)))
    assert _values(result).ravel().tolist() == [0]


@given(SHAPES.flatmap(constants))
def test_constants_are_constant_tensors(operand):
    tensor = as_tensor(operand)
    assert isinstance(tensor, Tensor)
    _assert_law(tensor, lambda a: a, operand)


def test_a_tensor_is_a_tensor_already():
    tensor = Tensor((2,), SparseForms.variables(np.array([1, 2])))
    assert as_tensor(tensor) is tensor


@given(pairs(BROADCASTS, reals, reals))
def test_broadcast_is_numpys(operands):
    for place, tensor in enumerate(broadcast(operands)):
        _assert_law(tensor, lambda *arrays, place=place: np.broadcast_arrays(*arrays)[place], *operands)


CHANGES = {
    "transpose": np.transpose,
    "ravel": np.ravel,
    "flip": lambda array: array[::-1],
    "drop": lambda array: array[1:],
    "repeat": lambda array: np.concatenate([array, array]),
    "insert an axis": lambda array: array[:, None],
    "broadcast": lambda array: np.broadcast_to(array, (2, *array.shape)),
}


@given(hnp.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=2).flatmap(reals), st.sampled_from([*CHANGES]))
def test_rearrange_does_to_entries_what_numpy_does(operand, name):
    _assert_law(rearrange(operand, CHANGES[name]), CHANGES[name], operand)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_rearrange_changes_stored_arrays_as_they_are(change):
    stored = np.array([[1, 2, 3], [4, 5, 6]], dtype=np.int32)
    changed = rearrange(stored, change)
    assert changed.dtype == np.int32
    assert changed.tolist() == change(stored).tolist()


def test_positions_number_the_entries_row_by_row():
    tensor = Tensor((2, 3), SparseForms.variables(np.arange(1, 7)))
    assert tensor.positions.tolist() == [[0, 1, 2], [3, 4, 5]]


def test_arranged_takes_entries_in_any_order_and_number():
    tensor = Tensor((3,), SparseForms.variables(np.array([1, 2, 3])))
    arranged = tensor.arranged(np.array([[2, 0], [2, 2]]))
    assert arranged.shape == (2, 2)
    assert [arranged.forms.row(k) for k in range(4)] == [{3: 1}, {1: 1}, {3: 1}, {3: 1}]


@pytest.mark.parametrize("operation", [add, scale, lambda a, b: broadcast([a, b])], ids=["add", "scale", "broadcast"])
@pytest.mark.parametrize("data", [True, False])
def test_shapes_that_do_not_broadcast_are_a_value_error(operation, data):
    first = ExactArray(np.ones((2, 3), dtype=np.int64), 1)
    second = ExactArray(np.ones((2,), dtype=np.int64), 1)
    with pytest.raises(ValueError, match=r"shape|broadcast"):
        operation(as_tensor(first) if data else first, second)


@pytest.mark.parametrize(
    "left, right", [((2, 3), (2, 3)), ((3,), (2,)), ((), (3,)), ((2, 3), ()), ((2, 2, 3), (3, 3, 2))]
)
@pytest.mark.parametrize("data_is_left", [True, False])
def test_shapes_that_do_not_multiply_are_a_value_error(left, right, data_is_left):
    shapes = (left, right) if data_is_left else (right, left)
    data, constant = (ExactArray(np.ones(shape, dtype=np.int64), 1) for shape in shapes)
    with pytest.raises(ValueError, match=r"matmul|shape|broadcast"):
        matrix_product(as_tensor(data), constant, data_is_left=data_is_left)
