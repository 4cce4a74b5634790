"""The door to the engines: one call, one result type."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import overload

from exactgeo.enumeration.arrangements import Arrangement, PartialArrangement
from exactgeo.enumeration.budgets import Budget, OnProgress, Progress, ignore_progress
from exactgeo.enumeration.found import Batch, FoundRegions
from exactgeo.enumeration.traversal.tasks import CERTIFIED, FLOAT, REFERENCE, Request
from exactgeo.enumeration.traversal.traverse import Traversal
from exactgeo.enumeration.witnesses import ExactPoints
from exactgeo.errors import ExactGeoError, InternalError, InvalidArgument
from exactgeo.networks.evaluation import Pattern
from exactgeo.networks.programs import Program
from exactgeo.polyhedra import Domain
from exactgeo.polyhedra.boxes import domain_polyhedron

DEFAULT_ENGINE = CERTIFIED
ENGINES = (CERTIFIED, FLOAT, REFERENCE)


@overload
def enumerate_regions(
    program: Program,
    domain: Domain,
    *,
    engine: str = ...,
    jobs: int = ...,
    resume: Path | str | None = ...,
    budget: None = ...,
    on_progress: OnProgress = ...,
) -> Arrangement: ...
@overload
def enumerate_regions(
    program: Program,
    domain: Domain,
    *,
    engine: str = ...,
    jobs: int = ...,
    resume: Path | str | None = ...,
    budget: Budget | None,
    on_progress: OnProgress = ...,
) -> Arrangement | PartialArrangement: ...
def enumerate_regions(
    program: Program,
    domain: Domain,
    *,
    engine: str = DEFAULT_ENGINE,
    jobs: int = 1,
    resume: Path | str | None = None,
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
        jobs: how many processes look for regions. What is found does not depend on it.
        resume: a file that remembers what was found, however the process ends. If it is there, the work goes on from
            where it was left; if not, it is made.
        budget: when to stop early.
        on_progress: called now and then.

    Returns:
        An Arrangement, its regions by increasing pattern; or, if the budget ended first, a PartialArrangement.

    Raises:
        DimensionMismatch: if domain and network have different numbers of coordinates.
        EmptyDomain: if the domain has no interior.
        InvalidArgument: for an unknown engine, less than one job, or a file that remembers something else.

    **Exactness**: exact, but for the engine "float". **Certificate**: `certify` proves the list complete and free of
    inventions.

    >>> from exactgeo import Box, hyperplane_arrangement
    >>> len(enumerate_regions(hyperplane_arrangement([(0, 1, 0), (0, 0, 1), (0, 1, 1)]), Box.cube(2)))
    6
    """
    request = _request(program, domain, engine, keeps=True)
    regions = FoundRegions(program, ExactPoints(program, request.domain))
    limit = budget or Budget()
    with _contradictions_explained(engine):
        reason, unexplored = _traverse(request, jobs, resume, limit, on_progress, regions.append)
    most = _within(limit, len(regions))
    unexplored += [tuple(pattern) for pattern in regions.patterns[most:].tolist()]
    if reason is None or not unexplored:
        return Arrangement(program, request.domain, engine, regions)
    return PartialArrangement(program, request.domain, engine, regions[:most], tuple(sorted(unexplored)), reason)


def is_exact(engine: str) -> bool:
    """Whether what an engine finds is guaranteed."""
    return engine in (CERTIFIED, REFERENCE)


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
    jobs: int = 1,
    resume: Path | str | None = None,
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
    request = _request(program, domain, engine, keeps=False)
    found = 0

    def add(batch: Batch) -> None:
        nonlocal found
        found += batch.regions

    limit = budget or Budget()
    with _contradictions_explained(engine):
        reason, unexplored = _traverse(request, jobs, resume, limit, on_progress, add)
    most = _within(limit, found)
    return Count(most, reason if found > most or unexplored else None)


@contextmanager
def _contradictions_explained(engine: str) -> Iterator[None]:
    """Raise another error where the engine that promises nothing contradicts itself: that is no bug."""
    try:
        yield
    except InternalError as error:
        if is_exact(engine):
            raise
        raise ExactGeoError(
            f"the floats contradict one another ({error}): the engine 'certified' decides such signs exactly"
        ) from error


def _request(program: Program, domain: Domain, engine: str, *, keeps: bool) -> Request:
    if not isinstance(program, Program):
        raise InvalidArgument(
            f"{type(program).__name__} is no program: give what onnx_import.load or a builder returns"
        )
    polyhedron = domain_polyhedron(domain, program.inputs)
    if engine not in ENGINES:
        raise InvalidArgument(f"there is no engine {engine!r}; there is {', '.join(ENGINES)}")
    return Request(program, polyhedron, engine, keeps)


def _traverse(
    request: Request,
    jobs: int,
    resume: Path | str | None,
    budget: Budget,
    on_progress: OnProgress,
    on_batch: Callable[[Batch], None],
) -> tuple[str | None, list[Pattern]]:
    """Hand on what is found until the budget is exhausted. Returns why, None if it lasts, and what is unexplored."""
    if jobs < 1:
        raise InvalidArgument(f"{jobs} jobs cannot do anything; there must be at least 1")
    found = 0
    with closing(Traversal(request, jobs, None if resume is None else Path(resume))) as traversal:
        reason = budget.exhausted()
        with closing(traversal.batches()) as batches:
            while reason is None and (batch := next(batches, None)) is not None:
                on_batch(batch)
                found += batch.regions
                on_progress(Progress(found, traversal.fraction, budget.seconds))
                reason = budget.exhausted(found)
        for batch in traversal.out_of_turn():
            on_batch(batch)
        return reason, traversal.unexplored()


def _within(budget: Budget, regions: int) -> int:
    return regions if budget.max_regions is None else min(regions, budget.max_regions)
