"""The certified engine against the reference engine on trained networks: shipped ones, and published ones."""

import random
from fractions import Fraction
from multiprocessing import get_context
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
FEW_INPUTS = 12  # with more, exact linear programs take minutes
MOST_REGIONS = {True: 200, False: 4}  # by whether there are few inputs
PATIENCE, SOME_PATIENCE = 600, 60  # seconds
RADII = [f"1/{4**k}" for k in reversed(range(16))]


@pytest.mark.nightly
@pytest.mark.parametrize("name", EVERY)
def test_the_engines_agree_on_every_published_network(name):
    """In the largest cube around some point in which there are few regions, and the reference engine ends soon.

    Around the origin, where images are black, many units of some networks are 0 at once.
    """
    try:
        program = onnx_import.load(CORPUS / name, irrational="fold-float64")
    except ImportFailure as error:
        pytest.skip(str(error))
    few_inputs, known = program.inputs <= FEW_INPUTS, []
    for radius in RADII if few_inputs else RADII[::3]:
        budget = Budget(MOST_REGIONS[few_inputs], 60)
        found = enumerate_regions(program, _cube(program, radius), engine="certified", budget=budget)
        if not isinstance(found, Arrangement):
            break
        known.append((radius, found))
    for radius, found in reversed(known):
        patience = PATIENCE if few_inputs or len(found) == 1 else SOME_PATIENCE
        expected = _by_reference(CORPUS / name, radius, patience)
        if expected is not None:
            print(f"{name}: {len(found)} regions of {program.unit_count} units in a cube of radius {radius}")
            assert [region.pattern for region in found] == expected
            assert all(found.cell(region).contains_inside(region.witness) for region in found)
            return
    pytest.skip("the reference engine ends on none of these cubes")


def _cube(program, radius):
    chance = random.Random(program.sha256)
    return Box.cube(program.inputs, radius, [Fraction(chance.randint(-32, 32), 64) for _ in range(program.inputs)])


def _by_reference(path, radius, seconds):
    """Return the patterns that the reference engine finds; None if it takes longer: a linear program does not stop."""
    context = get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_send_patterns, args=(path, radius, sender))
    process.start()
    sender.close()
    try:
        return receiver.recv() if receiver.poll(seconds) else None
    finally:
        process.kill()
        process.join()


def _send_patterns(path, radius, sender):
    program = onnx_import.load(path, irrational="fold-float64")
    found = enumerate_regions(program, _cube(program, radius), engine="reference")
    sender.send([region.pattern for region in found])
