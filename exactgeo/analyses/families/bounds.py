"""Bounds of a network along a path that hold for every parameter, in a form that can be certified."""

from collections.abc import Iterator
from dataclasses import dataclass

from exactgeo.analyses.families.along import Along
from exactgeo.arithmetic.rationals import Point, Rational
from exactgeo.complexes import Property, Safe, Violation, cell_complex, decide
from exactgeo.enumeration import DEFAULT_ENGINE
from exactgeo.enumeration.budgets import Budget
from exactgeo.errors import InternalError
from exactgeo.networks import Program, compose, evaluate
from exactgeo.networks.paths import path_program
from exactgeo.polyhedra import Box
from exactgeo.polyhedra.shapes import point_of


@dataclass(frozen=True, slots=True)
class Bounds:
    """Bounds of a network along a path.

    Attributes:
        safe: that they hold in all regions of the network along the path, a network of one input r: its property has
            two rows y - sup <= 0 and inf - y <= 0 for each output y, and, if the output is to measure r, two more rows
            y - r - error <= 0 and r - y - error <= 0.
        places: what is left, the network's outputs at finitely many parameters, evaluated exactly; they, too, keep to
            the bounds. None are left if network and path are continuous: then the regions imply the rest.
    """

    safe: Safe
    places: tuple[tuple[Rational, Point], ...]

    @property
    def is_everywhere(self) -> bool:
        """Whether a certificate of `safe` proves the bounds for every parameter, so that nothing is left."""
        return not self.places


def bounds(
    program: Program,
    found: Along,
    *,
    measures: bool = False,
    engine: str = DEFAULT_ENGINE,
    budget: Budget | None = None,
) -> Bounds:
    """Return the least upper and greatest lower bounds of each output along a path.

    That no better ones hold is shown by the places where the functions have them as values or limits
    (`PiecewiseLinear.supremum`, `infimum`, `greatest_error`).

    Args:
        program: the network.
        found: what it does along a path. If the path stands for another family, the bounds are those along the path
            itself; `Along.errors` says what to add.
        measures: whether the greatest difference from the parameter is bounded, too.
        engine: which finds the regions; an exact one.
        budget: when to stop.

    Raises:
        BudgetExhausted: if the budget ends first.
        InvalidArgument: for an engine that is not exact.

    **Exactness**: exact. **Certificate**: `certify(bounds.safe)`.
    """
    path = found.path
    on_path = compose(program, path_program(path))
    required = Property(tuple(_rows(found, measures=measures)))
    safe = decide(on_path, Box(path.breaks[:1], path.breaks[-1:]), required, engine=engine, budget=budget)
    if isinstance(safe, Violation):
        raise InternalError(f"row {safe.row} of the bounds along a path is exceeded at {safe.point[0]}")
    if path.is_continuous and on_path.is_continuous:
        return Bounds(safe, ())
    return Bounds(safe, tuple(_left(program, found, safe)))


def _rows(found: Along, *, measures: bool) -> Iterator[Point]:
    count = len(found.functions)
    for k, function in enumerate(found.functions):
        own = tuple(Rational(int(i == k)) for i in range(count))
        minus = tuple(-value for value in own)
        yield (-function.supremum().value, Rational(0), *own)
        yield (function.infimum().value, Rational(0), *minus)
        if measures:
            error = function.greatest_error().value
            yield (-error, Rational(-1), *own)
            yield (-error, Rational(1), *minus)


def _left(program: Program, found: Along, safe: Safe) -> Iterator[tuple[Rational, Point]]:
    """Yield the parameters that lie in no region, or at which the path may have a corner apart, with the outputs."""
    shapes = cell_complex(safe.arrangement).shapes
    ends = {point_of(vector)[0] for shape in shapes for vector in shape.generators}
    for r in sorted({*ends, *found.path.breaks}):
        outputs = evaluate(program, found.path.at(r)).outputs
        if max(safe.property.values((r,), outputs)) > 0:
            raise InternalError(f"the bounds along a path are exceeded at {r}")
        yield r, outputs
