"""Many integers as hexadecimal text."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exactgeo.arithmetic.hexadecimal import hexadecimal_rows

SMALL = st.integers(-(2**63), 2**63 - 1) | st.sampled_from([0, 1, -1, 15, 16, -16, 255, 256, 2**62, -(2**63)])
ROWS = st.lists(st.lists(SMALL, min_size=1, max_size=5), min_size=1, max_size=6)


def _text(row):
    return " ".join(f"{value:x}" for value in row)


@pytest.mark.parametrize("kind", [np.int64, object])
@given(rows=ROWS)
def test_rows_are_what_python_writes(kind, rows):
    numbers = np.array([value for row in rows for value in row], dtype=kind)
    assert hexadecimal_rows(numbers, [len(row) for row in rows]) == [_text(row) for row in rows]


def test_powers_of_sixteen_have_all_their_digits():
    values = [sign * (16**k + step) for k in range(15) for step in (-1, 0, 1) for sign in (1, -1)]
    assert hexadecimal_rows(np.array(values), [1] * len(values)) == [f"{value:x}" for value in values]


def test_numbers_beyond_64_bits_are_written_too():
    row = [2**200, -(3**150), 0]
    assert hexadecimal_rows(np.array(row, dtype=object), [3]) == [_text(row)]
