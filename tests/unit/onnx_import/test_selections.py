"""Units entry by entry: one of several values, the largest of groups, and where that is."""

import random
from fractions import Fraction
from itertools import product

import numpy as np
import pytest

import exactgeo as eg
from exactgeo.arithmetic.arrays import ExactArray
from exactgeo.networks.builders import constant_forms
from exactgeo.networks.forms import SparseForms
from exactgeo.networks.programs import ProgramBuilder
from onnx_import.files.graph import NodeRecord
from onnx_import.lowering.context import Context
from onnx_import.lowering.nodes import Node
from onnx_import.lowering.selections import largest_in_groups, places_of_largest, selected, steps
from onnx_import.lowering.tensors import Tensor

INPUTS = 4
POINTS = [*product((-1, 0, Fraction(1, 2)), repeat=INPUTS)]


def _node():
    record = NodeRecord("n", "Op", "", 13, ("x",), ("y",), {})
    return Node(record, [], Context(ProgramBuilder(INPUTS)), None)


def _variables(*numbers):
    return SparseForms.variables(np.array(numbers) + 1)


def _constants(*values):
    return constant_forms(ExactArray(np.array(values), 1))


DATA = Tensor((INPUTS,), _variables(0, 1, 2, 3))


def _function(node, tensor):
    program = node.builder.build(tensor.forms)
    return lambda point: list(eg.evaluate(program, point).outputs), len(program.units)


# One of several values


def test_the_value_of_the_largest_selector_is_chosen_and_of_equal_ones_the_first():
    node = _node()
    selectors = [_variables(0, 1), _variables(2, 3), _constants(0, 0)]
    values = [_constants(10, 11), _constants(20, 21), _variables(0, 1)]
    function, units = _function(node, selected(node, (2,), selectors, values))
    assert units == 2
    for point in POINTS:
        expected = []
        for k in range(2):
            candidates = [point[k], point[2 + k], 0]
            expected.append([10 + k, 20 + k, point[k]][candidates.index(max(candidates))])
        assert function(point) == expected


def test_a_selection_has_the_shape_and_the_kind_that_are_asked_for():
    node = _node()
    halves = [_variables(0, 1), _variables(2, 3)]
    result = selected(node, (1, 2), halves, halves, "integer")
    assert (result.shape, result.kind) == ((1, 2), "integer")


def test_steps_take_integers():
    node = _node()
    pieces = [(_constants(0, 0), 0), (_variables(0, 1), 5), (-_variables(0, 1), -7)]
    result = steps(node, (2,), pieces, "truth")
    function, _ = _function(node, result)
    assert result.kind == "truth"
    assert [function(point)[0] for point in ((-2, 0, 0, 0), (0, 0, 0, 0), (3, 0, 0, 0))] == [-7, 0, 5]
    assert node.context.gates.are_gates(result.forms)


# The largest of groups, and its place


def _groups(seed):
    """Groups of entries in any order, some of one entry, entries in several groups or in none."""
    rng = random.Random(seed)
    return [[rng.randrange(INPUTS) for _ in range(rng.randint(1, 4))] for _ in range(rng.randint(1, 4))]


def _flat(groups):
    return np.array([entry for group in groups for entry in group]), np.array([len(group) for group in groups])


@pytest.mark.parametrize("seed", range(12))
def test_the_largest_entry_of_each_group(seed):
    groups, node = _groups(seed), _node()
    entries, counts = _flat(groups)
    result = largest_in_groups(node, DATA, entries, counts, (len(groups), 1))
    function, units = _function(node, result)
    assert result.shape == (len(groups), 1)
    assert units == sum(len(group) > 1 for group in groups)
    for point in POINTS:
        expected = [max(point[entry] for entry in group) for group in groups]
        assert function(point) == expected
        numbers = ExactArray.of([Fraction(value) for value in point], (INPUTS,))
        assert list(largest_in_groups(node, numbers, entries, counts, (len(groups),)).flat()) == expected


@pytest.mark.parametrize("seed", range(12))
def test_the_index_of_the_largest_entry_of_each_group_is_the_first_of_equal_ones(seed):
    groups, node, rng = _groups(seed), _node(), random.Random(seed)
    entries, counts = _flat(groups)
    indices = np.array([rng.randint(-3, 9) for _ in entries])
    result = places_of_largest(node, DATA, entries, counts, indices, (len(groups),))
    starts = np.cumsum(counts) - counts

    def expected(point):
        return [
            int(indices[start + max(range(len(group)), key=lambda k, group=group: (point[group[k]], -k))])
            for start, group in zip(starts.tolist(), groups, strict=True)
        ]

    numbers = [ExactArray.of([Fraction(value) for value in point], (INPUTS,)) for point in POINTS]
    for point, constants in zip(POINTS, numbers, strict=True):
        found = places_of_largest(node, constants, entries, counts, indices, (len(groups),))
        assert found.dtype == np.int64 and found.tolist() == expected(point)
    if isinstance(result, np.ndarray):  # groups of one are known without the data
        assert result.tolist() == expected(POINTS[0]) and counts.max() == 1
        return
    assert result.kind == "integer"
    function, _ = _function(node, result)
    for point in POINTS:
        assert function(point) == expected(point)


def test_groups_of_one_need_no_units():
    node = _node()
    entries, counts = np.array([2, 0]), np.array([1, 1])
    largest = largest_in_groups(node, DATA, entries, counts, (2,))
    places = places_of_largest(node, DATA, entries, counts, np.array([7, 8]), (2,))
    function, units = _function(node, largest)
    assert (units, function((1, 2, 3, 4)), places.tolist()) == (0, [3, 1], [7, 8])
