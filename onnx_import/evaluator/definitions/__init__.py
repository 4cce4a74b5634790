"""The operators, a family a file; each written as the standard defines it."""

from onnx_import.evaluator.definitions import activations as activations
from onnx_import.evaluator.definitions import arithmetic as arithmetic
from onnx_import.evaluator.definitions import bits as bits
from onnx_import.evaluator.definitions import casts as casts
from onnx_import.evaluator.definitions import constants as constants
from onnx_import.evaluator.definitions import control as control
from onnx_import.evaluator.definitions import convolution as convolution
from onnx_import.evaluator.definitions import deformation as deformation
from onnx_import.evaluator.definitions import elementary as elementary
from onnx_import.evaluator.definitions import indexing as indexing
from onnx_import.evaluator.definitions import layout as layout
from onnx_import.evaluator.definitions import logic as logic
from onnx_import.evaluator.definitions import normalization as normalization
from onnx_import.evaluator.definitions import padding as padding
from onnx_import.evaluator.definitions import parts as parts
from onnx_import.evaluator.definitions import pooling as pooling
from onnx_import.evaluator.definitions import products as products
from onnx_import.evaluator.definitions import quantization as quantization
from onnx_import.evaluator.definitions import reductions as reductions
from onnx_import.evaluator.definitions import resizing as resizing
from onnx_import.evaluator.definitions import sampling as sampling
from onnx_import.evaluator.definitions import sequences as sequences
from onnx_import.evaluator.definitions import signals as signals
from onnx_import.evaluator.definitions import weightings as weightings
from onnx_import.evaluator.definitions.registry import defined_operators as defined_operators
from onnx_import.evaluator.definitions.registry import definition as definition
