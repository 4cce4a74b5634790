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
   are looked at where residues prove that these patterns differ in one bundle (`simple_cells`).

**Exactness**: exact.
"""

import numpy as np

from exactgeo.arithmetic.affine import evaluate_row, evaluate_rows
from exactgeo.complexes.descents import Descents
from exactgeo.complexes.fingerprints.maps import AffineClasses
from exactgeo.complexes.joining.asking import join_by_linear_programs
from exactgeo.complexes.joining.crossings import Crossings
from exactgeo.complexes.joining.known_cells import KnownCells
from exactgeo.complexes.steps import Steps
from exactgeo.enumeration.arrangements import Arrangement
from exactgeo.networks.forms import Index

STAGES = 3
"""Of `linear_region_leaders`."""


def linear_region_leaders(arrangement: Arrangement, classes: AffineClasses, steps: Steps) -> Index:
    """Return (regions,) for each region the first region of its linear region."""
    if len(classes) == len(classes.numbers):
        for _ in range(STAGES):
            steps.begin()
        return np.arange(len(classes))
    cells = KnownCells(arrangement, classes, steps)
    for join in (join_by_free_flips, join_by_witnesses, join_by_linear_programs):
        steps.begin()
        join(cells)
    return cells.leading_regions()


def join_by_free_flips(cells: KnownCells) -> None:
    """Join cells that differ in a free bundle."""
    cells.join_flips(_usable(cells, cells.bundles.free))


def join_by_witnesses(cells: KnownCells) -> None:
    """Join cells that differ in another bundle, where the segment between their witnesses crosses a facet.

    First a spanning forest of all candidates is looked at, then those whose sets are apart still.
    """
    bundles = _usable(cells, cells.bundles.bound)
    descents, tried = Descents(cells.forms), set()
    crossings = Crossings(cells.program, cells.domain) if cells.program.is_continuous else None
    for forest in (True, False):
        for pairs in cells.pairs(bundles, forest=forest):
            found = (
                crossings.found(pairs, cells.patterns, cells.points) if crossings else np.zeros(len(pairs), np.bool_)
            )
            for first, second, _ in pairs[found].tolist():
                cells.join(first, second)
            for first, second, bundle in pairs[~found].tolist():
                cells.steps.reach(first, len(cells))
                if cells.are_apart(first, second) and (first, second) not in tried:
                    tried.add((first, second))
                    if _is_crossed(cells, first, second, bundle, descents):
                        cells.join(first, second)


def _usable(cells: KnownCells, bundles: Index) -> Index:
    return bundles if cells.program.is_continuous else bundles[~cells.bundles.mixed[bundles]]


def _is_crossed(cells: KnownCells, first: int, second: int, bundle: int, descents: Descents) -> bool:
    """Whether the segment between two cells' witnesses crosses a facet that a bundle's hyperplane holds."""
    x, y = cells.region(first).witness, cells.region(second).witness
    choices = cells.bundles.bundle(bundle)
    comparisons = descents.comparisons(cells.patterns[first].tolist())
    row = next(row for unit, rival, row in comparisons if (unit, rival) == (choices[0][0], choices[0][2]))
    start, end = evaluate_row(row, x), evaluate_row(row, y)
    if not start > 0 > end:
        return False
    z = tuple(a + start / (start - end) * (b - a) for a, b in zip(x, y, strict=True))
    if cells.program.is_continuous:
        others = {other for _, _, other in comparisons if any(other)} - {row}
    else:
        exchanged = {(unit, piece) for unit, *pieces in choices for piece in pieces}
        comparisons += descents.comparisons(cells.patterns[second].tolist())
        others = {other for *choice, other in comparisons if any(other) and tuple(choice) not in exchanged}
    return all(value > 0 for value in evaluate_rows(others, z))
