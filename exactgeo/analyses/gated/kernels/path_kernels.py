"""The neural path kernel, its Gram matrices, and the tangent kernel that it is of random weights."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from exactgeo.analyses.gated.kernels.transfer import Seen, Transfer
from exactgeo.arithmetic.rationals import Rational, rational
from exactgeo.networks.gated import GatedNetwork

Matrix = tuple[tuple[Rational, ...], ...]


def neural_path_kernel(network: GatedNetwork, x: Iterable[Any], y: Iterable[Any], *, output: int = 0) -> Rational:
    """Return the neural path kernel H(x, y) = <phi(x), phi(y)>, the inner product of `path_features`.

    It depends on the gates and the layers, not on the values of the weights.

    Args:
        network: any: convolutions, averages, biases and skip connections are allowed everywhere.
        x: an input.
        y: another one.
        output: whose paths.

    Raises:
        DimensionMismatch: for points of another space.
        InvalidArgument: if there is no such output.

    **Exactness**: exact. **Complexity**: of fully connected layers one pass; of a convolution a pass for each two
    positions.

    **Source**: Lakshminarayanan and Singh, NeurIPS 2020, definition 3.3 and lemma 3.1.
    """
    return Transfer(network, output).kernel(Seen.of(network, x), Seen.of(network, y))


def gram_matrix(
    network: GatedNetwork,
    points: Sequence[Iterable[Any]],
    *,
    output: int = 0,
    on_pair: Callable[[int, int], None] | None = None,
) -> Matrix:
    """Return the neural path kernel of each two of some points.

    Args:
        network: the network.
        points: inputs.
        output: whose paths.
        on_pair: is told, of each pair, how many are known, and of how many.

    Raises:
        DimensionMismatch, InvalidArgument: as `neural_path_kernel` does.

    **Exactness**: exact.
    """
    transfer, seen = Transfer(network, output), [Seen.of(network, x) for x in points]
    pairs = [(i, j) for i in range(len(seen)) for j in range(i, len(seen))]
    known: dict[tuple[int, int], Rational] = {}
    for i, j in pairs:
        known[i, j] = transfer.kernel(seen[i], seen[j])
        if on_pair is not None:
            on_pair(len(known), len(pairs))
    return tuple(tuple(known[min(i, j), max(i, j)] for j in range(len(seen))) for i in range(len(seen)))


def expected_tangent_kernel(
    network: GatedNetwork,
    x: Iterable[Any],
    y: Iterable[Any],
    sigma: Any,  # noqa: ANN401 (whatever `rational` accepts)
    *,
    output: int = 0,
) -> Rational:
    """Return the neural tangent kernel's mean over weights of the value network that are sigma or -sigma by chance.

    *Definition*: E sum over all weights w of (d f(x) / d w) (d f(y) / d w), the weights being independent of one
    another and of the gates, each sigma or -sigma with equal chance; biases are weights, too.

    *Proof* that it is K'(sigma^2) for K(t) = sum over all paths p of t^|p| phi_p(x) phi_p(y): no path has a weight
    twice, so the mean of (d v(p) / d w) (d v(q) / d w) is 0 unless p = q, and then sigma^(2 |p| - 2). Where all paths
    have d weights, that is d sigma^(2 (d - 1)) H(x, y), for layers of any width.

    Raises:
        DimensionMismatch: for points of another space.

    **Exactness**: exact. **Source**: Lakshminarayanan and Singh, NeurIPS 2020, theorem 5.1, which is the limit of wide
    layers.
    """
    square = rational(sigma) ** 2
    return Transfer(network, output).slope(Seen.of(network, x), Seen.of(network, y), square)
