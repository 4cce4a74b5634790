"""exactgeo regions: the exact counts, and the cells."""

from dataclasses import asdict, dataclass, replace

import click

from exactgeo.cli.options import json_option
from exactgeo.cli.output import STREAM, print_json, print_table, write_json
from exactgeo.cli.questions import Asked, How, Question, question_options
from exactgeo.cli.running import compilation_announced, progress_bar, stoppable
from exactgeo.complexes import RegionCounts, affine_classes, count_by_definitions, count_linear_regions
from exactgeo.enumeration import (
    ENGINES,
    Arrangement,
    Budget,
    PartialArrangement,
    count_regions,
    enumerate_regions,
    is_exact,
)
from exactgeo.errors import BudgetExhausted, InvalidArgument
from exactgeo.reports.documents import cells_document, counts_document

_STOPPED = 3


@dataclass(frozen=True, slots=True)
class _Answer:
    """What was found, and whether that is all; None is what was not counted."""

    regions: int
    linear_regions: int | None
    affine_pieces: int | None
    stopped: str | None
    seconds: float
    arrangement: Arrangement | PartialArrangement | None = None
    others: RegionCounts | None = None

    @property
    def is_partial(self) -> bool:
        """Whether regions may be missing."""
        return self.stopped is not None and not isinstance(self.arrangement, Arrangement)


@click.command("regions")
@click.option(
    "--count",
    "kinds",
    type=click.Choice(["all", "activation", "definitions"]),
    default="all",
    show_default=True,
    help="What to count; of activation regions alone none is kept; or by all six definitions, which takes long.",
)
@question_options(ENGINES)
@click.option(
    "-o", "--write", "target", metavar="FILE", help="Also write every region found to a JSON file (- for stdout)."
)
@json_option
def regions_command(
    asked: Asked,
    kinds: str,
    target: str | None,
    as_json: bool,
) -> int:
    """Count the activation regions, linear regions and affine pieces of a model, exactly.

    With --count definitions: by the six definitions of linear regions in the literature (arXiv 2505.16716).

    The engine `float` alone may be wrong: it counts what floats make of the model, as other tools do.
    """
    engine = asked.how.engine
    if kinds == "definitions" and not is_exact(engine):
        raise InvalidArgument(f"--count definitions needs regions that are certainly right: not those of {engine}")
    question = asked.question(target)
    with stoppable() as stopper, compilation_announced():
        budget = asked.budget(stopper)
        answer = _answered(question, asked.how, budget, is_count_enough=kinds == "activation" and not target)
        if kinds != "activation" and is_exact(engine):
            answer = _with_other_counts(answer, budget, by_definitions=kinds == "definitions")
    summary = _summary(question, engine, answer)
    if target and answer.arrangement is not None:
        write_json(target, cells_document(answer.arrangement, summary))
    if not as_json:
        _print(question, engine, answer, err=target == STREAM)
    elif target != STREAM:
        print_json(summary)
    return _STOPPED if answer.stopped else 0


def _answered(question: Question, how: How, budget: Budget, *, is_count_enough: bool) -> _Answer:
    """Find the activation regions, or only count them."""
    program, domain = question.program, question.domain
    with progress_bar("enumerating") as on_progress:
        if is_count_enough:
            count = count_regions(program, domain, **asdict(how), budget=budget, on_progress=on_progress)
            return _Answer(count.regions, None, None, count.stopped, budget.seconds)
        found = enumerate_regions(program, domain, **asdict(how), budget=budget, on_progress=on_progress)
    reason = found.reason if isinstance(found, PartialArrangement) else None
    return _Answer(len(found), None, None, reason, budget.seconds, found)


def _with_other_counts(answer: _Answer, budget: Budget, *, by_definitions: bool) -> _Answer:
    """Count what the arrangement allows: linear regions need it whole, for the missing cells may join others."""
    arrangement = answer.arrangement
    if arrangement is None:
        return answer
    try:
        if by_definitions and isinstance(arrangement, Arrangement):
            with progress_bar("counting by definitions") as on_progress:
                counts = count_by_definitions(arrangement, budget, on_progress)
            pieces, regions = counts.affine_pieces, counts.linear_regions
            return replace(answer, affine_pieces=pieces, linear_regions=regions, others=counts, seconds=budget.seconds)
        with progress_bar("comparing maps") as on_progress:
            # What a stopped enumeration found is looked at all the same, until the user asks to stop.
            limit = None if isinstance(arrangement, PartialArrangement) else budget
            classes = affine_classes(arrangement, limit, on_progress)
        answer = replace(answer, affine_pieces=len(classes))
        if isinstance(arrangement, Arrangement):
            with progress_bar("joining") as on_progress:
                answer = replace(answer, linear_regions=count_linear_regions(arrangement, budget, on_progress, classes))
    except BudgetExhausted as error:
        answer = replace(answer, stopped=str(error))
    return replace(answer, seconds=budget.seconds)


def _summary(question: Question, engine: str, answer: _Answer) -> dict[str, object]:
    return {
        **question.documents(),
        "engine": engine,
        "certified": is_exact(engine),
        "complete": answer.stopped is None,
        "stopped": answer.stopped,
        "counts": counts_document(answer.regions, answer.linear_regions, answer.affine_pieces, answer.others),
        "seconds": round(answer.seconds, 3),
    }


def _print(question: Question, engine: str, answer: _Answer, *, err: bool) -> None:
    least = "at least " if answer.is_partial else ""
    linear = "not counted" if answer.linear_regions is None else f"{answer.linear_regions:,}"
    pieces = "not counted" if answer.affine_pieces is None else f"{least}{answer.affine_pieces:,}"
    print_table(
        {
            "model": question.model_text,
            "exact network": question.program.sha256,
            "domain": question.domain_text,
            "engine": f"{engine} ({'exact' if is_exact(engine) else 'no guarantee'})",
            "activation regions": f"{least}{answer.regions:,}",
            "linear regions": linear,
            "affine pieces": pieces,
            **_others(answer.others),
            "seconds": f"{answer.seconds:.2f}",
        },
        err=err,
    )
    if answer.stopped:
        click.echo(f"exactgeo: stopped early: {answer.stopped}", err=True)


def _others(counts: RegionCounts | None) -> dict[str, str]:
    """Return the rows of the table that only --count definitions has."""
    if counts is None:
        return {}
    undefined = "not defined for a discontinuous network"
    convex = counts.convex_regions
    between = "" if convex is None else f"{convex.least:,}" + ("" if convex.exactly else f" to {convex.most:,}")
    closed = counts.closed_connected_regions
    return {
        "activation patterns": f"{counts.activation_patterns:,}",
        "convex regions": between or undefined,
        "closed connected": undefined if closed is None else f"{closed:,}",
    }
