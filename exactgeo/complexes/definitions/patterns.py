"""Patterns that points have in a domain, those of sets without interior included."""

from collections.abc import Iterator
from dataclasses import dataclass

from exactgeo.arithmetic.affine import Row
from exactgeo.arithmetic.rationals import Point
from exactgeo.complexes.steps import Steps
from exactgeo.enumeration.arrangements import Arrangement, demand_complete
from exactgeo.enumeration.budgets import Budget, OnProgress, ignore_progress
from exactgeo.networks.branches import Branch
from exactgeo.networks.evaluation import Pattern
from exactgeo.polyhedra.bounds import Bounds
from exactgeo.polyhedra.polyhedron import SOLVER
from exactgeo.polyhedra.solvers import Infeasible, Optimum


def count_activation_patterns(
    arrangement: Arrangement, budget: Budget | None = None, on_progress: OnProgress = ignore_progress
) -> int:
    """Return how many patterns the points inside the domain have.

    *Definition*: the number of distinct patterns `evaluate(program, x).pattern` over all x in int D, ties going to
    the least piece: the *activation regions* of arXiv 2505.16716, Definition 1, a ReLU being active where its input is
    positive. An arrangement's regions are those with interior points (there: *proper* activation regions).

    Args:
        arrangement: complete.
        budget: when to stop early.
        on_progress: called now and then.

    Raises:
        BudgetExhausted: if the budget ends first.
        InvalidArgument: for a partial arrangement.

    **Exactness**: exact. **Complexity**: some linear programs for each piece of each unit in each cell of each prefix.

    >>> from exactgeo import Box, enumerate_regions, hyperplane_arrangement
    >>> count_activation_patterns(enumerate_regions(hyperplane_arrangement([(0, 1), (0, -1)]), Box.cube(1)))
    3
    """
    demand_complete(arrangement, "activation patterns")
    steps = Steps(len(arrangement), "activation patterns", 1, budget, on_progress)
    return len(arrangement) + sum(1 for _ in thin_patterns(arrangement, steps))


def thin_patterns(arrangement: Arrangement, steps: Steps) -> Iterator[tuple[Pattern, Point]]:
    """Yield the patterns of points inside the domain that no region has, each with such a point.

    The tree of choices is walked. A prefix holds on { strict rows > 0, weak rows >= 0 }, a convex set. If some region
    has it, the set lies in the closure of its own interior; so a piece that no region below has leads to a set without
    interior, or to none.
    """
    steps.begin()
    program, domain = arrangement.program, arrangement.domain
    bounds = Bounds.of(domain.dimension, domain.inequalities)
    patterns = arrangement.patterns[:]
    stack = [_Node(arrangement.forms.root, domain.inequalities, (), 0, len(arrangement))]
    while stack:
        node = stack.pop()
        steps.reach(node.first, max(len(arrangement), 1))
        if node.branch.is_complete:
            if node.is_thin:
                point = _point_of(program.inputs, node)
                if point is not None:  # as it surely is
                    yield node.branch.pattern, point
            continue
        branch = node.branch.entered()
        column = patterns[node.first : node.last, len(branch.pattern)]
        for piece in reversed(range(len(branch.unit.selectors))):
            own = (column == piece).nonzero()[0]
            child = node.child(branch, piece, bounds)
            if child is not None and len(own):
                low = node.first + int(own[0])
                stack.append(_Node(child.branch, child.strict, child.weak, low, low + len(own)))
            elif child is not None and _point_of(program.inputs, child) is not None:
                stack.append(child)


@dataclass(frozen=True, slots=True)
class _Node:
    """The points with a prefix: { strict > 0, weak >= 0 }.

    Attributes:
        branch: the choices.
        strict: primitive rows; those that hold all over the domain's bounds are left out, as in `weak`.
        weak: likewise.
        first: the regions below are those from here...
        last: ...to before here; none if the set has no interior.
    """

    branch: Branch
    strict: tuple[Row, ...]
    weak: tuple[Row, ...]
    first: int
    last: int

    @property
    def is_thin(self) -> bool:
        """Whether the set has no interior."""
        return self.first == self.last

    def child(self, branch: Branch, piece: int, bounds: Bounds) -> "_Node | None":
        """Return what a piece leads to, as a thin set; None if it is known to be empty."""
        strict, weak = dict.fromkeys(self.strict), dict.fromkeys(self.weak)
        for rival, row in branch.unit.comparisons(piece):
            if not any(row):
                if rival < piece:
                    return None
            elif bounds.refute(row):
                return None
            elif not bounds.imply(row):
                (strict if rival < piece else weak)[row] = None
        return _Node(branch.choose(piece), tuple(strict), tuple(weak), self.first, self.first)


def _point_of(dimension: int, node: _Node) -> Point | None:
    """Return a point with strict rows > 0 and weak rows >= 0, None if there is none.

    If not even the closed rows have a solution, as is often so, one linear program says it. Otherwise it is the point
    with the largest t <= 1 such that strict rows are >= t times their size.
    """
    closed = SOLVER.maximise(dimension, (0,) * (dimension + 1), (*node.strict, *node.weak))
    if isinstance(closed, Infeasible):
        return None
    rows = [*((*row, -max(map(abs, row))) for row in node.strict), *((*row, 0) for row in node.weak)]
    best = SOLVER.maximise(dimension + 1, (*[0] * (dimension + 1), 1), [*rows, (1, *[0] * dimension, -1)])
    return best.point[:-1] if isinstance(best, Optimum) and best.value > 0 else None
