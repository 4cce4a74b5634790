"""Discrete Fourier transforms: of data, against sums of the definition with the coefficients in exact numbers."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest
from unit.onnx_import.models import (
    NEWEST,
    assert_refuses,
    dyadics,
    fractions,
    imported,
    model,
    node,
    one_node,
    run_exactly,
)

from exactgeo.arithmetic.arrays import ExactArray
from exactgeo.arithmetic.rationals import Rational
from exactgeo.errors import IrrationalConstant, MalformedModel, NotPiecewiseAffine, UnsupportedOperator
from onnx_import.lowering.irrational import COSINE_OF_TURNS, SINE_OF_TURNS, apply_to_constants

KINDS = {"fold-float32": np.float32, "fold-float64": np.float64}
QUARTERS = [(1, 0), (0, 1), (-1, 0), (0, -1)]
EXACT = "exact-if-square"


def _rounded(value, kind):
    """The float nearest to a number of many digits, which is no midpoint of two."""
    near = kind(float(value))
    candidates = [np.nextafter(near, kind(-np.inf)), near, np.nextafter(near, kind(np.inf))]
    return min(
        (Fraction(float(c)) for c in candidates), key=lambda c: abs(mpmath.mpf(c.numerator) / c.denominator - value)
    )


def _root(k, n, policy):
    """The cosine and the sine of k / n of a turn, under the policy."""
    k %= n
    if 4 * k % n == 0:
        return tuple(map(Fraction, QUARTERS[4 * k // n]))
    with mpmath.workdps(60):
        angle = 2 * mpmath.pi * k / n
        found = [mpmath.cos(angle), mpmath.sin(angle)]
        halves = [abs(abs(value) - mpmath.mpf(1) / 2) < mpmath.mpf(10) ** -50 for value in found]
        return tuple(
            Fraction(int(mpmath.sign(value)), 2) if half else _rounded(value, KINDS[policy])
            for value, half in zip(found, halves, strict=True)
        )


def _times(a, b):
    return a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]


def _transformed(signal, length, policy, *, inverse=False, results=None):
    """The definition for one signal of pairs: cut or filled up with zeros to the length."""
    signal = [*signal, *[(0, 0)] * length][:length]
    found = []
    for k in range(length if results is None else results):
        roots = [_root((k if inverse else -k) * n, length, policy) for n in range(length)]
        terms = [_times(x, root) for x, root in zip(signal, roots, strict=True)]
        total = [sum(term[part] for term in terms) for part in (0, 1)]
        found.append([value / length if inverse else value for value in total])
    return found


def _pairs(row):
    return [(entry[0], entry[1] if len(entry) == 2 else Fraction(0)) for entry in row]


def _model(shape, *, length=None, axis=None, opset=NEWEST, **attributes):
    constants, names = {}, ["x", ""]
    if length is not None:
        names[1], constants["n"] = "n", np.array(length, dtype=np.int64)
    if axis is not None and opset >= 20:
        names.append("a")
        constants["a"] = np.array(axis, dtype=np.int64)
    elif axis is not None:
        attributes["axis"] = axis
    return one_node("DFT", names, constants, inputs={"x": shape}, opset=opset, **attributes)


def _run(made, x, policy=EXACT):
    return run_exactly(imported(made, irrational=policy), [x])[0]


def _along(x, axis, function):
    """A function of rows of pairs, along an axis of an array whose last axis holds the parts."""
    moved = np.moveaxis(fractions(x), axis, -2)
    rows = [function(_pairs(row)) for row in moved.reshape(-1, *moved.shape[-2:])]
    result = np.array(rows, dtype=object)
    return np.moveaxis(result.reshape(*moved.shape[:-2], *result.shape[1:]), -2, axis)


CASES = [(1, EXACT), (2, EXACT), (4, EXACT), *((n, policy) for policy in KINDS for n in (3, 4, 5, 6, 8, 12))]


@pytest.mark.parametrize("n, policy", CASES)
@pytest.mark.parametrize("parts", [1, 2])
@pytest.mark.parametrize("inverse", [0, 1])
@pytest.mark.parametrize("opset", [17, 19, 20, NEWEST])
def test_the_transform_is_the_definition_s_sum(n, policy, parts, inverse, opset):
    x = dyadics(n, 2, n, parts)
    found = _run(_model(x.shape, opset=opset, inverse=inverse), x, policy)
    expected = _along(x, 1, lambda row: _transformed(row, n, policy, inverse=bool(inverse)))
    assert found.tolist() == expected.tolist()


@pytest.mark.parametrize("n, policy", CASES)
@pytest.mark.parametrize("opset", [17, NEWEST])
def test_a_onesided_transform_is_the_first_half(n, policy, opset):
    x = dyadics(n, 2, n, 1)
    found = _run(_model(x.shape, opset=opset, onesided=1), x, policy)
    expected = _along(x, 1, lambda row: _transformed(row, n, policy, results=n // 2 + 1))
    assert found.tolist() == expected.tolist()


def _symmetric(row, n):
    """The whole spectrum of a real signal, of which the first half is given."""
    row = [*row, *[(Fraction(0), Fraction(0))] * n][: n // 2 + 1]
    own = {0, n / 2}
    half = [(a, Fraction(0) if k in own else b) for k, (a, b) in enumerate(row)]
    return [half[k] if k < len(half) else (half[n - k][0], -half[n - k][1]) for k in range(n)]


@pytest.mark.parametrize("n, policy", CASES[1:])
@pytest.mark.parametrize("given", [None, 1, 3, 9])
@pytest.mark.parametrize("opset", [17, NEWEST])
def test_the_inverse_of_half_a_spectrum_is_real(n, policy, given, opset):
    size = n // 2 + 1 if given is None else given
    x = dyadics(n, 2, size, 2)
    length = None if given is None and n % 2 == 0 else n
    found = _run(_model(x.shape, opset=opset, onesided=1, inverse=1, length=length), x, policy)
    expected = _along(x, 1, lambda row: _transformed(_symmetric(row, n), n, policy, inverse=True))
    assert found.shape == (2, n, 1)
    # cos(t) of entry k and cos(-t) of its conjugate are one float, so that the imaginary parts vanish exactly
    assert expected[..., 1].tolist() == np.zeros((2, n)).tolist()
    assert found[..., 0].tolist() == expected[..., 0].tolist()


@pytest.mark.parametrize(
    "opset, axis", [(17, 0), (17, 1), (17, 2), (19, -2), (20, 0), (20, 1), (20, -3), (NEWEST, None)]
)
@pytest.mark.parametrize("parts", [1, 2])
@pytest.mark.parametrize("length", [None, 1, 2, 4])
def test_axes_and_lengths(opset, axis, parts, length):
    x = dyadics(7, 4, 2, 4, parts)
    made = _model(x.shape, opset=opset, axis=axis, length=length)
    place = (2 if axis is None else axis) % 4
    expected = _along(x, place, lambda row: _transformed(row, length or len(row), EXACT))
    assert _run(made, x).tolist() == expected.tolist()


def test_the_default_axis_is_the_second_one_before_opset_20_and_then_the_last_of_the_signal():
    x = dyadics(3, 1, 2, 4, 1)
    for opset, axis in ((19, 1), (20, 2)):
        expected = _along(x, axis, lambda row: _transformed(row, len(row), EXACT))
        assert _run(_model(x.shape, opset=opset), x).tolist() == expected.tolist()


def test_a_length_that_only_reads_the_first_entry_has_rational_coefficients():
    x = dyadics(3, 1, 5, 1)
    found = _run(_model(x.shape, length=1), x)
    assert found.tolist() == [[[fractions(x)[0, 0, 0], 0]]]


def test_constants_are_transformed_like_data():
    x = dyadics(5, 1, 5, 2)
    made = model([node("DFT", ["c"], ["y"])], {"x": (1,)}, ["y"], {"c": x})
    expected = _along(x, 1, lambda row: _transformed(row, 5, "fold-float32"))
    assert _run(made, np.zeros(1), "fold-float32").tolist() == expected.tolist()


def test_irrational_coefficients_are_refused_with_the_remedy_and_counted_where_they_are_rounded():
    made = _model((1, 8, 1))
    assert_refuses(made, IrrationalConstant, r"^node 'n' \(DFT.*cos 2 pi \(-1/8\).*fold-float32.*--irrational")
    assert imported(made, irrational="fold-float32").rounded == 16


def test_coefficients_are_rounded_before_they_are_divided_by_the_length():
    x = np.array([[[0.0, 0.0], [1.0, 0.0], [0.0, 0.0]]])
    found = _run(_model(x.shape, inverse=1), x, "fold-float32")
    assert found[0, 1, 1] == Fraction(float(np.float32(0.8660254037844386))) / 3


@pytest.mark.parametrize(
    "shape, options",
    [
        ((4,), {}),
        ((1, 4, 3), {}),
        ((1, 4, 1), {"axis": 2}),
        ((1, 4, 1), {"axis": -1}),
        ((1, 4, 1), {"axis": 3}),
        ((1, 4, 1), {"axis": 2, "opset": 17}),
        ((1, 4, 1), {"length": 0}),
        ((1, 4, 1), {"length": -4}),
        ((1, 4, 1), {"length": [4, 4]}),
        ((1, 4, 2), {"onesided": 1}),
        ((1, 4, 1), {"onesided": 1, "inverse": 1}),
        ((1, 1, 2), {"onesided": 1, "inverse": 1}),
        ((1, 4, 1), {"onesided": 2}),
        ((1, 4, 1), {"inverse": -1}),
    ],
)
def test_transforms_that_contradict_themselves_are_refused(shape, options):
    assert_refuses(_model(shape, **options), MalformedModel, r"^node 'n' \(DFT")


@pytest.mark.parametrize("given, length", [(1, 2**23), (2, 2**20), (2, 2**40), (5000, 2**12), (4, 2**62)])
def test_long_transforms_are_refused_before_they_are_worked_out(given, length):
    match = r"^node 'n' \(DFT.*(coefficients|angles)"
    assert_refuses(_model((1, given, 1), length=length), UnsupportedOperator, match)


def test_many_transforms_are_refused_before_they_are_worked_out():
    assert_refuses(_model((2**15, 4, 1), length=1024), UnsupportedOperator, r"^node 'n' \(DFT.*more than")


def test_a_length_of_data_is_refused():
    made = model([node("DFT", ["x", "n"], ["y"], name="n")], {"x": (1, 4, 1), "n": ()}, ["y"])
    assert_refuses(made, UnsupportedOperator, r"^node 'n' \(DFT.*dft_length")


def test_the_axis_is_no_attribute_from_opset_20_on_and_no_input_before():
    assert_refuses(one_node("DFT", ["x"], inputs={"x": (1, 4, 1)}, axis=1), UnsupportedOperator, "attribute 'axis'")
    constants = {"a": np.array(1, dtype=np.int64)}
    made = one_node("DFT", ["x", "", "a"], constants, inputs={"x": (1, 4, 1)}, opset=19)
    assert_refuses(made, UnsupportedOperator, r"^node 'n' \(DFT, opset 19\) has an input 2")


# Short-time transforms


def _short(shape, step, window=None, length=None, **attributes):
    names = ["x", "step", "window" if window is not None else "", "length" if length is not None else ""]
    constants = {"step": np.array(step), "window": window, "length": None if length is None else np.array(length)}
    given = {name: value for name, value in constants.items() if value is not None}
    return one_node("STFT", names, given, inputs={"x": shape}, **attributes)


@pytest.mark.parametrize("parts, onesided", [(1, None), (1, 1), (1, 0), (2, 0)])
@pytest.mark.parametrize("step", [1, 2, 3, 20])
@pytest.mark.parametrize("size, length, windowed", [(9, 4, True), (9, 4, False), (4, None, False), (9, None, True)])
def test_frames_are_windowed_and_transformed(parts, onesided, step, size, length, windowed):
    x, window = dyadics(1, 2, size, parts), dyadics(2, 4) if windowed else None
    attributes = {} if onesided is None else {"onesided": onesided}
    found = _run(_short(x.shape, step, window, length, **attributes), x)
    frame = length or (4 if windowed else size)
    weights = fractions(window) if windowed else [Fraction(1)] * frame
    results = frame if onesided == 0 else frame // 2 + 1
    expected = [
        [
            _transformed(
                [(a * w, b * w) for (a, b), w in zip(_pairs(row[low : low + frame]), weights, strict=True)],
                frame,
                EXACT,
                results=results,
            )
            for low in range(0, size - frame + 1, step)
        ]
        for row in fractions(x)
    ]
    assert found.tolist() == expected


@pytest.mark.parametrize(
    "shape, step, window, length, attributes",
    [
        ((1, 8), 1, None, 4, {}),
        ((1, 8, 3), 1, None, 4, {}),
        ((1, 8, 2), 1, None, 4, {}),
        ((1, 8, 1), 0, None, 4, {}),
        ((1, 8, 1), -1, None, 4, {}),
        ((1, 8, 1), 1, None, 0, {}),
        ((1, 8, 1), 1, None, 9, {}),
        ((1, 8, 1), 1, np.ones(9), None, {}),
        ((1, 8, 1), 1, np.ones(4), 5, {}),
        ((1, 8, 1), 1, np.ones((4, 1)), None, {}),
        ((1, 8, 1), 1, np.ones(4), None, {"onesided": 3}),
    ],
)
def test_frames_that_do_not_fit_are_refused(shape, step, window, length, attributes):
    assert_refuses(_short(shape, step, window, length, **attributes), MalformedModel, r"^node 'n' \(STFT")


def test_a_window_of_data_is_refused():
    made = one_node("STFT", ["x", "s", "w"], {"s": np.array(1)}, inputs={"x": (1, 8, 1), "w": (4,)})
    assert_refuses(made, NotPiecewiseAffine, r"^node 'n' \(STFT.*window")


def test_many_frames_are_refused_before_they_are_made():
    assert_refuses(_short((1, 2**17, 1), 1, None, 2**9), UnsupportedOperator, r"^node 'n' \(STFT")


# Coefficients


@pytest.mark.parametrize("function, quarters", [(COSINE_OF_TURNS, 0), (SINE_OF_TURNS, -1)])
def test_the_rational_cosines_and_sines_are_those_of_niven_s_theorem(function, quarters):
    """Whether 2 cos t is rational: it is an algebraic integer, so it is if and only if it is an integer."""
    for n in range(1, 40):
        for k in range(-n, 2 * n):
            turns = Fraction(k, n) + Fraction(quarters, 4)
            with mpmath.workdps(40):
                twice = 2 * mpmath.cos(2 * mpmath.pi * turns.numerator / turns.denominator)
                near = int(mpmath.nint(twice))
                is_integer = abs(twice - near) < mpmath.mpf(10) ** -30
            assert function.rational(Rational(k, n)) == (Rational(near, 2) if is_integer else None)


@pytest.mark.parametrize("policy", KINDS)
def test_cosines_and_sines_are_rounded_to_the_nearest_float(policy):
    for n in (5, 7, 16, 97, 1000):
        for k in range(0, n, max(1, n // 11)):
            turns = ExactArray.of([Rational(k, n)], ())
            found = [next(apply_to_constants(f, turns, policy).flat()) for f in (COSINE_OF_TURNS, SINE_OF_TURNS)]
            assert found == list(_root(k, n, policy))
