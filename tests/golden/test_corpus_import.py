"""Real networks of many authors: what is imported computes what onnxruntime computes, up to a bound on its rounding.

The bound. Let u be half the distance from 1 to the next float (2^-24 for float32, 2^-53 for float64), and t the least
positive float (2^-149, 2^-1074). Every node of the corpus files that are imported computes sums of products with
constants (which may be computed themselves), or rectifies, or takes maxima, or moves entries. A sum of n products of k
factors comes out of floating-point arithmetic, in whatever order and with or without fused operations, as the sum of
the same products, each times at most n + k numbers 1 + d with |d| <= u, and off by at most t more for each product
that underflows (Higham, Accuracy and Stability of Numerical Algorithms, 2nd edition, sections 2.2 and 3.1). So if w
are the values that a runtime has computed for the inputs of a node f, and they are off by at most e, then its result
is off by at most

    |f|(|w| + e) - |f|(|w|)  +  ((1 + u)^(n + k) - 1) |f|(|w|)  +  2 n t (1 + |alpha|),

where |f| is f with alpha and beta replaced by their absolute values and minus by plus. A ReLU and a LeakyReLU with a
slope of at most 1 do not enlarge errors, and a maximum is off by no more than the most of its entries; a ReLU whose
input is negative by more than its error gives 0 without error.
Moved entries keep their errors. The runtime is asked for the values of all nodes, and the bound runs along the graph in
float64, where it is a sum of products of non-negative numbers: its own relative error is far below 1, so twice the
number computed is a bound.

With float32 the bounds of deep networks are wide. So the same comparison is made with the standard's reference
implementation in float64 on the same weights, where they are 10^8 times as narrow.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

import exactgeo as eg
import onnx_import
from exactgeo.errors import IrrationalConstant, MalformedModel, NotPiecewiseAffine, UnsupportedOperator

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
POINTS, POINTS_OF_CONVOLUTIONS = 20, 4
SPELLINGS = ("1_1", "3_3")
IMPORTED = (
    *(f"acasxu_dnnv_gemm/N_{name}.onnx" for name in SPELLINGS),
    *(f"acasxu_eran_matmuladd/ACASXU_run2a_{name}_batch_2000.onnx" for name in SPELLINGS),
    *(f"dnnv_tests/{name}.onnx" for name in ("convSmallRELU__Point", "mnist_300_200_100", "mnist_relu_3_50")),
    *(f"marabou_layerzoo/concat_axis_{axis}.onnx" for axis in range(3)),
    *(f"marabou_layerzoo/split_1d_split-{name}_axis-0.onnx" for name in ("2", "2-4")),
    *(f"marabou_layerzoo/split_2d_split-{name}_axis-1.onnx" for name in ("3", "2-4")),
    *(f"marabou_layerzoo/split_5d_split-2-2-81_axis-4{name}.onnx" for name in ("", "-mul-concat")),
    *(f"marabou_layerzoo/dropout{name}.onnx" for name in ("", "_training_mode_false")),
    *(f"marabou_layerzoo/reshape{name}.onnx" for name in ("", "_with_dimension_inference")),
    *(f"marabou_layerzoo/squeeze{name}.onnx" for name in ("", "_with_axes")),
    *(
        f"marabou_layerzoo/{name}.onnx"
        for name in (
            *("add", "cast_int_to_float", "constant", "conv", "flatten", "gemm", "identity", "leakyRelu", "matmul"),
            *("maxpool", "relu", "resize_4dims", "sub", "transpose", "unsqueeze"),
        )
    ),
    *(
        f"marabou_models/{name}.onnx"
        for name in (
            *("KJ_TinyTaxiNet", "certificate_and_controller_mandal", "cnn_max_mninst2", "cnn_max_mninst3"),
            *("constant_slice_test", "conv_mp1", "conv_mp1_intermediateOutput", "fc1", "fc2", "fc_2-2-3"),
            *("fc_matMul", "mnist2x10", "mnist5x20_leaky_relu", "model-german-traffic-sign-fast", "multiInput_add"),
            *("oneInput_twoBranches", "slice_test", "sub_var_test", "test_dropout", "test_sub"),
            *("traffic-classifier64", "yizhak_net"),
        )
    ),
    *(
        f"twinstream_double/twin_ladder-{inputs}_inp-{layers}_layers-{width}_width-{margin}_margin.onnx"
        for inputs, layers, margin in ((10, 2, "1e-2"), (5, 2, "1"), (5, 4, "1"), (5, 5, "1"))
        for width in (5, 10, 25)
    ),
    *(f"vehicle/{name}.onnx" for name in ("adv", "controller", "mnist-classifier")),
)
REFUSED = {
    "dnnv_tests/dronet.onnx": IrrationalConstant,
    "marabou_layerzoo/batchnorm.onnx": IrrationalConstant,
    "marabou_layerzoo/dropout_training_mode_true.onnx": UnsupportedOperator,
    "marabou_layerzoo/sigmoid.onnx": NotPiecewiseAffine,
    "marabou_layerzoo/tanh.onnx": NotPiecewiseAffine,
    "marabou_models/fc_2-2sigmoids-3.onnx": NotPiecewiseAffine,
    "marabou_models/linear2-3_bn1-linear3-1.onnx": IrrationalConstant,
    "marabou_models/mnist2x5_sigmoid.onnx": NotPiecewiseAffine,
    "marabou_models/robust_model_sigmoid_linear.onnx": NotPiecewiseAffine,
    "marabou_models/self-attention-mnist-pgd-medium-sim.onnx": NotPiecewiseAffine,
    "marabou_models/softmax-last-layer.onnx": NotPiecewiseAffine,
    "marabou_models/tanh_test.onnx": NotPiecewiseAffine,
    "negative/corrupt_vehicle_fake.onnx": MalformedModel,
    "vehicle/network.onnx": NotPiecewiseAffine,
}
CUT = ("marabou_models/softmax-last-layer.onnx", "vehicle/network.onnx")
"""Networks whose last node alone is not piecewise affine."""


@pytest.fixture(scope="module")
def corpus():
    if not CORPUS.is_dir():
        pytest.skip("there is no corpus of networks beside the checkout")
    return CORPUS


@dataclass(frozen=True)
class Format:
    """A floating-point format: half the distance from 1 to the next float, and the least positive float."""

    rounding: float
    least: float


SINGLE, DOUBLE = Format(2.0**-24, 2.0**-149), Format(2.0**-53, 2.0**-1074)
FORMATS = {TensorProto.FLOAT: SINGLE, TensorProto.DOUBLE: DOUBLE}
Arrays = dict[str, np.ndarray]


# Running a network with the values of all its nodes


def _ordered(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return the model with each node behind what it reads, as the standard asks; some files have constants last."""
    ordered = onnx.ModelProto.FromString(model.SerializeToString())
    waiting = list(model.graph.node)
    known = {"", *(tensor.name for tensor in model.graph.initializer), *(value.name for value in model.graph.input)}
    del ordered.graph.node[:]
    while waiting:
        ready = next(node for node in waiting if known.issuperset(node.input))
        waiting.remove(ready)
        known.update(ready.output)
        ordered.graph.node.append(ready)
    return ordered


