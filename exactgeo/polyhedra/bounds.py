"""What a polyhedron's rows with a single variable say: bounds of the coordinates."""

from collections.abc import Sequence
from dataclasses import dataclass

from exactgeo.arithmetic.affine import Row, negated
from exactgeo.arithmetic.rationals import Rational
from exactgeo.polyhedra.polyhedron import Polyhedron


@dataclass(frozen=True, slots=True)
class Bounds:
    """Bounds of the coordinates, None where there is none.

    Attributes:
        lower: the greatest lower bound of each coordinate.
        upper: the least upper bound of each coordinate.
        rows: the indices of the rows that are bounds.
    """

    lower: tuple[Rational | None, ...]
    upper: tuple[Rational | None, ...]
    rows: frozenset[int]

    @classmethod
    def of(cls, polyhedron: Polyhedron) -> "Bounds":
        """Return the bounds among a polyhedron's inequalities."""
        lower: list[Rational | None] = [None] * polyhedron.dimension
        upper: list[Rational | None] = [None] * polyhedron.dimension
        rows = set()
        for index, (constant, *linear) in enumerate(polyhedron.inequalities):
            used = [k for k, value in enumerate(linear) if value]
            if len(used) != 1:
                continue
            k = used[0]
            bound = Rational(-constant, linear[k])
            old = (lower if linear[k] > 0 else upper)[k]
            if linear[k] > 0:
                lower[k] = bound if old is None else max(old, bound)
            else:
                upper[k] = bound if old is None else min(old, bound)
            rows.add(index)
        return cls(tuple(lower), tuple(upper), frozenset(rows))

    def supremum(self, row: Sequence[int]) -> Rational | None:
        """Return the least upper bound of b + a.x within the bounds, None if there is none."""
        total = Rational(row[0])
        for value, low, high in zip(row[1:], self.lower, self.upper, strict=True):
            if value:
                bound = high if value > 0 else low
                if bound is None:
                    return None
                total += value * bound
        return total

    def refute(self, row: Sequence[int]) -> bool:
        """Whether b + a.x > 0 holds nowhere within the bounds, as they alone can tell."""
        supremum = self.supremum(row)
        return supremum is not None and supremum <= 0

    def imply(self, row: Row) -> bool:
        """Whether b + a.x > 0 all over the interior of the bounds, as they alone can tell (the row is not 0)."""
        return self.refute(negated(row))
