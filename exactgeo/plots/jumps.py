"""Discontinuous outputs over the plane: their values, and how far they jump where."""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from exactgeo.arithmetic.rationals import Rational
from exactgeo.complexes import Crease, Skeleton
from exactgeo.complexes.skeletons.skeleton import value_at
from exactgeo.errors import InvalidArgument
from exactgeo.plots import colours
from exactgeo.plots.pictures import as_float, caption, new_figure
from exactgeo.plots.planes import demand_plane, floats, set_plane
from exactgeo.polyhedra.polygons import ring

_PARTS = 24  # of a line whose width changes
_WIDEST = 7.0
_THINNEST = 0.6


def draw_jumps(skeleton: Skeleton) -> Figure:
    """Draw the values of an output, or unit, over the plane, and where it jumps: lines as thick as the jump is high.

    Thin lines are creases at which the function bends and does not jump.

    Args:
        skeleton: of one function of two inputs, in a bounded domain.

    Raises:
        InvalidArgument: for more functions, another number of inputs, an unbounded domain, or a value too large for a
            float.
    """
    demand_plane(skeleton.cells)
    if len(skeleton.maps[0]) != 1:
        raise InvalidArgument("values are those of one output: give the skeleton of one, by output=0")
    figure = new_figure()
    axes = figure.add_subplot()
    _shade(figure, axes, skeleton)
    jumping = [(crease, _heights(crease)) for crease in skeleton.creases if not crease.is_continuous]
    bends = [floats(crease.facet.flat.generators) for crease in skeleton.creases if crease.is_continuous]
    axes.add_collection(LineCollection(bends, colors=colours.INK, linewidths=_THINNEST))
    greatest = max((abs(height) for _, heights in jumping for height in heights), default=Rational(0))
    if jumping:
        _draw_jumping(axes, jumping, greatest)
        line = Line2D([], [], color=colours.BOUNDARY, linewidth=_WIDEST, label=f"jump of {float(greatest):.3g}")
        axes.legend(handles=[line], loc="upper right", fontsize=8, framealpha=0.9)
    set_plane(axes, skeleton.cells)
    what = f"values; {len(jumping):,} of {len(skeleton.creases):,} creases jump, by {float(greatest):.3g} at most"
    caption(figure, skeleton.cells.arrangement, what)
    return figure


def _shade(figure: Figure, axes: Axes, skeleton: Skeleton) -> None:
    """Colour each cell by the function's values, which are affine on its triangles."""
    corners: list[npt.NDArray[np.float64]] = []
    values: list[float] = []
    triangles: list[tuple[int, int, int]] = []
    for shape, (form,) in zip(skeleton.cells.shapes, skeleton.maps, strict=True):
        around = ring(shape)
        first = len(values)
        triangles += [(first, first + k, first + k + 1) for k in range(1, len(around) - 1)]
        corners.append(floats(around))
        values += [as_float(value_at(form, vector)) for vector in around]
    x, y = np.concatenate(corners).T
    low, high = min(values), max(values)
    shading = axes.tripcolor(
        x,
        y,
        np.array(values),
        triangles=np.array(triangles),
        shading="gouraud",
        cmap="cividis",
        vmin=low,
        vmax=high if high > low else low + 1,
        rasterized=True,
    )
    figure.colorbar(shading, ax=axes, shrink=0.8, label="value")


def _heights(crease: Crease) -> tuple[Rational, Rational]:
    """Return the jump at both ends of a crease of the plane; between them it is affine."""
    (positive,), (negative,) = crease.positive, crease.negative
    first, last = crease.facet.flat.generators
    return value_at(positive - negative, first), value_at(positive - negative, last)


def _draw_jumping(axes: Axes, jumping: Sequence[tuple[Crease, tuple[Rational, Rational]]], greatest: Rational) -> None:
    """Draw each crease in short parts, as wide as the jump is high in their middles."""
    parts = [part for crease, heights in jumping for part in _parts(crease, heights, greatest)]
    widths = [_THINNEST + (_WIDEST - _THINNEST) * share for _, share in parts]
    axes.add_collection(LineCollection([line for line, _ in parts], colors=colours.BOUNDARY, linewidths=widths))


def _parts(
    crease: Crease, heights: tuple[Rational, Rational], greatest: Rational
) -> Iterator[tuple[npt.NDArray[np.float64], float]]:
    """Yield the parts of a crease, with the jump's height there as a share of the greatest one."""
    first, last = floats(crease.facet.flat.generators)
    low, high = (float(height / greatest) for height in heights)
    for k in range(_PARTS):
        ends = np.array([first + (last - first) * end / _PARTS for end in (k, k + 1)])
        yield ends, abs(low + (high - low) * (k + 0.5) / _PARTS)
