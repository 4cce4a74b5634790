"""The operators, a file a family. Importing this package registers them all."""

from onnx_import.operators import activations as activations
from onnx_import.operators import casts as casts
from onnx_import.operators import comparisons as comparisons
from onnx_import.operators import constants as constants
from onnx_import.operators import control as control
from onnx_import.operators import convolutions as convolutions
from onnx_import.operators import deformable as deformable
from onnx_import.operators import elementwise as elementwise
from onnx_import.operators import extrema as extrema
from onnx_import.operators import fourier as fourier
from onnx_import.operators import indexing as indexing
from onnx_import.operators import layout as layout
from onnx_import.operators import linear as linear
from onnx_import.operators import normalisations as normalisations
from onnx_import.operators import padding as padding
from onnx_import.operators import pools as pools
from onnx_import.operators import quantisation as quantisation
from onnx_import.operators import reductions as reductions
from onnx_import.operators import refused as refused
from onnx_import.operators import resizing as resizing
from onnx_import.operators import sampling as sampling
from onnx_import.operators import sequences as sequences
from onnx_import.operators import shapes as shapes
from onnx_import.operators import slicing as slicing
from onnx_import.operators import transcendental as transcendental
from onnx_import.operators import unpooling as unpooling
