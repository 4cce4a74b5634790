"""Random nodes of every family, against the standard's reference and, where that one errs, against onnxruntime.

The reference computes in float64 on numbers of a few bits. Where no step rounds, results are compared as rationals.
"""

from random import Random

import pytest
from unit.onnx_import.evaluator import generators
from unit.onnx_import.evaluator.running import difference, evaluated, one_node, referenced, run

from exactgeo.errors import UnsupportedOperator

pytestmark = pytest.mark.filterwarnings("ignore")

EXACT, NEAR = 0, 1e-9
SINGLE = 1e-5

FAMILIES = {
    "arithmetic": (referenced, EXACT),
    "comparisons": (referenced, EXACT),
    "activations": (referenced, EXACT),
    "reductions": (referenced, NEAR),
    "extrema": (referenced, EXACT),
    "slices": (referenced, EXACT),
    "gathers": (run, EXACT),
    "scatters": (referenced, EXACT),
    "products": (referenced, EXACT),
    "einsums": (referenced, EXACT),
    "convolutions": (referenced, EXACT),
    "pads": (run, EXACT),
    "layouts": (run, EXACT),
    "blocks": (run, EXACT),
    "quantisations": (run, EXACT),
    "resizes": (referenced, SINGLE),
    "pools": (run, SINGLE),
    "transposed_convolutions": (run, SINGLE),
    "normalisations": (run, SINGLE),
    "samples": (run, SINGLE),
    "old_resizes": (run, SINGLE),
    "transforms": (referenced, NEAR),
    "deformed_convolutions": (referenced, NEAR),
    "deformed_images": (run, SINGLE),
    "quantised_products": (run, EXACT),
}
# Where the standard leaves something open, the evaluator refuses; it may not refuse everything.
REFUSED_AT_MOST = {
    "scatters": 0.4,
    "pools": 0.2,
    "resizes": 0.4,
    "samples": 0.3,
    "convolutions": 0.1,
    "transposed_convolutions": 0.2,
}
COUNT = 150


@pytest.mark.parametrize("family", FAMILIES)
def test_random_nodes(family):
    other, tolerance = FAMILIES[family]
    random, refused = Random(family), 0
    for _ in range(COUNT):
        operator, opset, inputs, attributes, outputs = getattr(generators, family)(random)
        made, feed = one_node(operator, inputs, opset=opset, outputs=outputs, **attributes)
        try:
            got = evaluated(made, feed, irrational="fold-float64")
        except UnsupportedOperator:
            refused += 1
            continue
        wanted = other(made, feed)
        place = f"{operator} {opset}, {[None if i is None else i.shape for i in inputs]}, {attributes}"
        assert difference(got, wanted, tolerance) is None, place
    assert refused <= COUNT * REFUSED_AT_MOST.get(family, 0)
