"""Which features are great how often in the images of a class."""

from collections.abc import Sequence
from dataclasses import dataclass

from exactgeo.analyses.features.shares import demand_nonnegative, mass, top_features
from exactgeo.arithmetic.rationals import Point, Rational
from exactgeo.errors import DimensionMismatch, InvalidArgument


@dataclass(frozen=True, slots=True)
class ClassFeatures:
    """The features of a class's images.

    Attributes:
        images: how many images of the class have shares.
        without_shares: how many have none, all of their features being 0; they count nowhere else.
        counts: (features,) in how many of the images each feature is among the greatest.
        chosen: I_c, the features that are so most often, in this order; of equally frequent ones the lesser number
            first. Features that never are, are left out, so that there may be fewer than asked for.
        masses: for each image, in order, the sum of the shares of `chosen`.
    """

    images: int
    without_shares: int
    counts: tuple[int, ...]
    chosen: tuple[int, ...]
    masses: tuple[Rational, ...]


def class_features(
    images: Sequence[Point], labels: Sequence[int], *, classes: int, top: int
) -> tuple[ClassFeatures, ...]:
    """Return for each class which features are most often among the `top` greatest of its images.

    Args:
        images: the features h >= 0 of each image.
        labels: the class of each image.
        classes: how many there are.
        top: how many features of an image count as its greatest, and how many of these a class keeps at most.

    Raises:
        DimensionMismatch: if there are not as many labels as images, or images have different numbers of features.
        InvalidArgument: for a negative feature, a label that is no class, or `top` below 1 or above the number of
            features.

    **Exactness**: exact. **Source**: as of `shares`.
    """
    if len(labels) != len(images) or not images:
        raise DimensionMismatch(f"{len(labels)} labels for {len(images)} images; one for each was expected, of some")
    count = len(images[0])
    if any(len(features) != count for features in images):
        raise DimensionMismatch("images have different numbers of features")
    if not 1 <= top <= count:
        raise InvalidArgument(f"the {top} greatest features of {count}: between 1 and {count} were expected")
    for number, label in enumerate(labels):
        if not 0 <= label < classes:
            raise InvalidArgument(f"image {number} has the label {label}: there are {classes} classes, counted from 0")
    demand_nonnegative(images)
    return tuple(
        _of_class([features for features, label in zip(images, labels, strict=True) if label == c], count, top)
        for c in range(classes)
    )


def overlaps(chosen: Sequence[Sequence[int]]) -> tuple[tuple[int, ...], ...]:
    """Return |I_c and I_c'| for each two classes; on the diagonal the sets' own sizes."""
    sets = [frozenset(own) for own in chosen]
    return tuple(tuple(len(one & other) for other in sets) for one in sets)


def _of_class(images: Sequence[Point], features: int, top: int) -> ClassFeatures:
    with_shares = [own for own in images if any(own)]
    counts = [0] * features
    for own in with_shares:
        for j in top_features(own, top):
            counts[j] += 1
    order = sorted(range(features), key=lambda j: (-counts[j], j))
    chosen = tuple(j for j in order[:top] if counts[j])
    masses = (mass(own, chosen) for own in with_shares)
    return ClassFeatures(
        len(with_shares),
        len(images) - len(with_shares),
        tuple(counts),
        chosen,
        tuple(value for value in masses if value is not None),
    )
