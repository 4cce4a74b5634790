"""Small ONNX models for the tests: made in a line, imported from bytes, run exactly and by the standard's reference."""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from tempfile import NamedTemporaryFile
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

import exactgeo as eg
import onnx_import

OLDEST, NEWEST = 6, onnx.defs.onnx_opset_version()
OPSETS = range(OLDEST, NEWEST + 1)
IR_VERSION = 10

node = helper.make_node


def model(
    nodes: Sequence[onnx.NodeProto],
    inputs: Mapping[str, Sequence[int | str | None]],
    outputs: Sequence[str],
    constants: Mapping[str, Any] | None = None,
    *,
    opset: int = NEWEST,
    kind: int = TensorProto.DOUBLE,
) -> onnx.ModelProto:
    """Return a model. Constants are whatever numpy makes an array of; inputs and outputs are of one type."""
    graph = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info(name, kind, shape) for name, shape in inputs.items()],
        [helper.make_tensor_value_info(name, kind, None) for name in outputs],
        [numpy_helper.from_array(np.asarray(array), name) for name, array in (constants or {}).items()],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    made.ir_version = IR_VERSION
    return made


def one_node(
    operator: str,
    names: Sequence[str],
    constants: Mapping[str, Any] | None = None,
    *,
    inputs: Mapping[str, Sequence[int | str | None]] | None = None,
    opset: int = NEWEST,
    **attributes: Any,
) -> onnx.ModelProto:
    """Return a model of one node with the name 'n', that reads these names and writes 'y'; 'x' is (2, 3) by default."""
    made = node(operator, names, ["y"], name="n", **attributes)
    return model([made], {"x": (2, 3)} if inputs is None else inputs, ["y"], constants, opset=opset)


def imported(content: onnx.ModelProto | bytes, **options: Any) -> onnx_import.ImportedModel:
    """Return a model as the importer reads it from a file."""
    with NamedTemporaryFile(suffix=".onnx") as file:
        file.write(content if isinstance(content, bytes) else content.SerializeToString())
        file.flush()
        return onnx_import.read(file.name, **options)


def integers(*values: int) -> np.ndarray:
    """Return a vector of int64."""
    return np.array(values, dtype=np.int64)


def scalar(value: int) -> np.ndarray:
    """Return an int64 of rank 0."""
    return np.array(value, dtype=np.int64)


def fractions(array: Any) -> np.ndarray:
    """Return an array of floats or integers as the Fractions that they are."""
    values = np.asarray(array)
    exact = np.empty(values.size, dtype=object)
    exact[:] = [Fraction(value.item() if values.dtype.kind in "iu" else float(value)) for value in values.ravel()]
    return exact.reshape(values.shape)


def dyadics(seed: int, *shape: int, step: float = 0.25, largest: float = 4) -> np.ndarray:
    """Return random multiples of `step`: so few bits that the tests' sums and products of them do not round."""
    steps = int(largest / step)
    return np.random.default_rng(seed).integers(-steps, steps + 1, shape) * step


def feeds_of(made: onnx.ModelProto, seed: int) -> dict[str, np.ndarray]:
    """Return random dyadics for a model's inputs, open dimensions being 1."""
    given = {tensor.name for tensor in made.graph.initializer}
    feeds = {}
    for index, value in enumerate(made.graph.input):
        if value.name not in given:
            shape = [d.dim_value if d.HasField("dim_value") else 1 for d in value.type.tensor_type.shape.dim]
            kind = helper.tensor_dtype_to_np_dtype(value.type.tensor_type.elem_type)
            feeds[value.name] = dyadics(1000 * seed + index, *shape).astype(kind)
    return feeds


def run_exactly(made: onnx_import.ImportedModel, feeds: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Return the outputs of an imported model as arrays of rationals in their shapes."""
    point = [value for array in feeds for value in fractions(array).ravel()]
    values = eg.evaluate(made.program, point).outputs
    outputs, start = [], 0
    for _, shape in made.outputs:
        size = int(np.prod(shape))
        array = np.empty(size, dtype=object)
        array[:] = values[start : start + size]
        outputs.append(array.reshape(shape))
        start += size
    assert start == len(values)
    return outputs


def assert_same(found: Sequence[np.ndarray], expected: Sequence[np.ndarray]) -> None:
    """Assert that arrays have the same shapes and are equal as numbers, without any tolerance."""
    assert [array.shape for array in found] == [array.shape for array in expected]
    assert [array.tolist() for array in found] == [fractions(array).tolist() for array in expected]


def assert_agrees_with_reference(made: onnx.ModelProto, seeds: Sequence[int] = (1, 2)) -> None:
    """Assert that the imported model computes at random dyadic points what the standard's reference computes."""
    read, reference = imported(made), ReferenceEvaluator(made)
    for seed in seeds:
        feeds = feeds_of(made, seed)
        expected = [np.asarray(array) for array in reference.run(None, feeds)]
        assert_same(run_exactly(read, list(feeds.values())), expected)


def assert_computes(made: onnx.ModelProto, definition: Callable[[np.ndarray], np.ndarray], seed: int = 1) -> None:
    """Assert that a model of one input computes what a function of an array of fractions returns."""
    (x,) = feeds_of(made, seed).values()
    (found,), expected = run_exactly(imported(made), [x]), definition(fractions(x))
    assert found.shape == expected.shape
    assert found.tolist() == expected.tolist()


def assert_refuses(made: onnx.ModelProto, error: type[Exception], match: str) -> None:
    """Assert that the import of a model ends in this error."""
    with pytest.raises(error, match=match):
        imported(made)
