"""What is done to the text of a certificate of facets to corrupt it.

A liar does not stop at the tree: the header states what the corrupted tree lists. `lied` sees to that, by asking the
checker itself.
"""

import gzip
import io
from dataclasses import dataclass, field

import pytest
from mutants.mutations import (
    change_a_weight,
    change_a_weight_and_restate_the_hash,
    change_the_count,
    change_the_domain,
    changed_number,
    drop_a_line,
    repeat_a_line,
    swap_two_lines,
)
from mutants.texts import Lines
from oracles.checker import check_facets, facet_checker

CLAIMS = ("boundary", "skeleton", "skeleton output 0", "skeleton output 1", "skeleton unit 0", "skeleton unit 1")


@dataclass
class Sketch(Lines):
    """A certificate's lines, and what the checker takes those about facets for, as long as nothing is corrupted.

    `crossings` holds the places where the steps about each candidate start and end, `ends` for each of these steps the
    place where its subtree ends.
    """

    crossings: list = field(default_factory=list)
    ends: dict = field(default_factory=dict)

    @classmethod
    def of(cls, text):
        sketch = super().of(text)

        class Crossing(facet_checker.Crossing):
            def run(self, reader):
                start, self.depths = reader._line, {}
                super().run(reader)
                end = reader._line
                sketch.crossings.append((start, end))
                for place, depth in self.depths.items():
                    later = (other for other in range(place + 1, end) if self.depths[other] <= depth)
                    sketch.ends[place] = next(later, end)

            def step(self, reader):
                self.depths[reader._line] = len(self.forks)
                super().step(reader)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(facet_checker, "Crossing", Crossing)
            check_facets(packed(text))
        return sketch

    def copy(self):
        """The same, to be corrupted."""
        return Sketch(list(self.lines), self.crossings, self.ends)

    def about_facets(self, keywords="cen"):
        """The places of the steps about facets that are of these kinds."""
        return [place for place in self.ends if self.lines[place][0] in keywords]

    def part(self, place):
        """The lines of a subtree."""
        return self.lines[place : self.ends[place]]


def packed(text):
    """A certificate's file."""
    return io.BytesIO(gzip.compress(text.encode(), mtime=0))


def lied(text):
    """State of patterns and facets what the checker itself lists, if it accepts all steps."""
    lines, seen = Lines.of(text), []

    class Claim(facet_checker.FacetClaim):
        def at_cell(self, reader, walk):
            seen[:] = [self, walk]
            super().at_cell(reader, walk)

        def end(self):
            return {}

    try:
        facet_checker.base.check(packed(text), Claim)
    except facet_checker.base.Malformed:
        return text
    except facet_checker.base.Rejected as verdict:
        if verdict.rule not in ("count", "digest"):
            return text
    if seen:
        claim, walk = seen
        lines.state("regions", walk.patterns, walk.sha256.hexdigest())
        lines.state("facets", claim.facets, claim.sha256.hexdigest())
    return lines.text()


def change_a_number(sketch, rng):
    place = rng.choice(sketch.about_facets("ce"))
    sketch.lines[place] = changed_number(sketch.lines[place], rng)
    return lied(sketch.text())


def change_the_claim(sketch, rng):
    sketch.lines[1] = f"claim {rng.choice(CLAIMS)}"
    return sketch.text()


def change_the_claim_and_lie(sketch, rng):
    return lied(change_the_claim(sketch, rng))


def change_a_weight_and_lie(sketch, rng):
    return lied(change_a_weight_and_restate_the_hash(sketch, rng))


def change_an_output_and_lie(sketch, rng):
    place = rng.choice([i for i in sketch.program if sketch.lines[i].startswith("output ")])
    sketch.lines[place] = changed_number(sketch.lines[place], rng)
    return lied(sketch.restated())


def change_the_domain_and_lie(sketch, rng):
    return lied(change_the_domain(sketch, rng))


