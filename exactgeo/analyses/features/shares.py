"""What share of an image's features each one is."""

from collections.abc import Collection, Sequence

from exactgeo.arithmetic.rationals import Point, Rational
from exactgeo.errors import InvalidArgument


def shares(features: Point) -> Point | None:
    """Return p_j = h_j / (h_1 + … + h_m), for features h >= 0; None if all are 0, and so have no shares.

    Raises:
        InvalidArgument: for a negative feature.

    **Source**: A. Badola, C. Roy, V. Padmanabhan, R. Lal, Decomposing the deep: finding class specific filters in deep
    CNNs, arXiv 2112.07719.

    >>> from exactgeo.arithmetic.rationals import point
    >>> [str(share) for share in shares(point((1, 0, 3)))]
    ['1/4', '0', '3/4']
    """
    _demand_nonnegative(features, "the features")
    total = sum(features, Rational(0))
    return tuple(value / total for value in features) if total else None


def mass(features: Point, subset: Collection[int]) -> Rational | None:
    """Return the sum of the shares of a subset of the features; None if all features are 0."""
    own = shares(features)
    return None if own is None else sum((own[j] for j in subset), Rational(0))


def top_features(features: Point, count: int) -> tuple[int, ...]:
    """Return the numbers of the greatest features, the greatest first, and of equal ones the lesser number.

    Features that are 0 play no part, so that there may be fewer than `count`.

    Raises:
        InvalidArgument: for a negative feature, or a count below 1.
    """
    _demand_nonnegative(features, "the features")
    if count < 1:
        raise InvalidArgument(f"the {count} greatest features: at least one was expected")
    order = sorted(range(len(features)), key=lambda j: (-features[j], j))
    return tuple(j for j in order[:count] if features[j])


def demand_nonnegative(images: Sequence[Point]) -> None:
    """Raise InvalidArgument, with the image and the feature, if a feature of some image is negative."""
    for number, features in enumerate(images):
        _demand_nonnegative(features, f"image {number}")


def _demand_nonnegative(features: Point, who: str) -> None:
    for j, value in enumerate(features):
        if value < 0:
            raise InvalidArgument(
                f"{who}: feature {j} is {value}, and shares are those of features >= 0, such as a ReLU's, or averages "
                "of them"
            )
