"""The regions of linearly gated networks, certified, and verified by programs that share no code with exactgeo."""

import json
import random
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

import exactgeo as eg
from exactgeo.analyses.gated import gate_hyperplanes

CHECKER = Path(__file__).parents[5] / "proofs" / "check.py"


def _network(seed):
    """A network with gates of which every third is a multiple or a parallel of the one before, or constant."""
    chosen = random.Random(seed)
    inputs, widths = 1 + seed % 4, [chosen.randint(1, 4), chosen.randint(1, 3)]
    numbers = range(-2, 3)
    rows = []
    for k in range(sum(widths)):
        row = [chosen.choice(numbers) for _ in range(inputs + 1)]
        if k % 3 == 2:
            row = [[-2 * value for value in rows[-1]], [row[0], *rows[-1][1:]], [row[0]] + [0] * inputs][seed % 3]
        if seed % 5 == 0:
            row[0] = 0
        rows.append(row)
    layers = [rows[: widths[0]], rows[widths[0] :]]
    sizes = [inputs, *widths, 2]
    values = [[[chosen.choice(numbers) for _ in range(a)] for _ in range(b)] for a, b in pairwise(sizes)]
    gates = [[row[1:] for row in layer] for layer in layers]
    return eg.gated_network(gates, values, [[row[0] for row in layer] for layer in layers])


@pytest.mark.parametrize("seed", range(24))
def test_a_verified_certificate_has_as_many_regions_as_the_polynomial(seed, tmp_path):
    program = _network(seed)
    path = tmp_path / "gates.cert"
    eg.certify(eg.enumerate_regions(program, eg.Polyhedron(program.inputs))).save(path)
    expected = gate_hyperplanes(program).region_count()
    assert eg.check(path).regions == expected
    command = [sys.executable, "-I", "-S", str(CHECKER), "--json", str(path)]
    verdict = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    assert (verdict["verdict"], verdict["regions"]) == ("verified", expected)
    assert verdict["program_sha256"] == program.sha256


def test_the_networks_are_degenerate_ones_among_others():
    networks = [_network(seed) for seed in range(24)]
    fewer = [len(gate_hyperplanes(program)) < program.unit_count for program in networks]
    assert 6 < sum(fewer) < 24
    assert any(gate_hyperplanes(program).is_central for program in networks)
    assert any(not gate_hyperplanes(program).is_essential for program in networks)
