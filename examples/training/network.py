"""The network and its training: forward pass, backpropagation, Adam, and weights restricted to a grid or pruned."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.random import Generator

from training.adam import Adam
from training.task import Array, Data, Initial, Parameters, Restriction, Task

BATCH = 64  # points per step

SHARE_PRUNED = 0.7  # share of the weights that pruning sets to zero
WEIGHT_STEP, BIAS_STEP, GRID_LIMIT = 1 / 4, 1 / 8, 1.0  # the grid of the quantised model


def layers(parameters: Parameters) -> Iterator[tuple[Array, Array]]:
    """The pairs (weight, bias), first layer first."""
    return zip(parameters[0::2], parameters[1::2], strict=True)


def he(sizes: tuple[int, ...], rng: Generator) -> Parameters:
    """Random weights, scaled as He et al. suggest for ReLU, and zero biases."""
    parameters: Parameters = []
    for inputs, outputs in pairwise(sizes):
        parameters += [rng.normal(0, np.sqrt(2 / inputs), (outputs, inputs)), np.zeros(outputs)]
    return parameters


def uniform(sizes: tuple[int, ...], rng: Generator) -> Parameters:
    """Random weights and biases up to 1 / sqrt(inputs), as PyTorch's linear layers start; they make fewer regions."""
    parameters: Parameters = []
    for inputs, outputs in pairwise(sizes):
        most = 1 / np.sqrt(inputs)
        parameters += [rng.uniform(-most, most, (outputs, inputs)), rng.uniform(-most, most, outputs)]
    return parameters


def forward(parameters: Parameters, points: Array) -> list[Array]:
    """The points, the values of every hidden layer after ReLU, and the outputs; each of shape (n, layer size)."""
    values = [points]
    depth = len(parameters) // 2
    for i, (weight, bias) in enumerate(layers(parameters), start=1):
        affine = values[-1] @ weight.T + bias
        values.append(np.maximum(affine, 0) if i < depth else affine)
    return values


def gradients(parameters: Parameters, values: list[Array], by_output: Array, *, has_bias: bool) -> Parameters:
    """The gradient of the loss by every parameter, from its gradient by the outputs (n, outputs)."""
    result: Parameters = []
    upstream = by_output  # gradient by the affine part of the current layer
    for weight, inputs in zip(parameters[-2::-2], values[-2::-1], strict=True):  # last layer first
        by_bias = upstream.sum(axis=0) * has_bias  # a zero gradient leaves the bias at its initial zero
        result = [upstream.T @ inputs, by_bias, *result]
        upstream = (upstream @ weight) * (inputs > 0)  # units that ReLU has cut off pass nothing back
    return result


def descend(task: Task, start: Parameters, data: Data, rng: Generator, restriction: Restriction) -> Parameters:
    """Adam with weight decay and a learning rate that falls linearly to zero; returns restricted parameters.

    The gradient is taken at restriction(parameters), but the step is made in the free parameters. For rounding this is
    the straight-through estimate: small steps add up until a weight moves to the next level.
    """
    points, targets = data
    adam = Adam(start, task.steps)
    for _ in range(task.steps):
        batch = rng.integers(0, len(points), BATCH)
        used = restriction(adam.parameters)
        values = forward(used, points[batch])
        _, by_output = task.loss(values[-1], targets[batch])
        adam.step(gradients(used, values, by_output, has_bias=task.has_bias))
    return restriction(adam.parameters)


def train(task: Task, data: Data, rng: Generator, initial: Initial = he) -> Parameters:
    """Train freely and then, where the task asks for it, once more under its restriction."""
    parameters = descend(task, initial(task.sizes, rng), data, rng, lambda free: free)
    if task.restrict is not None:
        parameters = descend(task, parameters, data, rng, task.restrict(parameters))
    # ONNX stores float32. Rounding here makes the reported figures those of the stored network.
    return [p.astype(np.float32).astype(np.float64) for p in parameters]


def round_to_grid(free: Parameters) -> Parameters:
    """Every weight to the nearest multiple of WEIGHT_STEP and every bias of BIAS_STEP, within +-GRID_LIMIT."""
    steps = [WEIGHT_STEP if p.ndim == 2 else BIAS_STEP for p in free]
    # Adding 0.0 turns the -0.0 that rounding may give into 0.0.
    return [np.round(np.clip(p, -GRID_LIMIT, GRID_LIMIT) / s) * s + 0.0 for p, s in zip(free, steps, strict=True)]


def keep_largest_weights(trained: Parameters) -> Restriction:
    """Hold the smallest SHARE_PRUNED of all trained weights at zero from now on; biases stay free."""
    magnitudes = np.concatenate([np.abs(p).ravel() for p in trained if p.ndim == 2])
    threshold = np.quantile(magnitudes, SHARE_PRUNED)
    kept = [(np.abs(p) > threshold) | (p.ndim == 1) for p in trained]
    return lambda free: [np.where(k, p, 0.0) for k, p in zip(kept, free, strict=True)]
