"""Which operators are known."""

from dataclasses import replace

import onnx
import pytest
from unit.onnx_import.models import OPSETS, assert_refuses, one_node

from exactgeo.errors import ImportFailure, UnsupportedOperator
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
