"""Programs of selection units: building, evaluating, substituting, naming."""

from exactgeo.networks.branches import affine_map as affine_map
from exactgeo.networks.builders import compose as compose
from exactgeo.networks.builders import gated_network as gated_network
from exactgeo.networks.builders import hyperplane_arrangement as hyperplane_arrangement
from exactgeo.networks.builders import maxout_network as maxout_network
from exactgeo.networks.builders import product as product
from exactgeo.networks.builders import relu_network as relu_network
from exactgeo.networks.builders import restrict as restrict
from exactgeo.networks.evaluation import Evaluation as Evaluation
from exactgeo.networks.evaluation import Pattern as Pattern
from exactgeo.networks.evaluation import evaluate as evaluate
from exactgeo.networks.programs import Program as Program
from exactgeo.networks.programs import ProgramBuilder as ProgramBuilder
from exactgeo.networks.units import Piece as Piece
from exactgeo.networks.units import Unit as Unit
