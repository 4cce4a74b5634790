"""Pictures in space: the surface of an output over the plane, and decision boundaries of three inputs."""

import numpy as np
import numpy.typing as npt
from matplotlib import colormaps
from matplotlib.figure import Figure
from mpl_toolkits.mplot3d.art3d import Line3DCollection, Poly3DCollection

from exactgeo.arithmetic.affine import AffineForm
from exactgeo.complexes import DecisionBoundary, Skeleton, mesh
from exactgeo.complexes.skeletons.skeleton import value_at
from exactgeo.errors import InvalidArgument
from exactgeo.plots import colours
from exactgeo.plots.pictures import caption, demand_bounded, new_figure
from exactgeo.plots.planes import floats, layers_of
from exactgeo.polyhedra.polygons import ring
from exactgeo.polyhedra.shapes import Shape

_VIEW = {"elev": 28, "azim": -60}
_TIERS = 0.9  # how far below the surface its skeleton is drawn, as a share of its height


def draw_surface(skeleton: Skeleton) -> Figure:
    """Draw the graph of an output, or unit, over the plane, above its skeleton.

    Args:
        skeleton: of one function of two inputs, in a bounded domain.

    Raises:
        InvalidArgument: for more functions, another number of inputs, or an unbounded domain.
    """
    cells = skeleton.cells
    if cells.dimension != 2 or len(skeleton.maps[0]) != 1:  # noqa: PLR2004
        raise InvalidArgument("a surface shows one output of a network with two inputs: give output=0, and restrict it")
    demand_bounded(cells)
    figure = new_figure()
    axes = figure.add_subplot(projection="3d", computed_zorder=False)
    surface = [_lifted(shape, forms[0]) for shape, forms in zip(skeleton.cells.shapes, skeleton.maps, strict=True)]
    heights = np.concatenate([part[:, 2] for part in surface])
    low, high = float(heights.min()), float(heights.max())
    floor = low - _TIERS * ((high - low) or 1.0)
    lines = [np.column_stack([floats(c.facet.flat.generators), [floor, floor]]) for c in skeleton.creases]
    if lines:
        creases = Line3DCollection(lines, colors=colours.of_layers(layers_of(skeleton)), linewidths=0.8)
        creases.set_zorder(0)  # below the surface, which is seen from above
        axes.add_collection3d(creases)
    means = np.array([part[:, 2].mean() for part in surface])
    shades = colormaps["cividis"]((means - low) / ((high - low) or 1.0))
    axes.add_collection3d(Poly3DCollection(surface, facecolors=shades, edgecolors=colours.INK, linewidths=0.15))
    corners = np.concatenate(surface)
    axes.set(
        xlim=(corners[:, 0].min(), corners[:, 0].max()),
        ylim=(corners[:, 1].min(), corners[:, 1].max()),
        zlim=(floor, high if high > floor else floor + 1),
        xlabel="$x_1$",
        ylabel="$x_2$",
        zlabel="value",
    )
    axes.view_init(**_VIEW)
    caption(figure, cells.arrangement, f"surface over its skeleton of {len(skeleton.creases):,} creases by layer")
    return figure


def _lifted(shape: Shape, form: AffineForm) -> npt.NDArray[np.float64]:
    """Return the corners of the surface over a cell."""
    corners = ring(shape)
    return np.column_stack([floats(corners), [float(value_at(form, corner)) for corner in corners]])


def draw_mesh(boundary: DecisionBoundary) -> Figure:
    """Draw the decision boundary of a network with three inputs, lit from above.

    Raises:
        InvalidArgument: where `mesh` does, or if the boundary is empty.
    """
    found = mesh(boundary)
    if not found.polygons:
        raise InvalidArgument("the boundary is empty: there is nothing to draw")
    places = floats(found.vertices)
    figure = new_figure()
    axes = figure.add_subplot(projection="3d")
    polygons = [places[list(ring)] for ring in found.polygons]
    axes.add_collection3d(
        Poly3DCollection(polygons, facecolors=colours.LIGHT[0], edgecolors=colours.INK, linewidths=0.15, shade=True)
    )
    low, high = places.min(axis=0), places.max(axis=0)
    axes.set(
        xlim=(low[0], high[0]),
        ylim=(low[1], high[1]),
        zlim=(low[2], high[2]),
        xlabel="$x_1$",
        ylabel="$x_2$",
        zlabel="$x_3$",
    )
    axes.set_box_aspect(high - low)
    axes.view_init(**_VIEW)
    kind = "watertight" if found.is_watertight else "not closed"
    caption(
        figure,
        boundary.cells.arrangement,
        f"decision boundary of {len(found.polygons):,} polygons, a mesh that is {kind}",
    )
    return figure
