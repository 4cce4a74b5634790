"""Features that settle an image's class, whatever the others do within their bounds."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from exactgeo.analyses.features.layer import LastLayer
from exactgeo.analyses.features.sizes import SizeBound, size_bound
from exactgeo.arithmetic.rationals import Point, Rational, point
from exactgeo.errors import DimensionMismatch, InvalidArgument

Margins = tuple[tuple[int, Rational], ...]
"""For each rival by how much the class exceeds it at least."""


@dataclass(frozen=True, slots=True)
class Situation:
    """A class at an image, and the box in which features vary.

    A set S of features suffices if the class's logit is greater than every other one at all h' with h'_j = h_j for j in
    S and 0 <= h'_j <= u_j for the others. A tie does not suffice.

    Since the logits are affine, the least lead over a rival, with z_c - z_c' = d + a.h, is taken where each free
    feature has the end of its interval that is worse: d + sum over S of a_j h_j + sum over the others of
    min(0, a_j u_j). S suffices exactly if this is > 0 for every rival. As a_j h_j >= min(0, a_j u_j), a larger set
    suffices if a smaller one does.

    Attributes:
        layer: the last layer.
        label: c.
        features: h.
        upper: u, with 0 <= h <= u.

    Raises:
        DimensionMismatch: if h or u does not have as many entries as the layer reads.
        InvalidArgument: if h is not between 0 and u, or there is no class c.
    """

    layer: LastLayer
    label: int
    features: Point
    upper: Point

    def __post_init__(self) -> None:
        object.__setattr__(self, "features", point(self.features))
        object.__setattr__(self, "upper", point(self.upper))
        self.layer.number(self.label)
        for values in (self.features, self.upper):
            if len(values) != self.layer.features:
                raise DimensionMismatch(f"{len(values)} values for {self.layer.features} features")
        for j, (value, most) in enumerate(zip(self.features, self.upper, strict=True)):
            if not 0 <= value <= most:
                raise InvalidArgument(f"feature {j} is {value}; between 0 and its bound {most} was expected")

    @property
    def rivals(self) -> tuple[int, ...]:
        """All classes but the one."""
        return tuple(c for c in range(self.layer.classes) if c != self.label)

    def worst(self, rival: int, subset: Collection[int]) -> Point:
        """Return the features at which the class leads its rival least: the others at their worse ends."""
        slopes = self.layer.advantage(self.label, rival).numerators[1:]
        return tuple(
            value if j in subset else most if slope < 0 else Rational(0)
            for j, (slope, value, most) in enumerate(zip(slopes, self.features, self.upper, strict=True))
        )

    def gains(self, rival: int) -> tuple[Rational, Point]:
        """Return the least lead over a rival where all features are free, and what fixing each of them adds to it."""
        constant, *slopes = self.layer.advantage(self.label, rival).coefficients
        least = [min(Rational(0), slope * most) for slope, most in zip(slopes, self.upper, strict=True)]
        own = zip(slopes, self.features, least, strict=True)
        return constant + sum(least, Rational(0)), tuple(slope * value - low for slope, value, low in own)

    def margins(self, subset: Collection[int]) -> Margins:
        """Return for each rival the least lead over it, where the features of a subset are as in the image."""
        found = []
        for rival in self.rivals:
            base, gains = self.gains(rival)
            found.append((rival, sum((gains[j] for j in subset), base)))
        return tuple(found)

    def suffices(self, subset: Collection[int]) -> bool:
        """Whether the features of a subset settle the class."""
        return all(margin > 0 for _, margin in self.margins(subset))


@dataclass(frozen=True, slots=True)
class SufficientSubset:
    """A sufficient set of features none of which can be left out, with what proves it.

    Attributes:
        situation: of which class at which image, in which box.
        subset: S, increasing.
        margins: for each rival the least lead over it, all > 0: S suffices.
        needed: for each j in S a rival over which the class does not lead at `situation.worst(rival, S without j)`:
            no set that leaves out j, and what S leaves out, suffices.
        bound: no sufficient set is smaller than this.
    """

    situation: Situation
    subset: tuple[int, ...]
    margins: Margins
    needed: tuple[tuple[int, int], ...]
    bound: SizeBound

    @property
    def is_least(self) -> bool:
        """Whether it is proved that no sufficient set has fewer features."""
        return len(self.subset) == self.bound.size

    def counterexample(self, feature: int) -> Point:
        """Return features, in the box, equal to the image's on S without one feature, at which the class does not win.

        Raises:
            InvalidArgument: for a feature that is not in S.
        """
        for own, rival in self.needed:
            if own == feature:
                return self.situation.worst(rival, [j for j in self.subset if j != feature])
        raise InvalidArgument(f"feature {feature} is not in the subset {self.subset}")

    def verify(self) -> bool:
        """Return whether all evidence holds; the layer is evaluated at the worst features of every rival."""
        layer, label = self.situation.layer, self.situation.label
        rivals = [rival for rival, _ in self.margins]
        if rivals != list(self.situation.rivals) or [j for j, _ in self.needed] != list(self.subset):
            return False
        for rival, margin in self.margins:
            logits = layer.logits(self.situation.worst(rival, self.subset))
            if not logits[label] - logits[rival] == margin > 0:
                return False
        for j, rival in self.needed:
            logits = layer.logits(self.counterexample(j))
            if rival == label or logits[label] > logits[rival]:
                return False
        return self.bound.holds(*self.situation.gains(self.bound.rival)) and self.bound.rival != label


def minimal_sufficient_subset(
    layer: LastLayer, features: Iterable[Any], upper: Iterable[Any], label: int | None = None
) -> SufficientSubset | None:
    """Return a sufficient set of features (see `Situation`) of which no proper subset suffices.

    From all features those are left out, one after another, without which the rest suffices: the one that contributes
    least to the class's logit (W_cj h_j) first, of equal ones the lesser number. A feature that was kept is needed: a
    smaller set does not suffice where a larger one did not.

    Args:
        layer: the last layer.
        features: h >= 0, the image's.
        upper: u >= h, how great each feature may be; `greatest_values` has those of a data set.
        label: the class; by default that of the image.

    Returns:
        The set, or None if not even all features settle the class: it is not alone the greatest at h.

    Raises:
        DimensionMismatch, InvalidArgument: as `Situation`.

    **Exactness**: exact. **Complexity**: features times classes.

    >>> found = minimal_sufficient_subset(LastLayer.of([[2, 1, 0], [0, 0, 1]]), (3, 1, 1), (4, 4, 4))
    >>> found.subset, found.is_least, found.verify()
    ((0,), True, True)
    """
    h = point(features)
    situation = Situation(layer, layer.classify(h) if label is None else label, h, point(upper))
    if not situation.suffices(range(layer.features)):
        return None
    of_rivals = {rival: situation.gains(rival) for rival in situation.rivals}
    margins = {rival: sum(gains, base) for rival, (base, gains) in of_rivals.items()}
    contributions = layer.contributions(h, situation.label)
    kept = []
    for j in sorted(range(layer.features), key=lambda j: (contributions[j], j)):
        without = {rival: margin - of_rivals[rival][1][j] for rival, margin in margins.items()}
        if min(without.values()) > 0:
            margins = without
        else:
            kept.append(j)
    subset = tuple(sorted(kept))
    needed = tuple((j, min((m - of_rivals[rival][1][j], rival) for rival, m in margins.items())[1]) for j in subset)
    bound = max((size_bound(rival, *own) for rival, own in of_rivals.items()), key=lambda own: (own.size, -own.rival))
    return SufficientSubset(situation, subset, tuple(margins.items()), needed, bound)


def greatest_values(images: Iterable[Point]) -> Point:
    """Return the greatest value of each feature that a data set has. Raises InvalidArgument for no images."""
    found = list(images)
    if not found:
        raise InvalidArgument("the greatest values of no images: at least one was expected")
    return tuple(max(values) for values in zip(*found, strict=True))
