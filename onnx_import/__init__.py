"""ONNX models as exact programs: every stored float is read as the rational number that it is."""

from onnx_import.choices import Choices as Choices
from onnx_import.importer import ImportedModel as ImportedModel
from onnx_import.importer import load as load
from onnx_import.importer import read as read
