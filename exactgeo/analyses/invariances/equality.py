"""Whether two networks are the same function, at every point."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from exactgeo.arithmetic.affine import Row, negated
from exactgeo.arithmetic.rationals import Point, Rational
from exactgeo.complexes import Property, Safe, Violation, cell_complex, decide
from exactgeo.enumeration import DEFAULT_ENGINE, Arrangement
from exactgeo.enumeration.budgets import Budget
from exactgeo.errors import DimensionMismatch
from exactgeo.networks import Program, ProgramBuilder, evaluate, restrict
from exactgeo.networks.forms import SparseForms
from exactgeo.polyhedra import Domain, Polyhedron
from exactgeo.polyhedra.boxes import domain_polyhedron
from exactgeo.polyhedra.charts import Chart


@dataclass(frozen=True, slots=True)
class Equal:
    """Two networks with the same outputs at every point of a domain.

    Attributes:
        safe: that in every region of the network of their differences no output is more or less than 0. If both
            networks are continuous, that is all.
        flats: if not, in how many affine subspaces, where regions end, the differences were looked at, too.

    **Certificate**: `certify(equal.safe)`, of the regions.
    """

    safe: Safe
    flats: int


@dataclass(frozen=True, slots=True)
class Different:
    """A point at which two networks differ.

    Attributes:
        point: in the domain.
        first: the first network's outputs there.
        second: the other one's.
    """

    point: Point
    first: Point
    second: Point


def equality(
    first: Program,
    second: Program,
    domain: Domain,
    *,
    engine: str = DEFAULT_ENGINE,
    budget: Budget | None = None,
) -> Equal | Different:
    """Decide whether two networks have the same outputs everywhere in a domain.

    *Method*: the differences are 0 in all their regions, which are dense in the domain; if they are continuous, that
    settles it. If not, every point that lies in no region lies on the border of a region's closure, for these closures
    cover the domain; hence on a hyperplane that holds a facet of one. So the two networks are compared on the part of
    the domain in each such hyperplane, as networks of fewer inputs, and so on, down to points, where a gate is what it
    is when its selectors are equal.

    Args:
        first: a network, continuous or not.
        second: another one, with as many inputs and outputs.
        domain: a closed polyhedron with interior points, its border included.
        engine: which finds the regions; an exact one.
        budget: when to stop.

    Raises:
        DimensionMismatch: if networks and domain do not fit one another.
        BudgetExhausted: if the budget ends first.
        InvalidArgument: for an engine that is not exact, or networks that jump and have more than nine inputs.

    **Exactness**: exact. **Complexity**: for networks that jump, exponential in the number of inputs.

    >>> from exactgeo import Box, gated_network, relu_network
    >>> bent, straight = relu_network([[[1], [-1]], [[1, -1]]]), relu_network([[["1"]]])
    >>> isinstance(equality(bent, straight, Box.cube(1)), Equal)  # relu(x) - relu(-x) is x
    True
    >>> opened, closed = gated_network([[[1]]], [[[0]], [[1]]], biases=[[1], [0]]), relu_network([[[0]]], [[1]])
    >>> str(equality(opened, closed, Box((0,), (1,))).point[0])  # 1[x > 0] is 1, but at 0
    '0'
    """
    if (first.inputs, first.output_count) != (second.inputs, second.output_count):
        raise DimensionMismatch(
            f"a network of {first.inputs} inputs and {first.output_count} outputs is not compared with one of "
            f"{second.inputs} inputs and {second.output_count} outputs"
        )
    whole = domain_polyhedron(domain, first.inputs)
    difference = _difference(first, second)
    answer = _vanishes(difference, whole, engine, budget)
    if isinstance(answer, Violation):
        return _different(first, second, answer.point)
    if first.is_continuous and second.is_continuous:
        return Equal(answer, 0)
    seen: set[tuple[Row, ...]] = set()
    waiting: list[tuple[Row, ...]] = [(row,) for row in _borders(answer.arrangement, budget)]
    while waiting:
        part = Polyhedron(whole.dimension, whole.inequalities, waiting.pop()).irredundant()
        is_empty = any(not any(row[1:]) for row in part.inequalities)
        if is_empty or part.equations in seen:
            continue
        seen.add(part.equations)
        chart = Chart(part.equations)
        x, rows = _compared(difference, part, chart, engine, budget)
        if x is not None:
            return _different(first, second, chart.lifted(x))
        waiting += [(*part.equations, chart.extended(row)) for row in rows]
    return Equal(answer, len(seen))


def _difference(first: Program, second: Program) -> Program:
    builder = ProgramBuilder(first.inputs)
    inputs = SparseForms.variables(np.arange(1, 1 + first.inputs))
    return builder.build(builder.add_program(first, inputs) + -builder.add_program(second, inputs))


def _vanishes(difference: Program, domain: Polyhedron, engine: str, budget: Budget | None) -> Safe | Violation:
    """Decide whether all outputs are 0 in all regions."""
    nothing = [0] * (1 + difference.inputs)
    outputs = range(difference.output_count)
    rows = [(*nothing, *(sign * (i == k) for i in outputs)) for k in outputs for sign in (1, -1)]
    return decide(difference, domain, Property(tuple(rows)), engine=engine, budget=budget)


def _compared(
    difference: Program, part: Polyhedron, chart: Chart, engine: str, budget: Budget | None
) -> tuple[Point | None, Sequence[Row]]:
    """Return a point of a flat part of the domain where a difference is not 0, or else where the part's regions end."""
    origin = chart.lifted((Rational(0),) * len(chart.axes))
    if not chart.axes:
        return (() if any(evaluate(difference, origin).outputs) else None), ()
    ends = [chart.lifted(tuple(Rational(int(i == k)) for i in chart.axes)) for k in chart.axes]
    directions = [[end[axis] - start for end in ends] for axis, start in enumerate(origin)]
    inside = Polyhedron(len(chart.axes), tuple(map(chart.restricted, part.inequalities)))
    answer = _vanishes(restrict(difference, directions, list(origin)), inside, engine, budget)
    if isinstance(answer, Violation):
        return answer.point, ()
    return None, tuple(_borders(answer.arrangement, budget))


def _borders(regions: Arrangement, budget: Budget | None) -> Iterator[Row]:
    """Yield the hyperplanes that hold facets of regions' closures, those of the domain's border among them."""
    shapes = cell_complex(regions, budget).shapes
    yield from {max(row, negated(row)): None for shape in shapes for row in shape.rows}


def _different(first: Program, second: Program, x: Point) -> Different:
    return Different(x, evaluate(first, x).outputs, evaluate(second, x).outputs)
