"""Short evidence that linear constraints contradict one another."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from exactgeo.arithmetic.affine import Row, evaluate_rows, primitive_row
from exactgeo.arithmetic.rationals import Point, Rational, shown
from exactgeo.certificates.steps import IntegerMultipliers
from exactgeo.errors import InternalError
from exactgeo.polyhedra import Polyhedron
from exactgeo.polyhedra.bounds import Bounds
from exactgeo.polyhedra.points import shortened
from exactgeo.polyhedra.solvers import InteriorPoint

if TYPE_CHECKING:
    from exactgeo.enumeration.certified.programs.refuting import Multipliers

_BITS = (2, 4, 8, 16, 32)


class Constraints:
    """The constraints of a step and of those above it, and evidence where they contradict one another.

    Floats propose the multipliers, rounded short; what is returned has been added up exactly.

    Args:
        domain: full-dimensional; its inequalities are the first constraints.

    Attributes:
        rows: primitive.
    """

    def __init__(self, domain: Polyhedron) -> None:
        from exactgeo.enumeration.certified.programs.refuting import RowPath  # noqa: PLC0415 (numba is slow to load)

        self.rows: list[Row] = list(domain.inequalities)
        self._bounds = Bounds.of(domain.dimension, domain.inequalities)
        self._path = RowPath(self._bounds)
        self._used: list[int] = []  # by places on the path
        self._seen = 0

    def truncate(self, count: int) -> None:
        """Take the constraints behind the first ones away."""
        del self.rows[count:]
        self._seen = min(self._seen, count)
        while self._used and self._used[-1] >= count:
            self._used.pop()
        self._path.truncate(len(self._used))

    def extend(self, rows: Sequence[Row]) -> None:
        """Put constraints behind the others."""
        self.rows += rows

    def shortened(self, point: Point) -> Point | None:
        """Return a short point near a given one at which every constraint is > 0; None if the given one is none."""
        others = [row for index, row in enumerate(self.rows) if index not in self._bounds.rows]
        if not self._bounds.surround(point) or any(value <= 0 for value in evaluate_rows(others, point)):
            return None
        return shortened(point, others, self._bounds)

    def refute(self, first: int) -> IntegerMultipliers | InteriorPoint:
        """Show that no point has every constraint > 0, or return a point that does.

        Args:
            first: the constraints before this one have a point in common at which all are > 0.

        Returns:
            Multipliers with which the constraints sum to a form that is <= 0 within the bounds (proofs/FORMAT.md,
            Empty), as short as a few attempts at rounding make them.

        **Exactness**: exact. **Source**: Farkas, 1902; Motzkin's transposition theorem for strict inequalities.
        """
        for index in range(len(self.rows) - 1, first - 1, -1):
            if self._bounds.refute(self.rows[index]):
                return ((index, 1),)
        self._catch_up()
        for proposal in self._path.proposals():
            for short in self._shortened(proposal):
                if self._is_proof(short):
                    return short
        evidence = self._path.evidence()
        if isinstance(evidence, InteriorPoint):
            return evidence
        for short in (*self._shortened(evidence.multipliers), _integers(self._named(evidence.multipliers))):
            if self._is_proof(short):
                return short
        raise InternalError(f"exact multipliers do not refute within the bounds: {' '.join(map(shown, self.rows))}")

    def _catch_up(self) -> None:
        """Put on the path what is not there yet; what the bounds imply is a combination of them, and not needed."""
        for index in range(self._seen, len(self.rows)):
            row = self.rows[index]
            if index not in self._bounds.rows and not self._bounds.imply(row):
                self._used.append(index)
                self._path.append(row)
        self._seen = len(self.rows)

    def _named(self, multipliers: "Multipliers") -> list[tuple[int, Rational]]:
        return [(self._used[place], value) for place, value in multipliers]

    def _shortened(self, multipliers: "Multipliers") -> Iterator[IntegerMultipliers]:
        """Yield ever closer integer multiples of multipliers."""
        named = self._named(multipliers)
        for bits in _BITS:
            yield _integers([(index, _rounded(value, bits)) for index, value in named])

    def _is_proof(self, multipliers: IntegerMultipliers) -> bool:
        chosen = [(self.rows[index], value) for index, value in multipliers]
        total = [sum(row[k] * value for row, value in chosen) for k in range(len(chosen[0][0]))]
        return self._bounds.refute(total)


def _rounded(value: Rational, bits: int) -> Rational:
    """Return a positive rational rounded to so many significant bits."""
    exponent = value.numerator.bit_length() - value.denominator.bit_length() - bits
    power = Rational(2) ** exponent
    return max(round(value / power), 1) * power


def _integers(multipliers: Sequence[tuple[int, Rational]]) -> IntegerMultipliers:
    values = primitive_row(value for _, value in multipliers)
    return tuple((index, value) for (index, _), value in zip(multipliers, values, strict=True))
