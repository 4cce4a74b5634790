"""Skeletons and decision boundaries of small classifiers: trained, extracted, certified, checked and drawn.

    python examples/02_skeletons_and_boundaries.py                     # one of each, into the folder `build`
    python examples/02_skeletons_and_boundaries.py --seeds 50          # fifty of each, and how long they take
    python examples/02_skeletons_and_boundaries.py --initial uniform   # as PyTorch starts: fewer regions
    python examples/02_skeletons_and_boundaries.py --output DIR

Needs numpy, onnx and matplotlib. The networks are those with which SkelEx and BoundEx were published, and a deeper one.
"""

import argparse
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from training import data, network
from training.losses import cross_entropy
from training.onnx_file import onnx_model, write_atomically
from training.task import Initial, Task

import exactgeo as eg
import onnx_import
from exactgeo import plots

POINTS, STEPS = 1000, 1500
INITIAL = {"he": network.he, "uniform": network.uniform}
TASKS = {
    "two-spirals-10-10": ((2, 10, 10, 2), data.two_spirals),
    "three-spirals-25-5": ((2, 25, 5, 3), data.three_spirals),
    "two-spirals-12-10": ((2, 12, 10, 2), data.two_spirals),
    "moons-10-10-10-10-10": ((2, 10, 10, 10, 10, 10, 2), data.moons_as_classes),
}


@dataclass(frozen=True)
class Answer:
    """What was found of one network."""

    regions: int
    creases: int
    pieces: int
    seconds: tuple[float, float]  # for the skeleton and for the boundary: extracted, certified and drawn


def trained(name: str, seed: int, initial: Initial, folder: Path) -> Path:
    """Train a network, write it as an ONNX file, and return the path."""
    sizes, draw = TASKS[name]
    rng = np.random.default_rng(seed)
    task = Task(name, name, sizes, "Gemm", draw, cross_entropy, seed, steps=STEPS)
    path = folder / f"{name}-{seed}.onnx"
    write_atomically(path, onnx_model(task, network.train(task, draw(rng, POINTS), rng, initial)).SerializeToString())
    return path


def examine(model: Path) -> Answer:
    """Extract, certify, check and draw a network's skeleton and its decision boundary on a square."""
    net = onnx_import.load(model)
    begin = time.perf_counter()
    regions = eg.enumerate_regions(net, eg.Box.cube(2))
    bones = eg.skeleton(eg.cell_complex(regions))
    certify(bones, model.with_suffix(".skeleton.cert"))
    plots.save(plots.draw_plane(bones.cells, skeleton=bones), model.with_suffix(".skeleton.svg"))
    middle = time.perf_counter()
    boundary = eg.decision_boundary(eg.enumerate_regions(net, eg.Box.cube(2)))
    certify(boundary, model.with_suffix(".boundary.cert"))
    picture = plots.draw_plane(bones.cells, boundary=boundary, colouring=plots.Colouring.CLASS)
    plots.save(picture, model.with_suffix(".boundary.svg"))
    end = time.perf_counter()
    return Answer(len(regions), len(bones.creases), len(boundary.pieces), (middle - begin, end - middle))


def certify(found: eg.Skeleton | eg.DecisionBoundary, path: Path) -> None:
    """Write a certificate, and have it checked by the independent program."""
    certificate = eg.certify(found)
    verdict = certificate.save_checked(path)
    if verdict.facets != len(certificate.claim.facets):
        sys.exit(f"{path} is about {verdict.facets} facets")


def main() -> None:
    """Read the command line, and show what was found of each network."""
    parser = argparse.ArgumentParser(description="Skeletons and decision boundaries of small classifiers.")
    parser.add_argument("--seeds", type=int, default=1, help="how many networks of each kind (default: 1)")
    parser.add_argument("--initial", choices=INITIAL, default="he", help="how training starts (default: he)")
    parser.add_argument("--output", type=Path, default=Path("build"), metavar="DIR", help="where files go (build)")
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)
    print(f"{'network':22}  {'seed':>4}  {'regions':>7}  {'creases':>7}  {'s':>5}  {'boundary':>8}  {'s':>5}")
    slowest = 0.0
    for seed in range(arguments.seeds):
        for name in TASKS:
            found = examine(trained(name, seed, INITIAL[arguments.initial], arguments.output))
            skeleton, boundary = found.seconds
            slowest = max(slowest, *found.seconds) if seed else slowest  # the first may have to compile
            print(
                f"{name:22}  {seed:4}  {found.regions:7,}  {found.creases:7,}  {skeleton:5.2f}  {found.pieces:8,}"
                f"  {boundary:5.2f}",
                flush=True,
            )
    if arguments.seeds > 1:
        print(f"all certificates were verified; the slowest took {slowest:.2f} s, certificate and picture included")


if __name__ == "__main__":
    main()
