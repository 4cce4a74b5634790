"""Fully connected gated networks, from matrices of weights."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from exactgeo.arithmetic.arrays import ExactArray, exact_array
from exactgeo.errors import DimensionMismatch, InvalidArgument
from exactgeo.networks.builders import affine_layer, offsets_of
from exactgeo.networks.forms import SparseForms
from exactgeo.networks.gated.layers import Layer
from exactgeo.networks.gated.network import GatedNetwork
from exactgeo.networks.gated.tensors import LayersBuilder
from exactgeo.networks.programs import Program, ProgramBuilder

Biases = Sequence[Any] | None


def rectified_network(weights: Sequence[Any], biases: Biases = None) -> GatedNetwork:
    """Return the ReLU network with these weights, whose gates look at what they gate.

    Args:
        weights: L + 1 matrices of shape (out, in), each whatever `exact_array` accepts.
        biases: as many vectors of shape (out,), None standing for a layer without; or None for no biases at all.

    Raises:
        DimensionMismatch: if the shapes do not fit.

    **Exactness**: exact.
    """
    return GatedNetwork(_layers(weights, biases))


def deep_gated_network(
    features: Sequence[Any],
    values: Sequence[Any],
    feature_biases: Biases = None,
    biases: Biases = None,
    *,
    is_given_ones: bool = False,
) -> GatedNetwork:
    """Return a deep gated network (DGN): the gates are those of a ReLU network with weights of its own.

    Args:
        features: the L matrices (out, in) of the feature network's hidden layers.
        values: the L + 1 matrices of the value network; the first L with as many rows as those in `features`.
        feature_biases: L vectors, or None for zeros.
        biases: L + 1 vectors, None standing for a layer without; or None for no biases at all.
        is_given_ones: whether the value network gets ones in place of x.

    Raises:
        DimensionMismatch: if the shapes do not fit.

    **Exactness**: exact. **Source**: Lakshminarayanan and Singh, NeurIPS 2020.
    """
    preactivations = _features(features, feature_biases, is_rectified=True)
    return GatedNetwork(_layers(values, biases, is_ones=is_given_ones), preactivations)


def deep_linearly_gated_network(
    features: Sequence[Any],
    values: Sequence[Any],
    feature_biases: Biases = None,
    biases: Biases = None,
    *,
    is_given_ones: bool = False,
) -> GatedNetwork:
    """Return a deep linearly gated network (DLGN): the pre-activations of the gates are those of a deep linear network.

    Arguments and errors are those of `deep_gated_network`. Source: the same authors, arXiv 2110.03403.
    """
    preactivations = _features(features, feature_biases, is_rectified=False)
    return GatedNetwork(_layers(values, biases, is_ones=is_given_ones), preactivations)


def shallow_features_network(
    features: Sequence[Any],
    values: Sequence[Any],
    feature_biases: Biases = None,
    biases: Biases = None,
    *,
    is_given_ones: bool = False,
) -> GatedNetwork:
    """Return a DLGN with shallow features (DLGN-SF): each layer of gates looks at x through one matrix.

    Arguments, errors and source are those of `deep_linearly_gated_network`, except that all matrices in `features` have
    as many columns as there are inputs.
    """
    matrices = _demand_matrices(features)
    offsets = offsets_of(feature_biases, matrices)
    builder = ProgramBuilder(matrices[0].shape[1])
    x = SparseForms.variables(np.arange(1, 1 + builder.inputs))
    found = [affine_layer(matrix, offset, x) for matrix, offset in zip(matrices, offsets, strict=True)]
    return GatedNetwork(_layers(values, biases, is_ones=is_given_ones), builder.build(SparseForms.concatenate(found)))


def _features(weights: Sequence[Any], biases: Biases, *, is_rectified: bool) -> Program:
    """Return the pre-activations of a deep network, with or without ReLU between the layers."""
    matrices = _demand_matrices(weights)
    offsets = offsets_of(biases, matrices)
    builder = ProgramBuilder(matrices[0].shape[1])
    tensor = SparseForms.variables(np.arange(1, 1 + builder.inputs))
    found: list[SparseForms] = []
    for matrix, offset in zip(matrices, offsets, strict=True):
        found.append(affine_layer(matrix, offset, tensor))
        is_last = len(found) == len(matrices)
        tensor = SparseForms.variables(builder.add_relus(found[-1])) if is_rectified and not is_last else found[-1]
    return builder.build(SparseForms.concatenate(found))


def _layers(weights: Sequence[Any], biases: Biases, *, is_ones: bool = False) -> tuple[Layer, ...]:
    """Return the layers of a fully connected network, with gates between any two."""
    matrices = _demand_matrices(weights)
    for number, (below, above) in enumerate(pairwise(matrices)):
        if above.shape[1] != below.shape[0]:
            raise DimensionMismatch(f"weights[{number + 1}] has shape {above.shape}, and reads {below.shape[0]} units")
    given = [None] * len(matrices) if biases is None else list(biases)
    if len(given) != len(matrices):
        raise DimensionMismatch(f"{len(given)} biases for {len(matrices)} layers")
    builder = LayersBuilder()
    node = builder.source((matrices[0].shape[1],), is_ones=is_ones)
    for number, (matrix, bias) in enumerate(zip(matrices, given, strict=True)):
        node = builder.dense(builder.gate(node) if number else node, matrix, bias)
    return builder.layers


def _demand_matrices(weights: Sequence[Any]) -> list[ExactArray]:
    matrices = [exact_array(matrix) for matrix in weights]
    if not matrices:
        raise InvalidArgument("a network has at least one layer of weights")
    for number, matrix in enumerate(matrices):
        if len(matrix.shape) != 2:  # noqa: PLR2004 (a matrix)
            raise DimensionMismatch(f"weights[{number}] has shape {matrix.shape}; a matrix (out, in) was expected")
    return matrices
