"""Adam with weight decay, and a learning rate that falls linearly to zero."""

from collections.abc import Sequence

import numpy as np

from training.task import Array, Parameters

FIRST_RATE = 0.01  # learning rate of the first step
WEIGHT_DECAY = 0.02  # pull towards zero; keeps logits moderate where the classes hardly overlap
MEAN_DECAY, SQUARE_DECAY = 0.9, 0.999  # the usual memory of Adam


class Adam:
    """Parameters, and what their gradients were on average.

    Attributes:
        parameters: as they are after the last step.
    """

    def __init__(self, start: Parameters, steps: int, decay: float = WEIGHT_DECAY) -> None:
        self.parameters = [p.copy() for p in start]
        self._means, self._squares = [np.zeros_like(p) for p in start], [np.zeros_like(p) for p in start]
        self._steps, self._done, self._decay = steps, 0, decay

    def step(self, slopes: Sequence[Array]) -> None:
        """Go a step down, given the gradient."""
        self._done += 1
        rate = FIRST_RATE * (1 - self._done / self._steps)
        for i, slope in enumerate(slopes):
            self.parameters[i] *= 1 - rate * self._decay
            self._means[i] += (1 - MEAN_DECAY) * (slope - self._means[i])
            self._squares[i] += (1 - SQUARE_DECAY) * (slope**2 - self._squares[i])
            # Both averages start at zero; the divisions undo that bias.
            mean = self._means[i] / (1 - MEAN_DECAY**self._done)
            square = self._squares[i] / (1 - SQUARE_DECAY**self._done)
            self.parameters[i] -= rate * mean / (np.sqrt(square) + 1e-8)
