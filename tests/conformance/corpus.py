"""Networks of many authors, from a folder beside the checkout, compared with runtimes at random points.

In a network's own precision, float32 as a rule, the bounds of deep networks are wide. So each is also compared with the
same network in float64, where they are 10^8 times as narrow. With `--write`, writes the list of those that are refused
and why (corpus_exceptions.txt), to be reviewed; with `--all`, also compares those that are otherwise left to the night.
"""

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from time import perf_counter

import onnx
from conformance.agreement import Network
from conformance.running import Runtime, in_double, ordered, runtime, without_last_functions
from conformance.tapping import tapped
from conformance.verdicts import reason_of
from google.protobuf.message import DecodeError

import onnx_import
from exactgeo.errors import ImportFailure

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
LIST = Path(__file__).with_name("corpus_exceptions.txt")
POINTS, POINTS_IN_DOUBLE, EXACT_POINTS = 100, 20, 2
LARGE = 1_000_000
"""A network with so many non-zeros is large: by day it is compared at a few points only."""
ONLY_BY_NIGHT = {"dnnv_tests/dronet.onnx"}
"""Networks with more than 100,000 units. Their affine nodes, merged, fill all memory: they are imported unmerged."""


def networks() -> list[Path]:
    """Return the corpus' files, none if there is no corpus."""
    return sorted(CORPUS.rglob("*.onnx"))


def name_of(path: Path) -> str:
    """Return how the reviewed list calls a file."""
    return path.relative_to(CORPUS).as_posix()


@dataclass(frozen=True)
class Subject:
    """A network of the corpus as it is compared: in its own precision, and in double."""

    model: onnx.ModelProto
    network: Network
    in_double: Network

    def disagreements(self, *, most: int, exact: int) -> Iterator[str]:
        """Yield where a runtime is farther from the network than rounding explains.

        Args:
            most: at how many points at most each runtime is asked.
            exact: at how many of them the network is evaluated in rational arithmetic.
        """
        for one, network, count in self.runtimes():
            for index, feeds in enumerate(self.network.points(min(count, most))):
                excess = network.excess_of(one, feeds, exactly=index < exact)
                if excess > 0:
                    yield f"{one.name} at point {index}: {float(excess):.3g} farther than rounding explains"

    def runtimes(self) -> list[tuple[Runtime, Network, int]]:
        """Return what the network is compared with, and at how many points."""
        double = runtime(in_double(self.model))
        double = replace(double, name=f"{double.name} in double")
        return [(runtime(self.model), self.network, POINTS), (double, self.in_double, POINTS_IN_DOUBLE)]


def refusal(path: Path) -> str | None:
    """Return why a network is refused as it stands, or None."""
    try:
        onnx_import.read(path)
    except ImportFailure as error:
        return reason_of(error)
    return None


def subject(path: Path) -> Subject | None:
    """Import a network, if need be with the importer's options and without its last functions. None: it is refused.

    Constants that are folded to float32 are, in double, folded to float64: then that is another network.
    """
    try:
        model = ordered(without_last_functions(onnx.load(path)))
        network = Network.of(tapped(model) if name_of(path) in ONLY_BY_NIGHT else model)
    except (DecodeError, ImportFailure):
        return None
    in_two = Network.of(in_double(network.binding.model)) if network.binding.policy else network
    return Subject(model, network, in_two)


def reviewed() -> dict[str, str]:
    """Return the reviewed list: from file to reason."""
    lines = [line.partition("  ") for line in LIST.read_text(encoding="utf-8").splitlines()]
    return {name: reason for name, _, reason in lines}


def main(arguments: list[str]) -> int:
    """Print a line for each network."""
    refused, outcomes = {}, Counter()
    for path in networks():
        if reason := refusal(path):
            refused[name_of(path)] = reason
        if name_of(path) in ONLY_BY_NIGHT and "--all" not in arguments:
            continue
        start = perf_counter()
        if one := subject(path):
            seconds, start = perf_counter() - start, perf_counter()
            exact = 0 if one.network.nonzeros > LARGE else EXACT_POINTS
            found = list(one.disagreements(most=POINTS, exact=exact))
            outcomes["WRONG" if found else "equal"] += 1
            print(
                f"{name_of(path):75} {'WRONG' if found else 'equal'} ({one.network.program.unit_count} units; "
                f"{seconds:.1f} s to import, {perf_counter() - start:.1f} s to compare; bound / |output| "
                f"{_tightness(one)}) {found[0] if found else ''}",
                flush=True,
            )
    if "--write" in arguments:
        LIST.write_text("".join(f"{name}  {reason}\n" for name, reason in sorted(refused.items())), encoding="utf-8")
    print(f"{outcomes['equal']} networks equal, {outcomes['WRONG']} wrong; {len(refused)} are refused as they stand")
    return int(outcomes["WRONG"] > 0)


def _tightness(one: Subject) -> str:
    """Return the medians of bound / |output| in the runtimes' precisions."""
    points = list(one.network.points(5))
    ratios = [[r for feeds in points for r in net.tightness(feeds, run.rounding)] for run, net, _ in one.runtimes()]
    single, double = (median(found or [0.0]) for found in ratios)
    return f"{single:.1g}, in double {double:.1g}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
