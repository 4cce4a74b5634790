"""How often two layers agree on the images of a data set."""

from collections.abc import Sequence
from dataclasses import dataclass

from exactgeo.analyses.features.layer import LastLayer
from exactgeo.arithmetic.rationals import Point
from exactgeo.errors import DimensionMismatch


@dataclass(frozen=True, slots=True)
class DataAgreement:
    """The classes that two layers give to the same images; at a tie the least number, in both.

    Attributes:
        confusion: (classes, classes) how many images the first layer gives to the row's class and the second to the
            column's.
        differing: the numbers of the images to which they give different classes.
        tied: the numbers of the images at which one of the two has several greatest logits.
    """

    confusion: tuple[tuple[int, ...], ...]
    differing: tuple[int, ...]
    tied: tuple[int, ...]

    @property
    def images(self) -> int:
        """How many images there are."""
        return sum(map(sum, self.confusion))

    @property
    def agreed(self) -> int:
        """How many images get the same class."""
        return sum(row[c] for c, row in enumerate(self.confusion))

    @property
    def by_class(self) -> tuple[tuple[int, int], ...]:
        """For each class of the first layer how many images have it, and to how many of these the second agrees."""
        return tuple((sum(row), row[c]) for c, row in enumerate(self.confusion))


def agreement_on_data(original: LastLayer, decomposed: LastLayer, images: Sequence[Point]) -> DataAgreement:
    """Return how the classes that two layers give to the same features compare.

    Raises:
        DimensionMismatch: if the layers have different shapes, or an image another number of features.

    **Exactness**: exact.
    """
    demand_same_shape(original, decomposed)
    confusion = [[0] * original.classes for _ in range(original.classes)]
    differing, tied = [], []
    for number, features in enumerate(images):
        first, second = original.classify(features), decomposed.classify(features)
        confusion[first][second] += 1
        if first != second:
            differing.append(number)
        if original.is_tied(features) or decomposed.is_tied(features):
            tied.append(number)
    return DataAgreement(tuple(map(tuple, confusion)), tuple(differing), tuple(tied))


def demand_same_shape(first: LastLayer, second: LastLayer) -> None:
    """Raise DimensionMismatch unless two layers have as many classes, and as many features, as one another."""
    if (first.classes, first.features) != (second.classes, second.features):
        raise DimensionMismatch(
            f"a layer of {first.classes} classes and {first.features} features is compared with one of "
            f"{second.classes} classes and {second.features} features"
        )
