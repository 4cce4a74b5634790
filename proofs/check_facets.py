"""Check a certificate of facets between activation regions (a decision boundary, a skeleton), or of safety.

FORMAT.md specifies the certificate, RULES.md proves that an accepted one is a proof; the terms below are theirs. The
regions are checked by check.py, which lies beside this file; the two trust nothing else but Python.
"""

from __future__ import annotations

import hashlib
import importlib.util
import math
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    import check as base
    from check import Branch, Form, Program, Reader, Walk

    Shift = tuple[int, Form]  # (m, rest) stands for m times a hyperplane's row, and a rest
else:
    _path = Path(__file__).with_name(Path(__file__).name.replace("_facets", ""))
    _spec = importlib.util.spec_from_file_location("exactgeo_check", _path)
    base = sys.modules["exactgeo_check"] = importlib.util.module_from_spec(_spec)
    _spec.loader.exec_module(base)


def value_at(form: Form, point: list[int]) -> int:
    """Return a form's value at a point d, w1, ..., wn, times d."""
    return sum(c * point[k] for k, c in form.items())


def rivals(branch: Branch) -> Iterator[int]:
    """Yield the pieces whose selectors are other forms than the chosen one."""
    chosen = branch.selectors[branch.piece]
    return (piece for piece, selector in enumerate(branch.selectors) if selector != chosen)


def written(form: Form) -> str:
    """Return the pairs of a form as a text has them."""
    return " ".join(f"{k:x} {c:x}" for k, c in sorted(form.items()))


class FacetClaim(base.Claim):
    """A claim about the last unit's piece; or about the facets across which it, or some forms, are others.

    It knows the facets listed so far, and below which pieces of the current path there have been Cells.
    """

    def __init__(self, reader: Reader) -> None:
        tokens = reader.after("claim")
        self.text = " ".join(tokens)
        number = "0"
        match tokens:
            case ["activation-regions" | "safety" | "boundary" | "skeleton" as kind]:
                pass
            case ["skeleton", "output" | "unit" as kind, number]:
                pass
            case _:
                reader.fail("there is no such claim")
        self.kind = kind
        self.has_facets = kind not in ("activation-regions", "safety")
        self.number = reader.number(number)

    def begin(self, reader: Reader, program: Program) -> None:
        """Read the number and the hash of the facets, if there are to be any."""
        if self.has_facets:
            self.stated = reader.counted("facets")
        inputs, units = program.inputs, program.units
        known = {"safety": len(units), "boundary": len(units), "output": len(program.outputs), "unit": len(units)}
        if self.number >= known.get(self.kind, 1):
            reader.fail("there is no unit, or output, that the claim could be about")
        if not self.has_facets:
            return
        named = {
            "boundary": [],
            "skeleton": program.outputs,
            "output": program.outputs[self.number : self.number + 1],
            "unit": [(1, {1 + inputs + self.number: 1})],
        }
        self.scale, self.forms = base.without_denominators(named[self.kind], inputs, units)
        self.facets = 0
        self.sha256 = hashlib.sha256()
        self.pattern: list[int] = []  # of the last Cell
        self.realised: list[list[int]] = [[] for _ in units]  # for each unit the lesser pieces with Cells below them

    def at_cell(self, reader: Reader, walk: Walk) -> None:
        """Read and check what lies across each hyperplane in which the cell may meet one whose pattern came before.

        If safety is claimed, look at the last piece instead.
        """
        if self.kind == "safety" and walk.path[-1].piece:  # rule: safety
            walk.reject("safety", "the last unit does not choose its first piece")
        if not self.has_facets:
            return
        pattern = [branch.piece for branch in walk.path]
        for unit, (before, piece) in enumerate(zip(self.pattern, pattern, strict=False)):
            if before != piece:
                self.realised[unit].append(before)
                self.realised[unit + 1 :] = [[] for _ in pattern[unit + 1 :]]
                break
        self.pattern = pattern
        cell = Cell(walk, self)
        for hyperplane in cell.candidates():
            Crossing(cell, hyperplane).run(reader)

    def enlist(self, cell: Cell, across: Crossing) -> None:
        """List a facet, if what the claim is about changes across it."""
        jumps = [base.combine([(-1, across.added({}, across.shift(form)))]) for form in self.forms]
        if any(jumps) or (self.kind == "boundary" and across.pieces[-1] != cell.pattern[-1]):
            parts = [written(across.hyperplane), base.pattern_of(cell.pattern), base.pattern_of(across.pieces)]
            for jump in jumps:
                gcd = math.gcd(self.scale, *jump.values())
                parts.append(f"{self.scale // gcd:x} {written({k: c // gcd for k, c in jump.items()})}".rstrip())
            self.facets += 1
            self.sha256.update((" | ".join(parts) + "\n").encode())

    def end(self) -> dict[str, object]:
        """Compare the facets with those stated."""
        if not self.has_facets:
            return {}
        facets, sha256 = self.stated
        if self.facets != facets:  # rule: count
            raise base.Rejected(0, "count", f"there are {self.facets:,} facets, not the number that is stated")
        if self.sha256.hexdigest() != sha256:  # rule: digest
            raise base.Rejected(0, "digest", "the facets do not have the SHA-256 that is stated")
        return {"facets": facets, "facets_sha256": sha256}


