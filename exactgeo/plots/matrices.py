"""Symmetric matrices as pictures."""

from collections.abc import Sequence

from matplotlib.colors import CenteredNorm
from matplotlib.figure import Figure

from exactgeo.arithmetic.rationals import Rational
from exactgeo.plots.colours import INK
from exactgeo.plots.pictures import as_float, new_figure, write_below

_FEW = 12  # rows whose numbers are written


def draw_matrix(matrix: Sequence[Sequence[Rational]], text: str = "") -> Figure:
    """Draw a matrix: colours from blue, below 0, over white to red; of a small one, numbers, too.

    Args:
        matrix: its rows.
        text: to stand below.

    Raises:
        InvalidArgument: if a number is too large for a float.
    """
    numbers = [[as_float(value) for value in row] for row in matrix]
    figure = new_figure()
    axes = figure.add_subplot()
    image = axes.imshow(numbers, cmap="RdBu_r", norm=CenteredNorm())
    figure.colorbar(image, ax=axes, shrink=0.8)
    if len(numbers) <= _FEW:
        for i, row in enumerate(numbers):
            for j, value in enumerate(row):
                axes.text(j, i, f"{value:.4g}", ha="center", va="center", fontsize=8, color=INK)
    write_below(figure, text)
    return figure
