"""How long cells, skeletons, boundaries, their certificates and their pictures take, and how much memory.

    python tests/perf/bench_geometry.py             two minutes, or 2-16-16-1 3-12-12-1 for these networks
    python tests/perf/bench_geometry.py --profile   where the time goes, too
    python tests/perf/bench_geometry.py --certify   certificates too: some minutes

Networks with random weights as He et al. suggest, in [-1, 1]^n; the last layer is the output, which skeleton and
boundary are about. Each runs in a process of its own, whose peak memory is shown. Times are of the wall clock, once.
"""

import argparse
import cProfile
import pstats
import sys
import tempfile
import time
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from typing import Any

from bench_enumerate import exact, he_network

import exactgeo as eg
from exactgeo import plots

NETWORKS = ("2-10-10-1", "2-32-32-32-1", "2-64-64-64-1", "3-32-32-1", "4-12-12-1")
DRAWN = 2
MOST_SHOWN = 15


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--profile", action="store_true", help="show which functions take the time")
    parser.add_argument("--certify", action="store_true", help="make and check certificates")
    parser.add_argument("networks", nargs="*", help="such as 2-64-64-64-1")
    chosen = parser.parse_args()
    for name in chosen.networks or NETWORKS:
        with get_context("spawn").Pool(1) as pool:
            print(pool.apply(examine, (name, chosen.profile, chosen.certify)), flush=True)


def examine(name: str, profile: bool, certify: bool) -> str:
    """Return what a network's geometry takes."""
    widths = [int(width) for width in name.split("-")]
    layers = he_network(widths)
    program = eg.relu_network(
        [[[exact(value) for value in row] for row in weights] for weights, _ in layers],
        [[exact(value) for value in biases] for _, biases in layers],
    )
    cube = eg.Box.cube(widths[0])
    eg.cell_complex(eg.enumerate_regions(eg.relu_network([[[1] * widths[0]], [[1]]]), cube))  # loads what was compiled
    watch = Watch(profile)
    regions = watch("regions", lambda: eg.enumerate_regions(program, cube))
    cells = watch("cells", lambda: eg.cell_complex(regions))
    bones = watch("skeleton", lambda: eg.skeleton(cells, output=0))
    border = watch("boundary", lambda: eg.decision_boundary(regions))
    with tempfile.TemporaryDirectory() as folder:
        if widths[0] == DRAWN:
            watch("picture", lambda: plots.save(plots.draw_plane(cells, skeleton=bones), Path(folder) / "p.svg"))
        if certify:
            for kind, found in {"skeleton": bones, "boundary": border}.items():
                path = Path(folder) / kind
                watch(f"certified {kind}", lambda found=found, path=path: eg.certify(found).save_checked(path))
    peak = getrusage(RUSAGE_SELF).ru_maxrss / 1024
    counts = f"{len(regions):,} regions, {len(bones.creases):,} creases, {len(border.pieces):,} pieces of the boundary"
    return f"{name}: {counts}; {peak:,.0f} MiB\n  {', '.join(watch.told)}"


class Watch:
    """Runs what it is given, and remembers how long each took.

    Attributes:
        told: a text for each.
    """

    def __init__(self, profile: bool) -> None:
        self._profile = profile
        self.told: list[str] = []

    def __call__(self, name: str, run: Callable[[], Any]) -> Any:
        """Run it once, and once more with a profiler if that is asked."""
        start = time.perf_counter()
        result = run()
        self.told.append(f"{name} {time.perf_counter() - start:.2f} s")
        if self._profile:
            with cProfile.Profile() as profile:
                run()
            print(f"\n{name}, by functions", file=sys.stderr)
            pstats.Stats(profile, stream=sys.stderr).sort_stats("tottime").print_stats(MOST_SHOWN)
        return result


if __name__ == "__main__":
    main()
