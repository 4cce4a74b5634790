"""The standard's own tests, as data: a model, its inputs and the outputs that it must have."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from conformance.tapping import FLOATS
from onnx import TensorProto, numpy_helper

KINDS = ("node", "simple", "pytorch-operator", "pytorch-converted")
DECIMALS = {"test_averagepool_2d_ceil_last_window_starts_on_pad": 4}
"""Tests of means whose inputs and expected outputs are both written down to so many decimals only: the outputs are off
by half a unit of the last decimal for their own sake, and by as much again because the inputs are."""

BY_NIGHT = {"test_operator_conv"}
"""Tests of networks with tens of millions of weights."""

_TENSOR = "tensor_type"
_FUNCTION = "_expanded"


@dataclass(frozen=True)
class Points:
    """Inputs by name, and the outputs that a model has there, in its order."""

    inputs: Mapping[str, np.ndarray]
    outputs: Sequence[np.ndarray]


@dataclass(frozen=True, eq=False)
class Case:
    """One of the standard's tests, in the group of its operator."""

    name: str
    group: str
    load: Any

    @property
    def written(self) -> float:
        """How far the expected outputs may be from the right ones because numbers are written in decimals."""
        return 10.0 ** -DECIMALS[self.name] if self.name in DECIMALS else 0.0

    @property
    def model(self) -> onnx.ModelProto:
        """The model."""
        return self.load.model or onnx.load(Path(self.load.model_dir) / "model.onnx")

    def points(self, model: onnx.ModelProto) -> list[Points]:
        """Return what the test demands."""
        sets = self.load.data_sets if self.load.data_sets is not None else _stored(Path(self.load.model_dir))
        stored = {tensor.name for tensor in model.graph.initializer}
        names = [value.name for value in model.graph.input]
        free = [name for name in names if name not in stored]
        return [_points(names if len(given) == len(names) else free, given, wanted) for given, wanted in sets]


@lru_cache(maxsize=1)
def standard_cases() -> tuple[Case, ...]:
    """Return the standard's tests, in the order of their names."""
    from onnx.backend.test.loader import load_model_tests  # noqa: PLC0415 (it generates all tests, in seconds)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        loaded = [case for kind in KINDS for case in load_model_tests(kind=kind)]
    single = {case.name: case.model.graph.node[0].op_type for case in loaded if case.kind == "node"}
    cases = [Case(case.name, _group(case, single), case) for case in loaded]
    return tuple(sorted(cases, key=lambda case: case.name))


def not_about_floats(model: onnx.ModelProto) -> str | None:
    """Return why a test is not about float tensors, or None if it is."""
    values = [*model.graph.input, *model.graph.output]
    other = {value.type.WhichOneof("value") or "nothing" for value in values} - {_TENSOR}
    if other:
        return f"has inputs or outputs of type {min(other).removesuffix('_type')}"
    stored = {tensor.name for tensor in model.graph.initializer}
    kinds = {value.type.tensor_type.elem_type for value in model.graph.input if value.name not in stored}
    if not kinds & FLOATS:
        names = sorted(TensorProto.DataType.Name(kind).lower() for kind in kinds)
        return f"has inputs of {' and '.join(names)} only" if names else "has no inputs"
    return None


def _group(case: Any, single: Mapping[str, str]) -> str:
    if case.kind != "node":
        return f"({case.kind})"
    base, mark, _ = case.name.partition(_FUNCTION)
    return f"{single.get(base, '?')} as a function" if mark else single[case.name]


def _points(names: Sequence[str], given: Sequence[Any], wanted: Sequence[Any]) -> Points:
    return Points(dict(zip(names, map(_array, given), strict=True)), [_array(value) for value in wanted])


def _array(value: Any) -> np.ndarray:
    return numpy_helper.to_array(value) if isinstance(value, TensorProto) else np.asarray(value)


def _stored(folder: Path) -> list[tuple[list[np.ndarray], list[np.ndarray]]]:
    """Read the data sets of a test that lies in files."""
    return [(_tensors(one, "input"), _tensors(one, "output")) for one in sorted(folder.glob("test_data_set_*"))]


def _tensors(folder: Path, what: str) -> list[np.ndarray]:
    paths = sorted(folder.glob(f"{what}_*.pb"), key=lambda path: int(path.stem.removeprefix(f"{what}_")))
    return [numpy_helper.to_array(onnx.load_tensor(path)) for path in paths]
