"""The bounds on rounding are not vacuous: what a small mistake changes is told from what rounding explains."""

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from statistics import median

import numpy as np
import onnx
import pytest
from conformance.agreement import Network
from conformance.cases import standard_cases
from conformance.comparing import rounding_of
from conformance.running import in_double, runtime
from conformance.verdicts import EQUAL, REFUSED, WRONG, judged, verdict
from onnx import TensorProto, helper, numpy_helper
from oracles.rounding import RoundingAnalysis

import exactgeo as eg

WIDTHS = (6, 16, 16, 4)
STANDARD = (
    *("test_matmul_3d", "test_gemm_all_attributes", "test_add_bcast", "test_clip", "test_leakyrelu_default"),
    *("test_prelu_broadcast", "test_basic_conv_with_padding", "test_averagepool_2d_default", "test_batchnorm_example"),
    *("test_reduce_mean_keepdims_random", "test_convtranspose", "test_hardsigmoid", "test_globalaveragepool"),
)


def _layered(kind=TensorProto.FLOAT, seed=5):
    """A network of three layers of random float32 weights, with rectifiers between them."""
    generator = np.random.default_rng(seed)
    dtype = helper.tensor_dtype_to_np_dtype(kind)
    nodes, constants, last = [], [], "x"
    for k, (rows, columns) in enumerate(pairwise(WIDTHS)):
        for name, shape in ((f"w{k}", (rows, columns)), (f"b{k}", (columns,))):
            array = generator.normal(size=shape) / np.sqrt(rows)
            array = (array if name.startswith("w") else abs(array)).astype(np.float32).astype(dtype)
            constants.append(numpy_helper.from_array(array, name))
        nodes.append(helper.make_node("Gemm", [last, f"w{k}", f"b{k}"], [f"z{k}"]))
        last = f"z{k}"
        if k + 2 < len(WIDTHS):
            nodes.append(helper.make_node("Relu", [last], [f"y{k}"]))
            last = f"y{k}"
    values = [
        helper.make_tensor_value_info(*one) for one in (("x", kind, [1, WIDTHS[0]]), (last, kind, [1, WIDTHS[-1]]))
    ]
    graph = helper.make_graph(nodes, "layers", values[:1], values[1:], constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)


def _with_weight(model, layer, place, factor):
    """The model with one weight multiplied."""
    changed = onnx.ModelProto.FromString(model.SerializeToString())
    tensor = next(one for one in changed.graph.initializer if one.name == f"w{layer}")
    array = numpy_helper.to_array(tensor).copy()
    array.ravel()[place] *= array.dtype.type(factor)
    tensor.CopyFrom(numpy_helper.from_array(array, tensor.name))
    return changed


@pytest.fixture(scope="module")
def model():
    return _layered()


@pytest.fixture(scope="module")
def network(model):
    return Network.of(model)


@pytest.mark.parametrize("exactly", [False, True])
def test_a_runtime_is_within_the_bounds(model, network, exactly):
    one = runtime(model)
    assert max(network.excess_of(one, feeds, exactly=exactly) for feeds in network.points(50)) <= 0


@pytest.mark.parametrize("output", range(WIDTHS[-1]))
@pytest.mark.parametrize("sign", [-1, 1])
def test_an_output_that_is_off_by_three_bounds_is_wrong(model, network, output, sign):
    one = runtime(model)
    for feeds in network.points(10):
        outputs = one.run(feeds)
        _, bounds = network.bounds(feeds, one.rounding)
        outputs[0][0, output] += np.float32(sign * 3 * bounds.errors[output])
        assert network.excess(feeds, outputs, one.rounding, exactly=True) > 0


def test_exchanged_outputs_are_wrong(model, network):
    one = runtime(model)
    for feeds in network.points(10):
        (outputs,) = one.run(feeds)
        assert network.excess(feeds, [outputs[:, [1, 0, 2, 3]]], one.rounding, exactly=False) > 0


def _places_that_matter(model, network, layer, factor):
    """The weights of a layer, the largest first, whose change changes the exact outputs at some point."""
    weights = numpy_helper.to_array(next(one for one in model.graph.initializer if one.name == f"w{layer}"))
    points = [list(map(Fraction, feeds["x"].ravel().tolist())) for feeds in network.points(4)]
    before = [eg.evaluate(network.program, point).outputs for point in points]
    for place in np.argsort(-np.abs(weights).ravel())[:40].tolist():
        changed = _with_weight(model, layer, place, factor)
        program = Network.of(changed).program
        if before != [eg.evaluate(program, point).outputs for point in points]:
            yield changed


