"""An exact vertex is never further from the floats than the radius says; and the radii are not idle."""

import math
from fractions import Fraction

import flint
import numpy as np
import pytest
from gmpy2 import mpq
from unit.enumeration.certified.filters import fractions, meetings, scratch
from unit.enumeration.certified.nearness import share_of_radius

from exactgeo.enumeration.certified.vertices.walks import _put_rows, _put_vertices

MANY = pytest.param(20, marks=pytest.mark.nightly)


def _signs(rng, shape):
    return rng.choice([-1.0, 1.0], shape)


def _exact_meeting(rows, shifts, errors, vertex):
    exact = [
        [
            a + e * Fraction(t)
            for a, e, t in zip(fractions(row), [constant, *[linear] * (len(row) - 1)], shift, strict=True)
        ]
        for row, shift, (linear, constant) in zip(rows, shifts, errors, strict=True)
    ]
    if vertex[0] == 0.0:
        longest = 1 + int(np.argmax(abs(vertex[1:])))
        unit = [Fraction(int(k == longest)) for k in range(len(vertex))]
        exact = [[Fraction(0), *row[1:]] for row in exact] + [[Fraction(-1 if vertex[longest] > 0 else 1), *unit[1:]]]
    matrix, right = (
        flint.fmpq_mat([[flint.fmpq(v.numerator, v.denominator) for v in row] for row in part])
        for part in ([row[1:] for row in exact], [[-row[0]] for row in exact])
    )
    solved = matrix.solve(right)
    x = [Fraction(int(solved[k, 0].p), int(solved[k, 0].q)) for k in range(solved.nrows())]
    return [Fraction(int(vertex[0])), *x]


def _worst_meeting(rows, linear, constant, shifts, vertices, radii):
    found, new_radii = meetings(rows, linear, constant, vertices, radii)
    worst, better = 0.0, 0
    linear, constant = np.broadcast_to(linear, rows.shape[:2]), np.broadcast_to(constant, rows.shape[:2])
    for case in np.flatnonzero(new_radii < radii).tolist():
        errors = list(zip(fractions(linear[case]), fractions(constant[case]), strict=True))
        exact = _exact_meeting(rows[case], shifts[case], errors, vertices[case])
        worst = max(worst, share_of_radius(found[case], new_radii[case], exact))
        better += 1
    return worst, better


@pytest.mark.parametrize("times", [1, MANY])
@pytest.mark.parametrize("inputs", [1, 2, 3, 6])
@pytest.mark.parametrize("nearly_singular", [False, True])
def test_points_computed_again_are_within_their_radii(inputs, nearly_singular, times):
    rng = np.random.default_rng(inputs)
    count = 250
    for _ in range(times):
        rows = rng.standard_normal((count, inputs, 1 + inputs)) * np.ldexp(1.0, rng.integers(-9, 9, (count, inputs, 1)))
        if nearly_singular and inputs > 1:
            gap = np.ldexp(1.0, rng.integers(-50, -10, (count, 1)))
            rows[:, -1, 1:] = rows[:, 0, 1:] + gap * rng.standard_normal((count, inputs))
        linear, constant = np.ldexp(1.0, rng.integers(-60, -6, (2, count, inputs))) * (
            rng.random((2, count, inputs)) < 0.8
        )
        shifts = rng.uniform(-1, 1, rows.shape)
        vertices = np.concatenate([np.ones((count, 1)), rng.standard_normal((count, inputs))], axis=1)
        worst, better = _worst_meeting(rows, linear, constant, shifts, vertices, np.full(count, math.inf))
        assert better > 40 and worst <= 1


@pytest.mark.parametrize("inputs", [2, 3, 5])
def test_directions_computed_again_are_within_their_radii(inputs):
    rng = np.random.default_rng(inputs)
    count = 200
    rows = rng.standard_normal((count, inputs - 1, 1 + inputs))
    exact = np.array([np.linalg.svd(part[:, 1:])[2][-1] for part in rows])
    vertices = np.concatenate([np.zeros((count, 1)), exact / abs(exact).max(1, keepdims=True)], axis=1)
    linear = np.ldexp(1.0, rng.integers(-60, -12, (count, inputs - 1)))
    worst, better = _worst_meeting(rows, linear, 0.0, _signs(rng, rows.shape), vertices, np.full(count, 0.75))
    assert better > 150 and worst <= 1


