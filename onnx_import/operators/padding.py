"""Pad: entries added around an array, or cut off where the padding is negative."""

from collections.abc import Sequence

import numpy as np

from exactgeo.arithmetic.arrays import ExactArray
from onnx_import.lowering.nodes import Node
from onnx_import.lowering.registry import operator
from onnx_import.lowering.tensors import Tensor, Value, called_like, offsets, pick, positions_of, rearrange

_MODES = {"edge": "edge", "reflect": "reflect", "wrap": "wrap"}


@operator("Pad")
def pad(node: Node) -> Sequence[Value]:
    """The array with its axes padded, by a constant or by its own entries: mirrored, repeated, from the other end."""
    value = node.value(0)
    before, after = _amounts(node, len(value.shape))
    mode = node.stored_attribute("mode", str) or "constant"
    filling = _filling(node)  # which other modes ignore
    cut = [
        slice(max(-low, 0), size - max(-high, 0)) for low, high, size in zip(before, after, value.shape, strict=True)
    ]
    if any(part.start > part.stop for part in cut):
        node.malformed(f"cuts more off an array of shape {value.shape} than there is")
    if mode != "constant" and (mode not in _MODES or (mode == "wrap" and node.opset < 19)):  # noqa: PLR2004 (its first)
        node.malformed(f"pads in the mode '{mode}'")
    if mode != "constant" and min((*before, *after), default=0) < 0 < max((*before, *after), default=0):
        node.refuse(f"pads by {before} and {after} in the mode '{mode}': both cutting and padding, which is ambiguous")
    kept = rearrange(value, lambda array: array[tuple(cut)])
    widths = [(max(low, 0), max(high, 0)) for low, high in zip(before, after, strict=True)]
    node.demand_size([size + sum(width) for size, width in zip(kept.shape, widths, strict=True)])
    if not widths:
        return [kept]  # a scalar has no axes
    if mode == "constant":
        return [_filled(node, kept, widths, filling)]
    if 0 in kept.shape and any(sum(width) for width in widths):
        node.malformed(f"pads an array of shape {kept.shape} with its own entries")
    return [rearrange(kept, lambda array: np.pad(array, widths, mode=_MODES[mode]))]  # type: ignore[call-overload]


def _amounts(node: Node, rank: int) -> tuple[list[int], list[int]]:
    """Return how many entries are added before and after each axis."""
    if node.opset < 11:  # noqa: PLR2004 (the opset that made them an input)
        pads, axes = node.integer_list("pads"), None
    else:
        pads = node.integers(1, "its padding")
        axes = node.integers(3, "its axes") if node.opset >= 18 and node.has(3) else None  # noqa: PLR2004 (when they came)
    chosen = list(range(rank)) if axes is None else axes
    if (
        pads is None
        or len(pads) != 2 * len(chosen)
        or any(not -rank <= axis < rank for axis in chosen)
        or len({axis % rank for axis in chosen}) != len(chosen)
    ):
        node.malformed(f"pads an array of {rank} axes by {pads}, along the axes {axes}")
    before, after = [0] * rank, [0] * rank
    for k, axis in enumerate(chosen):
        before[axis], after[axis] = pads[k], pads[len(chosen) + k]
    return before, after


def _filled(node: Node, kept: Value, widths: list[tuple[int, int]], filling: Value | None) -> Value:
    """Return an array padded with the constant, which is 0 unless given and may itself depend on the data."""
    if isinstance(kept, np.ndarray) and (filling is None or isinstance(filling, np.ndarray)):
        if filling is not None and filling.dtype != kept.dtype:
            node.malformed(f"pads an array of type {kept.dtype} with a value of type {filling.dtype}")
        return np.pad(kept, widths, constant_values=kept.dtype.type(0) if filling is None else filling.item())
    if isinstance(kept, Tensor) and kept.kind == "truth":
        node.refuse("pads truth values of the data, which is not supported")
    number = ExactArray(np.array(0), 1) if filling is None else node.exact(filling, "its value")
    values = [node.exact(kept, "its input"), number]
    (start, end) = offsets(values)
    places = np.pad(positions_of(kept.shape) + start, widths, constant_values=end)
    return called_like(pick(values, places), [kept] if filling is None else [kept, filling])


def _filling(node: Node) -> Value | None:
    if node.opset < 11:  # noqa: PLR2004 (the opset that made it an input)
        return node.real_attribute("value", 0.0)
    if not node.has(2):
        return None
    filling: Value = node.value(2)
    if int(np.prod(filling.shape)) != 1:
        node.malformed(f"pads with a value of shape {filling.shape}; a scalar was expected")
    return filling
