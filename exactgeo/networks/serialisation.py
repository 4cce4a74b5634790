"""The canonical text of programs (proofs/FORMAT.md, sections 1 to 3)."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from exactgeo.arithmetic.hexadecimal import hexadecimal_rows
from exactgeo.networks.forms import SparseForms
from exactgeo.networks.units import UnitTable

_AT_ONCE = 2**18  # so many coefficients become text at once, to keep memory small


def program_lines(inputs: int, units: UnitTable, outputs: SparseForms) -> Iterator[str]:
    """Yield the text in pieces of whole lines, each with its line feed, from `exactgeo-program 1` to `end`."""
    yield "exactgeo-program 1\n"
    yield f"inputs {inputs:x}\n"
    yield f"units {len(units):x}\n"
    yield from _unit_lines(units)
    yield f"outputs {len(outputs):x}\n"
    for rows in _in_parts(np.diff(outputs.starts)):
        yield from (f"output {form}\n" for form in _written(outputs.take(rows)))
    yield "end\n"


def _unit_lines(units: UnitTable) -> Iterator[str]:
    """Yield the lines of the units, a few units at a time."""
    sizes = np.diff(units.forms.starts)
    pieces = sizes[units.selectors] + sizes[units.values]
    totals = np.add.reduceat(pieces, units.starts[:-1]) if len(units) else pieces
    for part in _in_parts(totals):
        low, high = units.starts[part[0]], units.starts[part[-1] + 1]
        rows, places = np.unique(
            np.concatenate([units.selectors[low:high], units.values[low:high]]), return_inverse=True
        )
        forms = _written(units.forms.take(rows))
        selectors, values = places[: high - low].tolist(), places[high - low :].tolist()
        for first, last in pairwise((units.starts[part[0] : part[-1] + 2] - low).tolist()):
            lines = [f"unit {last - first:x}\n"]
            for piece in range(first, last):
                selector, value = selectors[piece], values[piece]
                if selector == value or forms[selector] == forms[value]:
                    lines.append(f"piece {forms[selector]}\n")
                else:
                    lines.append(f"piece {forms[selector]} | {forms[value]}\n")
            yield "".join(lines)


def _in_parts(sizes: np.ndarray) -> Iterator[np.ndarray]:
    """Yield runs of rows that have at most _AT_ONCE coefficients together, or are single rows."""
    if len(sizes) == 0:
        return
    groups = (np.cumsum(sizes) - sizes) // _AT_ONCE
    yield from np.split(np.arange(len(sizes)), np.flatnonzero(np.diff(groups)) + 1)


def _written(forms: SparseForms) -> list[str]:
    """Return the forms' canonical text."""
    counts = 1 + 2 * np.diff(forms.starts)
    ends = np.cumsum(counts)
    kind = np.int64 if forms.numerators.dtype == forms.denominators.dtype == np.int64 else object
    numbers = np.empty(int(ends[-1]) if len(ends) else 0, dtype=kind)
    first = ends - counts
    numbers[first] = forms.denominators
    places = np.arange(forms.nonzeros) * 2 + forms.row_numbers + 1
    numbers[places] = forms.entries
    numbers[places + 1] = forms.numerators
    return hexadecimal_rows(numbers, counts.tolist())
