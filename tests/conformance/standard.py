"""The standard's own tests, run through the importer and exact evaluation: `make conformance`.

Prints a table by operator and, as its last line, `N equal, M refused, 0 wrong`. With --write, writes the list of the
tests that are not equal and why (standard_exceptions.txt), to be reviewed.
"""

import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from itertools import chain
from pathlib import Path
from statistics import median

import onnx
from conformance.cases import Case, standard_cases
from conformance.verdicts import EQUAL, LARGE, NOT_FINITE, NOT_FLOAT, REFUSED, UNDECIDED, WRONG, Verdict, verdict

LIST = Path(__file__).with_name("standard_exceptions.txt")
_COLUMNS = (EQUAL, REFUSED, UNDECIDED, WRONG)


def verdicts(cases: Iterable[Case]) -> dict[Case, Verdict]:
    """Return the verdict on each test."""
    with tempfile.TemporaryDirectory() as folder:
        return {case: verdict(case, Path(folder)) for case in cases}


def exceptions(found: Mapping[Case, Verdict]) -> dict[str, str]:
    """Return the tests that are not equal, each with its outcome and reason."""
    return {
        case.name: f"{one.outcome}: {one.reason}" for case, one in found.items() if one.outcome not in {EQUAL, WRONG}
    }


def reviewed() -> tuple[str, dict[str, str]]:
    """Return the version of onnx that the reviewed list is about, and the list: from test to outcome and reason."""
    version, reason, found = "", "", {}
    for line in LIST.read_text(encoding="utf-8").splitlines():
        if line.startswith("onnx "):
            version = line.removeprefix("onnx ")
        elif line.startswith("  "):
            found[line.strip()] = reason
        elif line:
            reason = line
    return version, found


def write(listed: Mapping[str, str]) -> None:
    """Write the list to be reviewed: under each reason its tests."""
    tests = defaultdict(list)
    for name, reason in sorted(listed.items()):
        tests[reason].append(name)
    parts = ("\n".join([reason, *(f"  {name}" for name in tests[reason])]) for reason in sorted(tests))
    LIST.write_text("\n\n".join([f"onnx {onnx.__version__}", *parts]) + "\n", encoding="utf-8")


def table(found: Mapping[Case, Verdict]) -> str:
    """Return the table by operator, and the summary."""
    groups = defaultdict(Counter)
    for case, one in found.items():
        groups[case.group][one.outcome] += 1
    lines = [f"{'operator':40}" + "".join(f"{name:>10}" for name in _COLUMNS)]
    for group in sorted(groups, key=lambda name: (name.startswith("("), name)):
        counts = groups[group]
        if any(counts[name] for name in _COLUMNS):
            lines.append(f"{group:40}" + "".join(f"{counts[name] or '':>10}" for name in _COLUMNS))
    return "\n".join([*lines, "", *_summary(found)])


def _summary(found: Mapping[Case, Verdict]) -> Iterable[str]:
    counts = Counter(one.outcome for one in found.values())
    for case, one in found.items():
        if one.outcome in {UNDECIDED, WRONG}:
            yield f"{one.outcome}: {case.name} ({one.reason})"
    policies = Counter(policy for one in found.values() if one.outcome == EQUAL for policy in one.policies)
    for policy, count in sorted(policies.items()):
        yield f"{count} of the equal ones need {policy}"
    ratios = list(chain.from_iterable(one.tightness for one in found.values()))
    rounded = [ratio for ratio in ratios if ratio]
    yield f"{sum(one.modes for one in found.values())} modes compared with data, or without"
    if rounded:
        yield f"{1 - len(rounded) / len(ratios):.0%} of the outputs are computed without rounding"
        yield f"the median of bound / |output| of the others is {median(rounded):.2g}"
    others = (NOT_FLOAT, NOT_FINITE, LARGE, UNDECIDED)
    yield ", ".join(f"{counts[outcome]} {outcome}" for outcome in others)
    yield f"{counts[EQUAL]} equal, {counts[REFUSED]} refused, {counts[WRONG]} wrong"


def main(arguments: list[str]) -> int:
    """Print the table; the exit code is 1 if something is wrong."""
    found = verdicts(standard_cases())
    if "--write" in arguments:
        write(exceptions(found))
    print(table(found))
    return int(any(one.outcome == WRONG for one in found.values()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
