"""What becomes of one of the standard's tests: it is tried in every mode, and all that import must agree."""

import re
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import numpy as np
import onnx
from conformance.cases import Case, Points, not_about_floats
from conformance.comparing import Computed, computed, computed_without_data, excesses, says_nothing
from conformance.modes import Binding, bound, imported, modes

from exactgeo.errors import ImportFailure

EQUAL, REFUSED, WRONG, UNDECIDED = "equal", "refused", "wrong", "undecided"
NOT_FINITE, NOT_FLOAT = "not about finite numbers", "not about float tensors"


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


def verdict(case: Case, folder: Path) -> Verdict:
    """Try a test in every mode; `folder` is for the models' files."""
    model = case.model
    if reason := not_about_floats(model):
        return Verdict(NOT_FLOAT, reason)
    found = [judged(model, points, folder) for points in case.points(model)]
    order = (WRONG, UNDECIDED, NOT_FINITE, REFUSED, EQUAL)
    return min(found, key=lambda one: order.index(one.outcome))


def judged(model: onnx.ModelProto, points: Points, folder: Path) -> Verdict:
    """Try a model in every mode, at one set of inputs and outputs."""
    bindings: list[Binding] = []
    refusals: list[tuple[int, str]] = []
    infinite = False
    for mode in modes(model):
        if not all(np.isfinite(points.inputs[name].astype(np.float64)).all() for name in mode.data):
            infinite = True
            continue
        try:
            bindings.append(imported(bound(model, points.inputs, mode), mode, folder / "model.onnx"))
        except ImportFailure as error:
            refusals += [(len(mode.data), reason_of(error))] if mode.data else []
    with_data = [binding for binding in bindings if binding.mode.data]
    if not with_data:
        if refusals:
            return Verdict(REFUSED, min(refusals, key=lambda refusal: refusal[0])[1])
        return Verdict(NOT_FINITE, "its inputs are NaN or infinite")
    return _compared(with_data, [b for b in bindings if not b.mode.data], points, folder, infinite=infinite)


def _compared(
    with_data: list[Binding], without: list[Binding], points: Points, folder: Path, *, infinite: bool
) -> Verdict:
    """Compare every binding with the expected outputs, all within the sum of the bounds of those with data.

    The sum, because what cancels between constants in one mode is data in another: there the bound shows its size.
    """
    results = [computed(binding, points.inputs, folder / "shown.onnx") for binding in with_data]
    errors = np.sum([result.errors for result in results], axis=0) * (1 + 2.0**-20)
    results += [computed_without_data(binding) for binding in without]
    policies = tuple(sorted({f"{key}={value}" for b in with_data for key, value in b.policy.items()}))
    for binding, result in zip((*with_data, *without), results, strict=True):
        if problem := difference(binding, result, points, errors):
            return Verdict(WRONG, f"{binding.mode}: {problem}", policies)
    if undecided := [result.undecided for result in results if result.undecided]:
        reason = f"{len(undecided[0])} units compare numbers that are closer than their errors"
        return Verdict(UNDECIDED, reason, policies)
    sizes = np.abs(np.array([float(value) for value in results[0].outputs]))
    split = _split(with_data[0], errors, points)
    parts = _split(with_data[0], np.array(results[0].outputs, dtype=object), points)
    if infinite or any(says_nothing(v, e, s) for v, e, s in zip(parts, points.outputs, split, strict=True)):
        return Verdict(NOT_FINITE, "its inputs or outputs are NaN or infinite; the finite ones are equal", policies)
    tightness = tuple((errors[sizes > 0] / sizes[sizes > 0]).tolist())
    return Verdict(EQUAL, "", policies, tightness, len(results))


def difference(binding: Binding, result: Computed, points: Points, errors: np.ndarray) -> str | None:
    """Return how a binding's exact outputs differ from the expected ones, or None."""
    expected = [np.asarray(array) for array in points.outputs]
    shapes = [shape for _, shape in binding.imported.outputs]
    if shapes != [array.shape for array in expected]:
        return f"the outputs have the shapes {shapes}, not {[array.shape for array in expected]}"
    exact = _split(binding, np.array(result.outputs, dtype=object), points)
    allowed = _split(binding, errors, points)
    for (name, _), values, array, error in zip(binding.imported.outputs, exact, expected, allowed, strict=True):
        found = excesses(values, array, error)
        worst = max(range(len(found)), key=found.__getitem__, default=None)
        if worst is not None and found[worst] > 0:
            given, value = array.ravel()[worst], Fraction(values[worst])
            return f"{name}[{worst}] is {float(value)!r}, not {given!r}; rounding explains {error[worst]:.3g}"
    return None


def reason_of(error: ImportFailure) -> str:
    """Return a refusal as the reviewed list has it: its class and its message, operators for the names of nodes."""
    message = re.sub(r"node '[^']*' \(([^,()]+), opset \d+\)", r"\1", str(error))
    return f"{type(error).__name__}: " + re.sub(r" \(--cut-at '[^']*'\)", "", message)


def _split(binding: Binding, values: np.ndarray, points: Points) -> list[np.ndarray]:
    ends = np.cumsum([np.size(array) for array in points.outputs])[:-1]
    return np.split(values, ends)
