"""exactgeo certify: evidence for a claim, written to a file."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from exactgeo.arithmetic.rationals import text
from exactgeo.certificates import Certifiable, ModelSource
from exactgeo.cli.options import json_option
from exactgeo.cli.output import STREAM, plural, shortened
from exactgeo.cli.proving import prove
from exactgeo.cli.questions import Asked, Question, boundary_of, decided, question_options, regions_of, shapes_of
from exactgeo.cli.running import compilation_announced, stoppable
from exactgeo.complexes import DecisionBoundary, Property, Safe, Violation, demand_vertices, skeleton
from exactgeo.enumeration import ENGINES, Budget
from exactgeo.errors import InvalidArgument
from exactgeo.reports.documents import program_document

_CLAIMS = ("regions", "boundary", "skeleton", "safety")
_WITH_FACETS = ("boundary", "skeleton")
_VIOLATED = 1


@click.command("certify")
@click.option("--claim", type=click.Choice(_CLAIMS), default=_CLAIMS[0], show_default=True, help="What to certify.")
@click.option("--output", "number", type=click.IntRange(min=0), metavar="K", help="Whose skeleton, or sign, counts.")
@click.option("--unit", type=click.IntRange(min=0), metavar="J", help="Instead, the skeleton of the hidden unit J.")
@click.option("--threshold", metavar="T", help="Of the boundary: what an output is compared with; 0 by default.")
@click.option("--property", "required", metavar="FILE", help="Of safety: what is to be at most 0, a JSON file.")
@click.option("--check", "is_checked", is_flag=True, help="Have it checked by the independent checker meanwhile.")
@question_options(ENGINES)
@click.option("-o", "--write", "target", metavar="CERT", required=True, help="The certificate's file (- for stdout).")
@json_option
def certify_command(
    asked: Asked,
    claim: str,
    number: int | None,
    unit: int | None,
    threshold: str | None,
    required: str | None,
    is_checked: bool,
    target: str,
    as_json: bool,
) -> int:
    """Write a certificate that the activation regions of a model are those found.

    Of its decision boundary and its skeleton, too: that just these facets between regions belong to it. Of safety, that
    a property holds in all regions; if it does not, nothing is written, and the exit status is 1.
    """
    _demand_fitting(claim, number, unit, threshold, required)
    question = asked.question(target, required)
    rows = None if required is None else Property.read(required)
    if claim in _WITH_FACETS:
        demand_vertices(question.program)
    with stoppable() as stopper, compilation_announced():
        budget = asked.budget(stopper)
        found: Certifiable
        if rows is not None:
            found = decided(question, rows, asked.how, budget)
        else:
            found = regions = regions_of(question, asked.how, budget)
            if claim == "boundary":
                found = boundary_of(regions, number, threshold, asked.how, budget)
            elif claim == "skeleton":
                found = skeleton(shapes_of(regions, budget), output=number, unit=unit)
        if isinstance(found, Violation):
            _tell_violation(found, question, budget, target, as_json=as_json)
            return _VIOLATED
        enumerated = budget.seconds
        claimed = prove(found, _source(found, question), budget, target, is_checked=is_checked)
    regions = claimed.arrangement
    summary: dict[str, object] = {
        "certificate": target,
        "claim": claim,
        "checked": is_checked,
        "bytes": None if target == STREAM else Path(target).stat().st_size,
        "regions": len(regions),
        "facets": None if claimed.cells is None else len(claimed.facets),
        **question.documents(),
        "program": program_document(regions.program),
        "seconds": {"enumerate": round(enumerated, 3), "prove": round(budget.seconds - enumerated, 3)},
    }
    written = json.dumps(summary) if as_json else _sentence(summary, question)
    click.echo(written, err=target == STREAM)
    return 0


def _demand_fitting(
    claim: str, number: int | None, unit: int | None, threshold: str | None, required: str | None
) -> None:
    """Raise InvalidArgument for an option that says nothing of what is claimed, or one that is missing."""
    unfitting = {
        "--output": number is not None and claim not in _WITH_FACETS,
        "--unit": unit is not None and claim != "skeleton",
        "--threshold": threshold is not None and claim != "boundary",
        "--property": required is not None and claim != "safety",
    }
    if claim == "safety" and required is None:
        raise InvalidArgument("--property FILE says what is to be safe: a JSON file with rows [b, a1, …, c1, …]")
    for option, is_unfitting in unfitting.items():
        if is_unfitting:
            raise InvalidArgument(f"{option} has no meaning for the claim {claim}")


def _source(found: Certifiable, question: Question) -> ModelSource:
    """Return where the program came from."""
    rule = found.rule if isinstance(found, DecisionBoundary) else None
    required = found.property if isinstance(found, Safe) else None
    return ModelSource(question.model.sha256, question.model.choices.record(), question.cut, rule, required)


def _tell_violation(found: Violation, question: Question, budget: Budget, target: str, *, as_json: bool) -> None:
    """Say where a property does not hold."""
    document = {
        "certificate": None,
        "claim": "safety",
        "violation": {
            "point": [text(value) for value in found.point],
            "row": found.row,
            "value": text(found.value),
        },
        **question.documents(),
        "seconds": {"enumerate": round(budget.seconds, 3)},
    }
    if as_json:
        click.echo(json.dumps(document), err=target == STREAM)
        return
    point = shortened(", ".join(map(text, found.point)))
    claim = shortened(found.property.inequalities(found.program.inputs)[found.row])
    click.echo(
        f"violated: {claim} (row {found.row}) is false at ({point}), where the left side is "
        f"{shortened(text(found.value))}; nothing was written",
        err=target == STREAM,
    )


def _sentence(summary: Mapping[str, Any], question: Question) -> str:
    size = "" if summary["bytes"] is None else f", {summary['bytes']:,} bytes"
    seconds = summary["seconds"]
    where = f"{question.model_text} in {question.domain_text}"
    facets = "" if summary["facets"] is None else f"{plural(summary['facets'], 'facet')} of the {summary['claim']} and "
    done = "certified and checked" if summary["checked"] else "certified"
    safety = "the property in " if summary["claim"] == "safety" else ""
    return (
        f"{done} {safety}{facets}{plural(summary['regions'], 'activation region')} of {where}: "
        f"{summary['certificate']}{size} ({seconds['enumerate']:.1f} s to enumerate, {seconds['prove']:.1f} s to prove)"
    )
