"""Corrupted certificates of properties: each is rejected, unless what it then claims is true all the same."""

import random
from pathlib import Path

import pytest
from mutants.facet_mutations import packed
from mutants.mutations import TEXT_MUTATIONS
from mutants.texts import Lines, pattern_lines, read_domain, read_program, summary
from oracles.brute_force import brute_force_patterns
from oracles.checker import check_facets, facet_checker

import exactgeo as eg
import onnx_import

ROOT = Path(__file__).parents[2]
MUTANTS_EACH = 150


def _stairs():
    """A gate on x1 > 0, and a hinge relu(x2 + gate)."""
    builder = eg.ProgramBuilder(2)
    builder.add_unit([({}, {}), ({1: 1}, {0: 1})])
    builder.add_unit([({}, {}), ({2: 1, 3: 1}, {2: 1, 3: 1})])
    return builder.build([{4: 1}])


def _decisions():
    moons = onnx_import.load(ROOT / "examples" / "models" / "moons.onnx")
    yield "moons", moons, eg.Box.cube(2, radius="1/16"), [(-10, 0, 0, 1), (-10, 0, 0, -1)]
    yield "stairs", _stairs(), eg.Box.cube(2), [(-2, 0, 0, 1), (0, 0, 0, -1)]
    yield "hat", eg.relu_network([[[1], [1]], [[1, -2]]], [[0, -1], [0]]), eg.Polyhedron(1), [(-1, 0, 1), (-3, 0, 2)]


def _claims_the_truth(text):
    """Whether the patterns that a certificate states are its program's, none with another last piece than the first."""
    lines = Lines.of(text)
    patterns = sorted(brute_force_patterns(read_program(lines), read_domain(lines), prune=True))
    stated = lines.stated("regions") == summary(pattern_lines(patterns))
    return stated and (lines.lines[1] != "claim safety" or all(pattern[-1] == 0 for pattern in patterns))


def _is_killed(text):
    try:
        check_facets(packed(text))
    except (facet_checker.base.Malformed, facet_checker.base.Rejected):
        return True
    return False


@pytest.mark.parametrize("name, program, domain, rows", [pytest.param(*entry, id=entry[0]) for entry in _decisions()])
def test_no_mutant_proves_anything_false_of_safety(name, program, domain, rows, capsys):
    rng = random.Random(name)
    original = "".join(eg.certify(eg.decide(program, domain, eg.Property(rows))).lines())
    assert not _is_killed(original) and _claims_the_truth(original)
    killed, survivors = 0, []
    for number in range(MUTANTS_EACH):
        mutate = TEXT_MUTATIONS[number % len(TEXT_MUTATIONS)]
        text = mutate(Lines.of(original), rng)
        if text == original or _is_killed(text):
            killed += text != original
        else:
            survivors.append((mutate.__name__, text))
    with capsys.disabled():
        print(f"\nsafety of {name}: {killed} mutants killed, {len(survivors)} claim what is true", end="")
    assert not [mutation for mutation, text in survivors if not _claims_the_truth(text)]


@pytest.mark.parametrize("name, program, domain, rows", [pytest.param(*entry, id=entry[0]) for entry in _decisions()])
def test_regions_with_another_last_piece_are_no_safety(name, program, domain, rows):
    exceeded = eg.Property([(rows[0][0], *(0 for _ in rows[0][1:])), (1, *(0 for _ in rows[0][1:])), *rows])
    regions = eg.enumerate_regions(exceeded.applied(program), domain)
    text = "".join(eg.certify(regions).lines())
    assert not _is_killed(text)
    assert _is_killed(text.replace("claim activation-regions", "claim safety", 1))
