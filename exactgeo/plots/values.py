"""An output's values over the plane, with the edges across which it jumps."""

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.tri import Triangulation

from exactgeo.arithmetic.affine import multiple_of, primitive
from exactgeo.arithmetic.rationals import Rational
from exactgeo.complexes import CellComplex, Facet
from exactgeo.errors import InvalidArgument
from exactgeo.networks.programs import demand_number
from exactgeo.plots import colours
from exactgeo.plots.pictures import caption, new_figure
from exactgeo.plots.planes import demand_plane, finish, floats
from exactgeo.polyhedra.polygons import ring

_MOST = 10**300  # so large, matplotlib still draws


def draw_values(cells: CellComplex, *, output: int = 0) -> Figure:
    """Draw an output of a network of two inputs: in each cell what it comes close to there; edges with a jump thick.

    Args:
        cells: in a bounded domain.
        output: which one.

    Raises:
        InvalidArgument: for another number of inputs, an unbounded domain, an output that there is not, or values too
            large for floats.
    """
    demand_plane(cells)
    demand_number("output", output, cells.arrangement.program.output_count)
    points: list[list[float]] = []
    values: list[float] = []
    triangles: list[tuple[int, int, int]] = []
    for shape, maps in zip(cells.shapes, cells.affine_maps, strict=True):
        start, corners = len(values), ring(shape)
        for weight, *corner in corners:
            value = maps[output](Rational(coordinate, weight) for coordinate in corner)
            if abs(value) > _MOST:
                raise InvalidArgument("a value is too large for a float: choose a smaller domain")
            values.append(float(value))
        points += floats(corners).tolist()
        triangles += [(start, start + k, start + k + 1) for k in range(1, len(corners) - 1)]
    figure = new_figure()
    axes = figure.add_subplot()
    x, y = np.array(points).T
    filling = axes.tripcolor(Triangulation(x, y, np.array(triangles)), values, shading="gouraud", cmap="cividis")
    figure.colorbar(filling, ax=axes, shrink=0.8, label=f"output {output}")
    inside = [facet for facet, _, _ in cells.interior()]
    jumping = [facet for facet in inside if _jumps(cells, facet, output)]
    for facets, width, colour in ((inside, 0.5, colours.INK), (jumping, 2.0, colours.BOUNDARY)):
        axes.add_collection(
            LineCollection([floats(facet.flat.generators) for facet in facets], colors=colour, linewidths=width)
        )
    finish(axes, cells)
    legend = [Line2D([], [], color=colours.BOUNDARY, linewidth=2.0, label="edges with a jump")]
    if jumping:
        axes.legend(handles=legend, loc="upper right", fontsize=8, framealpha=0.9)
    caption(figure, cells.arrangement, f"output {output}; it jumps across {len(jumping):,} of {len(inside):,} edges")
    return figure


def _jumps(cells: CellComplex, facet: Facet, output: int) -> bool:
    """Whether an output comes close to other values on one side of an edge than on the other."""
    here, there = (cells.affine_maps[cell][output] for cell in facet.cells)
    difference = primitive((here - there).numerators)
    return any(difference) and not multiple_of(difference, facet.hyperplane)
