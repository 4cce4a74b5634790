"""exactgeo check: have a certificate checked by the independent program."""

import dataclasses

import click

from exactgeo.certificates import Stated, Verdict, check
from exactgeo.cli.options import json_option
from exactgeo.cli.output import plural, print_json, printable, shortened
from exactgeo.errors import CertificateError, CertificateRejected
from exactgeo.polyhedra.domains import describe_domain
from onnx_import import Choices

_REJECTED, _MALFORMED = 1, 2
_MOST_SHOWN = 1_000_000
_MOST_ROWS = 10


@click.command("check")
@click.argument("certificate", type=click.Path(dir_okay=False))
@click.option("--model", metavar="MODEL", help="Import this ONNX file again, and compare programs.")
@json_option
def check_command(certificate: str, model: str | None, as_json: bool) -> int:
    """Have a certificate checked by the independent checker, which shares no code with exactgeo.

    Exit status 0: verified; 1: rejected; 2: malformed or unreadable.
    """
    try:
        verdict = check(certificate, model=model)
    except CertificateError as error:
        if as_json:
            print_json(_refusal(error))
        else:
            click.echo(str(error))
        return _REJECTED if isinstance(error, CertificateRejected) else _MALFORMED
    if as_json:
        print_json(_document(verdict))
    else:
        click.echo(_sentence(verdict, model))
    return 0


def _document(verdict: Verdict) -> dict[str, object]:
    facts = {field.name: getattr(verdict, field.name) for field in dataclasses.fields(verdict)}
    return {"verdict": "verified", **facts, "domain": _domain(verdict)}


def _domain(verdict: Verdict) -> str:
    """Return the domain as text, or what is known of it if it is too large to be written out."""
    if len(verdict.domain) * verdict.inputs > _MOST_SHOWN:
        return f"{len(verdict.domain):,} half-spaces in {verdict.inputs:,} dimensions"
    return describe_domain(verdict.domain_polyhedron())


def _refusal(error: CertificateError) -> dict[str, object]:
    if isinstance(error, CertificateRejected):
        return {"verdict": "rejected", "step": error.step, "rule": error.rule, "reason": str(error)}
    return {"verdict": "malformed", "line": getattr(error, "line", None), "reason": str(error)}


def _claim(verdict: Verdict) -> str:
    """Return the claim, whose number, if it has one, is hexadecimal in a certificate."""
    if verdict.claim == "boundary":
        return f"boundary ({_classes(verdict)})"
    *words, last = verdict.claim.split(" ")
    return " ".join([*words, str(int(last, 16)) if words else last])


def _classes(verdict: Verdict) -> str:
    """Return what changes across a boundary, as far as the model confirms what the certificate says of it."""
    rule = Stated.of(verdict.choices).rule if verdict.model_confirmed else None
    if rule is None:
        return "of the last unit's pieces"
    if rule["output"] is None:
        return "of the greatest output"
    return f"of output {rule['output']} > {printable(rule['threshold'] or 0)}"


def _safety(verdict: Verdict) -> str:
    """Return what a claim of safety says of the model, as far as the model confirms it."""
    stated = Stated.of(verdict.choices)
    if not verdict.model_confirmed or stated.property is None:
        return ""
    if not verdict.regions:
        return "; the domain has no interior, so this says nothing of the property"
    claims = stated.safety().inequalities(verdict.inputs)
    shown = [shortened(claim) for claim in claims[:_MOST_ROWS]]
    more = [f"{len(claims) - _MOST_ROWS:,} more"] if len(claims) > _MOST_ROWS else []
    left = "finitely many points" if verdict.inputs == 1 else "the points of finitely many hyperplanes"
    where = "everywhere in the domain" if verdict.is_continuous else f"in the domain, but for {left}"
    return f"; {where}: {'; '.join([*shown, *more])}"


def _sentence(verdict: Verdict, model: str | None) -> str:
    confirmed = ""
    if verdict.model_confirmed:
        stated = Stated.of(verdict.choices)
        start = f" from the node '{printable(stated.starts_at)}' on" if stated.starts_at else ""
        cut = (
            f" on the slice that it names{' (x1, … are its coordinates)' if stated.property else ''}"
            if stated.cut
            else " along the path that it names (x1 is its parameter)"
            if stated.path
            else ""
        )
        classes = " with its class" if stated.rule else ""
        required = " with its property" if stated.property else ""
        confirmed = (
            f"; {model}{printable(Choices.of(stated.choices).remarks())}{start}{cut}{classes}{required} is that program"
        )
    facets = "" if verdict.facets is None else f"{plural(verdict.facets, 'facet')} of the {_claim(verdict)}, between "
    first, safety = "", ""
    if verdict.claim == "safety":
        first, safety = "the last unit's first piece is chosen in each of ", _safety(verdict)
    return (
        f"verified: {first}exactly {facets}{plural(verdict.regions, 'activation region')} of program "
        f"{verdict.program_sha256} in {_domain(verdict)} ({plural(verdict.steps, 'step')} checked){confirmed}{safety}"
    )
