"""Binding a model's inputs: which are data, which become stored constants; and importing what results."""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from conformance.tapping import FLOATS, element_types
from onnx import TensorProto, helper, numpy_helper

import onnx_import
from exactgeo.errors import ImportFailure, IrrationalConstant

OPTIONS = inspect.signature(onnx_import.read).parameters
NO_DATA = "no data"


@dataclass(frozen=True)
class Mode:
    """Which inputs of a model are data. The others are stored in the model with their values."""

    data: tuple[str, ...]

    def __str__(self) -> str:
        return f"data {', '.join(self.data)}" if self.data else NO_DATA


@dataclass(frozen=True)
class Binding:
    """A model bound in a mode: the imported program, what of the importer's options it took, and the bound model."""

    mode: Mode
    model: onnx.ModelProto
    imported: onnx_import.ImportedModel
    policy: Mapping[str, Any]


def modes(model: onnx.ModelProto) -> list[Mode]:
    """Return the modes: all inputs of floats are data; one of them is; none is."""
    stored = {tensor.name for tensor in model.graph.initializer}
    inputs = [value for value in model.graph.input if value.name not in stored]
    names = tuple(value.name for value in inputs if value.type.tensor_type.elem_type in FLOATS)
    return list(dict.fromkeys([Mode(names), *(Mode((name,)) for name in names), Mode(())]))


def bound(model: onnx.ModelProto, arrays: Mapping[str, np.ndarray], mode: Mode) -> onnx.ModelProto:
    """Return the model with the inputs that are not data stored in it.

    A model needs an input: without data, it has one that nothing reads.
    """
    result = onnx.ModelProto.FromString(model.SerializeToString())
    graph = result.graph
    kept = [value for value in model.graph.input if value.name in mode.data]
    taken = [value for value in model.graph.input if value.name in arrays and value.name not in mode.data]
    del graph.input[:]
    graph.input.extend(_closed(value, arrays[value.name].shape) for value in kept)
    if not kept:
        graph.input.append(helper.make_tensor_value_info("unread/input", TensorProto.FLOAT, [1]))
    for value in taken:
        graph.initializer.append(numpy_helper.from_array(np.asarray(arrays[value.name]), value.name))
    return result


def imported(model: onnx.ModelProto, mode: Mode, path: Path) -> Binding:
    """Import a bound model, with those of the importer's options that help where its defaults refuse it.

    Raises ImportFailure: what remains to be refused with those options.
    """
    path.write_bytes(model.SerializeToString())
    policy: dict[str, Any] = {}
    while True:
        try:
            return Binding(mode, model, onnx_import.read(path, **policy), policy)
        except ImportFailure as error:
            further = _helpful(error, model)
            if not further or further.keys() <= policy.keys():
                raise
            policy |= further


def _helpful(error: ImportFailure, model: onnx.ModelProto) -> dict[str, Any]:
    """Return the option that is there for what was refused, as far as the importer has it."""
    option: dict[str, Any] = {}
    if isinstance(error, IrrationalConstant):
        values = (*model.graph.input, *model.graph.output)
        double = any(value.type.tensor_type.elem_type == TensorProto.DOUBLE for value in values)
        option = {"irrational": "fold-float64" if double else "fold-float32"}
    elif "staircase" in str(error) and not _long_steps(model):
        option = {"staircases": True}
    return option if option.keys() <= OPTIONS.keys() else {}


def _long_steps(model: onnx.ModelProto) -> bool:
    """Whether a model rounds to integers of 16 bits or more: their staircases have 65,536 steps an entry."""
    kinds = element_types(model)
    return bool(kinds & {TensorProto.INT16, TensorProto.UINT16})


def _closed(value: onnx.ValueInfoProto, shape: tuple[int, ...]) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(value.name, value.type.tensor_type.elem_type, shape)
