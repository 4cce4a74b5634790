"""Programs on which cddlib's dual simplex writes beside its matrix: solved in a process that checks its heap."""

import os
import subprocess
import sys

import pytest

NEAR_DEGENERATE = """
from exactgeo.polyhedra.cdd import CddSolver

half = 2**70
rows = [
    (0, 3, 0, -2, 0),
    (0, 4, -1, -3, -8),
    (0, -2, -1, 1, -4),
    (-1, -2 * half - 2, -half - 1, half + 1, -4 * half),
    (0, -1, 1, 1, 0),
]
for _ in range(400):
    CddSolver()._solve((0, 0, 0, 0, 1), rows, ())
"""

# Weights 0, ±1, ±2 in float32, each an ulp or so beside the other's multiple.
NEAR_COINCIDENT = """
import numpy as np

import exactgeo as eg

for seed in (10, 24, 31):
    random, tiny = np.random.default_rng(seed), np.float32(2**-22)

    def weights(rows, columns):
        signs = random.choice([-1, 0, 1, 2, -2, 1, -1], size=(rows, columns)).astype(np.float32)
        beside = 1 + random.choice([0, 0, 1, -1], size=(rows, columns)).astype(np.float32) * tiny
        return (signs * beside).astype(np.float32)

    inputs = int(random.integers(2, 5))
    sizes = [inputs, 3, 3, 1]
    layers = [weights(sizes[k + 1], sizes[k]) for k in range(3)]
    biases = [weights(1, sizes[k + 1])[0] if random.random() < 0.6 else None for k in range(3)]
    program = eg.relu_network(
        [eg.exact_array(layer) for layer in layers], [None if bias is None else eg.exact_array(bias) for bias in biases]
    )
    for domain in (eg.Box.cube(inputs, 1), eg.Polyhedron(inputs)):
        eg.linear_regions(eg.enumerate_regions(program, domain))
"""


@pytest.mark.parametrize("script", [NEAR_DEGENERATE, NEAR_COINCIDENT], ids=["programs", "networks"])
def test_near_degenerate_programs_leave_the_heap_intact(script):
    environment = {**os.environ, "MALLOC_CHECK_": "3"}
    result = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, check=False)
    assert result.returncode == 0, result.stderr[-1000:]
