"""The directions in which a last layer tells classes apart, and the dimensions of its class boundaries."""

from collections.abc import Iterator
from dataclasses import dataclass

from exactgeo.analyses.features.domains import orthant
from exactgeo.analyses.features.layer import LastLayer
from exactgeo.arithmetic.affine import negated
from exactgeo.arithmetic.matrices import rank
from exactgeo.errors import InvalidArgument
from exactgeo.polyhedra import Polyhedron


@dataclass(frozen=True, slots=True)
class ClassSubspace:
    """The span of all differences of two classes' weights, w_c - w_c'.

    The decision surface is the set of all h at which two different logits are greatest. It does not change along the
    directions orthogonal to the span, and along no others. *Proof*: along those no difference of logits changes.
    Conversely, let the surface be invariant under multiples of v. Then so are the open cells that it bounds, one for
    each logit that is alone the greatest somewhere (of logits that are the same form, take one), and each facet between
    two of them, so that v is orthogonal to the difference of their weights; as neighbours connect all cells, to all
    differences of such logits. Any other logit lies nowhere above the greatest, so that its weights are a convex
    combination of theirs.

    Attributes:
        features: m, the dimension of the space.
        classes: how many there are.
        rank: the dimension of the span. It is at most min(classes - 1, m) for any last layer, since w_c - w_0 for c > 0
            span it: that the surface varies in few directions only is no finding about a network with few classes.

    **Exactness**: exact.
    """

    features: int
    classes: int
    rank: int

    @property
    def greatest_rank(self) -> int:
        """What the rank cannot exceed, whatever the weights."""
        return min(self.classes - 1, self.features)

    @property
    def lineality(self) -> int:
        """The dimension of the space of all directions along which the decision surface does not change."""
        return self.features - self.rank


def class_subspace(layer: LastLayer) -> ClassSubspace:
    """Return what is known of the span of the differences of weights.

    >>> class_subspace(LastLayer.of([[1, 0, 0], [0, 1, 0], [1, 1, 0]])).lineality
    1
    """
    differences = [layer.advantage(c, 0).coefficients[1:] for c in range(1, layer.classes)]
    return ClassSubspace(layer.features, layer.classes, rank(differences))


def boundary(layer: LastLayer, first: int, second: int, *, nonnegative: bool = False) -> Polyhedron:
    """Return { h : z_first = z_second >= every other logit }, a closed polyhedron.

    Args:
        layer: the last layer.
        first: a class.
        second: another one.
        nonnegative: whether h >= 0, as features are that a ReLU made.

    Raises:
        InvalidArgument: if the classes are the same, or one does not exist.
    """
    if first == second:
        raise InvalidArgument(f"the boundary of class {first} with itself: two classes were expected")
    rows = [layer.advantage(first, other).numerators for other in range(layer.classes) if other not in (first, second)]
    start = orthant(layer.features) if nonnegative else Polyhedron(layer.features)
    return Polyhedron(
        layer.features, (*start.inequalities, *rows), (negated(layer.advantage(second, first).numerators),)
    )


def boundary_dimensions(layer: LastLayer, *, nonnegative: bool = False) -> Iterator[tuple[int, int, int]]:
    """Yield for each two classes their numbers and the affine dimension of their boundary: -1 if it is empty.

    **Exactness**: exact. **Complexity**: a few linear programs for each two classes.
    """
    for first in range(layer.classes):
        for second in range(first + 1, layer.classes):
            polyhedron = boundary(layer, first, second, nonnegative=nonnegative)
            yield first, second, polyhedron.affine_dimension()
