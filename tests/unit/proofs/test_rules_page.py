"""proofs/RULES.md names the line of the checker where each rule is decided."""

import re
import sys
from pathlib import Path

PROOFS = Path(__file__).parents[3] / "proofs"
LINE_LIMIT = 600


def _marked():
    lines = (PROOFS / "check.py").read_text().splitlines()
    marks = [(re.search(r"  # rule: (\w+)$", line), number) for number, line in enumerate(lines, 1)]
    return {mark.group(1): number for mark, number in marks if mark}


def _cited():
    cited = {}
    for rules, numbers in re.findall(
        r"^\| ([`a-z, ]+) \| ([0-9, ]+) \|", (PROOFS / "RULES.md").read_text(), re.MULTILINE
    ):
        cited |= zip(re.findall(r"\w+", rules), map(int, numbers.split(",")), strict=True)
    return cited


def test_each_rule_is_cited_with_its_line():
    assert _cited() == _marked()


def test_the_checker_is_small():
    assert len((PROOFS / "check.py").read_text().splitlines()) <= LINE_LIMIT


def test_the_checker_imports_the_standard_library_only():
    source = (PROOFS / "check.py").read_text()
    imported = set(re.findall(r"^(?:from|import) (\w+)", source, re.MULTILINE))
    assert imported <= set(sys.stdlib_module_names) | {"__future__"}
