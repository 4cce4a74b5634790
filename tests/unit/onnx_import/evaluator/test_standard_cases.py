"""The standard's own test cases: what is evaluated agrees with them, what is refused is refused for a known reason.

Their expected outputs are float32 (or narrower) results: they are compared within that rounding.
"""

import re
from collections import defaultdict
from functools import cache
from pathlib import Path

import numpy as np
import onnx
import onnx.version_converter
import pytest
from onnx import TensorProto, numpy_helper
from onnx.backend.test.loader import load_model_tests
from unit.onnx_import.evaluator.running import difference, exact

from exactgeo.errors import ImportFailure, IrrationalConstant, MalformedModel, NonFiniteWeight, UnsupportedOperator
from onnx_import.evaluator import evaluate_model

pytestmark = pytest.mark.filterwarnings("ignore")

TOLERANCES = defaultdict(lambda: 1e-5, {"float16": 4e-3, "bfloat16": 2e-2})

# Not the real functions: their expected values are written with four digits, or rounded on the way to a step.
NOT_EXACT = {
    "test_averagepool_2d_ceil_last_window_starts_on_pad": 1e-3,
    "test_dynamicquantizelinear": None,
    "test_dynamicquantizelinear_expanded": None,
}

NEVER = (
    "Attention|Bernoulli|CausalConvWithState|Celu|"
    "Det|Elu|GRU|Gelu|ImageDecoder|LRN|LSTM|"
    "LinearAttention|LpNormalization|Mish|NegativeLogLikelihoodLoss|NonMaxSuppression|"
    "RNN|RandomUniformLike|RegexFullMatch|RoiAlign|RotaryEmbedding|Selu|"
    "SoftmaxCrossEntropyLoss|Softsign|StringConcat|StringNormalizer|"
    "StringSplit|SwiGLU|Swish|TensorScatter|TfIdfVectorizer|LogSoftmax|Softmax"
)

REASONS = [
    rf"\(({NEVER}), opset \d+\): this operator is not evaluated",
    r"operators of '.*' \(version \d+\) are not evaluated",
    r"is not a real number",
    r"a cast of .* out of the range of",
    r"a cast that rounds .* to FLOAT8E8M0",
    r"a cast of (nan|inf|-inf) to FLOAT(4|8)",
    r"as FLOAT8E\w+ without saturation: an infinity or NaN",
    r"a cast from .* to .*",
    r"align_corners with a scale by which",
    r"dropout in training mode",
    r"mode='(bi)?cubic'; known are",
    r"by the statistics of the batch",
    r"is not the shape .* that the indices count in",
    r"the (maximum|minimum) of no numbers",
    r"element type .* is not evaluated",
    r"is of type .* which is not evaluated",
    r"input '.*' is neither a tensor nor a sequence",
]


@cache
def _models(kind):
    return [(case.name, *_content(case)) for case in load_model_tests(kind=kind)]


def _content(case):
    """A case's model, in an opset that is evaluated if it can be converted, and its data."""
    if case.model is not None:
        return _converted(case.model), case.data_sets
    folder = Path(case.model_dir)
    model = onnx.load(folder / "model.onnx")
    data = [
        tuple(_stored(part, prefix, declared) for prefix, declared in _declared(model))
        for part in sorted(folder.glob("test_data_set_*"))
    ]
    return _converted(model), data


def _converted(model):
    old = all(imported.domain == "" and imported.version < 6 for imported in model.opset_import)
    return onnx.version_converter.convert_version(model, 7) if old else model


def _declared(model):
    return (("input", model.graph.input), ("output", model.graph.output))


def _stored(folder, prefix, declared):
    paths = sorted(folder.glob(f"{prefix}_*.pb"), key=lambda p: int(p.stem.rpartition("_")[2]))
    return [_read(path, info) for path, info in zip(paths, declared, strict=False)]


def _read(path, info):
    if info.type.HasField("sequence_type"):
        return numpy_helper.to_list(onnx.SequenceProto.FromString(path.read_bytes()))
    return numpy_helper.to_array(TensorProto.FromString(path.read_bytes()))


def _given(model, inputs):
    """The model and its inputs; those with an infinity or NaN, which are no rational numbers, as initialisers."""
    changed, given = onnx.ModelProto(), {}
    changed.CopyFrom(model)
    for declared, value in zip(model.graph.input, inputs, strict=False):
        array = numpy_helper.to_array(value) if isinstance(value, TensorProto) else value
        if not isinstance(array, list) and _is_float(array) and not np.isfinite(array.astype(np.float64)).all():
            stored = numpy_helper.from_array(array, declared.name)
            changed.graph.initializer.append(stored)
        elif array is None or isinstance(array, list):
            given[declared.name] = None if array is None else [exact(item) for item in array]
        else:
            given[declared.name] = exact(array)
    return changed, given


def _is_float(array):
    return array is not None and "float" in np.asarray(array).dtype.name


def _tolerance(name, value):
    array = numpy_helper.to_array(value) if isinstance(value, TensorProto) else value
    kind = array.dtype.name if isinstance(array, np.ndarray) else ""
    is_narrow = re.match(r"float[468]_e", kind)
    return NOT_EXACT.get(name, 0 if is_narrow else TOLERANCES[kind])


@pytest.mark.parametrize(
    "kind,at_least", [("node", 1200), ("simple", 8), ("pytorch-operator", 15), ("pytorch-converted", 45)]
)
def test_the_standards_cases(kind, at_least):
    wrong, unexpected, agreeing = [], [], 0
    for name, model, data in _models(kind):
        for inputs, outputs in data:
            try:
                changed, given = _given(model, inputs)
                results = evaluate_model(changed, given, irrational="fold-float32")
            except (UnsupportedOperator, MalformedModel, IrrationalConstant, NonFiniteWeight) as error:
                if not _is_known(error, model):
                    unexpected.append(f"{name}: {error!r}")
                continue
            pairs = list(zip(results.values(), outputs, strict=True))
            if NOT_EXACT.get(name, 0) is None:
                continue
            found = [difference(got, want, _tolerance(name, want)) for got, want in pairs]
            wrong += [f"{name}: {text}" for text in found if text]
            agreeing += not any(found)
    assert not wrong
    assert not unexpected
    assert agreeing >= at_least


def _is_known(error: ImportFailure, model: onnx.ModelProto) -> bool:
    if isinstance(error, IrrationalConstant):
        return bool({n.op_type for n in model.graph.node} & {*_COMPOSED, "Exp", "Sqrt"})
    if isinstance(error, NonFiniteWeight):
        return "holds an infinity or NaN" in str(error) or "log(0)" in str(error) or "empty sum" in str(error)
    if isinstance(error, MalformedModel):
        return False
    return any(re.search(reason, str(error)) for reason in REASONS)


_COMPOSED = {
    "GroupNormalization",
    "LayerNormalization",
    "LogSoftmax",
    "MeanVarianceNormalization",
    "RMSNormalization",
    "Softmax",
}
