"""Activation regions, linear regions and affine pieces of a small program, by enumeration of all patterns.

Exact throughout: affine forms are Fractions, a cell is non-empty exactly when the simplex method of this package
finds a point, and every such answer carries a checked certificate.  Domains are rows (b, a1, .., an) that stand for
b + a.x >= 0; their common solution set should be full-dimensional (if it is not, there are no cells).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product

from .affine import Affine, Frame, IntRow, Number, combine, identity_frame, primitive, solve_equations, substitute
from .program import Form, Pattern, Program, Unit
from .simplex import solve

Rows = Sequence[Sequence[Number]]
AffineMap = tuple[Affine, ...]


@dataclass(frozen=True)
class _State:
    """A program read up to some unit: the environment's forms in (1, u), and the rows that must be positive."""

    environment: Frame
    rows: tuple[IntRow, ...]

    @property
    def is_empty(self) -> bool:
        """Whether no u makes all rows positive; decided by the exact simplex method."""
        return solve(self.rows, len(self.environment[0]) - 1).point is None


@dataclass(frozen=True)
class _Cell:
    """A non-empty cell: its rows (all > 0 inside, all >= 0 on the closure) and its affine map."""

    pattern: Pattern
    rows: frozenset[IntRow]
    outputs: AffineMap


def brute_force_patterns(program: Program, rows: Rows, prune: bool = False) -> set[Pattern]:
    """The patterns with a non-empty cell.

    Without `prune` every pattern is tested, each by one linear programme on its own rows.  With `prune` the
    extensions of a prefix whose rows are already infeasible are skipped.
    """
    return {cell.pattern for cell in _cells(program, rows, prune)}


def brute_force_counts(program: Program, rows: Rows, prune: bool = False) -> tuple[int, int, int]:
    """(activation regions, linear regions, affine pieces).

    Linear regions are the classes of cells with the same affine map under the closure of `_joined`.
    """
    cells = _cells(program, rows, prune)
    by_map: dict[AffineMap, list[_Cell]] = {}
    for cell in cells:
        by_map.setdefault(cell.outputs, []).append(cell)
    linear_regions = sum(_count_classes(program, group) for group in by_map.values())
    return len(cells), linear_regions, len(by_map)


def brute_force_cells(program: Program, rows: Rows) -> dict[Pattern, tuple[tuple[IntRow, ...], Frame]]:
    """For each pattern with a non-empty cell, its rows and the forms that the environment's entries are there."""
    start = _State(identity_frame(program.inputs), _domain_interior(rows, program.inputs))
    return {pattern: (state.rows, state.environment) for pattern, state in _search(program, start)}


def _cells(program: Program, rows: Rows, prune: bool) -> list[_Cell]:
    """The non-empty cells in the domain."""
    start = _State(identity_frame(program.inputs), _domain_interior(rows, program.inputs))
    states = _search(program, start) if prune else _scan(program, start)
    return [_Cell(pattern, frozenset(state.rows), _outputs(program, state)) for pattern, state in states]


def _domain_interior(rows: Rows, dimension: int) -> tuple[IntRow, ...]:
    """Rows that are positive exactly on the interior of the domain: a constant row b >= 0 says nothing."""
    for row in rows:
        if len(row) != dimension + 1:
            raise ValueError(f"a domain row has {len(row)} entries instead of {dimension + 1}")
    return _distinct(primitive(row)[0] for row in rows if any(row[1:]) or row[0] < 0)


def _scan(program: Program, start: _State) -> Iterator[tuple[Pattern, _State]]:
    """Test every pattern.  The states of the prefixes are kept from one pattern to the next, untested."""
    path = [start]
    previous: Pattern = ()
    for pattern in product(*(range(len(unit)) for unit in program.units)):
        same = next((k for k, (a, b) in enumerate(zip(pattern, previous, strict=False)) if a != b), len(previous))
        del path[same + 1 :]
        for unit, piece in zip(program.units[same:], pattern[same:], strict=True):
            path.append(_extend(path[-1], unit, piece))
        previous = pattern
        if not path[-1].is_empty:
            yield pattern, path[-1]


