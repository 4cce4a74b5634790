"""Operators that are refused whatever their inputs are, each with its reason."""

from typing import NoReturn

from onnx_import.lowering.nodes import Node
from onnx_import.lowering.registry import operator
from onnx_import.operators.transcendental import refuse_final

FINAL = ("LogSoftmax", "Softmax")
SMOOTH = ("SoftmaxCrossEntropyLoss", "Celu", "Elu", "Gelu", "HardSwish", "Mish", "Selu", "Softsign", "Swish")
QUOTIENTS = (
    *("GroupNormalization", "InstanceNormalization", "LRN", "LayerNormalization", "LpNormalization"),
    *("MeanVarianceNormalization", "RMSNormalization"),
)
PRODUCTS = ("Attention", "CumProd", "Det", "GRU", "LSTM", "LinearAttention", "RNN")
SHAPES = ("NonMaxSuppression", "NonZero", "Unique")
RANDOM = ("Bernoulli", "Multinomial", "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike")


@operator(*FINAL)
def squashing(node: Node) -> NoReturn:
    """A squashing function as it ends classifiers: monotone, so a cut before it leaves the decisions as they are."""
    refuse_final(node)


@operator(*SMOOTH)
def smooth(node: Node) -> NoReturn:
    """A smooth function of each entry."""
    node.not_piecewise_affine("computes a smooth function")


@operator(*QUOTIENTS)
def quotient(node: Node) -> NoReturn:
    """Entries divided by a norm or a deviation of entries."""
    node.not_piecewise_affine("divides the data by what is computed from it")


@operator(*PRODUCTS)
def product(node: Node) -> NoReturn:
    """Products of entries, or of smooth functions of them."""
    node.not_piecewise_affine("multiplies what is computed from the data")


@operator(*SHAPES)
def data_dependent_shape(node: Node) -> NoReturn:
    """An output as long as the data says."""
    node.refuse("has an output whose shape depends on the data")


@operator(*RANDOM)
def random(node: Node) -> NoReturn:
    """An output that is another one each time."""
    node.refuse("draws random numbers: it is no function of its inputs")
