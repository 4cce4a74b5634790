"""A small convolutional network that reads one number off an image, and its training.

3x3 filters with zeros around the image, ReLU, the average over all pixels, and two affine layers with ReLU between.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.random import Generator
from onnx import NodeProto, TensorProto, checker, helper, numpy_helper

from training.adam import Adam
from training.onnx_file import IR_VERSION, OPSET, write_atomically
from training.task import Array, Parameters

FILTERS, HIDDEN = 6, 8
SIDE = 3  # of a filter


def patches(images: Array) -> Array:
    """What the filters see: (n, pixels, channels * 9) from images (n, channels, height, width)."""
    count, channels, height, width = images.shape
    padded = np.pad(images, ((0, 0), (0, 0), (1, 1), (1, 1)))
    shifted = [padded[:, :, y : y + height, x : x + width] for y in range(SIDE) for x in range(SIDE)]
    return np.stack(shifted, axis=2).reshape(count, channels * SIDE * SIDE, height * width).swapaxes(1, 2)


def by_images(by_patches: Array, height: int, width: int) -> Array:
    """The gradient by the images, from that by their patches."""
    count, _, entries = by_patches.shape
    parts = by_patches.swapaxes(1, 2).reshape(count, entries // SIDE**2, SIDE, SIDE, height, width)
    padded = np.zeros((count, entries // SIDE**2, height + 2, width + 2))
    for y in range(SIDE):
        for x in range(SIDE):
            padded[:, :, y : y + height, x : x + width] += parts[:, :, y, x]
    return padded[:, :, 1:-1, 1:-1]


def initial_parameters(rng: Generator) -> Parameters:
    """Random weights, scaled as He et al. suggest for ReLU, and zero biases."""
    sizes = ((FILTERS, SIDE * SIDE), (HIDDEN, FILTERS), (1, HIDDEN))
    parameters: Parameters = []
    for rows, columns in sizes:
        parameters += [rng.normal(0, np.sqrt(2 / columns), (rows, columns)), np.zeros(rows)]
    return parameters


def train(images: Array, targets: Array, steps: int, rng: Generator) -> Parameters:
    """Fit the targets (n,) in the sense of least squares; return parameters as float32 has them."""
    seen = patches(images[:, None])
    adam = Adam(initial_parameters(rng), steps, decay=0)
    for _ in range(steps):
        adam.step(_gradients(adam.parameters, seen, targets))
    return [p.astype(np.float32).astype(np.float64) for p in adam.parameters]


def _gradients(parameters: Parameters, seen: Array, targets: Array) -> Parameters:
    """The gradient of half the mean squared error by every parameter."""
    filters, shifts, first, first_bias, second, second_bias = parameters
    filtered = seen @ filters.T + shifts
    features = np.maximum(filtered, 0).mean(axis=1)
    hidden = np.maximum(features @ first.T + first_bias, 0)
    errors = (hidden @ second.T + second_bias - targets[:, None]) / len(targets)
    by_hidden = (errors @ second) * (hidden > 0)
    by_filtered = (by_hidden @ first)[:, None, :] * (filtered > 0) / seen.shape[1]
    return [
        np.einsum("npf,npk->fk", by_filtered, seen),
        by_filtered.sum(axis=(0, 1)),
        by_hidden.T @ features,
        by_hidden.sum(axis=0),
        errors.T @ hidden,
        errors.sum(axis=0),
    ]


def save(path: Path, parameters: Parameters, height: int, width: int) -> None:
    """Write the network as a checked ONNX model from x (1, 1, height, width) to y (1, 1)."""
    filters, *others = (p.astype(np.float32) for p in parameters)
    tensors = [filters.reshape(FILTERS, 1, SIDE, SIDE), *others]
    names = ("K", "c", "W1", "b1", "W2", "b2")
    nodes = [
        helper.make_node("Conv", ["x", "K", "c"], ["filtered"], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["filtered"], ["bent"]),
        helper.make_node("GlobalAveragePool", ["bent"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["features"]),
        helper.make_node("Gemm", ["features", "W1", "b1"], ["affine"], transB=1),
        helper.make_node("Relu", ["affine"], ["hidden"]),
        helper.make_node("Gemm", ["hidden", "W2", "b2"], ["y"], transB=1),
    ]
    stored = [numpy_helper.from_array(tensor, name) for name, tensor in zip(names, tensors, strict=True)]
    write_model(path, nodes, stored, height, width, outputs=1)


def write_model(
    path: Path, nodes: Sequence[NodeProto], tensors: Sequence[TensorProto], height: int, width: int, *, outputs: int
) -> None:
    """Write these nodes as a checked ONNX model from x (1, 1, height, width) to y (1, outputs)."""
    graph = helper.make_graph(
        nodes,
        path.stem,
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 1, height, width])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, outputs])],
        tensors,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    checker.check_model(model, full_check=True)
    write_atomically(path, model.SerializeToString())
