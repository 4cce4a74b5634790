"""Operators that are known not to be piecewise affine in their data, each refused with the way out."""

from collections.abc import Sequence

from exactgeo.errors import NotPiecewiseAffine
from onnx_import.nodes import Node
from onnx_import.registry import operator
from onnx_import.tensors import Value

FINAL = ("Softmax", "LogSoftmax", "Sigmoid")
OTHERS = ("Celu", "Cos", "Elu", "Erf", "Exp", "Gelu", "Log", "Mish", "Selu", "Sin", "Softplus", "Softsign", "Tanh")


@operator(*FINAL)
def squashing(node: Node) -> Sequence[Value]:
    """A squashing function as it ends classifiers: monotone, so a cut before it leaves the decisions as they are."""
    raise NotPiecewiseAffine(
        f"{node.record} is not piecewise affine. If it is the network's last layer, cut it off "
        f"(--cut-at '{node.record.label}'): the network then ends in that node's input, and the class with the "
        "largest output stays the same"
    )


@operator(*OTHERS)
def smooth(node: Node) -> Sequence[Value]:
    """A smooth function."""
    raise NotPiecewiseAffine(
        f"{node.record} is not piecewise affine, so the network has no linear regions there; "
        f"to look at the part before it, cut there (--cut-at '{node.record.label}')"
    )
