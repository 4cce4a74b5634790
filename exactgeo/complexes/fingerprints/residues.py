"""A program's values modulo a prime, and how many primes prove two affine maps equal."""

import math
from collections.abc import Iterator

import gmpy2
import numpy as np
import numpy.typing as npt

from exactgeo.arithmetic.integers import IntegerArray
from exactgeo.complexes.kernels.residues import follow, put_combinations, put_products, put_quotients, put_starts
from exactgeo.networks.forms import Index, SparseForms
from exactgeo.networks.programs import Program

Residues = npt.NDArray[np.int64]

LARGEST = 2**62
"""Moduli lie below."""

_WORD = 2**64


class ValueForms:
    """What a program's pieces have as values, and its outputs: rows of one batch of forms.

    Attributes:
        program: the network.
        forms: the distinct values, then the outputs.
        piece_rows: (pieces,) the row of each piece's value.
        first_output: the row of the first output.
        denominator: the least common multiple of all rows' denominators.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        used, self.piece_rows = np.unique(program.units.values, return_inverse=True)
        self.first_output = len(used)
        self.forms = SparseForms.concatenate([program.units.forms.take(used), program.outputs])
        self.denominator = _common(self.forms.denominators)
        inputs = program.inputs + 1
        late = np.flatnonzero(self.forms.entries >= inputs)
        order = late[np.argsort(self.forms.entries[late], kind="stable")]
        self.targets = self.forms.row_numbers[order]
        self.places = order
        self.early = np.flatnonzero(self.forms.entries < inputs)
        edges = np.arange(program.unit_count + 1) + inputs
        self.column_starts = np.searchsorted(self.forms.entries[order], edges)

    def difference_bound(self) -> int:
        """Return a bound of the numerators of the difference of two affine maps, over one common denominator.

        *Proof*: let Q be the product over the layers, and the outputs, of the least common denominator of the values'
        rows. By induction Q is a multiple of the denominators of every entry's coefficients in (1, x), whatever the
        pattern. Likewise b(e), the largest coefficient that entry e can have, is at most 1 for inputs, and the sum of
        |c| b(e) over a value's coefficients c, at most their number times the largest term, for a unit and one of its
        pieces, hence at most that of all its pieces. Sizes are rounded up to powers of two. Two coefficients of an
        output differ by at most 2 b, in multiples of 1/Q.
        """
        program, forms = self.program, self.forms
        sizes = np.zeros(program.environment_size, dtype=np.int64)  # exponents: |coefficient| <= 2^size
        exponents = _exponents(forms)
        scale = 1
        for layer in program.layers:
            pieces = slice(int(program.units.starts[layer.start]), int(program.units.starts[layer.stop]))
            rows = self.piece_rows[pieces]
            scale *= _common(forms.denominators[rows])
            starts = program.units.starts[layer.start : layer.stop] - pieces.start
            entries = slice(program.inputs + 1 + layer.start, program.inputs + 1 + layer.stop)
            sizes[entries] = np.maximum.reduceat(self._row_sizes(rows, exponents, sizes), starts)
        outputs = np.arange(self.first_output, len(forms))
        scale *= _common(forms.denominators[outputs])
        largest = int(self._row_sizes(outputs, exponents, sizes).max(initial=0))
        return 2 * scale << max(largest, 0)

    def _row_sizes(self, rows: Index, exponents: Index, sizes: Index) -> Index:
        """Return for some rows the exponent of a bound of their coefficients in (1, x); of the zero form, 0."""
        lengths = np.diff(self.forms.starts)
        terms = exponents + sizes[self.forms.entries]
        largest = np.zeros(len(self.forms), dtype=np.int64)
        occupied = np.flatnonzero(lengths)
        if len(occupied):
            largest[occupied] = np.maximum.reduceat(terms, self.forms.starts[occupied])
        counts = np.frexp(lengths.astype(np.float64))[1]  # 2^count > length: exact, lengths being below 2^53
        return (largest + counts)[rows]


class Walk:
    """Follows patterns modulo a prime.

    Args:
        values: the program.
        modulus: an odd number below 2^62 that shares no divisor with `values.denominator`.
        points: (inputs + 1, width) what stands for the constant and the inputs: the coefficients of a form in (1, x)
            are its values at the columns of the identity.
    """

    def __init__(self, values: ValueForms, modulus: int, points: Residues) -> None:
        self._values, self._modulus = values, modulus
        self._inverse = _signed(-pow(modulus, -1, _WORD) % _WORD)
        factors = self._factors(values.forms)
        program, width = values.program, points.shape[1]
        self._forms = np.zeros((len(values.forms), width), dtype=np.int64)
        early = values.early
        rows, entries = values.forms.row_numbers[early], values.forms.entries[early]
        put_starts(rows, entries, factors[early], points, modulus, self._inverse, self._forms)
        self._by_columns = factors[values.places]
        self._units = np.zeros((program.unit_count, width), dtype=np.int64)
        self._previous = np.full(program.unit_count, -1, dtype=np.int64)

    def maps(self, patterns: npt.NDArray[np.integer]) -> Residues:
        """Return (patterns, outputs * width): each output at each point; the walk goes on from the last pattern."""
        values = self._values
        results = np.empty((len(patterns), values.program.output_count * self._forms.shape[1]), dtype=np.int64)
        follow(
            np.ascontiguousarray(patterns),
            self._previous,
            values.program.units.starts,
            values.piece_rows,
            values.column_starts,
            values.targets,
            self._by_columns,
            self._units,
            self._forms,
            self._modulus,
            self._inverse,
            values.first_output,
            results,
        )
        return results

    def combinations(self, residues: Residues, factors: list[int]) -> Residues:
        """Return (patterns,) the sums of the columns of residues, each times its factor."""
        results = np.zeros(len(residues), dtype=np.int64)
        scaled = np.array([factor * _WORD % self._modulus for factor in factors], dtype=np.int64)
        put_combinations(residues, scaled, self._modulus, self._inverse, results)
        return results

    def quotients(self, numerators: Residues, denominators: Residues) -> Residues:
        """Return, but for a factor that is the same for all, numerators / denominators; anything for a denominator 0.

        Args:
            numerators: (rows, columns).
            denominators: likewise.
        """
        results = np.empty_like(numerators)
        put_quotients(numerators, denominators, self._modulus, self._inverse, results)
        return results

    def _factors(self, forms: SparseForms) -> Residues:
        """Return every coefficient, times 2^64."""
        inverses = {
            value: pow(value, -1, self._modulus) * _WORD**2 % self._modulus
            for value in set(forms.denominators.tolist())
        }
        of_rows = np.array([inverses[value] for value in forms.denominators.tolist()], dtype=np.int64)
        numerators = (forms.numerators % self._modulus).astype(np.int64)
        results = np.empty(len(numerators), dtype=np.int64)
        put_products(numerators, of_rows[forms.row_numbers], self._modulus, self._inverse, results)
        return results


def primes(below: int, avoiding: int) -> Iterator[int]:
    """Yield the odd primes below a number that do not divide another, the largest first."""
    for candidate in range(below - 1 - below % 2, 2, -2):
        if gmpy2.is_prime(candidate) and avoiding % candidate:
            yield candidate


def powers(base: int, count: int, modulus: int) -> list[int]:
    """Return the first powers of a base modulo a number."""
    results = [1 % modulus]
    while len(results) < count:
        results.append(results[-1] * base % modulus)
    return results[:count]


def _exponents(forms: SparseForms) -> Index:
    """Return for each coefficient an exponent e with |coefficient| <= 2^e."""
    tops = _bit_lengths(forms.numerators)
    bottoms = _bit_lengths(forms.denominators)[forms.row_numbers]
    return tops - bottoms + 1


def _bit_lengths(values: IntegerArray) -> Index:
    return np.array([abs(value).bit_length() for value in values.tolist()], dtype=np.int64)


def _common(denominators: IntegerArray) -> int:
    return math.lcm(*{int(value) for value in denominators.tolist()})


def _signed(word: int) -> int:
    return word - _WORD if word >= _WORD // 2 else word
