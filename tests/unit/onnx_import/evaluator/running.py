"""One node, or one model: evaluated exactly, by the standard's reference and by onnxruntime."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx
import onnxruntime
from gmpy2 import mpq
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from onnx_import.evaluator import evaluate_model

NEWEST = onnx.defs.onnx_opset_version()
IR_VERSION = 10

node = helper.make_node


def exact(array: Any) -> Any:
    """Return an array's entries as they are given to the evaluator: floats as the rationals that they are."""
    array = np.asarray(array)
    if array.dtype.kind in "bOUST":
        return array if array.dtype.kind == "b" else array.astype(object)
    integral = "int" in array.dtype.name
    wide = array.astype(object) if array.dtype.kind in "iu" else array.astype(np.int64 if integral else np.float64)
    entries = [int(v) if integral else mpq(*v.as_integer_ratio()) for v in wide.reshape(-1).tolist()]
    result = np.empty(array.size, dtype=object)
    result[:] = entries
    return result.reshape(array.shape)


def one_node(
    operator: str,
    inputs: Sequence[Any],
    *,
    opset: int = NEWEST,
    outputs: int = 1,
    constants: Mapping[int, TensorProto] | None = None,
    **attributes: Any,
) -> tuple[onnx.ModelProto, dict[str, Any]]:
    """Return a model of one node 'n' with the outputs 'y0', 'y1', ..., and what its inputs 'x0', 'x1', ... are.

    None is an input left out; `constants` are stored tensors, by the input's position.
    """
    constants = constants or {}
    names = ["" if value is None and i not in constants else f"x{i}" for i, value in enumerate(inputs)]
    made = node(operator, names, [f"y{i}" for i in range(outputs)], name="n", **attributes)
    feed = {f"x{i}": np.asarray(v) for i, v in enumerate(inputs) if v is not None}
    for i, tensor in constants.items():
        tensor.name = f"x{i}"
    return model([made], feed, [f"y{i}" for i in range(outputs)], opset=opset, initializers=constants.values()), feed


def model(
    nodes: Sequence[onnx.NodeProto],
    feed: Mapping[str, np.ndarray],
    outputs: Sequence[str],
    *,
    opset: int = NEWEST,
    initializers: Any = (),
    functions: Sequence[onnx.FunctionProto] = (),
) -> onnx.ModelProto:
    """Return a model whose inputs have the types and shapes of these arrays."""
    graph = helper.make_graph(
        nodes,
        "graph",
        [
            helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(array.dtype), array.shape)
            for name, array in feed.items()
        ],
        [helper.make_empty_tensor_value_info(name) for name in outputs],
        list(initializers),
    )
    sets = [helper.make_opsetid("", opset)] + [helper.make_opsetid(f.domain, 1) for f in functions]
    made = helper.make_model(graph, opset_imports=sets, functions=functions)
    made.ir_version = IR_VERSION
    return made


def evaluated(made: onnx.ModelProto, feed: Mapping[str, Any], **options: Any) -> list[Any]:
    """Return a model's outputs, evaluated exactly."""
    return list(evaluate_model(made, {name: exact(array) for name, array in feed.items()}, **options).values())


def value(operator: str, *inputs: Any, irrational: str = "exact-if-square", **options: Any) -> Any:
    """Return the first output of one node."""
    made, feed = one_node(operator, inputs, **options)
    return evaluated(made, feed, irrational=irrational)[0]


def referenced(made: onnx.ModelProto, feed: Mapping[str, Any]) -> list[Any]:
    """Return a model's outputs by the standard's reference implementation."""
    return list(ReferenceEvaluator(made).run(None, dict(feed)))


def run(made: onnx.ModelProto, feed: Mapping[str, Any]) -> list[Any]:
    """Return a model's outputs by onnxruntime."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(made.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return list(session.run(None, dict(feed)))


def difference(got: Any, wanted: Any, tolerance: float) -> str | None:
    """Return where two outputs differ, by more than a tolerance relative to the magnitudes; None if nowhere."""
    if isinstance(wanted, list):
        if len(got) != len(wanted):
            return f"{len(got)} items, {len(wanted)} wanted"
        return next(filter(None, (difference(g, w, tolerance) for g, w in zip(got, wanted, strict=True))), None)
    if wanted is None or got is None:
        return None if got is wanted else f"{got!r}, {wanted!r} wanted"
    wanted = np.asarray(numpy_helper.to_array(wanted) if isinstance(wanted, TensorProto) else wanted)
    if np.shape(got) != wanted.shape:
        return f"shape {np.shape(got)}, {wanted.shape} wanted"
    entries = exact(wanted)
    for index, (g, w) in enumerate(zip(np.reshape(got, -1), np.reshape(entries, -1), strict=True)):
        same = g == w if not isinstance(g, type(mpq(0))) else abs(g - w) <= tolerance * max(1, abs(w))
        if not same:
            return f"{g} at {np.unravel_index(index, wanted.shape)}, {w} wanted"
    return None


def dyadics(random: Any, *shape: int, dtype: Any = np.float64, largest: int = 16, step: int = 4) -> np.ndarray:
    """Return random multiples of 1/step."""
    size = int(np.prod(shape, dtype=int))
    return np.array([random.randint(-largest, largest) / step for _ in range(size)], dtype=dtype).reshape(shape)
