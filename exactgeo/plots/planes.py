"""The plane, as a network of two inputs divides it."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from exactgeo.complexes import CellComplex, DecisionBoundary, Skeleton
from exactgeo.errors import InvalidArgument
from exactgeo.networks.programs import demand_number
from exactgeo.plots import colours
from exactgeo.plots.colours import Colouring
from exactgeo.plots.pictures import caption, demand_bounded, new_figure
from exactgeo.polyhedra.polygons import ring
from exactgeo.polyhedra.shapes import Vector, rounded

_PLANE = 2
_MOST_NAMED = 12  # entries of a legend
_FEW = 500  # cells, of which lines of full width are not too many


def draw_plane(
    cells: CellComplex,
    *,
    colouring: Colouring = Colouring.PATTERN,
    skeleton: Skeleton | None = None,
    boundary: DecisionBoundary | None = None,
    data: Sequence[Sequence[float]] = (),
    labels: Sequence[int] = (),
    marks: Mapping[str, Sequence[float]] = MappingProxyType({}),
    output: int = 0,
) -> Figure:
    """Draw the cells of a network with two inputs, its creases over them, its decision boundary over all.

    Args:
        cells: in a bounded domain.
        colouring: what the colours of the cells say: nothing but that they are others, how steep an output is, or which
            class it is.
        skeleton: whose creases to draw, in the colours of the layers that made them; None for all borders of cells.
        boundary: what to draw on top, and by which classes to colour.
        data: points to draw on top, (points, 2).
        labels: their classes.
        marks: points with names, such as those through which a slice goes.
        output: whose gradient.

    Raises:
        InvalidArgument: for another number of inputs, an unbounded domain, classes without a boundary, or an output
            that there is not.
    """
    demand_plane(cells)
    demand_number("output", output, cells.arrangement.program.output_count)
    figure = new_figure()
    axes = figure.add_subplot()
    _fill(figure, axes, cells, colouring, boundary, output)
    entries: list[Any] = []
    if skeleton is None:
        outlines = LineCollection(
            [floats(f.flat.generators) for f in cells.facets], colors=colours.INK, linewidths=_width(cells, 0.6)
        )
        axes.add_collection(outlines)
    else:
        entries += _draw_creases(axes, skeleton)
    if boundary is not None:
        lines = [floats(piece.facet.flat.generators) for piece in boundary.pieces]
        axes.add_collection(
            LineCollection(lines, colors=colours.BOUNDARY, linewidths=2.2, capstyle="round", label="boundary")
        )
    if len(data):
        _draw_data(axes, np.asarray(data, dtype=float), labels)
    for name, (x, y) in marks.items():
        axes.plot(x, y, "o", color="white", markeredgecolor=colours.INK, markersize=5, zorder=5)
        axes.annotate(
            name, (x, y), xytext=(5, 5), textcoords="offset points", fontsize=9, zorder=5, annotation_clip=True
        )
    set_plane(axes, cells)
    entries += _class_entries(cells, boundary, colouring)
    if entries:
        axes.legend(handles=entries[:_MOST_NAMED], loc="upper right", fontsize=8, framealpha=0.9)
    caption(figure, cells.arrangement, _title(colouring, skeleton, boundary))
    return figure


def demand_plane(cells: CellComplex) -> None:
    """Raise InvalidArgument if the cells are not those of a bounded part of the plane."""
    if cells.dimension != _PLANE:
        raise InvalidArgument(
            f"a picture of the plane needs two inputs, and the network has {cells.dimension}: restrict it to a slice"
        )
    demand_bounded(cells)


def floats(vectors: Iterable[Vector]) -> npt.NDArray[np.float64]:
    """Return points x / w as floats, (points, inputs)."""
    return np.array(list(map(rounded, vectors)))


def _width(cells: CellComplex, most: float) -> float:
    """Return a line's width, thinner where there are more."""
    return most / float(np.sqrt(max(1.0, len(cells.shapes) / _FEW)))


