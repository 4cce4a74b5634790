"""Which cells with the same affine map belong to one linear region.

*Definition*: `exactgeo.linear_regions`. Two cells of one class (with the same map a) are joined if they meet in a
facet, on some open part of which the network has the values of a. What is joined already is not asked about again:
a spanning forest of each linear region is enough. The questions, cheap ones first:

1. **Free flips.** Let p and q be cells whose patterns differ in a bundle of two-piece units only, and let no selector
   depend on these units' values (`Bundles.free`). They meet in a facet. *Proof*: all comparisons are the same affine
   forms on p and q. The bundle's forms are multiples of one form r, not 0, which is > 0 on p and < 0 on q, say. Every
   other comparison is > 0 on both, or is 0 as a form and chooses alike. On the segment from a point of p to one of q
   there is a point z with r(z) = 0, all others being > 0; so they are around z, within r = 0: there both closures
   meet. The network has the values of a there if it is continuous. If it is not, a tie takes the first piece; if the
   bundle's first pieces all lie on one side, p's, say, then the pieces chosen around z, within r = 0, are p's, so
   the values are those of a. (Otherwise nothing is joined here: `Bundles.mixed`.)
2. **Witnesses.** Let p and q be cells whose patterns differ in a bundle only, r being p's form of it, and let z be the
   point with r(z) = 0 on the segment between their witnesses. If every other comparison of p that is not 0 is > 0 at
   z, and in a discontinuous network those of q too (and the bundle is not mixed), they are joined. *Proof*: the units
   before the bundle have the same pieces, so q's form of the bundle's comparison is r as well, with the other sign.
   In a continuous network the intersection of the closures is where p's comparisons with q's pieces vanish on the
   closure of p (`interior_facets`), that is, r = 0, a facet, since z lies in it. In a discontinuous one both closures
   contain all points around z within r = 0, and the values are those of a as in 1.
3. **Linear programs.** Every pair of sets of cells that is still apart is separated by the facets of one of them, so
   the largest set of each class is left out. For each of the other cells, each of its hyperplanes h is asked about:
   is there a facet, and which cells lie across? In a continuous network a cell q across has, for each unit, the piece
   of p or a rival whose comparison on p is a multiple of h, or 0. (*Proof*: at a point inside the facet the
   environments agree, and a rival whose comparison is > 0 there is not chosen on q.) Where no known cell of the
   class has such a pattern, or all that have are joined to p, no linear program is solved; and not even p's forms
   are looked at where residues prove that these patterns differ in one bundle (`exactgeo.complexes.simple_cells`).

**Exactness**: exact.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np
import numpy.typing as npt

from exactgeo.arithmetic.affine import AffineForm, Row, evaluate_row, evaluate_rows, multiple_of, primitive
from exactgeo.arithmetic.rationals import Point
from exactgeo.complexes.bundles import Bundles
from exactgeo.complexes.descents import Descents
from exactgeo.complexes.facets import pattern_beside
from exactgeo.complexes.kernels.flips import EMPTY, are_apart, find_flips, join, put_keys, put_leaders
from exactgeo.complexes.pieces import AffineClasses, Patterns
from exactgeo.complexes.reductions import reduced
from exactgeo.complexes.simple_cells import are_simple
from exactgeo.complexes.steps import Steps
from exactgeo.enumeration.arrangements import Arrangement
from exactgeo.enumeration.certified.crossings import Crossings
from exactgeo.enumeration.certified.tables import Floats
from exactgeo.enumeration.reference import Germ, walk
from exactgeo.networks.branches import LayeredForms, descend
from exactgeo.networks.evaluation import Pattern
from exactgeo.networks.forms import Index
from exactgeo.polyhedra.bounds import Bounds
from exactgeo.polyhedra.polyhedron import SOLVER
from exactgeo.polyhedra.solvers import InteriorPoint

STAGES = 3
"""Of `linear_region_leaders`."""

_AT_ONCE = 2**13
_MOST_COMBINATIONS = 64
_WORDS = 0xA0761D6478BD642F  # any seed


def linear_region_leaders(arrangement: Arrangement, classes: AffineClasses, steps: Steps) -> Index:
    """Return (regions,) for each region the first region of its linear region."""
    if len(classes) == len(classes.numbers):
        for _ in range(STAGES):
            steps.begin()
        return np.arange(len(classes))
    joining = _Joining(arrangement, classes, steps)
    joining.by_free_flips()
    joining.by_witnesses()
    joining.by_linear_programs()
    return joining.leaders()


class _Joining:
    """The cells that share their map with another, and the sets that they have been joined to.

    The cells are those of the reduced program, whose function is the same (`exactgeo.complexes.reductions`), and all
    arrays are over them. Of each only one region is known that lies in it.
    """

    def __init__(self, arrangement: Arrangement, classes: AffineClasses, steps: Steps) -> None:
        self._arrangement, self._steps = arrangement, steps
        self._bounds = Bounds.of(arrangement.domain)
        reduction = reduced(arrangement.program, classes.patterns)
        self._program = reduction.program
        self._forms = LayeredForms(self._program)
        self._bundles = Bundles.of(self._program)
        self._all = np.arange(len(classes.numbers))
        self._members = np.flatnonzero(np.bincount(classes.numbers)[classes.numbers] > 1)
        patterns = np.ascontiguousarray(classes.patterns[self._members][:, reduction.units])
        firsts, self._cells = _distinct(patterns)
        self._regions, self._patterns = self._members[firsts], patterns[firsts]
        self._classes = classes.numbers[self._regions]
        self._leaders = np.arange(len(firsts))
        self._starts = self._program.units.starts
        self._words = words_of(len(self._program.units.values))
        self._keys = np.zeros(len(firsts), dtype=np.int64)
        self._table = np.full(2 << (2 * len(firsts)).bit_length(), EMPTY, dtype=np.int64)
        put_keys(self._patterns, self._starts, self._words, self._keys, self._table)

    def leaders(self) -> Index:
        """Return (regions,) for each region the first one of its set."""
        put_leaders(self._leaders)
        result = self._all.copy()
        sets = self._leaders[self._cells]
        _, firsts, places = np.unique(sets, return_index=True, return_inverse=True)
        result[self._members] = self._members[firsts[places]]
        return result

    def by_free_flips(self) -> None:
        """Join cells that differ in a free bundle."""
        self._steps.begin()
        nothing = np.zeros((0, 3), dtype=np.int64)
        free = self._usable(self._bundles.free)
        for low in range(0, len(self._leaders), _AT_ONCE):
            self._steps.reach(low, len(self._leaders))
            self._find(free, low, self._leaders, nothing, joining=True)

    def by_witnesses(self) -> None:
        """Join cells that differ in another bundle, where the segment between their witnesses crosses a facet.

        First a spanning forest of all candidates is looked at, then those whose sets are apart still.
        """
        self._steps.begin()
        bound = self._usable(self._bundles.bound)
        descents = Descents(self._forms)
        crossings, points = self._crossings()
        for forest in (True, False):
            for pairs in self._pairs(bound, forest=forest):
                sure = crossings.found(pairs, self._patterns, points) if crossings else np.zeros(len(pairs), np.bool_)
                for first, second, _ in pairs[sure].tolist():
                    join(self._leaders, first, second)
                for first, second, bundle in pairs[~sure].tolist():
                    self._steps.reach(first, len(self._leaders))
                    if self._are_apart(first, second) and self._cross(first, second, bundle, descents):
                        join(self._leaders, first, second)

    def _crossings(self) -> tuple[Crossings | None, Floats]:
        """Return what finds facets by floats, if it may, and for each cell a point in it."""
        witnesses: Floats | None = getattr(self._arrangement.regions, "witness_array", None)
        if witnesses is None or not self._program.is_continuous:
            return None, np.zeros((0, self._program.inputs))
        return Crossings(self._program, self._arrangement.domain), witnesses[self._regions]

    def by_linear_programs(self) -> None:
        """Join all other cells that meet in a facet."""
        self._steps.begin()
        put_leaders(self._leaders)
        descents = Descents(self._forms)
        asked, known = self._open()
        asked = asked[self._may_be_asked(asked)]
        places = {tuple(self._patterns[k].tolist()): k for k in known.tolist()}
        for done, member in enumerate(asked.tolist()):
            self._steps.reach(done, len(asked))
            if self._sets[self._classes[member]] > 1:
                self._ask(member, descents, places)

    def _usable(self, bundles: Index) -> Index:
        return bundles if self._program.is_continuous else bundles[~self._bundles.mixed[bundles]]

    def _open(self) -> tuple[Index, Index]:
        """Count the sets of each class, and return the members to be asked, and those that may be across."""
        self._sets = np.bincount(self._classes[self._leaders == np.arange(len(self._leaders))])
        known = np.flatnonzero(self._sets[self._classes] > 1)
        sizes = np.bincount(self._leaders, minlength=len(self._leaders))
        order = np.argsort(sizes[self._leaders[known]], kind="stable")
        largest = np.zeros(len(self._sets), dtype=np.int64)
        largest[self._classes[known[order]]] = self._leaders[known[order]]  # the last one stays
        return known[self._leaders[known] != largest[self._classes[known]]], known

    def _may_be_asked(self, asked: Index) -> npt.NDArray[np.bool_]:
        """Return which cells may meet one of another set of their class: not those of which flips tell all."""
        if not self._program.is_continuous:
            return np.ones(len(asked), dtype=np.bool_)
        near = np.zeros(len(self._leaders), dtype=np.bool_)
        for pairs in self._pairs(np.arange(len(self._bundles.mixed)), forest=False):
            near[pairs[:, :2]] = True
        return near[asked] | ~are_simple(self._program, self._patterns[asked], self._bundles)

    def _ask(self, member: int, descents: Descents, places: dict[Pattern, int]) -> None:
        """Join a cell to those of its class that it meets in a facet."""
        arrangement = self._arrangement
        domain = arrangement.domain.inequalities
        choices: defaultdict[Row, list[tuple[int, int]]] = defaultdict(list)
        for unit, rival, row in descents.comparisons(self._patterns[member].tolist()):
            choices[row].append((unit, rival))
        flat = choices.pop((0,) * (self._program.inputs + 1), [])
        rows = tuple(row for row in choices if not self._bounds.imply(row))
        for hyperplane in rows:
            if hyperplane in domain or not self._may_lead_on(member, choices[hyperplane] + flat, places):
                continue
            others = tuple(row for row in domain + rows if row != hyperplane)
            answer = SOLVER.strict_feasibility(self._program.inputs, others, (hyperplane,))
            if isinstance(answer, InteriorPoint):
                for other in self._across(member, hyperplane, others, answer.point, places):
                    self._sets[self._classes[member]] -= join(self._leaders, member, other)

    def _across(
        self, member: int, hyperplane: Row, others: tuple[Row, ...], point: Point, places: dict[Pattern, int]
    ) -> Iterator[int]:
        """Yield the members of the same class and other sets that { others > 0, hyperplane = 0 } joins to a cell."""
        if self._program.is_continuous:
            other = places.get(pattern_beside(self._forms, hyperplane, point))
            if other is not None and self._could_join(member, other):
                yield other
            return
        affine_map = None
        for cell in walk(self._forms, others, Germ(hyperplane, -1)):
            other = places.get(cell.branch.pattern)
            if other is not None and self._could_join(member, other):
                affine_map = affine_map or descend(self._forms, self._patterns[member].tolist())[0].outputs()
                if _holds_on(self._forms, cell.rows, hyperplane, affine_map):
                    yield other

    def _could_join(self, member: int, other: int) -> bool:
        return bool(self._classes[other] == self._classes[member]) and self._are_apart(member, other)

    def _may_lead_on(self, member: int, choices: list[tuple[int, int]], places: dict[Pattern, int]) -> bool:
        """Whether a cell of the same class, in another set, may lie across a hyperplane.

        Args:
            member: the cell.
            choices: the units, with rivals of their pieces, whose comparisons are multiples of the hyperplane, or 0.
            places: the cells by pattern.
        """
        if not self._program.is_continuous:
            return True
        candidate = self._patterns[member].tolist()
        options: dict[int, list[int]] = {}
        for unit, rival in choices:
            options.setdefault(unit, [candidate[unit]]).append(rival)
        if math.prod(map(len, options.values())) > _MOST_COMBINATIONS:
            return True
        for pieces in product(*options.values()):
            for unit, piece in zip(options, pieces, strict=True):
                candidate[unit] = piece
            other = places.get(tuple(candidate))
            if other is not None and self._could_join(member, other):
                return True
        return False

    def _pairs(self, bundles: Index, *, forest: bool) -> Iterator[Index]:
        """Yield arrays of pairs (cell, other, bundle) of cells that differ in one of some bundles, and are apart.

        Args:
            bundles: which.
            forest: whether to leave out pairs that would be joined if all those before them in their array were.
        """
        found = np.zeros((max(_AT_ONCE, len(bundles)), 3), dtype=np.int64)
        low = 0
        while len(bundles) and low < len(self._leaders):
            self._steps.reach(low, len(self._leaders))
            leaders = self._leaders.copy() if forest else self._leaders
            low, count = self._find(bundles, low, leaders, found, joining=forest)
            yield found[:count]

    def _find(self, bundles: Index, low: int, leaders: Index, found: Index, *, joining: bool) -> tuple[int, int]:
        arrays = (self._patterns, self._classes, leaders, self._keys, self._table, self._starts, self._words)
        high = min(low + _AT_ONCE, len(leaders))
        choices, starts = self._bundles.choices, self._bundles.starts
        reached, count = find_flips(*arrays, choices, starts, bundles, low, high, found, joining)
        return int(reached), int(count)

    def _cross(self, first: int, second: int, bundle: int, descents: Descents) -> bool:
        """Whether the segment between two witnesses crosses a facet that a bundle's hyperplane holds."""
        arrangement = self._arrangement
        x, y = (arrangement.regions[int(self._regions[k])].witness for k in (first, second))
        choices = self._bundles.bundle(bundle)
        comparisons = descents.comparisons(self._patterns[first].tolist())
        row = next(row for unit, rival, row in comparisons if (unit, rival) == (choices[0][0], choices[0][2]))
        start, end = evaluate_row(row, x), evaluate_row(row, y)
        if not start > 0 > end:
            return False
        z = tuple(a + start / (start - end) * (b - a) for a, b in zip(x, y, strict=True))
        if self._program.is_continuous:
            others = {other for _, _, other in comparisons if any(other)} - {row}
        else:
            exchanged = {(unit, piece) for unit, *pieces in choices for piece in pieces}
            comparisons += descents.comparisons(self._patterns[second].tolist())
            others = {other for *choice, other in comparisons if any(other) and tuple(choice) not in exchanged}
        return all(value > 0 for value in evaluate_rows(others, z))

    def _are_apart(self, first: int, second: int) -> bool:
        return bool(are_apart(self._leaders, first, second))


