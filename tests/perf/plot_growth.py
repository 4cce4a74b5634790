"""How the time per region grows: with the number of regions, with widths, depth and dimension. Writes growth.svg.

    python tests/perf/plot_growth.py [FILE]

He-initialised networks from seeds in [-1, 1]^n, counted by the certified engine; CPU times, the best of three. What the
slopes mean is said in tests/perf/README.md.
"""

import sys
import time
from collections.abc import Sequence

import matplotlib as mpl
import matplotlib.pyplot as plt
from bench_enumerate import he_network, program_of

import exactgeo as eg

mpl.use("svg")

SERIES = {
    "width w of 2-w-w": ([(2, width, width) for width in (8, 16, 32, 64, 128, 256)], [8, 16, 32, 64, 128, 256]),
    "width w of 2-w": ([(2, width) for width in (16, 32, 64, 128, 256, 512, 960)], [16, 32, 64, 128, 256, 512, 960]),
    "depth d of 2-32-…-32": ([(2, *[32] * depth) for depth in range(1, 7)], [*range(1, 7)]),
    "dimension n of n-10-10": ([(n, 10, 10) for n in range(1, 8)], [*range(1, 8)]),
}
REPEATS = 3


def measured(widths: Sequence[int]) -> tuple[int, float]:
    """Return the number of regions, and the least CPU time of a few counts."""
    program, square = program_of(he_network(widths)), eg.Box.cube(widths[0])
    times = []
    for _ in range(REPEATS):
        start = time.process_time()
        count = eg.count_regions(program, square, engine="certified").regions
        times.append(time.process_time() - start)
    return count, min(times)


def main(path: str) -> None:
    """Measure, print and draw."""
    eg.count_regions(program_of(he_network((2, 4))), eg.Box.cube(2), engine="certified")
    figure, (against_regions, against_sizes) = plt.subplots(1, 2, figsize=(12, 5), layout="constrained")
    for (title, (networks, sizes)), marker in zip(SERIES.items(), "os^D", strict=True):
        results = [measured(widths) for widths in networks]
        micros = [1e6 * seconds / count for count, seconds in results]
        for widths, (count, seconds), each in zip(networks, results, micros, strict=True):
            print(
                f"{'-'.join(map(str, widths)):>20} {count:>9,} regions {seconds:>8.3f} s {each:>8.2f} µs each",
                flush=True,
            )
        against_regions.loglog([count for count, _ in results], micros, marker=marker, label=title)
        against_sizes.loglog(sizes, micros, marker=marker, label=title)
    for axes, label in ((against_regions, "regions"), (against_sizes, "width, depth or dimension")):
        axes.set_xlabel(label)
        axes.set_ylabel("µs of CPU time per region")
        axes.grid(visible=True, which="both", alpha=0.3)
    against_sizes.legend()
    figure.suptitle("The certified engine: time per region (He-initialised networks in [-1, 1]^n)")
    figure.savefig(path)
    print(f"drawn in {path}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "growth.svg")
