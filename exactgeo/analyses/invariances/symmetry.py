"""Whether a network's outputs stay what they are when its input is changed by a matrix."""

import random
from collections.abc import Iterator
from typing import Any

from exactgeo.analyses.invariances.equality import Different, Equal, equality
from exactgeo.arithmetic.rationals import Point, Rational
from exactgeo.enumeration import DEFAULT_ENGINE
from exactgeo.enumeration.budgets import Budget
from exactgeo.networks import Program, evaluate, restrict
from exactgeo.networks.slices import Slice
from exactgeo.polyhedra import Domain, Polyhedron
from exactgeo.polyhedra.boxes import domain_polyhedron

_POINTS = 12


def symmetry(
    program: Program,
    matrix: Any,  # noqa: ANN401 (whatever exact_array accepts)
    domain: Domain | None = None,
    *,
    cut: Slice | None = None,
    engine: str = DEFAULT_ENGINE,
    budget: Budget | None = None,
) -> Equal | Different:
    """Decide whether f(T x) = f(x) for all x in a domain.

    A counterexample is looked for at a few points first; `equality` of the two networks decides.

    Args:
        program: the network f, continuous or not.
        matrix: T, of shape (inputs, inputs), such as `cyclic_shift` returns.
        domain: where x is taken from, all of R^n by default; in the slice's coordinates if there is one.
        cut: take x from this slice, such as `empty_border` returns.
        engine: which finds the regions; an exact one.
        budget: when to stop.

    Returns:
        Equal; or the point x, in the input space, with f(x) and f(T x).

    Raises:
        DimensionMismatch: if the matrix or the slice does not fit the network.
        BudgetExhausted, InvalidArgument: as `equality` does.

    **Exactness**: exact.

    >>> from exactgeo import relu_network
    >>> from exactgeo.analyses.invariances import cyclic_shift
    >>> both = relu_network([[[1, -1], [-1, 1]], [[1, 1]]])  # |x1 - x2|
    >>> isinstance(symmetry(both, cyclic_shift((2,), 0)), Equal)
    True
    """
    moved = restrict(program, matrix, [0] * program.inputs)
    if cut is not None:
        program, moved = cut.applied(program), cut.applied(moved)
    whole = Polyhedron(program.inputs) if domain is None else domain_polyhedron(domain, program.inputs)
    found = _searched(program, moved, whole) or equality(program, moved, whole, engine=engine, budget=budget)
    if cut is None or isinstance(found, Equal):
        return found
    return Different(cut.point(found.point), found.first, found.second)


def _searched(first: Program, second: Program, domain: Polyhedron) -> Different | None:
    """Return a point among a few at which two networks differ, None if there is none among them."""
    for x in _tried(first.inputs):
        if domain.contains(x):
            one, other = evaluate(first, x).outputs, evaluate(second, x).outputs
            if one != other:
                return Different(x, one, other)
    return None


def _tried(dimension: int) -> Iterator[Point]:
    chance = random.Random(0)  # noqa: S311 (a sample, not a secret)
    for _ in range(_POINTS):
        yield tuple(Rational(chance.randint(-8, 8), 8) for _ in range(dimension))
