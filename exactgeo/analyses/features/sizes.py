"""How many features it takes at least to settle a class."""

from dataclasses import dataclass

from exactgeo.arithmetic.rationals import Point, Rational


@dataclass(frozen=True, slots=True)
class SizeBound:
    """A proof that every sufficient set of features has at least so many.

    Where all features are free, the class leads its rival by at least `base` only, and fixing feature j adds its gain
    g_j >= 0. If the size - 1 greatest gains do not lift that above 0, then no set of so many features does.

    Attributes:
        size: the bound.
        rival: of which class.
        greatest: size - 1 features; none of the others has a greater gain than any of these.
    """

    size: int
    rival: int
    greatest: tuple[int, ...]

    def holds(self, base: Rational, gains: Point) -> bool:
        """Whether the bound follows from the rival's base and gains (`Situation.gains`)."""
        if self.size == 0:
            return not self.greatest
        chosen = set(self.greatest)
        if len(chosen) != self.size - 1 or not chosen <= set(range(len(gains))):
            return False
        least = min((gains[j] for j in chosen), default=None)
        rest = [gain for j, gain in enumerate(gains) if j not in chosen]
        is_greatest = least is None or all(gain <= least for gain in rest)
        return is_greatest and sum((gains[j] for j in chosen), base) <= 0


def size_bound(rival: int, base: Rational, gains: Point) -> SizeBound:
    """Return the greatest bound that a rival gives: one more than how many of the greatest gains do not suffice."""
    total, greatest = base, []
    for j in sorted(range(len(gains)), key=lambda j: (-gains[j], j)):
        if total > 0:
            break
        greatest.append(j)
        total += gains[j]
    return SizeBound(len(greatest), rival, tuple(greatest[:-1]))
