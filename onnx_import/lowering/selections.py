"""Units entry by entry: one of several values, the largest of a group, and where that is."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from exactgeo.arithmetic.arrays import ExactArray
from exactgeo.networks.builders import constant_forms
from exactgeo.networks.forms import Index, SparseForms
from onnx_import.files.stored import Stored
from onnx_import.lowering.nodes import Node
from onnx_import.lowering.tensors import Kind, Real, Tensor, Value


def selected(
    node: Node,
    shape: tuple[int, ...],
    selectors: Sequence[SparseForms],
    values: Sequence[SparseForms],
    kind: Kind = "real",
) -> Tensor:
    """Return an array of this shape, one unit an entry: with these selectors and values, a batch a piece.

    Where the selectors of several pieces are equally large, the first of them is chosen.
    """
    count, pieces = len(selectors[0]), len(selectors)
    rows: Index = (np.arange(pieces)[None, :] * count + np.arange(count)[:, None]).ravel()
    forms = SparseForms.concatenate([*selectors, *values])
    units = node.builder.add_units(forms, rows, rows + pieces * count, np.full(count, pieces))
    return Tensor(shape, SparseForms.variables(units), kind)


def steps(node: Node, shape: tuple[int, ...], pieces: Sequence[tuple[SparseForms, int]], kind: Kind) -> Tensor:
    """Return an array of this shape whose entries take one of these integers: that with the first largest selector."""
    count = len(pieces[0][0])
    constants = [constant_forms(ExactArray(np.full(count, value), 1)) for _, value in pieces]
    return selected(node, shape, [selector for selector, _ in pieces], constants, kind)


def largest_in_groups(node: Node, data: Real, entries: Index, counts: Index, shape: tuple[int, ...]) -> Real:
    """Return the largest entry of each group, in an array of this shape.

    Args:
        node: takes the units.
        data: the array.
        entries: places in the array in row-major order, group after group.
        counts: how many of them each group has, at least one.
        shape: of the result, one entry a group.

    Group g becomes the unit with selectors and values the group's entries in their order; a group of one is that entry.
    """
    if isinstance(data, ExactArray):
        numerators = data.numerators.ravel()[entries]
        return ExactArray(np.maximum.reduceat(numerators, _starts(counts)).reshape(shape), data.denominator)
    if np.all(counts == 1):
        return Tensor(shape, data.forms.take(entries), data.kind)
    rows, places = np.unique(entries, return_inverse=True)
    forms = data.forms.take(rows)
    several = np.repeat(counts > 1, counts)
    units = node.builder.add_units(forms, places[several], places[several], counts[counts > 1])
    results = _merged(forms.take(places[~several]), SparseForms.variables(units), counts > 1)
    return Tensor(shape, results, data.kind)


def places_of_largest(
    node: Node, data: Real, entries: Index, counts: Index, indices: Index, shape: tuple[int, ...]
) -> Value:
    """Return, for each group, the index that goes with its largest entry, the first of them where several are equal.

    As `largest_in_groups`, with an integer for each entry: units with the same selectors and these constants as values.
    """
    if isinstance(data, ExactArray):
        return _places_of_constants(data, entries, counts, indices).reshape(shape)
    if np.all(counts == 1):
        return indices.reshape(shape)
    rows, places = np.unique(entries, return_inverse=True)
    values, of_values = np.unique(indices, return_inverse=True)
    constants = constant_forms(ExactArray(values, 1))
    several = np.repeat(counts > 1, counts)
    forms = SparseForms.concatenate([data.forms.take(rows), constants])
    units = node.builder.add_units(forms, places[several], len(rows) + of_values[several], counts[counts > 1])
    results = _merged(constants.take(of_values[~several]), SparseForms.variables(units), counts > 1)
    return Tensor(shape, results, "integer")


def _places_of_constants(data: ExactArray, entries: Index, counts: Index, indices: Index) -> Stored:
    numerators = data.numerators.ravel()[entries]
    bounds = [*_starts(counts).tolist(), len(entries)]
    best = [low + int(np.argmax(numerators[low:high])) for low, high in pairwise(bounds)]
    return np.asarray(indices[best], dtype=np.int64)


def _starts(counts: Index) -> Index:
    return np.asarray(np.cumsum(counts) - counts)


def _merged(single: SparseForms, several: SparseForms, is_several: np.ndarray) -> SparseForms:
    """Return the forms of groups of one and of groups of several in the groups' order."""
    if len(single) == 0:
        return several
    order = np.where(is_several, len(single) + np.cumsum(is_several) - 1, np.cumsum(~is_several) - 1)
    return SparseForms.concatenate([single, several]).take(order)
