"""Running a model at points: with onnxruntime or the standard's own implementation, in its precision or in double."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import onnx
import onnxruntime
from conformance.comparing import rounding_of
from conformance.tapping import MOVING, in_order
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator
from oracles.rounding import Rounding

Arrays = Mapping[str, np.ndarray]
LAST = {"Softmax", "LogSoftmax", "Sigmoid", "Tanh"}
_SINGLE, _DOUBLE = TensorProto.FLOAT, TensorProto.DOUBLE


@dataclass(frozen=True)
class Runtime:
    """Something that computes a model, and how it rounds."""

    run: Callable[[Arrays], list[np.ndarray]]
    rounding: Rounding
    name: str


def runtime(model: onnx.ModelProto) -> Runtime:
    """Return onnxruntime with all that it does to make networks faster; where it does not know them, the reference."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    except Exception:  # noqa: BLE001 (whatever it raises where it does not know an operator, a type or a version)
        reference = ReferenceEvaluator(model)
        return Runtime(
            lambda feeds: [np.asarray(array) for array in reference.run(None, dict(feeds))],
            rounding_of(model),
            "the reference",
        )
    return Runtime(lambda feeds: session.run(None, dict(feeds)), rounding_of(model), "onnxruntime")


def ordered(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return the model with each node behind what it reads."""
    result = onnx.ModelProto.FromString(model.SerializeToString())
    nodes = in_order(result.graph)
    del result.graph.node[:]
    result.graph.node.extend(nodes)
    return result


def without_last_functions(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return the model with the squashing functions that end it, entries being only moved behind them, left out."""
    result = onnx.ModelProto.FromString(model.SerializeToString())
    for node in result.graph.node:
        if node.op_type in LAST and all(later.op_type in MOVING for later in _behind(result.graph, node)):
            node.CopyFrom(helper.make_node("Identity", list(node.input), list(node.output), name=node.name))
    return result


def _behind(graph: onnx.GraphProto, node: onnx.NodeProto) -> list[onnx.NodeProto]:
    """Return the nodes that depend on a node."""
    reached, found = set(node.output), []
    for later in in_order(graph):
        if reached.intersection(later.input):
            reached.update(later.output)
            found.append(later)
    return found


def in_double(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return the same network in float64: each stored number stays the one that it is."""
    wide = onnx.ModelProto.FromString(model.SerializeToString())
    del wide.graph.value_info[:]
    for tensor in wide.graph.initializer:
        tensor.CopyFrom(_widened(tensor))
    for attribute in (attribute for node in wide.graph.node for attribute in node.attribute):
        if attribute.type == onnx.AttributeProto.TENSOR:
            attribute.t.CopyFrom(_widened(attribute.t))
        if (attribute.name, attribute.i) == ("to", _SINGLE):
            attribute.i = _DOUBLE
    for value in (*wide.graph.input, *wide.graph.output):
        if value.type.tensor_type.elem_type == _SINGLE:
            value.type.tensor_type.elem_type = _DOUBLE
    return wide


def random_points(model: onnx.ModelProto, shapes: Mapping[str, tuple[int, ...]], count: int) -> Iterator[Arrays]:
    """Yield random float32 numbers in [-1, 1] for each input, in its type; the same ones each time."""
    generator = np.random.default_rng(2)
    kinds = {value.name: value.type.tensor_type.elem_type for value in model.graph.input}
    types = {name: helper.tensor_dtype_to_np_dtype(kinds[name]) for name in shapes}
    for _ in range(count):
        numbers = {name: generator.uniform(-1, 1, shape).astype(np.float32) for name, shape in shapes.items()}
        yield {name: array.astype(types[name]) for name, array in numbers.items()}


def _widened(tensor: TensorProto) -> TensorProto:
    array = numpy_helper.to_array(tensor)
    return numpy_helper.from_array(array.astype(np.float64), tensor.name) if array.dtype == np.float32 else tensor
