"""exactgeo boundary: where the class changes."""

from pathlib import Path

import click

from exactgeo.arithmetic import Enclosure
from exactgeo.cli.options import json_option
from exactgeo.cli.output import STREAM, plural, print_json, print_table, write_json
from exactgeo.cli.questions import EXACT_ENGINES, Asked, Question, boundary_of, question_options, regions_of
from exactgeo.cli.running import compilation_announced, stoppable
from exactgeo.complexes import DecisionBoundary, demand_vertices, measure, mesh
from exactgeo.errors import InvalidArgument
from exactgeo.reports import exports
from exactgeo.reports.geometry import boundary_document, boundary_summary

_DIGITS = 12
_PLANE, _SPACE = 2, 3
_MAP = ".geojson"
_MESHES = {".ply": exports.write_ply, ".obj": exports.write_obj}


@click.command("boundary")
@click.option("--output", "number", type=click.IntRange(min=0), metavar="K", help="The class is output K's sign.")
@click.option("--threshold", metavar="T", help="What output K, or the only one, is compared with; 0 by default.")
@question_options(EXACT_ENGINES)
@click.option(
    "-o",
    "--write",
    "target",
    metavar="FILE",
    help="Write every piece: JSON (- for stdout); .geojson of two inputs, .ply or .obj of three, in floats.",
)
@json_option
def boundary_command(
    asked: Asked,
    number: int | None,
    threshold: str | None,
    target: str | None,
    as_json: bool,
) -> None:
    """Find where a model's class changes, exactly: the greatest output, or whether a single one exceeds a threshold."""
    question = asked.question(target)
    demand_vertices(question.program)
    _demand_format(target, question.program.inputs)
    with stoppable() as stopper, compilation_announced():
        budget = asked.budget(stopper)
        boundary = boundary_of(regions_of(question, asked.how, budget), number, threshold, asked.how, budget)
        summary = {**question.documents(), "engine": asked.how.engine, "certified": True, **_outline(boundary)}
        summary["seconds"] = round(budget.seconds, 3)
    if target:
        _write(target, summary, boundary)
    if not as_json:
        _print(question, asked.how.engine, boundary, summary, err=target == STREAM)
    elif target != STREAM:
        print_json(summary)


def _demand_format(target: str | None, inputs: int) -> None:
    """Raise InvalidArgument for a file whose format is that of another number of inputs."""
    ending = Path(target or "").suffix.lower()
    if ending == _MAP and inputs != _PLANE:
        raise InvalidArgument(f"GeoJSON is of two inputs, and there are {inputs}: choose a slice, or a .json file")
    if ending in _MESHES and inputs != _SPACE:
        raise InvalidArgument(
            f"a mesh is that of three inputs, and there are {inputs}: choose a slice, or a .json file"
        )


def _write(target: str, summary: dict[str, object], boundary: DecisionBoundary) -> None:
    """Write the boundary in the format that a file's ending names; JSON, unless it is a known other one."""
    ending = Path(target).suffix.lower()
    if ending == _MAP:
        exports.write_boundary_geojson(boundary, target)
    elif ending in _MESHES:
        _MESHES[ending](mesh(boundary), target)
    else:
        write_json(target, boundary_document(summary, boundary))


def _outline(boundary: DecisionBoundary) -> dict[str, object]:
    return boundary_summary(boundary, _measure(boundary))


def _measure(boundary: DecisionBoundary) -> Enclosure | None:
    return measure(boundary) if all(piece.facet.flat.is_bounded for piece in boundary.pieces) else None


def _print(
    question: Question, engine: str, boundary: DecisionBoundary, summary: dict[str, object], *, err: bool
) -> None:
    rows: dict[str, object] = {
        "model": question.model_text,
        "exact network": question.program.sha256,
        "domain": question.domain_text,
        "engine": f"{engine} (exact)",
        "pieces": f"{len(boundary.pieces):,}",
    }
    regions = boundary.regions()
    for label, name in enumerate(boundary.rule.names(question.program)):
        own = sum(region.label == label for region in regions)
        rows[f"class {label}"] = f"{name}: {plural(own, 'decision region')}"
    components = boundary.components()
    closed = sum(component.is_closed for component in components)
    rows["components"] = f"{len(components):,}, {closed:,} of them closed"
    if boundary.ties:
        rows["ties"] = f"{plural(len(boundary.ties), 'cell')} on which classes are equally good"
    length = _measure(boundary)
    if length is not None and boundary.pieces:
        names = {1: "points", 2: "length", 3: "area"}
        rows[names.get(boundary.cells.dimension, "volume")] = f"{float(length):.{_DIGITS}g}"
    print_table({**rows, "seconds": f"{summary['seconds']}"}, err=err)
