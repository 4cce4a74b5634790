"""Sparse affine forms in float64, with bounds on what that rounds: the arithmetic of the error analysis.

Everything is a sum of products over the non-zeros of the forms. Sums of non-negative numbers come out of float64 with a
relative error of at most (n + 8) 2^-53, n being the number of terms; SLACK exceeds that for all n < 2^30, so that every
bound computed here is multiplied by it and is a bound afterwards.
"""

from dataclasses import dataclass

import numpy as np

from exactgeo.networks.forms import SparseForms

SLACK = 1 + 2.0**-20
_DOUBLE = 2.0**-53
_TINY = 1e-290  # more than what any underflow in float64 can add up to here


@dataclass(frozen=True)
class Entries:
    """What is known of the environment entries: each array has one number an entry.

    Attributes:
        values: float64 approximations.
        radii: how far these are from the exact values at most.
        errors: how far a computation in the analysed precision is from the exact values at most.
        sizes: at least the absolute values; where a value is a sum that may be rearranged together with the sums it
            goes into, at least the sum of the absolute values of its terms.
    """

    values: np.ndarray
    radii: np.ndarray
    errors: np.ndarray
    sizes: np.ndarray

    def take(self, places: np.ndarray) -> "Entries":
        """Return some of the entries."""
        return Entries(self.values[places], self.radii[places], self.errors[places], self.sizes[places])


class FloatForms:
    """A batch of forms with float64 coefficients, each within 2^-51 of the exact one, relatively."""

    def __init__(self, forms: SparseForms) -> None:
        self.count = len(forms)
        self.terms = np.diff(forms.starts)
        self.entries = forms.entries
        rows = forms.row_numbers
        self.coefficients = _quotients(forms.numerators, forms.denominators[rows])
        self._occupied = np.flatnonzero(self.terms)
        self._starts = forms.starts[:-1][self._occupied]
        ones = np.abs(self.coefficients) == 1.0
        whole = (forms.denominators[rows] == 1) & (forms.entries != 0)
        exact = np.abs(self.coefficients) < 2.0**52
        self.moves = (self.terms == 0) | ((self.terms == 1) & self._all(ones & (forms.denominators[rows] == 1)))
        self.whole = self._all(whole & exact)
        self.largest = self._largest(np.abs(self.coefficients))

    def evaluate(self, environment: Entries) -> tuple[Entries, np.ndarray]:
        """Return the forms' values with radii, the errors that the entries' errors cause, and the sizes.

        Also returns which forms are combinations of integers by integers, every partial sum being an integer of at
        most the size, all known without error.
        """
        e, c = self.entries, self.coefficients
        a = np.abs(c)
        integral = (environment.values == np.rint(environment.values)) & (environment.errors == 0)
        integral &= environment.radii == 0
        whole = self.whole & self._all(integral[e])
        values = self._sums(c * environment.values[e])
        radii = self._sums(a * environment.radii[e])
        spread = self._sums(a * np.abs(environment.values[e]))
        fresh = (self.terms + 8) * 4 * _DOUBLE * (spread + radii) + _TINY
        exact = self.moves | (whole & (spread < 2.0**52))
        radii = np.where(exact, radii, (radii + fresh) * SLACK)
        errors = self._sums(a * environment.errors[e]) * np.where(self.moves, 1.0, SLACK)
        sizes = self._sums(a * environment.sizes[e]) * np.where(self.moves, 1.0, SLACK)
        return Entries(values, radii, errors, sizes), whole

    def _sums(self, products: np.ndarray) -> np.ndarray:
        sums = np.zeros(self.count)
        if len(self._occupied):
            sums[self._occupied] = np.add.reduceat(products, self._starts)
        return sums

    def _all(self, flags: np.ndarray) -> np.ndarray:
        result = np.ones(self.count, dtype=bool)
        if len(self._occupied):
            result[self._occupied] = np.logical_and.reduceat(flags, self._starts)
        return result

    def _largest(self, magnitudes: np.ndarray) -> np.ndarray:
        result = np.zeros(self.count)
        if len(self._occupied):
            result[self._occupied] = np.maximum.reduceat(magnitudes, self._starts)
        return result


def _quotients(numerators: np.ndarray, denominators: np.ndarray) -> np.ndarray:
    if numerators.dtype == denominators.dtype == np.int64:
        return numerators.astype(np.float64) / denominators.astype(np.float64)
    return np.array([int(n) / int(d) for n, d in zip(numerators, denominators, strict=True)], dtype=np.float64)