@pytest.mark.parametrize("radius", [0.5, 0.75, math.inf, math.nan])
def test_a_direction_whose_sense_is_unknown_is_not_computed_again(radius):
    """Along the axis the floats point one way, but the direction may be the opposite one."""
    row, vertex = np.array([[[0.0, 0.0, 1.0]]]), np.array([[0.0, 0.5, 0.0]])
    found, radii = meetings(row, 0.0, 0.0, vertex, np.full(1, radius))
    assert np.array_equal(found, vertex) and np.array_equal(radii, [radius], equal_nan=True)


def test_a_direction_with_a_lost_coordinate_is_not_computed_again():
    """Its radius may be a number all the same: what is lost stands in the coordinate."""
    row, vertex = np.array([[[0.0, 0.0, 1.0]]]), np.array([[0.0, math.nan, 0.0]])
    found, radii = meetings(row, 0.0, 0.0, vertex, np.full(1, 0.25))
    assert np.array_equal(found, vertex, equal_nan=True) and radii[0] == 0.25


@pytest.mark.parametrize("by, least", [("constant", 0.9), ("linear", 0.9), ("rounding", 0.1)])
def test_points_computed_again_err_by_much_of_their_radii(by, least):
    """Of what rounding adds a fifth is the most: the solution's own error is twice in its residual's bound."""
    rng = np.random.default_rng(2)
    count = 300
    rows = np.concatenate([rng.uniform(1, 1.1, (count, 1, 1)), rng.uniform(1, 1.1, (count, 1, 1))], axis=2)
    linear = 2.0**-20 if by == "linear" else 0.0
    constant = 2.0**-20 if by == "constant" else 0.0
    vertices = np.array([[1.0, 0.0]] * count)
    worst, better = _worst_meeting(rows, linear, constant, np.ones(rows.shape), vertices, np.full(count, math.inf))
    assert better == count and least < worst <= 1


@pytest.mark.parametrize("inputs", [1, 2, 4])
def test_errors_of_coefficients_count_for_the_inverse_too(inputs):
    """(1 - 2/5) x = 1 at 5/3: 2/3 from 1, by a residual of 2/5, and an inverse that is off by as much."""
    rows = np.concatenate([-np.ones((inputs, 1)), np.eye(inputs)], axis=1)[None]
    vertices = np.array([[1.0, *[0.0] * inputs]])
    worst, better = _worst_meeting(rows, 0.4 / inputs, 0.0, -np.ones(rows.shape), vertices, np.full(1, math.inf))
    assert better == 1 and 0.9 < worst <= 1


