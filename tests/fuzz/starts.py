"""Valid models to start from: one node of any operator in any version, and what single nodes do not show."""

import random
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import onnx
from conformance.onnx_families import elementwise, indexing, layout, reducing, sliding  # noqa: F401 (register the cases)
from conformance.onnx_families.drawing import CASES, Draw
from onnx import TensorProto, helper, numpy_helper
from unit.onnx_import.models import NEWEST, OLDEST, integers, model, node, one_node, scalar

X = {"x": (2, 3)}
STRUCTURES: dict[str, Callable[[], onnx.ModelProto]] = {}


def structure(make: Callable[[], onnx.ModelProto]) -> Callable[[], onnx.ModelProto]:
    STRUCTURES[make.__name__] = make
    return make


def start(rng: random.Random) -> onnx.ModelProto:
    """One of the models, with other attributes and shapes each time; its opset has the operator."""
    if rng.random() < 0.35:
        return STRUCTURES[rng.choice(sorted(STRUCTURES))]()
    operator = rng.choice(sorted(CASES))
    since = min(
        s.since_version for s in onnx.defs.get_all_schemas_with_history() if (s.domain, s.name) == ("", operator)
    )
    opset = NEWEST if rng.random() < 0.5 else rng.randint(max(since, OLDEST), NEWEST)
    return CASES[operator](Draw((operator, opset, rng.random())), opset)


def body(name: str, nodes: Sequence[onnx.NodeProto], inputs: Sequence[str], outputs: Sequence[str], **constants: Any):
    """A subgraph whose values have no declared types, but for the truth value and the counter of a loop."""
    kinds = {"going": TensorProto.BOOL, "count": TensorProto.INT64}
    values = [helper.make_tensor_value_info(value, kinds.get(value, TensorProto.DOUBLE), None) for value in inputs]
    results = [helper.make_tensor_value_info(value, kinds.get(value, TensorProto.DOUBLE), None) for value in outputs]
    stored = [numpy_helper.from_array(np.asarray(array), key) for key, array in constants.items()]
    return helper.make_graph(nodes, name, values, results, stored)


@structure
def branch_by_constant():
    then, other = (
        body("then", [node("Relu", ["x"], ["t"])], [], ["t"]),
        body("else", [node("Neg", ["x"], ["e"])], [], ["e"]),
    )
    return one_node("If", ["c"], {"c": np.array(True)}, then_branch=then, else_branch=other)


@structure
def branch_by_data():
    then, other = (
        body("then", [node("Relu", ["x"], ["t"])], [], ["t"]),
        body("else", [node("Neg", ["x"], ["e"])], [], ["e"]),
    )
    nodes = [
        node("ReduceSum", ["x"], ["s"], keepdims=0),
        node("Greater", ["s", "zero"], ["c"]),
        node("If", ["c"], ["y"], name="n", then_branch=then, else_branch=other),
    ]
    return model(nodes, X, ["y"], {"zero": np.array(0.0)})


@structure
def loop():
    inner = body(
        "inner",
        [node("Identity", ["going"], ["on"]), node("Add", ["s", "x"], ["r"]), node("Relu", ["r"], ["out"])],
        ["count", "going", "s"],
        ["on", "r", "out"],
    )
    made = node("Loop", ["m", "", "x"], ["y", "z"], name="n", body=inner)
    return model([made], X, ["y", "z"], {"m": scalar(3)})


@structure
def scan():
    inner = body("inner", [node("Add", ["s", "row"], ["r"]), node("Relu", ["r"], ["out"])], ["s", "row"], ["r", "out"])
    made = node("Scan", ["zero", "x"], ["y", "z"], name="n", body=inner, num_scan_inputs=1, scan_input_axes=[1])
    return model([made], X, ["y", "z"], {"zero": np.zeros(2)})


@structure
def functions():
    names = ["inner", "outer"]
    calls = [
        [node("LeakyRelu", ["a"], ["b"], alpha=0.5)],
        [node("inner", ["a"], ["c"], domain="own"), node("inner", ["c"], ["b"], domain="own")],
    ]
    opsets = [helper.make_opsetid("", NEWEST), helper.make_opsetid("own", 1)]
    made = model([node("outer", ["x"], ["y"], domain="own", name="n")], X, ["y"])
    made.opset_import.append(opsets[1])
    made.functions.extend(
        helper.make_function("own", name, ["a"], ["b"], nodes, opsets) for name, nodes in zip(names, calls, strict=True)
    )
    return made


@structure
def sequences():
    nodes = [
        node("SplitToSequence", ["x"], ["s"], axis=1),
        node("SequenceInsert", ["s", "w", "one"], ["t"]),
        node("SequenceErase", ["t"], ["u"]),
        node("SequenceAt", ["u", "one"], ["first"]),
        node("ConcatFromSequence", ["u"], ["all"], axis=1),
        node("Add", ["all", "first"], ["y"], name="n"),
    ]
    return model(nodes, X, ["y"], {"w": np.ones((2, 1)), "one": scalar(1)})


@structure
def sequence_map():
    inner = body("inner", [node("Relu", ["a"], ["b"])], ["a"], ["b"])
    nodes = [
        node("SplitToSequence", ["x"], ["s"], axis=0),
        node("SequenceMap", ["s"], ["t"], name="n", body=inner),
        node("ConcatFromSequence", ["t"], ["y"], axis=0),
    ]
    return model(nodes, X, ["y"])


