"""What a network does along a path: exact functions of the path's parameter."""

from dataclasses import dataclass

from exactgeo.analyses.families.functions import PiecewiseLinear
from exactgeo.analyses.families.sensitivity import sensitivities
from exactgeo.arithmetic.rationals import Point, Rational
from exactgeo.complexes import cell_complex
from exactgeo.enumeration import DEFAULT_ENGINE, Arrangement, PartialArrangement, enumerate_regions
from exactgeo.enumeration.budgets import Budget
from exactgeo.errors import BudgetExhausted, DimensionMismatch
from exactgeo.networks import Program, evaluate
from exactgeo.networks.paths import Path, Segment
from exactgeo.networks.slices import Slice
from exactgeo.polyhedra import Box

_Lines = list[tuple[Rational, tuple[tuple[Rational, Rational], ...]]]
"""Where each stretch ends, and the slope and the intercept of each output on it."""


@dataclass(frozen=True, slots=True)
class Along:
    """A network along a path.

    Attributes:
        path: the path.
        functions: for each output the function r -> output at x(r).
        arrangements: for each of the path's segments the regions that it crosses, of the network restricted to its
            line, whose input is r; None where the path stands still. They can be certified.
        errors: for each output, by how much it differs at most from the output along the family that the path stands
            for; 0 if the path is that family.
    """

    path: Path
    functions: tuple[PiecewiseLinear, ...]
    arrangements: tuple[Arrangement | None, ...]
    errors: tuple[Rational, ...]


def along(program: Program, path: Path, *, engine: str = DEFAULT_ENGINE, budget: Budget | None = None) -> Along:
    """Return a network's outputs along a path as exact piecewise-linear functions.

    Args:
        program: the network, continuous or not.
        path: in its input space.
        engine: which finds the regions; an exact one.
        budget: when to stop.

    Raises:
        DimensionMismatch: if the path lies in another space.
        BudgetExhausted: if the budget ends first.
        InvalidArgument: for an engine that is not exact; for a discontinuous network along a path with an error.

    **Exactness**: exact. **Complexity**: the regions of a network with one input for each segment of the path.

    >>> from exactgeo import relu_network
    >>> kink = along(relu_network([[[1]], [[1]]]), Path.through([(-1,), (1,)])).functions[0]
    >>> [str(value) for value in kink.breaks]
    ['0', '1/2', '1']
    """
    if path.dimension != program.inputs:
        raise DimensionMismatch(
            f"the path lies in {path.dimension} dimensions, but the network has {program.inputs} inputs"
        )
    bounds = sensitivities(program) if path.error else (Rational(0),) * program.output_count
    arrangements: list[Arrangement | None] = []
    breaks, values, lines = [path.breaks[0]], [evaluate(program, path.corners[0]).outputs], []
    for segment, corner in zip(path.segments, path.corners[1:], strict=True):
        found = _regions(program, segment, engine, budget) if any(segment.step) else None
        arrangements.append(found)
        for end, own in _still(program, segment) if found is None else _moving(found):
            breaks.append(end)
            values.append(evaluate(program, corner if end == segment.high else segment(end)).outputs)
            lines.append(own)
    functions = tuple(
        PiecewiseLinear(tuple(breaks), tuple(line[k] for line in lines), tuple(value[k] for value in values)).merged()
        for k in range(program.output_count)
    )
    return Along(path, functions, tuple(arrangements), tuple(bound * path.error for bound in bounds))


def _regions(program: Program, segment: Segment, engine: str, budget: Budget | None) -> Arrangement:
    """Return the regions of the network on a segment's line."""
    on_line = Slice(segment.start, (segment.step,)).applied(program)
    found = enumerate_regions(on_line, Box((segment.low,), (segment.high,)), engine=engine, budget=budget)
    if isinstance(found, PartialArrangement):
        raise BudgetExhausted(f"the path is not done: {found.reason}", found)
    return found


def _moving(found: Arrangement) -> _Lines:
    """Return the stretches of a segment, one for each region that it crosses."""
    cells = cell_complex(found)
    ends = [max(Rational(vector[1], vector[0]) for vector in shape.generators) for shape in cells.shapes]
    maps = [tuple((form.coefficients[1], form.coefficients[0]) for form in forms) for forms in cells.affine_maps]
    return sorted(zip(ends, maps, strict=True))


def _still(program: Program, segment: Segment) -> _Lines:
    """Return the one stretch of a segment along which the input is the same."""
    outputs: Point = evaluate(program, segment.start).outputs
    return [(segment.high, tuple((Rational(0), value) for value in outputs))]
