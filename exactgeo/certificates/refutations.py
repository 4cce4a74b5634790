"""Short evidence that linear constraints contradict one another."""

import math
from collections.abc import Iterator, Sequence

from exactgeo.arithmetic.affine import Row
from exactgeo.arithmetic.rationals import Rational, shown
from exactgeo.errors import InternalError
from exactgeo.polyhedra import Polyhedron
from exactgeo.polyhedra.bounds import Bounds
from exactgeo.polyhedra.polyhedron import SOLVER
from exactgeo.polyhedra.solvers import InteriorPoint, Multipliers

IntegerMultipliers = tuple[tuple[int, int], ...]
"""Pairs (index of a constraint, multiplier > 0), by increasing index."""

_BITS = (2, 4, 8, 16, 32, 64, 128)


def refute(domain: Polyhedron, bounds: Bounds, constraints: Sequence[Row]) -> IntegerMultipliers | InteriorPoint:
    """Show that no point has every constraint > 0, or return a point that does.

    Args:
        domain: where; its inequalities stand at the head of `constraints`.
        bounds: those of the domain.
        constraints: primitive rows.

    Returns:
        Multipliers with which the constraints sum to a form that is <= 0 within the bounds (proofs/FORMAT.md,
        Empty): as short as a few attempts at rounding the exact ones make them.

    **Exactness**: exact. **Source**: Farkas, 1902; Motzkin's transposition theorem for strict inequalities.
    """
    for index in range(len(constraints) - 1, len(domain.inequalities) - 1, -1):
        if bounds.refute(constraints[index]):
            return ((index, 1),)
    # What the bounds imply is a combination of the bounds, so a refutation can do without it.
    of_domain = len(domain.inequalities)
    used = [i for i, row in enumerate(constraints) if i < of_domain or not bounds.imply(row)]
    answer = SOLVER.strict_feasibility(domain.dimension, [constraints[index] for index in used])
    if isinstance(answer, InteriorPoint):
        return answer
    exact = tuple((used[index], value) for index, value in answer.multipliers)
    for short in _shortened(exact, bounds):
        if bounds.refute(_combination(constraints, short)):
            return short
    raise InternalError(f"exact multipliers do not refute within the bounds: {' '.join(map(shown, constraints))}")


def _shortened(multipliers: Multipliers, bounds: Bounds) -> Iterator[IntegerMultipliers]:
    """Yield ever closer integer multiples of the multipliers, without those of bounds, and at last the exact ones."""
    needed = [(index, value) for index, value in multipliers if index not in bounds.rows]
    for bits in _BITS:
        if needed:
            yield _integers([(index, _rounded(value, bits)) for index, value in needed])
    if needed:
        yield _integers(needed)
    yield _integers(multipliers)


def _rounded(value: Rational, bits: int) -> Rational:
    """Return a positive rational rounded to so many significant bits."""
    exponent = value.numerator.bit_length() - value.denominator.bit_length() - bits
    power = Rational(2) ** exponent
    return max(round(value / power), 1) * power


def _integers(multipliers: Sequence[tuple[int, Rational]]) -> IntegerMultipliers:
    common = math.lcm(*(int(value.denominator) for _, value in multipliers))
    values = [int(value * common) for _, value in multipliers]
    divisor = math.gcd(*values)
    return tuple((index, value // divisor) for (index, _), value in zip(multipliers, values, strict=True))


def _combination(constraints: Sequence[Row], multipliers: IntegerMultipliers) -> Row:
    chosen = [(constraints[index], value) for index, value in multipliers]
    return tuple(sum(row[k] * value for row, value in chosen) for k in range(len(constraints[0])))
