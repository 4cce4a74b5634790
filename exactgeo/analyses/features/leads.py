"""What a sufficient subset says, as a safety property of the last layer, which can be certified."""

from dataclasses import dataclass

from exactgeo.analyses.features.sufficiency import SufficientSubset
from exactgeo.arithmetic.rationals import Point, Rational
from exactgeo.complexes import Property, Safe, Violation, decide
from exactgeo.enumeration import Budget
from exactgeo.errors import InternalError, InvalidArgument
from exactgeo.networks.slices import Slice
from exactgeo.polyhedra import Box


@dataclass(frozen=True, slots=True)
class Lead:
    """That a class leads every rival by a margin, wherever the features outside a sufficient subset are in their box.

    Attributes:
        subset: whose statement this is.
        free: the features that vary: those outside of it that may be more than 0, in the order of the slice's
            coordinates.
        cut: all features as these vary, the others being as in the image (or 0, where they may be nothing else).
        safe: that on the slice, with each free feature between 0 and its bound, each rival's margin is at most the
            lead: margin - z_c + z_rival <= 0. Each is attained, at `Situation.worst`.

    **Certificate**: `certify(safe, source=ModelSource(…, cut=cut, property=safe.property, starts_at=node))`.
    """

    subset: SufficientSubset
    free: tuple[int, ...]
    cut: Slice
    safe: Safe


def lead(found: SufficientSubset, *, budget: Budget | None = None) -> Lead:
    """Return a sufficient subset's statement as a safety property of the last layer on a slice.

    Raises:
        InvalidArgument: if no feature is free, so that there is nothing to prove but the image's own class.
        BudgetExhausted: if the budget ends first.

    **Exactness**: exact. One linear program for each rival.
    """
    situation = found.situation
    layer, label = situation.layer, situation.label
    free = tuple(j for j, most in enumerate(situation.upper) if most and j not in found.subset)
    if not free:
        raise InvalidArgument("no feature outside the subset may vary: there is a point to evaluate, and no box")
    origin = tuple(Rational(0) if j in free else value for j, value in enumerate(situation.features))
    cut = Slice(origin, tuple(_unit(j, layer.features) for j in free))
    rows = []
    for rival, margin in found.margins:
        of_outputs = [Rational((c == rival) - (c == label)) for c in range(layer.classes)]
        rows.append((margin, *[Rational(0)] * len(free), *of_outputs))
    box = Box((0,) * len(free), tuple(situation.upper[j] for j in free))
    decided = decide(cut.applied(layer.program()), box, Property(tuple(rows)), engine="reference", budget=budget)
    if isinstance(decided, Violation):
        raise InternalError("the features of a sufficient subset do not settle the class")
    return Lead(found, free, cut, decided)


def _unit(number: int, dimension: int) -> Point:
    return tuple(Rational(int(k == number)) for k in range(dimension))
