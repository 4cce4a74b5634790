"""A sign that a filter calls sure is the exact one, and no error exceeds its bound; nor are the bounds idle.

For each bound there are cases in which the error is more than half of it, so that half the bound would be wrong: or,
where that cannot be, cases for the largest share of the bound that can be reached.
"""

from fractions import Fraction

import numpy as np
import pytest
from unit.enumeration.certified.filters import WIDE, box_signs, differences, fractions, inner_point, integers, values

ULP = 2.0**-53
MANY = pytest.param(10, marks=pytest.mark.nightly)


def _powers(rng, low, high, size):
    return np.ldexp(1.0, rng.integers(low, high, size))


def _exact(case, of_form, of_vertex, bits):
    """Return the exact values times 2^(2 bits + 2), errors being shares -2/2, …, 2/2 of what they may be."""
    forms, linear, constant, vertices, radii = case
    errors = np.concatenate([constant[:, None], np.repeat(linear[:, None], forms.shape[1] - 1, axis=1)], axis=1)
    a = 2 * integers(forms, bits) + integers(errors, bits) * of_form.astype(object)
    x = 2 * integers(vertices, bits)
    x[:, 1:] += integers(radii, bits)[:, None] * of_vertex.astype(object)
    return (a * x).sum(axis=1)


def _assert_sure_signs_are_exact(case, of_form, of_vertex, bits):
    """Return how many signs were sure, after comparing these."""
    with np.errstate(all="ignore"):
        value, bound, zero = values(*case)
    exact = _exact(case, of_form, of_vertex, bits)
    signs = (exact > 0).astype(int) - (exact < 0).astype(int)
    positive, negative = value > bound, value < -bound
    assert np.all(signs[positive] == 1) and np.all(signs[negative] == -1) and np.all(signs[zero] == 0)
    return int(positive.sum() + negative.sum()), int(zero.sum())


def _shifts(rng, count, width):
    return rng.integers(-2, 3, (count, width)), rng.integers(-2, 3, (count, width - 1))


def _moderate(rng, count, width):
    forms = rng.standard_normal((count, width)) * _powers(rng, -12, 13, (count, width))
    vertices = rng.standard_normal((count, width)) * _powers(rng, -6, 7, (count, 1))
    vertices[:, 0] = rng.random(count) < 0.8
    linear, constant, radii = (_powers(rng, -60, -20, count) * (rng.random(count) < 0.8) for _ in range(3))
    return (
        np.ldexp(np.rint(np.ldexp(forms, 70)), -70),
        linear,
        constant,
        np.ldexp(np.rint(np.ldexp(vertices, 70)), -70),
        radii,
    )


@pytest.mark.parametrize("times", [1, MANY])
@pytest.mark.parametrize("width", [2, 3, 4, 6])
def test_sure_signs_of_random_forms_are_exact(width, times):
    rng = np.random.default_rng(width)
    for _ in range(times):
        case = _moderate(rng, 250_000, width)
        sure, _ = _assert_sure_signs_are_exact(case, *_shifts(rng, 250_000, width), 100)
        assert sure > 200_000


@pytest.mark.parametrize("times", [1, MANY])
@pytest.mark.parametrize("width", [2, 3, 5, 10])
def test_sure_signs_of_nearly_vanishing_forms_are_exact(width, times):
    rng = np.random.default_rng(width)
    count = 25_000
    for _ in range(times):
        forms, linear, constant, vertices, radii = _moderate(rng, count, width)
        vertices[:, 0] = 1
        linear, constant, radii = (part * 2.0**-25 for part in (linear, constant, radii))
        forms[:, 0] = 0
        value, bound, _ = values(forms, linear, constant, vertices, radii)
        forms[:, 0] = bound * rng.uniform(-2, 2, count) - value
        case = (forms, linear, constant, vertices, radii)
        sure, _ = _assert_sure_signs_are_exact(case, *_shifts(rng, count, width), 200)
        assert count // 10 < sure < count


def _far(rng, count, width):
    """Any exponents, subnormals and zeros among them."""
    forms, vertices = rng.uniform(-2, 2, (2, count, width))
    centres = rng.integers(-1070, 1020, (2, count, 1))
    with np.errstate(under="ignore"):
        forms = np.ldexp(forms, np.clip(centres[0] + rng.integers(-60, 60, (count, width)), -1073, 1022))
        near = rng.random((count, 1)) < 0.7  # about as large as the forms are small
        centres = np.where(near, -centres[0] + rng.integers(-60, 60, (count, 1)), centres[1])
        vertices = np.ldexp(vertices, np.clip(centres + rng.integers(-60, 60, (count, width)), -1073, 1022))
        linear, constant, radii = (_powers(rng, -1073, -100, count) for _ in range(3))
    for part in (forms, vertices, linear, constant, radii):
        part[rng.random(part.shape) < 0.3] = 0
    vertices[:, 0] = rng.random(count) < 0.5
    return forms, linear, constant, vertices, radii


