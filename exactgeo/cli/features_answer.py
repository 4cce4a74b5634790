"""What `exactgeo features` answers: its document, its pictures and its table."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from exactgeo.analyses.features import Comparison, Lead, Study, certainly_nonnegative, class_subspace
from exactgeo.arithmetic.rationals import Point
from exactgeo.cli.datasets import DataSet
from exactgeo.cli.output import plural, print_table, write_json
from exactgeo.cli.questions import model_document
from exactgeo.reports.documents import program_document
from exactgeo.reports.features import (
    boundaries_document,
    comparison_document,
    lead_document,
    study_document,
    subspace_document,
)
from onnx_import import Split

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PICTURES = (".svg", ".pdf", ".png")


@dataclass(frozen=True, slots=True)
class Found:
    """All that was found.

    Attributes:
        split: the model.
        data: the images.
        study: what they tell.
        box: how the decomposed layer compares where features are as great as in the data; None if that was not asked.
        everywhere: likewise on all features >= 0.
        boundaries: each two classes, and the dimensions of their boundary, in all of space and within features >= 0;
            None if that was not asked.
    """

    split: Split
    data: DataSet
    study: Study
    box: Comparison | None
    everywhere: Comparison | None
    boundaries: list[tuple[int, int, int, int]] | None


def features_document(
    found: Found,
    model: str,
    data_path: str,
    proved: tuple[int, Lead] | None,
    certificate: str | None,
    *,
    is_checked: bool,
) -> dict[str, Any]:
    """Return the JSON document (schema: exactgeo/reports/schemas/features.schema.json), but for its seconds.

    Args:
        found: what it tells.
        model: the model's path.
        data_path: the data's.
        proved: the image, and what was certified of it, if something was.
        certificate: where the certificate is.
        is_checked: whether it was checked.
    """
    layer, split = found.study.layer, found.split
    certain = certainly_nonnegative(split.body)
    dimensions = None if found.boundaries is None else boundaries_document(found.boundaries)
    return {
        "format": "exactgeo-features",
        "version": 1,
        "model": model_document(split.whole, model),
        "program": program_document(split.whole.program),
        "last_layer": {
            "node": split.node,
            "program": program_document(split.layer),
            "nonnegative": "certain" if all(certain) else "on the data",
        },
        "data": {
            "path": data_path,
            "images": len(found.data.images),
            "labels": "network" if found.data.labels is None else "given",
        },
        **study_document(found.study),
        "subspace": {
            "original": subspace_document(class_subspace(layer)),
            "decomposed": subspace_document(class_subspace(found.study.decomposed)),
            "boundaries": dimensions,
        },
        "agreement_on_box": None if found.box is None else comparison_document(found.box),
        "agreement_everywhere": None if found.everywhere is None else comparison_document(found.everywhere),
        "certificate": None
        if proved is None
        else {"path": certificate, "checked": is_checked, **lead_document(proved[1], proved[0])},
    }


def write_answer(found: Found, document: dict[str, Any], target: str | None, difference: str | None) -> None:
    """Write the document or the picture of frequencies, and the picture of a difference, where they are wanted."""
    drawn = {}
    if difference is not None and (figure := _difference(found, document)) is not None:
        drawn[difference] = figure
    if target is not None and Path(target).suffix.lower() in PICTURES:
        from exactgeo import plots  # noqa: PLC0415 (needs matplotlib, an extra)

        below = f"circles: the {document['top']} features that each class keeps\n{_provenance(document)}"
        drawn[target] = plots.draw_frequencies(found.study.classes, text=below)
    elif target is not None:
        write_json(target, document)
    for path, figure in drawn.items():  # when all have been drawn
        plots.save(figure, path)


def _difference(found: Found, document: dict[str, Any]) -> "Figure | None":
    """Return a picture of an image that the two layers tell apart, or else of features of the box, or of anywhere."""
    from exactgeo import plots  # noqa: PLC0415 (needs matplotlib, an extra)

    own, image, what = found.study, None, ""
    h: Point | None = None
    if own.agreement.differing:
        number = own.agreement.differing[0]
        h, what = own.images[number], f"image {number} of the data"
        height, width = ([1, 1, *found.split.whole.inputs[0][1]])[-2:]
        if height > 1 and height * width == found.split.body.inputs:
            image = found.data.array[number].astype(float).reshape(height, width)
    else:
        for comparison, name in ((found.box, "the box of the data's features"), (found.everywhere, "features >= 0")):
            if h is None and comparison is not None and comparison.counterexamples:
                h, what = comparison.counterexamples[0].point, f"a counterexample in {name}"
    if h is None:
        click.echo("exactgeo: there is no difference to draw: the layers agree wherever they were compared", err=True)
        return None
    text = f"{what}\n{_provenance(document)}"
    return plots.draw_difference(own.layer, own.decomposed, h, image=image, text=text)


def _provenance(document: dict[str, Any]) -> str:
    return f"network {document['program']['sha256'][:12]}; computed exactly; rounded to floats for drawing alone"


def print_answer(found: Found, document: dict[str, Any], *, err: bool) -> None:
    """Print what was found as a table."""
    own, layer = found.study, document["last_layer"]
    given = "as labelled" if found.data.labels is not None else "by the network's own classes"
    size = f"{plural(own.layer.features, 'feature')}, {own.layer.classes} classes"
    rows: dict[str, object] = {
        "model": document["model"]["path"],
        "exact network": document["program"]["sha256"],
        "last layer": f"the node '{layer['node']}': {size}; features >= 0: {layer['nonnegative']}",
        "data": f"{plural(len(own.images), 'image')}, {given}",
    }
    for number, one in enumerate(own.classes):
        mass = document["classes"][number]["mass"]
        half = "" if mass is None else f"; {float(sorted(one.masses)[(len(one.masses) - 1) // 2]):.0%} of the mass"
        rows[f"class {number}"] = f"{', '.join(map(str, one.chosen)) or 'none'} ({plural(one.images, 'image')}{half})"
    if without := sum(one.without_shares for one in own.classes):
        rows["without shares"] = f"{plural(without, 'image')}, all of whose features are 0"
    agreement = own.agreement
    rows["agreement: data"] = f"{agreement.agreed:,} of {plural(agreement.images, 'image')}" + (
        f", {len(agreement.tied):,} with ties" if agreement.tied else ""
    )
    for name, comparison in (("box", found.box), ("everywhere", found.everywhere)):
        if comparison is not None:
            rows[f"agreement: {name}"] = _summary(comparison)
    original, decomposed = (document["subspace"][key] for key in ("original", "decomposed"))
    rows["rank"] = (
        f"{original['rank']}, decomposed {decomposed['rank']}; at most {original['greatest_rank']} for any weights"
    )
    sizes = sorted(len(one.subset) for one in own.subsets if one is not None)
    if sizes:
        least = sum(one is not None and one.is_least for one in own.subsets)
        rows["sufficient subsets"] = (
            f"of {sizes[0]} to {sizes[-1]} features, half of them of at most {sizes[(len(sizes) - 1) // 2]}; "
            f"none can be left out, and of {plural(least, 'image')} no smaller set suffices"
        )
    if document["certificate"] is not None:
        certified = document["certificate"]
        checked = ", checked" if certified["checked"] else ""
        rows["certified"] = f"image {certified['image']}'s subset {certified['subset']}: {certified['path']}{checked}"
    print_table({**rows, "seconds": f"{document['seconds']:.2f}"}, err=err)


def _summary(comparison: Comparison) -> str:
    count = len(comparison.counterexamples)
    if not count:
        return "the classes are the same, ties included"
    strict = sum(one.is_strict for one in comparison.counterexamples)
    ties = "" if strict == count else f", {count - strict} of them at ties alone"
    return f"for {count} of {len(comparison.verdicts)} pairs of classes there is a counterexample{ties}"
