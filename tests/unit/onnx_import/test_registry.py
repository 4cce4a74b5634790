"""Which operators are known."""

import onnx
import pytest
from unit.onnx_import.models import NEWEST, OLDEST

from exactgeo.errors import UnsupportedOperator
from onnx_import import registry
from onnx_import.graph import NodeRecord


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


def test_known_operators_are_not_deprecated_in_any_version_that_is_read():
    versions = [
        onnx.defs.get_schema(name, version)
        for name in registry.known_operators()
        for version in range(OLDEST, NEWEST + 1)
        if onnx.defs.has(name, version, "")
    ]
    assert versions and not any(schema.deprecated for schema in versions)


@pytest.mark.parametrize("operator", ["Conv3D", "relu", "RELU", "Relu ", "", "Loop"])
def test_unknown_operators_are_refused_with_node_operator_and_opset(operator):
    with pytest.raises(UnsupportedOperator, match=r"^node 'n' \(.*, opset 13\) uses an operator that is not supported"):
        registry.handler_of(_record(operator))


@pytest.mark.parametrize("domain", ["com.microsoft", "ai.onnx.ml", "Ai.onnx"])
def test_operators_of_other_domains_are_refused(domain):
    with pytest.raises(UnsupportedOperator, match=rf"node 'n' \({domain}\.Relu, opset 13\)"):
        registry.handler_of(_record("Relu", domain))
