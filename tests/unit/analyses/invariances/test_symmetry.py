"""Symmetries of networks: convolutions that are invariant under shifts, and those that are not."""

import numpy as np
import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st
from unit.analyses.invariances.planes import differs

import exactgeo as eg
from exactgeo.analyses.invariances import Different, Equal, cyclic_shift, empty_border, symmetry
from exactgeo.errors import BudgetExhausted, DimensionMismatch, InvalidArgument
from exactgeo.networks.forms import SparseForms
from exactgeo.strategies import programs, relu_networks

FEWER = settings(max_examples=settings().max_examples // 3)


def _filtered(size, taps, *, is_circular, stride=1, bias="-1/4"):
    """The network that filters a row, bends and adds up."""
    rows = []
    for place in range(0, size, stride):
        row = [0] * size
        for offset, tap in zip((-1, 0, 1), taps, strict=True):
            if is_circular or 0 <= place + offset < size:
                row[(place + offset) % size] += tap
        rows.append(row)
    return eg.relu_network([rows, [[1] * len(rows)]], [[bias] * len(rows), [0]])


def _demand_counterexample(program, matrix, found):
    assert isinstance(found, Different)
    moved = matrix @ np.array(found.point, dtype=object)
    assert eg.evaluate(program, found.point).outputs == found.first
    assert eg.evaluate(program, moved.tolist()).outputs == found.second != found.first


@pytest.mark.parametrize("size", [3, 5])
def test_a_circular_filter_with_a_sum_is_invariant(size):
    net = _filtered(size, (-1, 3, -1), is_circular=True)
    found = symmetry(net, cyclic_shift((size,), 0), eg.Box.cube(size))
    assert isinstance(found, Equal) and found.flats == 0
    assert isinstance(symmetry(net, np.eye(size, dtype=int)[::-1], eg.Box.cube(size)), Equal)  # the taps are even
    odd = _filtered(size, (-1, 3, -2), is_circular=True)
    _demand_counterexample(odd, np.eye(size, dtype=int)[::-1], symmetry(odd, np.eye(size, dtype=int)[::-1]))


def test_a_circular_filter_is_invariant_everywhere():
    net = _filtered(4, (-1, 3, -1), is_circular=True, bias=0)
    assert isinstance(symmetry(net, cyclic_shift((4,), 0)), Equal)


def test_padding_with_zeros_is_not_invariant():
    net, shift = _filtered(5, (-1, 3, -1), is_circular=False), cyclic_shift((5,), 0)
    _demand_counterexample(net, shift, symmetry(net, shift, eg.Box.cube(5)))


def test_a_stride_is_invariant_under_multiples_of_itself():
    net = _filtered(4, (-1, 3, -1), is_circular=True, stride=2)
    _demand_counterexample(net, cyclic_shift((4,), 0), symmetry(net, cyclic_shift((4,), 0)))
    assert isinstance(symmetry(net, cyclic_shift((4,), 0, by=2), eg.Box.cube(4)), Equal)


def test_images_with_a_wide_enough_border_may_be_shifted():
    net, shift = _filtered(8, (-1, 3, -2), is_circular=False), cyclic_shift((8,), 0)
    wide, narrow = empty_border((8,), [0], margin=2), empty_border((8,), [0], margin=1)
    assert isinstance(symmetry(net, shift, eg.Box.cube(4), cut=wide), Equal)
    found = symmetry(net, shift, eg.Box.cube(6), cut=narrow)
    _demand_counterexample(net, shift, found)
    assert narrow.coordinates(found.point) is not None


def test_channels_stay_where_they_are():
    # Two channels of three pixels: the first is filtered, the second is multiplied by 2, and their maximum is added up.
    builder = eg.ProgramBuilder(6)
    entries = []
    for k in range(3):
        filtered = {1 + k: 3, 1 + (k + 1) % 3: -1}
        entries.append(builder.add_unit([(filtered, filtered), ({4 + k: 2}, {4 + k: 2})]))
    net = builder.build([dict.fromkeys(entries, 1)])
    assert isinstance(symmetry(net, cyclic_shift((2, 3), 1), eg.Box.cube(6)), Equal)
    assert isinstance(symmetry(net, cyclic_shift((2, 3), -1, by=2), eg.Box.cube(6)), Equal)
    exchanged = cyclic_shift((2, 3), 0)
    _demand_counterexample(net, exchanged, symmetry(net, exchanged))


@pytest.mark.parametrize("shape, axis, by", [((5,), 0, 1), ((2, 3), 0, 1), ((2, 3), 1, -1), ((2, 3, 4), -1, 2)])
def test_a_shift_is_that_of_numpy(shape, axis, by):
    array = np.arange(np.prod(shape)) ** 2
    assert (cyclic_shift(shape, axis, by) @ array == np.roll(array.reshape(shape), by, axis).ravel()).all()


def test_the_border_is_empty_on_both_sides():
    cut = empty_border((2, 4, 5), [1, -1])
    assert cut.dimension == 2 * 2 * 3
    array = np.array([int(value) for value in cut.point(range(1, 13))]).reshape(2, 4, 5)
    inner = array[:, 1:-1, 1:-1]
    assert inner.ravel().tolist() == list(range(1, 13)) and array.sum() == inner.sum()
    assert empty_border((3,), [], margin=1).dimension == 3


def _averaged(program):
    """The sum of a network's outputs at all cyclic shifts of its input."""
    builder = eg.ProgramBuilder(program.inputs)
    total = None
    for by in range(program.inputs):
        inputs = SparseForms.variables(1 + np.roll(np.arange(program.inputs), by))
        outputs = builder.add_program(program, inputs)
        total = outputs if total is None else total + outputs
    return builder.build(total)


@FEWER
@given(relu_networks(max_inputs=3, max_units=4) | programs(max_inputs=2, max_units=2, max_pieces=3))
def test_a_sum_over_all_shifts_is_invariant(program):
    note(program.text)
    shift = cyclic_shift((program.inputs,), 0)
    assert isinstance(symmetry(_averaged(program), shift, eg.Box.cube(program.inputs)), Equal)


@FEWER
@given(programs(min_inputs=2, max_inputs=2, max_units=2, max_pieces=3), st.integers(-1, 1), st.integers(-1, 1))
def test_a_symmetry_is_one_in_every_face(program, shear, sign):
    note(program.text)
    matrix = np.array([[sign, 1], [1, shear]])
    found = symmetry(program, matrix, eg.Box.cube(2))
    moved = eg.restrict(program, matrix, [0, 0])
    assert isinstance(found, Different) == differs(program, moved, eg.Box.cube(2).polyhedron)
    if isinstance(found, Different):
        _demand_counterexample(program, matrix, found)


def test_what_fits_nothing_is_refused():
    net = _filtered(4, (-1, 3, -1), is_circular=True)
    with pytest.raises(DimensionMismatch):
        symmetry(net, cyclic_shift((5,), 0))
    with pytest.raises(DimensionMismatch, match="the slice lies in 5 dimensions"):
        symmetry(net, cyclic_shift((4,), 0), cut=empty_border((5,), [0]))
    with pytest.raises(BudgetExhausted):
        symmetry(net, cyclic_shift((4,), 0), budget=eg.Budget(max_regions=2))
    with pytest.raises(InvalidArgument, match="has no axis 1"):
        cyclic_shift((4,), 1)
    with pytest.raises(InvalidArgument, match="has no axis -2"):
        empty_border((4,), [-2])
    with pytest.raises(InvalidArgument, match="leaves nothing"):
        empty_border((4,), [0], margin=2)
