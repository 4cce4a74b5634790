"""Every operator in every version of the standard that changed it: random attributes and shapes against a runtime.

Numbers are dyadics of few bits, so that the reference in float64 and onnxruntime in float32 round nothing, and results
are compared as rationals.
"""

import onnx
import pytest
from conformance.onnx_families import elementwise, indexing, layout, reducing, sliding  # noqa: F401 (register the cases)
from conformance.onnx_families.drawing import CASES, Draw
from conformance.onnx_families.oracles import assert_agrees_with_onnxruntime
from unit.onnx_import.models import NEWEST, OLDEST, assert_agrees_with_reference

MODELS = 60


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
    "MaxPool",  # counts indices within a channel, and mixes up padding that is not the same on both sides
    "Pad",  # fails for negative padding
    "Unsqueeze",  # mixes up negative axes in opset 11
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