@pytest.mark.parametrize("times", [1, MANY])
@pytest.mark.parametrize("width", [2, 3, 5])
def test_sure_signs_of_huge_and_tiny_forms_are_exact(width, times):
    rng = np.random.default_rng(width)
    for _ in range(times):
        case = _far(rng, 30_000, width)
        sure, zeros = _assert_sure_signs_are_exact(case, *_shifts(rng, 30_000, width), WIDE)
        assert sure > 1000 and zeros > 100


@pytest.mark.parametrize("lost", [np.nan, np.inf])
@pytest.mark.parametrize("place", range(5))
def test_no_sign_is_sure_where_a_number_is_lost(lost, place):
    case = [np.array([[1.0, 1.0, 0.0]]), np.zeros(1), np.zeros(1), np.array([[1.0, 1.0, 0.0]]), np.zeros(1)]
    case[place].flat[-1] = lost
    with np.errstate(invalid="ignore"):
        value, bound, zero = values(*case)
    assert not abs(value) > bound and not zero


def _dominated(by, rng, count, width=10):
    """Return cases in which one part of a bound outweighs the others, and exact numbers that exhaust it."""
    forms, vertices = rng.uniform(1, 2, (2, count, width)) * rng.choice([-1, 1], (2, count, width))
    vertices[:, 0] = 1
    linear = constant = radii = np.zeros(count)
    of_form, of_vertex = np.zeros((count, width), dtype=int), np.zeros((count, width - 1), dtype=int)
    if by == "rounding":
        forms[:] = 1
        vertices[:, 1:] = ULP * (1 + 2.0**-20)
    elif by == "constant":
        constant, of_form[:, 0] = constant + 2.0**-20, 2
    elif by == "linear":
        linear, of_form[:, 1:] = linear + 2.0**-20, 2 * np.sign(vertices[:, 1:])
    else:
        radii, of_vertex = radii + 2.0**-20, (2 * np.sign(forms[:, 1:])).astype(int)
        if by == "both":
            forms[:], vertices[:, 1:], linear = 0, 0, radii
            of_form[:, 1:], of_vertex[:] = 2, 2
    return (forms, linear, constant, vertices, radii), of_form, of_vertex


@pytest.mark.parametrize("by", ["rounding", "constant", "linear", "radius", "both"])
def test_values_err_by_more_than_half_their_bounds_and_never_by_more_than_them(by):
    case, of_form, of_vertex = _dominated(by, np.random.default_rng(1), 200)
    value, bound, _ = values(*case)
    exact = [Fraction(e, 1 << 402) for e in _exact(case, of_form, of_vertex, 200)]
    shares = [abs(v - e) / b for v, e, b in zip(fractions(value), exact, fractions(bound), strict=True)]
    assert 0.5 < max(shares) <= 1


def test_three_products_that_underflow_turn_no_sign():
    """The first is rounded up to the least float, the others down to 0: the sum of the exact ones is negative."""
    least = 2.0**-537
    forms = np.array([[0.0, least, least, least]])
    vertices = np.array([[1.0, 0.75 * least, -0.49 * least, -0.49 * least]])
    value, bound, _ = values(forms, 0.0, 0.0, vertices, 0.0)
    exact = sum(a * x for a, x in zip(fractions(forms[0]), fractions(vertices[0]), strict=True))
    assert exact < 0 < value[0] <= bound[0]


def test_the_roundings_of_a_bound_are_counted():
    """The sum of ten coordinates is rounded down eight times, and eight times the value up: each by half an ulp."""
    tiny = ULP * (1 - 2.0**-20)
    forms = np.array([[1.0, 0.0, *[1 + 2.0**-19] * 8]])
    vertices = np.array([[1.0, 1.0, *[tiny] * 8]])
    linear = 1 + 2 * ULP
    value, bound, _ = values(forms, linear, 0.0, vertices, 0.0)
    least = sum(
        (a - Fraction(linear)) * x for a, x in zip(fractions(forms[0, 1:]), fractions(vertices[0, 1:]), strict=True)
    )
    assert 1 + least < 0 and not value[0] > bound[0]


BOXES = [  # radius, errors of linear parts and of constants, and the width of the box
    (0.0, 0.0, 0.0, 1.0),
    (2.0**-10, 0.0, 0.0, 0.0),
    (0.0, 2.0**-10, 0.0, 0.0),
    (0.0, 0.0, 2.0**-10, 0.0),
    (2.0**-5, 2.0**-5, 2.0**-5, 1.0),
]