def _search(program: Program, state: _State, prefix: Pattern = ()) -> Iterator[tuple[Pattern, _State]]:
    """Depth-first over the prefixes, each tested before it is extended."""
    if state.is_empty:
        return
    if len(prefix) == len(program.units):
        yield prefix, state
        return
    unit = program.units[len(prefix)]
    for piece in range(len(unit)):
        yield from _search(program, _extend(state, unit, piece), (*prefix, piece))


def _extend(state: _State, unit: Unit, piece: int) -> _State:
    """Choose a piece of the next unit.

    Its selector must exceed every other selector that is a different affine form.  An equal one of a higher index
    says nothing; an equal one of a lower index forbids the choice, which the row 0 > 0 expresses.
    """
    selectors = [_read(selector, state.environment) for selector, _ in unit]
    chosen, width = selectors[piece], len(state.environment[0])
    margins = [combine(((1, chosen), (-1, other)), width) for other in selectors]
    needed = [primitive(margin)[0] for other, margin in enumerate(margins) if other < piece or any(margin)]
    value = _read(unit[piece][1], state.environment)
    return _State((*state.environment, value), _distinct((*state.rows, *needed)))


def _read(form: Form, environment: Frame) -> Affine:
    """The form as an affine form in (1, u)."""
    return combine(((coefficient, environment[index]) for index, coefficient in form), len(environment[0]))


def _outputs(program: Program, state: _State) -> AffineMap:
    """The affine map of a complete pattern."""
    return tuple(_read(form, state.environment) for form in program.outputs)


def _distinct(rows: Iterable[IntRow]) -> tuple[IntRow, ...]:
    """The rows without repetitions, in order."""
    return tuple(dict.fromkeys(rows))


def _negative(row: IntRow) -> IntRow:
    """The row of the opposite side."""
    return tuple(-value for value in row)


def _count_classes(program: Program, cells: Sequence[_Cell]) -> int:
    """The number of classes of cells of one affine map under the transitive closure of `_joined`."""
    parent = list(range(len(cells)))
    for a, b in combinations(range(len(cells)), 2):
        root_a, root_b = _root(parent, a), _root(parent, b)
        if root_a != root_b and _joined(program, cells[a], cells[b]):
            parent[root_b] = root_a
    return sum(index == up for index, up in enumerate(parent))


def _root(parent: list[int], index: int) -> int:
    """The representative of the class of an index."""
    while parent[index] != index:
        index = parent[index]
    return index


def _joined(program: Program, first: _Cell, second: _Cell) -> bool:
    """Whether the closures meet in dimension n - 1 and f is the common affine map on an open part of the meeting.

    The hyperplane of such a meeting is a facet's of both cells, with the cells on opposite sides, so it is given by
    a row of the first whose negative is a row of the second (rows are primitive, hence equal up to sign).
    """
    return any(_agrees_across(program, first, second, row) for row in first.rows if _negative(row) in second.rows)


def _agrees_across(program: Program, first: _Cell, second: _Cell, facet: IntRow) -> bool:
    """The test of `_joined` in one hyperplane H, by enumerating the program's cells relative to H.

    All other rows of both cells must be positive: none of them vanishes on H, so the points of H where they are
    positive form the relative interior of the meeting if it has dimension n - 1, and there are none otherwise.  The
    program is read in n - 1 coordinates of H, so forms that agree on H are equal there and the least index wins.
    """
    frame = solve_equations([facet], len(facet) - 1).frame
    if frame is None:
        return False
    others = (first.rows | second.rows) - {facet, _negative(facet)}
    start = _State(frame, _distinct(primitive(substitute(row, frame))[0] for row in sorted(others)))
    wanted = tuple(substitute(form, frame) for form in first.outputs)
    return any(_outputs(program, state) == wanted for _, state in _search(program, start))
