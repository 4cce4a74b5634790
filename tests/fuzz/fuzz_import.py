"""Hostile files for the importer: changed models, each read by a child process with little memory and time.

    PYTHONPATH=tests python -m fuzz.fuzz_import --seconds 600 --out build/fuzz

A line is printed for each new kind of finding, and the file that shows it is kept. The exit code is 1 if there are any.
"""

import argparse
import json
import os
import random
import resource
import select
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import RawIOBase
from itertools import chain, count, islice, takewhile
from pathlib import Path
from typing import Any, NoReturn

from fuzz.judging import Verdict, judge, random_choices
from fuzz.mutations import mutated
from fuzz.starts import start

GIGABYTE = 2**30
BATCH = 50


@dataclass(frozen=True)
class Limits:
    """What a child may take.

    Attributes:
        memory: bytes of address space beyond those that it begins with.
        resident: bytes of memory that are a finding.
        seconds: of wall time.
    """

    memory: int = 4 * GIGABYTE
    resident: int = 2 * GIGABYTE
    seconds: float = 20.0


def verdicts(seeds: Iterator[int], folder: Path, limits: Limits) -> Iterator[tuple[int, Verdict]]:
    """Yield for each mutant what the import of it did, or how the process ended that did it. Children do many each."""
    while batch := list(islice(seeds, BATCH)):
        out, into = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(out)
            _run(batch, folder, limits, into)
        os.close(into)
        done = 0
        with open(out, "rb", buffering=0) as pipe:  # noqa: PTH123 (a pipe has no path)
            while done < len(batch) and (verdict := _next(pipe, limits)) is not None:
                yield batch[done], verdict
                done += 1
                if verdict.kind in ("slow", "memory"):
                    break
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        if done < len(batch) and (not done or verdict is None):
            yield batch[done], Verdict("died", f"status {status}")
            done += 1
        seeds = chain(batch[done:], seeds)


def _next(pipe: RawIOBase, limits: Limits) -> Verdict | None:
    """Return a child's next verdict, or None if there is none because it died."""
    line, end = b"", time.monotonic() + limits.seconds
    while not line.endswith(b"\n"):
        if not select.select([pipe], [], [], max(0, end - time.monotonic()))[0]:
            return Verdict("slow", f"more than {limits.seconds} s")
        part = pipe.readline()
        if not part:
            return None
        line += part
    return Verdict(*json.loads(line))


def _run(seeds: Sequence[int], folder: Path, limits: Limits, into: int) -> NoReturn:
    """Import mutants in a child, and end it."""
    outside: list[str] = []

    def audit(event: str, arguments: tuple[object, ...]) -> None:
        if event == "open" and isinstance(arguments[0], str | bytes):
            name = os.path.realpath(os.fsdecode(arguments[0]))
            if not name.startswith(str(folder)) and not name.endswith((".py", ".pyc", ".so")):
                outside.append(name)

    used = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGESIZE")
    resource.setrlimit(resource.RLIMIT_AS, (used + limits.memory, used + limits.memory))
    sys.addaudithook(audit)
    for seed in seeds:
        try:
            path, _, choices = prepare(folder, seed)
            outside.clear()
            verdict = judge(path, choices, seed)
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
            if peak > limits.resident:
                verdict = Verdict("memory", f"{peak // 2**20} MB, {verdict.kind}: {verdict.detail}")
            if outside:
                verdict = Verdict("outside", str(outside))
        except BaseException as error:  # noqa: BLE001 (whatever it is, it is told)
            verdict = Verdict("crash", f"outside of the import: {type(error).__name__}: {error}")
        os.write(into, json.dumps([verdict.kind, verdict.detail[:2000]]).encode() + b"\n")
    os._exit(0)


@dataclass
class Campaign:
    """A run of many mutants: what came of them."""

    out: Path
    counts: Counter[str] = field(default_factory=Counter)
    findings: Counter[str] = field(default_factory=Counter)

    def count(self, seed: int, verdict: Verdict) -> None:
        """Count a verdict; print it and keep the file if it is the first finding of its kind."""
        self.counts[verdict.kind] += 1
        if not verdict.is_finding:
            return
        found = f"{verdict.kind}: {verdict.place}"
        self.findings[found] += 1
        if self.findings[found] == 1:
            path, _, choices = prepare(self.out / f"{verdict.kind}-{seed}", seed)
            print(f"{verdict.kind} {path} {choices} {verdict.detail}", flush=True)


def prepare(folder: Path, seed: int) -> tuple[Path, bytes, dict[str, Any]]:
    """Write a mutant into a folder, with files beside it and a link out of it."""
    rng = random.Random(seed)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "weights.bin").write_bytes(bytes(range(256)))
    (folder.parent / "secret.bin").write_bytes(bytes(256))
    (folder / "link.bin").symlink_to("../secret.bin")
    path = folder / "model.onnx"
    content = mutated(start(rng), rng)
    path.write_bytes(content)
    return path, content, random_choices(content, rng)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("build/fuzz"))
    arguments = parser.parse_args()
    campaign, begun = Campaign(arguments.out), time.monotonic()
    seeds = takewhile(lambda _: time.monotonic() - begun < arguments.seconds, count(arguments.seed))
    for seed, verdict in verdicts(seeds, (arguments.out / "now").resolve(), Limits()):
        campaign.count(seed, verdict)
    total = campaign.counts.total()
    print(f"{total} mutants in {time.monotonic() - begun:.0f} s")
    for kind, times in campaign.counts.most_common():
        print(f"{times:8} {100 * times / total:5.1f} % {kind}")
    for kind, times in campaign.findings.most_common():
        print(f"{times:8} times {kind}")
    return 1 if campaign.findings else 0


if __name__ == "__main__":
    sys.exit(main())
