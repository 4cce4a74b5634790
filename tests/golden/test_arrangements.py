"""Hyperplane arrangements with a known number of regions, as one-layer networks, through the command line."""

import itertools
import json
import random
from math import comb, factorial
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from exactgeo.cli import main

# By Cramer's rule no coordinate of a vertex of these arrangements is larger: determinants of integers below 1000 in at
# most 10 dimensions, over a determinant that is at least 1.
BEYOND_EVERY_VERTEX = 10**40
SHARED = Path(__file__).parents[3] / "shared" / "golden" / "arrangements.json"
MOST_REGIONS = 500


def _normal(n, entries):
    return [entries.get(k, 0) for k in range(n)]


def _braid(n):
    return [[0, *_normal(n, {i: 1, k: -1})] for i, k in itertools.combinations(range(n), 2)]


def _shi(n):
    return [[-c, *_normal(n, {i: 1, k: -1})] for i, k in itertools.combinations(range(n), 2) for c in (0, 1)]


def _type_b(n):
    mixed = [[0, *_normal(n, {i: 1, k: s})] for i, k in itertools.combinations(range(n), 2) for s in (1, -1)]
    return mixed + _boolean(n)


def _boolean(n):
    return [[0, *_normal(n, {i: 1})] for i in range(n)]


def _resonance(n):
    return [[0, *bits] for bits in itertools.product((0, 1), repeat=n) if any(bits)]


def _moment_curve(n, m):
    """Hyperplanes 1 + t x1 + … + t^n xn = 0, t != 0: n + 1 rows, or n normals, are independent (Vandermonde)."""
    points = random.Random(10 * n + m).sample([*range(-9, 0), *range(1, 10)], m)
    return [[t**k for k in range(n + 1)] for t in points]


def _zaslavsky(n, m):
    return sum(comb(m, k) for k in range(n + 1))


ARRANGEMENTS = [
    *[(f"braid-{n}", _braid(n), factorial(n)) for n in range(2, 6)],
    *[(f"shi-{n}", _shi(n), (n + 1) ** (n - 1)) for n in range(2, 5)],
    *[(f"typeB-{n}", _type_b(n), 2**n * factorial(n)) for n in range(2, 5)],
    *[(f"boolean-{n}", _boolean(n), 2**n) for n in range(1, 9)],
    *[(f"resonance-{n}", _resonance(n), count) for n, count in enumerate((2, 6, 32, 370), 1)],
    *[
        (f"generic-{n}-{m}", _moment_curve(n, m), _zaslavsky(n, m))
        for n, m in ((1, 7), (2, 12), (3, 9), (4, 8), (5, 8))
    ],
]


# For the certified engine; the resonance arrangement's numbers are sequence A034997 of the OEIS.
LARGER = [
    ("braid-6", _braid(6), factorial(6)),
    ("typeB-5", _type_b(5), 2**5 * factorial(5)),
    ("boolean-9", _boolean(9), 2**9),
    ("generic-6-14", _moment_curve(6, 14), _zaslavsky(6, 14)),
    *[
        pytest.param(*row, marks=pytest.mark.nightly)
        for row in (
            ("braid-7", _braid(7), factorial(7)),
            ("shi-5", _shi(5), 6**4),
            ("shi-6", _shi(6), 7**5),
            ("resonance-5", _resonance(5), 11_292),
        )
    ],
]


def _shared(fewest=0, most=MOST_REGIONS):
    if not SHARED.is_file():
        return []
    rows = json.loads(SHARED.read_text())
    return [
        (f"shared-{row['name']}", row["hyperplanes"], row["regions"])
        for row in rows
        if fewest <= row["regions"] <= most
    ]


def _write_model(path, hyperplanes):
    """Write y = relu(A x + b); float64 holds the integers exactly."""
    rows = np.array(hyperplanes, dtype=np.float64)
    nodes = [helper.make_node("Gemm", ["x", "A", "b"], ["z"], transB=1), helper.make_node("Relu", ["z"], ["y"])]
    shapes = [("x", rows.shape[1] - 1), ("y", rows.shape[0])]
    x, y = (helper.make_tensor_value_info(name, TensorProto.DOUBLE, [1, size]) for name, size in shapes)
    weights = [numpy_helper.from_array(rows[:, 1:].copy(), "A"), numpy_helper.from_array(rows[:, 0].copy(), "b")]
    graph = helper.make_graph(nodes, "arrangement", [x], [y], weights)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)


DOMAINS = pytest.mark.parametrize(
    "domain", ["all", f"box:-{BEYOND_EVERY_VERTEX},{BEYOND_EVERY_VERTEX}"], ids=["space", "box"]
)


@DOMAINS
@pytest.mark.parametrize(
    "hyperplanes, regions", [pytest.param(h, r, id=name) for name, h, r in [*ARRANGEMENTS, *_shared()]]
)
def test_the_number_of_regions_is_the_closed_form(hyperplanes, regions, domain, tmp_path, capsys):
    _write_model(tmp_path / "net.onnx", hyperplanes)
    status = main(["regions", str(tmp_path / "net.onnx"), "--domain", domain, "--engine", "reference", "--json"])
    counts = json.loads(capsys.readouterr().out)["counts"]
    # Each unit is an output: two cells with the same map would lie on the same side of every hyperplane.
    expected = {"activation_regions": regions, "linear_regions": regions, "affine_pieces": regions}
    assert (status, counts) == (0, expected)


def _demand_as_many(hyperplanes, regions, domain, path, capsys, *options):
    _write_model(path, hyperplanes)
    options = ["--domain", domain, "--engine", "certified", "--count", "activation", "--json", *options]
    status = main(["regions", str(path), *options])
    assert (status, json.loads(capsys.readouterr().out)["counts"]["activation_regions"]) == (0, regions)


@DOMAINS
@pytest.mark.parametrize("_name, hyperplanes, regions", [*ARRANGEMENTS, *LARGER, *_shared()])
def test_the_certified_engine_counts_as_many(_name, hyperplanes, regions, domain, tmp_path, capsys):
    _demand_as_many(hyperplanes, regions, domain, tmp_path / "net.onnx", capsys)


@pytest.mark.nightly
@pytest.mark.parametrize("_name, hyperplanes, regions", _shared(MOST_REGIONS + 1, 100_000))
def test_the_certified_engine_counts_as_many_of_the_larger_ones(_name, hyperplanes, regions, tmp_path, capsys):
    _demand_as_many(hyperplanes, regions, "all", tmp_path / "net.onnx", capsys)


@pytest.mark.nightly
def test_the_resonance_arrangement_in_six_dimensions(tmp_path, capsys):
    """About two minutes on one core, and 250 MB."""
    _demand_as_many(_resonance(6), 1_066_044, "all", tmp_path / "net.onnx", capsys, "--jobs", "2")
