"""Affine forms b + a.x with rational coefficients, and their primitive integer rows."""

import math
import operator
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from exactgeo.arithmetic.rationals import Point, Rational, point, rational

Row = tuple[int, ...]
"""Integers (b, a1, …, an) that stand for b + a1 x1 + … + an xn."""


@dataclass(frozen=True, slots=True)
class AffineForm:
    """The affine form (b + a1 x1 + … + an xn) / d, in lowest terms, so that equal forms are equal objects.

    Attributes:
        numerators: (b, a1, …, an), integers.
        denominator: d > 0, with gcd(d, b, a1, …, an) = 1.
    """

    numerators: Row
    denominator: int

    @classmethod
    def reduced(cls, numerators: Iterable[int], denominator: int) -> "AffineForm":
        """Return the form numerators / denominator (denominator > 0) in lowest terms."""
        row = tuple(numerators)
        divisor = math.gcd(denominator, *row)
        if divisor == 1:
            return cls(row, denominator)
        return cls(tuple(value // divisor for value in row), denominator // divisor)

    @classmethod
    def of(cls, coefficients: Iterable[object]) -> "AffineForm":
        """Return the form with the rational coefficients (b, a1, …, an)."""
        values = [rational(value) for value in coefficients]
        common = math.lcm(*(int(value.denominator) for value in values))
        return cls(tuple(int(value.numerator) * (common // int(value.denominator)) for value in values), common)

    @property
    def coefficients(self) -> Point:
        """(b, a1, …, an) as rationals."""
        return tuple(Rational(value, self.denominator) for value in self.numerators)

    def __call__(self, coordinates: Iterable[object]) -> Rational:
        """Return the form's exact value at a point, given by whatever `rational` accepts."""
        return evaluate_row(self.numerators, point(coordinates)) / self.denominator

    def __sub__(self, other: "AffineForm") -> "AffineForm":
        common = math.lcm(self.denominator, other.denominator)
        left, right = common // self.denominator, common // other.denominator
        pairs = zip(self.numerators, other.numerators, strict=True)
        return AffineForm.reduced((a * left - b * right for a, b in pairs), common)

    def above(self, other: "AffineForm") -> Row:
        """Return the primitive row that is > 0 where this form exceeds another (0 if the two are equal)."""
        if not any(other.numerators):  # as of many units one selector is 0
            return primitive(self.numerators)
        left, right = other.denominator, self.denominator
        if left == right:
            return primitive(map(operator.sub, self.numerators, other.numerators))
        return primitive(a * left - b * right for a, b in zip(self.numerators, other.numerators, strict=True))


def primitive(row: Iterable[int]) -> Row:
    """Return the positive multiple of an integer row whose entries have gcd 1 (the zero row stays)."""
    entries = tuple(row)
    divisor = math.gcd(*entries)
    return entries if divisor <= 1 else tuple(entry // divisor for entry in entries)


def primitive_row(coefficients: Iterable[object]) -> Row:
    """Return the primitive integer row that is a positive multiple of the rational coefficients (b, a1, …, an)."""
    row = tuple(coefficients)
    if all(type(value) is int for value in row):  # as most are
        return primitive(row)  # type: ignore[arg-type]
    return primitive(AffineForm.of(row).numerators)


def negated(row: Row) -> Row:
    """Return the row -b - a.x."""
    return tuple(-entry for entry in row)


def evaluate_row(row: Row, point: Sequence[Rational]) -> Rational:
    """Return b + a.x at a point of as many coordinates as the row has variables."""
    total = Rational(row[0])
    for coefficient, coordinate in zip(row[1:], point, strict=True):
        if coefficient:
            total += coefficient * coordinate
    return total


def evaluate_rows(rows: Iterable[Row], point: Sequence[Rational]) -> Iterator[int]:
    """Yield the values of integer rows at a point, all times the point's common denominator (> 0).

    The signs are those of the values; scaling once makes a long list of rows cheap to look at.
    """
    common = math.lcm(*(int(value.denominator) for value in point))
    scaled = [common, *(int(value.numerator) * (common // int(value.denominator)) for value in point)]
    for row in rows:
        if len(row) != len(scaled):
            raise ValueError(
                f"a row of {len(row) - 1} variables has no value at a point of {len(scaled) - 1} coordinates"
            )
        yield sum(map(operator.mul, row, scaled))


def multiple_of(row: Row, other: Row) -> int:
    """Return the sign of the factor t with row = t * other, 0 if there is none, for primitive rows (other is not 0)."""
    if row == other:
        return 1
    return -1 if row == negated(other) else 0
