"""exactgeo features: which features of a classifier's last layer each class needs."""

from collections.abc import Callable
from dataclasses import dataclass
from math import comb
from pathlib import Path
from typing import Any

import click

import onnx_import
from exactgeo.analyses.features import (
    Comparison,
    LastLayer,
    Lead,
    Study,
    boundary_dimensions,
    certainly_nonnegative,
    class_subspace,
    compare,
    feature_box,
    features_of,
    lead,
    orthant,
    study,
)
from exactgeo.arithmetic.rationals import Point
from exactgeo.certificates import ModelSource, certify
from exactgeo.cli.datasets import DataSet, read_data
from exactgeo.cli.options import import_options, json_option, model_argument
from exactgeo.cli.output import STREAM, demand_target, plural, print_json, print_table, write_json
from exactgeo.cli.questions import model_document
from exactgeo.cli.running import progress_bar, stoppable
from exactgeo.enumeration import Budget, Progress
from exactgeo.errors import BudgetExhausted, DimensionMismatch, InvalidArgument
from exactgeo.reports.documents import program_document
from exactgeo.reports.features import (
    boundaries_document,
    comparison_document,
    lead_document,
    study_document,
    subspace_document,
)
from onnx_import import Choices, Split

_PICTURES = (".svg", ".pdf", ".png")
_DOCUMENTS = (".json", "")  # nothing: stdout, or whatever
_TOP = 5
_WHERE = ("data", "box", "everywhere")


@dataclass(frozen=True, slots=True)
class _Found:
    """All that was found."""

    split: Split
    data: DataSet
    study: Study
    box: Comparison | None
    everywhere: Comparison | None
    boundaries: list[tuple[int, int, int]] | None


@click.command("features")
@model_argument
@import_options
@click.option("--data", "data_path", required=True, metavar="FILE", help="Images: .npz with x (and labels), or .npy.")
@click.option("--labels", "labels_path", metavar="FILE", help="Their classes, .npy; without any, the network's own.")
@click.option("--top", type=click.IntRange(min=1), help="How many features a class keeps; 5 by default, if there are.")
@click.option(
    "--agreement",
    "where",
    type=click.Choice(_WHERE),
    default=_WHERE[-1],
    show_default=True,
    help="Compare the decomposed layer on the data, on the box of its features too, and everywhere (features >= 0).",
)
@click.option("--max-seconds", type=click.FloatRange(min=0), help="Give up after this long.")
@click.option(
    "-o",
    "--write",
    "target",
    metavar="FILE",
    help="Write what was found: JSON (- for stdout), or a picture of how frequent features are: .svg, .pdf, .png.",
)
@click.option(
    "--difference", metavar="PICTURE", help="Draw features to which the decomposed layer gives another class."
)
@click.option("--certify", "certificate", metavar="CERT", help="Certify that an image's sufficient subset suffices.")
@click.option("--image", type=click.IntRange(min=0), help="Which image's; that with the smallest subset by default.")
@click.option("--check", "is_checked", is_flag=True, help="Have the certificate checked while it is written.")
@json_option
def features_command(
    model: str,
    choices: Choices,
    data_path: str,
    labels_path: str | None,
    top: int | None,
    where: str,
    max_seconds: float | None,
    target: str | None,
    difference: str | None,
    certificate: str | None,
    image: int | None,
    is_checked: bool,
    as_json: bool,
) -> None:
    """Tell which features a classifier's last layer needs for each class, and what becomes of it without the others.

    For each class the features that are most often among the greatest of its images; where the layer that keeps these
    alone agrees with the original, with evidence or a counterexample for each two classes; and for each image a minimal
    set of features that settle its class, whatever the others are between 0 and the greatest value in the data.
    """
    _demand_fitting(target, difference, certificate, image, is_checked=is_checked)
    sources = [path for path in (model, data_path, labels_path) if path is not None]
    targets = [path for path in (target, difference, certificate) if path is not None]
    for number, path in enumerate(targets):
        demand_target(path, *sources, *targets[:number])
    split = onnx_import.split_last_layer(
        model, cut_at=choices.cut_at, irrational=choices.irrational, staircases=choices.staircases
    )
    data = read_data(data_path, split.body.inputs, labels_path)
    with stoppable() as stopper:
        budget = stopper.budget(None, max_seconds)
        found = _found(split, data, top, where, budget)
        proved = None if certificate is None else _certified(found, image, certificate, budget, is_checked=is_checked)
        seconds = round(budget.seconds, 3)
    document = {**_document(found, model, data_path, proved, certificate, is_checked=is_checked), "seconds": seconds}
    _write(found, document, target, difference)
    if not as_json:
        _print(found, document, err=target == STREAM)
    elif target != STREAM:
        print_json(document)


