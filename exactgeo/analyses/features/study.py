"""All that a data set tells of a last layer's features."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from exactgeo.analyses.features.agreement import DataAgreement, agreement_on_data
from exactgeo.analyses.features.frequencies import ClassFeatures, class_features
from exactgeo.analyses.features.layer import LastLayer
from exactgeo.analyses.features.sufficiency import SufficientSubset, greatest_values, minimal_sufficient_subset
from exactgeo.arithmetic.rationals import Point
from exactgeo.enumeration import Budget
from exactgeo.errors import BudgetExhausted
from exactgeo.networks import Program, evaluate


@dataclass(frozen=True, slots=True)
class Study:
    """What a data set tells of a last layer.

    Attributes:
        layer: the last layer.
        images: the features of each image.
        labels: by which the images were put into classes.
        top: how many features of an image, and of a class, count.
        classes: for each class its most frequent features.
        decomposed: the layer whose classes keep these alone.
        agreement: how its classes compare to the layer's own on the images.
        upper: the greatest value of each feature in the images.
        subsets: for each image the features that settle the layer's class, whatever the others do between 0 and
            `upper`; None where the greatest logit is not alone the greatest.

    **Exactness**: everything is exact.
    """

    layer: LastLayer
    images: tuple[Point, ...]
    labels: tuple[int, ...]
    top: int
    classes: tuple[ClassFeatures, ...]
    decomposed: LastLayer
    agreement: DataAgreement
    upper: Point
    subsets: tuple[SufficientSubset | None, ...]


def features_of(
    body: Program,
    images: Sequence[Point],
    *,
    budget: Budget | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> tuple[Point, ...]:
    """Return the features of images: what a network computes of each.

    Args:
        body: the network.
        images: its inputs.
        budget: when to stop.
        on_progress: told after each image how many are done, and how many there are.

    Raises:
        DimensionMismatch: for an image with another number of entries.
        BudgetExhausted: if the budget ends first.
    """
    found: list[Point] = []
    for image in images:
        if budget is not None and (reason := budget.exhausted()):
            raise BudgetExhausted(f"the features of {len(found)} of {len(images)} images are known: {reason}", found)
        found.append(evaluate(body, image).outputs)
        if on_progress is not None:
            on_progress(len(found), len(images))
    return tuple(found)


def study(
    layer: LastLayer,
    images: Sequence[Point],
    top: int,
    labels: Sequence[int] | None = None,
    *,
    budget: Budget | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Study:
    """Return what a data set tells of a last layer.

    Args:
        layer: the last layer.
        images: the features h >= 0 of each image.
        top: how many features of an image count as its greatest, and how many a class keeps.
        labels: the class of each image; by default the layer's own.
        budget: when to stop.
        on_progress: told after each image's subset how many are done, and how many there are.

    Raises:
        DimensionMismatch, InvalidArgument: as `class_features`.
        BudgetExhausted: if the budget ends first.
    """
    known = tuple(layer.classify(h) for h in images) if labels is None else tuple(labels)
    classes = class_features(images, known, classes=layer.classes, top=top)
    decomposed = layer.keeping([own.chosen for own in classes])
    upper = greatest_values(images)
    subsets: list[SufficientSubset | None] = []
    for h in images:
        if budget is not None and (reason := budget.exhausted()):
            raise BudgetExhausted(f"the subsets of {len(subsets)} of {len(images)} images are known: {reason}", subsets)
        subsets.append(minimal_sufficient_subset(layer, h, upper))
        if on_progress is not None:
            on_progress(len(subsets), len(images))
    return Study(
        layer,
        tuple(images),
        known,
        top,
        classes,
        decomposed,
        agreement_on_data(layer, decomposed, images),
        upper,
        tuple(subsets),
    )
