"""Corrupted certificates. Each must be rejected or found malformed, unless what it then claims is true all the same.

What a surviving mutant claims is read from its text by the few lines below, which share nothing with exactgeo or the
checker, and is compared with brute force.
"""

import gzip
import hashlib
import io
import random
import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pytest
from oracles.brute_force import brute_force_patterns
from oracles.checker import checker
from oracles.program import Program, make_form

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


@dataclass
class Lines:
    """A certificate's lines, and where its parts begin."""

    lines: list

    @classmethod
    def of(cls, text):
        return cls(text.splitlines())

    def index(self, start):
        return next(i for i, line in enumerate(self.lines) if line.startswith(start))

    @property
    def tree(self):
        return range(self.index("tree") + 1, len(self.lines) - 1)

    @property
    def program(self):
        return range(self.index("exactgeo-program"), self.index("domain"))

    def subtree_end(self, start, pieces):
        """The line behind the subtree that starts at `start`; `pieces` are those of each unit."""
        depth = self._depth(start, pieces)
        open_children, i = [], start
        while True:
            if self.lines[i] == "n":
                open_children.append(pieces[depth + len(open_children)])
            else:
                while open_children and open_children[-1] == 1:
                    open_children.pop()
                if open_children:
                    open_children[-1] -= 1
            i += 1
            if not open_children:
                return i

    def _depth(self, line, pieces):
        open_children = []
        for i in range(self.tree.start, line):
            if self.lines[i] == "n":
                open_children.append(pieces[len(open_children)])
            else:
                while open_children and open_children[-1] == 1:
                    open_children.pop()
                if open_children:
                    open_children[-1] -= 1
        return len(open_children)

    def restated(self):
        """The text with the hash of its program put right."""
        program = "".join(f"{self.lines[i]}\n" for i in self.program)
        self.lines[self.index("program ")] = f"program {hashlib.sha256(program.encode()).hexdigest()}"
        return self.text()

    def text(self):
        return "".join(f"{line}\n" for line in self.lines)


def _pieces(lines):
    return [int(lines.lines[i].split()[1], 16) for i in lines.program if lines.lines[i].startswith("unit ")]


def _changed_number(line, rng):
    tokens = line.split(" ")
    places = [
        k for k, token in enumerate(tokens) if re.fullmatch(r"-?[0-9a-f]+", token) and token not in ("c", "e", "f")
    ]
    if not places:
        return line + " 1"
    k = rng.choice(places)
    value = int(tokens[k], 16)
    tokens[k] = f"{rng.choice([value + 1, value - 1, -value, value * 2, 0, value ^ 1, rng.randrange(1 << 12)]):x}"
    return " ".join(tokens)


def change_a_number(lines, rng):
    i = rng.choice(lines.tree)
    lines.lines[i] = _changed_number(lines.lines[i], rng)
    return lines.text()


def change_a_weight(lines, rng):
    i = rng.choice([i for i in lines.program if lines.lines[i].startswith("piece ")])
    lines.lines[i] = _changed_number(lines.lines[i], rng)
    return lines.text()


def change_a_weight_and_restate_the_hash(lines, rng):
    change_a_weight(lines, rng)
    return lines.restated()


def change_the_domain(lines, rng):
    rows = [i for i, line in enumerate(lines.lines) if line.startswith("row ")]
    i = rng.choice(rows or [lines.index("domain")])
    lines.lines[i] = _changed_number(lines.lines[i], rng)
    return lines.text()


def change_the_count(lines, rng):
    i = lines.index("regions ")
    _, number, digest = lines.lines[i].split()
    lines.lines[i] = f"regions {max(0, int(number, 16) + rng.choice([-2, -1, 1, 2])):x} {digest}"
    return lines.text()


def drop_a_line(lines, rng):
    del lines.lines[rng.randrange(len(lines.lines))]
    return lines.text()


def repeat_a_line(lines, rng):
    i = rng.randrange(len(lines.lines))
    lines.lines.insert(i, lines.lines[i])
    return lines.text()


def swap_two_lines(lines, rng):
    i, k = rng.choice(lines.tree), rng.choice(lines.tree)
    lines.lines[i], lines.lines[k] = lines.lines[k], lines.lines[i]
    return lines.text()


def drop_a_subtree(lines, rng):
    i = rng.choice(lines.tree)
    del lines.lines[i : lines.subtree_end(i, _pieces(lines))]
    return lines.text()


