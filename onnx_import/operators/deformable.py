"""Deformable convolution: a convolution whose cells look between the pixels, each at its own offset."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from exactgeo.arithmetic.arrays import ExactArray
from exactgeo.arithmetic.rationals import Rational
from exactgeo.networks.forms import SparseForms
from onnx_import.lowering.interpolation import in_block, rationals, samples_matrix, tent, weights_around
from onnx_import.lowering.nodes import Node
from onnx_import.lowering.registry import operator
from onnx_import.lowering.tensors import Real, Value, linear_images, rearrange
from onnx_import.lowering.windows import Windows, windows
from onnx_import.operators.convolutions import with_bias
from onnx_import.operators.elementwise import multiply
from onnx_import.operators.linear import multiplied
from onnx_import.operators.sampling import demand_samples


@dataclass(frozen=True, slots=True)
class _Shape:
    """What a deformable convolution's arrays have in common.

    Attributes:
        batch: how many images there are.
        channels: of each.
        sizes: of each channel.
        filters: how many channels there are in the result.
        kernel: its sizes.
        groups: of channels, each with filters of its own.
        offset_groups: of channels, each with offsets of its own.
        moved: the places that the kernel would look at without offsets.
    """

    batch: int
    channels: int
    sizes: tuple[int, ...]
    filters: int
    kernel: tuple[int, ...]
    groups: int
    offset_groups: int
    moved: Windows

    @property
    def cells(self) -> int:
        """How many cells the kernel has."""
        return prod(self.kernel)

    @property
    def count(self) -> int:
        """How many places the kernel comes to."""
        return prod(self.moved.shape)


@operator("DeformConv")
def deform_conv(node: Node) -> Sequence[Value]:
    """The sums of W[m, c, k] mask[k, o] X[c, at o * stride - pad + k * dilation + offset[k, o]], plus a bias.

    X is interpolated linearly between its entries, with zeros around it. The offsets must be constant, and so must all
    but one of X, W and the mask be; but the mask may be piecewise constant in the data.
    """
    data, weights = node.floats(0), node.floats(1)
    shape = _shape(node, data.shape, weights.shape)
    images = _sampled(node, data, node.constant(2, "its offsets (input 2)"), shape)
    if node.has(4):
        images = _masked(node, images, node.floats(4), shape)
    terms = shape.channels // shape.groups * shape.cells
    kernels = _reshaped(weights, (shape.groups, shape.filters // shape.groups, terms))
    columns = _reshaped(images, (shape.batch, shape.groups, terms, shape.count))
    product = multiplied(node, kernels, columns)
    return [with_bias(node, _reshaped(product, (shape.batch, shape.filters, *shape.moved.shape)), 3)]


def _shape(node: Node, data: tuple[int, ...], weights: tuple[int, ...]) -> _Shape:
    groups, offset_groups = node.integer("group", 1), node.integer("offset_group", 1)
    if len(data) < 3 or len(weights) != len(data) or 0 in (*data, *weights):  # noqa: PLR2004 (N, C, …)
        node.malformed(f"convolves an array of shape {data} with a kernel of shape {weights}")
    (batch, channels), (filters, width), kernel = data[:2], weights[:2], weights[2:]
    if groups < 1 or channels != width * groups or filters % groups:
        node.malformed(f"has {groups} groups for {channels} channels and a kernel of shape {weights}")
    if offset_groups < 1 or channels % offset_groups:
        node.malformed(f"has {offset_groups} groups of offsets for {channels} channels")
    if (node.integer_list("kernel_shape") or list(kernel)) != list(kernel):
        node.malformed(f"has a kernel of shape {weights}, and says otherwise")
    if node.stored_attribute("auto_pad", str) is not None:
        node.refuse("has the attribute 'auto_pad', which is not supported")
    moved = windows(node, data[2:], kernel)
    return _Shape(batch, channels, data[2:], filters, kernel, groups, offset_groups, moved)


def _sampled(node: Node, data: Real, offsets: ExactArray, shape: _Shape) -> Real:
    """Return what each cell reads: an array (batch, channels, cells, count)."""
    rank = len(shape.sizes)
    expected = (shape.batch, shape.offset_groups * shape.cells * rank, *shape.moved.shape)
    if offsets.shape != expected:
        node.malformed(f"has offsets of shape {offsets.shape}; {expected} was expected")
    demand_samples(node, shape.batch * shape.offset_groups * shape.cells * shape.count * 2**rank)
    result = (shape.batch, shape.channels, shape.cells, shape.count)
    node.demand_size((*result, 2**rank))
    moves = offsets.reshaped((shape.batch * shape.offset_groups, shape.cells, rank, shape.count))
    width = shape.channels // shape.offset_groups

    def matrices() -> Iterator[SparseForms]:
        for block in range(shape.batch * shape.offset_groups):
            matrix = samples_matrix(_samples(moves[block], shape), shape.sizes)
            for channel in range(block * width, (block + 1) * width):
                yield in_block(matrix, channel, prod(shape.sizes))

    return linear_images(data, matrices(), result)


def _samples(moves: ExactArray, shape: _Shape) -> Iterator[list[dict[int, Rational]]]:
    """Yield the weights along each axis of what is read, cell by cell, at all places that the kernel comes to."""
    given = np.array(rationals(moves), dtype=object).reshape(moves.shape)
    places = [axis.places for axis in shape.moved.axes]
    for cell, along in enumerate(np.ndindex(*shape.kernel)):
        for place, position in enumerate(np.ndindex(*shape.moved.shape)):
            yield [
                _weights(int(table[o, k]) + move, size)
                for table, o, k, move, size in zip(
                    places, position, along, given[cell, :, place], shape.sizes, strict=True
                )
            ]


def _weights(position: Rational, size: int) -> dict[int, Rational]:
    around = weights_around(position, tent, 1)
    return {place: weight for place, weight in around.items() if 0 <= place < size}


def _masked(node: Node, images: Real, mask: Real, shape: _Shape) -> Real:
    expected = (shape.batch, shape.offset_groups * shape.cells, *shape.moved.shape)
    if mask.shape != expected:
        node.malformed(f"has a mask of shape {mask.shape}; {expected} was expected")
    width = shape.channels // shape.offset_groups
    split = _reshaped(images, (shape.batch, shape.offset_groups, width, shape.cells, shape.count))
    return multiply(node, split, _reshaped(mask, (shape.batch, shape.offset_groups, 1, shape.cells, shape.count)))


def _reshaped(value: Real, shape: tuple[int, ...]) -> Real:
    return rearrange(value, lambda array: array.reshape(shape))