def _demand_fitting(
    target: str | None, difference: str | None, certificate: str | None, image: int | None, *, is_checked: bool
) -> None:
    """Raise InvalidArgument for files that cannot be meant, and options that say nothing."""
    if target is not None and Path(target).suffix.lower() not in (*_PICTURES, *_DOCUMENTS):
        raise InvalidArgument(f"{target}: end it with .json, or with {', '.join(_PICTURES)} for a picture")
    if difference is not None and Path(difference).suffix.lower() not in _PICTURES:
        raise InvalidArgument(f"{difference}: end it with {', '.join(_PICTURES)}")
    if certificate is None and (image is not None or is_checked):
        raise InvalidArgument("--image and --check are about a certificate: say --certify CERT")
    if certificate == STREAM:
        raise InvalidArgument("the certificate needs a file: - is none")


def _found(split: Split, data: DataSet, top: int | None, where: str, budget: Budget) -> _Found:
    layer = LastLayer.of(split.weights, split.bias)
    with progress_bar("features", "images") as show:
        images = features_of(split.body, data.images, budget=budget, on_progress=_counted(show, budget))
    try:
        own = study(layer, images, min(_TOP, layer.features) if top is None else top, data.labels)
    except InvalidArgument as error:
        kind = DimensionMismatch if isinstance(error, DimensionMismatch) else InvalidArgument
        raise kind(f"of what the node '{split.node}' reads: {error}") from error
    box = None if where == "data" else _compared(own, feature_box(own.upper), budget)
    if where != "everywhere":
        return _Found(split, data, own, box, None, None)
    everywhere = _compared(own, orthant(layer.features), budget)
    return _Found(split, data, own, box, everywhere, _boundaries(layer, budget))


def _boundaries(layer: LastLayer, budget: Budget) -> list[tuple[int, int, int]]:
    found: list[tuple[int, int, int]] = []
    count = comb(layer.classes, 2)
    with progress_bar("boundaries", "pairs") as show:
        for dimension in boundary_dimensions(layer, nonnegative=True):
            found.append(dimension)
            if reason := budget.exhausted():
                raise BudgetExhausted(f"{len(found)} of {count} boundaries are known: {reason}", found)
            show(Progress(len(found), len(found) / count, budget.seconds))
    return found


def _compared(own: Study, domain: Any, budget: Budget) -> Comparison:  # noqa: ANN401 (a polyhedron)
    with progress_bar("agreement", "pairs") as show:
        return compare(own.layer, own.decomposed, domain, budget=budget, on_progress=_counted(show, budget))


def _counted(show: Callable[[Progress], None], budget: Budget) -> Callable[[int, int], None]:
    """Return what turns counts into news."""
    return lambda done, count: show(Progress(done, done / count, budget.seconds))


def _certified(found: _Found, image: int | None, target: str, budget: Budget, *, is_checked: bool) -> tuple[int, Lead]:
    """Write a certificate of an image's sufficient subset; return the image and what is certified."""
    subsets = found.study.subsets
    if image is None:
        sizes = [(len(own.subset), k) for k, own in enumerate(subsets) if own is not None]
        if not sizes:
            raise InvalidArgument("there is nothing to certify: of every image two logits are greatest")
        image = min(sizes)[1]
    if image >= len(subsets):
        raise InvalidArgument(f"there is no image {image}: there are {len(subsets)}, counted from 0")
    own = subsets[image]
    if own is None:
        raise InvalidArgument(f"no features settle the class of image {image}, two of whose logits are greatest")
    whole = found.split.whole
    proved = lead(own, budget=budget)
    source = ModelSource(
        whole.sha256, whole.choices.record(), proved.cut, None, proved.safe.property, starts_at=found.split.node
    )
    made = certify(proved.safe, source=source)
    if is_checked:
        made.save_checked(target)
    else:
        made.save(target)
    return image, proved


def _document(
    found: _Found,
    model: str,
    data_path: str,
    proved: tuple[int, Lead] | None,
    certificate: str | None,
    *,
    is_checked: bool,
) -> dict[str, Any]:
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


def _write(found: _Found, document: dict[str, Any], target: str | None, difference: str | None) -> None:
    if target is not None and Path(target).suffix.lower() in _PICTURES:
        from exactgeo import plots  # noqa: PLC0415 (needs matplotlib, an extra)

        below = f"circles: the {document['top']} features that each class keeps\n{_provenance(document)}"
        plots.save(plots.draw_frequencies(found.study.classes, text=below), target)
    elif target is not None:
        write_json(target, document)
    if difference is not None:
        _draw_difference(found, document, difference)


def _draw_difference(found: _Found, document: dict[str, Any], target: str) -> None:
    """Draw an image that the two layers tell apart, or else features of the box, or of anywhere."""
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
        raise InvalidArgument("there is no difference to draw: the layers agree wherever they were compared")
    text = f"{what}\n{_provenance(document)}"
    plots.save(plots.draw_difference(own.layer, own.decomposed, h, image=image, text=text), target)


def _provenance(document: dict[str, Any]) -> str:
    return f"network {document['program']['sha256'][:12]}; computed exactly; rounded to floats for drawing alone"


def _print(found: _Found, document: dict[str, Any], *, err: bool) -> None:
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
