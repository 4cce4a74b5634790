"""The public functions: a model's outputs at a rational point."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from google.protobuf.message import DecodeError
from onnx import ModelProto

from exactgeo.errors import MalformedModel, NonFiniteWeight
from onnx_import.evaluator.environment import Environment, Scope, domain_name, imported_sets
from onnx_import.evaluator.given import check_names, read_input
from onnx_import.evaluator.graphs import define_constants, evaluate_nodes, required
from onnx_import.evaluator.irrational import Irrational
from onnx_import.evaluator.settings import Settings
from onnx_import.evaluator.values import FLOATS, INTEGERS, Tensor, TensorSequence, Value, objects, rational_entries


def evaluate_model(
    model: ModelProto,
    inputs: Mapping[str, Any],
    *,
    irrational: str = "exact-if-square",
    staircases: bool = True,
    folder: Path | None = None,
    outputs: Sequence[str] | None = None,
) -> dict[str, Any]:
    """Evaluate the exact network that a model defines.

    Every stored float is the rational number that it is, every operator of floats the function of real numbers that the
    standard describes; nothing is rounded. Integers are of fixed width, as the standard has them.

    Args:
        model: the model.
        inputs: for each input, its rational numbers (int, Fraction, mpq, or a string): nested like its shape, or all in
            one row. An initialiser that is also an input is a constant unless it is given here.
        irrational: 'exact-if-square': values of sqrt, exp and the like must be rational. 'fold-float32',
            'fold-float64': each is the float of that width nearest to the true value.
        staircases: whether quantisation is evaluated.
        folder: where tensors lie that the model keeps in other files.
        outputs: names to evaluate instead of the graph's outputs; any value of the graph has one.

    Returns:
        For each output, in order, an array: of gmpy2.mpq for floats, of Python integers, of truth values or of strings;
        for a sequence a list of such arrays; None for an optional value that is not there.

    Raises:
        InvalidArgument: an input is missing, or has another shape than it is declared with.
        MalformedModel: the model does not conform to the standard.
        UnsupportedOperator: it uses something that is not evaluated.
        IrrationalConstant: a value is irrational, and that was not allowed.
        NonFiniteWeight: an infinity or NaN takes part in arithmetic, or a value is infinite.

    Exactness: exact.
    """
    settings = Settings(Irrational(irrational), staircases)
    environment = Environment(settings, folder, _functions(model), imported_sets(model.opset_import))
    graph, scope = model.graph, Scope()
    constants = {stored.name for stored in graph.initializer}
    constants.update(sparse.values.name for sparse in graph.sparse_initializer)
    check_names(graph.input, inputs, constants)
    sizes: dict[str, int] = {}
    for declared in graph.input:
        if declared.name in inputs:
            scope.define(declared.name, read_input(declared, inputs[declared.name], sizes))
    define_constants(graph, scope, environment)
    wanted = [output.name for output in graph.output] if outputs is None else list(outputs)
    evaluate_nodes(graph.node, wanted, scope, environment)
    return {name: _given_back(name, required(scope, name)) for name in wanted}


def evaluate_file(path: Path | str, inputs: Mapping[str, Any], **options: Any) -> dict[str, Any]:
    """Evaluate the exact network in a file; its external data is looked for beside it.

    Args:
        path: the file.
        inputs: as for `evaluate_model`.
        options: the keyword arguments of `evaluate_model`, except `folder`.

    Returns:
        What `evaluate_model` returns.

    Raises:
        MalformedModel: the file is no model; also all that `evaluate_model` raises.
    """
    try:
        model = onnx.load(path, load_external_data=False)
    except DecodeError as error:
        raise MalformedModel(f"{path}: not an ONNX model") from error
    return evaluate_model(model, inputs, folder=Path(path).parent, **options)


def _functions(model: ModelProto) -> dict[tuple[str, str, str], onnx.FunctionProto]:
    functions = {}
    for function in model.functions:
        key = (domain_name(function.domain), function.name, function.overload)
        if key in functions:
            raise MalformedModel(f"function {function.name!r} is defined twice")
        functions[key] = function
    return functions


def _given_back(name: str, value: Value) -> Any:
    if isinstance(value, Tensor):
        if value.kind in FLOATS and not rational_entries(value.array):
            raise NonFiniteWeight(f"output {name!r} holds an infinity or NaN")
        if value.kind in INTEGERS:
            return objects(value.array.reshape(-1).tolist(), value.shape)
        return np.array(value.array)
    return [_given_back(name, item) for item in value.items] if isinstance(value, TensorSequence) else None