@pytest.mark.parametrize("layer", range(len(WIDTHS) - 1))
def test_the_largest_weight_of_a_layer_changed_in_its_12th_bit_is_wrong(model, network, layer):
    one = runtime(next(_places_that_matter(model, network, layer, 1 + 2.0**-12)))
    assert max(network.excess_of(one, feeds, exactly=False) for feeds in network.points(20)) > 0


@pytest.mark.parametrize("layer", range(len(WIDTHS) - 1))
def test_in_double_any_weight_changed_in_its_24th_bit_is_wrong(model, network, layer):
    changes = list(_places_that_matter(model, network, layer, 1 + 2.0**-23))
    assert len(changes) > 10
    for changed in changes:
        one = runtime(in_double(changed))
        points = [{"x": feeds["x"].astype(np.float64)} for feeds in network.points(4)]
        assert max(network.excess(feeds, one.run(feeds), one.rounding, exactly=False) for feeds in points) > 0


def test_the_bounds_of_a_small_network_are_a_small_part_of_its_outputs(model, network):
    rounding = rounding_of(model)
    ratios = [ratio for feeds in network.points(20) for ratio in network.tightness(feeds, rounding)]
    print(f"median of bound / |output|: {median(ratios):.2g}")
    assert 2.0**-24 < median(ratios) < 1e-4


@pytest.mark.parametrize("spare", [0, 10])
def test_a_bound_without_rounding_would_not_hold(model, network, spare):
    """The runtime does round: were u a hundredth of what it is, it would leave the bounds."""
    fine = replace(rounding_of(model).precision, digits=31)
    rounding = replace(rounding_of(model), precision=fine, spare=spare)
    one = replace(runtime(model), rounding=rounding)
    assert max(network.excess_of(one, feeds, exactly=True) for feeds in network.points(20)) > 0


# The standard's own tests with wrong expectations


def _spoilt(points, change):
    arrays = [np.array(array) for array in points.outputs]
    change(arrays[0].reshape(-1))
    return replace(points, outputs=arrays)


@pytest.fixture(params=STANDARD)
def case(request, tmp_path):
    case = next(one for one in standard_cases() if one.name == request.param)
    if verdict(case, tmp_path).outcome == REFUSED:
        pytest.skip("the operator is not imported yet")
    return case


def test_one_expected_number_that_is_off_by_more_than_rounding_explains_is_wrong(case, tmp_path):
    model = case.model
    (points,) = case.points(model)
    right = judged(model, points, tmp_path)
    assert right.outcome == EQUAL
    width = max(3 * max(right.tightness), 2.0**-20)

    def change(flat):
        flat[np.abs(flat).argmax()] *= flat.dtype.type(1 + width)

    assert judged(model, _spoilt(points, change), tmp_path).outcome == WRONG


def test_two_exchanged_expected_numbers_are_wrong(case, tmp_path):
    model = case.model
    (points,) = case.points(model)

    def change(flat):
        low, high = flat.argmin(), flat.argmax()
        flat[[low, high]] = flat[[high, low]]

    assert judged(model, _spoilt(points, change), tmp_path).outcome == WRONG


def test_a_number_of_the_last_input_changed_in_its_12th_bit_is_wrong(case, tmp_path):
    model = case.model
    (points,) = case.points(model)
    name = next(name for name, array in reversed(points.inputs.items()) if array.dtype.kind == "f")
    changed = {key: np.array(array) for key, array in points.inputs.items()}
    flat = changed[name].reshape(-1)
    middle = np.argsort(np.abs(flat))[flat.size // 2]
    flat[middle] *= flat.dtype.type(1 + 2.0**-11)
    assert judged(model, replace(points, inputs=changed), tmp_path).outcome == WRONG


def test_what_cancels_between_nodes_counts_in_the_bound():
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 1]) for name in "xy")
    big = numpy_helper.from_array(np.array([[1e6]], dtype=np.float32), "big")
    nodes = [helper.make_node("Add", ["x", "big"], ["t"]), helper.make_node("Sub", ["t", "big"], ["y"])]
    graph = helper.make_graph(nodes, "cancellation", [x], [y], [big])
    network = Network.of(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8))
    rounding, feeds = rounding_of(network.binding.model), {"x": np.array([[0.1]], dtype=np.float32)}
    computed = (feeds["x"] + np.float32(1e6)) - np.float32(1e6)
    assert abs(Fraction(float(computed.item())) - Fraction(float(feeds["x"].item()))) > Fraction(1, 100)
    assert network.excess(feeds, [computed], rounding, exactly=True) <= 0
    assert network.excess(feeds, [computed + 4], rounding, exactly=True) > 0
    merged = RoundingAnalysis(network.program, rounding).at(feeds["x"].astype(np.float64).ravel())
    assert merged.errors.max() < 1e-6
