"""The door to the engines: one call, one result type."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import overload

from exactgeo.enumeration.arrangements import ActivationRegion, Arrangement, PartialArrangement
from exactgeo.enumeration.budgets import Budget, OnProgress, Progress, ignore_progress
from exactgeo.enumeration.reference import Cell, walk
from exactgeo.errors import InvalidArgument
from exactgeo.networks.branches import LayeredForms
from exactgeo.networks.programs import Program
from exactgeo.polyhedra import Domain, Polyhedron
from exactgeo.polyhedra.boxes import domain_polyhedron

DEFAULT_ENGINE = "reference"
_KERNELS = ("certified", "float")

Engine = Callable[[Program, Polyhedron, Budget, OnProgress], Arrangement | PartialArrangement]


@overload
def enumerate_regions(
    program: Program, domain: Domain, *, engine: str = ..., budget: None = ..., on_progress: OnProgress = ...
) -> Arrangement: ...
@overload
def enumerate_regions(
    program: Program, domain: Domain, *, engine: str = ..., budget: Budget | None, on_progress: OnProgress = ...
) -> Arrangement | PartialArrangement: ...
def enumerate_regions(
    program: Program,
    domain: Domain,
    *,
    engine: str = DEFAULT_ENGINE,
    budget: Budget | None = None,
    on_progress: OnProgress = ignore_progress,
) -> Arrangement | PartialArrangement:
    """Find every activation region of a network in a domain, none twice.

    *Definition*: the cell of a pattern is the open set of interior points of the domain at which every chosen
    selector is strictly larger than the unit's other selectors, those that are the same affine form there excepted,
    of which the least index is chosen. The activation regions are the non-empty cells.

    Args:
        program: the network.
        domain: a full-dimensional polyhedron or a box, bounded or not.
        engine: one of `ENGINES`: "certified" decides by floats with proven bounds, and by integers where a bound does
            not decide; "reference" by exact linear programs alone; "float" by floats alone, and may be wrong.
        budget: when to stop early.
        on_progress: called now and then.

    Returns:
        An Arrangement, its regions by increasing pattern; or, if the budget ended first, a PartialArrangement.

    Raises:
        DimensionMismatch: if domain and network have different numbers of coordinates.
        EmptyDomain: if the domain has no interior.
        InvalidArgument: for an unknown engine.

    **Exactness**: exact, but for the engine "float". **Certificate**: `certify` proves the list complete and free of
    inventions.

    >>> from exactgeo import Box, hyperplane_arrangement
    >>> len(enumerate_regions(hyperplane_arrangement([(0, 1, 0), (0, 0, 1), (0, 1, 1)]), Box.cube(2)))
    6
    """
    polyhedron = _checked(program, domain)
    if engine not in ENGINES:
        raise InvalidArgument(f"there is no engine {engine!r}; there is {', '.join(ENGINES)}")
    return ENGINES[engine](program, polyhedron, budget or Budget(), on_progress)


def is_exact(engine: str) -> bool:
    """Whether what an engine finds is guaranteed."""
    return engine != "float"


@dataclass(frozen=True, slots=True)
class Count:
    """How many activation regions were found.

    Attributes:
        regions: their number.
        stopped: why the count ended before it was complete; None if it is.
    """

    regions: int
    stopped: str | None


def count_regions(
    program: Program,
    domain: Domain,
    *,
    engine: str = DEFAULT_ENGINE,
    budget: Budget | None = None,
    on_progress: OnProgress = ignore_progress,
) -> Count:
    """Count the activation regions of a network in a domain without keeping them.

    Arguments and errors are those of `enumerate_regions`.

    **Exactness**: that of the engine. **Memory**: of the kernels' engines, it does not grow with the number of regions.

    >>> from exactgeo import Box, hyperplane_arrangement
    >>> count_regions(hyperplane_arrangement([(0, 1, 0), (0, 0, 1), (0, 1, 1)]), Box.cube(2)).regions
    6
    """
    limit = budget or Budget()
    if engine not in _KERNELS:
        found = enumerate_regions(program, domain, engine=engine, budget=limit, on_progress=on_progress)
        return Count(len(found), found.reason if isinstance(found, PartialArrangement) else None)
    from exactgeo.enumeration.certified.engine import count_by_kernels  # noqa: PLC0415 (numba is slow to load)

    polyhedron = _checked(program, domain)
    return Count(*count_by_kernels(program, polyhedron, limit, on_progress, trusting=not is_exact(engine)))


def _checked(program: Program, domain: Domain) -> Polyhedron:
    if not isinstance(program, Program):
        raise InvalidArgument(
            f"{type(program).__name__} is no program: give what onnx_import.load or a builder returns"
        )
    return domain_polyhedron(domain, program.inputs)


def _reference(
    program: Program, domain: Polyhedron, budget: Budget, on_progress: OnProgress
) -> Arrangement | PartialArrangement:
    found: list[ActivationRegion] = []
    done = 0.0
    open_cells: list[Cell] = []
    reason: str | None = None

    def keep_going(stack: list[Cell]) -> bool:
        nonlocal open_cells, reason
        open_cells = stack
        reason = budget.exhausted(len(found) + stack[-1].branch.is_complete)
        return reason is None

    for cell in walk(LayeredForms(program), domain.inequalities, keep_going=keep_going):
        found.append(ActivationRegion(cell.branch.pattern, cell.witness))
        done += cell.share
        on_progress(Progress(len(found), min(done, 1.0), budget.seconds))
    if reason is None:
        return Arrangement(program, domain, "reference", tuple(found))
    unexplored = tuple(sorted(cell.branch.pattern for cell in open_cells))
    return PartialArrangement(program, domain, "reference", tuple(found), unexplored, reason)


def _by_kernels(
    name: str, program: Program, domain: Polyhedron, budget: Budget, on_progress: OnProgress
) -> Arrangement | PartialArrangement:
    from exactgeo.enumeration.certified.engine import enumerate_by_kernels  # noqa: PLC0415 (numba is slow to load)

    return enumerate_by_kernels(name, program, domain, budget, on_progress, trusting=not is_exact(name))


ENGINES: dict[str, Engine] = {**{name: partial(_by_kernels, name) for name in _KERNELS}, "reference": _reference}
