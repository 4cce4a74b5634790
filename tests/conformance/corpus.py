"""Networks of many authors, from a folder beside the checkout, compared with runtimes at random points.

In a network's own precision, float32 as a rule, the bounds of deep networks are wide. So each is also compared with the
same network in float64, where they are 10^8 times as narrow. With `--write`, writes the list of those that are refused
and why (corpus_exceptions.txt), to be reviewed.
"""

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from statistics import median
from time import perf_counter

import onnx
from conformance.agreement import Network
from conformance.running import Runtime, in_double, ordered, runtime
from conformance.verdicts import reason_of

import onnx_import
from exactgeo.errors import ImportFailure

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
LIST = Path(__file__).with_name("corpus_exceptions.txt")
POINTS, POINTS_IN_DOUBLE, EXACT_POINTS = 100, 20, 2
LARGE = 1_000_000
"""A network with so many non-zeros is large: by day it is compared at a few points only."""


def networks() -> list[Path]:
    """Return the corpus' files, none if there is no corpus."""
    return sorted(CORPUS.rglob("*.onnx"))


def name_of(path: Path) -> str:
    """Return how the reviewed list calls a file."""
    return path.relative_to(CORPUS).as_posix()


def refusal(path: Path) -> str | None:
    """Return why a network is refused, or None."""
    try:
        onnx_import.read(path)
    except ImportFailure as error:
        return reason_of(error)
    return None


def reviewed() -> dict[str, str]:
    """Return the reviewed list: from file to reason."""
    lines = [line.partition("  ") for line in LIST.read_text(encoding="utf-8").splitlines()]
    return {name: reason for name, _, reason in lines}


def runtimes(model: onnx.ModelProto) -> list[tuple[Runtime, int]]:
    """Return what a network is compared with, and at how many points."""
    double = runtime(in_double(model))
    return [(runtime(model), POINTS), (replace(double, name=f"{double.name} in double"), POINTS_IN_DOUBLE)]


def disagreements(network: Network, model: onnx.ModelProto, *, most: int, exact: int) -> Iterator[str]:
    """Yield where a runtime is farther from the network than rounding explains.

    Args:
        network: the imported model.
        model: the model.
        most: at how many points at most each runtime is asked.
        exact: at how many of them the network is evaluated in rational arithmetic.
    """
    for one, count in runtimes(model):
        for index, feeds in enumerate(network.points(min(count, most))):
            excess = network.excess_of(one, feeds, exactly=index < exact)
            if excess > 0:
                yield f"{one.name} at point {index}: {float(excess):.3g} farther than rounding explains"


def main(arguments: list[str]) -> int:
    """Print a line for each network."""
    refused, wrong, equal = {}, 0, 0
    for path in networks():
        if reason := refusal(path):
            refused[name_of(path)] = reason
            continue
        start = perf_counter()
        model = ordered(onnx.load(path))
        network = Network.of(model)
        seconds, start = perf_counter() - start, perf_counter()
        exact = 0 if network.nonzeros > LARGE else EXACT_POINTS
        found = list(disagreements(network, model, most=POINTS, exact=exact))
        equal, wrong = equal + (not found), wrong + bool(found)
        points = list(network.points(5))
        widths = [
            median([ratio for feeds in points for ratio in network.tightness(feeds, one.rounding)] or [0.0])
            for one, _ in runtimes(model)
        ]
        print(
            f"{name_of(path):75} {'WRONG' if found else 'equal'} ({network.program.unit_count} units; {seconds:.1f} s "
            f"to import, {perf_counter() - start:.1f} s to compare; bound / |output| {widths[0]:.1g}, in double "
            f"{widths[1]:.1g}) {found[0] if found else ''}",
            flush=True,
        )
    if "--write" in arguments:
        LIST.write_text("".join(f"{name}  {reason}\n" for name, reason in sorted(refused.items())), encoding="utf-8")
    print(f"{equal} networks equal, {len(refused)} refused, {wrong} wrong")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
