"""Cells none of whose hyperplanes are shared: across a facet of theirs one bundle of choices changes, and no more."""

import numpy as np
import numpy.typing as npt

from exactgeo.complexes.fingerprints.residues import LARGEST, Residues, ValueForms, Walk, powers, primes
from exactgeo.complexes.joining.bundles import Bundles
from exactgeo.enumeration.patterns import Patterns, Rows
from exactgeo.networks.forms import Index, SparseForms
from exactgeo.networks.programs import Program

_AT_ONCE = 2**10  # cells
_BASES = (0x8EBC6AF09C88C6E3, 0x589965CC75374CC3)  # any numbers without a pattern


def are_simple(program: Program, patterns: Patterns | Rows, bundles: Bundles) -> npt.NDArray[np.bool_]:
    """Return which cells of a continuous program surely have each hyperplane from one bundle only, and are not flat.

    *Proof that then the pattern across a facet differs in one bundle*: across a facet in h, only units change whose
    comparison with another piece is a multiple of h on the cell, or 0 (`exactgeo.complexes.joining`). The former are
    the bundle's; none is the latter. Where the bundle's units lie, the forms are the same across, and all of them
    change their sign.

    A comparison is evaluated at two points modulo a prime: if the values are not 0, nor is the form; if their
    quotients differ, two forms are no multiples of each other.

    **Exactness**: exact; what cannot be told apart is not said to be simple.
    """
    result = np.zeros(len(patterns), dtype=np.bool_)
    if not bundles.is_complete:
        return result
    compared = _Comparisons(program, bundles)
    modulus = next(primes(LARGEST, compared.values.denominator))
    points = np.array([powers(base % modulus, program.inputs + 1, modulus) for base in _BASES], dtype=np.int64)
    walk = Walk(compared.values, modulus, np.ascontiguousarray(points.T))
    for low in range(0, len(patterns), _AT_ONCE):
        part = patterns[low : low + _AT_ONCE]
        first, second = compared.at(part, walk.maps(part).reshape(len(part), -1, 2), modulus)
        quotients = np.sort(walk.quotients(first, second), axis=1)
        clear = (first != 0).all(axis=1) & (second != 0).all(axis=1)
        result[low : low + _AT_ONCE] = clear & (quotients[:, 1:] != quotients[:, :-1]).all(axis=1)
    return result


class _Comparisons:
    """What a program's cells compare, but for a bundle's second and later units.

    Attributes:
        values: the program with its comparisons as outputs: of each bundle of two-piece units the first one's, then
            all selectors of the other units.
    """

    def __init__(self, program: Program, bundles: Bundles) -> None:
        units = program.units
        counts = np.diff(units.starts)
        leading = bundles.choices[bundles.starts[:-1], 0]
        pairs = units.starts[leading[counts[leading] == 2]]  # noqa: PLR2004
        self._pairs = len(pairs)
        self._others = np.flatnonzero(counts > 2)  # noqa: PLR2004
        self._counts = counts[self._others]
        places = [np.arange(units.starts[unit], units.starts[unit + 1]) for unit in self._others.tolist()]
        rest = units.selectors[np.concatenate([np.zeros(0, dtype=np.int64), *places])]
        differences = units.forms.take(units.selectors[pairs + 1]) + -units.forms.take(units.selectors[pairs])
        outputs = SparseForms.concatenate([differences, units.forms.take(rest)])
        self.values = ValueForms(Program(program.inputs, units, outputs))

    def at(self, patterns: Rows, residues: Residues, modulus: int) -> tuple[Residues, Residues]:
        """Return (patterns, comparisons) the residues of all comparisons at each of two points."""
        parts = [residues[:, : self._pairs]]
        low = self._pairs
        for unit, count in zip(self._others.tolist(), self._counts.tolist(), strict=True):
            own = residues[:, low : low + count]
            chosen = patterns[:, unit].astype(np.int64)
            mine = own[np.arange(len(own)), chosen][:, None]
            rivals = _without(chosen, count)
            parts.append((mine - np.take_along_axis(own, rivals[:, :, None], axis=1)) % modulus)
            low += count
        together = np.concatenate(parts, axis=1)
        return np.ascontiguousarray(together[:, :, 0]), np.ascontiguousarray(together[:, :, 1])


def _without(chosen: Index, count: int) -> Index:
    """Return (cells, count - 1) for each cell the pieces that are not chosen."""
    pieces = np.arange(count - 1)[None, :]
    return pieces + (pieces >= chosen[:, None])
