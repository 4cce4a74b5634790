"""From trained parameters to an ONNX file."""

import os
from pathlib import Path

import numpy as np
from onnx import ModelProto, NodeProto, TensorProto, checker, helper, numpy_helper

from training.network import layers
from training.task import Parameters, Spelling, Task

OPSET, IR_VERSION = 17, 8  # published together; old enough for most readers


def layer_nodes(spelling: Spelling, i: int, source: str, target: str) -> list[NodeProto]:
    """The nodes of affine layer `i`, from the value named `source` to the value named `target`."""
    if spelling == "Gemm":
        return [helper.make_node("Gemm", [source, f"W{i}", f"b{i}"], [target], transB=1)]
    if spelling == "MatMul":
        return [helper.make_node("MatMul", [source, f"W{i}"], [target])]
    product = helper.make_node("MatMul", [source, f"W{i}"], [f"product{i}"])
    return [product, helper.make_node("Add", [f"product{i}", f"b{i}"], [target])]


def all_nodes(task: Task) -> list[NodeProto]:
    """The affine layers with ReLU between them, from x to y."""
    nodes: list[NodeProto] = []
    depth, source = len(task.sizes) - 1, "x"
    for i in range(1, depth):
        nodes += layer_nodes(task.spelling, i, source, f"affine{i}")
        source = f"hidden{i}"
        nodes.append(helper.make_node("Relu", [f"affine{i}"], [source]))
    return nodes + layer_nodes(task.spelling, depth, source, "y")


def stored_tensors(task: Task, parameters: Parameters) -> list[TensorProto]:
    """The parameters as float32: W1, b1, W2, ... with the orientation that the spelling needs."""
    tensors: list[TensorProto] = []
    for i, (weight, bias) in enumerate(layers(parameters), start=1):
        oriented = weight if task.spelling == "Gemm" else weight.T  # Gemm transposes (transB=1), MatMul does not
        tensors.append(numpy_helper.from_array(oriented.astype(np.float32), f"W{i}"))
        if task.has_bias:
            tensors.append(numpy_helper.from_array(bias.astype(np.float32), f"b{i}"))
    return tensors


def onnx_model(task: Task, parameters: Parameters) -> ModelProto:
    """The network as a checked ONNX model from x (batch, inputs) to y (batch, outputs)."""
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", task.sizes[0]])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", task.sizes[-1]])
    graph = helper.make_graph(all_nodes(task), task.name, [x], [y], stored_tensors(task, parameters))
    model = helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="exactgeo examples",
        doc_string=f"{task.summary}. {task.shape} with ReLU, trained with numpy (Adam, seed {task.seed}).",
    )
    checker.check_model(model, full_check=True)
    return model


def write_atomically(path: Path, content: bytes) -> None:
    """Write beside the target and rename, so that nobody ever reads half a file."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
