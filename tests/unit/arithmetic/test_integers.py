"""Integer arrays around the limits of 64 bits, against Python's integers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exactgeo.arithmetic.integers import add, integer_array, largest, multiply, sum_segments, wide

EDGES = [0, 1, 2, 3, 2**31, 2**32, 2**61 - 1, 2**61, 2**62 - 1, 2**62, 2**63 - 1, 2**63, 2**64 - 1, 2**64, 2**100]
NUMBERS = st.sampled_from([*EDGES, *(-value for value in EDGES)]) | st.integers() | st.integers(-10, 10)
MACHINE = NUMBERS.filter(lambda value: -(2**63) <= value < 2**63)


def _array(values):
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def _either(values):
    """Return the arrays that hold the values: of Python integers, and of machine integers if they fit."""
    arrays = [_array(values), integer_array(_array(values))]
    if all(-(2**63) <= value < 2**63 for value in values):
        arrays.append(np.array(values, dtype=np.int64))
    return arrays


@given(st.lists(NUMBERS, max_size=6))
def test_an_integer_array_keeps_its_values(values):
    assert integer_array(_array(values)).tolist() == values


@given(st.lists(NUMBERS, max_size=6))
def test_an_integer_array_is_of_machine_integers_exactly_if_all_are_below_2_to_the_62(values):
    expected = np.dtype(np.int64) if all(abs(value) < 2**62 for value in values) else np.dtype(object)
    assert integer_array(_array(values)).dtype == expected


@pytest.mark.parametrize("value", [0, 2**62 - 1, 2**62, 2**63 - 1, 2**63, 2**64 - 1])
def test_unsigned_integers_keep_their_values(value):
    array = integer_array(np.array([value, 1], dtype=np.uint64))
    assert array.tolist() == [value, 1]


@pytest.mark.parametrize("kind", [np.int8, np.uint8, np.int16, np.uint16, np.int32, np.uint32])
def test_narrow_integers_are_widened_at_once(kind):
    limits = np.iinfo(kind)
    array = integer_array(np.array([limits.min, limits.max], dtype=kind))
    assert array.dtype == np.int64 and array.tolist() == [limits.min, limits.max]


@pytest.mark.parametrize("values", [[0.5], [1.0], [1j], ["1"]], ids=repr)
def test_what_is_not_an_integer_is_refused(values):
    with pytest.raises(TypeError):
        integer_array(np.array(values))


def test_an_empty_array_of_any_type_is_an_array_of_integers():
    assert integer_array(np.array([])).dtype == np.int64


@given(st.lists(NUMBERS, max_size=6))
def test_the_largest_absolute_value(values):
    assert {largest(array) for array in _either(values)} == {max(map(abs, values), default=0)}


@given(st.lists(NUMBERS, max_size=6))
def test_a_wide_array_holds_python_s_integers(values):
    assert all(wide(array).tolist() == values and wide(array).dtype == object for array in _either(values))


@given(st.lists(st.tuples(NUMBERS, NUMBERS), max_size=6))
def test_sums_are_those_of_python(pairs):
    left, right = [a for a, _ in pairs], [b for _, b in pairs]
    expected = [a + b for a, b in pairs]
    assert all(add(a, b).tolist() == expected for a in _either(left) for b in _either(right))


@given(st.lists(st.tuples(NUMBERS, NUMBERS), max_size=6))
def test_products_are_those_of_python(pairs):
    left, right = [a for a, _ in pairs], [b for _, b in pairs]
    expected = [a * b for a, b in pairs]
    assert all(multiply(a, b).tolist() == expected for a in _either(left) for b in _either(right))


@given(st.lists(NUMBERS, max_size=6), NUMBERS)
def test_products_with_one_number_are_those_of_python(values, factor):
    assert all(multiply(array, factor).tolist() == [value * factor for value in values] for array in _either(values))


@given(NUMBERS, NUMBERS)
def test_scalar_arrays_are_added_and_multiplied_like_numbers(a, b):
    left, right = (np.array(value, dtype=object) for value in (a, b))
    assert (add(left, right).tolist(), multiply(left, right).tolist()) == (a + b, a * b)


@given(st.lists(NUMBERS, min_size=1, max_size=3), st.lists(NUMBERS, min_size=1, max_size=3))
def test_rows_and_columns_broadcast(row, column):
    rows, columns = integer_array(_array(row)), integer_array(_array(column)).reshape(-1, 1)
    assert add(rows, columns).tolist() == [[a + b for a in row] for b in column]
    assert multiply(rows, columns).tolist() == [[a * b for a in row] for b in column]


@given(st.lists(st.lists(NUMBERS, min_size=1, max_size=4), max_size=5))
def test_segments_are_summed_without_overflow(segments):
    values = [value for segment in segments for value in segment]
    starts = np.array([sum(map(len, segments[:k])) for k in range(len(segments))], dtype=np.int64)
    expected = [sum(segment) for segment in segments]
    assert all(sum_segments(array, starts).tolist() == expected for array in _either(values))


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 100])
@pytest.mark.parametrize("value", [2**62 - 1, -(2**62) + 1, 2**60, -(2**63), 2**63 - 1])
def test_a_segment_of_large_values_is_summed_without_overflow(value, count):
    array = np.array([7, *[value] * count, -7], dtype=np.int64)
    assert sum_segments(array, np.array([0, 1, 1 + count])).tolist() == [7, count * value, -7]


@given(st.lists(MACHINE, min_size=1, max_size=4))
def test_the_values_that_fit_a_machine_integer_survive_every_operation(values):
    array = np.array(values, dtype=np.int64)
    assert multiply(add(array, array), -1).tolist() == [-2 * value for value in values]


def test_a_result_that_fits_again_is_of_machine_integers_again():
    large = integer_array(_array([2**62, 5]))
    assert add(large, multiply(large, -1)).dtype == np.int64
