"""Regions per second: the certified, float and reference engines, and regioncam, on the same networks in one run.

    python tests/perf/bench_enumerate.py            a minute
    python tests/perf/bench_enumerate.py --all      the larger ones too

The networks are He-initialised from seeds, weights rounded to float32, and looked at in [-1, 1]^n. Times are of the
CPU, the best of three, or of as many as fit into a fifth of a second; compiling (once after an installation) is left
out, and reported apart. Ratios within one run are what can be compared: times of others as multiples of the certified
engine's. regioncam (pip install regioncam) works in two dimensions, in float32, from the same square. The reference
engine's times are those of its first regions, by their number. Each network is counted in a process of its own, whose
peak of memory, above what it had before, is told.
"""

import argparse
import resource
import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from multiprocessing import get_context
from typing import Any

import numpy as np

import exactgeo as eg
from exactgeo.arithmetic.rationals import Rational
from exactgeo.enumeration.certified.vertices.walks import Walker
from exactgeo.enumeration.search import Prefix
from exactgeo.networks.branches import LayeredForms

try:
    import regioncam
except ImportError:
    regioncam = None

SMALL = ("2-16-16", "2-32-32-32", "2-64-64-64", "2-128-128", "2-960", "3-32-32", "4-12-12", "5-10-10", "6-8-8")
LARGE = ("2-256-256-256", "8-8-8-8")
REFERENCE = {"most": 100, "seconds": 10}  # regions, or seconds, after which its time per region is known well enough
REPEATS = 3
LONG_ENOUGH = 0.2  # seconds, that runs take together

Layers = list[tuple[np.ndarray, np.ndarray]]


def he_network(widths: Sequence[int], seed: int = 0) -> Layers:
    """Return (weights, biases) of each hidden layer, float32."""
    source = np.random.default_rng(seed)
    return [
        (
            (source.standard_normal((height, width)) * np.sqrt(2 / width)).astype(np.float32),
            (source.standard_normal(height) * 0.1).astype(np.float32),
        )
        for width, height in pairwise(widths)
    ]


def program_of(layers: Layers) -> eg.Program:
    """Return the hidden layers, and the sum of the last one, as a program."""
    weights = [[[exact(value) for value in row] for row in matrix] for matrix, _ in layers]
    biases = [[exact(value) for value in vector] for _, vector in layers]
    return eg.relu_network([*weights, [[Rational(1)] * len(biases[-1])]], [*biases, [Rational(0)]])


def exact(value: float) -> Rational:
    """Return a float as the rational that it is."""
    return Rational(*float(value).as_integer_ratio())


def by_regioncam(layers: Layers) -> int:
    """Count the faces of a network with two inputs."""
    cells = regioncam.Regioncam(size=1)
    for weights, biases in layers:
        cells.linear(np.ascontiguousarray(weights.T), biases)
        cells.relu()
    return len(cells.faces)


def measured(run: Callable[[], Any], repeats: int = REPEATS) -> tuple[Any, float]:
    """Return what a run gives, and the least CPU time of some; of many, where they are short."""
    times: list[float] = []
    while len(times) < repeats or (repeats > 1 and sum(times) < LONG_ENOUGH):
        start = time.process_time()
        result = run()
        times.append(time.process_time() - start)
    return result, min(times)


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--all", action="store_true", help="the larger networks too")
    parser.add_argument("networks", nargs="*", help="such as 2-64-64")
    chosen = parser.parse_args()
    start = time.perf_counter()
    _count(program_of(he_network((2, 4))), eg.Box.cube(2), "certified")
    print(f"first count in this process (loading, or compiling): {time.perf_counter() - start:.2f} s")
    titles = "".join(f"{title:>11}" for title in ("float", "reference", "regioncam", "by floats", "memory"))
    print(f"{'network':>14} {'regions':>9} {'certified':>12}{titles}", flush=True)
    for name in chosen.networks or (SMALL + LARGE if chosen.all else SMALL):
        with get_context("spawn").Pool(1) as pool:
            print(pool.apply(row_of, (name,)), flush=True)


def row_of(name: str) -> str:
    """Return a network's row: regions a second of the certified engine, and the others' times as multiples of its."""
    widths = [int(width) for width in name.split("-")]
    layers = he_network(widths)
    program, square = program_of(layers), eg.Box.cube(widths[0])
    _count(program, square, "certified", most=1)  # loads what was compiled
    before = _memory()
    count, seconds = measured(partial(_count, program, square, "certified"))
    memory = _memory() - before
    others = [_ratio(partial(_count, program, square, "float"), count, seconds), "-", "-"]
    found, own = measured(partial(_count, program, square, "reference", **REFERENCE), 1)
    others[1] = f"{own / found * count / seconds:,.0f}" if found else f"> {own * count / seconds:,.0f}"
    if regioncam is not None and widths[0] == 2:
        others[2] = _ratio(partial(by_regioncam, layers), count, seconds)
    others += [f"{100 * _share_by_floats(program, square):.4f} %", f"{memory:.0f} MiB"]
    return f"{name:>14} {count:>9,} {count / seconds:>10,.0f}/s" + "".join(f"{other:>11}" for other in others)


def _share_by_floats(program: eg.Program, square: eg.Box) -> float:
    """Return which share of all signs at vertices the floats and their bounds decide."""
    kernels = Walker(LayeredForms(program), keeps=False)
    kernels.begin((), square.polyhedron.inequalities, Prefix())
    for _ in kernels.batches():
        pass
    counted = kernels.statistics()
    return 1 - counted["exact"] / counted["signs"]


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _count(
    program: eg.Program, domain: eg.Box, engine: str, most: int | None = None, seconds: int | None = None
) -> int:
    return eg.count_regions(program, domain, engine=engine, budget=eg.Budget(most, seconds)).regions


def _ratio(run: Callable[[], int], count: int, seconds: float) -> str:
    """Return how many times longer a run takes, and its count where it is another."""
    found, own = measured(run)
    return f"{own / seconds:.2f}" + ("" if found == count else f" ({found:,} regions!)")


if __name__ == "__main__":
    main()
