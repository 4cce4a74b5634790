"""Exact strict feasibility of rational linear inequalities, by a primal simplex method on integers.

To decide whether row.(1, x) > 0 has a common solution for all rows, maximise t subject to row.(1, x) >= t and
1 >= t, with x and t free.  There is a solution exactly when t becomes positive.  Pivots are chosen by Bland's rule
(R. G. Bland, New finite pivoting rules for the simplex method, 1977), which cannot cycle.  The dictionary is kept in
integers over one common denominator, and every pivot divides by the previous denominator without remainder
(J. Edmonds 1967, E. H. Bareiss 1968: the entries are minors of the data).

No answer rests on the method: a point is substituted into all rows, and an infeasible system is refuted by
nonnegative multipliers, not all zero, whose combination of the rows is a constant <= 0.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from .affine import ZERO, Affine, IntRow, Number, combine, primitive, solve_equations, substitute

Point = tuple[Fraction, ...]


@dataclass(frozen=True)
class Outcome:
    """Either a point at which all rows are positive, or (point None) the multipliers that refute the rows."""

    point: Point | None
    multipliers: IntRow


def strictly_feasible(
    rows: Sequence[Sequence[Number]], equations: Sequence[Sequence[Number]] = (), dimension: int | None = None
) -> Point | None:
    """A rational point x with row.(1, x) > 0 for all rows and equation.(1, x) = 0 for all equations, or None.

    A row (b, a1, .., an) stands for b + a.x.  The number n is `dimension` if given, else it is read from the row
    length, and is 0 if there are neither rows nor equations.  For n = 0 the point is (), so compare with None.
    Exact: the equations are eliminated by Gauss-Jordan, the rest is the integer simplex; the answer is checked
    against the rows and equations as given.
    """
    size = _dimension([*rows, *equations], dimension)
    solution = solve_equations(equations, size)
    if solution.frame is None:
        return None
    scaled = [primitive(substitute(row, solution.frame)) for row in rows]
    outcome = solve([row for row, _ in scaled], len(solution.frame[0]) - 1)
    if outcome.point is None:
        multipliers = [value * factor for value, (_, factor) in zip(outcome.multipliers, scaled, strict=True)]
        _check_refutation(rows, equations, multipliers, solution.pivots, size + 1)
        return None
    lifted = tuple(_value(form, outcome.point) for form in solution.frame[1:])
    assert all(_value(row, lifted) > 0 for row in rows)
    assert all(_value(row, lifted) == 0 for row in equations)
    return lifted


def solve(rows: Sequence[IntRow], dimension: int) -> Outcome:
    """Decide row.(1, x) > 0 for all integer rows; exact, and checked before it is returned."""
    if not rows:
        return Outcome((ZERO,) * dimension, ())
    dictionary = _start([*rows, (1,) + (0,) * dimension], dimension)
    _maximise(dictionary)
    if dictionary.rows[0][0] > 0:
        return Outcome(_read_point(dictionary, rows), ())
    return Outcome(None, _read_multipliers(dictionary, rows))


@dataclass
class _Dictionary:
    """denominator * (basic variable) = row.(1, nonbasic variables); row 0 belongs to t.

    Variables: 0 is t, 1..dimension is x, dimension + 1 + i is the slack row_i.(1, x) - t >= 0.
    Column 0 holds the constants and has no variable.
    """

    rows: list[list[int]]
    basic: list[int]
    nonbasic: list[int]
    dimension: int
    denominator: int


def _start(rows: Sequence[IntRow], dimension: int) -> _Dictionary:
    """The feasible dictionary at x = 0, t = the least constant: t is solved from that row."""
    least = min(range(len(rows)), key=lambda index: rows[index][0])
    top = rows[least]
    body, basic = [[*top, -1]], [0]
    for index, row in enumerate(rows):
        if index != least:
            body.append([*(value - other for value, other in zip(row, top, strict=True)), 1])
            basic.append(dimension + 1 + index)
    nonbasic = [-1, *range(1, dimension + 1), dimension + 1 + least]
    return _Dictionary(body, basic, nonbasic, dimension, 1)


def _maximise(dictionary: _Dictionary) -> None:
    """Pivot by Bland's rule until t is positive or optimal.

    A free x enters at most once, in either direction, and never leaves; from then on Bland's theorem applies.
    The row 1 >= t always blocks, so the programme is bounded.
    """
    while dictionary.rows[0][0] <= 0:
        column = _entering(dictionary)
        if column is None:
            return
        _pivot(dictionary, _leaving(dictionary, column), column)


def _entering(dictionary: _Dictionary) -> int | None:
    """The column of the least variable that can increase t: a slack going up, a free variable going either way."""
    best = None
    for column, gain in enumerate(dictionary.rows[0]):
        variable = dictionary.nonbasic[column]
        can_gain = gain > 0 or (gain < 0 and variable <= dictionary.dimension)
        if column and can_gain and (best is None or variable < dictionary.nonbasic[best]):
            best = column
    return best


def _leaving(dictionary: _Dictionary, column: int) -> int:
    """The row of the slack that first reaches zero as the column's variable moves; ties: the least variable."""
    up = dictionary.rows[0][column] > 0
    best, best_value, best_rate = 0, 0, 0
    for index, row in enumerate(dictionary.rows):
        rate = -row[column] if up else row[column]
        if rate <= 0 or dictionary.basic[index] <= dictionary.dimension:
            continue
        order = row[0] * best_rate - best_value * rate if best else -1
        if order < 0 or (order == 0 and dictionary.basic[index] < dictionary.basic[best]):
            best, best_value, best_rate = index, row[0], rate
    assert best > 0
    return best


