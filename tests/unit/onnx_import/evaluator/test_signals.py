"""Fourier transforms and weights for signals: sums written out over complex numbers, and closed forms."""

import cmath
import math
from fractions import Fraction
from random import Random

import mpmath
import numpy as np
import pytest
from gmpy2 import mpq
from unit.onnx_import.evaluator.generators import row
from unit.onnx_import.evaluator.running import NEWEST, evaluated, one_node, value

from exactgeo.errors import IrrationalConstant, MalformedModel, UnsupportedOperator
from onnx_import.evaluator.irrational import Irrational

HALF = mpq(1, 2)
FOLDED = {"irrational": "fold-float64"}


def _signal(seed, *shape):
    random = Random(seed)
    return np.array([random.randint(-9, 9) / 4 for _ in range(math.prod(shape))]).reshape(shape)


def _transformed(x, length, sign=-1):
    """The definition for one complex signal, in floats."""
    x = [*x[:length], *[0] * (length - len(x))]
    return [sum(x[n] * cmath.exp(sign * 2j * cmath.pi * k * n / length) for n in range(length)) for k in range(length)]


def _complex(array):
    array = np.asarray(array).astype(float)
    return array[..., 0] + 1j * array[..., 1]


# Cosines of parts of a turn


@pytest.mark.parametrize(
    "turns,wanted",
    [
        (0, 1),
        (1, 1),
        ("1/6", HALF),
        ("-1/6", HALF),
        ("1/4", 0),
        ("7/4", 0),
        ("2/3", -HALF),
        ("5/3", -HALF),
        ("1/2", -1),
    ],
)
def test_rational_cosines(turns, wanted):
    for policy in ("exact-if-square", "fold-float32"):
        assert Irrational(policy).cosine(mpq(turns)) == wanted
        assert Irrational(policy).sine(mpq(turns) + mpq(1, 4)) == wanted


@pytest.mark.parametrize("denominator", [5, 7, 8, 12, 60, 360])
def test_other_cosines_are_irrational_or_rounded_once(denominator):
    for numerator in range(1, denominator):
        if Fraction(numerator, denominator).denominator in {1, 2, 3, 4, 6}:
            continue
        turns = mpq(numerator, denominator)
        with pytest.raises(IrrationalConstant, match="cos"):
            Irrational("exact-if-square").cosine(turns)
        with mpmath.workprec(300):
            angle = 2 * mpmath.pi * numerator / denominator
            cosine, sine = mpmath.cos(angle), mpmath.sin(angle)
        assert float(Irrational("fold-float64").cosine(turns)) == float(cosine)
        assert float(Irrational("fold-float32").cosine(turns)) == float(np.float32(cosine))
        if Fraction(4 * numerator, denominator).denominator != 1 and Fraction(12 * numerator, denominator) % 2 != 1:
            assert float(Irrational("fold-float64").sine(turns)) == float(sine)


# Transforms


def test_transforms_of_length_four_are_rational():
    x = np.array([[[1.0], [2.0], [0.5], [-3.0]]])
    # 1 + 2 + 1/2 - 3, (1 - 1/2) + (-3 - 2) i, 1 - 2 + 1/2 + 3, and the second one's conjugate.
    assert value("DFT", x).tolist() == [[[HALF, 0], [HALF, -5], [mpq(5, 2), 0], [HALF, 5]]]
    assert value("DFT", x, onesided=1).tolist() == [[[HALF, 0], [HALF, -5], [mpq(5, 2), 0]]]
    inverse = value("DFT", x, inverse=1)
    assert inverse.tolist() == [[[mpq(1, 8), 0], [mpq(1, 8), mpq(5, 4)], [mpq(5, 8), 0], [mpq(1, 8), mpq(-5, 4)]]]


def test_the_inverse_takes_back():
    x = _signal(1, 2, 4, 2)
    back = value("DFT", np.asarray(value("DFT", x), dtype=float), inverse=1)
    assert back.tolist() == x.tolist()
    real = _signal(2, 2, 4, 1)
    half = np.asarray(value("DFT", real, onesided=1), dtype=float)
    assert value("DFT", half, inverse=1, onesided=1).tolist() == real.tolist()


@pytest.mark.parametrize("opset", [17, 20, NEWEST])
@pytest.mark.parametrize("axis", [0, 1, -2, -3])
@pytest.mark.parametrize("length", [None, 3, 7])
@pytest.mark.parametrize("width", [1, 2])
@pytest.mark.parametrize("inverse", [0, 1])
def test_transforms_by_their_definition(opset, axis, length, width, inverse):
    x = _signal(3, 5, 6, width)
    given = None if length is None else np.array(length)
    if opset < 20:
        got = value("DFT", x, given, axis=axis, inverse=inverse, opset=opset, **FOLDED)
    else:
        got = value("DFT", x, given, np.array(axis), inverse=inverse, opset=opset, **FOLDED)
    signals = np.moveaxis(_complex(x) if width == 2 else x[..., 0] + 0j, axis % 3, 0)
    length = length or len(signals)
    wanted = [_transformed(s, length, 1 if inverse else -1) for s in signals.T]
    wanted = np.moveaxis(np.array(wanted).T, 0, axis % 3) / (length if inverse else 1)
    assert got.shape == (*wanted.shape, 2)
    assert np.allclose(_complex(got), wanted, rtol=0, atol=1e-12)


