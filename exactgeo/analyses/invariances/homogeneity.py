"""Whether a network scales with its input."""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from exactgeo.arithmetic.affine import Row, evaluate_row
from exactgeo.arithmetic.rationals import Point, Rational
from exactgeo.enumeration import DEFAULT_ENGINE, Arrangement, PartialArrangement, enumerate_regions, is_exact
from exactgeo.enumeration.budgets import Budget
from exactgeo.errors import BudgetExhausted, InvalidArgument
from exactgeo.networks import Program, evaluate
from exactgeo.polyhedra import Polyhedron

_POINTS = 12


@dataclass(frozen=True, slots=True)
class Homogeneous:
    """A network with f(t x) = t f(x) for all x and all t > 0.

    Attributes:
        arrangement: its regions in all of R^n, in each of which it is linear; None if no form of it has a constant.
    """

    arrangement: Arrangement | None


@dataclass(frozen=True, slots=True)
class Inhomogeneous:
    """A point at which a network does not scale.

    Attributes:
        point: x.
        factor: t > 0.
        scaled: f(t x).
        expected: t f(x), which is another value.
    """

    point: Point
    factor: Rational
    scaled: Point
    expected: Point


def positive_homogeneity(
    program: Program, *, engine: str = DEFAULT_ENGINE, budget: Budget | None = None
) -> Homogeneous | Inhomogeneous:
    """Decide whether f(t x) = t f(x) for all x and all t > 0.

    *Proof*: if no form has a constant, all entries of the environment of t x are t times those of x, unit by unit, for
    t > 0 changes no comparison: f is homogeneous, whether it jumps or not. Otherwise look at the regions in R^n. If f
    is A x + b in one with b != 0, then f(t x) - t f(x) = (1 - t) b for t near 1. If every b is 0 and f is continuous,
    take x off all hyperplanes on which regions end: those hold finitely many points of its ray { t x : t > 0 }, between
    which f(t x) / t is constant, as f(t x) = t A x there; being continuous, it is constant on the whole ray. Such x are
    dense, and f is continuous. (That is Euler's theorem: f is homogeneous if and only if its gradient times x is f.)

    Args:
        program: the network.
        engine: which finds the regions; an exact one.
        budget: when to stop.

    Raises:
        BudgetExhausted: if the budget ends before this is decided.
        InvalidArgument: for an engine that is not exact; for a network that jumps, and has constants, but is linear in
            all regions: its values where they end are not looked at.

    **Exactness**: exact. **Complexity**: that of finding all regions, if there are constants and no point of a few that
    are tried shows the contrary.

    >>> from exactgeo import relu_network
    >>> positive_homogeneity(relu_network([[[1, 2], [3, -1]], [[1, 1]]]))
    Homogeneous(arrangement=None)
    >>> isinstance(positive_homogeneity(relu_network([[[1]], [[1]]], [[1], [0]])), Inhomogeneous)
    True
    """
    if not is_exact(engine):
        raise InvalidArgument(f"the engine {engine!r} promises nothing, and so decides nothing: choose an exact one")
    if not any(np.any(forms.entries == 0) for forms in (program.units.forms, program.outputs)):
        return Homogeneous(None)
    for x, factor in _tried(program.inputs):
        evidence = _scaled(program, x, factor)
        if evidence.scaled != evidence.expected:
            return evidence
    found = enumerate_regions(program, Polyhedron(program.inputs), engine=engine, budget=budget)
    for region in found:
        if any(form.numerators[0] for form in found.affine_map(region)):
            return _scaled(program, region.witness, _factor_within(found.rows(region), region.witness))
    if isinstance(found, PartialArrangement):
        raise BudgetExhausted(
            f"nothing is decided: {found.reason}, the first {len(found):,} regions being linear", found
        )
    if not program.is_continuous:
        raise InvalidArgument(
            "the network has units that jump, and constants, and is linear in all regions: whether it scales where "
            "regions end is not decided"
        )
    return Homogeneous(found)


def _scaled(program: Program, x: Point, factor: Rational) -> Inhomogeneous:
    """Return f(t x) and t f(x)."""
    scaled = evaluate(program, tuple(factor * value for value in x)).outputs
    expected = tuple(factor * value for value in evaluate(program, x).outputs)
    return Inhomogeneous(x, factor, scaled, expected)


def _factor_within(rows: Iterable[Row], x: Point) -> Rational:
    """Return a factor above 1 with which a point of a region stays in it, rows being positive there."""
    step = Rational(1)
    for row in rows:
        value = evaluate_row(row, x)
        change = value - row[0]
        if change < 0:
            step = min(step, -value / (2 * change))
    return 1 + step


def _tried(dimension: int) -> Iterator[tuple[Point, Rational]]:
    chance = random.Random(0)  # noqa: S311 (a sample, not a secret)
    for _ in range(_POINTS):
        x = tuple(Rational(chance.randint(-8, 8), 8) for _ in range(dimension))
        yield from ((x, Rational(2)), (x, Rational(1, 2)))
