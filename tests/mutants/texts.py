"""The text of a certificate, taken apart as its format says; nothing is shared with exactgeo or the checker."""

import hashlib
from dataclasses import dataclass
from fractions import Fraction

from oracles.program import Program, make_form


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

    @property
    def pieces(self):
        """How many each unit has."""
        return [int(self.lines[i].split()[1], 16) for i in self.program if self.lines[i].startswith("unit ")]

    def subtree_end(self, start):
        """The line behind the subtree that starts at `start`, in a certificate of regions alone."""
        pieces = self.pieces
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

    def stated(self, keyword):
        """What the header states: a number of patterns or facets, and the hash of their list."""
        _, number, sha256 = self.lines[self.index(f"{keyword} ")].split(" ")
        return int(number, 16), sha256

    def state(self, keyword, number, sha256):
        """Have the header state this instead."""
        self.lines[self.index(f"{keyword} ")] = f"{keyword} {number:x} {sha256}"

    def text(self):
        return "".join(f"{line}\n" for line in self.lines)


def summary(listed):
    """What a header states of the lines of a list."""
    return len(listed), hashlib.sha256("".join(listed).encode()).hexdigest()


def pattern_lines(patterns):
    """The lines of a list of patterns."""
    return [" ".join(f"{piece:x}" for piece in pattern) + "\n" for pattern in patterns]


def tree_patterns(lines):
    """The patterns of the Cells, in a certificate of regions alone."""
    pieces, path, patterns = lines.pieces, [], []
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


def read_program(lines):
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


def read_domain(lines):
    inputs = int(lines.lines[lines.index("inputs ")].split()[1], 16)
    rows = []
    for line in lines.lines:
        if line.startswith("row "):
            numbers = [int(token, 16) for token in line.split()[1:]]
            row = dict(zip(numbers[::2], numbers[1::2], strict=True))
            rows.append(tuple(Fraction(row.get(k, 0)) for k in range(inputs + 1)))
    return rows
