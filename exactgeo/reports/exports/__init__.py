"""Files for other tools. Those of floats are marked as lossy wherever the format has a place for that."""

from exactgeo.reports.exports.arrays import write_npz as write_npz
from exactgeo.reports.exports.cddlib import write_ext as write_ext
from exactgeo.reports.exports.cddlib import write_ine as write_ine
from exactgeo.reports.exports.formulas import piecewise as piecewise
from exactgeo.reports.exports.graphs import adjacency_graph as adjacency_graph
from exactgeo.reports.exports.maps import write_boundary_geojson as write_boundary_geojson
from exactgeo.reports.exports.maps import write_cells_geojson as write_cells_geojson
from exactgeo.reports.exports.meshes import write_obj as write_obj
from exactgeo.reports.exports.meshes import write_ply as write_ply
