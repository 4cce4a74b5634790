"""The certified engine against the reference engine on trained networks: shipped ones, and published ones."""

from pathlib import Path

import pytest

import onnx_import
from exactgeo import Arrangement, Box, Budget, enumerate_regions
from exactgeo.errors import ImportFailure
from exactgeo.polyhedra.domains import parse_domain

ROOT = Path(__file__).parents[2]
CORPUS = ROOT.parent / "shared" / "corpus"
MODELS = sorted((ROOT / "examples" / "models").glob("*.onnx"))
PUBLISHED = {
    "marabou_models/fc_2-2-3.onnx": "box:-1,1",
    "marabou_models/multiInput_add.onnx": "box:-1,1",
    "twinstream_double/twin_ladder-5_inp-2_layers-5_width-1_margin.onnx": "box:-1,1",
    "acasxu_dnnv_gemm/N_1_1.onnx": "box:-1/200,1/200",
    "acasxu_eran_matmuladd/ACASXU_run2a_3_3_batch_2000.onnx": "box:-1/200,1/200",
}


def _demand_the_same(program, domain):
    expected = [region.pattern for region in enumerate_regions(program, domain, engine="reference")]
    found = enumerate_regions(program, domain, engine="certified")
    assert [region.pattern for region in found] == expected
    assert all(found.cell(region).contains_inside(region.witness) for region in found)


@pytest.mark.parametrize("model", MODELS, ids=lambda path: path.stem)
@pytest.mark.parametrize("radius", ["1/4", pytest.param(1, marks=pytest.mark.nightly)])
def test_the_engines_agree_on_a_shipped_model(model, radius):
    program = onnx_import.load(model)
    _demand_the_same(program, Box.cube(program.inputs, radius=radius))


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of published networks is not beside this checkout")
@pytest.mark.parametrize("name, domain", PUBLISHED.items(), ids=PUBLISHED.keys())
def test_the_engines_agree_on_a_published_network(name, domain):
    program = onnx_import.load(CORPUS / name)
    _demand_the_same(program, parse_domain(domain, program.inputs))


EVERY = sorted(path.relative_to(CORPUS).as_posix() for path in CORPUS.rglob("*.onnx"))
FEW_INPUTS, MOST_REGIONS = 12, {True: 200, False: 4}  # by whether there are few inputs; linear programs get slow
RADII = [f"1/{4**k}" for k in range(12)]


@pytest.mark.nightly
@pytest.mark.parametrize("name", EVERY)
def test_the_engines_agree_on_every_published_network(name):
    """In the largest cube around the origin in which there are few regions, and the reference engine ends soon."""
    try:
        program = onnx_import.load(CORPUS / name, irrational="fold-float64")
    except ImportFailure as error:
        pytest.skip(str(error))
    most, patience = MOST_REGIONS[program.inputs <= FEW_INPUTS], Budget(max_seconds=600)
    for radius in RADII:
        cube = Box.cube(program.inputs, radius=radius)
        found = enumerate_regions(program, cube, engine="certified", budget=Budget(most, 60))
        if isinstance(found, Arrangement):
            expected = enumerate_regions(program, cube, engine="reference", budget=patience)
            if isinstance(expected, Arrangement):
                assert [region.pattern for region in found] == [region.pattern for region in expected]
                assert all(found.cell(region).contains_inside(region.witness) for region in found)
                return
    pytest.skip("the reference engine does not end in ten minutes on any of these cubes")
