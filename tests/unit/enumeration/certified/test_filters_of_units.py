"""What a unit of two pieces decides on is its row, with the row's own bounds, at vertices and in a box around them.

The kernels here are not cached: numba would not notice that what they call has changed.
"""

import numpy as np
import pytest
from numba import njit
from unit.enumeration.certified.filters import scratch

from exactgeo.enumeration.certified.vertices.kernels.filtering import begin_filter, filter_list
from exactgeo.enumeration.certified.vertices.kernels.pointers import floats_at, integers_at
from exactgeo.enumeration.certified.vertices.kernels.signs import UNKNOWN
from exactgeo.enumeration.certified.vertices.kernels.units import decide
from exactgeo.enumeration.certified.vertices.memory import Pause, Register


@njit(nogil=True, error_model="numpy")
def _decided(m):
    return decide(0, m, floats_at(m.floats_at), integers_at(m.integers_at))


def _memory(form, vertex, radius=0.0, linear=0.0, constant=0.0):
    memory = scratch(len(form) - 1)
    memory.array("forms")[:, 0], memory.array("norms")[0] = form, abs(np.array(form[1:])).sum()
    memory.array("linear_errors")[0], memory.array("constant_errors")[0] = linear, constant
    memory.array("vertices")[0], memory.array("radii")[0], memory.array("refined")[0] = vertex, radius, 1
    memory.array("registers")[Register.COUNT] = 1
    return memory


def _sign(memory):
    """Return the sign of unit 0 at the only vertex, after making sure that it is said to be known if it is."""
    known = _decided(memory.map)
    sign = int(memory.array("signs")[0])
    assert known == (sign != UNKNOWN)
    return sign


@pytest.mark.parametrize("sense", [1, -1])
@pytest.mark.parametrize("errors, share", [
    ({"radius": 0.5}, 1.5), ({"linear": 0.5}, 2.0), ({"constant": 0.5}, 0.5),
    ({"radius": 0.5, "linear": 0.25, "constant": 2.0}, 1.5 + 0.25 * 5 + 2.0),
])  # fmt: skip
def test_a_sign_is_known_beyond_the_errors_of_row_and_vertex_and_not_before(errors, share, sense):
    """By as much the row 2 x + y + c may be off, at 3 and 1."""
    for size, sign in ((0.99 * share, UNKNOWN), (1.1 * share, sense)):
        assert _sign(_memory([sense * size - 7.0, 2.0, 1.0], [1.0, 3.0, 1.0], **errors)) == sign


@pytest.mark.parametrize("row_is_whole, linear, constant, sign", [
    (1, 0.0, 0.0, 0), (0, 0.0, 0.0, UNKNOWN), (1, 0.25, 0.0, UNKNOWN), (1, 0.0, 0.25, UNKNOWN),
])  # fmt: skip
def test_integers_tell_a_zero_only_of_a_row_that_is_one_of_integers(row_is_whole, linear, constant, sign):
    memory = _memory([-7.0, 2.0, 1.0], [1.0, 3.0, 1.0], linear=linear, constant=constant)
    memory.array("whole_rows")[0], memory.array("whole")[0] = row_is_whole, 1
    memory.array("integers")[0] = 1.0, 3.0, 1.0
    assert _sign(memory) == sign


def test_integers_that_a_vertex_does_not_have_tell_nothing():
    """What stands in their place is another vertex', at which the row is 0."""
    memory = _memory([-7.0, 2.0, 1.0], [1.0, 3.0, 1.0], radius=0.125)
    memory.array("whole_rows")[0], memory.array("integers")[0] = 1, (1.0, 3.0, 1.0)
    assert _sign(memory) == UNKNOWN


@njit(nogil=True, error_model="numpy")
def _filtered(m):
    f, i = floats_at(m.floats_at), integers_at(m.integers_at)
    begin_filter(m, f, i)
    return filter_list(m, f, i)


def _listed(memory):
    memory.array("registers")[Register.LAST] = 1
    return memory


@pytest.mark.parametrize("sense", [1, -1])
@pytest.mark.parametrize("vertex", [[1.0, 3.0, 1.0], [1.0, -3.0, 1.0], [1.0, 3.0, -1.0]])
@pytest.mark.parametrize("errors, share", [
    ({"radius": 0.5}, 1.5), ({"linear": 0.5}, 2.0), ({"constant": 0.5}, 0.5), ({"radius": 0.5, "linear": 0.25}, 2.75),
])  # fmt: skip
def test_a_unit_is_decided_beyond_its_errors_in_the_box_and_not_before(errors, share, vertex, sense):
    value = 2 * vertex[1] + vertex[2]
    for size, pause in ((0.99 * share, Pause.EXACT), (1.1 * share, -1)):
        memory = _listed(_memory([sense * size - value, 2.0, 1.0], vertex, **errors))
        assert _filtered(memory.map) == pause
        assert pause == Pause.EXACT or memory.array("chosen")[0] == (sense > 0)


def test_a_unit_that_is_zero_on_a_cell_has_its_first_piece():
    memory = _listed(_memory([0.0, 0.0, 0.0], [1.0, 3.0, 1.0]))
    memory.array("chosen")[0] = 1
    assert _filtered(memory.map) == -1 and memory.array("chosen")[0] == 0


def test_where_there_is_no_box_none_of_another_cell_is_used():
    """In that one's box, around 0, the row is positive; in the direction of the only vertex it falls."""
    memory = _listed(_memory([1.0, -1.0, 0.0], [0.0, 1.0, 0.0]))
    assert _filtered(memory.map) == -1 and memory.array("chosen")[0] == 0


def test_an_answer_is_one_unit_s_only():
    memory = _memory([1.0, 0.0, 0.0], [1.0, 3.0, 1.0])
    registers = memory.array("registers")
    memory.array("signs")[0], registers[Register.ANSWERED], registers[Register.LAST] = -1, 1, 1
    assert _filtered(memory.map) == -1 and memory.array("chosen")[0] == 0
    assert registers[Register.ANSWERED] == 0
