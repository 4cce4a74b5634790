"""Elementary functions: of constants, under the policy for irrational constants; of data, refused."""

from collections.abc import Sequence
from math import prod
from typing import NoReturn

import numpy as np

from exactgeo.arithmetic.arrays import ExactArray
from exactgeo.arithmetic.rationals import Rational
from exactgeo.errors import InvalidArgument, IrrationalConstant
from onnx_import.lowering.irrational import FUNCTIONS, Elementary, NotRational, apply_to_constants, power_function
from onnx_import.lowering.nodes import Node
from onnx_import.lowering.registry import operator
from onnx_import.lowering.tensors import Tensor, Value

FINAL = ("Softmax", "LogSoftmax", "Sigmoid")
_MOST_BITS = 2**18


@operator(*(set(FUNCTIONS) - {*FINAL}))
def elementary(node: Node) -> Sequence[Value]:
    """An elementary function of constants."""
    value = node.real(0)
    if isinstance(value, Tensor):
        node.not_piecewise_affine("computes a smooth function of the data")
    return [folded(node, FUNCTIONS[node.operator], value)]


@operator("Sigmoid")
def logistic(node: Node) -> Sequence[Value]:
    """1 / (1 + exp(-x)) of constants."""
    value = node.real(0)
    if isinstance(value, Tensor):
        refuse_final(node)
    return [folded(node, FUNCTIONS[node.operator], value)]


def folded(node: Node, function: Elementary, values: ExactArray) -> ExactArray:
    """Return a function of constants: exact where rational, else as the policy says.

    Raises IrrationalConstant with the remedy, or MalformedModel outside of the function's range.
    """
    policy = node.context.choices.irrational
    node.demand_few(values.shape)
    try:
        result = apply_to_constants(function, values, policy)
    except NotRational as error:
        raise IrrationalConstant(
            f"{node.record} computes the irrational constant {error}: choose fold-float32 or fold-float64 "
            "(--irrational) to round such constants once, which names the rounded network"
        ) from error
    except InvalidArgument as error:
        node.malformed(f"computes {error}")
    if policy != "exact-if-square":
        node.context.rounded += prod(values.shape)
    return result


def refuse_final(node: Node) -> NoReturn:
    """Refuse a squashing function as it ends classifiers."""
    node.not_piecewise_affine(
        "computes a smooth function of the data (cut off as a last layer, it changes no decision)"
    )


def power_of_constants(node: Node, base: ExactArray, exponent: ExactArray) -> ExactArray:
    """Return base ** exponent, broadcasting; irrational powers as the policy says."""
    shape = np.broadcast_shapes(base.shape, exponent.shape)
    node.demand_few(shape)
    pairs = zip(
        ExactArray(np.broadcast_to(base.numerators, shape), base.denominator).flat(),
        ExactArray(np.broadcast_to(exponent.numerators, shape), exponent.denominator).flat(),
        strict=True,
    )
    return ExactArray.of([_power(node, x, y) for x, y in pairs], shape)


def _power(node: Node, base: Rational, exponent: Rational) -> Rational:
    if exponent.denominator != 1:
        one = ExactArray.of([base], ())
        return next(folded(node, power_function(exponent), one).flat())
    power = int(exponent)
    if base == 0 and power < 0:
        node.malformed("raises zero to a negative power")
    bits = max(int(base.numerator).bit_length(), int(base.denominator).bit_length())
    if abs(base) != 1 and base and bits * abs(power) > _MOST_BITS:
        node.refuse(f"computes a power of more than {_MOST_BITS} bits")
    return base**power if abs(power) <= _MOST_BITS else base ** (power % 2)
