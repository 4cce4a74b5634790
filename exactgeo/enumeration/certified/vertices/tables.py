"""A program as the kernels read it: its layers' rows as floats, with bounds of what rounding them lost."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise, starmap
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from exactgeo.arithmetic.integers import integer_array, largest, multiply, object_array
from exactgeo.arithmetic.rationals import Rational
from exactgeo.enumeration.certified.floats import EXACT, ULP
from exactgeo.enumeration.certified.vertices.memory import Buffers, program_buffers
from exactgeo.networks.forms import Index, SparseForms
from exactgeo.networks.programs import Program

Floats = npt.NDArray[np.float64]

_LARGEST = 2.0**300
_SMALLEST = 2.0**-300
_MOST_EXPONENT = 300
_WHOLE = 2**20  # integers as large as this are worth to be kept


@dataclass(frozen=True, slots=True)
class Tables:
    """What the kernels read of a program.

    Each layer has *rows*: forms in the environment before it, some of which are compared and some of which are
    values. A unit of two pieces has one row that it decides on, selector 1 minus selector 0; a unit of more has a row
    for each selector.

    Attributes:
        sizes: as `memory.Memory` takes them.
        buffers: what its buffers begin with.
        most_summands: how many units a layer uses at most.
        row_scales: what each row is, as a multiple of the program's form.
        unit_scales: what each unit's value is, as a multiple of the program's.
    """

    sizes: dict[str, int]
    buffers: Buffers
    most_summands: int
    row_scales: list[Rational]
    unit_scales: list[Rational]


_KNOWN: WeakKeyDictionary[Program, Tables] = WeakKeyDictionary()


def tabulate(program: Program) -> Tables:
    """Return a program's tables, which are remembered as long as the program is.

    A coefficient whose size is not between 2^-300 and 2^300 becomes NaN: floats then decide no sign that depends on it.
    """
    known = _KNOWN.get(program)
    if known is None:
        known = _KNOWN[program] = _tabulated(program)
    return known


def _tabulated(program: Program) -> Tables:
    scales = [Rational(1)] * program.environment_size
    layers = [_Layer(program, layer, scales) for layer in program.layers]
    units, width = program.units, 1 + program.inputs
    row_starts = np.cumsum([0, *(len(layer.forms) for layer in layers)])
    unit_rows = np.full(len(units), -1, dtype=np.int64)
    selector_rows = np.full(len(units.selectors), -1, dtype=np.int64)
    value_rows, value_factors = selector_rows.copy(), np.zeros(len(units.selectors))
    base, base_errors = np.zeros((2, width, int(row_starts[-1])))
    supports: list[Index] = []
    matrices: list[Floats] = []
    largest_sums, largest_bases = [], []
    for layer, first in zip(layers, row_starts.tolist(), strict=False):
        unit_rows[layer.pairs] = first + np.arange(len(layer.pairs))
        selector_rows[layer.selector_pieces] = first + len(layer.pairs) + np.arange(len(layer.selector_pieces))
        value_rows[layer.value_pieces] = np.where(layer.value_places < 0, -1, first + layer.value_places)
        value_factors[layer.value_pieces] = [_float_factor(factor) for factor in layer.value_factors]
        rows, entries = layer.forms.row_numbers, layer.forms.entries
        values, errors = correctly_rounded(layer.forms)
        early = entries < width
        base[entries[early], first + rows[early]] = values[early]
        base_errors[entries[early], first + rows[early]] = errors[early]
        support, places = np.unique(entries[~early], return_inverse=True)
        matrix = np.zeros((len(support), len(layer.forms)))
        matrix[places, rows[~early]] = values[~early]
        supports.append(support - width)
        matrices.append(matrix.ravel())
        largest_sums.append(np.abs(matrix).sum(axis=0).max(initial=0.0))
        largest_bases.append(np.abs(base[:, first : first + matrix.shape[1]]).max(initial=0.0))
    arrays = {
        "unit_starts": np.array([*(layer.start for layer in program.layers), len(units)]),
        "row_starts": row_starts,
        "piece_starts": units.starts,
        "unit_rows": unit_rows,
        "unit_layers": np.repeat(np.arange(len(layers)), [len(layer) for layer in program.layers]),
        "selector_rows": selector_rows,
        "value_rows": value_rows,
        "support_starts": np.cumsum([0, *map(len, supports)]),
        "support_units": np.concatenate([*supports, np.zeros(0, dtype=np.int64)]),
        "matrix_starts": np.cumsum([0, *map(len, matrices)]),
        "whole_rows": np.array([value for layer in layers for value in layer.whole], dtype=np.int64),
        "whole_layers": np.array([all(layer.whole) for layer in layers], dtype=np.int64),
        "largest_sums": np.array(largest_sums),
        "largest_bases": np.array(largest_bases),
        "value_factors": value_factors,
        "base": base,
        "base_linear_errors": base_errors[1:].max(axis=0),
        "base_constant_errors": base_errors[0],
        "matrix": np.concatenate([*matrices, np.zeros(0)]),
    }
    sizes = {
        "inputs": program.inputs,
        "width": width,
        "twice_inputs": 2 * program.inputs,
        "units": len(units),
        "unit_ends": len(units) + 1,
        "layers": len(layers),
        "layer_ends": len(layers) + 1,
        "rows": base.shape[1],
        "pieces": len(units.selectors),
        "support": len(arrays["support_units"]),
        "entries": len(arrays["matrix"]),
    }
    row_scales = [scale for layer in layers for scale in layer.row_scales]
    most_summands = max(map(len, supports), default=0)
    return Tables(sizes, program_buffers(sizes, arrays), most_summands, row_scales, scales[width:])


class _Layer:
    """One layer's rows: what its units of two pieces decide on, the selectors of the others, and other values.

    Rows may be scaled as is convenient (those that are compared, by one factor), and so may a unit's values, if the
    rows that use them are told. A row whose coefficients are small integers over a common denominator becomes these
    integers, others are scaled by a power of two; and a unit's factors become integers likewise.

    Args:
        program: the network.
        layer: the units.
        scales: (environment,) the factors by which the entries before the layer have been scaled already; those of
            the layer's own units are put there.

    Attributes:
        forms: the rows.
        row_scales: the factors by which they are scaled.
        pairs: the units of two pieces; their rows come first.
        selector_pieces: the pieces of the other units; their selectors' rows come next.
        value_pieces: all pieces.
        value_places: for each of them, the row of which its value is a multiple, -1 if the value is 0.
        value_factors: that multiple.
        whole: for each row, whether all its coefficients are integers of moderate size.
    """

    def __init__(self, program: Program, layer: range, scales: list[Rational]) -> None:
        units = program.units
        begin = int(units.starts[layer.start])
        counts = np.diff(units.starts)[layer.start : layer.stop]
        self.value_pieces = np.arange(begin, units.starts[layer.stop])
        of_pairs = np.repeat(counts == 2, counts)  # noqa: PLR2004 (pieces)
        self.pairs = layer.start + np.flatnonzero(counts == 2)  # noqa: PLR2004
        self.selector_pieces = self.value_pieces[~of_pairs]
        first = units.starts[self.pairs]
        compared = units.forms.take(units.selectors[first + 1]) + -units.forms.take(units.selectors[first])
        rows = SparseForms.concatenate([compared, units.forms.take(units.selectors[self.selector_pieces])])
        values = units.forms.take(units.values[self.value_pieces])
        places = np.empty(len(self.value_pieces), dtype=np.int64)
        places[of_pairs] = np.repeat(np.arange(len(first)), 2)
        places[~of_pairs] = len(first) + np.arange(len(self.selector_pieces))
        apart = np.flatnonzero(~values.are_multiples_of(rows.take(places)))
        places[apart] = len(rows) + np.arange(len(apart))
        places[np.diff(values.starts) == 0] = -1
        self.value_places = places
        raw = SparseForms.concatenate([rows, values.take(apart)])
        factors = [_factor(values, k, raw, place) for k, place in enumerate(places.tolist())]
        of_others = np.cumsum([len(first), *counts[counts != 2]]).tolist()  # noqa: PLR2004
        groups = [
            *(range(k, k + 1) for k in (*range(len(first)), *range(len(rows), len(raw)))),
            *starmap(range, pairwise(of_others)),
        ]
        self.forms, self.row_scales, self.whole = _scaled(raw, groups, scales)
        self.value_factors = [
            factor / self.row_scales[place] if factor else Rational(0)
            for factor, place in zip(factors, places.tolist(), strict=True)
        ]
        self._scale_units(layer, units.starts - begin, scales, program.inputs + 1)

    def _scale_units(self, layer: range, starts: Index, scales: list[Rational], entries: int) -> None:
        for unit in layer:
            own = slice(int(starts[unit]), int(starts[unit + 1]))
            scale = _whole_scale([factor for factor in self.value_factors[own] if factor])
            self.value_factors[own] = [factor * scale for factor in self.value_factors[own]]
            scales[entries + unit] = scale


def _factor(values: SparseForms, value: int, forms: SparseForms, form: int) -> Rational:
    """Return the factor with value = factor * form."""
    if form < 0:
        return Rational(0)
    numerator = int(values.numerators[values.starts[value]]) * int(forms.denominators[form])
    denominator = int(values.denominators[value]) * int(forms.numerators[forms.starts[form]])
    return Rational(numerator, denominator)


def _scaled(
    forms: SparseForms, groups: Iterable[range], scales: Sequence[Rational]
) -> tuple[SparseForms, list[Rational], list[bool]]:
    """Scale the forms of each group, in scaled entries, by one factor.

    Returns:
        The scaled forms, their factors, and whether all of a form's coefficients are now moderate integers.
    """
    forms = _in_scaled_entries(forms, scales)
    sizes, contents = _by_rows(forms, np.maximum), _by_rows(forms, np.gcd)
    denominators: list[int] = [int(value) for value in forms.denominators]
    factors = [Rational(1)] * len(forms)
    whole = [False] * len(forms)
    for group in groups:
        common = math.lcm(*(denominators[k] for k in group))
        content = math.gcd(*(contents[k] * (common // denominators[k]) for k in group))
        size = max((sizes[k] * (common // denominators[k]) for k in group), default=0)
        factor = _scale(size, content, common)
        for k in group:
            factors[k], whole[k] = factor, size <= _WHOLE * content
    numerators, denominators = ([int(getattr(f, part)) for f in factors] for part in ("numerator", "denominator"))
    return (
        forms.scaled(integer_array(object_array(numerators)), integer_array(object_array(denominators))),
        factors,
        whole,
    )


def _in_scaled_entries(forms: SparseForms, scales: Sequence[Rational]) -> SparseForms:
    """Return the forms in entries that have been multiplied by the scales."""
    used = np.unique(forms.entries).tolist()
    if all(scales[entry] == 1 for entry in used):
        return forms
    common = math.lcm(*(int(scales[entry].numerator) for entry in used))
    factors = np.zeros(len(scales), dtype=object)
    factors[used] = [int(common / scales[entry]) for entry in used]
    return SparseForms.from_triplets(
        forms.row_numbers,
        forms.entries,
        multiply(forms.numerators, integer_array(factors)[forms.entries]),
        multiply(forms.denominators, common),
    )


def _by_rows(forms: SparseForms, function: np.ufunc) -> list[int]:
    """Return what a function of two makes of the sizes of each row's numerators, 0 for the zero form."""
    result = [0] * len(forms)
    occupied = np.flatnonzero(np.diff(forms.starts))
    if len(occupied):
        values = function.reduceat(abs(forms.numerators), forms.starts[occupied])
        for k, value in zip(occupied.tolist(), values.tolist(), strict=True):
            result[k] = int(value)
    return result


