"""What flows along the edges of a graph: stored constants, exact constants and tensors of affine forms."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any, Literal, TypeGuard, overload

import numpy as np
import numpy.typing as npt

from exactgeo.arithmetic.arrays import ExactArray, exact_array
from exactgeo.arithmetic.integers import largest, multiply
from exactgeo.errors import InexactNumber, InvalidArgument, MalformedModel, NonFiniteWeight, UnsupportedOperator
from exactgeo.networks.builders import constant_forms
from exactgeo.networks.forms import Index, SparseForms
from onnx_import.files.stored import MOST_ENTRIES, Stored, demand_size, widened

Kind = Literal["real", "integer", "quantised", "narrow", "truth"]

ROUNDED = ("quantised", "narrow")
"""What data is called that was rounded to a small type: there is no arithmetic with it but by operators for that."""

_MOST_BITS = 2**18  # proofs/FORMAT.md, section 1

FLOATS = ("float16", "bfloat16", "float32", "float64")
"""The float types between which a cast is the identity: the exact network does not round."""


@dataclass(frozen=True, slots=True, eq=False)
class Tensor:
    """An array of affine forms in a program's environment.

    Attributes:
        shape: of the array.
        forms: its entries in row-major order.
        kind: what the standard calls the entries: floats ("real"), integers, integers of 16 bits or fewer
            ("quantised": their arithmetic would wrap, so there is none), floats of 8 bits or fewer ("narrow",
            likewise), or truth values (0 or 1). All but "real" ones are piecewise constant in the data.
    """

    shape: tuple[int, ...]
    forms: SparseForms
    kind: Kind = "real"

    @property
    def positions(self) -> Index:
        """An array of the tensor's shape that holds each entry's place in row-major order."""
        return np.arange(len(self.forms)).reshape(self.shape)

    def arranged(self, positions: Index) -> "Tensor":
        """Return the entries at these places, in the shape of `positions`."""
        return Tensor(positions.shape, self.forms.take(positions.ravel()), self.kind)

    def of_kind(self, kind: Kind) -> "Tensor":
        """Return the same numbers, called otherwise."""
        return replace(self, kind=kind)


Real = ExactArray | Tensor
"""An array of real numbers: constants, or data."""

Value = Stored | Real
"""An array: stored, of any type, or an array of real numbers."""

Edge = Value | list[Value]
"""What flows along an edge: an array, or a sequence of arrays."""


def stored_numbers(array: Stored, what: str) -> ExactArray:
    """Return stored floats or integers exactly. Raises an ImportFailure that begins with `what` for anything else."""
    array = widened(array)
    if array.dtype.name not in FLOATS and array.dtype.kind not in "iu":
        raise UnsupportedOperator(f"{what} of type {array.dtype}, which is not supported")
    try:
        return exact_array(array)
    except InexactNumber as error:
        raise NonFiniteWeight(f"{what}, where {error}") from error
    except InvalidArgument as error:
        raise MalformedModel(f"{what}: {error}") from error


def demand_moderate(value: ExactArray, what: object) -> None:
    """Refuse constants that are too long to go on with: longer than a certificate's integers may be."""
    bits = max(largest(value.numerators).bit_length(), value.denominator.bit_length())
    if bits > _MOST_BITS:
        raise UnsupportedOperator(f"{what} computes constants of {bits} bits; {_MOST_BITS} are the most")


def is_stored_integer(value: Edge | None) -> TypeGuard[Stored]:
    """Whether a value is a stored array of integers."""
    return isinstance(value, np.ndarray) and value.dtype.kind in "iu"


