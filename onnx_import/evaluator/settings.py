"""What the caller decides for a whole evaluation."""

from dataclasses import dataclass

from onnx_import.evaluator.irrational import Irrational


@dataclass(frozen=True, slots=True)
class Settings:
    """The choices of a caller.

    Attributes:
        irrational: what becomes of irrational values.
        staircases: whether quantisation, a function of steps, is evaluated.
    """

    irrational: Irrational
    staircases: bool
