"""Weights for signals and their spectra: windows that are sums of cosines, and triangles on the mel scale.

The standard gives the windows' coefficients as float32 in a composition where 2 pi is one too; here they are the
decimals and quotients that those stand for, and 2 pi is itself.
"""

from bisect import bisect_right
from collections.abc import Callable
from typing import Final

import numpy as np
from gmpy2 import mpq
from onnx import TensorProto

from onnx_import.evaluator.definitions.registry import defines
from onnx_import.evaluator.nodes import Call
from onnx_import.evaluator.values import Tensor, kind_name, objects, reals

_WINDOWS: Final = {
    "HannWindow": (mpq(1, 2), mpq(1, 2), mpq(0)),
    "HammingWindow": (mpq(25, 46), mpq(21, 46), mpq(0)),
    "BlackmanWindow": (mpq(42, 100), mpq(1, 2), mpq(8, 100)),
}


def _kind(call: Call) -> int:
    kind = call.integer("output_datatype")
    if kind not in {TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.BFLOAT16, TensorProto.DOUBLE}:
        raise call.unsupported(f"weights of type {kind_name(kind)}")
    return kind


def _window(name: str) -> Callable[[Call], Tensor]:
    constant, first, second = _WINDOWS[name]

    def definition(call: Call) -> Tensor:
        size, cosine = int(call.single(0)), call.settings.irrational.cosine
        period = size if call.flag("periodic") else size - 1
        if size < 0:
            raise call.malformed(f"a window of {size} entries")
        if size and not period:
            raise call.unsupported("a symmetric window of one entry, whose period is 0")

        def weight(index: int) -> mpq:
            harmonic = second * cosine(mpq(2 * index, period)) if second else mpq(0)
            return constant - first * cosine(mpq(index, period)) + harmonic

        return reals(objects(map(weight, range(size)), (size,)), _kind(call))

    return definition


for _name in _WINDOWS:
    defines(_name, 17)(_window(_name))


@defines("MelWeightMatrix", 17)
def mel_weight_matrix(call: Call) -> Tensor:
    """Triangles of height 1 on the bins of a spectrum, their corners evenly spaced on the mel scale.

    As the standard's own case has it, a scale from the lower to the upper edge is cut into num_mel_bins + 2 steps, and
    each corner is the bin that ends there or before: bin k of a transform of length L begins at k * rate / (L + 1).
    """
    bands, length, rate = (int(call.single(index)) for index in range(3))
    low, high = (mpq(call.single(index)) for index in (3, 4))
    if min(bands, length, rate) < 1 or not 0 <= low < high:
        raise call.malformed(f"{bands} bands from {low} to {high} of a transform of length {length} at rate {rate}")
    corners = _corners(call, bands, length // 2 + 1, mpq(rate, 700 * (length + 1)), (1 + low / 700, 1 + high / 700))
    weights = np.full((length // 2 + 1, bands), mpq(0), dtype=object)
    for band in range(bands):
        left, peak, right = corners[band : band + 3]
        for index in range(left, peak):
            weights[index, band] = mpq(index - left, peak - left)
        weights[peak, band] = mpq(1)
        for index in range(peak + 1, right):
            weights[index, band] = mpq(right - index, right - peak)
    return reals(weights, _kind(call))


def _corners(call: Call, bands: int, bins: int, width: mpq, edges: tuple[mpq, mpq]) -> list[int]:
    """The bins of the corners, bins of the given width in units of 700 hertz.

    The frequency plus 700 hertz is a weighted geometric mean of the edges, so that powers compare it with a bin's.
    """
    steps = bands + 2
    powers = [(1 + k * width) ** steps for k in range(bins + 2)]
    corners = [bisect_right(powers, edges[0] ** (steps - i) * edges[1] ** i) - 1 for i in range(steps)]
    # A peak is within the spectrum; the last triangle may end just behind it.
    if corners[-2] >= bins or corners[-1] > bins:
        raise call.unsupported("bands beyond the end of the spectrum")
    return corners
