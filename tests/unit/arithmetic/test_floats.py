"""The exact reading of stored floats: every bit pattern of 16 bits, and the hard ones of 32 and 64."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from exactgeo import exact_array
from exactgeo.errors import InexactNumber

ml_dtypes = pytest.importorskip("ml_dtypes")

ALL_16_BITS = np.arange(2**16, dtype=np.uint16)
NARROW = {"float16": np.float16, "bfloat16": ml_dtypes.bfloat16}
WIDE = {"float32": (np.uint32, np.float32, 8, 23), "float64": (np.uint64, np.float64, 11, 52)}


def _fractions(values):
    """Return the exact values by way of Python's floats, which hold each of these formats without rounding."""
    return [Fraction(value) for value in values.astype(np.float64).ravel().tolist()]


def _special_bits(exponent_bits, fraction_bits):
    """Return patterns at the ends: zeros, subnormals, smallest normal, largest, their neighbours, of either sign."""
    top = (2**exponent_bits - 1) << fraction_bits
    bias = (2 ** (exponent_bits - 1) - 1) << fraction_bits
    least_normal = 1 << fraction_bits
    positive = [0, 1, 2, 3, least_normal - 1, least_normal, least_normal + 1, bias - 1, bias, bias + 1, top - 1]
    positive += [bias + (fraction_bits << fraction_bits), bias + ((fraction_bits + 1) << fraction_bits)]
    return [bits + (sign << (exponent_bits + fraction_bits)) for sign in (0, 1) for bits in positive]


@st.composite
def _finite(draw, format_name):
    unsigned, floating, exponent_bits, fraction_bits = WIDE[format_name]
    patterns = st.integers(0, 2 ** (1 + exponent_bits + fraction_bits) - 1)
    bits = draw(st.lists(patterns | st.sampled_from(_special_bits(exponent_bits, fraction_bits)), max_size=6))
    values = np.array(bits, dtype=unsigned).view(floating)
    return values[np.isfinite(values)]


@pytest.mark.parametrize("kind", NARROW.values(), ids=NARROW.keys())
def test_every_finite_pattern_of_16_bits_is_read_exactly_in_one_array(kind):
    values = ALL_16_BITS.view(kind)
    finite = values[np.isfinite(values.astype(np.float32))]
    assert len(finite) > 63_000
    assert list(exact_array(finite).flat()) == _fractions(finite)


@pytest.mark.parametrize("kind", NARROW.values(), ids=NARROW.keys())
def test_every_finite_pattern_of_16_bits_is_read_exactly_among_those_of_its_exponent(kind):
    rows = ALL_16_BITS.reshape(-1, 2**7).view(kind)
    finite = [row for row in rows if np.isfinite(row.astype(np.float32)).all()]
    assert len(finite) > 490
    assert all(list(exact_array(row).flat()) == _fractions(row) for row in finite)


@pytest.mark.parametrize("kind", NARROW.values(), ids=NARROW.keys())
def test_every_pattern_of_16_bits_that_is_no_number_is_refused(kind):
    values = ALL_16_BITS.view(kind)
    others = values[~np.isfinite(values.astype(np.float32))]
    assert len(others) in (2 * 2**7, 2 * 2**10)
    for k in range(len(others)):
        with pytest.raises(InexactNumber):
            exact_array(others[k : k + 1])


@given(_finite("float32"))
def test_patterns_of_float32_are_read_exactly(values):
    assert list(exact_array(values).flat()) == _fractions(values)


@given(_finite("float64"))
def test_patterns_of_float64_are_read_exactly(values):
    assert list(exact_array(values).flat()) == _fractions(values)


@pytest.mark.parametrize("format_name", WIDE)
def test_the_extreme_patterns_are_read_exactly_one_by_one(format_name):
    unsigned, floating, exponent_bits, fraction_bits = WIDE[format_name]
    values = np.array(_special_bits(exponent_bits, fraction_bits), dtype=unsigned).view(floating)
    assert [exact_array(values[k : k + 1].reshape(())).tolist() for k in range(len(values))] == _fractions(values)


