"""The losses, each with its gradient by the outputs, and the score that the table shows."""

import numpy as np

from training.task import Array, Loss


def logistic(logits: Array, targets: Array) -> tuple[float, Array]:
    """Binary cross-entropy of sigmoid(logits), computed from the logits so that it cannot overflow."""
    loss = np.mean(np.logaddexp(0, logits) - targets * logits)
    sigmoid = 0.5 * (1 + np.tanh(0.5 * logits))
    return float(loss), (sigmoid - targets) / len(logits)


def cross_entropy(logits: Array, targets: Array) -> tuple[float, Array]:
    """Cross-entropy of softmax(logits) against one-hot targets."""
    log_softmax = logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)
    loss = -np.mean(np.sum(targets * log_softmax, axis=1))
    return float(loss), (np.exp(log_softmax) - targets) / len(logits)


def squared_error(outputs: Array, targets: Array) -> tuple[float, Array]:
    """Mean squared error of a network with one output."""
    error = outputs - targets
    return float(np.mean(error**2)), 2 * error / len(outputs)


def score(loss: Loss, outputs: Array, targets: Array) -> str:
    """Root mean squared error after a regression, share of correct decisions after a classification."""
    if loss is squared_error:
        return f"RMSE {np.sqrt(np.mean((outputs - targets) ** 2)):.3f} (targets spread {np.std(targets):.3f})"
    decided, truth = (
        (outputs > 0, targets == 1) if loss is logistic else (outputs.argmax(axis=1), targets.argmax(axis=1))
    )
    correct = decided == truth
    return f"accuracy {100 * np.mean(correct):.1f} %"