@pytest.mark.parametrize("uncertain", [0, 1])
def test_the_most_uncertain_row_of_an_inverse_counts(uncertain):
    rows, linear = np.array([[[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]]), np.zeros((1, 2))
    rows[0, uncertain, 0], linear[0, uncertain] = -1.0, 0.2
    worst, better = _worst_meeting(
        rows, linear, 0.0, -np.ones(rows.shape), np.array([[1.0, 0.0, 0.0]]), np.full(1, math.inf)
    )
    assert better == 1 and 0.7 < worst <= 1


@pytest.mark.parametrize("sense", [1.0, -1.0])
def test_an_inverse_that_has_come_out_wrong_is_not_used(sense):
    """1 is lost beside 2^60, and with it the inverse's first entry, by which the first row's error is to be weighed."""
    large = 2.0**60
    rows = np.array([[[0.5, 0.125, large], [0.25, 0.125, sense]]])
    constant, shifts = np.array([[large / 16, 0.0]]), np.ones(rows.shape)
    worst, better = _worst_meeting(rows, 0.0, constant, shifts, np.array([[1.0, 0.0, 0.0]]), np.full(1, math.inf))
    assert better == 0 or worst <= 1


LOST = [
    [[0.25, math.inf, 0.0], [-0.5, 0.0, 1.0]],
    [[0.25, math.nan, 0.0], [-0.5, 0.0, 1.0]],
    [[0.25, 1.0, math.nan], [-0.5, 0.0, 1.0]],
    [[math.inf, 1.0, 0.0], [-0.5, 0.0, 1.0]],
    [[math.nan, 1.0, 0.0], [-0.5, 0.0, 1.0]],
]


@pytest.mark.parametrize("rows", LOST)
@pytest.mark.parametrize("error", [0.0, math.inf, math.nan])
def test_a_vertex_of_rows_with_a_lost_coefficient_stays_unknown(rows, error):
    _, radii = meetings(np.array([rows]), error, error, np.array([[1.0, 0.0, 0.0]]), np.full(1, math.inf))
    assert radii[0] == math.inf


@pytest.mark.parametrize("linear, constant", [(math.nan, 0.0), (0.0, math.nan), (math.inf, 0.0), (0.0, math.inf)])
def test_a_vertex_of_rows_with_a_lost_error_stays_unknown(linear, constant):
    rows = np.array([[[0.25, 1.0, 0.0], [-0.5, 0.0, 1.0]]])
    errors = (np.array([[linear, 0.0]]), np.array([[constant, 0.0]]))
    _, radii = meetings(rows, *errors, np.array([[1.0, 0.0, 0.0]]), np.full(1, math.inf))
    assert radii[0] == math.inf


@pytest.mark.parametrize("row, constant", [
    ([2.0**-800, 2.0**300], 0.0),
    ([2.0**-800, 2.0**300], 2.0**-850),
    ([0.0, 2.0**300], 2.0**-800),
])  # fmt: skip
def test_what_underflows_is_no_exact_solution(row, constant):
    found, radii = meetings(np.array([[row]]), 0.0, constant, np.array([[1.0, 1.0]]), np.full(1, math.inf))
    assert found[0, 1] == 0.0 and radii[0] > 0


def test_an_exact_solution_is_known_to_be_one():
    rows = np.array([[[0.0, 1.0, 1.0], [0.0, 1.0, -1.0]]])
    found, radii = meetings(rows, 2.0**-60, 0.0, np.array([[1.0, 0.5, 0.5]]), np.full(1, 1.0))
    assert found[0].tolist() == [1, 0, 0] and radii[0] == 0


@pytest.mark.parametrize("second, linear", [
    ([0.0, 1.0, 1.0], 2.0**-60), ([0.0, 1.0, 1.0 + 2.0**-30], 2.0**-20), ([0.0, 1.0, -1.0], math.nan),
    ([0.0, 1.0, -1.0], math.inf),
])  # fmt: skip
def test_zero_is_no_exact_solution_of_rows_that_may_depend_on_one_another(second, linear):
    """The exact ones may meet in a line through 0, and the vertex may be anywhere on it."""
    rows, vertex = np.array([[[0.0, 1.0, 1.0], second]]), np.array([[1.0, 0.5, -0.5]])
    found, radii = meetings(rows, linear, 0.0, vertex, np.full(1, 1.0))
    assert np.array_equal(found, vertex) and radii[0] == 1


@pytest.mark.parametrize("inputs", [1, 2, 3])
def test_tiny_points_are_within_their_radii(inputs):
    """Products underflow in the residuals, and in the constants and coefficients the exponents differ widely."""
    rng = np.random.default_rng(inputs)
    rows = rng.uniform(0.5, 2, (300, inputs, 1 + inputs)) * _signs(rng, (300, inputs, 1 + inputs))
    rows[:, :, 1:] *= np.ldexp(1.0, rng.integers(-300, 300, (300, inputs, 1)))
    rows[:, :, 0] *= np.ldexp(1.0, rng.integers(-1070, -700, (300, inputs)))
    vertices = np.array([[1.0] + [0.0] * inputs] * 300)
    worst, better = _worst_meeting(rows, 0.0, 0.0, np.zeros(rows.shape), vertices, np.full(300, math.inf))
    assert better > 100 and worst <= 1


def _wide_integer(rng, bits):
    return int(rng.integers(-(2**60), 2**60)) * 2 ** int(rng.integers(0, bits)) + int(rng.integers(-9, 9))


@pytest.mark.parametrize("bits", [1, 300, 3000])
def test_given_rows_and_vertices_are_within_their_bounds(bits):
    rng = np.random.default_rng(bits)
    memory = scratch(3, lists=64)
    for _ in range(300):
        row = tuple(_wide_integer(rng, bits) for _ in range(4))
        _put_rows([row], memory)
        scale = max(map(abs, row)).bit_length()
        linear, constant, norm = fractions(memory.array("path_errors")[0])
        gaps = [
            abs(a - Fraction(b, 2**scale)) for a, b in zip(fractions(memory.array("path_forms")[0]), row, strict=True)
        ]
        assert gaps[0] <= constant and max(gaps[1:]) <= linear
        assert abs(norm - sum(map(abs, fractions(memory.array("path_forms")[0, 1:])))) <= norm / 2**50
        exact = (1, *(Fraction(_wide_integer(rng, bits), abs(_wide_integer(rng, bits)) + 1) for _ in range(3)))
        _put_vertices([tuple(mpq(x) for x in exact)], [], memory)
        if (radius := memory.array("radii")[0]) < math.inf:
            at = fractions(memory.array("vertices")[0])
            assert max(abs(a - b) for a, b in zip(at, exact, strict=True)) <= Fraction(radius)