@pytest.mark.parametrize("bits", range(52, 72))
@pytest.mark.parametrize("mantissa", [1, -1, 3, -(2**53 - 1)])
def test_numbers_over_a_common_denominator_of_about_64_bits_are_read_exactly(mantissa, bits):
    values = np.array([mantissa * 2.0**8, 0.0, 3 * 2.0 ** (8 - bits)])
    assert list(exact_array(values).flat()) == _fractions(values)


def test_negative_zero_is_zero():
    array = exact_array(np.array([-0.0, 0.0]))
    assert array.tolist() == [0, 0] and array.denominator == 1


@given(_finite("float64"))
def test_the_denominator_is_the_least_that_serves_all_entries(values):
    expected = max([value.denominator for value in _fractions(values)], default=1)
    assert exact_array(values).denominator == expected


@given(_finite("float64"), st.integers(0, 5), st.sampled_from([np.nan, np.inf, -np.inf]))
def test_a_number_that_is_not_finite_is_refused_at_its_position(values, place, bad):
    place = min(place, len(values))
    with pytest.raises(InexactNumber, match=rf"entry \({place},\) is {bad}"):
        exact_array(np.insert(values, place, bad))


@pytest.mark.parametrize("kind", [np.float16, ml_dtypes.bfloat16, np.float32, np.float64])
@pytest.mark.parametrize("bad", ["nan", "inf", "-inf"])
def test_the_first_such_entry_of_a_matrix_is_named(kind, bad):
    matrix = np.zeros((3, 4), dtype=kind)
    matrix[1, 2] = matrix[2, 0] = float(bad)
    with pytest.raises(InexactNumber, match=rf"entry \(1, 2\) is {bad}: weights must be finite"):
        exact_array(matrix)


@pytest.mark.parametrize("bad", ["nan", "inf", "-inf"])
def test_such_a_scalar_is_called_the_scalar(bad):
    with pytest.raises(InexactNumber, match=f"the scalar is {bad}"):
        exact_array(np.array(bad, dtype=np.float32))


@pytest.mark.parametrize("sign", [0, 1])
@pytest.mark.parametrize("payload", [1, 2**21, 2**22, 2**22 + 5, 2**23 - 1])
def test_every_kind_of_nan_is_refused(sign, payload):
    bits = np.array([(sign << 31) | (255 << 23) | payload], dtype=np.uint32)
    with pytest.raises(InexactNumber, match="nan"):
        exact_array(bits.view(np.float32))


@pytest.mark.parametrize("kind", [np.float16, ml_dtypes.bfloat16, np.float32, np.float64])
@pytest.mark.parametrize("shape", [(0,), (2, 0), (0, 3), (), (1,), (2, 3), (2, 1, 3)])
def test_the_shape_of_a_float_array_is_kept(kind, shape):
    assert exact_array(np.full(shape, 0.5, dtype=kind)).shape == shape


VIEWS = {
    "transposed": lambda a: a.T,
    "reversed": lambda a: a[::-1, ::-1],
    "every other": lambda a: a[:, ::2],
    "column order": np.asfortranarray,
    "broadcast": lambda a: np.broadcast_to(a[0], (5, 4)),
    "an inner block": lambda a: a[1:3, 1:3],
}


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS.keys())
@pytest.mark.parametrize("kind", [np.float16, ml_dtypes.bfloat16, np.float32, np.float64])
def test_an_array_is_read_in_its_own_order_however_it_lies_in_memory(kind, view):
    values = view((np.arange(16).reshape(4, 4) / 8 - 1).astype(kind))
    assert list(exact_array(values).flat()) == _fractions(values)


@pytest.mark.parametrize("name", ["f2", "f4", "f8"])
def test_the_declared_order_of_the_bytes_is_heeded(name):
    numbers = [1.0, -0.5, 0.1, 3e-5]
    little, big = (np.array(numbers, dtype=order + name) for order in "<>")
    assert exact_array(big).tolist() == exact_array(little).tolist()


def test_reading_an_array_does_not_change_it():
    values = np.array([0.75, -3.0], dtype=np.float32)
    values.flags.writeable = False
    assert exact_array(values).tolist() == [Fraction(3, 4), -3]


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_float32_and_the_same_number_in_float64_are_read_alike(value):
    assume(value == float(np.float32(value)))
    arrays = [exact_array(np.array([value], dtype=kind)) for kind in (np.float32, np.float64)]
    assert arrays[0].tolist() == arrays[1].tolist()
