"""Graphs of exact piecewise-linear functions."""

from collections.abc import Mapping
from itertools import pairwise

from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from exactgeo.analyses.families import PiecewiseLinear
from exactgeo.plots import colours
from exactgeo.plots.pictures import as_float, new_figure, write_below


def draw_functions(
    functions: Mapping[str, PiecewiseLinear], *, parameter: str = "$r$", measured: bool = False, text: str = ""
) -> Figure:
    """Draw functions of one parameter: stretches, a dot at each break at which one jumps, small ones where it bends.

    Args:
        functions: by their names in the legend.
        parameter: what the horizontal axis is called.
        measured: whether to draw the diagonal, too, on which a function would be that measures the parameter.
        text: to stand below.

    Raises:
        InvalidArgument: if a number is too large for a float.
    """
    for function in functions.values():
        _demand_drawable(function)
    figure = new_figure(wide=True)
    axes = figure.add_subplot()
    for number, (name, function) in enumerate(functions.items()):
        colour = colours.BRIGHT[number % len(colours.BRIGHT)]
        stretches = [
            [(float(r), float(slope * r + intercept)) for r in ends]
            for (slope, intercept), ends in zip(function.lines, pairwise(function.breaks), strict=True)
        ]
        axes.add_collection(LineCollection(stretches, colors=colour, linewidths=1.6, label=name))
        sizes = [4 if set(function.limits(k)) <= {None, value} else 18 for k, value in enumerate(function.values)]
        axes.scatter(
            [float(r) for r in function.breaks], [float(v) for v in function.values], s=sizes, color=colour, zorder=3
        )
    if measured:
        ends = [float(r) for function in functions.values() for r in (function.breaks[0], function.breaks[-1])]
        axes.plot([min(ends), max(ends)], [min(ends), max(ends)], color=colours.INK, linewidth=0.8, linestyle=":")
    axes.set(xlabel=parameter, ylabel="outputs")
    axes.legend(fontsize=8)
    axes.autoscale_view()
    axes.margins(x=0.02)
    write_below(figure, text)
    return figure


def _demand_drawable(function: PiecewiseLinear) -> None:
    for size in (*function.breaks, function.supremum().value, function.infimum().value):
        as_float(size)