@structure
def places():
    nodes = [
        node("TopK", ["x", "k"], ["v", "i"], axis=1, largest=0),
        node("ArgMax", ["x"], ["a"], axis=1),
        node("Mul", ["i", "a"], ["p"]),
        node("Div", ["i", "two"], ["q"]),
        node("Cast", ["p"], ["f"], to=TensorProto.DOUBLE),
        node("Add", ["f", "v"], ["y"], name="n"),
    ]
    return model(nodes, X, ["y"], {"k": integers(2), "two": integers(2)})


@structure
def shapes():
    nodes = [
        node("Shape", ["x"], ["s"]),
        node("Gather", ["s", "zero"], ["first"]),
        node("Div", ["s", "two"], ["half"]),
        node("Concat", ["half", "minus"], ["t"], axis=0),
        node("Expand", ["x", "wide"], ["e"]),
        node("Reshape", ["e", "t"], ["r"]),
        node("ConstantOfShape", ["s"], ["c"]),
        node("ReduceSum", ["r", "axes"], ["y"], name="n"),
        node("Tile", ["x", "s"], ["z"]),
        node("Range", ["zero0", "first", "one0"], ["w"]),
    ]
    constants = {"zero": scalar(0), "two": integers(2), "minus": integers(-1), "wide": integers(2, 2, 3)}
    constants |= {"axes": integers(0, 1), "zero0": scalar(0), "one0": scalar(1)}
    return model(nodes, X, ["y", "z", "c", "w"], constants)


@structure
def convolutional():
    nodes = [
        node("Conv", ["i", "w", "b"], ["c"], pads=[1, 1, 1, 1], strides=[2, 1], name="conv"),
        node("BatchNormalization", ["c", "g", "b", "b", "v"], ["d"], epsilon=0.0),
        node("Relu", ["d"], ["r"]),
        node("MaxPool", ["r"], ["p"], kernel_shape=[2, 2], ceil_mode=1),
        node("ConvTranspose", ["p", "t"], ["u"], strides=[2, 2], output_padding=[1, 1]),
        node("Resize", ["u", "", "scales"], ["q"], mode="linear"),
        node("Flatten", ["q"], ["f"]),
        node("Identity", ["f"], ["y"], name="n"),
    ]
    rng = np.random.default_rng(1)
    constants = {"w": rng.integers(-2, 3, (2, 1, 3, 3)) / 2, "b": np.array([0.5, -1.0]), "g": np.array([1.0, 2.0])}
    constants |= {
        "v": np.array([4.0, 1.0]),
        "t": rng.integers(-2, 3, (2, 1, 2, 2)) / 2,
        "scales": np.float32([1, 1, 2, 1.5]),
    }
    return model(nodes, {"i": (1, 1, 4, 4)}, ["y"], constants)


@structure
def quantised():
    nodes = [
        node("QuantizeLinear", ["x", "scale", "zero"], ["q"], axis=1),
        node("DequantizeLinear", ["q", "scale", "zero"], ["y"], axis=1, name="n"),
    ]
    constants = {"scale": np.float32([1, 0.5, 2]), "zero": np.array([1, -1, 3], np.int8)}
    return model(nodes, X, ["y"], constants, kind=TensorProto.FLOAT, opset=21)


@structure
def sparse():
    made = one_node("MatMul", ["x", "w"])
    values = numpy_helper.from_array(np.array([1.0, -2.0]), "w")
    indices = numpy_helper.from_array(np.array([[0, 1], [2, 0]], np.int64), "w_indices")
    made.graph.sparse_initializer.append(helper.make_sparse_tensor(values, indices, [3, 2]))
    return made


@structure
def external():
    made = one_node("Add", ["x", "w"], {"w": np.ones((2, 3))})
    tensor = made.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in {"location": "weights.bin", "offset": "16", "length": "48"}.items():
        tensor.external_data.add(key=key, value=value)
    return made


@structure
def sampled():
    nodes = [
        node("CenterCropPad", ["x", "two"], ["p"], axes=[1]),
        node("AffineGrid", ["theta", "size"], ["grid"]),
        node("Reshape", ["x", "size"], ["w"]),
        node("GridSample", ["w", "grid"], ["y"], name="n"),
    ]
    theta = np.array([[[1.0, 0, 0.5], [0, 0.5, 0]]])
    constants = {"two": integers(2), "theta": theta, "size": integers(1, 1, 2, 3)}
    return model(nodes, X, ["y", "p"], constants)


@structure
def product():
    nodes = [
        node("Einsum", ["x", "w"], ["e"], equation="ij,jk->ik"),
        node("MatMul", ["x", "w"], ["m"]),
        node("Gemm", ["x", "w", "m"], ["g"], alpha=0.5, beta=-1.0),
        node("Max", ["e", "g"], ["y"], name="n"),
    ]
    return model(nodes, X, ["y"], {"w": np.arange(12.0).reshape(3, 4)})


@structure
def gated():
    nodes = [
        node("Greater", ["x", "c"], ["t"]),
        node("Cast", ["t"], ["g"], to=TensorProto.DOUBLE),
        node("Mul", ["g", "x"], ["p"]),
        node("Where", ["t", "p", "c"], ["w"]),
        node("Clip", ["w", "low", "high"], ["k"]),
        node("Sign", ["k"], ["s"]),
        node("Mul", ["s", "k"], ["y"], name="n"),
    ]
    return model(nodes, X, ["y"], {"c": np.array([0.5, -1, 0]), "low": np.array(-1.0), "high": np.array(2.5)})
