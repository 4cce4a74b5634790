"""Short evidence that linear constraints contradict one another."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from exactgeo.arithmetic.affine import Row, evaluate_rows, primitive, primitive_row
from exactgeo.arithmetic.rationals import Point, shown
from exactgeo.certificates.steps import IntegerMultipliers
from exactgeo.errors import InternalError
from exactgeo.polyhedra import Polyhedron
from exactgeo.polyhedra.bounds import Bounds
from exactgeo.polyhedra.points import shortened
from exactgeo.polyhedra.solvers import InteriorPoint

if TYPE_CHECKING:
    from exactgeo.enumeration.certified.programs.exact import Refuted
    from exactgeo.enumeration.certified.programs.refuting import Proposal

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
        self._implied: list[bool] = [False] * len(self.rows)
        self._used: list[int] = []  # by places on the path
        self._seen = 0

    def truncate(self, count: int) -> None:
        """Take the constraints behind the first ones away."""
        del self.rows[count:], self._implied[count:]
        self._seen = min(self._seen, count)
        while self._used and self._used[-1] >= count:
            self._used.pop()
        self._path.truncate(len(self._used))

    def extend(self, rows: Sequence[Row], *, are_implied: bool = False) -> None:
        """Put constraints behind the others, which may be said to imply them."""
        self.rows += rows
        self._implied += [are_implied] * len(rows)

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
            named = [(self._used[place], mantissa, exponent) for place, mantissa, exponent in proposal]
            for bits in _BITS:
                short = _rounded(named, bits)
                if self._is_proof(short):
                    return short
        evidence = self._evidence()
        if isinstance(evidence, InteriorPoint):
            return evidence
        places, exact = zip(*evidence.multipliers, strict=True)
        named = [(self._used[place], value, 0) for place, value in zip(places, primitive_row(exact), strict=True)]
        for bits in (*_BITS, max(value.bit_length() for _, value, _ in named)):
            short = _rounded(named, bits)
            if self._is_proof(short):
                return short
        raise InternalError(f"exact multipliers do not refute within the bounds: {' '.join(map(shown, self.rows))}")

    def _catch_up(self) -> None:
        """Put on the path what is not there yet; what is implied is a combination of others, and not needed."""
        for index in range(self._seen, len(self.rows)):
            if index not in self._bounds.rows and not self._implied[index] and not self._bounds.imply(self.rows[index]):
                self._used.append(index)
                self._path.append(self.rows[index])
        self._seen = len(self.rows)

    def _evidence(self) -> "Refuted | InteriorPoint":
        """Return what is certain: multipliers of constraints on the path, or a point inside all constraints."""
        evidence = self._path.evidence()
        if isinstance(evidence, InteriorPoint) and any(
            value <= 0 for value in evaluate_rows(self.rows, evidence.point)
        ):
            self._path.truncate(0)  # not all that is said to be implied is
            self._used.clear()
            self._seen, self._implied = 0, [False] * len(self.rows)
            self._catch_up()
            evidence = self._path.evidence()
        return evidence

    def _is_proof(self, multipliers: IntegerMultipliers) -> bool:
        chosen = [(self.rows[index], value) for index, value in multipliers]
        total = [sum(row[k] * value for row, value in chosen) for k in range(len(chosen[0][0]))]
        return self._bounds.refute(total)


def _rounded(multipliers: "Proposal", bits: int) -> IntegerMultipliers:
    """Return integers that are nearly in the proportions of multipliers m 2^e > 0, each rounded to so many bits."""
    rounded = []
    for _, mantissa, exponent in multipliers:
        excess = max(0, mantissa.bit_length() - bits)
        rounded.append(((mantissa + (1 << excess >> 1)) >> excess, exponent + excess))
    least = min(exponent for _, exponent in rounded)
    values = primitive(mantissa << exponent - least for mantissa, exponent in rounded)
    return tuple((index, value) for (index, _, _), value in zip(multipliers, values, strict=True))
