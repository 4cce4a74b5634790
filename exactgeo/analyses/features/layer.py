"""Last layers: one logit for each class, affine in the features."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from exactgeo.arithmetic.affine import AffineForm
from exactgeo.arithmetic.arrays import exact_array
from exactgeo.arithmetic.matrices import dot
from exactgeo.arithmetic.rationals import Point, Rational, point
from exactgeo.errors import DimensionMismatch, InvalidArgument
from exactgeo.networks import Program, relu_network


@dataclass(frozen=True, slots=True)
class LastLayer:
    """The layer h -> z = W h + b, with a logit z_c for each class c.

    The class at h is the one whose logit is greatest, of several the least number.

    Attributes:
        weights: W, (classes, features), row by row.
        bias: b, (classes,).

    **Exactness**: everything is exact.

    >>> layer = LastLayer.of([[1, 0], [0, 1]], [0, "1/2"])
    >>> layer.classify((1, 1)), layer.classify(("3/2", 1))
    (1, 0)
    """

    weights: tuple[Point, ...]
    bias: Point

    def __post_init__(self) -> None:
        if len(self.weights) < 2 or len(self.weights) != len(self.bias):  # noqa: PLR2004 (to tell from one another)
            raise DimensionMismatch(
                f"weights of {len(self.weights)} classes and {len(self.bias)} biases: as many were expected, two at "
                "least"
            )
        if not self.weights[0] or any(len(row) != len(self.weights[0]) for row in self.weights):
            raise DimensionMismatch("every class needs a weight for each feature, and there is at least one feature")

    @classmethod
    def of(cls, weights: Any, bias: Any = None) -> "LastLayer":  # noqa: ANN401 (whatever exact_array accepts)
        """Return the layer with weights of shape (classes, features) and a bias of shape (classes,), 0 by default.

        Raises:
            DimensionMismatch: if the shapes do not fit, or there are fewer than two classes.
        """
        matrix = exact_array(weights)
        if len(matrix.shape) != 2:  # noqa: PLR2004 (a matrix)
            raise DimensionMismatch(f"weights of shape {matrix.shape}; (classes, features) was expected")
        rows = tuple(tuple(row) for row in matrix.tolist())
        offset = (Rational(0),) * len(rows) if bias is None else tuple(exact_array(bias).flat())
        return cls(rows, offset)

    @property
    def classes(self) -> int:
        """How many classes there are."""
        return len(self.weights)

    @property
    def features(self) -> int:
        """How many features there are."""
        return len(self.weights[0])

    def logits(self, features: Iterable[Any]) -> Point:
        """Return z = W h + b. Raises DimensionMismatch for another number of features."""
        h = self._features(features)
        return tuple(offset + dot(row, h) for row, offset in zip(self.weights, self.bias, strict=True))

    def classify(self, features: Iterable[Any]) -> int:
        """Return the class: the least number among those with the greatest logit."""
        logits = self.logits(features)
        return logits.index(max(logits))

    def is_tied(self, features: Iterable[Any]) -> bool:
        """Whether several logits are greatest."""
        logits = self.logits(features)
        return logits.count(max(logits)) > 1

    def contributions(self, features: Iterable[Any], label: int) -> Point:
        """Return what each feature adds to a class's logit: W_cj h_j."""
        h = self._features(features)
        return tuple(weight * value for weight, value in zip(self.weights[self.number(label)], h, strict=True))

    def advantage(self, label: int, rival: int) -> AffineForm:
        """Return the form z_label - z_rival in (1, h)."""
        own, other = self.number(label), self.number(rival)
        differences = [a - b for a, b in zip(self.weights[own], self.weights[other], strict=True)]
        return AffineForm.of([self.bias[own] - self.bias[other], *differences])

    def keeping(self, kept: Sequence[Collection[int]]) -> "LastLayer":
        """Return the decomposed layer z_c = sum over j in kept[c] of W_cj h_j, + b_c.

        Args:
            kept: for each class the numbers of the features that it keeps.

        Raises:
            DimensionMismatch: if there are not as many sets as classes.
            InvalidArgument: for a feature that there is not.
        """
        if len(kept) != self.classes:
            raise DimensionMismatch(f"{len(kept)} sets of features for {self.classes} classes")
        for features in kept:
            for j in features:
                if not 0 <= j < self.features:
                    raise InvalidArgument(f"there is no feature {j}: there are {self.features}, counted from 0")
        zero = Rational(0)
        rows = zip(self.weights, kept, strict=True)
        return LastLayer(
            tuple(tuple(w if j in own else zero for j, w in enumerate(row)) for row, own in rows), self.bias
        )

    def after(self, forms: Sequence[AffineForm]) -> "LastLayer":
        """Return x -> W h(x) + b for features that are affine forms in (1, x).

        Raises:
            DimensionMismatch: if there are not as many forms as features.
        """
        if len(forms) != self.features:
            raise DimensionMismatch(f"{len(forms)} forms for {self.features} features")
        columns = list(zip(*(form.coefficients for form in forms), strict=True))
        rows = [[dot(row, column) for column in columns] for row in self.weights]
        bias = tuple(offset + row[0] for offset, row in zip(self.bias, rows, strict=True))
        return LastLayer(tuple(tuple(row[1:]) for row in rows), bias)

    def program(self) -> Program:
        """Return the layer as a network without units; `compose(layer.program(), body)` is it from the input on."""
        return relu_network([[list(row) for row in self.weights]], [list(self.bias)])

    def number(self, label: int) -> int:
        """Return a class's number. Raises InvalidArgument if there is no such class."""
        if not 0 <= label < self.classes:
            raise InvalidArgument(f"there is no class {label}: there are {self.classes}, counted from 0")
        return label

    def _features(self, values: Iterable[Any]) -> Point:
        h = point(values)
        if len(h) != self.features:
            raise DimensionMismatch(f"{len(h)} features given to a layer that reads {self.features}")
        return h
