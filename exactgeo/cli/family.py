"""exactgeo family: what a model does along a one-parameter family of inputs."""

from pathlib import Path as FilePath
from typing import Any

import click
import gmpy2

import onnx_import
from exactgeo.analyses.families import Along, Bounds, along, bounds, greatest_radius_error
from exactgeo.arithmetic.rationals import Rational, rational, text
from exactgeo.certificates import ModelSource
from exactgeo.cli.options import import_options, json_option, model_argument
from exactgeo.cli.output import STREAM, demand_target, plural, print_json, print_table, write_json
from exactgeo.cli.paths import AskedPath, path_options
from exactgeo.cli.proving import prove
from exactgeo.cli.questions import model_document
from exactgeo.cli.running import compilation_announced, stoppable
from exactgeo.errors import InvalidArgument
from exactgeo.networks.paths import Family
from exactgeo.reports.documents import program_document
from exactgeo.reports.families import along_document, bounds_document
from onnx_import import Choices

_PICTURES = (".svg", ".pdf", ".png")
_DOCUMENTS = (".json", "")  # nothing: stdout, or whatever
_DIGITS = 9


@click.command("family")
@model_argument
@import_options
@path_options
@click.option("--max-seconds", type=click.FloatRange(min=0), help="Give up after this long.")
@click.option("--certify", "certificate", metavar="CERT", help="Write a certificate of the outputs' bounds.")
@click.option("--check", "is_checked", is_flag=True, help="Have it checked by the independent checker meanwhile.")
@click.option(
    "-o",
    "--write",
    "target",
    metavar="FILE",
    help="Write the functions: JSON (- for stdout), or a picture: .svg, .pdf, .png.",
)
@json_option
def family_command(
    model: str,
    choices: Choices,
    asked: AskedPath,
    max_seconds: float | None,
    certificate: str | None,
    is_checked: bool,
    target: str | None,
    as_json: bool,
) -> None:
    """Follow a model along a family of inputs: each output as an exact piecewise-linear function of one parameter.

    Along pulses and disks the parameter is the radius (of binary disks, which jump at roots, the squared radius), and
    the greatest difference from it is told: how well an output measures the radius. What a certificate proves is each
    output's least and greatest value, and that difference (not that of a squared radius: roots are not affine).
    """
    if target is not None and FilePath(target).suffix.lower() not in (*_PICTURES, *_DOCUMENTS):
        raise InvalidArgument(f"{target}: end it with .json, or with {', '.join(_PICTURES)} for a picture")
    _demand_certificate(certificate, model, *asked.files, *([] if target is None else [target]), is_checked=is_checked)
    demand_target(target, model, *asked.files)
    imported = onnx_import.read(model, **choices.record())
    family = asked.found(imported.program.inputs)
    path = family.path() if isinstance(family, Family) else family
    with stoppable() as stopper, compilation_announced():
        budget = stopper.budget(None, max_seconds)
        found = along(imported.program, path, budget=budget)
        proved: Bounds | None = None
        if certificate is not None:
            proved = bounds(imported.program, found, measures=asked.parameter == "radius", budget=budget)
            source = ModelSource(imported.sha256, imported.choices.record(), property=proved.safe.property, path=family)
            prove(proved.safe, source, budget, certificate, is_checked=is_checked)
        seconds = round(budget.seconds, 3)
    is_radius = asked.radius is not None
    document = {
        "format": "exactgeo-family",
        "version": 1,
        "model": model_document(imported, model),
        "program": program_document(imported.program),
        "family": asked.text,
        "parameter": asked.parameter,
        "greatest_errors": [_error(found, k, asked) for k in range(len(found.functions))] if is_radius else None,
        **along_document(found),
        "certificate": None if proved is None else bounds_document(proved, str(certificate), is_checked=is_checked),
        "seconds": seconds,
    }
    if target is not None and FilePath(target).suffix.lower() in _PICTURES:
        _draw(found, document, target)
    elif target is not None:
        write_json(target, document)
    if not as_json:
        _print(found, document, err=target == STREAM)
    elif target != STREAM:
        print_json(document)


