"""Networks that other people published: counts, certificates, and sampling that must not contradict them."""

import random
from fractions import Fraction
from pathlib import Path

import pytest
from oracles.program import evaluate
from oracles.translation import plain_program

import exactgeo as eg
import onnx_import

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
SAMPLES = 500

pytestmark = pytest.mark.skipif(
    not CORPUS.is_dir(), reason="the corpus of published networks is not beside this checkout"
)

ACAS_XU = {
    "1_1": ("acasxu_dnnv_gemm/N_1_1.onnx", "acasxu_eran_matmuladd/ACASXU_run2a_1_1_batch_2000.onnx", "1/200"),
    "3_3": ("acasxu_dnnv_gemm/N_3_3.onnx", "acasxu_eran_matmuladd/ACASXU_run2a_3_3_batch_2000.onnx", "1/200"),
}
SMALL = {
    "fc_2-2-3": "marabou_models/fc_2-2-3.onnx",
    "twin_ladder": "twinstream_double/twin_ladder-5_inp-2_layers-5_width-1_margin.onnx",
    "multi_input": "marabou_models/multiInput_add.onnx",
}


@pytest.mark.parametrize("gemm, matmul, radius", ACAS_XU.values(), ids=ACAS_XU.keys())
def test_two_spellings_of_acas_xu_have_the_same_regions(gemm, matmul, radius):
    box = eg.Box.cube(5, radius=radius)
    first, second = (eg.enumerate_regions(onnx_import.load(CORPUS / name), box) for name in (gemm, matmul))
    assert len(first) > 1
    assert [region.pattern for region in first] == [region.pattern for region in second]


@pytest.mark.parametrize("name", SMALL.values(), ids=SMALL.keys())
def test_a_small_network_is_certified_and_sampling_agrees(name, tmp_path):
    program = onnx_import.load(CORPUS / name)
    regions = eg.enumerate_regions(program, eg.Box.cube(program.inputs))
    verdict = eg.check(eg.certify(regions).save(tmp_path / "c.cert"), model=CORPUS / name)
    assert (verdict.regions, verdict.model_confirmed) == (len(regions), True)
    rng, plain, listed = random.Random(name), plain_program(program), {region.pattern for region in regions}
    # Odd denominators: no random point of this kind lies on a hyperplane with dyadic coefficients by accident.
    points = [[Fraction(rng.randint(-9996, 9996), 9997) for _ in range(program.inputs)] for _ in range(SAMPLES)]
    assert {evaluate(plain, point)[0] for point in points} <= listed