@pytest.mark.parametrize("radius, linear, constant, width", BOXES)
@pytest.mark.parametrize("inputs", [1, 2, 4])
def test_signs_in_a_box_are_exact_and_their_spread_is_not_idle(inputs, radius, linear, constant, width):
    rng = np.random.default_rng(inputs)
    corners = np.array(np.meshgrid(*[[-1, 1]] * inputs)).reshape(inputs, -1).T
    middle = np.ldexp(rng.integers(32, 64, inputs), -4) * rng.choice([-1, 1], inputs)
    vertices = np.concatenate([np.ones((len(corners), 1)), middle + corners * width], axis=1)
    row = rng.uniform(1, 2, inputs) * rng.choice([-1, 1], inputs)
    spread = abs(row).sum() * (width + radius) + linear * (abs(middle) + width + radius).sum() + constant
    constants = np.linspace(-2, 2, 4001) * spread - row @ middle
    forms = np.concatenate([constants[:, None], np.tile(row, (4001, 1))], axis=1)
    signs = box_signs(forms, linear, constant, vertices, np.full(len(vertices), radius))
    least, most = (
        _extreme(sense, fractions(row), fractions(middle), *map(Fraction, (radius, linear, constant, width)))
        for sense in (-1, 1)
    )
    exact = fractions(constants)
    assert all(c + least > 0 for c, sign in zip(exact, signs, strict=True) if sign > 0)
    assert all(c + most < 0 for c, sign in zip(exact, signs, strict=True) if sign < 0)
    middle_value = sum(a * x for a, x in zip(fractions(row), fractions(middle), strict=True))
    first = exact[int(np.argmax(signs > 0))]
    assert 0.9 < (middle_value - least) / (first + middle_value) <= 1


def _extreme(sense, row, middle, radius, linear, constant, width):
    """Return the least or largest value of the exact form on the exact box, but for the float constant."""
    point = [x + sense * (1 if a > 0 else -1) * (width + radius) for a, x in zip(row, middle, strict=True)]
    form = [a + sense * (1 if x > 0 else -1) * linear for a, x in zip(row, point, strict=True)]
    return sense * constant + sum(a * x for a, x in zip(form, point, strict=True))


@pytest.mark.parametrize("sense", [1, -1])
def test_roundings_at_the_centre_of_a_box_turn_no_sign(sense):
    """Terms of a little more than half an ulp are rounded up, by 7 u or 6, where 10 u are missing for 0."""
    tiny = ULP * (1 + 2.0**-20)
    forms = sense * np.array([[1.0, *[1.0] * 7, -1.0 - 10 * ULP], [0.0, *[1.0] * 8]])
    vertices = np.array([[1.0, *[tiny] * 7, 1.0]]), np.array([[1.0, 1.0, *[tiny] * 6, -1.0 - 10 * ULP]])
    for form, vertex in zip(forms, vertices, strict=True):
        exact = sum(a * x for a, x in zip(fractions(form), fractions(vertex[0]), strict=True))
        assert exact * sense < 0
        assert box_signs(form[None], 0.0, 0.0, vertex, np.zeros(1))[0] == 0


@pytest.mark.parametrize("sense", [1, -1])
def test_three_products_that_underflow_turn_no_sign_in_a_box(sense):
    least = 2.0**-537
    forms = sense * np.array([[0.0, least, least, least]])
    vertices = np.array([[1.0, 0.75 * least, -0.49 * least, -0.49 * least]])
    assert box_signs(forms, 0.0, 0.0, vertices, np.zeros(1))[0] == 0


@pytest.mark.parametrize("sense", [1, -1])
def test_the_roundings_of_a_spread_are_counted(sense):
    """As at a vertex: the sum of the coordinates is rounded down eight times, and eight times the value up."""
    forms = sense * np.array([[1.0, 0.0, *[1 + 2.0**-19] * 8]])
    vertices = np.array([[1.0, 1.0, *[ULP * (1 - 2.0**-20)] * 8]])
    assert box_signs(forms, 1 + 2 * ULP, 0.0, vertices, np.zeros(1))[0] == 0


