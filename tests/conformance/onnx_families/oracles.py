"""onnxruntime, where the standard's reference implementation computes something else than the standard says."""

from collections.abc import Sequence

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, numpy_helper
from unit.onnx_import.models import assert_same, feeds_of, imported, run_exactly

RUNTIME_OPSETS = (7, 21)
"""The oldest and the newest that onnxruntime promises to run, of those in which these operators differ."""


def _in_single(made: onnx.ModelProto) -> onnx.ModelProto:
    """The same network in float32: its numbers are dyadics of so few bits that they stay the same."""
    single = onnx.ModelProto.FromString(made.SerializeToString())
    for tensor in single.graph.initializer:
        array = numpy_helper.to_array(tensor)
        if array.dtype == np.float64:
            assert np.array_equal(array, array.astype(np.float32))
            tensor.CopyFrom(numpy_helper.from_array(array.astype(np.float32), tensor.name))
    for made_node in single.graph.node:  # inference is what opset 7 is about
        kept = [attribute for attribute in made_node.attribute if attribute.name != "is_test"]
        del made_node.attribute[:]
        made_node.attribute.extend(kept)
    for value in single.graph.input:
        value.type.tensor_type.elem_type = TensorProto.FLOAT
    for value in single.graph.output:
        value.type.Clear()
    return single


def assert_agrees_with_onnxruntime(made: onnx.ModelProto, seeds: Sequence[int] = (1,)) -> None:
    """Assert that the imported model computes at random dyadic points what onnxruntime computes in float32."""
    read, single = imported(made), _in_single(made)
    low, high = RUNTIME_OPSETS
    single.opset_import[0].version = min(max(made.opset_import[0].version, low), high)
    options = onnxruntime.SessionOptions()
    options.log_severity_level, options.intra_op_num_threads = 4, 1
    session = onnxruntime.InferenceSession(single.SerializeToString(), options, providers=["CPUExecutionProvider"])
    for seed in seeds:
        feeds = feeds_of(made, seed)
        expected = session.run(None, {name: np.asarray(array, np.float32) for name, array in feeds.items()})
        assert_same(run_exactly(read, list(feeds.values())), [np.asarray(array) for array in expected])