def _scale(size: int, content: int, denominator: int) -> Rational:
    """Return a factor for coefficients over a common denominator, given their largest size and their greatest divisor.

    It makes integers without a common divisor of them, if these are moderate; otherwise it is a power of two with which
    the largest lies between 1/2 and 2.
    """
    if not size:
        return Rational(1)
    if size <= _WHOLE * content:
        return Rational(denominator, content)
    return Rational(2) ** (denominator.bit_length() - size.bit_length())


def _whole_scale(values: Sequence[Rational]) -> Rational:
    """Return a factor for some numbers, as `_scale` does."""
    denominator = math.lcm(*(int(value.denominator) for value in values))
    numerators = [abs(int(value * denominator)) for value in values]
    return _scale(max(numerators, default=0), math.gcd(*numerators), denominator)


def correctly_rounded(forms: SparseForms) -> tuple[Floats, Floats]:
    """Return the coefficients, and bounds of their errors: 0 where the coefficient is a float."""
    exponents = np.array([_exponent(int(value)) for value in forms.denominators], dtype=np.int64)
    dyadic = (exponents >= 0) & (exponents <= _MOST_EXPONENT)
    if forms.numerators.dtype == np.int64 and dyadic.all() and largest(forms.numerators) < EXACT:
        return np.ldexp(forms.numerators.astype(np.float64), -exponents[forms.row_numbers]), np.zeros(forms.nonzeros)
    values, errors = np.empty(forms.nonzeros), np.zeros(forms.nonzeros)
    denominators = [int(value) for value in forms.denominators]
    for k, (row, numerator) in enumerate(zip(forms.row_numbers.tolist(), forms.numerators.tolist(), strict=True)):
        values[k] = value = _rounded(numerator, denominators[row])
        if not math.isnan(value):
            p, q = value.as_integer_ratio()
            errors[k] = 0.0 if p * denominators[row] == q * numerator else abs(value) * ULP
    return values, errors


def _exponent(value: int) -> int:
    """Return k for 2^k, -1 for what is no power of two."""
    return value.bit_length() - 1 if value & (value - 1) == 0 else -1


def _float_factor(factor: Rational) -> float:
    """Return the nearest float; NaN where it is an integer and the factor is not: integers count as exact."""
    value = _rounded(int(factor.numerator), int(factor.denominator))
    return math.nan if value.is_integer() and int(value) != factor else value


def _rounded(numerator: int, denominator: int) -> float:
    """Return the float nearest to a fraction, NaN if its size is outside what the bounds allow for."""
    if not numerator:
        return 0.0
    try:
        value = numerator / denominator  # of two integers: correctly rounded
    except OverflowError:
        return math.nan
    return value if _SMALLEST <= abs(value) <= _LARGEST else math.nan
