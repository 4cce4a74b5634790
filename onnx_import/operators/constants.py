"""Constants, and operators that change nothing: Constant, Identity, Dropout in inference mode."""

from collections.abc import Sequence

import numpy as np

from exactgeo.arithmetic.arrays import ExactArray
from onnx_import.files.stored import Stored
from onnx_import.lowering.nodes import Node
from onnx_import.lowering.registry import operator
from onnx_import.lowering.tensors import Edge, Tensor, Value


@operator("Constant")
def constant(node: Node) -> Sequence[Value]:
    """The array in the node's one attribute."""
    tensor = node.stored_attribute("value", np.ndarray)
    sparse = node.stored_attribute("sparse_value", np.ndarray)
    real, integer = node.stored_attribute("value_float", float), node.stored_attribute("value_int", int)
    reals, integers = node.stored_attribute("value_floats", list), node.integer_list("value_ints")
    given: list[Stored] = [array for array in (tensor, sparse) if array is not None]
    given += [np.array(value, dtype=np.float32) for value in (real, reals) if value is not None]
    given += [np.array(value, dtype=np.int64) for value in (integer, integers) if value is not None]
    if len(given) != 1:
        node.refuse("holds no array of numbers, or several")
    return given


@operator("Identity")
def identity(node: Node) -> Sequence[Edge]:
    """The input."""
    return [node.edge(0)]


@operator("Optional", "OptionalGetElement")
def optional(node: Node) -> Sequence[Edge]:
    """The input: what is there stays there."""
    node.ignore_attribute("type")
    if not node.has(0):
        node.refuse("makes an optional value that is not there")
    return [node.edge(0)]


@operator("OptionalHasElement")
def has_element(node: Node) -> Sequence[Edge]:
    """Whether there is an input."""
    present = node.has(0)
    if present:
        node.edge(0)
    return [np.array(present)]


@operator("Dropout")
def dropout(node: Node) -> Sequence[Value]:
    """The input, as in inference. In training mode the output is random, which is refused unless the ratio is 0."""
    node.integer("seed", 0, since=12)
    mask = np.ones(node.value(0).shape, dtype=np.bool_)
    if node.opset < 12:  # noqa: PLR2004 (the opset that made them inputs, and knows of training)
        node.ignore_attribute("ratio")
        if node.opset < 7 and not node.flag("is_test", 0):  # noqa: PLR2004 (the opset that dropped it)
            node.refuse("is in training mode (is_test = 0): its output is random; export the model for inference")
        return [node.value(0), mask]
    ratio = _scalar(node, 1, "its ratio").numerators.item() if node.has(1) else 1
    if node.has(2) and node.scalar(2, "its mode") and ratio != 0:
        node.refuse("is in training mode: its output is random; export the model for inference")
    return [node.value(0), mask]


def _scalar(node: Node, index: int, role: str) -> ExactArray:
    value = node.real(index)
    if isinstance(value, Tensor):
        node.refuse(f"takes {role} from the data")
    if value.shape != ():
        node.malformed(f"takes {role} of shape {value.shape}; a scalar was expected")
    return value
