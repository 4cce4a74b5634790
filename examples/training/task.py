"""The description of one model, and the names of the types that the other files share.

Throughout, `n` is a number of points, and a batch is an array with one point per row.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Array = NDArray[np.float64]
Data = tuple[Array, Array]  # points (n, inputs) and targets (n, outputs)
Parameters = list[Array]  # [W1, b1, W2, b2, ...] with W of shape (outputs, inputs) and b of shape (outputs,)
Initial = Callable[[tuple[int, ...], Generator], Parameters]  # sizes, chance -> where training starts
Loss = Callable[[Array, Array], tuple[float, Array]]  # outputs, targets -> mean loss, its gradient by the outputs
Restriction = Callable[[Parameters], Parameters]  # free parameters -> the parameters that the network really uses
Spelling = Literal["Gemm", "MatMul+Add", "MatMul"]  # how ONNX writes an affine layer; plain MatMul means no bias


@dataclass(frozen=True)
class Task:
    """One model: what it learns, how it is built and how its layers are spelled in the ONNX file."""

    name: str
    summary: str
    sizes: tuple[int, ...]  # inputs, hidden layers, outputs
    spelling: Spelling
    draw: Callable[[Generator, int], Data]  # draws that many fresh points
    loss: Loss
    seed: int
    steps: int = 6000  # steps of gradient descent per training
    restrict: Callable[[Parameters], Restriction] | None = None  # from trained parameters; asks for a second training

    @property
    def has_bias(self) -> bool:
        """Whether the affine layers have a bias."""
        return self.spelling != "MatMul"

    @property
    def shape(self) -> str:
        """The sizes as text, for example 2-16-16-1."""
        return "-".join(map(str, self.sizes))