def _pivot(dictionary: _Dictionary, leaving: int, column: int) -> None:
    """Exchange the row's and the column's variables; fraction-free, the division by the denominator is exact."""
    rows, old = dictionary.rows, dictionary.denominator
    source = rows[leaving]
    new = abs(source[column])
    sign = 1 if source[column] > 0 else -1
    for index, row in enumerate(rows):
        factor = sign * row[column]
        if index == leaving:
            continue
        if factor:
            rows[index] = [(new * value - factor * other) // old for value, other in zip(row, source, strict=True)]
            rows[index][column] = factor
        elif new != old:
            rows[index] = [new * value // old for value in row]
    rows[leaving] = [-sign * value for value in source]
    rows[leaving][column] = sign * old
    dictionary.denominator = new
    dictionary.basic[leaving], dictionary.nonbasic[column] = dictionary.nonbasic[column], dictionary.basic[leaving]


def _read_point(dictionary: _Dictionary, rows: Sequence[IntRow]) -> Point:
    """The dictionary's x, checked by substitution into the rows."""
    scaled = [dictionary.denominator] + [0] * dictionary.dimension
    for variable, row in zip(dictionary.basic, dictionary.rows, strict=True):
        if 1 <= variable <= dictionary.dimension:
            scaled[variable] = row[0]
    assert scaled[0] > 0
    assert all(sum(value * entry for value, entry in zip(row, scaled, strict=True)) > 0 for row in rows)
    return tuple(Fraction(value, scaled[0]) for value in scaled[1:])


def _read_multipliers(dictionary: _Dictionary, rows: Sequence[IntRow]) -> IntRow:
    """The refutation: minus the coefficients of t on the slacks, checked by summing the rows."""
    first = dictionary.dimension + 1
    multipliers = [0] * (len(rows) + 1)
    for variable, value in zip(dictionary.nonbasic[1:], dictionary.rows[0][1:], strict=True):
        if variable >= first:
            multipliers[variable - first] = -value
    multipliers.pop()  # of the row 1 >= t, which has slack at an optimum t <= 0; the check does not rely on it
    assert min(multipliers) >= 0 and any(multipliers)
    total = [sum(m * row[column] for m, row in zip(multipliers, rows, strict=True)) for column in range(first)]
    assert total[0] <= 0 and not any(total[1:])
    return tuple(multipliers)


def _dimension(rows: Sequence[Sequence[Number]], dimension: int | None) -> int:
    """The common number of variables of the rows."""
    sizes = {len(row) - 1 for row in rows} | (set() if dimension is None else {dimension})
    if len(sizes) > 1 or min(sizes, default=0) < 0:
        raise ValueError(f"rows of different or impossible lengths: {sorted(sizes)} variables")
    return sizes.pop() if sizes else 0


def _value(row: Sequence[Number], point: Point) -> Fraction:
    """row.(1, point)."""
    return sum((a * x for a, x in zip(row[1:], point, strict=True)), Fraction(row[0]))


def _check_refutation(
    rows: Sequence[Sequence[Number]],
    equations: Sequence[Sequence[Number]],
    multipliers: Sequence[Fraction],
    pivots: dict[int, Affine],
    width: int,
) -> None:
    """Check on the data as given: multipliers >= 0, not all zero, and rows + equations sum to a constant <= 0."""
    assert min(multipliers) >= 0 and any(multipliers)
    total = combine(zip(multipliers, rows, strict=True), width)
    on_equations = combine(((-total[entry], weights) for entry, weights in pivots.items()), len(equations))
    rest = combine(zip(on_equations, equations, strict=True), width)
    combined = [value + other for value, other in zip(total, rest, strict=True)]
    assert combined[0] <= 0 and not any(combined[1:])
