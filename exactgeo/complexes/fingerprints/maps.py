"""Which regions of an arrangement have the same affine map: found modulo a prime, proved modulo several."""

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from exactgeo.complexes.fingerprints.residues import LARGEST, Residues, ValueForms, Walk, powers, primes
from exactgeo.complexes.steps import Steps
from exactgeo.enumeration.patterns import Patterns
from exactgeo.networks.branches import LayeredForms, descend
from exactgeo.networks.forms import Index
from exactgeo.networks.programs import Program

STAGES = 2
"""Of `affine_classes`."""

FIRST_MODULUS_BELOW = LARGEST
_AT_ONCE = 2**13  # patterns
_MOST_RESIDUES = 2**22  # kept for the members of classes to be compared with
_BASES = (0x9E3779B97F4A7C15, 0xD1B54A32D192ED03)  # any numbers without a pattern


@dataclass(frozen=True)
class AffineClasses:
    """The regions of a program by their affine maps.

    Attributes:
        program: the network.
        patterns: (regions, units).
        numbers: (regions,) the number of each region's map; maps are numbered as they first appear.
    """

    program: Program
    patterns: Patterns
    numbers: Index

    @cached_property
    def firsts(self) -> Index:
        """(maps,) the first region that has each map."""
        return np.unique(self.numbers, return_index=True)[1]

    def __len__(self) -> int:
        return len(self.firsts)


def affine_classes(program: Program, patterns: Patterns, steps: Steps) -> AffineClasses:
    """Return which of the regions with these patterns have the same affine map.

    1. A *fingerprint* of each region: a fixed combination of the outputs at a fixed point, modulo a prime p. Regions
       with different fingerprints have different maps.
    2. Regions with equal fingerprints are compared with the first of them: all coefficients, modulo primes whose
       product exceeds the numerators that the difference of two maps could have over a common denominator
       (`ValueForms.difference_bound`). If all agree, the maps are equal.
    3. A region that differs there has another map than the first; such ones are compared as rationals.

    **Exactness**: exact; primes and points are only a matter of speed. **Complexity**: for each region, what its
    pattern changes of the values of the one before it, in a few residues. **Memory**: at most some eighty bytes a
    region.
    """
    values = ValueForms(program)
    steps.begin()
    marks = _fingerprints(values, patterns, steps)
    firsts, numbers, counts = _numbered(marks)
    del marks
    members = np.flatnonzero(counts[numbers] > 1)
    steps.begin()
    if len(members):
        apart = members[_differ_from_first(values, patterns, members, firsts[numbers[members]], steps)]
        if len(apart):
            _, numbers, _ = _numbered(_split(program, patterns, numbers, apart))
    return AffineClasses(program, patterns, numbers)


def _numbered(marks: Index) -> tuple[Index, Index, Index]:
    """Number equal marks alike, by their first appearance.

    Returns:
        Each number's first place; each mark's number; how many marks have each number.
    """
    _, firsts, numbers, counts = np.unique(marks, return_index=True, return_inverse=True, return_counts=True)
    order = np.argsort(firsts)
    by_appearance = np.empty_like(order)
    by_appearance[order] = np.arange(len(order))
    return firsts[order], by_appearance[numbers], counts[order]


def _fingerprints(values: ValueForms, patterns: Patterns, steps: Steps) -> Residues:
    program = values.program
    modulus = next(primes(FIRST_MODULUS_BELOW, values.denominator))
    point = powers(_BASES[0] % modulus, program.inputs + 1, modulus)
    walk = Walk(values, modulus, np.array(point, dtype=np.int64)[:, None])
    mixing = powers(_BASES[1] % modulus, program.output_count, modulus)
    marks = np.zeros(len(patterns), dtype=np.int64)
    for low in range(0, len(patterns), _AT_ONCE):
        steps.reach(low, len(patterns))
        outputs = walk.maps(patterns[low : low + _AT_ONCE])
        marks[low : low + _AT_ONCE] = walk.combinations(outputs, mixing)
    return marks


def _differ_from_first(
    values: ValueForms, patterns: Patterns, members: Index, firsts: Index, steps: Steps
) -> npt.NDArray[np.bool_]:
    """Return for each member whether its map is another than that of the first of its class.

    Args:
        values: the program.
        patterns: (regions, units).
        members: the regions to be compared, increasing, each class's first among them.
        firsts: (members,) the first region of each one's class.
        steps: to be reached.
    """
    apart = np.zeros(len(members), dtype=np.bool_)
    classes, places = np.unique(firsts, return_inverse=True)
    entries, outputs = values.program.inputs + 1, values.program.output_count
    width = min(entries, max(1, _MOST_RESIDUES // max(1, len(classes) * outputs)))
    identity = np.eye(entries, dtype=np.int64)
    bound, known, candidates = values.difference_bound(), 1, primes(LARGEST, values.denominator)
    while known <= bound:
        modulus = next(candidates)
        known *= modulus
        for column in range(0, entries, width):
            walk = Walk(values, modulus, np.ascontiguousarray(identity[:, column : column + width]))
            kept = np.empty((len(classes), outputs * min(width, entries - column)), dtype=np.int64)
            for low in range(0, len(members), _AT_ONCE):
                steps.reach(0)
                part = slice(low, low + _AT_ONCE)
                maps = walk.maps(patterns[members[part]])
                new = members[part] == firsts[part]
                kept[places[part][new]] = maps[new]
                apart[part] |= (maps != kept[places[part]]).any(axis=1)
    return apart


def _split(program: Program, patterns: Patterns, numbers: Index, apart: Index) -> Index:
    """Give regions whose map is not that of their class's first a class for each of their maps."""
    numbers = numbers.copy()
    forms = LayeredForms(program)
    fresh: defaultdict[Any, int] = defaultdict(lambda: len(numbers) + len(fresh))
    for region in apart.tolist():
        numbers[region] = fresh[descend(forms, patterns[region].tolist())[0].outputs()]
    return numbers
