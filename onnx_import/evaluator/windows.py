"""Windows that slide over the spatial axes of a tensor: of convolutions and of pools."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from onnx_import.evaluator.nodes import Call
from onnx_import.evaluator.values import Array

AUTO_PADS: Final = ("NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID")
_IGNORES_WINDOWS_IN_PADDING: Final = 22


@dataclass(frozen=True, slots=True)
class Windows:
    """Where windows lie, axis by axis.

    Attributes:
        lengths: of the spatial axes.
        kernel: how many entries a window has along each axis.
        strides: how far one window is from the next.
        dilations: how far one entry of a window is from the next.
        begin: entries of padding before the first.
        end: entries of padding after the last.
        counts: how many windows there are.
    """

    lengths: tuple[int, ...]
    kernel: tuple[int, ...]
    strides: tuple[int, ...]
    dilations: tuple[int, ...]
    begin: tuple[int, ...]
    end: tuple[int, ...]
    counts: tuple[int, ...]

    def coordinates(self, axis: int) -> Array:
        """Where the entries of the windows lie along an axis: a row for each window."""
        starts = np.arange(self.counts[axis]) * self.strides[axis] - self.begin[axis]
        return np.asarray(starts[:, None] + np.arange(self.kernel[axis]) * self.dilations[axis])

    def flat_indices(self) -> Array:
        """The flat index of each entry of each window, -1 in the padding: a row for each window."""
        flat: Array = np.zeros((1, 1), dtype=np.int64)
        for axis, length in enumerate(self.lengths):
            along = self.coordinates(axis)
            along = np.where((along >= 0) & (along < length), along, -1)
            before, after = flat[:, None, :, None], along[None, :, None, :]
            joined = np.where((before < 0) | (after < 0), -1, before * length + after)
            flat = joined.reshape(flat.shape[0] * along.shape[0], flat.shape[1] * along.shape[1])
        return flat

    def padded_counts(self) -> Array:
        """How many entries of each window lie on the tensor or its padding."""
        total: Array = np.ones(1, dtype=np.int64)
        for axis, length in enumerate(self.lengths):
            along = self.coordinates(axis)
            inside = ((along >= -self.begin[axis]) & (along < length + self.end[axis])).sum(axis=1)
            total = (total[:, None] * inside[None, :]).reshape(-1)
        return total


def read_windows(call: Call, lengths: tuple[int, ...], kernel: tuple[int, ...], *, pool: bool = False) -> Windows:
    """The windows that a node's attributes describe."""
    rank = len(lengths)
    strides = tuple(call.integer_row("strides", [1] * rank))
    dilations = (1,) * rank
    if "dilations" in call.schema.attributes:
        dilations = tuple(call.integer_row("dilations", dilations))
    for name, values in (("strides", strides), ("dilations", dilations), ("kernel_shape", kernel)):
        if len(values) != rank or min(values, default=1) < 1:
            raise call.malformed(f"{name}={list(values)} for {rank} spatial axes")
    extents = tuple((k - 1) * d + 1 for k, d in zip(kernel, dilations, strict=True))
    begin, end = read_pads(call, lengths, extents, strides, pool=pool)
    ceil_mode = pool and "ceil_mode" in call.schema.attributes and call.flag("ceil_mode")
    axes = list(zip(lengths, begin, end, extents, strides, strict=True))
    automatic = _automatic(call) != "NOTSET"
    counts = tuple(_count(call, axis, rounded_up=ceil_mode and not automatic) for axis in axes)
    if ceil_mode and automatic and counts != tuple(_count(call, axis, rounded_up=True) for axis in axes):
        raise call.unsupported("ceil_mode with auto_pad, of which the text and the shape inference differ")
    if pool and any((c - 1) * s - b >= n for c, s, b, n in zip(counts, strides, begin, lengths, strict=True)):
        raise call.unsupported("a window that starts in the padding at the end, which is not defined here")
    return Windows(lengths, kernel, strides, dilations, begin, end, counts)


def _automatic(call: Call) -> str:
    return call.text("auto_pad", *AUTO_PADS) if "auto_pad" in call.schema.attributes else "NOTSET"


def _count(call: Call, axis: tuple[int, int, int, int, int], *, rounded_up: bool) -> int:
    """How many windows lie along an axis; rounded up, the last one may stick out at the end."""
    length, begin, end, extent, stride = axis
    room = length + begin + end - extent
    count = (-(-room // stride) if rounded_up else room // stride) + 1
    if count < 1:
        raise call.unsupported(f"a window of {extent} entries does not fit into {length + begin + end}")
    if rounded_up and (count - 1) * stride - begin >= length and call.version >= _IGNORES_WINDOWS_IN_PADDING:
        count -= 1
    return count


def read_pads(
    call: Call, lengths: tuple[int, ...], extents: tuple[int, ...], strides: tuple[int, ...], *, pool: bool
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The padding before and behind each axis."""
    rank = len(lengths)
    automatic = _automatic(call)
    pads = call.integer_row("pads", [0] * (2 * rank))
    if len(pads) != 2 * rank or min(pads, default=0) < 0:
        raise call.malformed(f"pads={pads} for {rank} spatial axes")
    if automatic == "NOTSET":
        return tuple(pads[:rank]), tuple(pads[rank:])
    if any(pads):
        raise call.malformed(f"pads={pads} together with auto_pad={automatic}")
    if automatic == "VALID":
        return (0,) * rank, (0,) * rank
    totals = [
        (-(-n // stride) - 1) * stride + extent - n for n, extent, stride in zip(lengths, extents, strides, strict=True)
    ]
    if min(totals, default=0) < (0 if pool else -1):  # one entry less at the end is no padding, as all read it
        raise call.unsupported(f"auto_pad={automatic} with gaps between the windows, a padding of {min(totals)}")
    totals = [max(total, 0) for total in totals]
    small, large = tuple(t // 2 for t in totals), tuple(t - t // 2 for t in totals)
    return (small, large) if automatic == "SAME_UPPER" else (large, small)
