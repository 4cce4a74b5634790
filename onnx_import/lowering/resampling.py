"""How one axis is resized: where each result lies among the entries, and which of them it is a sum of, exactly."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from exactgeo.arithmetic.rationals import Rational
from onnx_import.lowering.interpolation import HALF, ONE, Kernel, ceiling, floor, round_half_up, weights_around
from onnx_import.lowering.nodes import Node

ROUNDINGS: Mapping[str, Callable[[Rational], int]] = {
    "round_prefer_floor": lambda position: ceiling(position - HALF),
    "round_prefer_ceil": round_half_up,
    "floor": floor,
    "ceil": ceiling,
}
"""What the nearest entry of a position is."""

CROP = "tf_crop_and_resize"


@dataclass(frozen=True, slots=True)
class Stretch:
    """The resizing of one axis.

    Attributes:
        axis: its number.
        before: how many entries it has.
        after: how many it will have.
        scale: by how much it grows, about after / before.
        lengths: what the standard's `length_resized` may mean: `after`, and what `after` was rounded from.
        start, end: the region of interest as parts of the axis.
    """

    axis: int
    before: int
    after: int
    scale: Rational
    lengths: tuple[Rational, ...]
    start: Rational
    end: Rational

    @property
    def keeps(self) -> bool:
        """Whether the axis stays as it is."""
        return self.after == self.before and self.scale == 1 and (self.start, self.end) == (0, 1)


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the values at positions between the entries are made from the entries.

    Attributes:
        coordinates: the standard's name for how results are laid over the entries.
        rounding: gives the nearest entry, for the nearest mode; None for the others.
        kernel: the weights.
        reach: of the kernel.
        exclude_outside: whether the weights outside of the axis are left out, the others taking their part; if not,
            the first and the last entry go on outside.
        antialias: whether the kernel is widened where the axis shrinks.
    """

    coordinates: str
    rounding: Callable[[Rational], int] | None
    kernel: Kernel
    reach: int
    exclude_outside: bool = False
    antialias: bool = False


def positions(node: Node, stretch: Stretch, sampling: Sampling) -> list[Rational]:
    """Return where each result lies among the entries.

    The standard's text calls the length of the resized axis an integer in some places and not in others, and its
    reference implementation and runtimes differ. Where that makes a difference, the node is refused.
    """
    readings = [
        [_position(sampling.coordinates, stretch, Rational(place), length) for place in range(stretch.after)]
        for length in stretch.lengths
    ]
    if any(reading != readings[0] for reading in readings):
        node.refuse(
            f"resizes axis {stretch.axis} in the mode '{sampling.coordinates}' by a scale that does not give a whole "
            f"length ({stretch.before} entries, {stretch.after} results), for which the standard has two readings; "
            "give the sizes instead of the scales"
        )
    return readings[0]


def rows(node: Node, stretch: Stretch, sampling: Sampling, where: list[Rational]) -> list[dict[int, Rational]]:
    """Return the weights of the entries in each result."""
    found = [_row(node, stretch, sampling, position) for position in where]
    if stretch.keeps and found != [{place: ONE} for place in range(stretch.before)]:
        node.refuse(
            f"changes axis {stretch.axis} by the formula of the mode '{sampling.coordinates}' although its scale is 1; "
            "runtimes leave such an axis as it is"
        )
    return found


def _row(node: Node, stretch: Stretch, sampling: Sampling, position: Rational) -> dict[int, Rational]:
    if sampling.rounding is None:
        wider = max(ONE, 1 / stretch.scale) if sampling.antialias else ONE
        weights = weights_around(position, sampling.kernel, sampling.reach, wider)
    else:
        weights = {sampling.rounding(position): ONE}
    if sampling.exclude_outside:
        weights = {place: weight for place, weight in weights.items() if 0 <= place < stretch.before}
    total = sum(weights.values(), Rational(0))
    if total == 0:
        node.refuse(f"has a result along axis {stretch.axis} for which the weights of the entries add up to 0")
    row: dict[int, Rational] = {}
    for place, weight in weights.items():
        inside = min(max(place, 0), stretch.before - 1)
        row[inside] = row.get(inside, Rational(0)) + weight / total
    return row


def _position(mode: str, stretch: Stretch, place: Rational, length: Rational) -> Rational:
    """Return the standard's x_original for x_resized = `place` and length_resized = `length`."""
    last = Rational(stretch.before - 1)
    centred = (place + HALF) / stretch.scale - HALF
    if mode == "asymmetric":
        return place / stretch.scale
    if mode == "align_corners":
        return place * last / (length - 1) if place else Rational(0)
    if mode == CROP and length > 1:
        return stretch.start * last + place * (stretch.end - stretch.start) * last / (length - 1)
    if mode == CROP or (mode == "pytorch_half_pixel" and length <= 1):
        return (stretch.start + stretch.end) / 2 * last if mode == CROP else Rational(0)
    return centred + _shift(mode, stretch)


def _shift(mode: str, stretch: Stretch) -> Rational:
    """Return how far a mode moves results from where their centres lie."""
    if mode == "half_pixel_symmetric":
        return Rational(stretch.before) / 2 * (1 - stretch.after / (stretch.scale * stretch.before))
    return HALF if mode == "tf_half_pixel_for_nn" else Rational(0)
