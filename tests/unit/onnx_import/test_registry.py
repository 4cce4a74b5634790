"""Which operators are known."""

from dataclasses import replace

import numpy as np
import onnx
import pytest
from onnx import helper
from unit.onnx_import.models import OPSETS, assert_computes, assert_refuses, model, node, one_node

from exactgeo.errors import ImportFailure, MalformedModel, UnsupportedOperator
from onnx_import.files.graph import NodeRecord
from onnx_import.lowering import registry


def _record(operator, domain=""):
    return NodeRecord("n", operator, domain, 13, ("x",), ("y",), {})


def test_a_function_registers_for_all_its_operators(monkeypatch):
    monkeypatch.setattr(registry, "_HANDLERS", {})

    @registry.operator("First", "Second")
    def handler(node):
        return []

    assert registry.known_operators() == ["First", "Second"]
    assert registry.handler_of(_record("First")) is registry.handler_of(_record("Second")) is handler


def test_known_operators_are_operators_of_the_standard():
    standard = {schema.name for schema in onnx.defs.get_all_schemas() if schema.domain == ""}
    assert set(registry.known_operators()) <= standard


def test_known_operators_are_there_in_a_version_that_is_read():
    for name in registry.known_operators():
        versions = [onnx.defs.get_schema(name, opset, "") for opset in OPSETS if onnx.defs.has(name, opset, "")]
        assert any(not schema.deprecated for schema in versions)


FIRST = {"Where": 9, "Einsum": 12, "GreaterOrEqual": 12, "Trilu": 14, "CenterCropPad": 18, "DFT": 17, "Softplus": 1}


@pytest.mark.parametrize("operator", [name for name, first in FIRST.items() if first > 6])
@pytest.mark.parametrize("domain", ["", "ai.onnx"])
def test_operators_are_refused_in_opsets_before_their_first(operator, domain):
    made = one_node(operator, ["x"], opset=FIRST[operator] - 1, domain=domain)
    match = rf"^node 'n' \({operator}, opset {FIRST[operator] - 1}\) .*from opset {FIRST[operator]} on"
    assert_refuses(made, MalformedModel, match)


@pytest.mark.parametrize("operator", FIRST)
def test_operators_are_known_from_their_first_opset_on(operator):
    for opset in (max(FIRST[operator], 6), OPSETS[-1]):
        assert registry.handler_of(replace(_record(operator), opset=opset)) is not None


def test_a_model_s_own_operators_may_have_any_opset():
    body = [node("Relu", ["a"], ["b"])]
    opsets = [helper.make_opsetid("", 13)]
    made = model([node("Where", ["x"], ["y"], domain="own")], {"x": (2,)}, ["y"], opset=8)
    made.functions.append(helper.make_function("own", "Where", ["a"], ["b"], body, opsets))
    made.opset_import.append(helper.make_opsetid("own", 1))
    assert_computes(made, lambda x: np.maximum(x, 0))


@pytest.mark.parametrize("operator", ["Conv3D", "relu", "RELU", "Relu ", ""])
def test_nobody_lowers_unknown_operators(operator):
    assert registry.handler_of(_record(operator)) is None


@pytest.mark.parametrize("domain", ["com.microsoft", "ai.onnx.ml", "Ai.onnx"])
def test_nobody_lowers_operators_of_other_domains(domain):
    assert registry.handler_of(_record("Relu", domain)) is None


def test_nobody_lowers_overloads():
    assert registry.handler_of(replace(_record("Relu"), overload="other")) is None


@pytest.mark.parametrize("operator", ["Conv3D", "relu", "RELU", "Relu ", ""])
def test_unknown_operators_are_refused_with_node_operator_and_opset(operator):
    match = rf"^node 'n' \({operator}, opset 13\) uses an operator that is not supported"
    assert_refuses(one_node(operator, ["x"], opset=13), UnsupportedOperator, match)


@pytest.mark.parametrize("operator, opset", [("Gelu", 19), ("HardSwish", 13), ("GroupNormalization", 17), ("Scan", 7)])
def test_operators_of_a_later_opset_are_refused(operator, opset):
    match = rf"^node 'n' \({operator}, opset {opset}\)"
    assert_refuses(one_node(operator, ["x"], opset=opset), ImportFailure, match)