def _demand_certificate(certificate: str | None, *others: str, is_checked: bool) -> None:
    """Raise InvalidArgument, or OSError, if a certificate cannot be written."""
    if is_checked and certificate is None:
        raise InvalidArgument("--check is about the certificate: say where it goes, --certify CERT")
    if certificate == STREAM:
        raise InvalidArgument("--certify needs a file: what is found is told on the standard output")
    demand_target(certificate, *others)


def _error(found: Along, output: int, asked: AskedPath) -> dict[str, object]:
    """Return by how much an output differs at most from the radius, in exact bounds."""
    function, doubt = found.functions[output], found.errors[output]
    if asked.parameter == "squared radius":
        bounds = greatest_radius_error(function)
        return {"lower": text(bounds.lower), "upper": text(bounds.upper), "place": None}
    error = function.greatest_error()
    lower, upper = max(error.value - doubt, Rational(0)), error.value + doubt
    return {"lower": text(lower), "upper": text(upper), "place": text(error.place)}


def _draw(found: Along, document: dict[str, Any], target: str) -> None:
    from exactgeo import plots  # noqa: PLC0415 (needs matplotlib, an extra)

    names = {f"output {k}": function for k, function in enumerate(found.functions)}
    program = document["program"]
    below = (
        f"along {document['family']}; dots where an output bends, large ones where it jumps\n"
        f"network {program['sha256'][:12]}; computed exactly; rounded to floats for drawing alone"
    )
    is_measured = document["parameter"] == "radius"
    figure = plots.draw_functions(names, parameter=document["parameter"], measured=is_measured, text=below)
    plots.save(figure, target)


def _print(found: Along, document: dict[str, Any], *, err: bool) -> None:
    rows: dict[str, object] = {
        "model": document["model"]["path"],
        "exact network": document["program"]["sha256"],
        "family": document["family"],
        "parameter": f"{document['parameter']}, from {document['interval'][0]} to {document['interval'][1]}",
    }
    for k, (function, own) in enumerate(zip(found.functions, document["functions"], strict=True)):
        least, most = function.infimum(), function.supremum()
        kind = "continuous" if function.is_continuous else "with jumps"
        rows[f"output {k}"] = f"{plural(len(function.lines), 'piece')}, {kind}, {own['monotonicity'] or 'not monotone'}"
        rows[f"output {k}: values"] = f"from {_short(least.value)} to {_short(most.value)}{_doubt(found.errors[k])}"
        if document["greatest_errors"] is not None:
            error = document["greatest_errors"][k]
            rows[f"output {k}: error"] = f"at most {_short(rational(error['upper']))} from the radius"
    if document["certificate"] is not None:
        doubt = ", with distances as they were rounded" if any(found.errors) else ""
        rows["certificate"] = _proved(document["certificate"]) + doubt
    print_table({**rows, "seconds": f"{document['seconds']:.2f}"}, err=err)


def _doubt(error: Rational) -> str:
    """Return what to add to values along a path that stands for another one."""
    return f", or {float(error):.1e} more or less: distances that are roots were rounded" if error else ""


def _proved(certificate: dict[str, Any]) -> str:
    """Return what a certificate says."""
    left = len(certificate["places"])
    others = f" but {left:,}, at which the outputs were evaluated" if left else ""
    checked = ", checked" if certificate["checked"] else ""
    return f"{certificate['path']}{checked}: bounds of the outputs for every parameter{others}"


def _short(value: Rational) -> str:
    """Return a number as it is, or, if it is long, about."""
    whole = text(value)
    return whole if len(whole) <= _DIGITS else f"about {gmpy2.mpfr(value):.{_DIGITS}g}"
