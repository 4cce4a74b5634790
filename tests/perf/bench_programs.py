"""Regions of networks with hundreds of inputs, by linear programs: how many, how fast, how many of them in integers.

    python tests/perf/bench_programs.py                      a minute or two: up to 20,000 regions each
    python tests/perf/bench_programs.py --regions 100000     the whole table
    python tests/perf/bench_programs.py --radii 1/20 784-12-12-10

The networks are He-initialised from seeds, weights rounded to float32, and looked at in boxes around a point of
multiples of 1/256. `zero` after the widths leaves the biases out and puts the box around the origin: all hyperplanes of
the first layer meet in one point there, and multipliers that prove a cell empty leave no room. Every region comes with
its pattern and its point; times are of the CPU, compiling left out.
"""

import argparse
import resource
import time
from fractions import Fraction
from itertools import pairwise

import numpy as np

import exactgeo as eg
from exactgeo.arithmetic.rationals import Rational
from exactgeo.enumeration.certified.programs.search import ProgramSearch
from exactgeo.enumeration.search import Prefix

NETWORKS = (
    ("784-12-12-10", "1/100 1/40 1/20 1/10 1/5"),
    ("784-16-16-16-10", "1/40 1/20"),
    ("784-64-64-10", "1/200 1/100"),
    ("784-12-12-10 zero", "1/10"),
    ("20-12-12-10", "1/10 1/4"),
    ("12-12-12-4", "1/4 1"),
)


def network(widths: list[int], zero_biases: bool) -> eg.Program:
    """Return a ReLU network without a ReLU behind the last layer."""
    source = np.random.default_rng(0)
    weights, biases = [], []
    for width, height in pairwise(widths):
        weights.append(exactly((source.standard_normal((height, width)) * np.sqrt(2 / width)).astype(np.float32)))
        biases.append(exactly((source.standard_normal(height) * 0.1).astype(np.float32) * (not zero_biases)))
    return eg.relu_network(weights, biases)


def exactly(values: np.ndarray) -> list:
    """Return an array of floats as lists of rationals."""
    if values.ndim > 1:
        return [exactly(row) for row in values]
    return [Rational(*value.as_integer_ratio()) for value in values.tolist()]


def box(inputs: int, radius: Fraction, zero: bool) -> eg.Box:
    """Return the box to look at."""
    pixels = np.random.default_rng(1).integers(0, 256, inputs) * (not zero)
    return eg.Box.cube(inputs, radius=radius, centre=[Fraction(int(value), 256) for value in pixels])


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--regions", type=int, default=20_000, help="stop each after so many")
    parser.add_argument("--radii", help="of the boxes, such as '1/20 1/10'")
    parser.add_argument("networks", nargs="*", help="such as 784-12-12-10")
    chosen = parser.parse_args()
    start = time.perf_counter()
    rows_of("12-3-2", "1", 10)
    print(f"first regions in this process (loading, or compiling): {time.perf_counter() - start:.2f} s")
    print(f"{'network':>18} {'radius':>6} {'regions':>8} {'complete':>8} {'seconds':>8} {'us/region':>9}", end="")
    print(f" {'programs/region':>15} {'us/program':>10} {'steps/program':>13} {'floats alone':>12}")
    table = [(name, chosen.radii or "1/40 1/20") for name in chosen.networks] if chosen.networks else NETWORKS
    for name, radii in table:
        for row in rows_of(name, chosen.radii or radii, chosen.regions):
            print(row, flush=True)
    print(f"peak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


def rows_of(name: str, radii: str, most: int) -> list[str]:
    """Return a network's rows, one for each radius."""
    widths, zero = [int(width) for width in name.split(maxsplit=1)[0].split("-")], name.endswith("zero")
    program = network(widths, zero)
    rows = []
    for radius in radii.split():
        domain = box(widths[0], Fraction(radius), zero).polyhedron
        start = time.process_time()
        search = ProgramSearch(program, domain)
        regions = 0
        for batch in search.explore(Prefix()):
            assert not np.isnan(batch.witnesses).any()
            regions += batch.regions
            if regions >= most:
                break
        seconds = time.process_time() - start
        rows.append(_row(f"{name:>18} {radius:>6}", max(regions, 1), search, seconds))
    return rows


def _row(title: str, regions: int, search: ProgramSearch, seconds: float) -> str:
    counted = search.statistics()
    programs = max(counted["programs"], 1)
    complete = "no" if search.unexplored() else "yes"
    return (
        f"{title} {regions:>8,} {complete:>8} {seconds:>8.2f} {seconds / regions * 1e6:>9.0f}"
        f" {programs / regions:>15.2f} {seconds / programs * 1e6:>10.0f} {counted['steps'] / programs:>13.1f}"
        f" {1 - counted['exact'] / programs:>12.4%}"
    )


if __name__ == "__main__":
    main()
