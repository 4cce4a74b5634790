"""exactgeo certify: evidence for a claim, written to a file."""

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from exactgeo.certificates import ModelSource, certify
from exactgeo.cli.shared import (
    STREAM,
    How,
    Question,
    budget_options,
    compilation_announced,
    demand_journal,
    demand_target,
    domain_option,
    import_options,
    jobs_options,
    json_option,
    model_argument,
    model_document,
    plural,
    progress_bar,
    stoppable,
)
from exactgeo.enumeration import (
    DEFAULT_ENGINE,
    ENGINES,
    Arrangement,
    Budget,
    PartialArrangement,
    Progress,
    enumerate_regions,
)
from exactgeo.errors import BudgetExhausted
from exactgeo.reports.documents import domain_document, program_document
from onnx_import import Choices


@click.command("certify")
@model_argument
@domain_option
@click.option("--claim", type=click.Choice(["regions"]), default="regions", show_default=True, help="What to certify.")
@click.option(
    "--engine", type=click.Choice(list(ENGINES)), default=DEFAULT_ENGINE, show_default=True, help="Who enumerates."
)
@import_options
@budget_options
@jobs_options
@click.option("-o", "--output", metavar="CERT", required=True, help="The certificate's file (- for stdout).")
@json_option
def certify_command(
    model: str,
    domain_text: str,
    claim: str,
    engine: str,
    choices: Choices,
    max_regions: int | None,
    max_seconds: float | None,
    jobs: int,
    resume: str | None,
    output: str,
    as_json: bool,
) -> None:
    """Count the activation regions of a model, and write a certificate that the count is right."""
    demand_target(output, model, domain_text)
    demand_journal(resume, model, domain_text, output)
    question = Question.read(model, domain_text, choices)
    with stoppable() as stopper, compilation_announced():
        budget = stopper.budget(max_regions, max_seconds)
        found = _enumerate(question, How(engine, jobs, resume), budget)
        enumerated = budget.seconds
        _prove(found, question, budget, output)
    summary: dict[str, object] = {
        "certificate": output,
        "claim": claim,
        "bytes": None if output == STREAM else Path(output).stat().st_size,
        "regions": len(found),
        "model": model_document(question.model, question.path),
        "program": program_document(found.program),
        "domain": domain_document(question.domain_text, found.domain),
        "seconds": {"enumerate": round(enumerated, 3), "prove": round(budget.seconds - enumerated, 3)},
    }
    written = json.dumps(summary) if as_json else _sentence(summary, question)
    click.echo(written, err=output == STREAM)


def _enumerate(question: Question, how: How, budget: Budget) -> Arrangement:
    with progress_bar("enumerating") as on_progress:
        found = enumerate_regions(
            question.model.program, question.domain, **asdict(how), budget=budget, on_progress=on_progress
        )
    if isinstance(found, PartialArrangement):
        raise BudgetExhausted(f"no certificate was written: {found.reason}, with {len(found):,} regions found", found)
    return found


def _prove(found: Arrangement, question: Question, budget: Budget, output: str) -> None:
    with progress_bar("proving") as on_progress:

        def on_cell(count: int) -> None:
            on_progress(Progress(count, count / len(found), budget.seconds))
            if reason := budget.exhausted():
                raise BudgetExhausted(
                    f"no certificate was written: {reason}, with {count:,} of {len(found):,} regions shown", found
                )

        source = ModelSource(question.model.sha256, question.model.choices.record())
        certificate = certify(found, source=source, on_cell=on_cell)
        if output == STREAM:
            certificate.write(sys.stdout.buffer)
        else:
            certificate.save(output)


def _sentence(summary: Mapping[str, Any], question: Question) -> str:
    size = "" if summary["bytes"] is None else f", {summary['bytes']:,} bytes"
    seconds = summary["seconds"]
    where = f"{question.model_text} in {question.domain_text}"
    return (
        f"certified {plural(summary['regions'], 'activation region')} of {where}: {summary['certificate']}{size} "
        f"({seconds['enumerate']:.1f} s to enumerate, {seconds['prove']:.1f} s to prove)"
    )
