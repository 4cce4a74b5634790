"""exactgeo regions: the exact counts, and the cells."""

from dataclasses import dataclass

import click

from exactgeo.cli.shared import (
    STREAM,
    Question,
    budget_options,
    demand_target,
    domain_option,
    import_options,
    json_option,
    model_argument,
    model_document,
    print_json,
    print_table,
    progress_bar,
    stoppable,
    write_json,
)
from exactgeo.complexes import affine_pieces, linear_regions
from exactgeo.enumeration import ENGINES, Arrangement, Budget, PartialArrangement, enumerate_regions
from exactgeo.errors import BudgetExhausted
from exactgeo.reports.documents import cells_document, counts_document, domain_document, program_document
from onnx_import import Choices

_STOPPED = 3


@dataclass(frozen=True, slots=True)
class _Answer:
    """What was found, and whether that is all."""

    arrangement: Arrangement | PartialArrangement
    linear_regions: int | None
    affine_pieces: int
    stopped: str | None
    seconds: float


@click.command("regions")
@model_argument
@domain_option
@click.option(
    "--engine", type=click.Choice(list(ENGINES)), default="reference", show_default=True, help="Who enumerates."
)
@import_options
@budget_options
@click.option("-o", "--output", metavar="FILE", help="Also write every region found to a JSON file (- for stdout).")
@json_option
def regions_command(
    model: str,
    domain_text: str,
    engine: str,
    choices: Choices,
    max_regions: int | None,
    max_seconds: float | None,
    output: str | None,
    as_json: bool,
) -> int:
    """Count the activation regions, linear regions and affine pieces of a model, exactly."""
    demand_target(output, model, domain_text)
    question = Question.read(model, domain_text, choices)
    with stoppable() as stopper:
        budget = stopper.budget(max_regions, max_seconds)
        with progress_bar("enumerating") as on_progress:
            arrangement = enumerate_regions(
                question.model.program, question.domain, engine=engine, budget=budget, on_progress=on_progress
            )
        answer = _count(arrangement, budget)
    summary = _summary(question, answer)
    if not as_json:
        _print(question, answer, err=output == STREAM)
    elif output != STREAM:
        print_json(summary)
    if output:
        write_json(output, cells_document(arrangement, summary))
    return _STOPPED if answer.stopped else 0


def _count(arrangement: Arrangement | PartialArrangement, budget: Budget) -> _Answer:
    """Count what the arrangement allows: linear regions need it whole, for the missing cells may join others."""
    pieces = len(affine_pieces(arrangement))
    if isinstance(arrangement, PartialArrangement):
        return _Answer(arrangement, None, pieces, arrangement.reason, budget.seconds)
    try:
        with progress_bar("joining") as on_progress:
            regions = len(linear_regions(arrangement, budget, on_progress))
    except BudgetExhausted as error:
        return _Answer(arrangement, None, pieces, str(error), budget.seconds)
    return _Answer(arrangement, regions, pieces, None, budget.seconds)


def _summary(question: Question, answer: _Answer) -> dict[str, object]:
    found = answer.arrangement
    return {
        "model": model_document(question.model, question.path),
        "program": program_document(found.program),
        "domain": domain_document(question.domain_text, found.domain),
        "engine": found.engine,
        "certified": True,
        "complete": answer.stopped is None,
        "stopped": answer.stopped,
        "counts": counts_document(len(found), answer.linear_regions, answer.affine_pieces),
        "seconds": round(answer.seconds, 3),
    }


def _print(question: Question, answer: _Answer, *, err: bool) -> None:
    least = "at least " if isinstance(answer.arrangement, PartialArrangement) else ""
    linear = "not counted" if answer.linear_regions is None else f"{answer.linear_regions:,}"
    print_table(
        {
            "model": question.model_text,
            "exact network": answer.arrangement.program.sha256,
            "domain": question.domain_text,
            "engine": f"{answer.arrangement.engine} (exact)",
            "activation regions": f"{least}{len(answer.arrangement):,}",
            "linear regions": linear,
            "affine pieces": f"{least}{answer.affine_pieces:,}",
            "seconds": f"{answer.seconds:.2f}",
        },
        err=err,
    )
    if answer.stopped:
        click.echo(f"exactgeo: stopped early: {answer.stopped}", err=True)
