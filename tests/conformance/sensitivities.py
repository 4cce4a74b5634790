"""How much a model's outputs depend on a constant that the graph computes: the model in which that constant is data."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import onnx
from conformance.constant_errors import Constant
from conformance.modes import Binding, Mode, bound, imported
from conformance.tapping import FLOATS, UNKNOWN, in_order, reads, types_of
from onnx import helper


def as_doubles(array: np.ndarray) -> np.ndarray:
    """Return the entries in row-major order as float64, which holds them all."""
    return np.asarray(array).astype(np.float64).ravel()


def inexact(model: onnx.ModelProto, constants: Mapping[str, Constant]) -> Iterator[str]:
    """Yield the constants with errors that nodes read together with data."""
    used = {name for node in model.graph.node if not constants.keys() >= reads(node) for name in reads(node)}
    return (name for name in sorted(used & constants.keys()) if constants[name].error.any())


def with_products(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return the model with each division of data by a constant of the graph as a product with its reciprocal.

    A quotient is not affine in the divisor, but it is in the reciprocal.
    """
    result = onnx.ModelProto.FromString(model.SerializeToString())
    data, types = {value.name for value in model.graph.input}, types_of(model)
    del result.graph.node[:]
    for node in in_order(model.graph):
        if data.intersection(reads(node)):
            data.update(filter(None, node.output))
        real = types.get(node.output[0], UNKNOWN)[0] in FLOATS
        if node.op_type == "Div" and real and node.input[0] in data and node.input[1] not in data:
            reciprocal = f"{node.output[0]}/reciprocal"
            result.graph.node.append(helper.make_node("Reciprocal", [node.input[1]], [reciprocal]))
            node = helper.make_node("Mul", [node.input[0], reciprocal], list(node.output))  # noqa: PLW2901
        result.graph.node.append(node)
    return result


def with_constant_as_data(
    binding: Binding, name: str, value: np.ndarray, arrays: Mapping[str, np.ndarray], path: Path
) -> Binding:
    """Import a model with one computed constant as its data, and the former data stored.

    Nodes that compute from constants alone go on reading what was computed, so that the dependence of other constants
    on this one does not count. Raises ImportFailure.
    """
    graph_inputs = {value.name for value in binding.model.graph.input}
    model = bound(binding.model, {key: arrays[key] for key in graph_inputs & arrays.keys()}, Mode(()))
    graph = model.graph
    nodes, data = in_order(graph), set(binding.mode.data)
    del graph.node[:], graph.input[:]
    for node in nodes:
        if data.intersection(reads(node)):
            data.update(filter(None, node.output))
        else:
            for names in (node.input, node.output):
                names[:] = [f"{name}/before" if one == name else one for one in names]
        graph.node.append(node)
    kind = helper.np_dtype_to_tensor_dtype(value.dtype)
    graph.input.append(helper.make_tensor_value_info(name, kind, value.shape))
    return imported(model, Mode((name,)), path)