def _fill(
    figure: Figure,
    axes: Axes,
    cells: CellComplex,
    colouring: Colouring,
    boundary: DecisionBoundary | None,
    output: int,
) -> None:
    shown = cells
    if colouring is Colouring.CLASS:
        if boundary is None:
            raise InvalidArgument("classes are a decision boundary's: give one")
        shown, filling = boundary.cells, colours.by_class(boundary)
    elif colouring is Colouring.GRADIENT:
        filling, scale = colours.by_gradient(cells, output)
        mappable = ScalarMappable(scale, "cividis")
        figure.colorbar(mappable, ax=axes, shrink=0.8, label=f"norm of the gradient of output {output}")
    else:
        filling = colours.by_pattern(cells)
    # Edges in the colour of the face: without them, viewers show hairlines between neighbours.
    polygons = PolyCollection(
        [floats(ring(shape)) for shape in shown.shapes], facecolors=filling, edgecolors=filling, linewidths=0.2
    )
    axes.add_collection(polygons)


def _draw_creases(axes: Axes, skeleton: Skeleton) -> list[Line2D]:
    """Draw creases; return what the legend says of them."""
    layers = layers_of(skeleton)
    lines = [floats(crease.facet.flat.generators) for crease in skeleton.creases]
    width = _width(skeleton.cells, 1.3)
    axes.add_collection(LineCollection(lines, colors=colours.of_layers(layers), linewidths=width, capstyle="round"))
    return [
        Line2D([], [], color=colours.of_layers([k])[0], label=f"creases of layer {k + 1}") for k in sorted(set(layers))
    ]


def layers_of(skeleton: Skeleton) -> list[int]:
    """Return for each crease the layer of the unit that made it."""
    starts = np.array([layer.start for layer in skeleton.cells.arrangement.program.layers])
    units = np.array([crease.units[0] for crease in skeleton.creases], dtype=np.int64)
    found: list[int] = (np.searchsorted(starts, units, side="right") - 1).tolist()
    return found


def _draw_data(axes: Axes, points: npt.NDArray[np.float64], labels: Sequence[int]) -> None:
    marks = np.array(labels, dtype=int) if len(labels) else np.zeros(len(points), dtype=int)
    for label in np.unique(marks):
        own = points[marks == label]
        colour = colours.BRIGHT[label % len(colours.BRIGHT)]
        axes.scatter(own[:, 0], own[:, 1], s=10, color=colour, edgecolors="white", linewidths=0.4, zorder=4)


def set_plane(axes: Axes, cells: CellComplex) -> None:
    """Make the axes show what the cells fill, undistorted."""
    corners = np.concatenate([floats(shape.generators) for shape in cells.shapes])
    (left, bottom), (right, top) = corners.min(axis=0), corners.max(axis=0)
    axes.set(xlim=(left, right), ylim=(bottom, top), xlabel="$x_1$", ylabel="$x_2$", aspect="equal")


def _class_entries(cells: CellComplex, boundary: DecisionBoundary | None, colouring: Colouring) -> list[Any]:
    """Return what the legend says of the boundary and of classes."""
    if boundary is None:
        return []
    entries: list[Any] = [Line2D([], [], color=colours.BOUNDARY, linewidth=2.2, label="decision boundary")]
    if colouring is Colouring.CLASS:
        names = boundary.rule.names(cells.arrangement.program)
        entries += [Patch(color=colour, label=names[label]) for label, colour in colours.of_classes(boundary).items()]
    return entries


def _title(colouring: Colouring, skeleton: Skeleton | None, boundary: DecisionBoundary | None) -> str:
    parts = {
        Colouring.PATTERN: "cells, neighbours in different colours",
        Colouring.GRADIENT: "cells by how steep the output is",
        Colouring.CLASS: "cells by class",
    }
    lines = ["borders of cells" if skeleton is None else f"{len(skeleton.creases):,} creases by layer"]
    if boundary is not None:
        lines.append(f"decision boundary of {len(boundary.pieces):,} segments")
    return "; ".join([parts[colouring], *lines])
