"""What a certificate costs beside the search: to make it, to check it, and its size.

    python tests/perf/bench_certify.py              half a minute, or 2-16-16 4-8-8 for these networks

The networks are those of `bench_enumerate.py`, in [-1, 1]^n. Times are of the CPU, once; those of proving and checking
are given as multiples of the time to find the regions, and by region.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

from bench_enumerate import he_network, program_of

import exactgeo as eg

NETWORKS = ("2-16-16", "2-32-32-32", "3-12-12", "4-8-8", "6-8-8")
CHECKER = Path(__file__).parents[2] / "proofs" / "check.py"


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("networks", nargs="*", help="such as 2-64-64")
    list(
        eg.certify(eg.enumerate_regions(program_of(he_network((2, 4))), eg.Box.cube(2))).lines()
    )  # loads what was compiled
    print(f"{'network':>14} {'regions':>9} {'find':>9} {'prove':>22} {'check':>22} {'size':>14}", flush=True)
    for name in parser.parse_args().networks or NETWORKS:
        print(row_of(name), flush=True)


def row_of(name: str) -> str:
    """Return a network's row."""
    widths = [int(width) for width in name.split("-")]
    program, cube = program_of(he_network(widths)), eg.Box.cube(widths[0])
    start = time.process_time()
    found = eg.enumerate_regions(program, cube)
    search = time.process_time() - start
    with tempfile.TemporaryDirectory() as folder:
        start = time.process_time()
        certificate = eg.certify(found).save(Path(folder) / "c.cert")
        proof = time.process_time() - start
        before = getrusage(RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-I", "-S", CHECKER, certificate], check=True, stdout=subprocess.DEVNULL)
        after = getrusage(RUSAGE_CHILDREN)
        check = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        size = certificate.stat().st_size
    costs = "".join(f"{seconds / search:>9,.0f} x {1e3 * seconds / len(found):>7.2f} ms" for seconds in (proof, check))
    return f"{name:>14} {len(found):>9,} {search:>7.3f} s {costs} {size / len(found):>6.0f} B each"


if __name__ == "__main__":
    main()
