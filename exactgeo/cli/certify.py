"""exactgeo certify: evidence for a claim, written to a file."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from exactgeo.certificates import ModelSource, certify
from exactgeo.cli.options import json_option
from exactgeo.cli.output import STREAM, plural
from exactgeo.cli.questions import Asked, Question, question_options, regions_of
from exactgeo.cli.running import compilation_announced, progress_bar, stoppable
from exactgeo.enumeration import ENGINES, Arrangement, Budget, Progress
from exactgeo.errors import BudgetExhausted


@click.command("certify")
@click.option("--claim", type=click.Choice(["regions"]), default="regions", show_default=True, help="What to certify.")
@question_options(ENGINES)
@click.option("-o", "--output", metavar="CERT", required=True, help="The certificate's file (- for stdout).")
@json_option
def certify_command(
    asked: Asked,
    claim: str,
    output: str,
    as_json: bool,
) -> None:
    """Count the activation regions of a model, and write a certificate that the count is right."""
    question = asked.question(output)
    with stoppable() as stopper, compilation_announced():
        budget = asked.budget(stopper)
        found = regions_of(question, asked.how, budget)
        enumerated = budget.seconds
        _prove(found, question, budget, output)
    summary: dict[str, object] = {
        "certificate": output,
        "claim": claim,
        "bytes": None if output == STREAM else Path(output).stat().st_size,
        "regions": len(found),
        **question.documents(),
        "seconds": {"enumerate": round(enumerated, 3), "prove": round(budget.seconds - enumerated, 3)},
    }
    written = json.dumps(summary) if as_json else _sentence(summary, question)
    click.echo(written, err=output == STREAM)


def _prove(found: Arrangement, question: Question, budget: Budget, output: str) -> None:
    with progress_bar("proving") as on_progress:

        def on_cell(count: int) -> None:
            on_progress(Progress(count, count / len(found), budget.seconds))
            if reason := budget.exhausted():
                raise BudgetExhausted(
                    f"no certificate was written: {reason}, with {count:,} of {len(found):,} regions shown", found
                )

        source = ModelSource(question.model.sha256, question.model.choices.record(), question.cut)
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
