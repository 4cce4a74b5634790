"""Hand-written certificates: verified, rejected at a step by a rule, malformed at a line.

The files are the plain text. `program ?` and the `?` before a list of patterns (`?0;1`, `?-` being no patterns) stand
for the hashes, which are filled in here. A rejected file is named STEP-RULE-reason, a malformed one LINE-reason. Claims
of safety are read by the checker that knows them.
"""

import gzip
import hashlib
import io
import re
from pathlib import Path

import pytest
from oracles.checker import check_facets, checker, facet_checker

FOLDER = Path(__file__).parent / "certificates"


def _filled(text):
    program = re.search(r"^exactgeo-program 1\n.*?^end\n", text, re.MULTILINE | re.DOTALL)
    if program:
        text = text.replace("program ?", f"program {hashlib.sha256(program.group().encode()).hexdigest()}")
    return re.sub(r"\?([0-9 ;-]*)$", lambda match: _digest(match.group(1)), text, flags=re.MULTILINE)


def _digest(patterns):
    lines = "" if patterns == "-" else "".join(f"{pattern}\n" for pattern in patterns.split(";"))
    return hashlib.sha256(lines.encode()).hexdigest()


def _verdict(path):
    text = path.read_bytes().decode()
    check = check_facets if _is_safety(path) else checker.check
    return check(io.BytesIO(gzip.compress(_filled(text).encode())))


def _is_safety(path):
    return "claim safety" in path.read_bytes().decode("latin-1")


def _errors(path):
    return facet_checker.base if _is_safety(path) else checker


def _files(kind):
    return [pytest.param(path, id=path.stem) for path in sorted((FOLDER / kind).glob("*.txt"))]


@pytest.mark.parametrize("path", _files("verified"))
def test_a_right_certificate_is_verified(path):
    stated = int(re.search(r"^regions ([0-9a-f]+)", path.read_text(), re.MULTILINE).group(1), 16)
    assert _verdict(path).regions == stated


@pytest.mark.parametrize("path", _files("rejected"))
def test_a_wrong_certificate_is_rejected_at_its_step_by_its_rule(path):
    step, rule, _ = path.stem.split("-", 2)
    with pytest.raises(_errors(path).Rejected) as caught:
        _verdict(path)
    assert (caught.value.step, caught.value.rule) == (int(step), rule)


@pytest.mark.parametrize("path", _files("malformed"))
def test_a_malformed_certificate_is_refused_at_its_line(path):
    with pytest.raises(_errors(path).Malformed) as caught:
        _verdict(path)
    assert caught.value.line == int(path.stem.split("-", 1)[0])


def test_every_rule_has_a_certificate_that_breaks_it():
    rules = {path.stem.split("-")[1] for path in (FOLDER / "rejected").glob("*.txt")}
    assert rules == {"program", "node", "cell", "empty", "flat", "least", "count", "digest", "safety"}
