"""Certificates of facets, written by hand, and what the checker says of them."""

import gzip
import hashlib
import io
from dataclasses import dataclass, replace

from oracles.checker import check_facets


def sha256_of(lines):
    return hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()


@dataclass(frozen=True)
class Example:
    """A certificate in parts, each a text of lines; the lists are written out, and hashed here."""

    program: str
    domain: str
    patterns: str
    facets: str
    tree: str
    claim: str = "skeleton"

    @property
    def listed(self):
        return self.facets.split("\n") if self.facets else []

    def lines(self):
        program = ["exactgeo-program 1", *self.program.split("\n"), "end"]
        domain = self.domain.split("\n") if self.domain else []
        patterns = self.patterns.split("\n")
        return [
            "exactgeo-certificate 1",
            f"claim {self.claim}",
            f"program {sha256_of(program)}",
            *program,
            f"domain {len(domain)}",
            *domain,
            f"regions {len(patterns):x} {sha256_of(patterns)}",
            f"facets {len(self.listed):x} {sha256_of(self.listed)}",
            "tree",
            *self.tree.split("\n"),
            "end",
        ]

    def with_step(self, number, line):
        """The example with another line, or lines, at a step, counted from 1."""
        tree = self.tree.split("\n")
        tree[number - 1] = line
        return replace(self, tree="\n".join(tree))


def checked(lines):
    """The verdict on a certificate."""
    text = "".join(f"{line}\n" for line in lines)
    return check_facets(io.BytesIO(gzip.compress(text.encode())))


# y = relu(x - 1/2) on [0, 1], continuous: one facet, at x = 1/2.
HINGE = Example(
    program="inputs 1\nunits 1\nunit 2\npiece 1\npiece 2 0 -1 1 2\noutputs 1\noutput 1 2 1",
    domain="row 1 1\nrow 0 1 1 -1",
    patterns="0\n1",
    facets="0 -1 1 2 | 1 | 0 | 2 0 -1 1 2",
    tree="""\
n
c 4 1
c 4 3
c 2 1""",
)

# A gate y3, which is 0 where x1 <= 0 and 1 elsewhere, and a hinge y4 = relu(x2 + y3), whose place the gate moves, in
# the whole plane: the half-planes x1 < 0 and x1 > 0 are cut at x2 = 0 and at x2 = -1, so that each of the cells to the
# right meets others to the left in one, two or no facets.
STAIRS = Example(
    program="""\
inputs 2
units 2
unit 2
piece 1
piece 1 1 1 | 1 0 1
unit 2
piece 1
piece 1 2 1 3 1
outputs 2
output 1 4 1
output 2 1 1 3 2""",
    domain="",
    patterns="0 0\n0 1\n1 0\n1 1",
    facets="""\
2 1 | 0 1 | 0 0 | 1 2 1 | 1
1 1 | 1 0 | 0 0 | 1 | 1 0 1
0 1 2 1 | 1 1 | 1 0 | 1 0 1 2 1 | 1
1 1 | 1 1 | 0 0 | 1 0 1 2 1 | 1 0 1
1 1 | 1 1 | 0 1 | 1 0 1 | 1 0 1""",
    tree="""\
n
n
c 1 -1 -1
c 1 -1 1
c 1 -1 0
n
c 1 1 -2
n
c 1 0 -2
e 0 0 1 1 1
c 1 1 0
c 1 1 -1
n
c 2 0 -1
c 1 0 1""",
)

# y = max(-x - 1, 0, x - 1) on the line: the first and the last piece are equal at x = 0, where neither is the largest.
WELL = Example(
    program="inputs 1\nunits 1\nunit 3\npiece 1 0 -1 1 -1\npiece 1\npiece 1 0 -1 1 1\noutputs 1\noutput 1 2 1",
    domain="",
    patterns="0\n1\n2",
    facets="0 1 1 1 | 1 | 0 | 1 0 1 1 1\n0 -1 1 1 | 2 | 1 | 1 0 -1 1 1",
    tree="""\
n
c 1 -2
c 1 0
c 1 -1
c 1 2
c 1 1
e -1 0 1""",
)

# Two gates change in x = 0, in opposite directions: y2 = [x > 0] and y3 = 3 where -2 x > 0, else 0; and y4 = relu(x +
# y2 + y3 / 3), which is always positive and bends nowhere.
TWO_GATES = Example(
    program="""\
inputs 1
units 3
unit 2
piece 1
piece 1 1 1 | 1 0 1
unit 2
piece 1
piece 1 1 -2 | 1 0 3
unit 2
piece 1
piece 3 1 3 2 3 3 1
outputs 1
output 1 4 1""",
    domain="row 0 1 1 1\nrow 0 1 1 -1",
    patterns="0 1 1\n1 0 1",
    facets="",
    tree="""\
n
n
e 2 1 3 1
n
e 0 1 4 1
c 2 -1
n
n
e 0 1 4 1
c 2 1
c 1 0
e 2 1 3 1""",
)

# y = max(1, x1, x2) in the square [0, 2]^2: three cells, each two of which meet.
MAXIMUM = Example(
    program="inputs 2\nunits 1\nunit 3\npiece 1 0 1\npiece 1 1 1\npiece 1 2 1\noutputs 1\noutput 1 3 1",
    domain="row 1 1\nrow 2 1\nrow 0 2 1 -1\nrow 0 2 2 -1",
    patterns="0\n1\n2",
    facets="""\
0 -1 1 1 | 1 | 0 | 1 0 -1 1 1
0 -1 2 1 | 2 | 0 | 1 0 -1 2 1
1 -1 2 1 | 2 | 1 | 1 1 -1 2 1""",
    tree="""\
n
c 2 1 1
c 2 3 1
c 2 2 1
c 2 1 3
c 2 1 2
c 2 3 3""",
)

EXAMPLES = {"hinge": HINGE, "stairs": STAIRS, "well": WELL, "two gates": TWO_GATES, "maximum": MAXIMUM}
