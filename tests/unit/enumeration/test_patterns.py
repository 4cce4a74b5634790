"""Compressed patterns are read as the array that they are."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exactgeo import maxout_network, relu_network
from exactgeo.arithmetic.rationals import point
from exactgeo.enumeration import patterns as module
from exactgeo.enumeration.found import Batch, FoundRegions
from exactgeo.enumeration.patterns import Patterns, are_increasing, pattern_type
from exactgeo.errors import InternalError

RELU = relu_network([[[1]] * 11, [[1] * 11]])
MAXOUT = maxout_network([[[[k] for k in range(300)], [[2 * k] for k in range(300)]], [[1, 1]]])


@st.composite
def _parts(draw):
    """Draw a program, and arrays of patterns that need not be any of its."""
    program = draw(st.sampled_from([RELU, MAXOUT]))
    pieces = np.diff(program.units.starts)
    source = np.random.default_rng(draw(st.integers(0, 2**32)))
    sizes = draw(st.lists(st.integers(0, 40), max_size=6))
    parts = [source.integers(0, pieces, (size, len(pieces))).astype(pattern_type(program)) for size in sizes]
    if draw(st.booleans()):
        parts = [np.sort(part, axis=0) for part in parts]
    return program, parts


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch):
    monkeypatch.setattr(module, "_BLOCK", 16)


@given(_parts(), st.data())
def test_they_are_read_as_an_array_is(question, data):
    program, parts = question
    expected = np.concatenate([np.zeros((0, program.unit_count), pattern_type(program)), *parts])
    found = Patterns(program)
    for part in parts:
        found.append(part)
        assert len(found) <= len(expected)
    assert found.shape == expected.shape and found.dtype == expected.dtype
    assert np.array_equal(np.asarray(found), expected)
    places = st.integers(-len(expected), len(expected) - 1)
    if len(expected):
        for place in data.draw(st.lists(places, max_size=5)):
            assert np.array_equal(found[place], expected[place])
        numbers = np.array(data.draw(st.lists(places, max_size=9)), dtype=np.int64)
        assert np.array_equal(found[numbers], expected[numbers])
    some = slice(
        *data.draw(st.tuples(*[st.none() | st.integers(-50, 50)] * 2, st.none() | st.sampled_from([-2, 1, 3])))
    )
    assert np.array_equal(found[some], expected[some])
    assert np.array_equal(found[:, 1:], expected[:, 1:])
    chosen = np.arange(len(expected)) % 3 == 0
    assert np.array_equal(found[chosen], expected[chosen])
    assert np.array_equal(pickle.loads(pickle.dumps(found))[:], expected)


@given(_parts())
def test_what_is_read_and_changed_does_not_change_them(question):
    program, parts = question
    found = Patterns(program, parts)
    before = found[:].copy()
    for place in range(len(found)):
        found[place][...] = 1
    found[:][...] = 1
    for part in parts:
        part[...] = 1
    assert np.array_equal(found[:], before)


@pytest.mark.parametrize("place", [3, -4])
def test_there_is_nothing_behind_their_ends(place):
    found = Patterns(RELU, [np.zeros((3, 11), np.uint8)])
    with pytest.raises(IndexError):
        found[place]
    with pytest.raises(IndexError):
        found[np.array([0, place])]


def test_neighbours_take_little_memory(monkeypatch):
    monkeypatch.setattr(module, "_BLOCK", 2**10)
    wide = relu_network([[[1]] * 960, [[1] * 960]])
    rows = (np.arange(960) < np.arange(961)[:, None]).astype(np.uint8)
    found = Patterns(wide, [rows, rows])
    assert len(pickle.dumps(found)) < 2**20 < 2 * rows.nbytes


@given(_parts(), st.data())
def test_patterns_increase_if_their_tuples_do(question, data):
    program, parts = question
    rows = np.concatenate([np.zeros((0, program.unit_count), pattern_type(program)), *parts])
    tuples = sorted({tuple(row) for row in rows.tolist()})
    increasing = np.array(tuples, rows.dtype).reshape(-1, program.unit_count)
    assert are_increasing(increasing)
    if tuples:
        place = data.draw(st.integers(0, len(tuples) - 1))
        assert not are_increasing(np.insert(increasing, place, increasing[place], axis=0))
    if len(tuples) > 1:
        assert not are_increasing(increasing[::-1])


def test_a_region_that_is_found_twice_is_an_error():
    found = FoundRegions(RELU, lambda pattern: point([len(pattern)]))
    rows = np.array([[0] * 11, [0] * 10 + [1]], np.uint8)
    found.append(Batch(2, rows, np.zeros((2, 1))))
    found.append(Batch(0, rows[:0], np.zeros((0, 1))))
    for again in (rows[1:], rows[:1]):
        with pytest.raises(InternalError, match="twice"):
            found.append(Batch(1, again, np.zeros((1, 1))))
    with pytest.raises(InternalError, match="twice"):
        found.append(Batch(2, 1 - rows, np.zeros((2, 1))))
    found.append(Batch(2, 1 - rows[::-1], np.zeros((2, 1))))
    assert len(found) == 4
    assert [region.pattern for region in found[::-1]] == [region.pattern for region in found][::-1]
    assert [region.pattern for region in found[1:3]] == [region.pattern for region in found][1:3]
