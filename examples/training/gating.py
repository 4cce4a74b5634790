"""A deep linearly gated network in the plane, trained with soft gates: sigmoids of what a deep linear network makes.

q1 = G1 x + c1, q2 = G2 q1 + c2; v1 = (W1 x + b1) s(q1), v2 = (W2 v1 + b2) s(q2); y = w3 v2 + b3, s(q) being the sigmoid
of STEEP q.
"""

from pathlib import Path

import numpy as np
from numpy.random import Generator
from onnx import TensorProto, checker, helper, numpy_helper

from training.adam import Adam
from training.losses import logistic
from training.onnx_file import IR_VERSION, OPSET, write_atomically
from training.task import Array, Data, Parameters

INPUTS, WIDTH = 2, 6
STEEP = 4.0  # of the gates
BATCH = 64
NAMES = ("G1", "c1", "G2", "c2", "W1", "b1", "W2", "b2", "w3", "b3")


def initial_parameters(rng: Generator) -> Parameters:
    """Random weights, scaled by the number of inputs of each layer, and zero biases."""
    hidden = [(WIDTH, INPUTS), (WIDTH, WIDTH)]
    parameters: Parameters = []
    for rows, columns in (*hidden, *hidden, (1, WIDTH)):
        parameters += [rng.normal(0, np.sqrt(2 / columns), (rows, columns)), np.zeros(rows)]
    return parameters


def sigmoid(values: Array) -> Array:
    """The soft gates."""
    return 0.5 * (1 + np.tanh(0.5 * STEEP * values))


def outputs(parameters: Parameters, points: Array, *, are_hard: bool) -> Array:
    """The network's outputs (n, 1), with soft gates or with hard ones."""
    first, first_shift, second, second_shift, *value = parameters
    q1 = points @ first.T + first_shift
    q2 = q1 @ second.T + second_shift
    gates = [np.where(q > 0, 1.0, 0.0) if are_hard else sigmoid(q) for q in (q1, q2)]
    hidden = points
    for gate, weight, bias in zip(gates, value[0:4:2], value[1:4:2], strict=True):
        hidden = (hidden @ weight.T + bias) * gate
    return hidden @ value[4].T + value[5]


def train(data: Data, steps: int, rng: Generator) -> Parameters:
    """Train with soft gates, and return parameters as float32 has them."""
    points, targets = data
    adam = Adam(initial_parameters(rng), steps)
    for _ in range(steps):
        batch = rng.integers(0, len(points), BATCH)
        adam.step(_gradients(adam.parameters, points[batch], targets[batch]))
    return [p.astype(np.float32).astype(np.float64) for p in adam.parameters]


def _gradients(parameters: Parameters, x: Array, targets: Array) -> Parameters:
    """The gradient of the loss by every parameter."""
    g1, c1, g2, c2, w1, b1, w2, b2, w3, b3 = parameters
    q1 = x @ g1.T + c1
    q2 = q1 @ g2.T + c2
    s1, s2 = sigmoid(q1), sigmoid(q2)
    u1 = x @ w1.T + b1
    v1 = u1 * s1
    u2 = v1 @ w2.T + b2
    v2 = u2 * s2
    _, by_y = logistic(v2 @ w3.T + b3, targets)
    by_v2 = by_y @ w3
    by_u2 = by_v2 * s2
    by_q2 = by_v2 * u2 * STEEP * s2 * (1 - s2)
    by_v1 = by_u2 @ w2
    by_u1 = by_v1 * s1
    by_q1 = by_v1 * u1 * STEEP * s1 * (1 - s1) + by_q2 @ g2
    pairs = ((by_q1, x), (by_q2, q1), (by_u1, x), (by_u2, v1), (by_y, v2))
    return [gradient for by, read in pairs for gradient in (by.T @ read, by.sum(axis=0))]


def save(path: Path, parameters: Parameters) -> None:
    """Write the network with its soft gates as a checked ONNX model from x (1, 2) to y (1, 1)."""
    nodes = [
        helper.make_node("Gemm", ["x", "G1", "c1"], ["q1"], transB=1),
        helper.make_node("Gemm", ["q1", "G2", "c2"], ["q2"], transB=1),
    ]
    for k, source in ((1, "x"), (2, "v1")):
        nodes += [
            helper.make_node("Mul", [f"q{k}", "steep"], [f"steep{k}"]),
            helper.make_node("Sigmoid", [f"steep{k}"], [f"gate{k}"], name=f"gate{k}"),
            helper.make_node("Gemm", [source, f"W{k}", f"b{k}"], [f"u{k}"], transB=1),
            helper.make_node("Mul", [f"u{k}", f"gate{k}"], [f"v{k}"]),
        ]
    nodes.append(helper.make_node("Gemm", ["v2", "w3", "b3"], ["y"], transB=1))
    tensors = [numpy_helper.from_array(p.astype(np.float32), name) for name, p in zip(NAMES, parameters, strict=True)]
    graph = helper.make_graph(
        nodes,
        path.stem,
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, INPUTS])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 1])],
        [*tensors, numpy_helper.from_array(np.array(STEEP, dtype=np.float32), "steep")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    checker.check_model(model, full_check=True)
    write_atomically(path, model.SerializeToString())