def test_default_axes():
    x = _signal(4, 1, 2, 4, 1)
    assert value("DFT", x, opset=17).tolist() == value("DFT", x, None, np.array(1), opset=20).tolist()
    assert value("DFT", x, opset=20).tolist() == value("DFT", x, opset=17, axis=2).tolist()


@pytest.mark.parametrize("length,bins", [(None, 3), (6, 4), (5, 3), (6, 3), (6, 5), (5, 4), (4, 3), (2, 3), (1, 1)])
def test_real_signals_of_one_sided_spectra(length, bins):
    half = _signal(5, 1, bins, 2)
    got = value("DFT", half, None if length is None else row(length), inverse=1, onesided=1, **FOLDED)
    length = length or 4
    kept = list(_complex(half)[0][: length // 2 + 1])
    kept += [0] * (length // 2 + 1 - len(kept))
    kept[0] = kept[0].real
    if length % 2 == 0:
        kept[-1] = complex(kept[-1]).real
    spectrum = [kept[k] if k <= length // 2 else complex(kept[length - k]).conjugate() for k in range(length)]
    wanted = np.array(_transformed(spectrum, length, 1)) / length
    assert np.abs(wanted.imag).max() < 1e-12
    assert got.shape == (1, length, 1)
    assert np.allclose(got[0, :, 0].astype(float), wanted.real, rtol=0, atol=1e-12)


def test_only_what_is_rational_is_exact():
    eight = _signal(6, 1, 8, 1)
    with pytest.raises(IrrationalConstant, match=r"'n' \(DFT, opset \d+\).*cos\(2\*pi"):
        value("DFT", eight)
    # What is padded takes no part.
    assert value("DFT", eight[:, :1], row(8))[0, :, 0].tolist() == [mpq(eight[0, 0, 0])] * 8


def test_each_cosine_is_rounded_once_and_nothing_else():
    x = np.array([[[0.0], [1.0], [0.0], [0.0], [1.0 / 3]]])
    got = value("DFT", x, irrational="fold-float32")
    with mpmath.workprec(200):
        fifth = [mpq(*float(np.float32(mpmath.cos(2 * mpmath.pi * k / 5))).as_integer_ratio()) for k in range(5)]
    third = mpq(*(1.0 / 3).as_integer_ratio())
    assert got[0, :, 0].tolist() == [fifth[k] + third * fifth[4 * k % 5] for k in range(5)]


# Frames


def test_frames():
    signal, window = np.array([[[1.0], [2.0], [3.0], [4.0], [5.0]]]), np.array([1.0, 0.5])
    got = value("STFT", signal, np.array(2), window)
    # Frames (1, 2/2) and (3, 4/2): sums and differences.
    assert got.tolist() == [[[[2, 0], [0, 0]], [[5, 0], [1, 0]]]]
    assert value("STFT", signal, np.array(2), None, np.array(2)).tolist() == [
        [[[3, 0], [-1, 0]], [[7, 0], [-1, 0]]],
    ]
    assert value("STFT", signal[:, :4], np.array(1)).shape == (1, 1, 3, 2)


@pytest.mark.parametrize("width,onesided", [(1, 0), (1, 1), (2, 0)])
@pytest.mark.parametrize("length,step", [(4, 3), (5, 1), (7, 10)])
def test_frames_by_their_definition(width, onesided, length, step):
    signal, window = _signal(7, 2, 11, width), _signal(8, length)
    got = value("STFT", signal, np.array(step), window, np.array(length), onesided=onesided, **FOLDED)
    numbers = _complex(signal) if width == 2 else signal[..., 0] + 0j
    starts = range(0, 11 - length + 1, step)
    wanted = np.array([[_transformed(s[b : b + length] * window, length) for b in starts] for s in numbers])
    wanted = wanted[..., : length // 2 + 1] if onesided else wanted
    assert got.shape == (*wanted.shape, 2)
    assert np.allclose(_complex(got), wanted, rtol=0, atol=1e-12)


# Weights


@pytest.mark.parametrize(
    "operator,size,periodic,wanted",
    [
        ("HannWindow", 4, 1, [0, HALF, 1, HALF]),
        ("HannWindow", 6, 1, [0, mpq(1, 4), mpq(3, 4), 1, mpq(3, 4), mpq(1, 4)]),
        ("HannWindow", 5, 0, [0, HALF, 1, HALF, 0]),
        ("HannWindow", 1, 1, [0]),
        ("HannWindow", 0, 1, []),
        ("HammingWindow", 4, 1, [mpq(4, 46), mpq(25, 46), 1, mpq(25, 46)]),
        ("HammingWindow", 3, 0, [mpq(4, 46), 1, mpq(4, 46)]),
        ("BlackmanWindow", 4, 1, [0, mpq(34, 100), 1, mpq(34, 100)]),
        ("BlackmanWindow", 3, 1, [0, mpq(63, 100), mpq(63, 100)]),
    ],
)
def test_windows(operator, size, periodic, wanted):
    assert value(operator, np.array(size), periodic=periodic).tolist() == wanted


def test_windows_of_other_sizes_are_irrational():
    with pytest.raises(IrrationalConstant):
        value("HannWindow", np.array(5))
    got = value("BlackmanWindow", np.array(5), irrational="fold-float32")
    with mpmath.workprec(200):
        cosines = [mpq(*float(np.float32(mpmath.cos(2 * mpmath.pi * k / 5))).as_integer_ratio()) for k in (1, 2)]
    assert got[1] == mpq(42, 100) - cosines[0] / 2 + mpq(8, 100) * cosines[1]


def test_triangles_on_the_mel_scale():
    # 1 + f / 700 runs from 1 to 16 in four steps: corners at 0, 700, 2100 and 4900 hertz, bins of 700 hertz.
    inputs = [np.array(2), np.array(15), np.array(11200), np.float32(0), np.float32(10500)]
    got = value("MelWeightMatrix", *inputs)
    assert got.T.tolist() == [
        [0, 1, HALF, 0, 0, 0, 0, 0],
        [0, 0, HALF, 1, mpq(3, 4), HALF, mpq(1, 4), 0],
    ]
    # A little less, and the corners that were on the edge of a bin are in the one before.
    inputs[-1] = np.float32(10499)
    assert value("MelWeightMatrix", *inputs).T.tolist() == [
        [1, HALF, 0, 0, 0, 0, 0, 0],
        [0, HALF, 1, mpq(3, 4), HALF, mpq(1, 4), 0, 0],
    ]


MALFORMED = {
    "the axis of the parts": lambda: value("DFT", _signal(1, 2, 4, 1), None, np.array(-1)),
    "three parts": lambda: value("DFT", _signal(1, 2, 4, 3)),
    "a one-sided spectrum of a complex signal": lambda: value("DFT", _signal(1, 2, 4, 2), onesided=1),
    "a real one-sided spectrum": lambda: value("DFT", _signal(1, 2, 4, 1), onesided=1, inverse=1),
    "no length": lambda: value("DFT", _signal(1, 2, 4, 1), row(0)),
    "one-sided frames of a complex signal": lambda: value("STFT", _signal(1, 2, 4, 2), np.array(1)),
    "frames longer than the signal": lambda: value("STFT", _signal(1, 2, 4, 1), np.array(1), None, np.array(5)),
    "a step of 0": lambda: value("STFT", _signal(1, 2, 4, 1), np.array(0)),
    "a window of another length": lambda: value("STFT", _signal(1, 2, 4, 1), np.array(1), np.ones(2), np.array(3)),
    "a negative size": lambda: value("HannWindow", np.array(-1)),
    "edges in the wrong order": lambda: value(
        "MelWeightMatrix", np.array(2), np.array(8), np.array(100), np.float32(50), np.float32(50)
    ),
}
UNSUPPORTED = {
    # The last peak lies just behind the only bin, at 1.05 of its width, and the last corner does at 1.65.
    "a peak behind the spectrum": lambda: value(
        "MelWeightMatrix", np.array(2), np.array(1), np.array(280), np.float32(0), np.float32(700 * (1.1**4 - 1))
    ),
    "a period of 0": lambda: value("HammingWindow", np.array(1), periodic=0),
    "a window of integers": lambda: value("HannWindow", np.array(4), output_datatype=7),
    "bands beyond the spectrum": lambda: value(
        "MelWeightMatrix", np.array(2), np.array(8), np.array(100), np.float32(0), np.float32(100)
    ),
}


@pytest.mark.parametrize("what", MALFORMED)
def test_what_does_not_conform(what):
    with pytest.raises(MalformedModel, match=r"node 'n'"):
        MALFORMED[what]()


@pytest.mark.parametrize("what", UNSUPPORTED)
def test_what_is_not_evaluated(what):
    with pytest.raises(UnsupportedOperator, match=r"node 'n'"):
        UNSUPPORTED[what]()


def test_the_length_may_be_of_either_integer_type():
    made, feed = one_node("DFT", [_signal(1, 1, 2, 1), np.int32(4)])
    assert evaluated(made, feed)[0].shape == (1, 4, 2)
