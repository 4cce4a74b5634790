"""Operators that read images between their pixels, at positions known at import: GridSample, AffineGrid, RoiAlign."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from exactgeo.arithmetic.arrays import ExactArray
from exactgeo.arithmetic.rationals import Rational
from exactgeo.networks.forms import SparseForms
from onnx_import.lowering.interpolation import (
    HALF,
    ONE,
    ceiling,
    cubic,
    floor,
    in_block,
    rationals,
    round_half_even,
    samples_matrix,
    tent,
    weights_around,
)
from onnx_import.lowering.nodes import Node
from onnx_import.lowering.registry import operator
from onnx_import.lowering.tensors import Value, linear_images

_CUBIC = cubic(Rational(-3, 4))
_OLD_MODES = {"bilinear": "linear", "nearest": "nearest", "bicubic": "cubic"}
_MOST_SAMPLES = 2**22  # the weights of a sample are worked out one by one


@dataclass(frozen=True, slots=True)
class _Grid:
    """How a grid's positions are read.

    Attributes:
        mode: "nearest", "linear" or "cubic".
        padding: "zeros", "border" or "reflection".
        aligned: whether -1 and 1 are the centres of the outer pixels, and not their outer edges.
    """

    mode: str
    padding: str
    aligned: bool

    @property
    def taps(self) -> int:
        """The most entries along an axis that a sample is a sum of."""
        return {"nearest": 1, "linear": 2, "cubic": 4}[self.mode]

    def along(self, node: Node, value: Rational, size: int) -> dict[int, Rational]:
        """Return the weights of the entries along an axis for a position that is -1 and 1 at its ends."""
        low, high = (Rational(0), Rational(size - 1)) if self.aligned else (-HALF, size - HALF)
        position = low + (value + 1) / 2 * (high - low)
        if self.mode == "nearest":
            position = self._nearest(node, position, low, high)
        if self.padding == "reflection":
            position = _mirrored(position, low, high)
        found = self._padded(position, low, high)
        if self.padding == "border" and not low <= position <= high:
            border = min(max(position, Rational(0)), Rational(size - 1))
            if self._padded(border, low, high) != found:
                node.refuse(
                    "interpolates by cubics across the border of its data: the standard does not say whether the "
                    "position or each of the pixels that are weighted is moved to the border, and runtimes differ"
                )
        return found

    def _nearest(self, node: Node, position: Rational, low: Rational, high: Rational) -> Rational:
        nearest = Rational(round_half_even(position))
        if self.padding == "reflection" and not low <= position <= high:
            mirrored = Rational(round_half_even(_mirrored(position, low, high)))
            if mirrored != _mirrored(nearest, low, high):
                node.refuse(
                    "takes the nearest of two pixels at the same distance beyond the border: the standard does not say "
                    "whether positions are rounded or mirrored first"
                )
        return nearest

    def _padded(self, position: Rational, low: Rational, high: Rational) -> dict[int, Rational]:
        weights: dict[int, Rational] = {}
        last = floor(high)
        for place, weight in self._weights(position).items():
            inside = place
            if self.padding == "border":
                inside = min(max(place, 0), last)
            elif self.padding == "reflection":
                inside = floor(_mirrored(Rational(place), low, high))
            if 0 <= inside <= last:
                weights[inside] = weights.get(inside, Rational(0)) + weight
        return {place: weight for place, weight in weights.items() if weight}

    def _weights(self, position: Rational) -> dict[int, Rational]:
        if self.mode == "nearest":
            return {floor(position): ONE}
        return weights_around(position, _CUBIC, 2) if self.mode == "cubic" else weights_around(position, tent, 1)


@operator("GridSample")
def grid_sample(node: Node) -> Sequence[Value]:
    """The data at the positions of a constant grid, interpolated; beyond the border zeros, its entries, or mirrored."""
    data, reading = node.floats(0), _grid(node)
    grid, rank = node.constant(1, "the positions of its samples"), len(data.shape) - 2
    fits = rank >= 1 and len(grid.shape) == rank + 2 and (grid.shape[0], grid.shape[-1]) == (data.shape[0], rank)
    if not fits or 0 in (*data.shape, *grid.shape) or (node.opset < 20 and rank != 2):  # noqa: PLR2004 (images, so far)
        node.malformed(f"samples an array of shape {data.shape} by a grid of shape {grid.shape}")
    sizes, channels, count = data.shape[2:], data.shape[1], prod(grid.shape[1:-1])
    demand_samples(node, data.shape[0] * count * reading.taps**rank)
    node.demand_size((data.shape[0], channels, count, reading.taps**rank))

    def matrices() -> Iterator[SparseForms]:
        for image in range(data.shape[0]):
            points = np.array(rationals(grid[image]), dtype=object).reshape(count, rank)[:, ::-1]
            samples = [
                [reading.along(node, value, size) for value, size in zip(point, sizes, strict=True)] for point in points
            ]
            matrix = samples_matrix(samples, sizes)
            for channel in range(channels):
                yield in_block(matrix, image * channels + channel, prod(sizes))

    return [linear_images(data, matrices(), (*data.shape[:2], *grid.shape[1:-1]))]


@operator("AffineGrid")
def affine_grid(node: Node) -> Sequence[Value]:
    """The images of evenly spaced points of [-1, 1]^2 or [-1, 1]^3 under affine maps; linear in the maps."""
    maps, size = node.floats(0), node.integers(1, "its size")
    rank = len(size) - 2
    if rank not in (2, 3) or min(size) < 1 or maps.shape != (size[0], rank, rank + 1):
        node.malformed(f"has maps of shape {maps.shape} for the size {size}")
    aligned = node.flag("align_corners", 0)
    if aligned and 1 in size[2:]:
        node.refuse("aligns the corners of a grid with a single point along an axis, whose place nothing defines")
    count = prod(size[2:])
    demand_samples(node, count * rank * (rank + 1) * size[0])
    axes = [[_even(place, length, aligned=aligned) for place in range(length)] for length in size[2:]]
    points = [(*(axes[axis][place] for axis, place in enumerate(places)), ONE) for places in np.ndindex(*size[2:])]
    last_first = [[*point[-2::-1], ONE] for point in points]

    def matrices() -> Iterator[SparseForms]:
        for image in range(size[0]):
            first = image * rank * (rank + 1)
            yield SparseForms.of(
                {first + row * (rank + 1) + k: value for k, value in enumerate(point)}
                for point in last_first
                for row in range(rank)
            )

    return [linear_images(maps, matrices(), (size[0], *size[2:], rank))]


@operator("RoiAlign")
def roi_align(node: Node) -> Sequence[Value]:
    """The mean of evenly spaced samples, interpolated linearly, in each bin of constant regions of interest."""
    data, rois = node.floats(0), node.constant(1, "its regions of interest")
    images = node.integers(2, "the numbers of its images")
    if (node.stored_attribute("mode", str) or "avg") != "avg":
        node.refuse(
            "takes maxima: the standard's text means those of interpolated samples, its reference implementation and "
            "runtimes take those of weighted pixels"
        )
    if len(data.shape) != 4 or 0 in data.shape or rois.shape != (len(images), 4):  # noqa: PLR2004 (N, C, H, W; x1 … y2)
        node.malformed(f"has an array of shape {data.shape}, regions of shape {rois.shape} and {len(images)} images")
    if any(not 0 <= image < data.shape[0] for image in images):
        node.malformed(f"reads an image outside the {data.shape[0]} of its batch")
    bins = (node.integer("output_height", 1), node.integer("output_width", 1))
    ratio = node.integer("sampling_ratio", 0)
    if min(bins) < 1 or ratio < 0:
        node.malformed(f"has bins of shape {bins} and the sampling_ratio {ratio}")
    corners = np.array(rationals(rois), dtype=object).reshape(-1, 4) * rationals(_scale(node))[0]
    sizes, channels, shifted = data.shape[2:], data.shape[1], _is_shifted(node)
    node.demand_size((len(images), channels, *bins))

    def matrices() -> Iterator[SparseForms]:
        for (x1, y1, x2, y2), image in zip(corners, images, strict=True):
            rows = [_mean(span, sizes[0]) for span in _bins(node, y1, y2, bins[0], ratio, shifted=shifted)]
            columns = [_mean(span, sizes[1]) for span in _bins(node, x1, x2, bins[1], ratio, shifted=shifted)]
            demand_samples(node, sum(map(len, rows)) * sum(map(len, columns)))
            matrix = samples_matrix([(row, column) for row in rows for column in columns], sizes)
            for channel in range(channels):
                yield in_block(matrix, image * channels + channel, prod(sizes))

    return [linear_images(data, matrices(), (len(images), channels, *bins))]


def demand_samples(node: Node, count: int) -> None:
    """Refuse to read so many entries with weights that are worked out one by one."""
    if count > _MOST_SAMPLES:
        node.refuse(f"reads {count} entries with weights of their own; {_MOST_SAMPLES} are the most")


def _grid(node: Node) -> _Grid:
    given, padding = node.stored_attribute("mode", str), node.stored_attribute("padding_mode", str) or "zeros"
    renamed = node.opset >= 20  # noqa: PLR2004 (the opset that did)
    mode = (given or "linear") if renamed else _OLD_MODES.get(given or "bilinear", "")
    if mode not in _OLD_MODES.values() or padding not in ("zeros", "border", "reflection"):
        node.malformed(f"has the mode '{given}' and the padding_mode '{padding}'")
    return _Grid(mode, padding, node.flag("align_corners", 0))


def _mirrored(position: Rational, low: Rational, high: Rational) -> Rational:
    """Return where a position comes to lie when the axis is folded at both ends."""
    if low <= position <= high:
        return position
    turns, rest = divmod(position - low, high - low)
    return low + rest if turns % 2 == 0 else high - rest


def _even(place: int, length: int, *, aligned: bool) -> Rational:
    """Return the place of one of `length` evenly spaced points of [-1, 1], from end to end or half a step in."""
    return Rational(2 * place, length - 1) - 1 if aligned else Rational(2 * place + 1, length) - 1


def _scale(node: Node) -> ExactArray:
    return node.real_attribute("spatial_scale", 1.0)


def _is_shifted(node: Node) -> bool:
    """Whether pixel 0 lies at 1/2 in the regions' coordinates."""
    mode = node.stored_attribute("coordinate_transformation_mode", str) if node.opset >= 16 else "output_half_pixel"  # noqa: PLR2004 (when it came)
    if mode not in (None, "half_pixel", "output_half_pixel"):
        node.malformed(f"has the coordinate_transformation_mode '{mode}'")
    return mode != "output_half_pixel"


def _bins(node: Node, start: Rational, end: Rational, count: int, ratio: int, *, shifted: bool) -> list[list[Rational]]:
    """Return where the samples of each bin lie along an axis."""
    length = end - start
    if length <= 0:
        node.refuse("has an empty region of interest, which is not supported")
    if shifted:
        start -= HALF
    else:
        length = max(length, ONE)
    samples = ratio or ceiling(length / count)
    demand_samples(node, count * samples)
    step = length / (count * samples)
    return [[start + (place * samples + k + HALF) * step for k in range(samples)] for place in range(count)]


def _mean(positions: Sequence[Rational], size: int) -> dict[int, Rational]:
    """Return the mean of linear interpolations; from -1 to `size` the outer entries go on, beyond there is 0."""
    weights: dict[int, Rational] = {}
    for position in positions:
        if -1 <= position <= size:
            inside = min(max(position, Rational(0)), Rational(size - 1))
            for place, weight in weights_around(inside, tent, 1).items():
                weights[place] = weights.get(place, Rational(0)) + weight / len(positions)
    return weights
