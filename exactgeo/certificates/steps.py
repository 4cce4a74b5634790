"""The steps of a certificate (proofs/FORMAT.md, sections 4 and 5)."""

from dataclasses import dataclass

from exactgeo.arithmetic.rationals import Point

IntegerMultipliers = tuple[tuple[int, int], ...]
"""Pairs (index of a constraint, multiplier > 0), by increasing index."""


@dataclass(frozen=True, slots=True)
class Node:
    """Branch on the next unit."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A point of the cell, or in the relative interior of a facet."""

    witness: Point


@dataclass(frozen=True, slots=True)
class Empty:
    """The constraints contradict one another."""

    multipliers: IntegerMultipliers


@dataclass(frozen=True, slots=True)
class NoFacet:
    """The constraints contradict one another on a hyperplane.

    Attributes:
        factor: the multiplier, of any sign, of the hyperplane's row.
        multipliers: of the constraints.
    """

    factor: int
    multipliers: IntegerMultipliers


@dataclass(frozen=True, slots=True)
class Flat:
    """The piece's selector is the same form as that of a lesser piece."""

    equal: int


Step = Node | Cell | Empty | NoFacet | Flat