def _open(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return the model with everything that a node writes as an output."""
    opened = onnx.ModelProto.FromString(model.SerializeToString())
    del opened.graph.output[:]
    names = [name for node in opened.graph.node for name in node.output if name]
    opened.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names)
    return opened


def _with_onnxruntime(model: onnx.ModelProto) -> Callable[[Arrays], Arrays]:
    """Return what computes all values with onnxruntime, each node by itself."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    opened = _open(model)
    session = onnxruntime.InferenceSession(opened.SerializeToString(), options, providers=["CPUExecutionProvider"])
    names = [value.name for value in opened.graph.output]
    return lambda feeds: dict(zip(names, session.run(names, feeds), strict=True))


def _with_reference(model: onnx.ModelProto) -> Callable[[Arrays], Arrays]:
    """Return what computes all values with the standard's reference implementation."""
    evaluator = ReferenceEvaluator(_open(model))
    return lambda feeds: {
        name: np.asarray(value) for name, value in zip(evaluator.output_names, evaluator.run(None, feeds), strict=True)
    }


def _widened(tensor: TensorProto) -> TensorProto:
    array = numpy_helper.to_array(tensor)
    return numpy_helper.from_array(array.astype(np.float64) if array.dtype == np.float32 else array, tensor.name)


def _in_double(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return the same network with its float32 weights in float64."""
    wide = onnx.ModelProto.FromString(model.SerializeToString())
    for tensor in wide.graph.initializer:
        tensor.CopyFrom(_widened(tensor))
    for node in wide.graph.node:
        for attribute in node.attribute:
            if attribute.type == onnx.AttributeProto.TENSOR:
                attribute.t.CopyFrom(_widened(attribute.t))
            if (node.op_type, attribute.name, attribute.i) == ("Cast", "to", TensorProto.FLOAT):
                attribute.i = TensorProto.DOUBLE
    for value in wide.graph.input:
        if value.type.tensor_type.elem_type == TensorProto.FLOAT:
            value.type.tensor_type.elem_type = TensorProto.DOUBLE
    return wide


# The bound


def _attributes(node: onnx.NodeProto, **defaults: float) -> list[float]:
    given = {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}
    return [given.get(name, default) for name, default in defaults.items()]


def _product(node: onnx.NodeProto, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The product that a MatMul, Mul or Gemm computes, with a non-negative alpha."""
    if node.op_type == "Mul":
        return left * right
    if node.op_type == "MatMul":
        return left @ right
    alpha, trans_a, trans_b = _attributes(node, alpha=1.0, transA=0, transB=0)
    return abs(alpha) * ((left.T if trans_a else left) @ (right.T if trans_b else right))


def _of_product(node: onnx.NodeProto, sizes: list, errors: list, form: Format) -> np.ndarray:
    alpha, beta, trans_a = _attributes(node, alpha=1.0, beta=1.0, transA=0)
    magnitude = _product(node, sizes[0], sizes[1])
    error = _product(node, errors[0], sizes[1] + errors[1]) + _product(node, sizes[0], errors[1])
    if len(sizes) == 3:
        magnitude = magnitude + abs(beta) * sizes[2]
        error = error + abs(beta) * errors[2]
    terms = 2 if node.op_type == "Mul" else 1 + sizes[0].shape[0 if trans_a else -1]
    return (
        error + np.expm1((terms + 3) * np.log1p(form.rounding)) * magnitude + 2 * terms * form.least * (1 + abs(alpha))
    )


def _of_sum(_: onnx.NodeProto, sizes: list, errors: list, form: Format) -> np.ndarray:
    return errors[0] + errors[1] + 4 * form.rounding * (sizes[0] + sizes[1])


def _of_convolution(node: onnx.NodeProto, sizes: list, errors: list, form: Format) -> np.ndarray:
    """Kernel and bias are constants without error."""
    assert not any(error.any() for error in errors[1:])
    (magnitude,), (error,) = (_moved(node, 22, arrays) for arrays in (sizes, [errors[0], *sizes[1:2], *errors[2:]]))
    terms = 1 + sizes[1][0].size
    return error + np.expm1((terms + 3) * np.log1p(form.rounding)) * magnitude + 4 * terms * form.least


def _of_leaky_relu(node: onnx.NodeProto, sizes: list, errors: list, form: Format) -> np.ndarray:
    (alpha,) = _attributes(node, alpha=0.01)
    assert abs(alpha) <= 1
    return errors[0] + 4 * form.rounding * sizes[0] + 4 * form.least


ROUNDING = {
    "Add": _of_sum,
    "Conv": _of_convolution,
    "Gemm": _of_product,
    "LeakyRelu": _of_leaky_relu,
    "MatMul": _of_product,
    "Mul": _of_product,
    "Sub": _of_sum,
}
MOVING = {
    *("Cast", "Concat", "Constant", "ConstantOfShape", "Dropout", "Flatten", "Gather", "Identity", "MaxPool"),
    *("Reshape", "Resize", "Shape", "Slice", "Split", "Squeeze", "Transpose", "Unsqueeze"),
}


def _moved(node: onnx.NodeProto, opset: int, inputs: list) -> list[np.ndarray]:
    """What a node that moves entries does to these."""
    names = [name for name in node.input if name]
    values = [helper.make_tensor_value_info(name, TensorProto.DOUBLE, None) for name in names]
    outputs = [onnx.ValueInfoProto(name=name) for name in node.output]
    graph = helper.make_graph([node], "node", values, outputs)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    return ReferenceEvaluator(made).run(None, dict(zip(names, inputs, strict=True)))


def _errors(model: onnx.ModelProto, opset: int, values: Arrays, form: Format) -> Arrays:
    """Return how far the values of all nodes may be from the exact ones, given inputs and constants without error."""
    errors = {name: np.zeros(np.shape(value)) for name, value in values.items()}
    for node in model.graph.node:
        inputs = [name for name in node.input if name]
        stored = [np.asarray(values[name]) for name in inputs]
        if node.op_type in ROUNDING:
            sizes = [np.abs(array.astype(np.float64)) for array in stored]
            errors[node.output[0]] = ROUNDING[node.op_type](node, sizes, [errors[name] for name in inputs], form)
        elif node.op_type == "Relu":
            off = stored[0] + errors[inputs[0]] < 0
            errors[node.output[0]] = np.where(off, 0.0, errors[inputs[0]])
        elif any(errors[name].any() for name in inputs):
            assert node.op_type in MOVING
            parts = [errors[n] if a.dtype.kind == "f" else a for n, a in zip(inputs, stored, strict=True)]
            errors.update(zip(node.output, _moved(node, opset, parts), strict=False))
        else:
            assert node.op_type in MOVING
    return errors


# The comparison


def _feeds(model: onnx.ModelProto, dtype: type) -> list[Arrays]:
    """Random float32 points in [-1, 1]."""
    count = POINTS_OF_CONVOLUTIONS if any(node.op_type == "Conv" for node in model.graph.node) else POINTS
    rng = np.random.default_rng(1)
    given = {tensor.name for tensor in model.graph.initializer}
    shapes = {
        value.name: [dimension.dim_value or 1 for dimension in value.type.tensor_type.shape.dim]
        for value in model.graph.input
        if value.name not in given
    }
    return [
        {name: rng.uniform(-1, 1, shape).astype(np.float32).astype(dtype) for name, shape in shapes.items()}
        for _ in range(count)
    ]


def _excess(model: onnx.ModelProto, imported: onnx_import.ImportedModel, form: Format, run, feeds: Arrays) -> Fraction:
    """Return by how much a runtime is further from the exact values than it may be (at most 0: it is not)."""
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    computed = feeds | constants | run(feeds)
    errors = _errors(model, imported.opset, computed, form)
    point = [Fraction(float(value)) for name, _ in imported.inputs for value in feeds[name].ravel()]
    exact = eg.evaluate(imported.program, point).outputs
    found = [float(value) for name, _ in imported.outputs for value in computed[name].ravel()]
    allowed = [2 * float(value) for name, _ in imported.outputs for value in errors[name].ravel()]
    assert [computed[name].shape for name, _ in imported.outputs] == [shape for _, shape in imported.outputs]
    return max(
        abs(Fraction(float(f)) - Fraction(int(e.numerator), int(e.denominator))) - Fraction(a)
        for f, e, a in zip(found, exact, allowed, strict=True)
    )


@pytest.mark.parametrize("path", IMPORTED)
def test_an_imported_network_computes_what_onnxruntime_computes_up_to_its_rounding(corpus, path):
    model, imported = _ordered(onnx.load(corpus / path)), onnx_import.read(corpus / path)
    kind = next(value.type.tensor_type.elem_type for value in model.graph.input)
    feeds = _feeds(model, helper.tensor_dtype_to_np_dtype(kind))
    excess = partial(_excess, model, imported, FORMATS[kind], _with_onnxruntime(model))
    assert max(map(excess, feeds)) <= 0


@pytest.mark.parametrize("path", IMPORTED)
def test_an_imported_network_computes_what_the_reference_computes_up_to_rounding_in_double(corpus, path):
    model, imported = _in_double(_ordered(onnx.load(corpus / path))), onnx_import.read(corpus / path)
    excess = partial(_excess, model, imported, DOUBLE, _with_reference(model))
    assert max(map(excess, _feeds(model, np.float64))) <= 0


@pytest.mark.parametrize("name", SPELLINGS)
def test_both_spellings_of_a_collision_avoidance_network_are_one_program(corpus, name):
    products = onnx_import.load(corpus / f"acasxu_eran_matmuladd/ACASXU_run2a_{name}_batch_2000.onnx")
    assert products == onnx_import.load(corpus / f"acasxu_dnnv_gemm/N_{name}.onnx")


def test_different_collision_avoidance_networks_are_different_programs(corpus):
    first, second = (onnx_import.load(corpus / f"acasxu_dnnv_gemm/N_{name}.onnx") for name in SPELLINGS)
    assert first != second


@pytest.mark.parametrize("path", REFUSED)
def test_a_network_that_cannot_be_imported_is_refused_with_its_error(corpus, path):
    with pytest.raises(REFUSED[path]) as caught:
        onnx_import.load(corpus / path)
    assert type(caught.value) is REFUSED[path]


def test_every_network_of_the_corpus_is_imported_or_refused_here(corpus):
    files = {str(path.relative_to(corpus)) for path in corpus.rglob("*.onnx")}
    assert files == {*IMPORTED, *REFUSED}


@pytest.mark.parametrize("path", CUT)
def test_a_classifier_is_imported_without_its_last_function(corpus, path):
    model = onnx.load(corpus / path)
    last = model.graph.node[-1]
    imported = onnx_import.read(corpus / path, cut_at=last.name)
    assert [name for name, _ in imported.outputs] == list(last.input)
    del model.graph.node[-1]
    excess = partial(_excess, model, imported, SINGLE, _with_onnxruntime(model))
    assert max(map(excess, _feeds(model, np.float32))) <= 0


@pytest.mark.parametrize("name", ["ACASXU_experimental_v2a_1_1", "ACASXU_experimental_v2a_3_3"])
def test_a_file_of_another_format_is_refused(corpus, name, tmp_path):
    path = tmp_path / "named_otherwise.onnx"
    path.write_bytes((corpus / f"acasxu_marabou_nnet/{name}.nnet").read_bytes())
    with pytest.raises(MalformedModel):
        onnx_import.load(path)
