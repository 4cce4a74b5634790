"""Gated networks from ONNX files: the layers as they are spelled there, and the gates between them."""

from onnx_import.gated.reading import ImportedGatedNetwork as ImportedGatedNetwork
from onnx_import.gated.reading import read_gated as read_gated
