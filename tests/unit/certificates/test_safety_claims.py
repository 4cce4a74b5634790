"""Certificates of properties: those that hold are verified, others are rejected."""

import gzip
import io
import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st
from laws.rebuilding import questions
from oracles.checker import check_facets, facet_checker
from unit.onnx_import.models import model, node

import exactgeo as eg
import onnx_import
from exactgeo.certificates import Certificate, Claim
from exactgeo.errors import CertificateError, CertificateRejected, InvalidArgument
from exactgeo.networks.paths import Family, path_program
from exactgeo.strategies import programs, rationals, relu_networks

ROOT = Path(__file__).parents[3]
MOONS = ROOT / "examples" / "models" / "moons.onnx"
HAT = eg.relu_network([[[1], [1]], [[1, -2]]], [[0, -1], [0]])  # x up to 1, then 2 - x
UP_TO_TWO = eg.Box((0,), (2,))
AT_MOST_ONE = eg.Property([(-1, 0, 1)])
FEWER = settings(max_examples=settings().max_examples // 3)


def _checked(certificate):
    file = io.BytesIO()
    certificate.write(file)
    file.seek(0)
    return check_facets(file)


@FEWER
@given(questions(programs(max_inputs=2, max_units=4) | relu_networks(max_inputs=3, max_units=5)), st.data())
def test_a_certificate_is_verified_just_if_the_property_holds(question, data):
    program, domain = question
    note(program.text)
    row = data.draw(st.tuples(*[rationals(max_numerator=3)] * (1 + program.inputs + program.output_count)))
    required = eg.Property([(row[0] - data.draw(st.sampled_from([0, 5])), *row[1:])])
    answer = eg.decide(program, domain, required)
    if isinstance(answer, eg.Safe):
        verdict = _checked(eg.certify(answer))
        assert (verdict.claim, verdict.regions) == ("safety", len(answer.arrangement)) and verdict.facets is None
        return
    regions = eg.enumerate_regions(required.applied(program), domain)
    with pytest.raises(facet_checker.base.Rejected) as caught:
        _checked(Certificate(Claim("safety", regions)))
    assert caught.value.rule == "safety"


def test_a_violated_property_is_rejected_at_the_first_region_that_violates_it():
    low = eg.Property([("-1/2", 0, 1)])
    regions = eg.enumerate_regions(low.applied(HAT), UP_TO_TWO)
    text = "".join(Certificate(Claim("safety", regions)).lines()).splitlines()
    tree = text[text.index("tree") + 1 :]
    patterns = iter(regions.patterns[:].tolist())
    violated = next(k for k, line in enumerate(tree, 1) if line.startswith("c ") and next(patterns)[-1])
    with pytest.raises(facet_checker.base.Rejected) as caught:
        _checked(Certificate(Claim("safety", regions)))
    assert (caught.value.step, caught.value.rule) == (violated, "safety")


def test_regions_of_a_violated_property_cannot_be_left_out():
    low = eg.Property([("-1/2", 0, 1)])
    regions = eg.enumerate_regions(low.applied(HAT), UP_TO_TWO)
    kept = [region for region in regions if region.pattern[-1] == 0]
    claim = Claim("safety", eg.Arrangement(regions.program, regions.domain, regions.engine, kept))
    with pytest.raises(CertificateError, match=r"lists no pattern that begins with \(1, 0, 1\)"):
        list(Certificate(claim).lines())


def test_a_violation_is_not_certified():
    with pytest.raises(InvalidArgument, match="row 0 is exceeded"):
        eg.certify(eg.decide(HAT, UP_TO_TWO, eg.Property([("-1/2", 0, 1)])))


def test_the_checker_says_that_it_is_about_safety():
    verdict = _checked(eg.certify(eg.decide(HAT, UP_TO_TWO, AT_MOST_ONE)))
    assert str(verdict).startswith("verified: safety, 2 activation regions of program ")


@pytest.fixture
def moons(tmp_path):
    """A certificate that a model's output is at most 100, and the property."""
    model = onnx_import.load(MOONS)
    required = eg.Property([(-100, 0, 0, 1)])
    imported = onnx_import.read(MOONS)
    source = eg.ModelSource(imported.sha256, imported.choices.record(), property=required)
    safe = eg.decide(model, eg.Box.cube(2, radius="1/8"), required)
    return eg.certify(safe, source=source).save(tmp_path / "c.cert")


def test_the_model_confirms_the_property(moons):
    verdict = eg.check(moons, model=MOONS)
    assert (
        verdict.model_confirmed and verdict.is_continuous and verdict.choices["property"] == [["-100", "0", "0", "1"]]
    )
    jsonschema.validate(verdict.choices, json.loads((ROOT / "proofs" / "model.schema.json").read_text()))
    assert eg.check(moons).is_continuous is None


@pytest.mark.parametrize(
    "stated, reason",
    [
        ('[["-99","0","0","1"]]', "is the program"),
        ('[["-100","0","0","-1"]]', "is the program"),
        ('[["-100","0","0","1"],["-100","0","0","1"]]', "is the program"),
        ('[["-100","0","1"]]', "do not fit"),
        ('[["-100","0","0",1.5]]', "do not fit"),
        ("[[]]", "do not fit"),
        ("[]", "do not fit"),
        ("{}", "do not fit"),
        ('["-100"]', "do not fit"),
    ],
)
def test_a_model_with_another_property_is_rejected(moons, stated, reason):
    text = gzip.decompress(moons.read_bytes()).decode()
    changed = text.replace('"property":[["-100","0","0","1"]]', f'"property":{stated}')
    assert changed != text
    moons.write_bytes(gzip.compress(changed.encode()))
    assert not eg.check(moons).model_confirmed
    with pytest.raises(CertificateRejected, match=reason) as caught:
        eg.check(moons, model=MOONS)
    assert (caught.value.step, caught.value.rule) == (0, "model")


def test_where_a_path_jumps_at_its_end_nothing_is_told_of_it(tmp_path):
    nodes = [node("ReduceSum", ["x", "axes"], ["y"], keepdims=0)]
    counting = tmp_path / "sum.onnx"
    graph = model(nodes, {"x": [5]}, ["y"], {"axes": np.array([0])}, opset=20)
    counting.write_bytes(graph.SerializeToString())
    imported = onnx_import.read(counting)
    for high, is_continuous in (("9/10", True), (1, False)):  # two more pixels are reached at 1
        family = Family("binary-pulse", (5,), "1/2", high)
        one = eg.Property([(-1, 0, 1)])
        safe = eg.decide(eg.compose(imported.program, path_program(family.path())), eg.Box(("1/2",), (high,)), one)
        source = eg.ModelSource(imported.sha256, imported.choices.record(), property=one, path=family)
        certificate = eg.certify(safe, source=source).save(tmp_path / "c.cert")
        verdict = eg.check(certificate, model=counting)
        assert verdict.model_confirmed and verdict.is_continuous == is_continuous
    assert eg.evaluate(imported.program, family.path().at(1)).outputs == (3,)


def test_classes_and_a_property_together_are_rejected(moons):
    text = gzip.decompress(moons.read_bytes()).decode()
    changed = text.replace('"property":', '"classes":{"output":0,"threshold":"0"},"property":')
    moons.write_bytes(gzip.compress(changed.encode()))
    with pytest.raises(CertificateRejected, match="not about both"):
        eg.check(moons, model=MOONS)


def test_a_certificate_of_a_weaker_property_is_not_that_of_the_model(moons):
    stated, weaker = eg.Property([(-100, 0, 0, 1)]), eg.Property([(-101, 0, 0, 1)])
    imported = onnx_import.read(MOONS)
    source = eg.ModelSource(imported.sha256, imported.choices.record(), property=stated)
    safe = eg.decide(imported.program, eg.Box.cube(2, radius="1/8"), weaker)
    eg.certify(safe, source=source).save(moons)
    assert eg.check(moons).claim == "safety"
    with pytest.raises(CertificateRejected, match="is the program"):
        eg.check(moons, model=MOONS)
