"""What hyperplanes cut out: their traces on one another, within an open convex set, and all their intersections."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from exactgeo.arithmetic.affine import Row, evaluate_rows, negated, primitive_row
from exactgeo.arithmetic.matrices import echelon
from exactgeo.enumeration.budgets import Budget
from exactgeo.errors import BudgetExhausted
from exactgeo.polyhedra.bounds import Bounds
from exactgeo.polyhedra.charts import Chart, distinct_rows
from exactgeo.polyhedra.polyhedron import Polyhedron


@dataclass(frozen=True, slots=True)
class IntersectionFlat:
    """A non-empty intersection of some of an arrangement's hyperplanes.

    Attributes:
        dimension: of the affine subspace.
        equations: its reduced echelon form; none for the whole space.
        hyperplanes: the numbers of all hyperplanes that hold it, increasing.
        traces: the hyperplanes of the flat, in its chart's coordinates, in which the arrangement's others meet it.
        inside: rows in these coordinates that are > 0 in the part of the flat that is looked at.
    """

    dimension: int
    equations: tuple[Row, ...]
    hyperplanes: tuple[int, ...]
    traces: tuple[Row, ...]
    inside: tuple[Row, ...]

    @property
    def chart(self) -> Chart:
        """Coordinates of its own: some of the space's."""
        nothing = (0,) * (self.dimension + len(self.equations) + 1)
        return Chart([nothing, *self.equations])


@dataclass(frozen=True, slots=True)
class _Cut:
    """A flat while it is looked for.

    Its coordinates, without the last variable of one trace after the other, are those of its equations' chart: the
    variables left out are the last ones of the rows that vanish on it, whichever of them come first.

    Attributes:
        equations: of the flat, in the whole space.
        holding: the hyperplanes that hold it, as bits.
        traces: the hyperplanes' traces on the flat, and for each the hyperplanes that leave it, as bits.
        inside: rows that are > 0 in the part of the flat that is looked at.
    """

    equations: tuple[Row, ...]
    holding: int
    traces: dict[Row, int]
    inside: tuple[Row, ...]

    def finished(self, dimension: int) -> IntersectionFlat:
        """Return the flat."""
        numbers = tuple(k for k in range(self.holding.bit_length()) if self.holding >> k & 1)
        return IntersectionFlat(dimension, self.equations, numbers, tuple(sorted(self.traces)), self.inside)


def oriented(row: Row) -> Row:
    """Return the one of a row and its negative whose first non-zero entry is positive."""
    return max(row, negated(row))


def hyperplanes_among(rows: Iterable[Iterable[object]]) -> tuple[Row, ...]:
    """Return the hyperplanes { b + a.x = 0 }, none twice, sorted; rows without variables define none."""
    return tuple(sorted({oriented(row) for row in map(primitive_row, rows) if any(row[1:])}))


def traces(hyperplanes: Iterable[Row], chart: Chart) -> tuple[Row, ...]:
    """Return the hyperplanes in which others meet a flat that they do not hold, in its coordinates, none twice."""
    return hyperplanes_among(map(chart.restricted, hyperplanes))


def part_within(inside: Sequence[Row], chart: Chart) -> tuple[Row, ...] | None:
    """Return the part of a flat that lies in { inside > 0 }, as rows in its coordinates; None if there is none.

    **Exactness**: exact. **Complexity**: at most one linear program.
    """
    own = [chart.restricted(row) for row in inside]
    if any(row[0] <= 0 and not any(row[1:]) for row in own):
        return None
    rows = distinct_rows(own)
    return rows if _has_points(len(chart.axes), rows) else None


def demand_time(budget: Budget | None) -> None:
    """Raise BudgetExhausted if a budget has ended."""
    if budget is not None and (reason := budget.exhausted()):
        raise BudgetExhausted(f"the hyperplanes are not all looked at: {reason}", None)


def intersections(
    dimension: int, hyperplanes: Sequence[Row], inside: tuple[Row, ...], budget: Budget | None = None
) -> list[IntersectionFlat]:
    """Return the flats of an arrangement that meet the open set { inside > 0 }, the whole space first.

    *Proof that none is missing*: a flat that meets the set lies in flats of each greater dimension, and these meet it.

    **Exactness**: exact. **Complexity**: each pair of a flat and a hyperplane, and a linear program a flat at most.
    """
    whole = _Cut((), 0, {row: 1 << number for number, row in enumerate(hyperplanes)}, inside)
    level, found = [whole], [whole.finished(dimension)]
    for below in reversed(range(dimension)):
        level = _cut_once_more(level, hyperplanes, budget)
        found += [flat.finished(below) for flat in level]
    return found


def _cut_once_more(level: Sequence[_Cut], hyperplanes: Sequence[Row], budget: Budget | None) -> list[_Cut]:
    """Return the flats of one dimension less."""
    found: dict[int, _Cut | None] = {}
    for flat in level:
        demand_time(budget)
        for row, numbers in flat.traces.items():
            holding = flat.holding | numbers
            if holding in found:
                continue
            chart = Chart([row])
            inside = part_within(flat.inside, chart)
            if inside is None:
                found[holding] = None
                continue
            one = hyperplanes[(numbers & -numbers).bit_length() - 1]
            equations, _ = echelon([*flat.equations, one])
            found[holding] = _Cut(equations, holding, _traces_of(flat, chart), inside)
    return [flat for flat in found.values() if flat is not None]


def _traces_of(flat: _Cut, chart: Chart) -> dict[Row, int]:
    """Return the traces on a hyperplane of a flat, and which hyperplanes leave them."""
    if not chart.axes:
        return {}
    result: defaultdict[Row, int] = defaultdict(int)
    for row, numbers in flat.traces.items():
        trace = oriented(chart.restricted(row))
        if any(trace[1:]):
            result[trace] |= numbers
    return result


def _has_points(dimension: int, rows: Sequence[Row]) -> bool:
    """Whether some point has all rows > 0 (each has a variable)."""
    bounds = Bounds.of(dimension, rows)
    if not bounds.leave_room:
        return False
    if all(value > 0 for value in evaluate_rows(rows, bounds.inside())):
        return True
    return Polyhedron(dimension, tuple(rows)).interior_point() is not None
