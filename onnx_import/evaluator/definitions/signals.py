"""Discrete Fourier transforms, of whole signals and of windowed frames of them."""

from collections.abc import Callable

import numpy as np
from gmpy2 import mpq

from onnx_import.evaluator.definitions.registry import defines
from onnx_import.evaluator.matrices import matrix_product
from onnx_import.evaluator.nodes import Call
from onnx_import.evaluator.values import Array, Tensor, map_entries, objects, reals

_SINCE_AXIS_INPUT = 20


@defines("DFT", 17, 20)
def dft(call: Call) -> Tensor:
    """The sums of x[n] * exp(-2 pi i k n / N) along an axis; the inverse, with the other sign, over N.

    Of a one-sided spectrum, which is that of a real signal, the inverse gives the real part.
    """
    x = call.reals(0)
    axis = _axis(call, x.ndim)
    inverse, onesided = call.flag("inverse"), call.flag("onesided")
    if x.shape[-1] not in {1, 2} or (onesided and x.shape[-1] != 1 + inverse):
        raise call.malformed(f"a signal of shape {x.shape} for inverse={inverse:d}, onesided={onesided:d}")
    signal = np.moveaxis(x, axis, 0)
    length = _length(call, 1, 2 * (len(signal) - 1) if inverse and onesided else len(signal))
    if inverse and onesided:
        result = _real_signal(call, signal, length)
    else:
        result = _spectrum(call, signal[:length], length, length // 2 + 1 if onesided else length, inverse=inverse)
    return reals(np.moveaxis(result, 0, axis), call.tensor(0).kind)


def _axis(call: Call, rank: int) -> int:
    given = -2
    if call.version < _SINCE_AXIS_INPUT:
        given = call.integer("axis")
    elif call.has(2):
        given = int(call.single(2))
    axis = call.axis(given, rank)
    if axis == rank - 1:
        raise call.malformed(f"axis {given} of a tensor of rank {rank} holds the real and imaginary parts")
    return axis


def _length(call: Call, index: int, default: int) -> int:
    length = int(call.single(index)) if call.has(index) else default
    if length < 1:
        raise call.malformed(f"a transform of length {length}")
    return length


def _real_signal(call: Call, signal: Array, length: int) -> Array:
    """The signal of a one-sided spectrum: all but the first and the middle of its entries stand for two."""
    kept = signal[: length // 2 + 1]
    shares = [mpq(1 if 2 * k in {0, length} else 2) for k in range(len(kept))]
    weighted = kept * objects(shares, (len(shares), *[1] * (kept.ndim - 1)))
    return _spectrum(call, weighted, length, length, inverse=True)[..., :1]


def _spectrum(call: Call, signal: Array, length: int, rows: int, *, inverse: bool) -> Array:
    """The first rows of a transform along the first axis, of the entries that are not past the signal's end."""
    places = np.outer(np.arange(rows), np.arange(len(signal))) % length
    cosines = _at_places(call.settings.irrational.cosine, places, length)
    sines = _at_places(call.settings.irrational.sine, places, length) * (-1 if inverse else 1)
    real, imaginary = (_columns(signal, part) for part in range(2))
    sums = [
        matrix_product(cosines, real) + matrix_product(sines, imaginary),
        matrix_product(cosines, imaginary) - matrix_product(sines, real),
    ]
    result = np.stack(sums, axis=-1).reshape(rows, *signal.shape[1:-1], 2)
    return np.asarray(result / mpq(length)) if inverse else result


def _at_places(function: Callable[[mpq], mpq], places: Array, length: int) -> Array:
    values = {place: function(mpq(place, length)) for place in set(places.reshape(-1).tolist())}
    return map_entries(lambda place: values[int(place)], places)


def _columns(signal: Array, part: int) -> Array:
    """The real or the imaginary part, a column for each signal."""
    entries = signal[..., part] if part < signal.shape[-1] else np.full(signal.shape[:-1], mpq(0), dtype=object)
    return np.asarray(entries.reshape(len(signal), -1) if entries.size else entries.reshape(len(signal), 0))


@defines("STFT", 17)
def stft(call: Call) -> Tensor:
    """The transforms of frames of a signal, each times a window."""
    signal, step = call.reals(0), int(call.single(1))
    onesided = call.flag("onesided")
    if signal.ndim != 3 or signal.shape[-1] not in {1, 2} or (onesided and signal.shape[-1] != 1):
        raise call.malformed(f"a signal of shape {signal.shape} for onesided={onesided:d}")
    window = call.reals(2) if call.has(2) else None
    length = _length(call, 3, signal.shape[1] if window is None else len(window.reshape(-1)))
    if window is not None and window.shape != (length,):
        raise call.malformed(f"a window of shape {window.shape} for frames of length {length}")
    if step < 1 or length > signal.shape[1]:
        raise call.malformed(f"frames of length {length}, a step of {step} along {signal.shape[1]} entries")
    starts = np.arange(0, signal.shape[1] - length + 1, step)
    frames = signal[:, starts[:, None] + np.arange(length)]
    if window is not None:
        frames = frames * window[:, None]
    rows = length // 2 + 1 if onesided else length
    result = _spectrum(call, np.moveaxis(frames, 2, 0), length, rows, inverse=False)
    return reals(np.moveaxis(result, 0, 2), call.tensor(0).kind)
