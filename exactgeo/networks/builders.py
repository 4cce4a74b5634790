"""Programs made from weights (ReLU, maxout, gated networks, arrangements), and programs made from programs."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from exactgeo.arithmetic.arrays import ExactArray, exact_array
from exactgeo.errors import DimensionMismatch, InvalidArgument
from exactgeo.networks.forms import SparseForms
from exactgeo.networks.programs import Program, ProgramBuilder


def relu_network(weights: Sequence[Any], biases: Sequence[Any] | None = None) -> Program:
    """Return the network x -> W[L] relu(… relu(W[0] x + b[0]) …) + b[L].

    Args:
        weights: L + 1 matrices of shape (out, in), each whatever `exact_array` accepts.
        biases: as many vectors of shape (out,), None standing for zeros; or None for no biases at all.

    Raises:
        DimensionMismatch: if the shapes do not fit.
        InexactNumber: for NaN or infinite weights, or Python floats.

    **Exactness**: exact.
    """
    matrices = [_matrix(matrix, f"weights[{k}]") for k, matrix in enumerate(weights)]
    if not matrices:
        raise InvalidArgument("a network has at least one layer of weights")
    offsets = offsets_of(biases, matrices)
    builder = ProgramBuilder(matrices[0].shape[1])
    tensor = SparseForms.variables(np.arange(1, 1 + builder.inputs))
    for matrix, offset in zip(matrices[:-1], offsets, strict=False):
        tensor = SparseForms.variables(builder.add_relus(affine_layer(matrix, offset, tensor)))
    return builder.build(affine_layer(matrices[-1], offsets[-1], tensor))


def hyperplane_arrangement(hyperplanes: Any) -> Program:  # noqa: ANN401 (whatever exact_array accepts)
    """Return the one-layer network with a unit relu(b + a.x) and an output for each hyperplane b + a.x = 0.

    Its activation regions in a domain are the regions of the arrangement there.

    Args:
        hyperplanes: rows (b, a1, …, an), whatever `exact_array` accepts.
    """
    rows = exact_array(hyperplanes)
    if len(rows.shape) != 2:  # noqa: PLR2004 (a matrix)
        raise InvalidArgument("at least one hyperplane (b, a1, …, an) is needed")
    builder = ProgramBuilder(rows.shape[1] - 1)
    tensor = SparseForms.variables(np.arange(1, 1 + builder.inputs))
    return builder.build(SparseForms.variables(builder.add_relus(affine_layer(rows[:, 1:], rows[:, 0], tensor))))


def maxout_network(weights: Sequence[Any], biases: Sequence[Any] | None = None) -> Program:
    """Return a network whose hidden units are maxima of affine forms, its last layer being affine.

    Args:
        weights: the hidden layers' arrays of shape (out, pieces, in), then the last layer's matrix (out, in).
        biases: the hidden layers' arrays of shape (out, pieces), then a vector (out,); None standing for zeros.

    **Source**: Goodfellow et al., Maxout networks, ICML 2013.
    """
    arrays = [exact_array(array) for array in weights]
    if not arrays:
        raise InvalidArgument("a network has at least one layer of weights")
    for k, array in enumerate(arrays):
        if len(array.shape) != (2 if k == len(arrays) - 1 else 3):
            raise DimensionMismatch(
                f"weights[{k}] has shape {array.shape}; hidden layers are (out, pieces, in), the last (out, in)"
            )
        if len(array.shape) > 2 and array.shape[1] < 2:  # noqa: PLR2004 (a choice needs two)
            raise InvalidArgument(f"weights[{k}] has {array.shape[1]} pieces; a unit needs at least two")
    offsets = offsets_of(biases, arrays)
    builder = ProgramBuilder(arrays[0].shape[-1])
    tensor = SparseForms.variables(np.arange(1, 1 + builder.inputs))
    for array, offset in zip(arrays[:-1], offsets, strict=False):
        pieces = [affine_layer(array[:, p], offset[:, p], tensor) for p in range(array.shape[1])]
        tensor = SparseForms.variables(builder.add_maxima(pieces))
    return builder.build(affine_layer(arrays[-1], offsets[-1], tensor))


def gated_network(
    gates: Sequence[Any],
    values: Sequence[Any],
    gate_biases: Sequence[Any] | None = None,
    biases: Sequence[Any] | None = None,
) -> Program:
    """Return a deep linearly gated network.

    Its layers are z -> 1[G x + c > 0] * (W z + b), the last one affine without a gate. The gates look at the
    network's input. The network is discontinuous: at 0 a gate is closed.

    Args:
        gates: L matrices of shape (out, inputs).
        values: L + 1 matrices of shape (out, in); out of the first L as in `gates`.
        gate_biases: L vectors, or None for zeros.
        biases: L + 1 vectors, or None for zeros.

    **Source**: Lakshminarayanan and Singh, Disentangling deep neural networks with rectified linear units using
    duality, arXiv 2110.03403.
    """
    gate_matrices = [_matrix(matrix, f"gates[{k}]") for k, matrix in enumerate(gates)]
    matrices = [_matrix(matrix, f"values[{k}]") for k, matrix in enumerate(values)]
    if len(matrices) != len(gate_matrices) + 1:
        raise DimensionMismatch(
            f"{len(matrices)} value layers for {len(gate_matrices)} gate layers; one more is needed"
        )
    thresholds, offsets = offsets_of(gate_biases, gate_matrices), offsets_of(biases, matrices)
    builder = ProgramBuilder(matrices[0].shape[1])
    x = tensor = SparseForms.variables(np.arange(1, 1 + builder.inputs))
    for k, matrix in enumerate(matrices[:-1]):
        gate = affine_layer(gate_matrices[k], thresholds[k], x)
        tensor = SparseForms.variables(builder.add_gated(gate, affine_layer(matrix, offsets[k], tensor)))
    return builder.build(affine_layer(matrices[-1], offsets[-1], tensor))


def compose(outer: Program, inner: Program) -> Program:
    """Return x -> outer(inner(x)). Raises DimensionMismatch if the outputs do not fit the inputs."""
    if outer.inputs != inner.output_count:
        raise DimensionMismatch(f"{inner.output_count} outputs do not fit {outer.inputs} inputs")
    builder = ProgramBuilder(inner.inputs)
    hidden = builder.add_program(inner, SparseForms.variables(np.arange(1, 1 + inner.inputs)))
    return builder.build(builder.add_program(outer, hidden))


def product(first: Program, second: Program) -> Program:
    """Return (x, x') -> (first(x), second(x')), on the product of the input spaces."""
    builder = ProgramBuilder(first.inputs + second.inputs)
    left = builder.add_program(first, SparseForms.variables(np.arange(1, 1 + first.inputs)))
    right = builder.add_program(second, SparseForms.variables(np.arange(1 + first.inputs, 1 + builder.inputs)))
    return builder.build(SparseForms.concatenate([left, right]))


def restrict(program: Program, directions: Any, origin: Any) -> Program:  # noqa: ANN401 (whatever exact_array accepts)
    """Return the program on a slice: u -> program(P u + q).

    Args:
        program: the network.
        directions: P, of shape (inputs, slice dimension).
        origin: q, of shape (inputs,).

    Raises:
        DimensionMismatch: if the shapes do not fit the program.
    """
    matrix, offset = _matrix(directions, "directions"), exact_array(origin)
    if matrix.shape[0] != program.inputs or offset.shape != (program.inputs,):
        raise DimensionMismatch(
            f"directions of shape {matrix.shape} and an origin of shape {offset.shape} "
            f"do not fit {program.inputs} inputs"
        )
    builder = ProgramBuilder(matrix.shape[1])
    tensor = SparseForms.variables(np.arange(1, 1 + builder.inputs))
    return builder.build(builder.add_program(program, affine_layer(matrix, offset, tensor)))


def affine_layer(matrix: ExactArray, offset: ExactArray, tensor: SparseForms) -> SparseForms:
    """Return the forms W z + b, for z given as forms.

    Args:
        matrix: W, of shape (out, in).
        offset: b, of shape (out,).
        tensor: z, a batch of `in` forms.

    Raises:
        DimensionMismatch: if the shapes do not fit.
    """
    rows, columns = matrix.shape
    if columns != len(tensor):
        raise DimensionMismatch(f"a matrix of shape {matrix.shape} does not take {len(tensor)} values")
    if offset.shape != (rows,):
        raise DimensionMismatch(f"a bias of shape {offset.shape} does not fit a matrix of shape {matrix.shape}")
    linear = SparseForms.from_triplets(
        np.repeat(np.arange(rows), columns),
        np.tile(np.arange(columns), rows),
        matrix.numerators.ravel(),
        np.full(rows, matrix.denominator, dtype=np.int64 if matrix.denominator < 2**62 else object),
    ).substitute(tensor)
    return linear + constant_forms(offset)


def constant_forms(values: ExactArray) -> SparseForms:
    """Return the entries of an array, in row-major order, as constant forms."""
    count = values.numerators.size
    denominators = np.full(count, values.denominator, dtype=np.int64 if values.denominator < 2**62 else object)
    rows = np.arange(count)
    return SparseForms.from_triplets(rows, np.zeros(count, dtype=np.int64), values.numerators.ravel(), denominators)


def _matrix(values: Any, name: str) -> ExactArray:  # noqa: ANN401 (whatever exact_array accepts)
    array = exact_array(values)
    if len(array.shape) != 2:  # noqa: PLR2004 (a matrix)
        raise DimensionMismatch(f"{name} has shape {array.shape}; a matrix (out, in) was expected")
    return array


def offsets_of(biases: Sequence[Any] | None, arrays: Sequence[ExactArray]) -> list[ExactArray]:
    """Return the biases of layers as arrays, zeros where None stands.

    Args:
        biases: one for each layer, of the layer's shape without its last axis; or None for zeros everywhere.
        arrays: the layers' weights.

    Raises:
        DimensionMismatch: if the shapes do not fit.
    """
    given = [None] * len(arrays) if biases is None else list(biases)
    if len(given) != len(arrays):
        raise DimensionMismatch(f"{len(given)} biases for {len(arrays)} layers")
    shapes = [array.shape[:-1] for array in arrays]
    offsets = [
        ExactArray(np.zeros(shape, dtype=np.int64), 1) if bias is None else exact_array(bias)
        for bias, shape in zip(given, shapes, strict=True)
    ]
    for offset, shape in zip(offsets, shapes, strict=True):
        if offset.shape != shape:
            raise DimensionMismatch(f"a bias of shape {offset.shape} does not fit a layer of shape {shape}")
    return offsets
