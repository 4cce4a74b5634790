"""Published networks of 784 inputs on slices through random points: both exact engines see the same."""

import random
from fractions import Fraction
from pathlib import Path

import pytest

import exactgeo as eg
import onnx_import
from exactgeo.networks.slices import Slice

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
NETWORKS = {
    "layers of ReLU": ("dnnv_tests/mnist_relu_3_50.onnx", "1"),
    "max-pooling": ("marabou_models/cnn_max_mninst2.onnx", "1/1024"),
}

pytestmark = pytest.mark.skipif(
    not CORPUS.is_dir(), reason="the corpus of published networks is not beside this checkout"
)


def _slice_of(name, inputs):
    chance = random.Random(name)
    return Slice.through([[Fraction(chance.randint(0, 256), 256) for _ in range(inputs)] for _ in range(3)])


def _seen(regions):
    """What a boundary is, apart from who found it."""
    boundary = eg.decision_boundary(regions)
    pieces = {(piece.facet.hyperplane, piece.facet.flat, piece.classes) for piece in boundary.pieces}
    return len(boundary.labels), pieces, boundary.ties, eg.measure(boundary)


@pytest.mark.nightly
@pytest.mark.parametrize("name, side", NETWORKS.values(), ids=NETWORKS.keys())
def test_both_engines_find_the_same_regions_and_boundary_on_a_slice(name, side):
    network = onnx_import.load(CORPUS / name)
    cut = _slice_of(name, network.inputs)
    box = eg.Box((0, 0), (side, side))
    certified, reference = (
        eg.enumerate_regions(cut.applied(network), box, engine=engine) for engine in ("certified", "reference")
    )
    assert len(certified) > 1
    assert [region.pattern for region in certified] == [region.pattern for region in reference]
    assert _seen(certified) == _seen(reference)


@pytest.mark.parametrize("name", [name for name, _ in NETWORKS.values()], ids=NETWORKS.keys())
def test_coordinates_of_a_slice_map_both_ways(name):
    network = onnx_import.load(CORPUS / name)
    cut = _slice_of(name, network.inputs)
    for corner, given in zip([(0, 0), (1, 0), (0, 1)], (cut.origin, *cut.directions), strict=True):
        x = given if corner == (0, 0) else tuple(a + b for a, b in zip(cut.origin, given, strict=True))
        assert cut.point(corner) == x and cut.coordinates(x) == corner
    u = (Fraction(3, 7), Fraction(-2, 11))
    assert cut.coordinates(cut.point(u)) == u
    assert eg.evaluate(cut.applied(network), u) == eg.evaluate(network, cut.point(u))
