"""Facets between cells, and the lists of them that certificates state, by a linear programme for each two cells.

Exact throughout.  Nothing here knows of candidates, winners or walks: every pair of cells is looked at, in every
hyperplane that bounds the two from opposite sides.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from math import lcm

from .affine import Affine, Frame, IntRow, combine
from .brute_force import Rows, brute_force_cells
from .program import Pattern, Program
from .simplex import strictly_feasible


@dataclass(frozen=True)
class Facet:
    """A set of dimension n - 1, in the zero set of the hyperplane, in which the closures of two cells meet.

    The pattern `here`, on the positive side, comes after that `there`, on the negative side.  `point` lies in the
    facet's relative interior.  The jumps are what a form is here minus what it is there.
    """

    hyperplane: IntRow
    here: Pattern
    there: Pattern
    point: tuple[Fraction, ...]
    output_jumps: tuple[Affine, ...]
    unit_jumps: tuple[Affine, ...]


def brute_force_facets(program: Program, rows: Rows) -> list[Facet]:
    """All facets between two cells in the domain, by pattern here, hyperplane and pattern there."""
    cells = sorted(brute_force_cells(program, rows).items())
    found = [
        Facet(hyperplane, here, there, point, *_jumps(program, forms_here, forms_there))
        for (there, (rows_there, forms_there)), (here, (rows_here, forms_here)) in combinations(cells, 2)
        for hyperplane, point in _meetings(rows_here, rows_there)
    ]
    return sorted(found, key=lambda facet: (facet.here, _pairs(facet.hyperplane), facet.there))


def facet_lines(facets: Sequence[Facet], claim: str) -> list[str]:
    """The list of those that a certificate's claim is about, in their order.

    The claim is boundary, skeleton, skeleton output K or skeleton unit J (hexadecimal).
    """
    if claim == "boundary":
        return [_line(facet, ()) for facet in facets if facet.here[-1] != facet.there[-1]]
    named = ((facet, _named(facet, claim)) for facet in facets)
    return [_line(facet, jumps) for facet, jumps in named if any(map(any, jumps))]


def stated(facets: Sequence[Facet], claim: str) -> tuple[int, str]:
    """The number of the facets that a claim is about, and the hash of their list."""
    lines = facet_lines(facets, claim)
    return len(lines), hashlib.sha256("".join(lines).encode()).hexdigest()


def _meetings(here: Sequence[IntRow], there: Sequence[IntRow]) -> Iterator[tuple[IntRow, tuple[Fraction, ...]]]:
    """The hyperplanes in which two cells' closures meet in dimension n - 1, each with a point of the meeting.

    The hyperplane of such a meeting holds a facet of each closure, so it is given by a row of one whose negative is a
    row of the other (rows are primitive).  None of the other rows vanishes on it, so they are positive in the relative
    interior of the meeting, and nowhere on the hyperplane if the meeting has a lower dimension.
    """
    opposite = {tuple(-value for value in row) for row in there}
    for hyperplane in sorted(opposite.intersection(here)):
        if any(hyperplane[1:]):
            others = [row for row in (*here, *there) if row != hyperplane and tuple(-a for a in row) != hyperplane]
            point = strictly_feasible(others, [hyperplane], len(hyperplane) - 1)
            if point is not None:
                yield hyperplane, point


def _jumps(program: Program, here: Frame, there: Frame) -> tuple[tuple[Affine, ...], tuple[Affine, ...]]:
    """By how much more the outputs, and the units' values, are here."""
    width = program.inputs + 1
    jumps = [combine(((1, one), (-1, other)), width) for one, other in zip(here, there, strict=True)]
    outputs = (combine(((value, jumps[entry]) for entry, value in form), width) for form in program.outputs)
    return tuple(outputs), tuple(jumps[width:])


def _named(facet: Facet, claim: str) -> tuple[Affine, ...]:
    """The jumps of the forms that a skeleton's claim names."""
    match claim.split(" "):
        case ["skeleton"]:
            return facet.output_jumps
        case ["skeleton", "output", number]:
            return (facet.output_jumps[int(number, 16)],)
        case ["skeleton", "unit", number]:
            return (facet.unit_jumps[int(number, 16)],)
    raise ValueError(f"there is no claim {claim}")


def _line(facet: Facet, jumps: Sequence[Affine]) -> str:
    """A facet as the list has it."""
    patterns = (" ".join(f"{piece:x}" for piece in pattern) for pattern in (facet.here, facet.there))
    return " | ".join([_text(_pairs(facet.hyperplane)), *patterns, *map(_form, jumps)]) + "\n"


def _form(jump: Affine) -> str:
    """A form as a text has it."""
    denominator = lcm(*(value.denominator for value in jump))
    return _text([denominator, *_pairs([int(value * denominator) for value in jump])])


def _pairs(row: Sequence[int]) -> list[int]:
    """The numbers of the entries that are not 0, each followed by its coefficient."""
    return [number for k, value in enumerate(row) if value for number in (k, value)]


def _text(numbers: Sequence[int]) -> str:
    return " ".join(f"{number:x}" for number in numbers)
