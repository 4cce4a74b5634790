"""Affine pieces and linear regions: what counting them costs beside finding the regions, and beside the slow way.

    python tests/perf/bench_linear_regions.py

Times are of the CPU, the best of three, in one run; compiling is left out. `slow` is the oracle of the tests, one
exact linear program for each row of each cell; it is timed on some cells, and scaled up to all (~). What can be
compared are the ratios: counting both / enumerating, and slow / counting.
"""

import sys
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from perf.bench_enumerate import he_network, measured

import exactgeo as eg
import onnx_import

MODELS = Path(__file__).parents[2] / "examples" / "models"
CELLS = 25  # on which the slow way is timed
DEAD = -1000  # a bias below all that a He-initialised layer can make up for

Layers = list[tuple[np.ndarray, np.ndarray]]


def network(layers: Layers, output: float = 1.0) -> eg.Program:
    """Return the hidden layers, and the sum of the last one times a factor, as a program."""
    last = np.full((1, len(layers[-1][1])), output, dtype=np.float32)
    return eg.relu_network(
        [*(weights for weights, _ in layers), last], [*(biases for _, biases in layers), np.zeros(1, dtype=np.float32)]
    )


def dead(layers: Layers) -> Layers:
    """Return the layers, the last one being never active."""
    weights, biases = layers[-1]
    return [*layers[:-1], (weights, biases + np.float32(DEAD))]


def rectified(layers: Layers, seed: int = 5) -> Layers:
    """Return the layers and a last unit that is 0 on large parts of the domain."""
    width = len(layers[-1][1])
    weights = np.random.default_rng(seed).standard_normal((1, width)).astype(np.float32)
    return [*layers, (weights, np.zeros(1, dtype=np.float32))]


def questions() -> Iterator[tuple[str, eg.Program]]:
    """Yield names and networks."""
    yield "moons.onnx (2-16-16)", onnx_import.load(str(MODELS / "moons.onnx"))
    yield "2-64-64-64", network(he_network((2, 64, 64, 64)))
    yield "4-12-12", network(he_network((4, 12, 12)))
    yield "4-20-20", network(he_network((4, 20, 20)))
    yield "2-64-64-64, last layer dead", network(dead(he_network((2, 64, 64, 64))))
    yield "2-450, output 0", network(he_network((2, 450)), 0.0)
    yield "2-64-64, rectified", network(rectified(he_network((2, 64, 64))))
    yield "2-64-64-64, rectified", network(rectified(he_network((2, 64, 64, 64))))
    yield "4-20-20, rectified", network(rectified(he_network((4, 20, 20))))


def slow_seconds(found: eg.Arrangement) -> float:
    """Return about how long the slow way takes: for some cells evenly spread, times what is left out."""
    chosen = list(islice(found, 0, None, max(1, len(found) // CELLS)))
    part = eg.Arrangement(found.program, found.domain, found.engine, tuple(chosen))
    part.__dict__["by_pattern"] = found.by_pattern  # the cells across are those of the whole
    start = time.process_time()
    for region in chosen:
        part.affine_map(region)
    for _ in eg.interior_facets(part):
        pass
    return (time.process_time() - start) * len(found) / len(chosen)


def row_of(name: str, program: eg.Program) -> str:
    """Return a network's row of the table."""
    square = eg.Box.cube(program.inputs)
    found, enumerating = measured(lambda: eg.enumerate_regions(program, square, engine="certified"))
    pieces, of_pieces = measured(_fresh(found, eg.count_affine_pieces))
    linear, counting = measured(_fresh(found, eg.count_linear_regions))
    slow = slow_seconds(found)
    return (
        f"{name:>28} {len(found):>8,} {linear:>8,} {pieces:>8,} {enumerating:>10.4f} {of_pieces:>8.4f} {counting:>8.4f}"
        f" {counting / enumerating:>7.2f} {slow:>9,.1f}~ {slow / counting:>9,.0f}"
    )


def _fresh(found: eg.Arrangement, count: Callable[[eg.Arrangement], int]) -> Callable[[], Any]:
    """Return a run on a new arrangement of the same regions, so that nothing remembered helps."""
    return lambda: count(eg.Arrangement(found.program, found.domain, found.engine, found.regions))


def main() -> None:
    """Print a table."""
    small = eg.enumerate_regions(network(rectified(he_network((2, 6, 6)))), eg.Box.cube(2), engine="certified")
    eg.count_linear_regions(small)
    print(f"{'':>28} {'regions':>8} {'linear':>8} {'pieces':>8} {'enumerate':>10} {'pieces':>8} {'linear':>8}", end="")
    print(f" {'ratio':>7} {'slow':>10} {'slow/new':>9}   (seconds; linear includes pieces)")
    for name, program in questions():
        print(row_of(name, program), flush=True)


if __name__ == "__main__":
    main()
