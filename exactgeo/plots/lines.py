"""The graph of a network of one input."""

from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from exactgeo.complexes import CellComplex
from exactgeo.complexes.skeletons.skeleton import value_at
from exactgeo.errors import InvalidArgument
from exactgeo.plots import colours
from exactgeo.plots.pictures import caption, demand_bounded, new_figure


def draw_graph(cells: CellComplex) -> Figure:
    """Draw the outputs of a network with one input, with a dot wherever one bends or jumps.

    Raises:
        InvalidArgument: for more inputs, or an unbounded domain.
    """
    if cells.dimension != 1:
        raise InvalidArgument(f"a graph is of one input, and the network has {cells.dimension}: restrict it to a slice")
    demand_bounded(cells)
    figure = new_figure(wide=True)
    axes = figure.add_subplot()
    for output in range(cells.arrangement.program.output_count):
        colour = colours.BRIGHT[output % len(colours.BRIGHT)]
        pieces = []
        for shape, maps in zip(cells.shapes, cells.affine_maps, strict=True):
            pieces.append(sorted((v[1] / v[0], float(value_at(maps[output], v))) for v in shape.generators))
        axes.add_collection(LineCollection(pieces, colors=colour, linewidths=1.6, label=f"output {output}"))
        dots = [
            (vector[1] / vector[0], float(value_at(cells.affine_maps[cell][output], vector)))
            for facet, here, there in cells.interior()
            if cells.affine_maps[here][output] != cells.affine_maps[there][output]
            for vector in facet.flat.generators
            for cell in facet.cells
        ]
        axes.scatter([x for x, _ in dots], [y for _, y in dots], s=12, color=colour, zorder=3)
    axes.set(xlabel="$x$", ylabel="outputs")
    axes.legend(fontsize=8)
    axes.autoscale_view()
    axes.margins(x=0)
    caption(figure, cells.arrangement, "graph; dots where an output bends or jumps")
    return figure