@overload
def rearrange(value: Stored, change: Callable[[Stored], Stored]) -> Stored: ...
@overload
def rearrange(value: Real, change: Callable[[Stored], Stored]) -> Real: ...
@overload
def rearrange(value: Value, change: Callable[[Stored], Stored]) -> Value: ...
def rearrange(value: Value, change: Callable[[Stored], Stored]) -> Value:
    """Apply a change that only moves, repeats or drops entries, such as a transposition, to any kind of value."""
    if isinstance(value, Tensor):
        return value.arranged(np.asarray(change(value.positions)))
    if isinstance(value, ExactArray):
        return ExactArray(np.asarray(change(value.numerators)), value.denominator)
    return np.asarray(change(value))


def as_tensor(value: Real) -> Tensor:
    """Return constants as constant forms."""
    return value if isinstance(value, Tensor) else Tensor(value.shape, constant_forms(value))


def broadcast_shape(*shapes: tuple[int, ...]) -> tuple[int, ...]:
    """Return the common shape by numpy's rules. Raises ValueError if there is none, or UnsupportedOperator."""
    shape = np.broadcast_shapes(*shapes)
    demand_size(shape, "a broadcast array")
    return shape


def broadcast(values: Sequence[Real]) -> list[Tensor]:
    """Return tensors of one common shape, by numpy's rules. Raises ValueError if the shapes do not go together."""
    shape = broadcast_shape(*(value.shape for value in values))
    tensors = [as_tensor(value) for value in values]
    return [tensor.arranged(np.broadcast_to(tensor.positions, shape)) for tensor in tensors]


