"""What is claimed: which regions there are, that a property holds in all, which facets are a boundary or a skeleton."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import sub

from exactgeo.arithmetic.affine import AffineForm, Row, negated
from exactgeo.complexes import CellComplex, DecisionBoundary, Facet, Safe, Skeleton, Violation
from exactgeo.enumeration.arrangements import Arrangement, PartialArrangement
from exactgeo.errors import InvalidArgument


@dataclass(frozen=True, slots=True)
class ListedFacet:
    """A facet that the claim lists.

    Attributes:
        here: the number of the cell on the hyperplane's positive side: the one whose pattern comes later.
        hyperplane: its primitive row.
        there: the number of the cell on the negative side.
        jumps: by how much more the functions looked at are here.
    """

    here: int
    hyperplane: Row
    there: int
    jumps: tuple[AffineForm, ...]


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim, as a certificate makes it.

    Attributes:
        text: what it is about (proofs/FORMAT.md, section 3).
        arrangement: the regions.
        cells: theirs, if facets are claimed.
        facets: those claimed, in the order in which a certificate comes to them.
    """

    text: str
    arrangement: Arrangement
    cells: CellComplex | None = None
    facets: tuple[ListedFacet, ...] = ()


Certifiable = Arrangement | PartialArrangement | Safe | Violation | DecisionBoundary | Skeleton


def claim_of(found: Certifiable) -> Claim:
    """Return the claim that something is all that there is.

    Raises:
        InvalidArgument: for a partial arrangement: there is nothing complete to certify; for a violation.
    """
    if isinstance(found, PartialArrangement):
        raise InvalidArgument(f"a partial arrangement cannot be certified ({found.reason}): raise the limit")
    if isinstance(found, Arrangement):
        return Claim("activation-regions", found)
    if isinstance(found, Violation):
        raise InvalidArgument(f"the property does not hold, and cannot be certified: row {found.row} is exceeded")
    if isinstance(found, Safe):
        return Claim("safety", found.arrangement)
    if isinstance(found, DecisionBoundary):
        listed = [_listed(piece.facet) for piece in found.pieces]
        return Claim("boundary", found.cells.arrangement, found.cells, _sorted(listed))
    creases = [_listed(crease.facet, crease.positive, crease.negative) for crease in found.creases]
    kinds = {"output": found.output, "unit": found.unit}
    which = "".join(f" {kind} {number:x}" for kind, number in kinds.items() if number is not None)
    return Claim(f"skeleton{which}", found.cells.arrangement, found.cells, _sorted(creases))


def pairs(row: Row) -> Iterator[tuple[int, int]]:
    """Yield the entries of a row that are not 0, with their numbers."""
    yield from ((k, value) for k, value in enumerate(row) if value)


def seen_from_later(facet: Facet) -> tuple[int, Row, int]:
    """Return, of the cells beside an interior facet, the later one, the row that is positive there, and the other."""
    there, here = sorted(facet.cells)
    return here, facet.hyperplane if facet.positive == here else negated(facet.hyperplane), there


def _listed(facet: Facet, positive: Sequence[AffineForm] = (), negative: Sequence[AffineForm] = ()) -> ListedFacet:
    here, hyperplane, there = seen_from_later(facet)
    before, after = (negative, positive) if facet.positive == here else (positive, negative)
    return ListedFacet(here, hyperplane, there, tuple(map(sub, after, before)))


def _sorted(facets: Sequence[ListedFacet]) -> tuple[ListedFacet, ...]:
    return tuple(sorted(facets, key=lambda facet: (facet.here, list(pairs(facet.hyperplane)), facet.there)))
