"""Constants, and operators that change nothing: Constant, Identity, Dropout in inference mode, Cast between floats."""

from collections.abc import Sequence

import numpy as np
from onnx import TensorProto, helper

from exactgeo.arithmetic.arrays import ExactArray
from exactgeo.arithmetic.integers import integer_array
from onnx_import.nodes import Node
from onnx_import.registry import operator
from onnx_import.stored import Stored
from onnx_import.tensors import FLOATS, Tensor, Value


@operator("Constant")
def constant(node: Node) -> Sequence[Value]:
    """The array in the node's one attribute."""
    tensor = node.stored_attribute("value", np.ndarray)
    real, integer = node.stored_attribute("value_float", float), node.stored_attribute("value_int", int)
    reals, integers = node.stored_attribute("value_floats", list), node.integer_list("value_ints")
    given: list[Stored] = [] if tensor is None else [tensor]
    given += [np.array(value, dtype=np.float32) for value in (real, reals) if value is not None]
    given += [np.array(value, dtype=np.int64) for value in (integer, integers) if value is not None]
    if len(given) != 1:
        node.refuse("holds no array of numbers, or several")
    return given


@operator("Identity")
def identity(node: Node) -> Sequence[Value]:
    """The input."""
    return [node.value(0)]


@operator("Dropout")
def dropout(node: Node) -> Sequence[Value]:
    """The input, as in inference. In training mode the output is random, which is refused unless the ratio is 0."""
    node.integer("seed", 0, since=12)
    if node.opset < 12:  # noqa: PLR2004 (the opset that made them inputs, and knows of training)
        node.ignore_attribute("ratio")
        return [node.value(0)]
    ratio = _scalar(node, 1, "its ratio").numerators.item() if node.has(1) else 1
    if node.has(2) and node.scalar(2, "its mode") and ratio != 0:
        node.refuse("is in training mode: its output is random; export the model for inference")
    return [node.value(0)]


def _scalar(node: Node, index: int, role: str) -> ExactArray:
    value = node.real(index)
    if isinstance(value, Tensor):
        node.refuse(f"takes {role} from the data")
    if value.shape != ():
        node.malformed(f"takes {role} of shape {value.shape}; a scalar was expected")
    return value


@operator("Cast")
def cast(node: Node) -> Sequence[Value]:
    """The same real numbers; between types of floats a cast changes nothing, for the exact network does not round.

    Stored integers and truth values are converted as stored. A cast of floats to integers would round.
    """
    value, code = node.value(0), node.integer("to", -1)
    node.integer("saturate", 1, since=19)
    node.ignore_attribute("round_mode", since=24)
    if code not in TensorProto.DataType.values():
        node.malformed(f"casts to the unknown type {code}")
    name = TensorProto.DataType.Name(code)
    to_float = name in ("FLOAT16", "BFLOAT16", "FLOAT", "DOUBLE")
    if isinstance(value, Tensor | ExactArray) or value.dtype.name in FLOATS:
        if not to_float:
            node.refuse(f"casts real numbers to {name}, which rounds them")
        return [value]
    if value.dtype.kind not in "biu" or code == TensorProto.UNDEFINED:
        node.refuse(f"casts an array of type {value.dtype} to {name}")
    if to_float:
        return [ExactArray(integer_array(value.astype(np.int64) if value.dtype.kind == "b" else value), 1)]
    return [value.astype(helper.tensor_dtype_to_np_dtype(code))]
