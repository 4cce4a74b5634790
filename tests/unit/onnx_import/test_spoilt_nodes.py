"""Nodes whose attributes, constants and inputs are spoilt: an error of ours or a program, and nothing else."""

import random

import numpy as np
import onnx
import pytest
from conformance.onnx_families import elementwise, indexing, layout, reducing, sliding  # noqa: F401 (register the cases)
from conformance.onnx_families.drawing import CASES, Draw
from onnx import AttributeProto, numpy_helper
from unit.onnx_import.models import (
    NEWEST,
    assert_agrees_with_reference,
    assert_refuses,
    assert_same,
    imported,
    integers,
    model,
    node,
    one_node,
    run_exactly,
)

from exactgeo.errors import ImportFailure

MODELS = 25
NUMBERS = [-(2**63), -(2**31), -5, -3, -2, -1, 0, 1, 2, 3, 4, 7, 100, 2**31, 2**62, 2**63 - 1]
TYPES = [np.float32, np.float64, np.int32, np.int64, np.uint8, np.bool_, np.float16, np.complex64]


def _spoil_attribute(subject, rng):
    attribute = rng.choice(subject.attribute)
    if attribute.type == AttributeProto.INT:
        attribute.i = rng.choice(NUMBERS)
    elif attribute.type == AttributeProto.INTS and attribute.ints:
        change = rng.randrange(3)
        if change == 0:
            attribute.ints[rng.randrange(len(attribute.ints))] = rng.choice(NUMBERS)
        elif change == 1:
            attribute.ints.append(rng.choice(NUMBERS))
        else:
            del attribute.ints[-1]
    elif attribute.type == AttributeProto.FLOAT:
        attribute.f = rng.choice([0.0, -1.0, float("inf"), float("nan"), 1e38])
    elif attribute.type == AttributeProto.STRING:
        attribute.s = rng.choice([b"", b"constant", b"\xff", b"DCR", b"add", b"SAME_LOWER"])


def _spoil_constant(tensor, rng):
    array = numpy_helper.to_array(tensor).copy()
    flat, change = array.reshape(-1), rng.randrange(3)
    if change == 0 and array.size and array.dtype.kind in "iu":
        limits = np.iinfo(array.dtype)
        flat[rng.randrange(array.size)] = min(max(rng.choice(NUMBERS), limits.min), limits.max)
    elif change == 0 and array.size and array.dtype.kind == "f":
        flat[rng.randrange(array.size)] = rng.choice([0, np.inf, np.nan, 1e30, -1, 0.5])
    elif change == 1 and array.dtype.kind in "iufb":
        with np.errstate(all="ignore"):
            array = array.astype(rng.choice(TYPES))
    elif change == 2:
        array = rng.choice(
            [
                flat,
                flat[:0],
                flat[None],
                np.concatenate([flat, flat]),
                flat[:1].reshape(flat[:1].shape[1:] if flat.size else (0,)),
            ]
        )
    tensor.CopyFrom(numpy_helper.from_array(array, tensor.name))


def _spoil_shape(value, rng):
    dimensions = value.type.tensor_type.shape.dim
    if rng.random() < 0.4 or not dimensions:
        dimensions.add(dim_value=rng.choice([0, 1, 2, 3]))
    elif rng.random() < 0.5:
        del dimensions[rng.randrange(len(dimensions))]
    else:
        dimensions[rng.randrange(len(dimensions))].dim_value = rng.choice([0, 1, 2, 5])


def _spoil(made, rng):
    (subject,) = (record for record in made.graph.node if record.name == "n")
    what = rng.choice(["attribute", "attribute", "constant", "constant", "input", "order", "shape"])
    if what == "attribute" and subject.attribute:
        _spoil_attribute(subject, rng)
    elif what == "constant" and made.graph.initializer:
        _spoil_constant(rng.choice(made.graph.initializer), rng)
    elif what == "input" and subject.input:
        subject.input[rng.randrange(len(subject.input))] = ""
    elif what == "order" and len(subject.input) > 1:
        names = rng.sample(list(subject.input), len(subject.input))
        subject.input[:] = names
    else:
        _spoil_shape(rng.choice(made.graph.input), rng)


