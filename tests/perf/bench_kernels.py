"""How long neural path kernels take: of a convolutional network on images, and of a fully connected one.

    python tests/perf/bench_kernels.py [--points N]

For each network: the number of ways through it, the pairs of units that its kernel needs, the seconds that finding them
takes, and the seconds a kernel. Beside it, one exact evaluation of the network, as a unit of time.
"""

import argparse
import time
from itertools import pairwise

import numpy as np

from exactgeo.analyses.gated import count_ways
from exactgeo.analyses.gated.kernels.transfer import Seen, Transfer
from exactgeo.arithmetic.rationals import Rational
from exactgeo.networks.gated import GatedNetwork, LayersBuilder, rectified_network

SIDE, CHANNELS = 8, 4
WIDTHS = (784, 128, 128, 10)


def convolutional(rng: np.random.Generator) -> GatedNetwork:
    """Two layers of 3x3 convolutions of an 8x8 image, a global average, ten outputs."""
    builder = LayersBuilder()
    node = builder.source((1, SIDE, SIDE))
    for channels in (1, CHANNELS):
        node = builder.gate(builder.convolution(node, rng.integers(-3, 4, (CHANNELS, channels, 3, 3)), padding=1))
    builder.dense(builder.average(node), rng.integers(-3, 4, (10, CHANNELS)))
    return GatedNetwork(builder.layers)


def fully_connected(rng: np.random.Generator) -> GatedNetwork:
    """784-128-128-10."""
    return rectified_network([rng.integers(-3, 4, (rows, columns)) for columns, rows in pairwise(WIDTHS)])


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description="How long neural path kernels take.")
    parser.add_argument("--points", type=int, default=6, help="how many inputs (6)")
    count = parser.parse_args().points
    rng = np.random.default_rng(1)
    print("network          ways through    pairs of units   finding them s   kernel s   evaluation s")
    for name, network in (("convolutional", convolutional(rng)), ("fully connected", fully_connected(rng))):
        points = [[Rational(int(value), 16) for value in rng.integers(0, 17, network.inputs)] for _ in range(count)]
        begin = time.perf_counter()
        transfer = Transfer(network)
        planned = time.perf_counter() - begin
        begin = time.perf_counter()
        seen = [Seen.of(network, x) for x in points]
        evaluated = (time.perf_counter() - begin) / count
        begin = time.perf_counter()
        for x in seen:
            transfer.kernel(x, seen[0])
        kernel = (time.perf_counter() - begin) / count
        ways = f"{count_ways(network):.3g}"
        print(f"{name:15s} {ways:>14s} {transfer.pair_count:16,d} {planned:16.3f} {kernel:10.4f} {evaluated:14.4f}")


if __name__ == "__main__":
    main()
