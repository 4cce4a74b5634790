"""Whether given outputs are those of an exact program, computed with roundings: decided by the error analysis."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import onnx
from conformance.constant_errors import computed_constants
from conformance.modes import Binding
from conformance.sensitivities import as_doubles, inexact, with_constant_as_data, with_products
from conformance.tapping import FLOATS, element_types, has_taps, tapped
from onnx import TensorProto
from oracles.precisions import PRECISIONS, Precision
from oracles.rounding import Bounds, Rounding, RoundingAnalysis
from oracles.translation import fraction

import exactgeo as eg
import onnx_import
from exactgeo.errors import ImportFailure

_NAMES = {
    TensorProto.FLOAT16: "float16",
    TensorProto.BFLOAT16: "bfloat16",
    TensorProto.FLOAT: "float32",
    TensorProto.DOUBLE: "float64",
}
COORDINATES = {"Resize", "Upsample", "GridSample", "RoiAlign", "AffineGrid"}
"""Operators whose weights are polynomials in rounded coordinates."""

TRANSFORMS = {"DFT", "STFT"}
"""Operators that are computed by fast algorithms, which round in between even where a coefficient is 0."""


@dataclass(frozen=True)
class Computed:
    """What a binding computes at its point, exactly, and how far a computation with roundings may be from it."""

    outputs: tuple[Fraction, ...]
    errors: np.ndarray
    undecided: tuple[str, ...]


def rounding_of(model: onnx.ModelProto) -> Rounding:
    """Return what a computation of a model rounds: to the coarsest of its types; casts round too."""
    kinds = element_types(model) & FLOATS
    precision = max((PRECISIONS[_NAMES[kind]] for kind in kinds), key=lambda one: one.unit)
    return Rounding(precision, moves_round=len(kinds) > 1)


def computed(binding: Binding, arrays: Mapping[str, np.ndarray], path: Path) -> Computed:
    """Evaluate a binding exactly at its data, and bound the rounding of any computation of the same network.

    The bound is the sum of what rounding adds for the data, the weights being exact, and of what the rounding of each
    constant that the graph computes adds, the data being stored. Without data, nothing is said about errors.
    """
    if not binding.mode.data:
        outputs = tuple(map(fraction, eg.evaluate(binding.imported.program, [0]).outputs))
        return Computed(outputs, np.zeros(len(outputs)), ())
    point = np.concatenate([as_doubles(arrays[name]) for name in binding.mode.data])
    rounding = rounding_of(binding.model)
    outputs, bounds = _bounded(binding, point, rounding, path)
    largest = np.abs(point).max(initial=0.0)
    errors = bounds.errors + coordinate_errors(binding.model, rounding, largest)
    errors += transform_errors(binding.model, rounding, largest)
    undecided = _open_questions(bounds)
    model = with_products(binding.model)
    try:
        constants = computed_constants(model, rounding.precision)
    except Exception as error:  # noqa: BLE001 (whatever the reference implementation raises)
        reason = f"the reference implementation does not compute a constant ({type(error).__name__}: {error})"
        return Computed(outputs, errors, (reason,))
    ends = np.cumsum([np.prod(shape, dtype=int) for _, shape in binding.imported.outputs])
    for (name, _), end in zip(binding.imported.outputs, ends.tolist(), strict=True):
        if name in constants:
            errors[end - constants[name].error.size : end] += constants[name].error.ravel()
    for name in inexact(model, constants):
        if not np.isfinite(constants[name].error).all():
            undecided.append(f"nothing bounds the rounding of the constant '{name}'")
            continue
        try:
            other = with_constant_as_data(replace(binding, model=model), name, constants[name].value, arrays, path)
        except ImportFailure as error:
            undecided.append(f"the rounding of the constant '{name}' is not bounded ({type(error).__name__}: {error})")
            continue
        given, error = constants[name].value, constants[name].error
        _, bounds = _bounded(other, as_doubles(given), rounding, path, errors=error.ravel())
        errors, undecided = errors + bounds.errors, undecided + _open_questions(bounds)
    return Computed(outputs, errors, tuple(dict.fromkeys(undecided)))


def _open_questions(bounds: Bounds) -> list[str]:
    if not np.isfinite(bounds.errors).all():
        return ["nothing bounds the rounding of a constant"]
    return [f"{len(bounds.undecided)} units compare numbers closer than their errors"] if bounds.undecided else []


def _bounded(
    binding: Binding, point: np.ndarray, rounding: Rounding, path: Path, errors: np.ndarray | None = None
) -> tuple[tuple[Fraction, ...], Bounds]:
    """Return a binding's exact outputs at a point, and the bounds there for data that has these errors."""
    shown, program = shown_program(binding, path), binding.imported.program
    evaluation = eg.evaluate(program, map(Fraction, point.tolist()))
    pattern = evaluation.pattern
    if shown is not program:
        other = eg.evaluate(shown, map(Fraction, point.tolist()))
        assert evaluation.outputs == other.outputs, "tapping has changed the function"
        pattern = other.pattern
    outputs = tuple(map(fraction, evaluation.outputs))
    return outputs, RoundingAnalysis(shown, rounding).at(point, pattern, errors)