class Cell:
    """The cell of the last step: its pattern, the values of all units in (1, x), and its hyperplanes."""

    def __init__(self, walk: Walk, claim: FacetClaim) -> None:
        self.walk = walk
        self.claim = claim
        self.pattern = claim.pattern
        self.values = list(walk.values)
        if walk.path:
            self.values.append(walk.last_value())
        # For each unit, by the rival piece: the primitive row of what the chosen selector exceeds its own by.
        self.rows = [
            dict(zip(rivals(branch), walk.constraints[branch.constraints :], strict=False)) for branch in walk.path
        ]

    def shortfalls(self, unit: int, hyperplane: Form) -> dict[int, int]:
        """Return the pieces whose selectors agree with the chosen one on a hyperplane.

        With each comes how many times the hyperplane's row it falls short of the chosen one.
        """
        rows, selectors = self.rows[unit], self.walk.path[unit].selectors
        chosen, k = selectors[self.pattern[unit]], max(hyperplane)
        return {
            piece: (chosen.get(k, 0) - selector.get(k, 0)) // hyperplane[k]
            for piece, selector in enumerate(selectors)
            if rows.get(piece, hyperplane) == hyperplane
        }

    def candidates(self) -> list[Form]:
        """Return the hyperplanes' rows, sorted, that part the cell from others whose patterns came before."""
        found = {
            written(rows[rival]): rows[rival]
            for rows, rivals in zip(self.rows, self.claim.realised, strict=True)
            for rival in rivals  # rule: candidate
        }
        return sorted(found.values(), key=lambda row: sorted(row.items()))


@dataclass
class Fork:
    """A Node on the way across a hyperplane: the pieces that may win there, and the one below which the walk is."""

    unit: int
    selectors: list[Form]
    winners: list[int]
    constraints: int  # how many there are at the Node itself
    place: int = -1  # among the winners; none yet


