"""Networks from weights, and programs from programs, against direct evaluation in Fractions."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exactgeo import (
    ProgramBuilder,
    compose,
    evaluate,
    gated_network,
    hyperplane_arrangement,
    maxout_network,
    product,
    relu_network,
    restrict,
)
from exactgeo.errors import DimensionMismatch, InexactNumber, InvalidArgument
from exactgeo.strategies import points, programs, relu_networks

FEWER = settings(max_examples=settings().max_examples // 5)
MANY = settings(max_examples=settings().max_examples // 3)
NUMBERS = st.fractions(-3, 3, max_denominator=4) | st.sampled_from([Fraction(0), Fraction(2**65), Fraction(1, 3**40)])
ANY_PROGRAM = programs(max_units=3, max_inputs=2) | relu_networks(max_units=3, max_inputs=2)


def _lists(elements, *shape):
    for size in reversed(shape):
        elements = st.lists(elements, min_size=size, max_size=size)
    return elements


def _affine(matrix, offset, x):
    return [b + sum(a * value for a, value in zip(row, x, strict=True)) for row, b in zip(matrix, offset, strict=True)]


def _sizes(draw, least=1):
    return [draw(st.integers(1, 3)) for _ in range(draw(st.integers(least + 1, 4)))]


@st.composite
def _layers(draw):
    """Draw the weights and biases of an affine chain; some or all biases are left out."""
    sizes = _sizes(draw)
    weights = [draw(_lists(NUMBERS, o, i)) for i, o in pairwise(sizes)]
    biases = [draw(st.none() | _lists(NUMBERS, o)) for o in sizes[1:]]
    return weights, draw(st.sampled_from([biases, None])), draw(_lists(NUMBERS, sizes[0]))


def _filled(biases, weights):
    given_biases = [None] * len(weights) if biases is None else biases
    return [[0] * len(w) if b is None else b for w, b in zip(weights, given_biases, strict=True)]


@MANY
@given(_layers())
def test_a_relu_network_computes_what_its_weights_say(question):
    weights, biases, x = question
    filled, z, signs = _filled(biases, weights), x, []
    for matrix, offset in zip(weights[:-1], filled[:-1], strict=True):
        z = _affine(matrix, offset, z)
        signs += [int(value > 0) for value in z]
        z = [max(value, 0) for value in z]
    found = evaluate(relu_network(weights, biases), x)
    assert (found.pattern, list(found.outputs)) == (tuple(signs), _affine(weights[-1], filled[-1], z))


@MANY
@given(st.integers(1, 3).flatmap(lambda n: st.tuples(st.lists(_lists(NUMBERS, n + 1), min_size=1), _lists(NUMBERS, n))))
def test_an_arrangement_has_a_relu_and_an_output_for_each_hyperplane(question):
    rows, x = question
    values = [row[0] + sum(a * b for a, b in zip(row[1:], x, strict=True)) for row in rows]
    found = evaluate(hyperplane_arrangement(rows), x)
    assert (found.pattern, list(found.outputs)) == (tuple(int(v > 0) for v in values), [max(v, 0) for v in values])


@st.composite
def _maxout(draw):
    sizes, pieces = _sizes(draw), draw(st.integers(2, 3))
    hidden = [draw(_lists(NUMBERS, o, pieces, i)) for i, o in pairwise(sizes[:-1])]
    biases = [draw(st.none() | _lists(NUMBERS, o, pieces)) for o in sizes[1:-1]]
    last, offset = draw(_lists(NUMBERS, sizes[-1], sizes[-2])), draw(st.none() | _lists(NUMBERS, sizes[-1]))
    return [*hidden, last], draw(st.sampled_from([[*biases, offset], None])), draw(_lists(NUMBERS, sizes[0]))


@MANY
@given(_maxout())
def test_a_maxout_network_computes_what_its_weights_say(question):
    weights, biases, x = question
    given_biases = [None] * len(weights) if biases is None else biases
    z, pattern = x, []
    for array, offset in zip(weights[:-1], given_biases[:-1], strict=True):
        filled = [[0] * len(unit) for unit in array] if offset is None else offset
        values = [_affine(unit, b, z) for unit, b in zip(array, filled, strict=True)]
        pattern += [unit.index(max(unit)) for unit in values]
        z = [max(unit) for unit in values]
    expected = _affine(weights[-1], given_biases[-1] or [0] * len(weights[-1]), z)
    found = evaluate(maxout_network(weights, biases), x)
    assert (found.pattern, list(found.outputs)) == (tuple(pattern), expected)


@st.composite
def _gated(draw):
    weights, biases, x = draw(_layers())
    gates = [draw(_lists(NUMBERS, len(matrix), len(x))) for matrix in weights[:-1]]
    thresholds = [draw(st.none() | _lists(NUMBERS, len(matrix))) for matrix in gates]
    return gates, weights, draw(st.sampled_from([thresholds, None])), biases, x


@MANY
@given(_gated())
def test_a_gated_network_computes_what_its_weights_say(question):
    gates, values, thresholds, biases, x = question
    filled, z, pattern = _filled(biases, values), x, []
    for gate, c, matrix, b in zip(gates, _filled(thresholds, gates), values, filled, strict=False):
        opened = [value > 0 for value in _affine(gate, c, x)]
        pattern += map(int, opened)
        z = [value if is_open else 0 for value, is_open in zip(_affine(matrix, b, z), opened, strict=True)]
    found = evaluate(gated_network(gates, values, thresholds, biases), x)
    assert (found.pattern, list(found.outputs)) == (tuple(pattern), _affine(values[-1], filled[-1], z))


@FEWER
@given(ANY_PROGRAM, st.data())
def test_a_composition_computes_the_outer_program_at_the_inner_one_s_outputs(inner, data):
    outer = data.draw(ANY_PROGRAM.filter(lambda program: program.inputs == inner.output_count))
    x = data.draw(points(inner.inputs))
    first = evaluate(inner, x)
    second = evaluate(outer, first.outputs)
    found = evaluate(compose(outer, inner), x)
    assert (found.pattern, found.outputs) == (first.pattern + second.pattern, second.outputs)


@FEWER
@given(ANY_PROGRAM, ANY_PROGRAM, st.data())
def test_a_product_computes_both_programs_side_by_side(first, second, data):
    x, y = data.draw(points(first.inputs)), data.draw(points(second.inputs))
    left, right = evaluate(first, x), evaluate(second, y)
    found = evaluate(product(first, second), x + y)
    assert (found.pattern, found.outputs) == (left.pattern + right.pattern, left.outputs + right.outputs)


@FEWER
@given(ANY_PROGRAM, st.integers(1, 3), st.data())
def test_a_restriction_computes_the_program_on_the_slice(program, dimension, data):
    directions = data.draw(_lists(NUMBERS, program.inputs, dimension))
    origin, u = data.draw(_lists(NUMBERS, program.inputs)), data.draw(_lists(NUMBERS, dimension))
    restricted = restrict(program, directions, origin)
    assert restricted.inputs == dimension
    assert evaluate(restricted, u) == evaluate(program, _affine(directions, origin, u))


@MANY
@given(_layers())
def test_weights_in_float_arrays_and_in_fractions_make_the_same_network(question):
    weights, _, _ = question
    rounded = [np.array(matrix, dtype=np.float32) for matrix in weights]
    exact = [[[Fraction(float(value)) for value in row] for row in matrix] for matrix in rounded]
    assert relu_network(rounded) == relu_network(exact)


def test_an_arrangement_s_hyperplanes_may_stand_in_a_float_array():
    assert hyperplane_arrangement(np.array([[0.5, -0.25, 3.0]])) == hyperplane_arrangement([("1/2", "-1/4", 3)])


def test_missing_biases_are_zeros():
    weights = [[[1, 2], [3, 4]], [[1, 1]]]
    assert relu_network(weights) == relu_network(weights, [None, None]) == relu_network(weights, [[0, 0], [0]])


def test_a_network_of_one_layer_has_no_units():
    program = relu_network([[[2, 3]]], [["1/2"]])
    assert program.unit_count == 0 and evaluate(program, [1, 1]).outputs == (Fraction(11, 2),)


def test_a_layer_without_neurons_leaves_the_last_bias():
    program = relu_network([np.zeros((0, 2)), np.zeros((3, 0))], [None, [1, 2, 3]])
    assert evaluate(program, [5, 7]).outputs == (1, 2, 3)


def test_zero_weights_leave_forms_without_entries():
    program = relu_network([np.zeros((2, 3)), np.zeros((1, 2))])
    assert program.unit_count == 2 and program.units.forms.nonzeros == 0


MATRIX = [[1, 2], [3, 4]]
WRONG_SHAPES = {
    "relu: no weights": (lambda: relu_network([]), InvalidArgument),
    "relu: a vector for a matrix": (lambda: relu_network([[1, 2]]), DimensionMismatch),
    "relu: a number for a matrix": (lambda: relu_network([5]), DimensionMismatch),
    "relu: three axes": (lambda: relu_network([[MATRIX]]), DimensionMismatch),
    "relu: layers that do not fit": (lambda: relu_network([MATRIX, [[1, 2, 3]]]), DimensionMismatch),
    "relu: too few biases": (lambda: relu_network([MATRIX, MATRIX], [None]), DimensionMismatch),
    "relu: too many biases": (lambda: relu_network([MATRIX], [None, None]), DimensionMismatch),
    "relu: no biases in the list": (lambda: relu_network([MATRIX], []), DimensionMismatch),
    "relu: a short bias": (lambda: relu_network([MATRIX], [[1]]), DimensionMismatch),
    "relu: a long bias": (lambda: relu_network([MATRIX], [[1, 2, 3]]), DimensionMismatch),
    "relu: a number for a bias": (lambda: relu_network([MATRIX], [5]), DimensionMismatch),
    "relu: a column for a bias": (lambda: relu_network([MATRIX], [[[1], [2]]]), DimensionMismatch),
    "relu: a row for a bias": (lambda: relu_network([MATRIX], [[[1, 2]]]), DimensionMismatch),
    "relu: ragged weights": (lambda: relu_network([[[1, 2], [3]]]), InvalidArgument),
    "relu: no inputs": (lambda: relu_network([np.zeros((2, 0))]), InvalidArgument),
    "arrangement: nothing": (lambda: hyperplane_arrangement([]), InvalidArgument),
    "arrangement: no variables": (lambda: hyperplane_arrangement([(1,)]), InvalidArgument),
    "arrangement: ragged": (lambda: hyperplane_arrangement([(0, 1), (0, 1, 2)]), InvalidArgument),
    "maxout: a matrix for a hidden layer": (lambda: maxout_network([MATRIX, MATRIX]), DimensionMismatch),
    "maxout: three axes for the last layer": (lambda: maxout_network([[MATRIX]]), DimensionMismatch),
    "maxout: layers that do not fit": (lambda: maxout_network([[MATRIX], MATRIX]), DimensionMismatch),
    "maxout: one piece": (lambda: maxout_network([[[[1, 2]]], [[1]]]), InvalidArgument),
    "maxout: a bias with three axes": (lambda: maxout_network([[MATRIX], [[1]]], [[MATRIX], None]), DimensionMismatch),
    "maxout: too few biases": (lambda: maxout_network([[MATRIX], [[1]]], [None]), DimensionMismatch),
    "maxout: no layers": (lambda: maxout_network([]), InvalidArgument),
    "maxout: no pieces": (lambda: maxout_network([np.ones((1, 0, 2), int), [[1]]]), InvalidArgument),
    "maxout: a bias of another rank": (lambda: maxout_network([[MATRIX], [[1]]], [[1], None]), DimensionMismatch),
    "maxout: a bias of fewer pieces": (lambda: maxout_network([[MATRIX], [[1]]], [[[1]], None]), DimensionMismatch),
    "maxout: a bias of more pieces": (
        lambda: maxout_network([[MATRIX], [[1]]], [[[1, 2, 3]], None]),
        DimensionMismatch,
    ),
    "maxout: a bias of more units": (
        lambda: maxout_network([[MATRIX], [[1]]], [[[1, 2], [3, 4]], None]),
        DimensionMismatch,
    ),
    "gated: no layers": (lambda: gated_network([], []), DimensionMismatch),
    "gated: as many gates as values": (lambda: gated_network([MATRIX], [MATRIX]), DimensionMismatch),
    "gated: fewer gates than units": (lambda: gated_network([[[1, 2]]], [MATRIX, MATRIX]), DimensionMismatch),
    "gated: gates on other inputs": (lambda: gated_network([[[1], [2]]], [MATRIX, MATRIX]), DimensionMismatch),
    "gated: a short threshold": (lambda: gated_network([MATRIX], [MATRIX, MATRIX], [[1]]), DimensionMismatch),
    "gated: too many thresholds": (lambda: gated_network([MATRIX], [MATRIX] * 2, [None] * 2), DimensionMismatch),
    "gated: too few biases": (lambda: gated_network([MATRIX], [MATRIX] * 2, None, [None]), DimensionMismatch),
    "restriction: too few rows": (lambda: restrict(relu_network([MATRIX]), [[1]], [0, 0]), DimensionMismatch),
    "restriction: a short origin": (lambda: restrict(relu_network([MATRIX]), MATRIX, [0]), DimensionMismatch),
    "restriction: a vector": (lambda: restrict(relu_network([MATRIX]), [1, 2], [0, 0]), DimensionMismatch),
    "restriction: a point": (lambda: restrict(relu_network([MATRIX]), np.zeros((2, 0)), [0, 0]), InvalidArgument),
    "composition": (lambda: compose(relu_network([[[1, 2, 3]]]), relu_network([MATRIX])), DimensionMismatch),
}


@pytest.mark.parametrize("build, error", WRONG_SHAPES.values(), ids=WRONG_SHAPES.keys())
def test_weights_of_the_wrong_shape_are_refused(build, error):
    with pytest.raises(error):
        build()


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_weights_and_biases_that_are_not_finite_are_refused(bad):
    with pytest.raises(InexactNumber):
        relu_network([np.array([[bad]])])
    with pytest.raises(InexactNumber):
        relu_network([np.array([[1.0]])], [np.array([bad])])


def test_a_python_float_among_weights_is_refused():
    with pytest.raises(InexactNumber):
        relu_network([[[0.5]]])


def test_a_program_of_another_is_not_changed_by_it():
    inner = ProgramBuilder(1)
    y = inner.add_unit([({}, {}), ({1: 1}, {1: 1})])
    program = inner.build([{y: 1}])
    text = program.text
    restrict(program, [[5]], [7])
    compose(program, program)
    assert program.text == text