def refute_a_subtree(lines, rng):
    """Replace a subtree by an Empty and restate count and hash without its patterns, as a liar would."""
    i = rng.choice(lines.tree)
    evidence = rng.choice([line for line in lines.lines if line.startswith("e ")] or ["e 0 1"])
    lines.lines[i : lines.subtree_end(i, _pieces(lines))] = [evidence]
    return _with_its_own_patterns(lines)


def swap_sibling_subtrees(lines, rng):
    pieces = _pieces(lines)
    i = rng.choice([i for i in lines.tree if lines.lines[i] == "n"])
    first = i + 1, lines.subtree_end(i + 1, pieces)
    second = first[1], lines.subtree_end(first[1], pieces)
    swapped = lines.lines[slice(*second)] + lines.lines[slice(*first)]
    lines.lines[first[0] : second[1]] = swapped
    return _with_its_own_patterns(lines)


def drop_a_unit(lines, rng):
    units = [i for i in lines.program if lines.lines[i].startswith("unit ")]
    i = rng.choice(units)
    del lines.lines[i : i + 1 + int(lines.lines[i].split()[1], 16)]
    k = lines.index("units ")
    lines.lines[k] = f"units {len(units) - 1:x}"
    return lines.restated()


TEXT_MUTATIONS = (
    change_a_number,
    change_a_number,
    change_a_weight,
    change_a_weight_and_restate_the_hash,
    change_the_domain,
    change_the_count,
    drop_a_line,
    repeat_a_line,
    swap_two_lines,
    drop_a_subtree,
    refute_a_subtree,
    swap_sibling_subtrees,
    drop_a_unit,
)


def _with_its_own_patterns(lines):
    """State the patterns of the tree's own Cells."""
    patterns = _tree_patterns(lines)
    i = lines.index("regions ")
    listed = "".join(" ".join(f"{piece:x}" for piece in pattern) + "\n" for pattern in patterns)
    lines.lines[i] = f"regions {len(patterns):x} {hashlib.sha256(listed.encode()).hexdigest()}"
    return lines.text()


def _tree_patterns(lines):
    pieces, path, patterns = _pieces(lines), [], []
    for i in lines.tree:
        if lines.lines[i] == "n":
            path.append(0)
            continue
        if lines.lines[i].startswith("c "):
            patterns.append(tuple(path))
        while path and path[-1] == pieces[len(path) - 1] - 1:
            path.pop()
        if path:
            path[-1] += 1
    return patterns


def _claims_the_truth(text):
    """Whether the patterns that a certificate states are those of its program in its domain, by brute force."""
    lines = Lines.of(text)
    program, rows = _read_program(lines), _read_domain(lines)
    listed = "".join(
        " ".join(f"{piece:x}" for piece in p) + "\n" for p in sorted(brute_force_patterns(program, rows, prune=True))
    )
    _, number, digest = lines.lines[lines.index("regions ")].split()
    return (int(number, 16), digest) == (listed.count("\n"), hashlib.sha256(listed.encode()).hexdigest())


def _read_program(lines):
    units, outputs, inputs = [], [], 0
    for i in lines.program:
        keyword, *rest = lines.lines[i].split(" ")
        if keyword == "inputs":
            inputs = int(rest[0], 16)
        elif keyword == "unit":
            units.append([])
        elif keyword == "piece":
            selector, _, value = " ".join(rest).partition(" | ")
            units[-1].append((_read_form(selector), _read_form(value or selector)))
        elif keyword == "output":
            outputs.append(_read_form(" ".join(rest)))
    return Program(inputs, tuple(tuple(unit) for unit in units), tuple(outputs))


def _read_form(text):
    denominator, *numbers = (int(token, 16) for token in text.split())
    return make_form({k: Fraction(c, denominator) for k, c in zip(numbers[::2], numbers[1::2], strict=True)})


def _read_domain(lines):
    inputs = int(lines.lines[lines.index("inputs ")].split()[1], 16)
    rows = []
    for line in lines.lines:
        if line.startswith("row "):
            numbers = [int(token, 16) for token in line.split()[1:]]
            row = dict(zip(numbers[::2], numbers[1::2], strict=True))
            rows.append(tuple(Fraction(row.get(k, 0)) for k in range(inputs + 1)))
    return rows


def _is_killed(content):
    try:
        checker.check(io.BytesIO(content))
    except (checker.Malformed, checker.Rejected):
        return True
    return False


def _flipped(content, rng):
    data = bytearray(content)
    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(data)


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
    flips = [_flipped(whole, rng) for _ in range(MUTANTS_EACH // 3)]
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
