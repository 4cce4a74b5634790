"""The graph of a network of one input."""

import numpy as np
from matplotlib.figure import Figure

from exactgeo.complexes import CellComplex
from exactgeo.complexes.skeletons.skeleton import value_at
from exactgeo.errors import InvalidArgument
from exactgeo.plots import colours
from exactgeo.plots.pictures import caption, new_figure


def draw_graph(cells: CellComplex) -> Figure:
    """Draw the outputs of a network with one input, with a dot wherever one bends or jumps.

    Raises:
        InvalidArgument: for more inputs, or an unbounded domain.
    """
    if cells.dimension != 1:
        raise InvalidArgument(f"a graph is of one input, and the network has {cells.dimension}: restrict it to a slice")
    if not all(shape.is_bounded for shape in cells.shapes):
        raise InvalidArgument("a picture needs a bounded domain, such as box:-1,1")
    figure = new_figure(wide=True)
    axes = figure.add_subplot()
    for output in range(cells.arrangement.program.output_count):
        colour = colours.BRIGHT[output % len(colours.BRIGHT)]
        pieces = []
        for shape, maps in zip(cells.shapes, cells.affine_maps, strict=True):
            ends = sorted((v[1] / v[0], float(value_at(maps[output], v))) for v in shape.generators)
            pieces.append(np.array(ends))
        for number, ends in enumerate(sorted(pieces, key=lambda part: float(part[0, 0]))):
            label = f"output {output}" if not number else None
            axes.plot(ends[:, 0], ends[:, 1], color=colour, linewidth=1.6, label=label)
        bent = [facet for facet, here, there in cells.interior() if _bends(cells, here, there, output)]
        for facet in bent:
            (vector,) = facet.flat.generators
            values = [float(value_at(cells.affine_maps[cell][output], vector)) for cell in facet.cells]
            axes.plot([vector[1] / vector[0]] * len(values), values, "o", color=colour, markersize=3.5)
    axes.set(xlabel="$x$", ylabel="outputs")
    axes.legend(fontsize=8)
    axes.margins(x=0)
    caption(figure, cells.arrangement, "graph; dots where an output bends or jumps")
    return figure


def _bends(cells: CellComplex, here: int, there: int, output: int) -> bool:
    return cells.affine_maps[here][output] != cells.affine_maps[there][output]
