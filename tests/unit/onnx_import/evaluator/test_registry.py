"""The list of definitions against the standard's history."""

from collections import defaultdict

import onnx.defs
import pytest
from onnx import NodeProto
from unit.onnx_import.evaluator.running import evaluated, one_node

from exactgeo.errors import UnsupportedOperator
from onnx_import.evaluator import calls
from onnx_import.evaluator.definitions import defined_operators

HISTORY = defaultdict(set)
for _schema in onnx.defs.get_all_schemas_with_history():
    if not _schema.domain and not _schema.deprecated:
        HISTORY[_schema.name].add(_schema.since_version)


@pytest.mark.parametrize("operator,versions", defined_operators())
def test_definitions_cover_every_version_since_opset_6(operator, versions):
    known = {v for v in HISTORY[operator] if v > 6} | {max((v for v in HISTORY[operator] if v <= 6), default=0)} - {0}
    assert versions == known


def test_there_are_many():
    assert len(list(defined_operators())) >= 155


def _defined_as(monkeypatch, function):
    monkeypatch.setattr(calls, "definition", lambda _operator, _version: function)


def test_an_attribute_that_a_definition_does_not_read_is_refused(monkeypatch):
    made, feed = one_node("LeakyRelu", [[1.0]], alpha=0.5)
    _defined_as(monkeypatch, lambda call: call.tensor(0))
    with pytest.raises(UnsupportedOperator, match=r"'n' \(LeakyRelu, opset \d+\): attribute 'alpha'"):
        evaluated(made, feed)
    _defined_as(monkeypatch, lambda call: call.ignore("alpha") or call.tensor(0))
    assert evaluated(made, feed)[0].tolist() == [1]


def test_an_input_that_a_definition_does_not_read_is_refused(monkeypatch):
    made, feed = one_node("PRelu", [[1.0], [2.0]])
    _defined_as(monkeypatch, lambda call: call.tensor(0))
    with pytest.raises(UnsupportedOperator, match="input 1"):
        evaluated(made, feed)


def test_an_output_that_a_definition_does_not_give_is_refused(monkeypatch):
    made, feed = one_node("Dropout", [[1.0]], outputs=2)
    _defined_as(monkeypatch, lambda call: call.tensor(0))
    with pytest.raises(UnsupportedOperator, match="output 1"):
        evaluated(made, feed)


def test_a_newer_definition_is_refused(monkeypatch):
    made, feed = one_node("Relu", [[1.0]])
    monkeypatch.setattr(calls, "definition", lambda _operator, _version: None)
    with pytest.raises(UnsupportedOperator, match=r"'n' \(Relu, opset"):
        evaluated(made, feed)


def test_nodes_without_a_name_are_named_by_their_output():
    made, feed = one_node("Elu", [[1.0]])
    made.graph.node[0].ClearField("name")
    assert made.graph.node[0] != NodeProto()
    with pytest.raises(UnsupportedOperator, match="'y0'"):
        evaluated(made, feed)
