"""The exact point of an edge is never further from the floats than the radius says; and the radii are not idle."""

from fractions import Fraction

import numpy as np
import pytest
from unit.enumeration.certified.filters import crossings, fractions
from unit.enumeration.certified.nearness import share_of_radius

MANY = pytest.param(20, marks=pytest.mark.nightly)


def _signs(rng, shape):
    return rng.choice([-1.0, 1.0], shape)


def _exact_crossing(form, ends):
    (p, q) = ends
    at_p, at_q = (sum(a * x for a, x in zip(form, end, strict=True)) for end in ends)
    assert at_p > 0 > at_q
    z = [at_p * b - at_q * a for a, b in zip(p, q, strict=True)]
    return z if z[0] == 0 else [value / z[0] for value in z]


def _edges(rng, count, width, kind):
    """Return edges whose ends are points or directions of size 1, as `kind` says."""
    ends = rng.standard_normal((count, 2, width)) * np.ldexp(1.0, rng.integers(-8, 9, (count, 2, 1)))
    for end, finite in enumerate(kind):
        ends[:, end, 0] = finite
        if not finite:
            ends[:, end, 1:] /= abs(ends[:, end, 1:]).max(1, keepdims=True)
    return ends


def _worst_share(forms, linear, constant, ends, radii, of_form, of_ends):
    """Return the largest share of a radius that is needed, over the edges where one is claimed, and how many these are.

    The exact numbers are the floats, and these shares of the errors added.
    """
    count = len(forms)
    linear, constant = np.broadcast_to(linear, count), np.broadcast_to(constant, count)
    radii = np.broadcast_to(radii, (count, 2))
    found, new_radii = crossings(forms, linear, constant, ends, radii)
    worst, claimed = 0.0, 0
    for case in np.flatnonzero(np.isfinite(new_radii)).tolist():
        errors = [Fraction(constant[case]), *[Fraction(linear[case])] * (forms.shape[1] - 1)]
        form = [a + e * Fraction(t) for a, e, t in zip(fractions(forms[case]), errors, of_form[case], strict=True)]
        exact = [
            [
                x if k == 0 else x + Fraction(radii[case, end]) * Fraction(of_ends[case, end, k])
                for k, x in enumerate(row)
            ]
            for end, row in enumerate(fractions(ends[case]))
        ]
        worst = max(worst, share_of_radius(found[case], new_radii[case], _exact_crossing(form, exact)))
        claimed += 1
    return worst, claimed


KINDS = [(1, 1), (1, 0), (0, 1), (0, 0)]


@pytest.mark.parametrize("times", [1, MANY])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("width", [2, 3, 5])
def test_crossings_are_within_their_radii(width, kind, times):
    rng = np.random.default_rng(width)
    count = 600
    for _ in range(times):
        ends = _edges(rng, count, width, kind)
        forms = rng.standard_normal((count, width)) * np.ldexp(1.0, rng.integers(-8, 9, (count, width)))
        linear, constant = np.ldexp(1.0, rng.integers(-60, -4, (2, count)))
        radii = np.ldexp(1.0, rng.integers(-60, -4, (count, 2))) * (rng.random((count, 2)) < 0.7)
        shifts = rng.uniform(-1, 1, (count, width)), rng.uniform(-1, 1, (count, 2, width))
        worst, claimed = _worst_share(forms, linear, constant, ends, radii, *shifts)
        assert worst <= 1 and (claimed > 30 or (width, kind) == (2, (0, 0)))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "exponent", [-1000, -800, -545, -540, -539, -538, -537, -536, -500, -300, 300, 500, 515, 520, 900]
)
def test_crossings_of_huge_and_tiny_forms_are_within_their_radii(exponent, kind):
    rng = np.random.default_rng(abs(exponent))
    ends = _edges(rng, 200, 3, kind)
    forms = np.ldexp(rng.uniform(0.5, 2, (200, 3)) * _signs(rng, (200, 3)), exponent)
    errors = np.ldexp(rng.uniform(0, 0.6, (2, 200)), exponent)
    shifts = _signs(rng, (200, 3)), _signs(rng, (200, 2, 3))
    assert _worst_share(forms, *errors, ends, 0.0, *shifts)[0] <= 1


def _dominated_crossings(by, kind, count):
    """Return edges in which one part of a crossing's radius outweighs the others, and what exhausts it."""
    if any(kind):
        ends = np.array([[[kind[0], 1.0, 1.0], [kind[1], -1.0, -1.0 if kind == (1, 1) else 1.0]]] * count)
    else:
        ends = np.array([[[0.0, 1.0, *[1.0] * 7, 1.0], [0.0, -1.0, *[1.0] * 7, -1.0]]] * count)
    forms = np.zeros((count, ends.shape[2]))
    forms[:, 1] = 1
    linear = constant = radii = 0.0
    of_form, of_ends = np.zeros(forms.shape), np.zeros(ends.shape)
    if by == "ends":
        radii, of_ends[:, :, 1] = 2.0**-20, 1
        of_ends[:, :, -1] = 1 if any(kind) and kind != (1, 1) else -1
    elif any(kind):
        constant, of_form[:, 0], of_form[:, 1] = 2.0**-20, 1, -1
    else:
        ends[:, :, 1] /= 16
        linear, of_form[:, 2:-1] = 2.0**-20, 1
    return forms, linear, constant, ends, radii, of_form, of_ends