@pytest.mark.parametrize("operator", sorted(CASES))
def test_a_spoilt_node_gives_an_error_of_ours_or_a_program(operator):
    history = [s for s in onnx.defs.get_all_schemas_with_history() if (s.domain, s.name) == ("", operator)]
    opsets = sorted({max(schema.since_version, 6) for schema in history if not schema.deprecated})
    outcomes = {"program": 0, "refused": 0}
    for number in range(MODELS):
        rng, opset = random.Random(f"{operator}{number}"), opsets[number % len(opsets)]
        made = CASES[operator](Draw((operator, opset, number)), opset)
        _spoil(made, rng)
        try:
            imported(made, staircases=True, irrational=rng.choice(["exact-if-square", "fold-float32"]))
            outcomes["program"] += 1
        except ImportFailure:
            outcomes["refused"] += 1
    assert all(outcomes.values())


# What such nodes have found


def test_a_cache_of_more_axes_than_its_update_is_refused():
    made = one_node("TensorScatter", ["x", "u"], inputs={"x": (3, 3, 2), "u": (3,)}, axis=1)
    assert_refuses(made, ImportFailure, r"^node 'n' \(TensorScatter")


def test_a_scalar_is_quantised():
    constants = {"c": np.float32(3), "s": np.float32(2), "z": np.array(255, dtype=np.uint8)}
    made = model([node("QuantizeLinear", ["c", "s", "z"], ["y"])], {"x": (1,)}, ["y"], constants)
    assert_same(run_exactly(imported(made), [np.zeros(1)]), [np.array(255)])


@pytest.mark.parametrize("operator", ["IsNaN", "IsInf"])
def test_a_scalar_is_looked_at(operator):
    made = model([node(operator, ["c"], ["y"])], {"x": (1,)}, ["y"], {"c": np.array(np.inf)})
    assert_same(run_exactly(imported(made), [np.zeros(1)]), [np.array(int(operator == "IsInf"))])


def test_a_stored_truth_value_is_negated():
    made = model([node("Not", ["c"], ["y"])], {"x": (1,)}, ["y"], {"c": np.array(False)})
    assert_same(run_exactly(imported(made), [np.zeros(1)]), [np.array(1)])


def test_a_scalar_is_padded_by_nothing():
    assert_agrees_with_reference(one_node("Identity", ["x"], inputs={"x": ()}))
    made = one_node("Pad", ["x", "p"], {"p": integers()}, inputs={"x": ()})
    assert_same(run_exactly(imported(made), [np.array(3.0)]), [np.array(3.0)])


@pytest.mark.parametrize("operator", ["AveragePool", "MaxPool"])
def test_padding_beyond_all_bounds_is_refused(operator):
    made = one_node(operator, ["x"], inputs={"x": (1, 1, 4)}, kernel_shape=[2], pads=[2**63 - 1, 0])
    assert_refuses(made, ImportFailure, rf"^node 'n' \({operator}")


@pytest.mark.parametrize("number", [np.array([]), np.array([1, 1]), np.array(1.5), np.array(1 + 0j), np.array(True)])
@pytest.mark.parametrize("operator, attributes", [("TopK", {}), ("Trilu", {})])
def test_numbers_that_are_not_one_integer_are_refused(operator, attributes, number):
    made = model([node(operator, ["x", "k"], ["y"], name="n")], {"x": (2, 3)}, ["y"], {"k": number}, opset=NEWEST)
    assert_refuses(made, ImportFailure, rf"^node 'n' \({operator}")


def test_a_pad_s_constant_does_not_matter_where_the_mode_does_not_use_it():
    made = one_node("Pad", ["x", "p", "v"], {"p": integers(1, 1), "v": np.array(7.0)}, inputs={"x": (3,)}, mode="edge")
    x = np.array([1.0, 2.0, 3.0])
    assert_same(run_exactly(imported(made), [x]), [np.array([1.0, 1.0, 2.0, 3.0, 3.0])])
