"""Every operator in every version of the standard that changed it: random attributes and shapes against a runtime.

Numbers are dyadics of few bits, so that the reference in float64 and onnxruntime in float32 round nothing, and results
are compared as rationals.
"""

import onnx
import pytest
from conformance.onnx_families import elementwise, indexing, layout, reducing, sliding  # noqa: F401 (register the cases)
from conformance.onnx_families.drawing import CASES, Draw
from conformance.onnx_families.oracles import assert_agrees_with_onnxruntime
from unit.onnx_import.models import NEWEST, OLDEST, assert_agrees_with_reference, imported

from exactgeo.errors import ImportFailure
from onnx_import.lowering.irrational import FUNCTIONS
from onnx_import.lowering.registry import known_operators
from onnx_import.operators import refused

MODELS = 6


def _versions(operator: str) -> list[int]:
    """The opsets that are read in which the operator's definition changed, and the newest one."""
    history = [s for s in onnx.defs.get_all_schemas_with_history() if (s.domain, s.name) == ("", operator)]
    since = sorted(schema.since_version for schema in history if not schema.deprecated)
    ended = [schema.since_version for schema in history if schema.deprecated]
    opsets = {max(version, OLDEST) for version in since} | ({NEWEST} if not ended else set())
    return sorted(opsets)


ALL = [(operator, opset) for operator in sorted(CASES) for opset in _versions(operator)]
WITHOUT_REFERENCE = {
    *("GlobalLpPool", "Scatter"),  # not implemented
    "BatchNormalization",  # before opset 14 the reference is in training mode
    "ConvTranspose",  # fails for groups
    "Dropout",  # implemented from opset 7 on
    "DequantizeLinear",  # implemented from opset 19 on
    "GatherElements",  # fails where there are fewer indices than entries
    "GlobalMaxPool",  # loses an axis of images that have one
    "Hardmax",  # takes one axis in early opsets too
    "LpPool",  # multiplies averages, where ceil_mode has windows reach beyond the padding
    "MaxPool",  # counts indices within a channel, and mixes up padding that is not the same on both sides
    "Pad",  # fails for negative padding
    *("Squeeze", "Unsqueeze"),  # mix up negative axes in opset 11
}


@pytest.mark.parametrize("operator, opset", [pair for pair in ALL if pair[0] not in WITHOUT_REFERENCE])
def test_random_models_agree_with_the_reference(operator, opset):
    for number in range(MODELS):
        made = CASES[operator](Draw((operator, opset, number)), opset)
        assert_agrees_with_reference(made, [number])


@pytest.mark.parametrize("operator, opset", [pair for pair in ALL if pair[0] in WITHOUT_REFERENCE])
def test_random_models_agree_with_onnxruntime(operator, opset):
    for number in range(MODELS):
        made = CASES[operator](Draw((operator, opset, number)), opset)
        assert_agrees_with_onnxruntime(made, [number])


def _attributes_of_other_versions(operator: str) -> list[tuple[str, int, onnx.AttributeProto]]:
    """Attributes with which each version of an operator that lacks them is spoilt."""
    history = [s for s in onnx.defs.get_all_schemas_with_history() if (s.domain, s.name) == ("", operator)]
    every = {name: attribute for schema in history for name, attribute in schema.attributes.items()}
    return [
        (operator, opset, onnx.helper.make_attribute(name, VALUES[attribute.type]))
        for opset in _versions(operator)
        for name, attribute in every.items()
        if name not in onnx.defs.get_schema(operator, opset, "").attributes and attribute.type in VALUES
    ]


KINDS = onnx.defs.OpSchema.AttrType
VALUES = {KINDS.INT: 1, KINDS.FLOAT: 0.5, KINDS.INTS: [1, 1], KINDS.STRING: "none"}
SPOILT = [case for operator in sorted(CASES) for case in _attributes_of_other_versions(operator)]


@pytest.mark.parametrize("operator, opset, attribute", SPOILT, ids=[f"{o}-{v}-{a.name}" for o, v, a in SPOILT])
def test_attributes_of_other_versions_are_refused(operator, opset, attribute):
    made = CASES[operator](Draw((operator, opset, 0)), opset)
    assert imported(made)
    (subject,) = (node for node in made.graph.node if node.name == "n")
    subject.attribute.append(attribute)
    with pytest.raises(ImportFailure, match=rf"^node 'n' \({operator}, opset {opset}\)"):
        imported(made)


ELSEWHERE = {
    *("If", "Loop", "Scan"),  # test_control.py
    *(name for name in known_operators() if "Sequence" in name and name != "ReverseSequence"),  # test_sequences.py
    *("Optional", "OptionalGetElement", "OptionalHasElement"),  # test_sequences.py
    *FUNCTIONS,  # test_irrational.py
    *("ReduceLogSum", "ReduceLogSumExp"),  # test_irrational.py
    *("Resize", "Upsample"),  # test_onnx_resizing.py
    *("AffineGrid", "CenterCropPad", "Col2Im", "GridSample", "MaxUnpool", "RoiAlign"),  # test_onnx_sampling.py
    *("DFT", "STFT"),  # test_fourier.py
    "DeformConv",  # test_deformable.py
    *("MatMulInteger", "ConvInteger", "QLinearMatMul", "QLinearConv"),  # test_quantised_products.py
    "BitCast",  # test_bits.py
    *refused.FINAL,
    *(*refused.SMOOTH, *refused.QUOTIENTS, *refused.PRODUCTS, *refused.SHAPES, *refused.RANDOM),  # test_refusals.py
}


def test_every_operator_is_tested_here_or_elsewhere():
    assert {*CASES} | ELSEWHERE == {*known_operators()}
    assert not {*CASES} & ELSEWHERE
