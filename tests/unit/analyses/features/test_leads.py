"""What sufficient subsets say, certified and checked against the model."""

import gzip
import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from hypothesis import given, settings
from unit.analyses.features.layers import corners_of, logits_of, plain
from unit.analyses.features.test_sufficiency import situations
from unit.onnx_import.models import model, node

import exactgeo as eg
import onnx_import
from exactgeo.analyses.features import LastLayer, lead, minimal_sufficient_subset
from exactgeo.errors import CertificateRejected, InvalidArgument

ROOT = Path(__file__).parents[4]


@settings(max_examples=100)
@given(situations(most=5))
def test_the_property_is_that_of_the_corners(situation):
    layer, h, upper = situation
    found = minimal_sufficient_subset(layer, h, upper)
    if found is None or all(j in found.subset or not most for j, most in enumerate(upper)):
        return
    said = lead(found)
    net = said.safe.program
    label = found.situation.label
    margins = dict(found.margins)
    least = {}
    for corner in corners_of([(0, upper[j]) for j in said.free]):
        features = [h[j] if j in found.subset else 0 for j in range(layer.features)]
        for j, value in zip(said.free, corner, strict=True):
            features[j] = value
        logits = logits_of(layer, features)
        assert plain(eg.evaluate(net, corner).outputs) == logits
        assert all(value <= 0 for value in said.safe.property.values(corner, logits))
        for rival in margins:
            lead_here = logits[label] - logits[rival]
            least[rival] = min(least.get(rival, lead_here), lead_here)
    assert least == margins


def test_there_must_be_something_to_prove():
    found = minimal_sufficient_subset(LastLayer.of([[1, 1], [0, 0]], [0, 1]), (1, 1), (1, 1))
    assert found.subset == (0, 1)
    with pytest.raises(InvalidArgument, match="no feature outside"):
        lead(found)


WEIGHTS = np.array([[2.0, 1.0, 0.0], [0.0, 0.0, 1.0]])


@pytest.fixture
def certified(tmp_path):
    """A model, and the certificate of a sufficient subset of its last layer's features."""
    nodes = [
        node("MatMul", ["x", "v"], ["z"]),
        node("Relu", ["z"], ["h"]),
        node("Gemm", ["h", "w"], ["s"], transB=1, name="last"),
        node("Softmax", ["s"], ["p"], name="squash"),
    ]
    constants = {"v": np.eye(2, 3), "w": WEIGHTS}
    path = tmp_path / "m.onnx"
    path.write_bytes(model(nodes, {"x": (1, 2)}, ["p"], constants).SerializeToString())
    split = onnx_import.split_last_layer(path, cut_at="squash")
    found = minimal_sufficient_subset(LastLayer.of(split.weights, split.bias), (3, 1, 1), (4, 4, 4))
    said = lead(found)
    source = eg.ModelSource(
        split.whole.sha256, split.whole.choices.record(), said.cut, None, said.safe.property, starts_at=split.node
    )
    certificate = tmp_path / "lead.cert"
    eg.certify(said.safe, source=source).save(certificate)
    return path, certificate


def _rewritten(certificate, old, new):
    text = gzip.decompress(certificate.read_bytes()).decode()
    assert old in text
    certificate.write_bytes(gzip.compress(text.replace(old, new).encode()))


def test_a_lead_is_certified_of_the_last_layer_of_a_model(certified):
    model_path, certificate = certified
    verdict = eg.check(certificate, model=model_path)
    assert verdict.model_confirmed and verdict.claim == "safety" and verdict.choices["starts_at"] == "last"
    assert verdict.inputs == 2 and verdict.regions == 1
    # Class 0 leads by 2 * 3 + h_1 - h_2 >= 6 - 4.
    assert verdict.choices["property"] == [["2", "0", "0", "-1", "1"]]
    jsonschema.validate(verdict.choices, json.loads((ROOT / "proofs" / "model.schema.json").read_text()))


@pytest.mark.parametrize(
    "old, new, reason",
    [
        ('"starts_at":"last"', '"starts_at":"first"', "is the node 'last', not 'first'"),
        (',"starts_at":"last"', "", "do not fit"),
        ('"origin":["3",', '"origin":["7/2",', "is the program"),
        ('"2","0","0","-1"', '"3","0","0","-1"', "is the program"),
        ('"cut_at":"squash"', '"cut_at":"last"', "has no last layer"),
        ('"normalisation":"none"', '"normalisation":"affine"', "normalisation"),
    ],
)
def test_another_layer_slice_or_margin_is_not_the_model_s(certified, old, new, reason):
    model_path, certificate = certified
    _rewritten(certificate, old, new)
    eg.check(certificate)
    with pytest.raises((CertificateRejected, InvalidArgument), match=reason):
        eg.check(certificate, model=model_path)


def test_a_certificate_with_a_greater_margin_is_not_a_proof(tmp_path):
    found = minimal_sufficient_subset(LastLayer.of(WEIGHTS.astype(int)), (3, 1, 1), (4, 4, 4))
    said = lead(found)
    greater = eg.Property([(row[0] + 1, *row[1:]) for row in said.safe.property.rows])
    domain = eg.Box((0, 0), (4, 4))
    assert isinstance(eg.decide(said.safe.program, domain, greater, engine="reference"), eg.Violation)
