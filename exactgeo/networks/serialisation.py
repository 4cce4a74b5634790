"""The canonical text of programs (proofs/FORMAT.md, sections 1 to 3)."""

from collections.abc import Iterator
from itertools import pairwise

from exactgeo.networks.forms import SparseForms
from exactgeo.networks.units import UnitTable


def program_lines(inputs: int, units: UnitTable, outputs: SparseForms) -> Iterator[str]:
    """Yield the lines, each with its line feed, from `exactgeo-program 1` to `end`."""
    yield "exactgeo-program 1\n"
    yield f"inputs {inputs:x}\n"
    yield f"units {len(units):x}\n"
    yield from _unit_lines(units)
    yield f"outputs {len(outputs):x}\n"
    for record in outputs.records():
        yield f"output {_written(record)}\n"
    yield "end\n"


def _unit_lines(units: UnitTable) -> Iterator[str]:
    forms = [_written(record) for record in units.forms.records()]
    selectors, values = units.selectors.tolist(), units.values.tolist()
    starts = units.starts.tolist()
    for low, high in pairwise(starts):
        yield f"unit {high - low:x}\n"
        for piece in range(low, high):
            selector, value = forms[selectors[piece]], forms[values[piece]]
            yield f"piece {selector}\n" if selector == value else f"piece {selector} | {value}\n"


def _written(record: tuple[int, ...]) -> str:
    return " ".join([f"{number:x}" for number in record])