@pytest.mark.parametrize("by, kind, least", [
    ("ends", (1, 1), 0.9), ("ends", (1, 0), 0.9), ("ends", (0, 0), 0.9),
    ("form", (1, 1), 0.9), ("form", (1, 0), 0.9), ("form", (0, 0), 0.8),
])  # fmt: skip
def test_crossings_err_by_more_than_half_their_radii(by, kind, least):
    worst, claimed = _worst_share(*_dominated_crossings(by, kind, 1))
    assert claimed == 1 and least < worst <= 1


@pytest.mark.parametrize("kind, least", [((1, 1), 0.15), ((1, 0), 0.15), ((0, 0), 0.07)])
def test_crossings_of_exact_edges_err_by_some_of_their_radii(kind, least):
    """Most of what rounding adds is the bounds of the two values, which do not err so much against each other."""
    rng = np.random.default_rng(7)
    ends = np.array([[[kind[0], 1.0, 1.0], [kind[1], -1.0, 1.0]]] * 2000)
    ends[:, :, 1:] *= rng.uniform(1, 1.1, (2000, 2, 2))
    forms = np.stack([np.zeros(2000), rng.uniform(1, 1.1, 2000), np.zeros(2000)], axis=1)
    worst, claimed = _worst_share(forms, 0.0, 0.0, ends, 0.0, np.zeros(forms.shape), np.zeros(ends.shape))
    assert claimed == 2000 and least < worst <= 1


def test_a_direction_longer_than_one_has_its_length_counted():
    """Directions that were computed again need not have the size 1."""
    ends = np.array([[[0.0, 18.0, *[1.0] * 7, 18.0], [0.0, -1.0, *[1.0] * 7, -1.0]]])
    forms, of_form = np.zeros((2, 1, 10))
    forms[:, 1], of_form[:, 2:-1] = 1, -1
    worst, claimed = _worst_share(forms, 2.0**-20, 0.0, ends, 0.0, of_form, np.zeros((1, 2, 10)))
    assert claimed == 1 and worst <= 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("unknown", [(1, 0), (0, 1), (1, 1)])
def test_nothing_is_known_of_a_crossing_if_not_both_signs_are_known_by_floats(unknown, kind):
    """Integers have told the signs; floats bound neither the share of an edge nor its denominator."""
    rng = np.random.default_rng(5)
    forms, ends = np.zeros((200, 2)), np.ones((200, 2, 2))
    forms[:, 1] = 1
    sizes = np.where(unknown, rng.uniform(0, 0.99, (200, 2)), rng.uniform(1.01, 9, (200, 2)))
    ends[:, :, 0], ends[:, :, 1] = kind, sizes * (1, -1)
    _, radii = crossings(forms, 0.0, 0.0, ends, np.ones((200, 2)), told=True)
    assert np.all(radii == np.inf)


@pytest.mark.parametrize("size", [1.0, 1.9])
def test_nothing_is_known_of_a_crossing_whose_values_have_no_sum(size):
    """Each is below the largest float, 2^1024, and their sum is not; the form is 0 in the middle of the edge."""
    forms, ends = np.array([[0.0, size * 2.0**1023]]), np.array([[[1.0, 1.0], [1.0, -1.0]]])
    found, radii = crossings(forms, 0.0, 0.0, ends, np.zeros((1, 2)))
    assert radii[0] == np.inf or share_of_radius(found[0], radii[0], [Fraction(1), Fraction(0)]) <= 1


def test_a_crossing_between_two_neighbouring_floats_has_a_radius():
    """Both ends are the smallest numbers: of all that bounds the error of a point between them, nothing is left."""
    least = 2.0**-1074
    forms, ends = np.array([[2.0**-75, 2.0**1000]]), np.array([[[1.0, least], [1.0, -least]]])
    found, radii = crossings(forms, 0.0, 0.0, ends, np.zeros((1, 2)))
    assert share_of_radius(found[0], radii[0], [Fraction(1), -Fraction(least) / 2]) <= 1


@pytest.mark.parametrize("sizes, known", [((1.01, 1.01), True), ((0.99, 1.01), False), ((1.01, 0.99), False)])
def test_a_sign_is_known_beyond_the_bound_and_not_before(sizes, known):
    """The exact ends may be off by the radius, in the direction of the edge: one beyond the hyperplane is unknown."""
    radius = 2.0**-10
    forms, ends = np.array([[0.0, 1.0]]), np.array([[[1.0, sizes[0] * radius], [1.0, -sizes[1] * radius]]])
    _, radii = crossings(forms, 0.0, 0.0, ends, np.full((1, 2), radius))
    assert np.isnan(radii[0]) != known


@pytest.mark.parametrize("sense", [1, -1])
def test_a_value_that_is_infinite_on_the_way_has_no_sign(sense):
    """Two terms of 2^1023 make infinity, in floats, which the three that are subtracted do not change."""
    forms, large = np.array([[0.0, *[sense * 2.0**1000] * 5]]), 2.0**23
    ends = np.array([[[1.0, large, large, -large, -large, -large], [1.0, -1.0, 0.0, 0.0, 0.0, 0.0]]])
    _, radii = crossings(forms, 0.0, 0.0, ends[:, ::sense].copy(), np.zeros((1, 2)))
    assert np.isnan(radii[0])
