"""exactgeo family: what a model does along a one-parameter family of inputs."""

import math
import re
from collections.abc import Callable
from pathlib import Path as FilePath
from typing import Any

import click
import gmpy2

import onnx_import
from exactgeo.analyses.families import (
    Along,
    Path,
    along,
    area_sampled_pulse,
    binary_disk,
    binary_pulse,
    greatest_radius_error,
    smooth_disk,
)
from exactgeo.arithmetic.rationals import Rational, rational, text
from exactgeo.cli.options import import_options, json_option, model_argument
from exactgeo.cli.output import STREAM, demand_target, plural, print_json, print_table, write_json
from exactgeo.cli.questions import model_document
from exactgeo.cli.running import compilation_announced, stoppable
from exactgeo.errors import InvalidArgument
from exactgeo.networks import Program
from exactgeo.reports.documents import program_document
from exactgeo.reports.families import along_document
from onnx_import import Choices

_PICTURES = (".svg", ".pdf", ".png")
_DOCUMENTS = (".json", "")  # nothing: stdout, or whatever
_PULSES: dict[str, Callable[[int, Any, Any], Path]] = {
    "binary-pulse": binary_pulse,
    "area-pulse": area_sampled_pulse,
}
_DISKS: dict[str, Callable[[int, int, Any, Any], Path]] = {"binary-disk": binary_disk, "smooth-disk": smooth_disk}
_SQUARED = "binary-disk"  # whose parameter is the squared radius
_DIGITS = 9
_SHAPE = re.compile(r"([1-9][0-9]{0,8})x([1-9][0-9]{0,8})")


@click.command("family")
@model_argument
@import_options
@click.option("--pulse", type=click.Choice(list(_PULSES)), help="Pulses of growing radius, the inputs being a row.")
@click.option("--disk", type=click.Choice(list(_DISKS)), help="Disks of growing radius, the inputs being an image.")
@click.option("--path", "polyline", metavar="FILE", help="Instead, a polyline through points: a JSON file.")
@click.option("--radius", metavar="LOW,HIGH", help="From which radius to which.")
@click.option("--shape", metavar="HxW", help="Of the image; a square by default.")
@click.option("--max-seconds", type=click.FloatRange(min=0), help="Give up after this long.")
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
    pulse: str | None,
    disk: str | None,
    polyline: str | None,
    radius: str | None,
    shape: str | None,
    max_seconds: float | None,
    target: str | None,
    as_json: bool,
) -> None:
    """Follow a model along a family of inputs: each output as an exact piecewise-linear function of one parameter.

    Along pulses and disks the parameter is the radius (of binary disks, which jump at roots, the squared radius), and
    the greatest difference from it is told: how well an output measures the radius.
    """
    _demand_one(pulse, disk, polyline, radius, shape)
    if target is not None and FilePath(target).suffix.lower() not in (*_PICTURES, *_DOCUMENTS):
        raise InvalidArgument(f"{target}: end it with .json, or with {', '.join(_PICTURES)} for a picture")
    demand_target(target, *(path for path in (model, polyline) if path is not None))
    imported = onnx_import.read(model, **choices.record())
    path = _path(imported.program, pulse, disk, polyline, radius, shape)
    with stoppable() as stopper, compilation_announced():
        budget = stopper.budget(None, max_seconds)
        found = along(imported.program, path, budget=budget)
        seconds = round(budget.seconds, 3)
    errors = None if polyline else [_error(found, k, squared=disk == _SQUARED) for k in range(len(found.functions))]
    document = {
        "format": "exactgeo-family",
        "version": 1,
        "model": model_document(imported, model),
        "program": program_document(imported.program),
        "family": polyline or f"{pulse or disk} {radius}",
        "parameter": "squared radius" if disk == _SQUARED else "place" if polyline else "radius",
        "greatest_errors": errors,
        **along_document(found),
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


def _demand_one(pulse: str | None, disk: str | None, path: str | None, radius: str | None, shape: str | None) -> None:
    """Raise InvalidArgument unless one family is named, with what it needs and nothing else."""
    if sum(option is not None for option in (pulse, disk, path)) != 1:
        raise InvalidArgument("say which family: --pulse, --disk or --path, one of them")
    if (path is None) == (radius is None):
        raise InvalidArgument("--radius LOW,HIGH says how far pulses and disks grow; a path has its own parameter")
    if shape is not None and disk is None:
        raise InvalidArgument("--shape is that of the image in which a disk grows")


def _path(
    program: Program, pulse: str | None, disk: str | None, polyline: str | None, radius: str | None, shape: str | None
) -> Path:
    if polyline is not None:
        return Path.read(polyline)
    low, high = _radii(radius or "")
    if pulse is not None:
        return _PULSES[pulse](program.inputs, low, high)
    height, width = _image(program.inputs, shape)
    if disk == _SQUARED:
        return binary_disk(height, width, low * low, high * high)
    return _DISKS[str(disk)](height, width, low, high)


def _radii(written: str) -> tuple[Rational, Rational]:
    parts = written.split(",")
    try:
        low, high = map(rational, parts)
    except (ValueError, InvalidArgument) as error:
        raise InvalidArgument(f"--radius {written} is not LOW,HIGH, two numbers such as 3/2,19/2") from error
    if not 0 <= low < high:  # of which the squares of a binary disk would say nothing
        raise InvalidArgument(f"radii grow from 0 or more: not from {low} to {high}")
    return low, high


def _image(inputs: int, shape: str | None) -> tuple[int, int]:
    """Return the height and the width of an image of so many pixels."""
    if shape is None:
        side = math.isqrt(inputs)
        if side * side != inputs:
            raise InvalidArgument(f"{inputs} inputs are no square image: say --shape HxW")
        return side, side
    match = _SHAPE.fullmatch(shape)
    height, width = match.groups() if match else ("0", "0")
    if int(height) * int(width) != inputs:
        raise InvalidArgument(f"--shape {shape} is not HxW with {inputs} pixels, as many as there are inputs")
    return int(height), int(width)


def _error(found: Along, output: int, *, squared: bool) -> dict[str, object]:
    """Return by how much an output differs at most from the radius, in exact bounds."""
    function, doubt = found.functions[output], found.errors[output]
    if squared:
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
        rows[f"output {k}: values"] = f"from {_short(least.value)} to {_short(most.value)}"
        if document["greatest_errors"] is not None:
            error = document["greatest_errors"][k]
            rows[f"output {k}: error"] = f"at most {_short(rational(error['upper']))} from the radius"
    print_table({**rows, "seconds": f"{document['seconds']:.2f}"}, err=err)


def _short(value: Rational) -> str:
    """Return a number as it is, or, if it is long, about."""
    whole = text(value)
    return whole if len(whole) <= _DIGITS else f"about {gmpy2.mpfr(value):.{_DIGITS}g}"
