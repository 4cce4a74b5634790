"""Batches of sparse affine forms in an environment, as integer arrays: the storage of programs.

A form is a rational combination of environment entries, entry 0 being the constant 1. A batch keeps its forms row
after row (compressed sparse rows) with one positive denominator a row, each row in lowest terms and by increasing
entry, so that equal forms are stored equally.
"""

import math
import operator
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from exactgeo.arithmetic.integers import IntegerArray, integer_array, multiply, object_array, sum_segments, wide
from exactgeo.arithmetic.rationals import Rational, rational
from exactgeo.errors import InvalidArgument

Index = npt.NDArray[np.int64]

_MOST_ENTRIES = 2**31  # so that (row, entry) fits into one 64-bit key
_MOST_NONZEROS = 2**28  # 4 GiB as they are stored
_AT_ONCE = 2**23  # so many products at once, to keep memory small


@dataclass(frozen=True, slots=True, eq=False)
class SparseForms:
    """A batch of affine forms.

    Attributes:
        starts: (rows + 1,) where each row begins in `entries` and `numerators`.
        entries: (nonzeros,) the environment entries, increasing within a row.
        numerators: (nonzeros,) non-zero integers.
        denominators: (rows,) positive integers; with the row's numerators they have gcd 1.
    """

    starts: Index
    entries: Index
    numerators: IntegerArray
    denominators: IntegerArray

    def __len__(self) -> int:
        return len(self.denominators)

    @property
    def nonzeros(self) -> int:
        """The number of coefficients stored."""
        return len(self.entries)

    @property
    def width(self) -> int:
        """One more than the largest entry used (0 if none is)."""
        return int(self.entries.max()) + 1 if self.nonzeros else 0

    @property
    def row_numbers(self) -> Index:
        """(nonzeros,) the row of each non-zero."""
        return np.repeat(np.arange(len(self)), np.diff(self.starts))

    @classmethod
    def of(cls, forms: Iterable[Mapping[int, Any]]) -> "SparseForms":
        """Return the forms given as mappings from environment entry to rational coefficient."""
        rows = [{_entry(entry): rational(value) for entry, value in form.items()} for form in forms]
        triplets = [(i, entry, value) for i, row in enumerate(rows) for entry, value in row.items()]
        common = [math.lcm(*(int(value.denominator) for value in row.values())) for row in rows]
        numerators = object_array(
            [int(value.numerator) * (common[i] // int(value.denominator)) for i, _, value in triplets]
        )
        return cls.from_triplets(
            np.array([i for i, _, _ in triplets], dtype=np.int64),
            np.array([entry for _, entry, _ in triplets], dtype=np.int64),
            integer_array(numerators),
            integer_array(object_array(common)),
        )

    @classmethod
    def from_triplets(
        cls, rows: Index, entries: Index, numerators: IntegerArray, denominators: IntegerArray
    ) -> "SparseForms":
        """Return the forms sum(numerators / denominators[row] * entry), equal places being added, in lowest terms."""
        width = int(entries.max()) + 1 if len(entries) else 1
        key = rows * width + entries
        if len(key) and not np.all(key[1:] > key[:-1]):
            order = np.argsort(key, kind="stable")
            key = key[order]
            first = np.flatnonzero(np.concatenate(([True], key[1:] != key[:-1])))
            numerators, chosen = sum_segments(numerators[order], first), order[first]
            rows, entries = rows[chosen], entries[chosen]
        if np.count_nonzero(numerators) < len(numerators):
            kept = np.flatnonzero(numerators)
            rows, entries, numerators = rows[kept], entries[kept], numerators[kept]
        starts = np.concatenate(([0], np.cumsum(np.bincount(rows, minlength=len(denominators))))).astype(np.int64)
        return cls(starts, entries, *_lowest_terms(starts, integer_array(numerators), denominators))

    @classmethod
    def variables(cls, entries: Index) -> "SparseForms":
        """Return the forms that are single environment entries."""
        ones = np.ones(len(entries), dtype=np.int64)
        return cls(np.arange(len(entries) + 1), np.array(entries, dtype=np.int64), ones, ones)

    @classmethod
    def concatenate(cls, batches: Sequence["SparseForms"]) -> "SparseForms":
        """Return the rows of several batches, one after the other."""
        offsets = np.cumsum([0, *(batch.nonzeros for batch in batches)])
        _demand_moderate(int(offsets[-1]))
        starts = [batch.starts[:-1] + offset for batch, offset in zip(batches, offsets, strict=False)]
        return cls(
            np.concatenate([*starts, offsets[-1:]]),
            np.concatenate([batch.entries for batch in batches]) if batches else np.zeros(0, dtype=np.int64),
            _joined([batch.numerators for batch in batches]),
            _joined([batch.denominators for batch in batches]),
        )

    def arrays(self) -> tuple[IntegerArray, ...]:
        """Return the arrays that hold the forms."""
        return (self.starts, self.entries, self.numerators, self.denominators)

    def take(self, rows: Index) -> "SparseForms":
        """Return the chosen rows, in the given order."""
        places, starts = ranges(self.starts[rows], self.starts[rows + 1])
        return SparseForms(starts, self.entries[places], self.numerators[places], self.denominators[rows])

    def scaled(self, numerators: IntegerArray, denominators: IntegerArray) -> "SparseForms":
        """Return each row times its own rational numerators[row] / denominators[row] (denominators > 0)."""
        rows = self.row_numbers
        if not np.all(numerators):
            products = multiply(self.numerators, numerators[rows])
            return SparseForms.from_triplets(rows, self.entries, products, multiply(self.denominators, denominators))
        # Of p / q times a row in lowest terms, only p and the denominator, or the row's content and q, share divisors.
        p, q = wide(numerators), wide(denominators)
        common = np.gcd(p, q)
        p, q = p // common, q // common
        of_denominators, of_contents = np.gcd(p, wide(self.denominators)), np.gcd(self._contents(), q)
        products = self.numerators
        if np.any(of_contents != 1):
            products = _divided(products, integer_array(of_contents)[rows])
        products = multiply(products, integer_array(p // of_denominators)[rows])
        rest = wide(self.denominators) // of_denominators * (q // of_contents)
        return SparseForms(self.starts, self.entries, products, integer_array(rest))

    def _contents(self) -> IntegerArray:
        """Return the greatest common divisor of each row's numerators; for an empty row 0."""
        contents = np.zeros(len(self), dtype=object)
        occupied = np.flatnonzero(np.diff(self.starts))
        if len(occupied):
            contents[occupied] = wide(np.gcd.reduceat(self.numerators, self.starts[occupied]))
        return contents

    def __neg__(self) -> "SparseForms":
        return SparseForms(self.starts, self.entries, multiply(self.numerators, -1), self.denominators)

    def __add__(self, other: "SparseForms") -> "SparseForms":
        if len(self) != len(other):
            raise InvalidArgument(f"batches of {len(self)} and of {len(other)} forms do not add")
        common = integer_array(np.lcm(wide(self.denominators), wide(other.denominators)))
        parts = []
        for batch in (self, other):
            factor = integer_array(wide(common) // wide(batch.denominators))
            parts.append(multiply(batch.numerators, factor[batch.row_numbers]))
        if np.all(self.entries) and not np.any(other.entries):
            return self._with_constants(other, parts[0], parts[1], common)
        return SparseForms.from_triplets(
            np.concatenate([self.row_numbers, other.row_numbers]),
            np.concatenate([self.entries, other.entries]),
            _joined(parts),
            common,
        )

    def _with_constants(
        self, constants: "SparseForms", numerators: IntegerArray, added: IntegerArray, denominators: IntegerArray
    ) -> "SparseForms":
        """Return the sum of forms without a constant and forms that are nothing else, over these denominators."""
        places = self.starts[constants.row_numbers]
        counts = np.diff(self.starts) + np.diff(constants.starts)
        starts = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
        if numerators.dtype != added.dtype:
            numerators, added = wide(numerators), wide(added)
        merged = np.insert(numerators, places, added)
        return SparseForms(starts, np.insert(self.entries, places, 0), *_lowest_terms(starts, merged, denominators))

    def substitute(self, inner: "SparseForms") -> "SparseForms":
        """Return these forms with environment entry k replaced by row k of `inner`."""
        common, factors = inner.to_common_denominator(self.entries)
        outer = self.numerators if common == 1 else multiply(self.numerators, factors[self.entries])
        denominators = self.denominators if common == 1 else multiply(self.denominators, common)
        if inner.are_variables:
            return SparseForms.from_triplets(self.row_numbers, inner.entries[self.entries], outer, denominators)
        parts = []
        for low, high in self._row_ranges(np.diff(inner.starts)[self.entries]):
            part = slice(self.starts[low], self.starts[high])
            entries = self.entries[part]
            places, starts = ranges(inner.starts[entries], inner.starts[entries + 1])
            source = np.repeat(np.arange(len(entries)), np.diff(starts))
            rows = np.repeat(np.arange(high - low), np.diff(self.starts[low : high + 1]))[source]
            numerators = multiply(outer[part][source], inner.numerators[places])
            parts.append(SparseForms.from_triplets(rows, inner.entries[places], numerators, denominators[low:high]))
        return SparseForms.concatenate(parts) if len(parts) != 1 else parts[0]

    def _row_ranges(self, weights: Index) -> Iterator[tuple[int, int]]:
        """Yield ranges of rows whose coefficients have a moderate weight together, or single rows."""
        totals = np.concatenate(([0], np.cumsum(weights)))[self.starts]
        low = 0
        while low < len(self):
            limit = totals[low] + _AT_ONCE
            high = max(int(np.searchsorted(totals, limit, side="right")) - 1, low + 1)
            yield low, high
            low = high

    def are_multiples_of(self, other: "SparseForms") -> npt.NDArray[np.bool_]:
        """Return for each row whether it is a rational multiple of the other batch's row: of 0, only 0 is."""
        sizes, of_others = np.diff(self.starts), np.diff(other.starts)
        result: npt.NDArray[np.bool_] = np.asarray(sizes == 0)
        candidates = np.flatnonzero((sizes == of_others) & ~result)
        mine, theirs = self.take(candidates), other.take(candidates)
        first = np.repeat(mine.starts[:-1], np.diff(mine.starts))
        # With the same entries: a[k] b[0] = b[k] a[0] for all k; the denominators belong to the factor.
        crossed = (
            multiply(mine.numerators, theirs.numerators[first]),
            multiply(theirs.numerators, mine.numerators[first]),
        )
        apart = (mine.entries != theirs.entries) | (crossed[0] != crossed[1])
        equal = np.ones(len(candidates), dtype=np.bool_)
        equal[mine.row_numbers[np.flatnonzero(apart)]] = False
        result[candidates[equal]] = True
        return result

    @property
    def are_variables(self) -> bool:
        """Whether every form is a single environment entry."""
        return bool(
            self.nonzeros == len(self)
            and np.all(np.diff(self.starts) == 1)
            and np.all(self.numerators == 1)
            and np.all(self.denominators == 1)
        )

    def to_common_denominator(self, rows: Index) -> tuple[int, IntegerArray]:
        """Return the common denominator of some rows, and for each row what brings it there (0 for the others)."""
        used = np.zeros(len(self), dtype=np.bool_)
        used[rows] = True
        chosen = np.flatnonzero(used)
        own = [int(value) for value in self.denominators[chosen]]
        common = math.lcm(*set(own))
        factors = np.zeros(len(self), dtype=object)
        factors[chosen] = [common // value for value in own]
        return common, integer_array(factors)

    def row(self, index: int) -> dict[int, Rational]:
        """Return one form as a mapping from environment entry to coefficient."""
        low, high = int(self.starts[index]), int(self.starts[index + 1])
        denominator = int(self.denominators[index])
        pairs = zip(self.entries[low:high], self.numerators[low:high], strict=True)
        return {int(entry): Rational(int(value), denominator) for entry, value in pairs}

    def records(self) -> Iterator[tuple[int, ...]]:
        """Iterate over the rows as canonical tuples (denominator, entry, numerator, entry, numerator, …)."""
        entries, numerators = self.entries.tolist(), self.numerators.tolist()
        starts = self.starts.tolist()
        for low, high, denominator in zip(starts, starts[1:], self.denominators.tolist(), strict=False):
            record = [denominator] * (1 + 2 * (high - low))
            record[1::2] = entries[low:high]
            record[2::2] = numerators[low:high]
            yield tuple(record)

    def values(self, environment: IntegerArray, denominator: int) -> list[Rational]:
        """Return the forms' exact values where environment entry k is environment[k] / denominator."""
        products = multiply(self.numerators, environment[self.entries]) if self.nonzeros else self.numerators
        occupied = np.flatnonzero(np.diff(self.starts))
        totals = np.zeros(len(self), dtype=object)
        if len(occupied):
            totals[occupied] = wide(sum_segments(products, self.starts[occupied]))
        pairs = zip(totals, self.denominators, strict=True)
        return [Rational(int(total), int(own) * denominator) for total, own in pairs]


def _entry(entry: Any) -> int:  # noqa: ANN401 (what a caller took for an entry)
    """Return the number of an environment entry: an integer from 0 to below 2^31."""
    try:
        number = operator.index(entry)
    except TypeError:
        raise InvalidArgument(f"{entry!r} is not an environment entry: an integer was expected") from None
    if not 0 <= number < _MOST_ENTRIES:
        raise InvalidArgument(f"{number} is not an environment entry: they are numbered from 0")
    return number


def ranges(low: Index, high: Index) -> tuple[Index, Index]:
    """Return the concatenated ranges low[i]..high[i]-1, and where each of them starts."""
    lengths = high - low
    starts = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
    _demand_moderate(int(starts[-1]))
    return np.arange(starts[-1]) + np.repeat(low - starts[:-1], lengths), starts


def _demand_moderate(nonzeros: int) -> None:
    if nonzeros > _MOST_NONZEROS:
        raise InvalidArgument(f"the forms would have {nonzeros} coefficients; {_MOST_NONZEROS} are the most")


def _lowest_terms(
    starts: Index, numerators: IntegerArray, denominators: IntegerArray
) -> tuple[IntegerArray, IntegerArray]:
    occupied = np.flatnonzero(np.diff(starts))
    divisors = denominators.copy()  # an empty row is the zero form: over 1
    if len(occupied):
        contents = np.gcd.reduceat(numerators, starts[occupied])
        if contents.dtype != divisors.dtype:
            contents, divisors = wide(contents), wide(divisors)
        divisors[occupied] = np.gcd(contents, divisors[occupied])
    if np.all(divisors == 1):
        return numerators, denominators
    spread = np.repeat(divisors, np.diff(starts))
    return _divided(numerators, spread), _divided(denominators, divisors)


def _divided(values: IntegerArray, divisors: IntegerArray) -> IntegerArray:
    if values.dtype == divisors.dtype == np.int64:
        return np.asarray(values // divisors)
    return integer_array(wide(values) // wide(divisors))


def _joined(arrays: Sequence[IntegerArray]) -> IntegerArray:
    if not arrays:
        return np.zeros(0, dtype=np.int64)
    if all(array.dtype == np.int64 for array in arrays):
        return np.concatenate(arrays)
    return np.concatenate([wide(array) for array in arrays])
