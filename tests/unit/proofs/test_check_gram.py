"""The checker of definiteness: a file of its own, which shares no code with exactgeo."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exactgeo.analyses.gated import Semidefinite, definiteness
from exactgeo.arithmetic.rationals import Rational
from exactgeo.reports.gated import gram_document
from exactgeo.strategies import rationals

CHECKER = Path(__file__).parents[3] / "proofs" / "check_gram.py"
sys.path.insert(0, str(CHECKER.parent))
import check_gram  # noqa: E402 (found in proofs/)

sys.path.pop(0)
THIN = [[Rational(4), Rational(2)], [Rational(2), Rational(1)]]


def checked(evidence, tmp_path):
    path = tmp_path / "evidence.json"
    path.write_text(json.dumps(evidence))
    result = subprocess.run(
        [sys.executable, "-I", "-S", str(CHECKER), str(path)], capture_output=True, text=True, check=False
    )
    return result.returncode, result.stdout + result.stderr


@given(st.data())
def test_all_evidence_is_verified(data):
    size = data.draw(st.integers(1, 4))
    numbers = [[data.draw(rationals(max_numerator=3)) for _ in range(size)] for _ in range(size)]
    matrix = [[numbers[max(i, j)][min(i, j)] for j in range(size)] for i in range(size)]
    if data.draw(st.booleans()):
        matrix = [[sum(a * b for a, b in zip(u, v, strict=True)) for v in numbers] for u in numbers]
    found = definiteness(matrix)
    said = check_gram.verdict(gram_document(matrix, found))
    if isinstance(found, Semidefinite):
        assert said.endswith(f"is positive semidefinite, of rank {found.rank}")
    else:
        assert "is not positive semidefinite" in said


def test_the_program_answers_by_its_status(tmp_path):
    evidence = gram_document(THIN, definiteness(THIN))
    assert checked(evidence, tmp_path) == (0, "verified: a 2 x 2 matrix is positive semidefinite, of rank 1\n")
    assert checked({"kernel": {"gram": evidence}}, tmp_path)[0] == 0
    assert checked({**evidence, "rank": 2}, tmp_path) == (1, "rejected: the rank is 1\n")
    status, said = checked([], tmp_path)
    assert status == 2 and "malformed or unreadable" in said
    path = tmp_path / "twice.json"
    path.write_text(json.dumps(evidence)[:-1] + ', "rank": 1}')
    command = [sys.executable, "-I", "-S", str(CHECKER), str(path)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 2 and "a key stands twice" in result.stderr
    path.write_text(json.dumps(evidence))
    with Path("/dev/full").open("w") as full:
        assert subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False).returncode == 2


@pytest.mark.parametrize(
    "change, message",
    [
        ({"matrix": [["4", "2"], ["3", "1"]]}, "the matrix is not symmetric"),
        ({"matrix": [["4", "2"], ["2", "2"]]}, r"row 1 of L D L\^T is another one"),
        ({"lower": [["1", "1"], ["1/2", "1"]]}, "L is not lower triangular"),
        ({"lower": [["1", "0"], ["1/2", "2"]]}, "L is not lower triangular"),
        ({"diagonal": ["4", "-1"]}, "D has a negative entry"),
        ({"null_space": [["1", "1"]]}, "a vector of the null space is not one"),
        ({"null_space": []}, "no basis"),
        ({"null_space": [["0", "0"]]}, "no basis"),
        ({"null_space": [["1", "-2"], ["2", "-4"]]}, "no basis"),
        ({"rank": True}, "the rank is 1"),
        ({"vector": ["1", "-2"]}, r"v\^T matrix v is 0, which is not negative"),
    ],
)
def test_false_evidence_is_rejected(change, message):
    evidence = {**gram_document(THIN, definiteness(THIN)), **change}
    with pytest.raises(check_gram.Rejected, match=message):
        check_gram.verdict(evidence)


@pytest.mark.parametrize(
    "change",
    [{"matrix": [["4", 2], ["2", "1"]]}, {"matrix": [["4"], ["2", "1"]]}, {"diagonal": ["0.5", "1"]}, {"lower": []}],
)
def test_what_is_malformed_is_no_evidence(change):
    with pytest.raises(ValueError, match=r"expected|is no rational number"):
        check_gram.verdict({**gram_document(THIN, definiteness(THIN)), **change})
