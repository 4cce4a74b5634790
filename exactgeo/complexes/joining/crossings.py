"""Facets between known cells, found by floats with bounds: where a segment from one cell to another crosses over."""

from typing import Any

import numpy as np
import numpy.typing as npt

from exactgeo.complexes.kernels.crossings import Place, Table, find_crossings
from exactgeo.enumeration.certified.floats import demand_ieee_floats
from exactgeo.enumeration.certified.vertices.tables import Floats, correctly_rounded
from exactgeo.errors import ExactGeoError
from exactgeo.networks.forms import Index, SparseForms
from exactgeo.networks.programs import Program
from exactgeo.polyhedra import Polyhedron

_STEPS = np.array([2.0**-16, 2.0**-28, 2.0**-8])  # beyond a facet, where to look
_MOST_TERMS = 2**20  # of a row, for which the bounds are proved


class Crossings:
    """Looks for points beyond a facet of a cell.

    Args:
        program: the network.
        domain: where.
    """

    def __init__(self, program: Program, domain: Polyhedron) -> None:
        self._is_sound = _are_ieee_floats()
        units = program.units
        used, places = np.unique(np.concatenate([units.selectors, units.values]), return_inverse=True)
        forms = units.forms.take(used)
        numbers, errors = correctly_rounded(forms)
        numbers[np.repeat(np.diff(forms.starts) > _MOST_TERMS, np.diff(forms.starts))] = np.nan
        half = len(units.selectors)
        rows = (units.starts, places[:half], places[half:], forms.starts)
        self._table = Table(*rows, forms.entries, numbers, errors, *_dense(domain))
        environment = np.zeros(program.environment_size)
        environment[0] = 1
        self._place = Place(environment, np.zeros_like(environment), np.zeros((len(forms), 2)))

    def found(self, pairs: Index, patterns: npt.NDArray[np.integer[Any]], points: Floats) -> npt.NDArray[np.bool_]:
        """Return for which pairs of cells it is sure that a segment leaves the first one as it should.

        *Definition*: there is a point z inside the domain at which, by the forms of the first cell's pattern, the
        pieces of the second are level with its own in all units in which the patterns differ, if those comparisons
        are multiples of one form, and in which every other comparison is > 0.

        Args:
            pairs: (pairs, 3) rows (cell, other cell, ...).
            patterns: (cells, units).
            points: (cells, inputs) for each cell a point that surely lies in it, or NaN.

        **Exactness**: certified; where floats do not tell, or are not those of the proofs, the answer is no.
        """
        result = np.zeros(len(pairs), dtype=np.bool_)
        if patterns.shape[1] and self._is_sound and _are_ieee_floats():
            find_crossings(pairs, patterns, points, _STEPS, self._table, self._place, result)
        return result


def _are_ieee_floats() -> bool:
    try:
        demand_ieee_floats()
    except ExactGeoError:
        return False
    return True


def _dense(domain: Polyhedron) -> tuple[Floats, Floats]:
    """Return a domain's rows as floats, and bounds of their errors."""
    rows = [{k: value for k, value in enumerate(row) if value} for row in domain.inequalities]
    forms = SparseForms.of(rows)
    numbers, errors = np.zeros((2, len(rows), domain.dimension + 1))
    numbers[forms.row_numbers, forms.entries], errors[forms.row_numbers, forms.entries] = correctly_rounded(forms)
    return numbers, errors
