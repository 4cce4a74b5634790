"""The operators, a file a family. Importing this package registers them all."""

from onnx_import.operators import activations as activations
from onnx_import.operators import constants as constants
from onnx_import.operators import elementwise as elementwise
from onnx_import.operators import layout as layout
from onnx_import.operators import linear as linear
from onnx_import.operators import refused as refused
from onnx_import.operators import selections as selections
