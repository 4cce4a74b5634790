"""Gated networks: path features and kernels; and, where gates are linear, the arrangement of their hyperplanes."""

from exactgeo.analyses.gated.geometry.arrangements import HyperplaneArrangement as HyperplaneArrangement
from exactgeo.analyses.gated.geometry.faces import GateFace as GateFace
from exactgeo.analyses.gated.geometry.faces import GateFaces as GateFaces
from exactgeo.analyses.gated.geometry.faces import gate_faces as gate_faces
from exactgeo.analyses.gated.geometry.hyperplanes import gate_hyperplanes as gate_hyperplanes
from exactgeo.analyses.gated.geometry.intersections import IntersectionFlat as IntersectionFlat
from exactgeo.analyses.gated.geometry.jumps import Jump as Jump
from exactgeo.analyses.gated.geometry.jumps import jumps as jumps
from exactgeo.analyses.gated.kernels.definiteness import Indefinite as Indefinite
from exactgeo.analyses.gated.kernels.definiteness import Semidefinite as Semidefinite
from exactgeo.analyses.gated.kernels.definiteness import definiteness as definiteness
from exactgeo.analyses.gated.kernels.formulas import one_pass_kernel as one_pass_kernel
from exactgeo.analyses.gated.kernels.formulas import product_kernel as product_kernel
from exactgeo.analyses.gated.kernels.formulas import rotations_kernel as rotations_kernel
from exactgeo.analyses.gated.kernels.path_kernels import expected_tangent_kernel as expected_tangent_kernel
from exactgeo.analyses.gated.kernels.path_kernels import gram_matrix as gram_matrix
from exactgeo.analyses.gated.kernels.path_kernels import neural_path_kernel as neural_path_kernel
from exactgeo.analyses.gated.kernels.paths import PathFeatures as PathFeatures
from exactgeo.analyses.gated.kernels.paths import WeightPath as WeightPath
from exactgeo.analyses.gated.kernels.paths import count_ways as count_ways
from exactgeo.analyses.gated.kernels.paths import path_features as path_features
from exactgeo.analyses.gated.kernels.paths import path_value as path_value
from exactgeo.analyses.gated.kernels.rotations import Invariant as Invariant
from exactgeo.analyses.gated.kernels.rotations import rotated as rotated
from exactgeo.analyses.gated.kernels.rotations import rotation_invariance as rotation_invariance
