"""Corrupted certificates. Each must be rejected or found malformed, unless what it then claims is true all the same.

What a surviving mutant claims is read from its text by the few lines of texts.py, which share nothing with exactgeo
or the checker, and is compared with brute force.
"""

import gzip
import io
import random
from pathlib import Path

import pytest
from mutants.mutations import TEXT_MUTATIONS, flipped
from mutants.texts import Lines, pattern_lines, read_domain, read_program, summary
from oracles.brute_force import brute_force_patterns
from oracles.checker import checker

import exactgeo as eg
import onnx_import

ROOT = Path(__file__).parents[2]
MUTANTS_EACH = 150

# Small squares and cubes, so that brute force can judge the survivors quickly.
SHIPPED = {
    "moons": "1/16",
    "three_classes": "1/16",
    "regression": "1/8",
    "zero_bias": "1",
    "quantised": "1/8",
    "pruned": "1/8",
}


def _hand_made():
    maxout = eg.maxout_network([[[[1, 0], [0, 1], [1, 0]], [[1, 1], [-1, -1], [0, 0]]], [[1, 1]]])
    gated = eg.gated_network([[[1, 2], [0, 0]], [[1, -1]]], [[[1, 0], [0, 1]], [[2, 1]], [[1]]])
    braid = eg.hyperplane_arrangement([(0, 1, -1, 0), (0, 1, 0, -1), (0, 0, 1, -1)])
    triangle = eg.Polyhedron(2, ((1, 1, 1), (1, -1, 0), (2, 1, -3)))
    return {"maxout": (maxout, triangle), "gated": (gated, eg.Box.cube(2)), "braid": (braid, eg.Polyhedron(3))}


def _certificate_text(program, domain):
    return "".join(eg.certify(eg.enumerate_regions(program, domain)).lines())


def _originals():
    for name, radius in SHIPPED.items():
        program = onnx_import.load(ROOT / "examples" / "models" / f"{name}.onnx")
        yield name, _certificate_text(program, eg.Box.cube(program.inputs, radius=radius))
    for name, (program, domain) in _hand_made().items():
        yield name, _certificate_text(program, domain)


def _claims_the_truth(text):
    """Whether the patterns that a certificate states are those of its program in its domain, by brute force."""
    lines = Lines.of(text)
    patterns = brute_force_patterns(read_program(lines), read_domain(lines), prune=True)
    return lines.stated("regions") == summary(pattern_lines(sorted(patterns)))


def _is_killed(content):
    try:
        checker.check(io.BytesIO(content))
    except (checker.Malformed, checker.Rejected):
        return True
    return False


@pytest.mark.parametrize("name, original", [pytest.param(*entry, id=entry[0]) for entry in _originals()])
def test_no_mutant_proves_anything_false(name, original, capsys):
    rng = random.Random(name)
    whole = gzip.compress(original.encode(), mtime=0)
    assert not _is_killed(whole)
    assert _claims_the_truth(original)
    killed, survivors = 0, []
    for number in range(MUTANTS_EACH):
        mutate = TEXT_MUTATIONS[number % len(TEXT_MUTATIONS)]
        text = mutate(Lines.of(original), rng)
        if text == original or _is_killed(gzip.compress(text.encode(), mtime=0)):
            killed += text != original
        else:
            survivors.append((mutate.__name__, text))
    flips = [flipped(whole, rng) for _ in range(MUTANTS_EACH // 3)]
    for content in flips:  # a flip in gzip's header (its time, its system) leaves the text as it was
        if _is_killed(content):
            killed += 1
        else:
            survivors.append(("flip a bit", gzip.decompress(content).decode()))
    false = [mutation for mutation, text in survivors if not _claims_the_truth(text)]
    with capsys.disabled():
        print(
            f"\n{name}: {killed + len(survivors)} mutants, {killed} killed, {len(survivors)} claim what is true", end=""
        )
    assert not false
    assert killed + len(survivors) >= MUTANTS_EACH
