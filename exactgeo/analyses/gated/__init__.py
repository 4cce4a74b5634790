"""Deep gated networks: the arrangement of their gates' hyperplanes, and what they do on and across it."""

from exactgeo.analyses.gated.arrangements import HyperplaneArrangement as HyperplaneArrangement
from exactgeo.analyses.gated.faces import GateFace as GateFace
from exactgeo.analyses.gated.faces import GateFaces as GateFaces
from exactgeo.analyses.gated.faces import gate_faces as gate_faces
from exactgeo.analyses.gated.hyperplanes import gate_hyperplanes as gate_hyperplanes
from exactgeo.analyses.gated.intersections import IntersectionFlat as IntersectionFlat
from exactgeo.analyses.gated.jumps import Jump as Jump
from exactgeo.analyses.gated.jumps import jumps as jumps