def pick(values: Sequence[Real], places: Index) -> Real:
    """Return entries of several arrays, in the shape of `places`, which count through the arrays one after another."""
    constants = [value for value in values if isinstance(value, ExactArray)]
    if len(constants) == len(values):
        common = math.lcm(*(value.denominator for value in constants))
        parts = [multiply(value.numerators, common // value.denominator).ravel() for value in constants]
        return ExactArray(np.concatenate(parts)[places], common)
    forms = SparseForms.concatenate([as_tensor(value).forms for value in values])
    return Tensor(places.shape, forms.take(places.ravel()), common_kind(values))


def offsets(values: Sequence[Real]) -> list[int]:
    """Return where each array's places begin, as `pick` counts them."""
    return [0, *np.cumsum([prod(value.shape) for value in values]).tolist()][: len(values)]


def common_kind(values: Sequence[Value]) -> Kind:
    """Return the kind of arrays that are chosen from or joined: integers or truth values if all are."""
    kinds = {kind_of(value) for value in values}
    return kinds.pop() if len(kinds) == 1 else "real"


def called_like(result: Real, sources: Sequence[Value]) -> Value:
    """Return what was made of the entries of these arrays as the standard calls it: integers, by which Div rounds."""
    if isinstance(result, Tensor):
        return result.of_kind(common_kind(sources))
    types = {source.dtype for source in sources if is_stored_integer(source)}
    if len(types) == 1 and all(map(is_stored_integer, sources)):
        return np.asarray(result.numerators.astype(types.pop()))
    return result


def kind_of(value: Value) -> Kind:
    """Return what the standard calls an array's entries."""
    if isinstance(value, Tensor):
        return value.kind
    if isinstance(value, np.ndarray) and value.dtype == np.bool_:
        return "truth"
    # Integers of 4 bits or fewer are of no kind that numpy knows.
    return "integer" if isinstance(value, np.ndarray) and value.dtype.name.startswith(("int", "uint")) else "real"


def positions_of(shape: tuple[int, ...]) -> Index:
    """Return an array of this shape that holds each entry's place in row-major order."""
    return np.arange(prod(shape)).reshape(shape)


def add(first: Real, second: Real) -> Real:
    """Return the sum, broadcasting."""
    if isinstance(first, ExactArray) and isinstance(second, ExactArray):
        broadcast_shape(first.shape, second.shape)
        return first + second
    left, right = broadcast([first, second])
    return Tensor(left.shape, left.forms + right.forms)


@overload
def scale(value: ExactArray, factor: ExactArray) -> ExactArray: ...
@overload
def scale(value: Tensor, factor: ExactArray) -> Tensor: ...
def scale(value: Real, factor: ExactArray) -> Real:
    """Return the product with constants, broadcasting."""
    shape = broadcast_shape(value.shape, factor.shape)
    if isinstance(value, ExactArray):
        return value * factor
    spread = value.arranged(np.broadcast_to(value.positions, shape))
    numerators = np.broadcast_to(factor.numerators, shape).ravel()
    return Tensor(shape, spread.forms.scaled(numerators, _repeated(factor.denominator, numerators.size)))


def negate(value: Real) -> Real:
    """Return the negative."""
    return -value if isinstance(value, ExactArray) else Tensor(value.shape, -value.forms)


def linear_image(value: Real, matrix: SparseForms, shape: tuple[int, ...]) -> Real:
    """Return the array of this shape whose entries are the matrix's rows applied to the value's, in row-major order.

    Entry k of the matrix's rows stands for entry k of the value.
    """
    return linear_images(value, [matrix], shape)


def linear_images(value: Real, matrices: Iterable[SparseForms], shape: tuple[int, ...]) -> Real:
    """Return what `linear_image` does for a matrix that comes in parts, one above the other."""
    if isinstance(value, Tensor):
        return Tensor(shape, SparseForms.concatenate([matrix.substitute(value.forms) for matrix in matrices]))
    numerators = value.numerators.ravel()
    return ExactArray.of(
        [entry for matrix in matrices for entry in matrix.values(numerators, value.denominator)], shape
    )


def weighted_sums(rows: Index, entries: Index, weights: ExactArray, places: Index, count: int) -> SparseForms:
    """Return `count` rows, row r being the sum over t with rows[t] = r of weights[places[t]] times entry entries[t]."""
    numerators = weights.numerators.ravel()[places]
    kept = np.flatnonzero(numerators)
    if len(kept) < len(numerators):
        rows, entries, numerators = rows[kept], entries[kept], numerators[kept]
    return SparseForms.from_triplets(rows, entries, numerators, _repeated(weights.denominator, count))


def matrix_product(data: Real, constant: ExactArray, *, data_is_left: bool) -> Real:
    """Return the matrix product of data and constants, by numpy's rules; stacks of matrices broadcast.

    Raises ValueError if the shapes do not go together.
    """
    left, right = (data.shape, constant.shape) if data_is_left else (constant.shape, data.shape)
    shape = tuple(np.matmul(np.broadcast_to(np.int8(0), left), np.broadcast_to(np.int8(0), right)).shape)
    size = max(MOST_ENTRIES, constant.numerators.size)
    demand_size((*shape, left[-1]), "a matrix product's index table", size)
    if isinstance(data, ExactArray):
        return data @ constant if data_is_left else constant @ data
    of_left, of_right = _factors(left, right)
    places, weights = (of_left, of_right) if data_is_left else (of_right, of_left)
    count = prod(shape)
    rows = np.repeat(np.arange(count), weights.shape[-1])
    return linear_image(data, weighted_sums(rows, places.ravel(), constant, weights.ravel(), count), shape)


def _factors(left: tuple[int, ...], right: tuple[int, ...]) -> tuple[Index, Index]:
    """Return the places of the factors of a matrix product: arrays (…, rows, columns, terms)."""
    first = np.arange(np.prod(left, dtype=np.int64)).reshape(left)
    second = np.arange(np.prod(right, dtype=np.int64)).reshape(right)
    first = first[None, :] if first.ndim == 1 else first
    second = second[:, None] if second.ndim == 1 else second
    pair = np.broadcast_arrays(first[..., :, None, :], np.swapaxes(second, -1, -2)[..., None, :, :])
    return pair[0], pair[1]


def _repeated(denominator: int, count: int) -> npt.NDArray[Any]:
    return np.full(count, denominator, dtype=np.int64 if denominator < 2**62 else object)
