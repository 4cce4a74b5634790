"""Pictures of what a network does to the plane, and to the line and to space. Need matplotlib: exactgeo[plots].

Everything exact is rounded to floats here, and nowhere before: pictures are to look at, not to reason from.
"""

try:
    import matplotlib as mpl  # noqa: F401 (only to see that it is there)
except ImportError as error:
    from exactgeo.errors import MissingDependency

    raise MissingDependency("exactgeo.plots needs matplotlib: pip install 'exactgeo[plots]'") from error

from exactgeo.plots.colours import Colouring as Colouring
from exactgeo.plots.features import draw_difference as draw_difference
from exactgeo.plots.features import draw_frequencies as draw_frequencies
from exactgeo.plots.functions import draw_functions as draw_functions
from exactgeo.plots.jumps import draw_jumps as draw_jumps
from exactgeo.plots.lines import draw_graph as draw_graph
from exactgeo.plots.matrices import draw_matrix as draw_matrix
from exactgeo.plots.pictures import caption as caption
from exactgeo.plots.pictures import demand_format as demand_format
from exactgeo.plots.pictures import save as save
from exactgeo.plots.planes import draw_plane as draw_plane
from exactgeo.plots.spaces import draw_mesh as draw_mesh
from exactgeo.plots.spaces import draw_surface as draw_surface
