"""A small convolutional classifier of images, and its training.

Two layers of 3x3 filters with zeros around the image, each with ReLU; the average of each of the second layer's filters
over all pixels, a feature; and an affine layer from the features to a logit for each class.
"""

from pathlib import Path

import numpy as np
from numpy.random import Generator
from onnx import helper, numpy_helper

from training.adam import Adam
from training.convolution import SIDE, by_images, patches, write_model
from training.losses import cross_entropy
from training.task import Array, Parameters

FILTERS, FEATURES = 8, 24
BATCH = 64  # images per step


def initial_parameters(rng: Generator, classes: int) -> Parameters:
    """Random weights, scaled as He et al. suggest for ReLU, and zero biases."""
    sizes = ((FILTERS, SIDE**2), (FEATURES, FILTERS * SIDE**2), (classes, FEATURES))
    parameters: Parameters = []
    for rows, columns in sizes:
        parameters += [rng.normal(0, np.sqrt(2 / columns), (rows, columns)), np.zeros(rows)]
    return parameters


def train(images: Array, labels: Array, classes: int, steps: int, rng: Generator) -> Parameters:
    """Fit the labels (n,) of images (n, height, width) by cross-entropy; return parameters as float32 has them."""
    adam = Adam(initial_parameters(rng, classes), steps)
    targets = np.eye(classes)[labels]
    seen = patches(images[:, None])
    for _ in range(steps):
        batch = rng.integers(0, len(images), BATCH)
        adam.step(_gradients(adam.parameters, seen[batch], targets[batch], images.shape[1:]))
    return [p.astype(np.float32).astype(np.float64) for p in adam.parameters]


def _gradients(parameters: Parameters, seen: Array, targets: Array, shape: tuple[int, ...]) -> Parameters:
    """The gradient of the mean loss by every parameter; `seen` are the images' patches."""
    first, first_bias, second, second_bias, last, last_bias = parameters
    height, width = shape
    edges = np.maximum(seen @ first.T + first_bias, 0)
    again = patches(edges.swapaxes(1, 2).reshape(len(seen), FILTERS, height, width))
    parts = np.maximum(again @ second.T + second_bias, 0)
    features = parts.mean(axis=1)
    _, by_logits = cross_entropy(features @ last.T + last_bias, targets)
    by_parts = (by_logits @ last)[:, None, :] * (parts > 0) / parts.shape[1]
    by_edges = by_images(by_parts @ second, height, width).reshape(len(seen), FILTERS, -1).swapaxes(1, 2)
    by_edges = by_edges * (edges > 0)
    return [
        np.tensordot(by_edges, seen, axes=([0, 1], [0, 1])),
        by_edges.sum(axis=(0, 1)),
        np.tensordot(by_parts, again, axes=([0, 1], [0, 1])),
        by_parts.sum(axis=(0, 1)),
        by_logits.T @ features,
        by_logits.sum(axis=0),
    ]


def save(path: Path, parameters: Parameters, height: int, width: int) -> None:
    """Write the network as a checked ONNX model from x (1, 1, height, width) to y (1, classes)."""
    first, first_bias, second, second_bias, last, last_bias = (p.astype(np.float32) for p in parameters)
    stored = {
        "K1": first.reshape(FILTERS, 1, SIDE, SIDE),
        "c1": first_bias,
        "K2": second.reshape(FEATURES, FILTERS, SIDE, SIDE),
        "c2": second_bias,
        "W": last,
        "b": last_bias,
    }
    nodes = [
        helper.make_node("Conv", ["x", "K1", "c1"], ["filtered"], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["filtered"], ["edges"]),
        helper.make_node("Conv", ["edges", "K2", "c2"], ["again"], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["again"], ["parts"]),
        helper.make_node("GlobalAveragePool", ["parts"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["features"]),
        helper.make_node("Gemm", ["features", "W", "b"], ["y"], transB=1, name="last"),
    ]
    tensors = [numpy_helper.from_array(tensor, name) for name, tensor in stored.items()]
    write_model(path, nodes, tensors, height, width, outputs=len(last))
