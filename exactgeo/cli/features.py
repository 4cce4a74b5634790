"""exactgeo features: which features of a classifier's last layer each class needs."""

from collections.abc import Callable
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
    compare,
    feature_box,
    features_of,
    lead,
    orthant,
    study,
)
from exactgeo.certificates import ModelSource
from exactgeo.cli.datasets import DataSet, read_data
from exactgeo.cli.features_answer import PICTURES, Found, features_document, print_answer, write_answer
from exactgeo.cli.options import import_options, json_option, model_argument
from exactgeo.cli.output import STREAM, demand_target, print_json
from exactgeo.cli.proving import prove
from exactgeo.cli.running import progress_bar, stoppable
from exactgeo.enumeration import Budget, Progress
from exactgeo.errors import BudgetExhausted, DimensionMismatch, InvalidArgument
from onnx_import import Choices, Split

_DOCUMENTS = (".json", "")  # nothing: stdout, or whatever
_TOP = 5
_WHERE = ("data", "box", "everywhere")


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
    choices.demand_none_for_nnet()
    split = onnx_import.split_last_layer(
        model, cut_at=choices.cut_at, irrational=choices.irrational, staircases=choices.staircases
    )
    data = read_data(data_path, split.body.inputs, labels_path)
    with stoppable() as stopper:
        budget = stopper.budget(None, max_seconds)
        found = _found(split, data, top, where, budget)
        proved = None if certificate is None else _certified(found, image, certificate, budget, is_checked=is_checked)
        seconds = round(budget.seconds, 3)
    document = {
        **features_document(found, model, data_path, proved, certificate, is_checked=is_checked),
        "seconds": seconds,
    }
    write_answer(found, document, target, difference)
    if not as_json:
        print_answer(found, document, err=target == STREAM)
    elif target != STREAM:
        print_json(document)


def _demand_fitting(
    target: str | None, difference: str | None, certificate: str | None, image: int | None, *, is_checked: bool
) -> None:
    """Raise InvalidArgument for files that cannot be meant, and options that say nothing."""
    if target is not None and Path(target).suffix.lower() not in (*PICTURES, *_DOCUMENTS):
        raise InvalidArgument(f"{target}: end it with .json, or with {', '.join(PICTURES)} for a picture")
    if difference is not None and Path(difference).suffix.lower() not in PICTURES:
        raise InvalidArgument(f"{difference}: end it with {', '.join(PICTURES)}")
    if certificate is None and (image is not None or is_checked):
        raise InvalidArgument("--image and --check are about a certificate: say --certify CERT")
    if certificate == STREAM:
        raise InvalidArgument("the certificate needs a file: - is none")


def _found(split: Split, data: DataSet, top: int | None, where: str, budget: Budget) -> Found:
    layer = LastLayer.of(split.weights, split.bias)
    with progress_bar("features", "images") as show:
        images = features_of(split.body, data.images, budget=budget, on_progress=_counted(show, budget))
    try:
        with progress_bar("subsets", "images") as show:
            kept = min(_TOP, layer.features) if top is None else top
            own = study(layer, images, kept, data.labels, budget=budget, on_progress=_counted(show, budget))
    except InvalidArgument as error:
        kind = DimensionMismatch if isinstance(error, DimensionMismatch) else InvalidArgument
        raise kind(f"of what the node '{split.node}' reads: {error}") from error
    box = None if where == "data" else _compared(own, feature_box(own.upper), budget)
    if where != "everywhere":
        return Found(split, data, own, box, None, None)
    everywhere = _compared(own, orthant(layer.features), budget)
    return Found(split, data, own, box, everywhere, _boundaries(layer, budget))


def _boundaries(layer: LastLayer, budget: Budget) -> list[tuple[int, int, int, int]]:
    found: list[tuple[int, int, int, int]] = []
    count = comb(layer.classes, 2)
    with progress_bar("boundaries", "pairs") as show:
        within = boundary_dimensions(layer, nonnegative=True)
        for whole, (_, _, part) in zip(boundary_dimensions(layer), within, strict=True):
            found.append((*whole, part))
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


def _certified(found: Found, image: int | None, target: str, budget: Budget, *, is_checked: bool) -> tuple[int, Lead]:
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
    prove(proved.safe, source, budget, target, is_checked=is_checked)
    return image, proved