@pytest.mark.parametrize("sense", [1, -1])
def test_a_form_that_is_infinite_on_the_way_has_no_sign_in_a_box(sense):
    forms, large = np.array([[0.0, *[sense * 2.0**1000] * 5]]), 2.0**23
    vertices = np.array([[1.0, large, large, -large, -large, -large]])
    assert box_signs(forms, 0.0, 0.0, vertices, np.zeros(1))[0] == 0


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize("radii", [(0.5, 0.0), (0.0, 0.5), (0.5, 0.5)])
def test_a_box_holds_all_vertices_with_the_largest_radius(order, radii):
    """From 0 to 1, and 1/2 more at either end: in whatever order the vertices come."""
    vertices = np.array([[1.0, 0.0], [1.0, 1.0]])[list(order)]
    constants = np.array([-1.6, -1.4, 0.4, 0.6])
    forms = np.stack([constants, np.ones(4)], axis=1)
    assert box_signs(forms, 0.0, 0.0, vertices, np.array(radii)).tolist() == [-1, 0, 0, 1]


def test_there_is_no_box_around_what_is_infinite_or_lost():
    form = np.array([[1.0, 1.0]])
    for vertices, radius in [
        ([[0.0, 1.0]], 0.0),
        ([[1.0, np.nan]], 0.0),
        ([[1.0, 1.0]], np.inf),
        ([[1.0, 1.0]], np.nan),
    ]:
        assert not box_signs(form, 0.0, 0.0, np.array(vertices), np.array([radius]))[0]
        both = [np.array([[1.0, 1.0], *vertices]), np.array([0.0, radius])]
        assert not box_signs(form, 0.0, 0.0, *both)[0]
    assert box_signs(form, 0.0, 0.0, np.array([[1.0, 1.0]]), np.zeros(1))[0] == 1


def test_differences_err_by_no_more_than_their_bounds():
    rng = np.random.default_rng(3)
    forms, linear, constant, _, _ = _moderate(rng, 8000, 4)
    forms[1::2] = np.where(rng.random((4000, 4)) < 0.5, forms[::2], forms[1::2])
    found, (bounds) = differences(forms, linear, constant)
    exact = integers(forms, 200)
    exact = exact[::2] - exact[1::2]
    errors = abs(integers(found, 200) - exact)
    allowed = integers(linear, 200)[::2] + integers(linear, 200)[1::2]
    assert np.all(errors[:, 1:] + allowed[:, None] <= integers(bounds[:, :1], 200 + 60) >> 60)
    allowed = integers(constant, 200)[::2] + integers(constant, 200)[1::2]
    assert np.all(errors[:, 0] + allowed <= integers(bounds[:, 1], 200 + 60) >> 60)
    rounded = (linear[::2] == 0) & (linear[1::2] == 0) & np.any(errors[:, 1:] != 0, axis=1)
    share = np.max(errors[rounded, 1:] / integers(bounds[rounded, 0], 260)[:, None] * 2**60)
    assert 0.5 < share <= 1


def test_the_bounds_of_differences_outweigh_the_roundings_of_their_own_sums():
    rng = np.random.default_rng(4)
    forms = np.repeat(rng.uniform(1, 2, (1000, 3)), 2, axis=0)  # nothing is left: only the bounds are added
    linear, constant = rng.uniform(0, 1, (2, 2000))
    forms[::2] *= rng.choice([-1, 1], (1000, 3))
    found, bounds = differences(forms, linear, constant)
    assert np.all(bounds[:, 2] >= (1 - 4 * ULP) * abs(found[:, 1:]).sum(axis=1))
    _, bounds = differences(np.repeat(forms[::2], 2, axis=0), linear, constant)
    for given, found in ((linear, bounds[:, 0]), (constant, bounds[:, 1])):
        both = zip(fractions(given[::2]), fractions(given[1::2]), fractions(found), strict=True)
        assert all(first + second <= bound for first, second, bound in both)


def test_an_inner_point_lies_inside():
    rng = np.random.default_rng(5)
    found = 0
    for _ in range(2000):
        inputs = int(rng.integers(1, 5))
        corners = rng.standard_normal((inputs + 1, inputs)) * 2.0 ** rng.integers(-20, 20)
        if inputs > 1 and rng.random() < 0.5:  # nearly flat
            corners[-1] = corners[:-1].mean(0) + rng.standard_normal(inputs) * 2.0**-52 * abs(corners).max()
        homogeneous = np.concatenate([np.ones((inputs + 1, 1)), corners], axis=1)
        try:
            rows = np.linalg.inv(homogeneous).T
        except np.linalg.LinAlgError:
            continue
        rows /= abs(rows).max(1, keepdims=True)
        point = inner_point(rows, 0.0, 2.0**-60, homogeneous)
        if not np.isnan(point[0]):
            found += 1
            x = [Fraction(1), *fractions(point)]
            assert all(sum(a * b for a, b in zip(row, x, strict=True)) > Fraction(1, 2**60) for row in fractions(rows))
    assert found > 500