class Crossing:
    """A walk through what lies on the other side of a hyperplane that may hold a facet of a cell.

    The cell is that of the last step, on the hyperplane's positive side. Forms that agree on the hyperplane differ by
    a multiple of its row; of these, the one with the least multiple is the greatest on the negative side. So do values
    on the two sides, as long as none jumps: what they differ by is a *shift* (m, rest), m times the row and a rest.
    """

    def __init__(self, cell: Cell, hyperplane: Form) -> None:
        self.cell = cell
        self.walk = cell.walk
        self.hyperplane = hyperplane
        self.pivot = max(hyperplane)
        self.constraints = [row for row in cell.walk.constraints if row != hyperplane]
        self.pieces: list[int] = []  # on the other side
        self.shifts: dict[int, Shift] = {}  # by the numbers of their entries: of the values that have one
        self.forks: list[Fork] = []

    def run(self, reader: Reader) -> None:
        """Read and check all steps."""
        self.step(reader)
        while self.advance():
            self.step(reader)

    def step(self, reader: Reader) -> None:
        """Read and check one step."""
        self.walk.steps += 1
        match reader.line().split(" "):
            case ["n"]:
                fork = self.next_fork()
                if fork is None:  # rule: node
                    self.walk.reject("node", "every unit is decided")
                self.forks.append(fork)
            case ["c", *tokens]:
                self.facet(reader.point(tokens, self.walk.inputs))
            case ["e", factor, *tokens] if tokens:
                self.empty(reader.number(factor, base.INTEGER), reader.pairs(tokens, base.NATURAL))
            case _:
                reader.fail("expected a step of the tree")

    def advance(self) -> bool:
        """Go to the subtree that comes next in pre-order; return False if there is none."""
        while self.forks:
            fork = self.forks[-1]
            del self.constraints[fork.constraints :]
            del self.pieces[fork.unit :]
            self.shifts = {k: shift for k, shift in self.shifts.items() if k <= self.walk.inputs + fork.unit}
            fork.place += 1
            if fork.place < len(fork.winners):
                winner = fork.winners[fork.place]
                for other in fork.winners:
                    if other != winner:
                        row = base.primitive_row(
                            base.combine([(1, fork.selectors[winner]), (-1, fork.selectors[other])])
                        )
                        self.constraints.append(row)  # rule: descend
                self.choose(winner)
                return True
            self.forks.pop()
        return False

    def next_fork(self) -> Fork | None:
        """Decide units as long as it is certain which piece wins; return the Node that is due then, None at the end."""
        while len(self.pieces) < len(self.walk.units):
            unit = len(self.pieces)
            own = self.walk.path[unit]
            shifts = [self.shift(form) for form in self.walk.units[unit].selectors]
            if not any(rest for _, rest in shifts):
                short = self.cell.shortfalls(unit, self.hyperplane)
                self.choose(min(short, key=lambda piece: shifts[piece][0] - short[piece]))  # rule: multiple
                continue
            selectors = [self.added(form, shift) for form, shift in zip(own.selectors, shifts, strict=True)]
            winners = self.winners(selectors)
            if len(winners) > 1 and len({self.restricted(rest) for _, rest in shifts}) > 1:
                return Fork(unit, selectors, sorted(winners.values()), len(self.constraints))
            self.choose(winners[self.restricted(selectors[own.piece])])  # rule: forced
        return None

    def shift(self, form: Form) -> Shift:
        """Return by how much a form of the scaled environment exceeds itself in the cell."""
        used = [(form[k], self.shifts[k]) for k in form.keys() & self.shifts.keys()]
        if not used:
            return 0, {}
        rests = [(c, rest) for c, (_, rest) in used if rest]
        return sum(c * m for c, (m, _) in used), base.combine(rests)

    def added(self, form: Form, shift: Shift) -> Form:
        """Return the sum of a form and a shift."""
        return base.combine([(1, form), (shift[0], self.hyperplane), (1, shift[1])])

    def restricted(self, form: Form) -> frozenset[tuple[int, int]]:
        """Return the same for two forms if and only if they agree on the hyperplane."""
        multiple = base.combine([(self.hyperplane[self.pivot], form), (-form.get(self.pivot, 0), self.hyperplane)])
        return frozenset(multiple.items())

    def winners(self, selectors: list[Form]) -> dict[frozenset[tuple[int, int]], int]:
        """Return, of all pieces whose selectors agree on the hyperplane, the one that wins on its negative side."""
        found: dict[frozenset[tuple[int, int]], int] = {}
        slopes = [form.get(self.pivot, 0) * self.hyperplane[self.pivot] for form in selectors]
        for piece, form in enumerate(selectors):
            best = found.setdefault(self.restricted(form), piece)
            if slopes[piece] < slopes[best]:  # rule: winner
                found[self.restricted(form)] = piece
        return found

    def choose(self, piece: int) -> None:
        """Decide the next unit."""
        unit = len(self.pieces)
        form = self.walk.units[unit].values[piece]
        multiple, rest = self.shift(form)
        if piece != self.walk.path[unit].piece:
            other = base.substitute(form, self.walk.inputs, self.cell.values)
            jump = base.combine([(1, other), (-1, self.cell.values[unit])])
            m = jump.get(self.pivot, 0) // self.hyperplane[self.pivot]
            multiple, rest = multiple + m, base.combine([(1, rest), (1, jump), (-m, self.hyperplane)])
        self.pieces.append(piece)
        if multiple or rest:
            self.shifts[self.walk.inputs + len(self.pieces)] = multiple, rest

    def facet(self, point: list[int]) -> None:
        """Check a point of a facet, and have the facet listed if it is one to be listed."""
        if self.next_fork() is not None:
            self.walk.reject("facet", "a unit is not decided")
        if value_at(self.hyperplane, point):
            self.walk.reject("facet", "the point does not lie on the hyperplane")
        for i, row in enumerate(self.constraints):
            if value_at(row, point) <= 0:  # rule: facet
                self.walk.reject("facet", f"constraint {i} is not positive at the point")
        self.cell.claim.enlist(self.cell, self)

    def empty(self, factor: int, multipliers: dict[int, int]) -> None:
        """Check an Empty: nowhere on the hyperplane, in the domain, is this sum of constraints positive."""
        if max(multipliers) >= len(self.constraints):
            self.walk.reject("empty", "there is no constraint of that number")
        terms = [(m, self.constraints[i]) for i, m in multipliers.items()]
        self.walk.require_not_positive(base.combine([*terms, (factor, self.hyperplane)]))  # rule: empty


def main() -> int:
    """Print the verdict on a certificate; return 0 (verified), 1 (rejected), 2 (malformed or unreadable)."""
    return base.main(claims=FacetClaim)


if __name__ == "__main__":
    sys.exit(main())
