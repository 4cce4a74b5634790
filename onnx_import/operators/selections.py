"""Extrema of several tensors: Max, Min."""

from collections.abc import Sequence
from functools import reduce

import numpy as np

from exactgeo.arithmetic.arrays import ExactArray
from exactgeo.networks.forms import SparseForms
from onnx_import.nodes import Node
from onnx_import.registry import operator
from onnx_import.tensors import Real, Tensor, Value, broadcast, negate


@operator("Max")
def maximum(node: Node) -> Sequence[Value]:
    """The entrywise maximum, broadcasting: one unit an entry, its selectors and values the operands in their order."""
    return [node.computed(_largest(node, [node.real(index) for index in range(node.count())]))]


@operator("Min")
def minimum(node: Node) -> Sequence[Value]:
    """The entrywise minimum: minus the maximum of the negatives."""
    return [node.computed(negate(_largest(node, [negate(node.real(index)) for index in range(node.count())])))]


def _largest(node: Node, operands: Sequence[Real]) -> Real:
    if not operands:
        node.malformed("has no inputs")
    if len(operands) == 1:
        return operands[0]
    constants = [operand for operand in operands if isinstance(operand, ExactArray)]
    try:
        if len(constants) == len(operands):
            return reduce(_larger, constants)
        tensors = broadcast(operands)
    except ValueError:
        node.malformed(f"combines arrays of shapes {[operand.shape for operand in operands]}, which do not broadcast")
    return Tensor(
        tensors[0].shape, SparseForms.variables(node.builder.add_maxima([tensor.forms for tensor in tensors]))
    )


def _larger(first: ExactArray, second: ExactArray) -> ExactArray:
    shape = np.broadcast_shapes(first.shape, second.shape)
    pairs = zip(
        ExactArray(np.broadcast_to(first.numerators, shape), first.denominator).flat(),
        ExactArray(np.broadcast_to(second.numerators, shape), second.denominator).flat(),
        strict=True,
    )
    return ExactArray.of([max(a, b) for a, b in pairs], shape)
