"""exactgeo inspect: what was imported."""

import click

import onnx_import
from exactgeo.cli.shared import (
    import_options,
    json_option,
    model_argument,
    model_document,
    plural,
    print_json,
    print_table,
)
from exactgeo.reports.documents import program_document
from onnx_import import Choices, ImportedModel


@click.command("inspect")
@model_argument
@import_options
@json_option
def inspect_command(model: str, choices: Choices, as_json: bool) -> None:
    """Show what was imported from a model: inputs, outputs, operators, units, and the hashes that name it."""
    imported = onnx_import.read(model, **choices.record())
    if as_json:
        print_json(_document(imported, model))
    else:
        _print(imported, model)


def _document(imported: ImportedModel, path: str) -> dict[str, object]:
    program = imported.program
    return {
        "model": {
            **model_document(imported, path),
            "opset": imported.opset,
            "ir_version": imported.ir_version,
            "producer": imported.producer,
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
    }


def _print(imported: ImportedModel, path: str) -> None:
    program = imported.program
    model: dict[str, object] = {
        "model": path,
        "  sha256": imported.sha256,
        "  written by": f"{imported.producer or 'unknown'} ({_format(imported)})",
        "  operators": ", ".join(f"{count} {name}" for name, count in imported.operators.items()) or "none",
        "  inputs": _shapes(imported.inputs),
        "  outputs": _shapes(imported.outputs),
        "  cut at": imported.choices.cut_at,
        "  normalisation": imported.choices.normalisation if imported.opset is None else None,
    }
    print_table({name: value for name, value in model.items() if value is not None})
    sizes = ((program.inputs, "input"), (program.unit_count, "unit"), (program.output_count, "output"))
    print_table(
        {
            "program": ", ".join(plural(count, noun) for count, noun in sizes),
            "  sha256": f"{program.sha256} (names the exact network)",
            "  layers": " + ".join(str(len(layer)) for layer in program.layers) or "none: the network is affine",
            "  continuous": "yes" if program.is_continuous else "not unit by unit: it may jump",
        }
    )


def _format(imported: ImportedModel) -> str:
    return ".nnet" if imported.opset is None else f"opset {imported.opset}, IR version {imported.ir_version}"


def _shapes(named: tuple[tuple[str, tuple[int, ...]], ...]) -> str:
    return ", ".join(f"{name} {list(shape)}" for name, shape in named)
