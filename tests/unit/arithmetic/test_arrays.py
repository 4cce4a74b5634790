"""Arrays of rationals, operation by operation against Python's Fractions."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from exactgeo import ExactArray, exact_array
from exactgeo.errors import InexactNumber, InvalidArgument

SHAPES = [(), (0,), (1,), (3,), (2, 2), (2, 3), (0, 2), (2, 1, 2)]
EDGES = st.sampled_from([2**k + d for k in (31, 53, 61, 62, 63, 64, 100) for d in (-1, 0, 1)])
NUMERATORS = st.integers(-9, 9) | EDGES | EDGES.map(lambda value: -value)
DENOMINATORS = st.sampled_from([1, 1, 2, 3, 6, 7, 2**40, 2**61 - 1, 2**62, 2**70, 3**50])
ENTRIES = st.builds(Fraction, NUMERATORS, DENOMINATORS)


@st.composite
def _arrays(draw, *shapes):
    """Draw numpy arrays of Fractions, of one of the given lists of shapes."""
    result = []
    for shape in draw(st.sampled_from(shapes)):
        array = np.empty(shape, dtype=object)
        size = int(np.prod(shape, dtype=int))
        array.ravel()[:] = draw(st.lists(ENTRIES, min_size=size, max_size=size))
        result.append(array)
    return result


def _is_reduced(exact):
    return math.gcd(exact.denominator, *map(int, exact.numerators.flat)) == 1


def _same(exact, expected):
    expected = np.asarray(expected, dtype=object)
    return exact.shape == expected.shape and list(exact.flat()) == list(expected.flat) and exact.denominator > 0


PAIRS = [*((s, s) for s in SHAPES), ((2, 3), (3,)), ((2, 3), ()), ((2, 1), (1, 3)), ((0, 2), (2,))]
FACTORS = [((2, 3), (3, 2)), ((2, 3), (3,)), ((3,), (3,)), ((3,), (3, 2)), ((2, 0), (0, 3)), ((0, 2), (2, 3))]


@given(_arrays(*([s] for s in SHAPES)))
def test_an_array_of_fractions_is_kept_entry_by_entry(arrays):
    assert _same(exact_array(arrays[0]), arrays[0])


@given(_arrays(*([s] for s in SHAPES)))
def test_nested_lists_make_the_same_array(arrays):
    exact = exact_array(arrays[0].tolist())
    assert list(exact.flat()) == list(arrays[0].flat)


@given(_arrays(*([s] for s in SHAPES)))
def test_an_array_comes_back_as_nested_lists(arrays):
    assert exact_array(arrays[0]).tolist() == arrays[0].tolist()


@given(_arrays(*([s] for s in SHAPES)))
def test_negation_is_that_of_fractions(arrays):
    assert _same(-exact_array(arrays[0]), -arrays[0])


@given(_arrays(*PAIRS))
def test_addition_is_that_of_fractions(arrays):
    a, b = arrays
    assert _same(exact_array(a) + exact_array(b), a + b)


@given(_arrays(*PAIRS))
def test_multiplication_is_that_of_fractions(arrays):
    a, b = arrays
    assert _same(exact_array(a) * exact_array(b), a * b)


@given(_arrays(*FACTORS))
def test_matrix_multiplication_is_that_of_fractions(arrays):
    a, b = arrays
    assert _same(exact_array(a) @ exact_array(b), np.tensordot(a, b, axes=1))


@given(_arrays(*PAIRS))
def test_sums_and_products_are_over_the_least_denominator(arrays):
    a, b = map(exact_array, arrays)
    assert _is_reduced(a + b) and _is_reduced(a * b)


@given(_arrays(*FACTORS))
def test_matrix_products_are_over_the_least_denominator(arrays):
    a, b = map(exact_array, arrays)
    assert _is_reduced(a @ b)


@given(_arrays(*([s] for s in SHAPES)))
def test_reciprocals_are_those_of_fractions(arrays):
    assume(all(arrays[0].flat))
    expected = np.empty(arrays[0].shape, dtype=object)
    expected.ravel()[:] = [1 / value for value in arrays[0].flat]
    assert _same(exact_array(arrays[0]).reciprocal(), expected)


@given(_arrays([(2, 2)], [(3,)]), st.integers(0, 2))
def test_the_reciprocal_of_an_array_with_a_zero_is_refused(arrays, place):
    arrays[0].ravel()[place] = Fraction(0)
    with pytest.raises(InvalidArgument, match="division by zero"):
        exact_array(arrays[0]).reciprocal()


INDICES = [0, -1, slice(1, None), slice(None, None, -1), (slice(None), 1), (1, 2), np.array([1, 0, 1]), Ellipsis]


@pytest.mark.parametrize("index", INDICES, ids=repr)
@given(arrays=_arrays([(2, 3)]))
def test_an_index_chooses_the_same_entries_as_in_numpy(index, arrays):
    assert _same(exact_array(arrays[0])[index], arrays[0][index])


@given(_arrays(*([s] for s in SHAPES)))
def test_a_function_is_applied_to_each_entry(arrays):
    expected = np.empty(arrays[0].shape, dtype=object)
    expected.ravel()[:] = [value * value - 1 for value in arrays[0].flat]
    assert _same(exact_array(arrays[0]).mapped(lambda value: value * value - 1), expected)


@pytest.mark.parametrize("size", [2**31, 2**61, 2**62, 2**63 - 1])
def test_sums_and_products_of_machine_integers_do_not_overflow(size):
    array = exact_array(np.array([size, -size - 1], dtype=np.int64))
    matrix = exact_array(np.array([[size, -size], [size, size]], dtype=np.int64))
    assert (array + array).tolist() == [2 * size, -2 * size - 2]
    assert (array * array).tolist() == [size**2, (size + 1) ** 2]
    assert (matrix @ array).tolist() == [size * (2 * size + 1), -size]


def test_the_least_machine_integer_is_negated():
    assert (-exact_array(np.array([-(2**63)], dtype=np.int64))).tolist() == [2**63]


INTEGER_KINDS = [np.int8, np.uint8, np.int16, np.uint16, np.int32, np.uint32, np.int64, np.uint64]


@pytest.mark.parametrize("kind", INTEGER_KINDS)
def test_the_least_and_the_largest_integer_of_every_width_are_read(kind):
    limits = np.iinfo(kind)
    array = exact_array(np.array([limits.min, limits.max, 0, 1], dtype=kind))
    assert array.tolist() == [int(limits.min), int(limits.max), 0, 1]


@pytest.mark.parametrize("kind", ["i2", "u4", "i8", "u8"])
def test_the_declared_order_of_an_integer_s_bytes_is_heeded(kind):
    limits = np.iinfo(kind)
    array = exact_array(np.array([limits.min, limits.max, 0, 1], dtype=">" + kind))
    assert array.tolist() == [int(limits.min), int(limits.max), 0, 1]


def test_an_exact_array_stays_the_one_that_it_is():
    array = exact_array([1, "1/2"])
    assert exact_array(array) is array


NESTED = {
    "texts": (["1/2", "0.25"], (2,), [Fraction(1, 2), Fraction(1, 4)]),
    "one text": ("1/2", (), [Fraction(1, 2)]),
    "one number": (5, (), [5]),
    "a range": (range(3), (3,), [0, 1, 2]),
    "tuples": (((1, 2), (3, 4)), (2, 2), [1, 2, 3, 4]),
    "integer arrays": ([np.array([1, 2]), np.array([3, 4])], (2, 2), [1, 2, 3, 4]),
    "an array of texts": (np.array(["1/2", "3"]), (2,), [Fraction(1, 2), 3]),
    "nothing": ([], (0,), []),
    "rows of nothing": ([[], []], (2, 0), []),
    "long integers": ([10**30, -1], (2,), [10**30, -1]),
}


@pytest.mark.parametrize("values, shape, entries", NESTED.values(), ids=NESTED.keys())
def test_whatever_nests_numbers_makes_an_array(values, shape, entries):
    array = exact_array(values)
    assert array.shape == shape and list(array.flat()) == entries


RAGGED = [[[1, 2], [3]], [[1], 2], [1, [2]], [[[1], [2]], [[3]]], ["1", ["2"]], [np.array([1, 2]), np.array([1])]]


@pytest.mark.parametrize("values", RAGGED, ids=repr)
def test_rows_of_different_lengths_are_refused(values):
    with pytest.raises(InvalidArgument, match="different lengths"):
        exact_array(values)


OTHER_THINGS = [None, {1: 2}, {1, 2}, iter([1]), [True], np.array([True]), np.array([1j]), [b"1"], ["one"], object()]


@pytest.mark.parametrize("values", OTHER_THINGS, ids=lambda thing: type(thing).__name__)
def test_other_things_are_refused(values):
    with pytest.raises(InvalidArgument):
        exact_array(values)


FLOATS = [0.5, np.float32(1), [0.5], [[1, 2], [3, 0.5]], [np.array([0.5], dtype=np.float32)], np.array([0.5], "O")]


@pytest.mark.parametrize("values", FLOATS, ids=repr)
def test_a_float_outside_an_array_of_floats_is_refused(values):
    with pytest.raises(InexactNumber):
        exact_array(values)


@pytest.mark.parametrize("kind", [np.longdouble, np.complex64])
def test_arrays_of_other_inexact_types_are_refused(kind):
    with pytest.raises(InvalidArgument):
        exact_array(np.array([1], dtype=kind))


def test_an_array_of_spans_of_time_is_refused():
    with pytest.raises(InvalidArgument):
        exact_array(np.array([5, 6], dtype="m8[s]"))


def test_an_array_does_not_change_with_the_one_that_it_was_made_from():
    source = np.array([1, 2], dtype=np.int64)
    array = exact_array(source)
    source[0] = 5
    assert array.tolist() == [1, 2]


@given(st.lists(ENTRIES, max_size=6))
def test_the_common_denominator_of_given_entries_is_the_least(entries):
    array = ExactArray.of([*map(_mpq, entries)], (len(entries),))
    least = 1
    while any((value * least).denominator != 1 for value in entries):
        least *= next((value * least).denominator for value in entries if (value * least).denominator != 1)
    assert array.denominator == least and list(array.flat()) == entries


def _mpq(value):
    return exact_array([value]).tolist()[0]
