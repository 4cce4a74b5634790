"""Model files (ONNX, .nnet) as exact programs: every stored number is read as the rational number that it is."""

from onnx_import.choices import Choices as Choices
from onnx_import.gated import ImportedGatedNetwork as ImportedGatedNetwork
from onnx_import.gated import read_gated as read_gated
from onnx_import.imported import ImportedModel as ImportedModel
from onnx_import.importer import load as load
from onnx_import.importer import read as read
from onnx_import.nnet import read_nnet as read_nnet
from onnx_import.splitting import Split as Split
from onnx_import.splitting import split_last_layer as split_last_layer
