"""Constants, and operators that change nothing: Constant, Identity, Dropout in inference mode, Cast between floats."""

from collections.abc import Sequence

import numpy as np
from onnx import TensorProto, helper

from exactgeo.arithmetic.arrays import ExactArray
from onnx_import.nodes import FLOATS, Node
from onnx_import.registry import operator
from onnx_import.tensors import Tensor, Value


@operator("Constant")
def constant(node: Node) -> Sequence[Value]:
    """The array in the node's one attribute."""
    kinds = {"value_float": np.float32, "value_floats": np.float32, "value_int": np.int64, "value_ints": np.int64}
    given = [name for name in ("value", *kinds) if node.attribute(name) is not None]
    if len(given) != 1:
        node.refuse("holds no array of numbers")
    value = node.attribute(given[0])
    return [value if given[0] == "value" else np.array(value, dtype=kinds[given[0]])]


@operator("Identity")
def identity(node: Node) -> Sequence[Value]:
    """The input."""
    return [node.value(0)]


@operator("Dropout")
def dropout(node: Node) -> Sequence[Value]:
    """The input, as in inference. In training mode the output is random, which is refused unless the ratio is 0."""
    node.attribute("seed")
    ratio = node.attribute("ratio", 0.5)
    if node.has(1):
        ratio = float(node.stored(1, "its ratio"))
    training = node.has(2) and bool(node.stored(2, "its mode"))
    if training and ratio != 0:
        node.refuse(f"is in training mode with ratio {ratio}: its output is random; export the model for inference")
    return [node.value(0)]


@operator("Cast")
def cast(node: Node) -> Sequence[Value]:
    """The same real numbers; between types of floats a cast changes nothing, for the exact network does not round.

    Stored integers and truth values are converted as stored. A cast of floats to integers would round.
    """
    value, code = node.value(0), node.attribute("to")
    node.attribute("saturate")
    node.attribute("round_mode")
    if code not in TensorProto.DataType.values():
        node.malformed(f"casts to the unknown type {code}")
    name = TensorProto.DataType.Name(code)
    to_float = name in ("FLOAT16", "BFLOAT16", "FLOAT", "DOUBLE")
    if isinstance(value, Tensor | ExactArray) or value.dtype.name in FLOATS:
        if not to_float:
            node.refuse(f"casts real numbers to {name}, which rounds them")
        return [value]
    if value.dtype.kind not in "biu":
        node.refuse(f"casts an array of type {value.dtype}")
    if to_float:
        return [ExactArray(np.asarray(value.astype(np.int64)), 1)]
    return [value.astype(helper.tensor_dtype_to_np_dtype(code))]
