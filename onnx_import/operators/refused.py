"""Operators that are known not to be piecewise affine in their data, each refused with the way out."""

from collections.abc import Sequence

from onnx_import.nodes import Node
from onnx_import.operators.transcendental import refuse_final
from onnx_import.registry import operator
from onnx_import.tensors import Value

FINAL = ("LogSoftmax", "Softmax")
SMOOTH = (
    *(
        "Attention",
        "Celu",
        "Elu",
        "Gelu",
        "GroupNormalization",
        "GRU",
        "HardSwish",
        "InstanceNormalization",
        "LRN",
        "LSTM",
    ),
    *("LayerNormalization", "LpNormalization", "MeanVarianceNormalization", "Mish", "RMSNormalization", "RNN", "Selu"),
    *("Softsign", "Swish"),
)


@operator(*FINAL)
def squashing(node: Node) -> Sequence[Value]:
    """A squashing function as it ends classifiers: monotone, so a cut before it leaves the decisions as they are."""
    refuse_final(node)


@operator(*SMOOTH)
def smooth(node: Node) -> Sequence[Value]:
    """A function that is smooth, or a quotient of functions of the data."""
    node.not_piecewise_affine("computes a function")
