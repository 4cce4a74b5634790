"""Gated networks of every kind: fully connected, convolutional, with averages and skip connections."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from exactgeo.arithmetic.rationals import Rational
from exactgeo.networks import Program
from exactgeo.networks.gated import (
    GatedNetwork,
    LayersBuilder,
    Node,
    deep_gated_network,
    deep_linearly_gated_network,
    rectified_network,
    shallow_features_network,
)
from exactgeo.networks.programs import ProgramBuilder
from exactgeo.strategies.numbers import rationals

_SMALL = rationals(max_numerator=3)
_KINDS = {
    "DGN": deep_gated_network,
    "DLGN": deep_linearly_gated_network,
    "DLGN-SF": shallow_features_network,
}


@st.composite
def fully_connected(
    draw: st.DrawFn,
    *,
    max_inputs: int = 3,
    max_width: int = 3,
    max_depth: int = 3,
    kinds: tuple[str, ...] = ("ReLU", *_KINDS),
    with_biases: bool | None = None,
    same_width: bool = False,
) -> GatedNetwork:
    """Draw a fully connected gated network with small weights.

    Args:
        draw: Hypothesis's.
        max_inputs: the most inputs.
        max_width: the most units in a layer.
        max_depth: the most layers of gates.
        kinds: among "ReLU", "DGN", "DLGN" and "DLGN-SF".
        with_biases: whether all layers have biases, or none has; None for either.
        same_width: whether all layers of gates have as many units.
    """
    inputs, depth = draw(st.integers(1, max_inputs)), draw(st.integers(1, max_depth))
    width = draw(st.integers(1, max_width))
    widths = [width if same_width else draw(st.integers(1, max_width)) for _ in range(depth)]
    values = _matrices(draw, [inputs, *widths, draw(st.integers(1, 2))])
    has_biases = draw(st.booleans()) if with_biases is None else with_biases
    biases = [_row(draw, len(matrix)) for matrix in values] if has_biases else None
    kind = draw(st.sampled_from(kinds))
    if kind == "ReLU":
        return rectified_network(values, biases)
    features = [_matrix(draw, width, inputs) for width in widths]
    if kind != "DLGN-SF":
        features = _matrices(draw, [inputs, *widths])
    offsets = [_row(draw, width) for width in widths] if draw(st.booleans()) else None
    return _KINDS[kind](features, values, offsets, biases, is_given_ones=draw(st.booleans()))


@st.composite
def gated_networks(draw: st.DrawFn, *, max_layers: int = 4) -> GatedNetwork:
    """Draw a gated network of any shape, with few inputs and few ways through it.

    Convolutions, with zeros or in a circle, with strides; averages; affine layers; skip connections around layers or
    to the very same layer; gates anywhere, on one another and on the input, too.
    """
    builder = LayersBuilder()
    shape = draw(st.sampled_from([(1,), (2,), (1, 2), (1, 3), (2, 2), (1, 2, 2)]))
    is_linearly_gated = draw(st.booleans())
    node = builder.source(shape, is_ones=is_linearly_gated and draw(st.booleans()))
    known, gated = [node], []
    for _ in range(draw(st.integers(1, max_layers))):
        node = draw(st.sampled_from(known[-2:]))
        kind = draw(st.sampled_from(["gate", "gate", "dense", "convolution", "convolution", "sum", "average"]))
        mates = [other for other in known if other.shape == node.shape]
        if kind == "gate":
            gated.append(node.size)
            node = builder.gate(node)
        elif kind == "sum":
            node = builder.add(node, draw(st.sampled_from(mates)))
        elif kind == "average" and len(node.shape) > 1:
            node = builder.average(node)
        elif kind == "convolution" and len(node.shape) > 1:
            node = _convolved(draw, builder, node)
        else:
            rows = draw(st.integers(1, 2))
            node = builder.dense(node, _matrix(draw, rows, node.size), _optional(draw, rows))
        known.append(node)
    if draw(st.booleans()):
        builder.dense(node, _matrix(draw, 1, node.size), _optional(draw, 1))
    return GatedNetwork(builder.layers, _affine(draw, known[0].size, sum(gated)) if is_linearly_gated else None)


def _convolved(draw: st.DrawFn, builder: LayersBuilder, node: Node) -> Node:
    axes, channels = len(node.shape) - 1, draw(st.integers(1, 2))
    window = min(2, *node.shape[1:])
    size = channels * node.shape[0] * window**axes
    numbers = iter(_row(draw, size))
    shape = [channels, node.shape[0], *[window] * axes]
    return builder.convolution(
        node,
        _nested(numbers, shape),
        _optional(draw, channels),
        stride=draw(st.integers(1, 2)),
        padding=draw(st.integers(0, 1)),
        is_circular=draw(st.booleans()),
    )


def _nested(numbers: Iterator[Rational], shape: Sequence[int]) -> Any:  # noqa: ANN401 (lists as deep as the shape)
    return [_nested(numbers, shape[1:]) for _ in range(shape[0])] if shape else next(numbers)


def _affine(draw: st.DrawFn, inputs: int, outputs: int) -> Program:
    forms = [dict(enumerate(_row(draw, 1 + inputs))) for _ in range(outputs)]
    return ProgramBuilder(inputs).build(forms)


def _optional(draw: st.DrawFn, size: int) -> list[Rational] | None:
    return _row(draw, size) if draw(st.booleans()) else None


def _matrices(draw: st.DrawFn, sizes: list[int]) -> list[list[list[Rational]]]:
    return [_matrix(draw, rows, columns) for columns, rows in pairwise(sizes)]


def _matrix(draw: st.DrawFn, rows: int, columns: int) -> list[list[Rational]]:
    return [_row(draw, columns) for _ in range(rows)]


def _row(draw: st.DrawFn, size: int) -> list[Rational]:
    return [draw(_SMALL) for _ in range(size)]
