"""What becomes of one of the standard's tests: it is tried in every mode, and all that import must agree."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from conformance.cases import BY_NIGHT, Case, Points, not_about_floats
from conformance.comparing import Computed, computed, excesses, says_nothing
from conformance.modes import Binding, bound, imported, modes
from conformance.sensitivities import as_doubles

from exactgeo.errors import ImportFailure

EQUAL, REFUSED, WRONG, UNDECIDED = "equal", "refused", "wrong", "undecided"
LARGE, NOT_FINITE, NOT_FLOAT = "large", "not about finite numbers", "not about float tensors"


@dataclass(frozen=True)
class Verdict:
    """The outcome of a test.

    Attributes:
        outcome: one of the words above.
        reason: why it is not equal.
        policies: the importer's options that it took.
        tightness: for each output that is not zero, the bound on its error over its absolute value.
        modes: how many modes were compared.
    """

    outcome: str
    reason: str = ""
    policies: tuple[str, ...] = ()
    tightness: tuple[float, ...] = field(default=(), repr=False)
    modes: int = 0


def verdict(case: Case, folder: Path, *, by_night: bool = False) -> Verdict:
    """Try a test in every mode; `folder` is for the models' files."""
    model = case.model
    if reason := not_about_floats(model):
        return Verdict(NOT_FLOAT, reason)
    if case.name in BY_NIGHT and not by_night:
        return Verdict(LARGE, "compared by night")
    found = [judged(model, points, folder, case.written) for points in case.points(model)]
    order = (WRONG, UNDECIDED, NOT_FINITE, REFUSED, EQUAL)
    return min(found, key=lambda one: order.index(one.outcome))


def judged(model: onnx.ModelProto, points: Points, folder: Path, written: float = 0.0) -> Verdict:
    """Try a model in every mode, at one set of inputs and outputs, these being off by at most `written`."""
    bindings: list[Binding] = []
    refusals: list[tuple[int, str]] = []
    for mode in modes(model):
        if not all(np.isfinite(as_doubles(points.inputs[name])).all() for name in mode.data):
            continue
        try:
            bindings.append(imported(bound(model, points.inputs, mode), mode, folder / "model.onnx"))
        except ImportFailure as error:
            refusals += [(len(mode.data), reason_of(error))] if mode.data else []
        except Exception as error:  # noqa: BLE001 (any other exception is a mistake of the importer)
            return Verdict(WRONG, f"{mode}: the importer raises {type(error).__name__}: {error}")
    if any(binding.mode.data for binding in bindings):
        try:
            return _compared(bindings, points, folder, written)
        except Exception as error:  # noqa: BLE001 (a mistake of the importer, in a variant of the model, or of ours)
            return Verdict(WRONG, f"comparing raises {type(error).__name__}: {error}")
    if refusals:
        return Verdict(REFUSED, min(refusals, key=lambda refusal: refusal[0])[1])
    return Verdict(NOT_FINITE, "its inputs are NaN or infinite")


def _compared(bindings: list[Binding], points: Points, folder: Path, written: float) -> Verdict:
    """Compare every binding with the expected outputs, all within the sum of the bounds of those with data.

    The sum, because what cancels between constants in one mode is data in another: there the bound shows its size.
    """
    policies = tuple(sorted({f"{key}={value}" for one in bindings for key, value in one.policy.items()}))
    wanted = [array.shape for array in points.outputs]
    for one in bindings:
        shapes = [shape for _, shape in one.imported.outputs]
        if shapes != wanted:
            return Verdict(WRONG, f"{one.mode}: the outputs have the shapes {shapes}, not {wanted}", policies)
    results = [computed(one, points.inputs, folder / "shown.onnx") for one in bindings]
    errors = np.sum([result.errors for result in results], axis=0) * (1 + 2.0**-20) + written
    for one, result in zip(bindings, results, strict=True):
        if problem := _difference(one, result, points, errors):
            return Verdict(WRONG, f"{one.mode}: {problem}", policies)
    if undecided := dict.fromkeys(reason for result in results for reason in result.undecided):
        return Verdict(UNDECIDED, "; ".join(undecided), policies)
    triples = zip(*(_split(array, points) for array in (results[0].outputs, errors)), points.outputs, strict=True)
    if any(says_nothing(exact, expected, allowed) for exact, allowed, expected in triples):
        return Verdict(NOT_FINITE, "its outputs are NaN or infinite; the finite ones are equal", policies)
    sizes = np.abs(np.array([float(value) for value in results[0].outputs]))
    tightness = tuple((errors[sizes > 0] / sizes[sizes > 0]).tolist())
    return Verdict(EQUAL, "", policies, tightness, len(results))


def _difference(one: Binding, result: Computed, points: Points, errors: np.ndarray) -> str | None:
    """Return how a binding's exact outputs differ from the expected ones, or None."""
    parts = zip(
        one.imported.outputs, _split(result.outputs, points), points.outputs, _split(errors, points), strict=True
    )
    for (name, _), exact, expected, allowed in parts:
        found = excesses(exact, expected, allowed)
        worst = max(range(len(found)), key=found.__getitem__, default=None)
        if worst is not None and found[worst] > 0:
            given, value = expected.ravel()[worst], float(exact[worst])
            return f"{name}[{worst}] is {value!r}, not {given!r}; rounding explains {allowed[worst]:.3g}"
    return None


def _split(values: Sequence[Any] | np.ndarray, points: Points) -> list[np.ndarray]:
    """Return the values of all outputs, output by output."""
    array = values if isinstance(values, np.ndarray) else np.array([*values, None], dtype=object)[:-1]
    return np.split(array, np.cumsum([expected.size for expected in points.outputs])[:-1])


def reason_of(error: ImportFailure) -> str:
    """Return a refusal as the reviewed list has it: its class and its message, operators for the names of nodes."""
    message = re.sub(r"node '[^']*' \(([^,()]+), opset \d+\)", r"\1", str(error))
    message = re.sub(r" \(--cut-at '[^']*'\)", "", message)
    return f"{type(error).__name__}: {' '.join(message.split())}"
