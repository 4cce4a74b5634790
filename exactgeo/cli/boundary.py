"""exactgeo boundary: where the class changes."""

from pathlib import Path

import click

from exactgeo.cli.shared import (
    STREAM,
    How,
    Question,
    budget_options,
    compilation_announced,
    demand_journal,
    demand_target,
    domain_option,
    exact_engine_option,
    import_options,
    jobs_options,
    json_option,
    model_argument,
    plural,
    print_json,
    print_table,
    progress_bar,
    regions_of,
    slice_option,
    stoppable,
    write_json,
)
from exactgeo.complexes import DecisionBoundary, Enclosure, decision_boundary, measure, mesh
from exactgeo.complexes.cells.faces import are_faces_known
from exactgeo.reports import exports
from exactgeo.reports.geometry import boundary_document, boundary_summary
from onnx_import import Choices

_DIGITS = 12
_MESHES = {".ply": exports.write_ply, ".obj": exports.write_obj}


@click.command("boundary")
@model_argument
@domain_option
@slice_option
@exact_engine_option
@click.option("--output", "number", type=click.IntRange(min=0), metavar="K", help="The class is output K's sign.")
@click.option("--threshold", metavar="T", help="What output K, or the only one, is compared with; 0 by default.")
@import_options
@budget_options
@jobs_options
@click.option(
    "-o",
    "--write",
    "target",
    metavar="FILE",
    help="Write every piece: JSON (- for stdout); .geojson of two inputs, .ply or .obj of three, in floats.",
)
@json_option
def boundary_command(
    model: str,
    domain_text: str,
    slice_path: str | None,
    engine: str,
    number: int | None,
    threshold: str | None,
    choices: Choices,
    max_regions: int | None,
    max_seconds: float | None,
    jobs: int,
    resume: str | None,
    target: str | None,
    as_json: bool,
) -> None:
    """Find where a model's class changes, exactly: the greatest output, or whether a single one exceeds a threshold."""
    sources = [path for path in (model, domain_text, slice_path) if path is not None]
    demand_target(target, *sources)
    demand_journal(resume, *sources, target)
    question = Question.read(model, domain_text, choices, slice_path)
    with stoppable() as stopper, compilation_announced():
        budget = stopper.budget(max_regions, max_seconds)
        found = regions_of(question, How(engine, jobs, resume), budget)
        with progress_bar("classes") as on_progress:
            boundary = decision_boundary(
                found, output=number, threshold=threshold, jobs=jobs, budget=budget, on_progress=on_progress
            )
        summary = {**question.documents(), "engine": engine, "certified": True, **_outline(boundary)}
        summary["seconds"] = round(budget.seconds, 3)
    if target:
        _write(target, summary, boundary)
    if not as_json:
        _print(question, engine, boundary, summary, err=target == STREAM)
    elif target != STREAM:
        print_json(summary)


def _write(target: str, summary: dict[str, object], boundary: DecisionBoundary) -> None:
    """Write the boundary in the format that a file's ending names; JSON, unless it is a known other one."""
    ending = Path(target).suffix.lower()
    if ending == ".geojson":
        exports.write_boundary_geojson(boundary, target)
    elif ending in _MESHES:
        _MESHES[ending](mesh(boundary), target)
    else:
        write_json(target, boundary_document(summary, boundary))


def _outline(boundary: DecisionBoundary) -> dict[str, object]:
    return boundary_summary(boundary, _measure(boundary), has_faces=are_faces_known(boundary.cells.arrangement.program))


def _measure(boundary: DecisionBoundary) -> Enclosure | None:
    pieces = [piece.facet.flat for piece in boundary.pieces]
    is_bounded = all(not flat.lines and all(vector[0] for vector in flat.generators) for flat in pieces)
    return measure(boundary) if is_bounded else None


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
    if summary["components"] is not None:
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