def shown_program(binding: Binding, path: Path) -> eg.Program:
    """Return the program of the tapped model, or the binding's own where no node's result goes into another."""
    program = binding.imported.program
    if has_taps(binding.model) or not has_taps(model := tapped(binding.model)):
        return program
    path.write_bytes(model.SerializeToString())
    return onnx_import.read(path, **binding.policy).program


def coordinate_errors(model: onnx.ModelProto, rounding: Rounding, largest: float) -> float:
    """Return what rounded coordinates add to the error, for resampling operators of inputs of at most this size.

    Positions are computed from sizes, scales and regions in a few operations on numbers of at most L, the largest
    size: they are off by at most 8 u L. Along an axis, the weights add up to at most 2 in absolute value, and their
    derivatives (of pieces of polynomials of degree 3 at most) to at most 4; there are three axes at most. That makes
    3 (4) (2) (2) 8 u L, and as much again for the weights' own rounding. Nearest neighbours have no weights.
    """
    nodes = [node for node in model.graph.node if node.op_type in COORDINATES]
    if all(node.op_type in {"Resize", "Upsample"} and _mode(node) == "nearest" for node in nodes):
        return 0.0
    return float(2 * 3 * 4 * 2 * 2 * 8 * rounding.precision.unit * _largest_size(model) * largest)


def transform_errors(model: onnx.ModelProto, rounding: Rounding, largest: float) -> float:
    """Return what fast algorithms add to the error of Fourier transforms of inputs of at most this absolute value.

    However such an algorithm groups the at most 2 N real terms of a sum, each goes into it by at most 2 N additions and
    by products with at most N rounded coefficients, of absolute value 1 at most.
    """
    transforms = {node.op_type for node in model.graph.node} & TRANSFORMS
    if not transforms:
        return 0.0
    bins = [value.type.tensor_type.shape.dim[-2].dim_value for value in model.graph.output]
    size = 2 * max(bins) if transforms == {"STFT"} else _largest_size(model)
    return float(2 * size * largest * rounding.precision.growth(4 * size))


def _largest_size(model: onnx.ModelProto) -> int:
    graph = onnx.shape_inference.infer_shapes(model).graph
    sizes = [d.dim_value for v in (*graph.input, *graph.output) for d in v.type.tensor_type.shape.dim]
    return max([*sizes, *(size for tensor in graph.initializer for size in tensor.dims)])


def _mode(node: onnx.NodeProto) -> str:
    return next((one.s.decode() for one in node.attribute if one.name == "mode"), "nearest")


def excesses(exact: Iterable[Fraction], expected: np.ndarray, errors: np.ndarray) -> list[Fraction]:
    """Return by how much each expected output is farther from the exact one than it may be (at most 0: it is not).

    The exact value rounded once, to the output's type, is always allowed. Infinity is allowed where the exact value
    may overflow. Other expected values that are not finite give no excess: nothing is said about them.
    """
    precision = PRECISIONS.get(expected.dtype.name)
    triples = zip(exact, expected.ravel().tolist(), errors.tolist(), strict=True)
    return [_excess(value, given, error, precision) for value, given, error in triples]


def _excess(value: Fraction, given: float, error: float, precision: Precision | None) -> Fraction:
    if not np.isfinite(given):
        return Fraction(0)
    excess = abs(Fraction(given) - value) - (
        Fraction(error) if np.isfinite(error) else abs(value) + abs(Fraction(given))
    )
    if excess > 0 and precision is not None and precision.rounded(value) == Fraction(given):
        return Fraction(0)
    return excess


def says_nothing(exact: Iterable[Fraction], expected: np.ndarray, errors: np.ndarray) -> bool:
    """Whether some expected output is NaN, or infinite where the exact value does not overflow."""
    precision = PRECISIONS.get(expected.dtype.name)
    for value, given, error in zip(exact, expected.ravel().tolist(), errors.tolist(), strict=True):
        if not np.isfinite(given):
            sign = 1 if given > 0 else -1
            if np.isnan(given) or precision is None or sign * value + Fraction(error) < precision.overflow:
                return True
    return False
