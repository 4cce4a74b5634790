"""proofs/RULES.md names the line of the checker where each rule is decided."""

import re
import sys
from pathlib import Path

import pytest

PROOFS = Path(__file__).parents[3] / "proofs"
CHECKERS = {"check.py": 600, "check_facets.py": 350}


def _marked(name):
    lines = (PROOFS / name).read_text().splitlines()
    marks = [(re.search(r"  # rule: (\w+)$", line), number) for number, line in enumerate(lines, 1)]
    found = [(mark.group(1), number) for mark, number in marks if mark]
    assert len(dict(found)) == len(found)
    return dict(found)


def _cited(name):
    """The rules of the tables, each of which cites lines of the checker that was named last."""
    cited = {}
    page = (PROOFS / "RULES.md").read_text()
    first, second = page.split("## Facets\n")
    for rules, numbers in re.findall(
        r"^\| ([`a-z, ]+) \| ([0-9, ]+) \|", first if name == "check.py" else second, re.MULTILINE
    ):
        cited |= zip(re.findall(r"\w+", rules), map(int, numbers.split(",")), strict=True)
    return cited


@pytest.mark.parametrize("name", CHECKERS)
def test_each_rule_is_cited_with_its_line(name):
    assert _cited(name) == _marked(name)


@pytest.mark.parametrize("name", CHECKERS)
def test_the_checker_is_small(name):
    assert len((PROOFS / name).read_text().splitlines()) <= CHECKERS[name]


@pytest.mark.parametrize("name", CHECKERS)
def test_the_checker_imports_the_standard_library_only(name):
    source = (PROOFS / name).read_text()
    imported = set(re.findall(r"^(?:from|import) (\w+)", source, re.MULTILINE))
    assert imported <= set(sys.stdlib_module_names) | {"__future__"}