def change_the_count_of_facets(sketch, rng):
    number, sha256 = sketch.stated("facets")
    sketch.state("facets", max(0, number + rng.choice([-2, -1, 1, 2])), sha256)
    return sketch.text()


def refute_a_facet(sketch, rng):
    """Say that there is no facet where there is one."""
    place = rng.choice(sketch.about_facets("c"))
    sketch.lines[place] = _evidence(sketch, rng)
    return lied(sketch.text())


def invent_a_facet(sketch, rng):
    """Show a point where there is no facet."""
    place = rng.choice(sketch.about_facets("e") or sketch.about_facets())
    sketch.lines[place] = rng.choice([line for line in sketch.lines if line.startswith("c ")])
    return lied(sketch.text())


def refute_a_subtree(sketch, rng):
    place = rng.choice(sketch.about_facets())
    sketch.lines[place : sketch.ends[place]] = [_evidence(sketch, rng)]
    return lied(sketch.text())


def replace_a_subtree(sketch, rng):
    """By another one, of this cell or of another one."""
    place, other = rng.choice(sketch.about_facets()), rng.choice(sketch.about_facets())
    sketch.lines[place : sketch.ends[place]] = sketch.part(other)
    return lied(sketch.text())


def double_a_subtree(sketch, rng):
    place = rng.choice(sketch.about_facets())
    sketch.lines[place:place] = sketch.part(place)
    return lied(sketch.text())


def drop_a_subtree(sketch, rng):
    place = rng.choice(sketch.about_facets())
    del sketch.lines[place : sketch.ends[place]]
    return lied(sketch.text())


def drop_a_crossing(sketch, rng):
    start, end = rng.choice(sketch.crossings)
    del sketch.lines[start:end]
    return lied(sketch.text())


def swap_two_crossings(sketch, rng):
    (start, middle), (other, end) = sorted(rng.choices(sketch.crossings, k=2))
    if middle <= other:
        sketch.lines[start:end] = [*sketch.lines[other:end], *sketch.lines[middle:other], *sketch.lines[start:middle]]
    return lied(sketch.text())


def swap_neighbouring_subtrees(sketch, rng):
    """Those of a Node that follow each other, or the crossings of a cell."""
    place = rng.choice([place for place in sketch.ends if sketch.ends[place] in sketch.ends] or list(sketch.ends))
    middle = sketch.ends[place]
    end = sketch.ends.get(middle, middle)
    sketch.lines[place:end] = [*sketch.lines[middle:end], *sketch.lines[place:middle]]
    return lied(sketch.text())


def refute_a_cell(sketch, rng):
    """Leave out a cell, with all that is said of its facets."""
    place = rng.choice([i for i in sketch.tree if i not in sketch.ends and sketch.lines[i].startswith("c ")])
    end = next(i for i in range(place + 1, len(sketch.lines)) if i not in sketch.ends)
    sketch.lines[place:end] = [_evidence(sketch, rng, region=True)]
    return lied(sketch.text())


def _evidence(sketch, rng, *, region=False):
    """An Empty from elsewhere, or one out of thin air."""
    places = [i for i in sketch.tree if sketch.lines[i].startswith("e ") and (i in sketch.ends) is not region]
    factor = "" if region else " 0"
    return rng.choice([*(sketch.lines[i] for i in places), f"e{factor} 0 1", f"e{factor} 1 2 2 1"])


MUTATIONS = (
    change_a_number,
    change_a_number,
    change_a_number,
    change_the_claim,
    change_the_claim_and_lie,
    change_a_weight,
    change_a_weight_and_lie,
    change_an_output_and_lie,
    change_the_domain,
    change_the_domain_and_lie,
    change_the_count,
    change_the_count_of_facets,
    refute_a_facet,
    invent_a_facet,
    refute_a_subtree,
    replace_a_subtree,
    double_a_subtree,
    drop_a_subtree,
    drop_a_crossing,
    swap_two_crossings,
    swap_neighbouring_subtrees,
    refute_a_cell,
    drop_a_line,
    repeat_a_line,
    swap_two_lines,
)
