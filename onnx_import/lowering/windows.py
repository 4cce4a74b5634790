"""Sliding windows, as convolutions and pools move them over the last axes of an array."""

from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from exactgeo.networks.forms import Index
from onnx_import.files.stored import demand_size
from onnx_import.lowering.nodes import Node

Mask = npt.NDArray[np.bool_]

_MOST_PADDING = 2**31


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis over which windows slide: output o looks at o * stride - before + k * dilation, for k below `kernel`."""

    size: int
    kernel: int
    stride: int
    dilation: int
    before: int
    after: int
    count: int

    @property
    def places(self) -> Index:
        """(count, kernel) the places that each output looks at, below 0 or from `size` on where there is padding."""
        starts = np.arange(self.count) * self.stride - self.before
        return np.asarray(starts[:, None] + np.arange(self.kernel) * self.dilation)


@dataclass(frozen=True, slots=True)
class Windows:
    """All windows over all axes."""

    axes: tuple[Axis, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """How many windows there are along each axis."""
        return tuple(axis.count for axis in self.axes)

    @property
    def size(self) -> int:
        """How many entries lie in the axes together."""
        return prod(axis.size for axis in self.axes)

    def table(self) -> tuple[Index, Mask, Mask]:
        """Return, as arrays (windows, kernel cells): the place in row-major order; whether it is an entry; or padding.

        What is neither an entry nor padding lies beyond the padding, which happens where `ceil_mode` rounds up.
        """
        places, inside, padded = np.zeros((1, 1), np.int64), np.ones((1, 1), np.bool_), np.ones((1, 1), np.bool_)
        for axis in self.axes:
            own = axis.places
            places = _joined(places * axis.size, own, np.add)
            inside = _joined(inside, (own >= 0) & (own < axis.size), np.logical_and)
            padded = _joined(padded, own < axis.size + axis.after, np.logical_and)
        return places, inside, padded & ~inside


def _joined(outer: npt.NDArray[Any], inner: npt.NDArray[Any], how: np.ufunc) -> npt.NDArray[Any]:
    demand_size((outer.shape[0], inner.shape[0], outer.shape[1], inner.shape[1]), "a table of windows")
    joined = how(outer[:, None, :, None], inner[None, :, None, :])
    return np.asarray(joined.reshape(outer.shape[0] * inner.shape[0], outer.shape[1] * inner.shape[1]))


def windows(
    node: Node,
    sizes: tuple[int, ...],
    kernel: tuple[int, ...],
    *,
    pool: bool = False,
    dilations_since: int = 0,
    ceil_since: int | None = None,
) -> Windows:
    """Return the windows that a node's attributes describe, over axes of these sizes.

    Attributes: strides, dilations, pads, auto_pad, and for pools ceil_mode, some of them from an opset on. With
    ceil_mode, a window that would begin in the padding behind the last entry is left out, as the standard says since
    opset 22 and runtimes did before.
    """
    rank = len(sizes)
    strides = attribute_list(node, "strides", rank, 1)
    dilations = attribute_list(node, "dilations", rank, 1) if node.opset >= dilations_since else [1] * rank
    pads = padding(node, sizes, kernel, strides, dilations, gaps=0 if pool else 1)
    round_up = ceil_since is not None and node.flag("ceil_mode", 0, since=ceil_since)
    axes = []
    for k, size in enumerate(sizes):
        reach = size + pads[k] + pads[rank + k] - ((kernel[k] - 1) * dilations[k] + 1)
        if reach < 0:
            node.malformed(f"has a kernel of shape {kernel} that is larger than its padded input of shape {sizes}")
        count = reach // strides[k] + 1
        if round_up:
            count = _rounded_up(node, count, reach % strides[k] > 0, (size + pads[k] - 1) // strides[k] + 1)
        axes.append(Axis(size, kernel[k], strides[k], dilations[k], pads[k], pads[rank + k], count))
    return Windows(tuple(axes))


def _rounded_up(node: Node, count: int, is_rest: bool, begin: int) -> int:  # noqa: FBT001 (a plain fact)
    """Return how many windows there are with ceil_mode, of which `begin` begin before the padding behind."""
    if is_rest and node.stored_attribute("auto_pad", str) == "VALID":
        node.refuse("has ceil_mode and auto_pad 'VALID', which the standard's text and runtimes take differently")
    if count > begin:
        node.refuse("has ceil_mode and whole windows in the padding behind, which implementations count differently")
    if is_rest and count >= begin and node.opset < 22:  # noqa: PLR2004 (the opset that leaves such windows out)
        node.refuse("has ceil_mode and a last window in the padding behind, which only opset 22 says to leave out")
    return count + (is_rest and count < begin)


def padding(
    node: Node,
    sizes: tuple[int, ...],
    kernel: tuple[int, ...],
    strides: list[int],
    dilations: list[int],
    *,
    gaps: int = 1,
) -> list[int]:
    """Return the padding before each axis, then after each.

    With 'SAME_UPPER' and 'SAME_LOWER', strides that are longer than the windows may make the padding negative. What
    that means is left open, but all read one entry less at the end as no padding; for pools, not even that is clear.

    Args:
        node: with pads and auto_pad.
        sizes: of the axes.
        kernel: likewise.
        strides: likewise.
        dilations: likewise.
        gaps: how many entries the windows may leave out.
    """
    mode = node.stored_attribute("auto_pad", str) or "NOTSET"
    rank = len(sizes)
    if mode == "NOTSET":
        pads = node.integer_list("pads") or [0] * (2 * rank)
        if len(pads) != 2 * rank or min(pads) < 0 or max(pads) > _MOST_PADDING:
            node.malformed(f"has the padding {pads} for an input of shape {sizes}")
        return pads
    if any(node.integer_list("pads") or []):
        node.malformed(f"has padding and auto_pad '{mode}'")
    if mode == "VALID":
        return [0] * (2 * rank)
    if mode not in ("SAME_UPPER", "SAME_LOWER"):
        node.malformed(f"has auto_pad '{mode}'")
    totals = [
        (-(-size // stride) - 1) * stride + (width - 1) * dilation + 1 - size
        for size, width, stride, dilation in zip(sizes, kernel, strides, dilations, strict=True)
    ]
    if min(totals, default=0) < -gaps:
        node.refuse(f"has auto_pad '{mode}' and gaps between its windows, a padding of {min(totals)}")
    totals = [max(total, 0) for total in totals]
    small, large = [total // 2 for total in totals], [total - total // 2 for total in totals]
    return small + large if mode == "SAME_UPPER" else large + small


def attribute_list(node: Node, name: str, rank: int, default: int) -> list[int]:
    """Return an attribute that has a positive integer for each axis."""
    values = node.integer_list(name)
    if values is None:
        return [default] * rank
    if len(values) != rank or min(values, default=1) < 1:
        node.malformed(f"has the {name} {values} for {rank} axes")
    return values


def kernel_shape(node: Node, rank: int) -> tuple[int, ...]:
    """Return a pool's kernel."""
    shape = node.integer_list("kernel_shape")
    if shape is None or len(shape) != rank or min(shape, default=1) < 1:
        node.malformed(f"has the kernel {shape} for {rank} axes")
    return tuple(shape)
