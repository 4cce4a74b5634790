"""exactgeo inspect: what was imported."""

import time
from collections.abc import Mapping

import click

import onnx_import
from exactgeo.cli.options import import_options, json_option, model_argument
from exactgeo.cli.output import plural, print_json, print_table, printable
from exactgeo.cli.questions import model_document
from exactgeo.cli.running import progress_bar
from exactgeo.enumeration import enumerate_regions
from exactgeo.enumeration.budgets import Progress
from exactgeo.polyhedra.domains import parse_domain
from exactgeo.reports.documents import program_document
from onnx_import import Choices, ImportedModel
from onnx_import.imported import Origin
from onnx_import.replay import displaced_points, random_points, replay

_MOST_ORIGINS = 40


@click.command("inspect")
@model_argument
@import_options
@click.option(
    "--replay",
    "points",
    type=click.IntRange(min=1),
    metavar="N",
    help="Evaluate the graph itself at N random points by a second route; it must agree with the program, exactly.",
)
@click.option(
    "--domain",
    "domain_text",
    metavar="D",
    help="With --replay: also at a point of every activation region in D, and at N points beside each.",
)
@json_option
def inspect_command(model: str, choices: Choices, points: int | None, domain_text: str | None, as_json: bool) -> None:
    """Show what was imported from a model: inputs, outputs, operators, units, and the hashes that name it."""
    if domain_text is not None and points is None:
        raise click.UsageError("--domain says where to replay; give --replay N as well")
    imported = onnx_import.read(model, **choices.record())
    replayed = None if points is None else _replay(imported, model, points, domain_text)
    if as_json:
        print_json({**_document(imported, model), "replay": replayed})
    else:
        _print(imported, model)
        if replayed is not None:
            print_table({"replay": _replayed_sentence(replayed)})


def _replay(imported: ImportedModel, path: str, count: int, domain_text: str | None) -> dict[str, int | None]:
    """Compare both routes at random points and, with a domain, in every region; return at how many points."""
    points = list(random_points(imported.program.inputs, count))
    regions = None
    if domain_text is not None:
        domain = parse_domain(domain_text, imported.program.inputs)
        with progress_bar("enumerating") as on_progress:
            arrangement = enumerate_regions(imported.program, domain, on_progress=on_progress)
        regions = len(arrangement)
        for number, region in enumerate(arrangement):
            points += [region.witness, *displaced_points(region.witness, count, seed=number)]
    started = time.monotonic()
    with progress_bar("replaying", "points") as on_progress:

        def on_point(done: int) -> None:
            on_progress(Progress(done, done / len(points), time.monotonic() - started))

        replay(path, imported, points, on_point)
    return {"points": len(points), "random_points": count, "regions": regions}


def _replayed_sentence(replayed: Mapping[str, int | None]) -> str:
    regions = replayed["regions"]
    where = (
        "" if regions is None else f" ({replayed['random_points']} random ones, the rest in and around every region)"
    )
    return f"the graph itself gives the same outputs, exactly, at {plural(replayed['points'] or 0, 'point')}{where}"


def _document(imported: ImportedModel, path: str) -> dict[str, object]:
    program = imported.program
    return {
        "model": {
            **model_document(imported, path),
            "opset": imported.opset,
            "ir_version": imported.ir_version,
            "producer": imported.producer,
            "rounded_constants": imported.rounded,
            "external_data": dict(imported.external_data),
        },
        "program": {
            **program_document(program),
            "layers": [len(layer) for layer in program.layers],
            "nonzeros": program.units.forms.nonzeros + program.outputs.nonzeros,
            "continuous": program.is_continuous,
        },
        "inputs": [{"name": name, "shape": list(shape)} for name, shape in imported.inputs],
        "outputs": [{"name": name, "shape": list(shape)} for name, shape in imported.outputs],
        "operators": dict(imported.operators),
        "origins": [{"node": o.node, "operator": o.operator, "units": o.units} for o in imported.origins],
    }


def _print(imported: ImportedModel, path: str) -> None:
    program = imported.program
    model: dict[str, object] = {
        "model": path,
        "  sha256": imported.sha256,
        "  written by": f"{imported.producer or 'unknown'} ({_format(imported)})",
        "  operators": [f"{count} {name}" for name, count in imported.operators.items()] or "none",
        "  inputs": _shapes(imported.inputs),
        "  outputs": _shapes(imported.outputs),
        "  cut at": imported.choices.cut_at,
        "  irrational": _rounding(imported),
        "  staircases": "read as discontinuous units" if imported.choices.staircases else None,
        "  data files": ", ".join(f"{name} {digest}" for name, digest in imported.external_data.items()) or None,
        "  normalisation": imported.choices.normalisation if imported.opset is None else None,
    }
    print_table({name: value for name, value in model.items() if value is not None})
    sizes = ((program.inputs, "input"), (program.unit_count, "unit"), (program.output_count, "output"))
    print_table(
        {
            "program": ", ".join(plural(count, noun) for count, noun in sizes),
            "  sha256": f"{program.sha256} (the exact network)",
            "  layers": " + ".join(str(len(layer)) for layer in program.layers) or "none: the network is affine",
            "  continuous": "yes" if program.is_continuous else f"perhaps not: units of {_jumping(imported)} jump",
        }
    )
    for origin in imported.origins[:_MOST_ORIGINS]:
        click.echo(f"  {plural(origin.units, 'unit'):>12} of {_origin(origin)}")
    if len(imported.origins) > _MOST_ORIGINS:
        click.echo(
            f"               and those of {len(imported.origins) - _MOST_ORIGINS} more nodes (--json lists them)"
        )


def _jumping(imported: ImportedModel) -> str:
    """Name the nodes that have units which are not continuous."""
    found, start = [], 0
    for origin in imported.origins:
        units = range(start, start + origin.units)
        start += origin.units
        if not all(imported.program.unit(unit).is_continuous() for unit in units):
            found.append(_origin(origin))
    return ", ".join(found)


def _origin(origin: Origin) -> str:
    return f"{origin.operator} '{printable(origin.node)}'"


def _rounding(imported: ImportedModel) -> str | None:
    if not imported.rounded:
        return None
    kind = imported.choices.irrational.removeprefix("fold-")
    return (
        f"{plural(imported.rounded, 'constant')} rounded to {kind}: the network is the one with the rounded constants"
    )


def _format(imported: ImportedModel) -> str:
    return ".nnet" if imported.opset is None else f"opset {imported.opset}, IR version {imported.ir_version}"


def _shapes(named: tuple[tuple[str, tuple[int, ...]], ...]) -> str:
    return ", ".join(f"{name} {list(shape)}" for name, shape in named)
