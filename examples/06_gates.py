"""A deep linearly gated network: its gates are lines in the plane, and its kernel is made of which of them are open.

    python examples/06_gates.py                # into the folder `build`: gates.onnx, gates.cert, pictures
    python examples/06_gates.py --output DIR

Needs numpy, onnx and matplotlib. The network is trained on two moons with soft gates; with hard ones it is another
network, which is the one that is looked at: into how many regions its lines cut the plane, counted in two ways; where
it jumps; and the neural path kernel of some points, whose rank is exact.
"""

import argparse
from pathlib import Path

import numpy as np
from training import data, gating

import exactgeo as eg
import onnx_import
from exactgeo import plots
from exactgeo.analyses.gated import definiteness, gate_hyperplanes, gram_matrix, jumps

POINTS, STEPS, SEED, ASKED = 1000, 3000, 1, 24


def accuracy(outputs: np.ndarray, targets: np.ndarray) -> float:
    """Return the share of points on the right side."""
    return float(np.mean((outputs > 0) == (targets == 1)))


def main() -> None:
    """Read the command line, train, and say what the gates do."""
    parser = argparse.ArgumentParser(description="A deep linearly gated network.")
    parser.add_argument("--output", type=Path, default=Path("build"), metavar="DIR", help="where files go (build)")
    folder: Path = parser.parse_args().output
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(SEED)
    points, targets = data.two_moons(rng, POINTS)
    parameters = gating.train((points, targets), STEPS, rng)
    gating.save(folder / "gates.onnx", parameters)
    soft, hard = (
        accuracy(gating.outputs(parameters, points, are_hard=are_hard), targets) for are_hard in (False, True)
    )
    print(f"accuracy with the soft gates it was trained with: {soft:.3f}; with hard gates: {hard:.3f}")

    network = onnx_import.read_gated(folder / "gates.onnx", hard_gates=True).network
    lines = gate_hyperplanes(network.program)
    plane = eg.enumerate_regions(network.program, eg.Polyhedron(2))
    print(f"{len(lines)} lines, characteristic polynomial (from the constant) {lines.characteristic_polynomial()}")
    print(f"regions of the plane: {len(plane)} found, {lines.region_count()} counted; ", end="")
    print(f"{lines.bounded_region_count()} of them bounded")
    eg.certify(plane).save(folder / "gates.cert")
    print(f"the independent checker verifies {eg.check(folder / 'gates.cert').regions} regions")

    square = eg.cell_complex(eg.enumerate_regions(network.program, eg.Box.cube(2)))
    found = list(jumps(square.arrangement))
    print(f"in the square it jumps across {sum(not jump.is_continuous for jump in found)} of {len(found)} edges")
    plots.save(plots.draw_jumps(eg.skeleton(square, output=0)), folder / "gates.svg")

    order = np.argsort(targets[:ASKED, 0], kind="stable")
    asked = [[eg.rational(f"{value:.3f}") for value in point] for point in points[:ASKED][order]]
    gram = gram_matrix(network, asked)
    evidence = definiteness(gram)
    print(f"the kernel of {ASKED} points is positive semidefinite, of rank {evidence.rank}: {evidence.proves(gram)}")
    text = "neural path kernels of points of two moons, one after the other; computed exactly"
    plots.save(plots.draw_matrix(gram, text), folder / "kernel.svg")
    if len(plane) != lines.region_count() or not evidence.proves(gram):
        raise SystemExit("two ways to count regions differ, or the evidence is none")


if __name__ == "__main__":
    main()