def words_of(pieces: int) -> Index:
    """Return a word for each piece, whatever it is."""
    return np.random.default_rng(_WORDS).integers(-(2**63), 2**63, size=pieces, dtype=np.int64)


def _holds_on(forms: LayeredForms, rows: Sequence[Row], hyperplane: Row, affine_map: Sequence[AffineForm]) -> bool:
    """Whether the network has the map's values on some open part of { rows > 0, hyperplane = 0 }."""
    on_facet = walk(forms, rows, Germ(hyperplane, 0))
    return any(_agree(cell.branch.outputs(), affine_map, hyperplane) for cell in on_facet)


def _agree(first: Sequence[AffineForm], second: Sequence[AffineForm], hyperplane: Row) -> bool:
    """Whether two affine maps are equal on a hyperplane."""
    differences = (primitive((a - b).numerators) for a, b in zip(first, second, strict=True))
    return all(not any(row) or multiple_of(row, hyperplane) for row in differences)


def _distinct(patterns: Patterns) -> tuple[Index, Index]:
    """Return the first place of each distinct pattern, and for each pattern the number of its own."""
    if not patterns.shape[1]:
        return np.arange(min(1, len(patterns))), np.zeros(len(patterns), dtype=np.int64)
    rows = patterns.view(np.dtype((np.void, patterns.itemsize * patterns.shape[1]))).ravel()
    _, firsts, places = np.unique(rows, return_index=True, return_inverse=True)
    order = np.argsort(firsts)
    numbers = np.empty(len(order), dtype=np.int64)
    numbers[order] = np.arange(len(order))
    return firsts[order], numbers[places]
