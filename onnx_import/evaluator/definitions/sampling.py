"""Values at positions that a grid gives, and the grids of affine maps."""

import itertools

import numpy as np
from gmpy2 import mpq

from onnx_import.evaluator.definitions.interpolation import floor
from onnx_import.evaluator.definitions.registry import defines
from onnx_import.evaluator.floats import round_half_even
from onnx_import.evaluator.nodes import Call
from onnx_import.evaluator.values import Array, Tensor, objects, reals


@defines("GridSample", 16, 20, 22)
def grid_sample(call: Call) -> Tensor:
    """Entries, or means of neighbouring ones, at the positions of a grid; -1 and 1 are the ends of an axis."""
    x, grid = call.reals(0), call.reals(1)
    rank = x.ndim - 2
    linear = "linear" if call.version >= 20 else "bilinear"
    mode = call.text("mode", linear, "nearest")
    padding = call.text("padding_mode", "zeros", "border", "reflection")
    aligned = call.flag("align_corners")
    if rank < 1 or grid.ndim != x.ndim or grid.shape[0] != x.shape[0] or grid.shape[-1] != rank or 0 in x.shape[2:]:
        raise call.malformed(f"a grid of shape {grid.shape} for an input of shape {x.shape}")
    result = np.full((*x.shape[:2], *grid.shape[1:-1]), mpq(0), dtype=object)
    for place in np.ndindex(grid.shape[:-1]):
        # The grid names the last axis first.
        point = [_position(g, n, aligned=aligned) for g, n in zip(grid[place][::-1], x.shape[2:], strict=True)]
        axes = [_taps(call, p, n, mode, padding, aligned=aligned) for p, n in zip(point, x.shape[2:], strict=True)]
        total: Array = np.full(x.shape[1], mpq(0), dtype=object)
        for taps in itertools.product(*axes):
            weight = mpq(1)
            for _, factor in taps:
                weight *= factor
            total = total + weight * x[(place[0], slice(None), *(index for index, _ in taps))]
        result[(place[0], slice(None), *place[1:])] = total
    return reals(result, call.tensor(0).kind)


def _position(grid: mpq, length: int, *, aligned: bool) -> mpq:
    return (grid + 1) * (length - 1) / 2 if aligned else ((grid + 1) * length - 1) / 2


def _taps(call: Call, position: mpq, length: int, mode: str, padding: str, *, aligned: bool) -> list[tuple[int, mpq]]:
    """The entries of an axis that take part, and their weights."""
    if mode == "nearest":
        if padding == "reflection" and position.denominator == 2 and not 0 <= position <= length - 1:
            raise call.unsupported(
                "the nearest of two entries beyond the border, which may be reflected before or after"
            )
        taps = [(round_half_even(position), mpq(1))]
    else:
        low = floor(position)
        taps = [(low, low + 1 - position), (low + 1, position - low)]
    inside = []
    for index, weight in taps:
        kept: int | None = index
        if not 0 <= index < length:
            kept = _outside(index, length, padding, aligned=aligned)
        if kept is not None and weight:
            inside.append((kept, weight))
    return inside


def _outside(index: int, length: int, padding: str, *, aligned: bool) -> int | None:
    """What stands for an entry beyond the border; None for zero."""
    if padding == "zeros":
        return None
    if padding == "border":
        return 0 if index < 0 else length - 1
    if aligned:
        period = max(2 * (length - 1), 1)
        folded = index % period
        return min(folded, period - folded) if length > 1 else 0
    folded = index % (2 * length)
    return min(folded, 2 * length - 1 - folded)


@defines("AffineGrid", 20)
def affine_grid(call: Call) -> Tensor:
    """The images of evenly spaced points under affine maps; the coordinates of the last axis come first."""
    theta, size = call.reals(0), call.integer_list(1)
    rank = len(size) - 2
    if rank not in {2, 3} or theta.shape != (size[0], rank, rank + 1) or min(size) < 1:
        raise call.malformed(f"maps of shape {theta.shape} for a grid of size {size}")
    aligned = call.flag("align_corners")
    if aligned and 1 in size[2:]:
        raise call.unsupported("align_corners with an axis of one entry, which has no two ends")
    lines = [[_spaced(i, n, aligned=aligned) for i in range(n)] for n in size[2:]]
    entries = []
    for image in theta:
        for point in itertools.product(*lines):
            homogeneous = [*point[::-1], mpq(1)]
            entries += [sum((t * c for t, c in zip(row, homogeneous, strict=True)), start=mpq(0)) for row in image]
    return reals(objects(entries, (size[0], *size[2:], rank)), call.tensor(0).kind)


def _spaced(index: int, length: int, *, aligned: bool) -> mpq:
    return mpq(2 * index, length - 1) - 1 if aligned else mpq(2 * index + 1, length) - 1
