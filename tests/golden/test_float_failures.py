"""A gallery of small networks on which floats go wrong; the exact engines do not.

float_failures/find.py found them. What is expected comes from brute force over fractions.
"""

import json
from fractions import Fraction
from pathlib import Path

import pytest
from oracles.brute_force import brute_force_patterns
from oracles.translation import plain_program, plain_rows

from exactgeo import Polyhedron, ProgramBuilder, enumerate_regions, evaluate
from exactgeo.arithmetic.rationals import rational

GALLERY = sorted((Path(__file__).parent / "float_failures").glob("*.json"))
EACH = pytest.mark.parametrize(
    "record", [json.loads(path.read_text()) for path in GALLERY], ids=[path.stem for path in GALLERY]
)


def _form(record):
    return {int(entry): rational(value) for entry, value in record.items()}


def _question(record):
    builder = ProgramBuilder(record["inputs"])
    for pieces in record["units"]:
        builder.add_unit([(_form(selector), _form(value)) for selector, value in pieces])
    program = builder.build([_form(form) for form in record["outputs"]])
    rows = tuple(tuple(rational(value) for value in row) for row in record["domain"])
    return program, Polyhedron(record["inputs"], rows)


def _found(record, engine):
    return [list(region.pattern) for region in enumerate_regions(*_question(record), engine=engine)]


@EACH
@pytest.mark.parametrize("engine", ["certified", "reference"])
def test_the_exact_engines_are_right(record, engine):
    assert _found(record, engine) == record["patterns"]


@EACH
def test_brute_force_is_what_is_expected(record):
    program, domain = _question(record)
    found = brute_force_patterns(plain_program(program), plain_rows(domain))
    assert sorted(map(list, found)) == record["patterns"]


@EACH
def test_floats_are_wrong_as_recorded(record):
    found = _found(record, "float")
    assert [pattern for pattern in record["patterns"] if pattern not in found] == [
        each["pattern"] for each in record["missing"]
    ]
    assert [pattern for pattern in found if pattern not in record["patterns"]] == record["invented"]
    assert found != record["patterns"] and len(found) == record["by_floats"]


@EACH
def test_a_point_shows_each_pattern_that_floats_miss(record):
    program, _ = _question(record)
    for each in record["missing"]:
        point = [rational(str(Fraction(value))) for value in each["witness"]]
        assert list(evaluate(program, point).pattern) == each["pattern"]


def test_the_gallery_has_each_kind_of_failure():
    records = [json.loads(path.read_text()) for path in GALLERY]
    assert any(record["missing"] for record in records) and any(record["invented"] for record in records)
    assert any(record["missing"] and record["by_floats"] == len(record["patterns"]) for record in records)
