"""The units of a program that matter: the same function on a domain with fewer choices."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from exactgeo.enumeration.patterns import Patterns
from exactgeo.networks.forms import Index, SparseForms
from exactgeo.networks.programs import Program, ProgramBuilder
from exactgeo.networks.units import UnitTable

_AT_ONCE = 2**13  # patterns


@dataclass(frozen=True, slots=True)
class Reduction:
    """A program with the same values as another one on a domain.

    Attributes:
        program: the program with fewer units.
        units: (units of it,) which units of the other program they are, increasing.
    """

    program: Program
    units: Index


def reduced(program: Program, patterns: Patterns) -> Reduction:
    """Leave out the units that do not matter to the outputs in a domain, given all its patterns.

    Left out are units on which no output depends, by selectors or values; and those that always have the same value
    form: all their pieces have the same one, or, in a continuous network, all patterns have the same piece. (The cells
    are dense in the domain, so that a continuous network has the values of that piece everywhere. A discontinuous one
    may have others where cells end.) The cells of the reduced program are unions of the others, but for borders.
    """
    fixed = _fixed_values(program, patterns)
    wanted = _wanted(program, fixed)
    if wanted.all() and not np.any(fixed >= 0):
        return Reduction(program, np.arange(program.unit_count))
    inputs = program.inputs + 1
    inner = SparseForms.variables(np.arange(inputs))
    builder = ProgramBuilder(program.inputs)
    kept = wanted & (fixed < 0)
    for layer in program.layers:
        own = np.arange(layer.start, layer.stop)
        entries = builder.add_units(*_moved(program, own[kept[own]], inner)) if kept[own].any() else own[:0]
        known = SparseForms.concatenate([program.units.forms.take(fixed[own[fixed[own] >= 0]]).substitute(inner)])
        parts = SparseForms.concatenate([SparseForms.of([{}]), SparseForms.variables(entries), known])
        places = np.zeros(len(own), dtype=np.int64)
        places[kept[own]] = 1 + np.arange(len(entries))
        places[fixed[own] >= 0] = 1 + len(entries) + np.arange(len(known))
        inner = SparseForms.concatenate([inner, parts.take(places)])
    return Reduction(builder.build(program.outputs.substitute(inner)), np.flatnonzero(kept))


def _fixed_values(program: Program, patterns: Patterns) -> Index:
    """Return (units,) the form that always is a unit's value, -1 if there is none."""
    units = program.units
    fixed = np.full(len(units), -1, dtype=np.int64)
    if len(units):
        firsts = np.repeat(units.values[units.starts[:-1]], np.diff(units.starts))
        differences = units.forms.take(units.values) + -units.forms.take(firsts)
        alike = ~np.logical_or.reduceat(np.diff(differences.starts) > 0, units.starts[:-1])
        fixed[alike] = units.values[units.starts[:-1]][alike]
    if program.is_continuous and len(patterns):
        alike = np.ones(len(units), dtype=np.bool_)
        for low in range(0, len(patterns), _AT_ONCE):
            alike &= (patterns[low : low + _AT_ONCE] == patterns[0]).all(axis=0)
        constant = np.flatnonzero(alike)
        fixed[constant] = units.values[units.starts[constant] + patterns[0][constant]]
    return fixed


def _wanted(program: Program, fixed: Index) -> npt.NDArray[np.bool_]:
    """Return (units,) whether some output depends on the unit."""
    units, inputs = program.units, program.inputs + 1
    wanted = np.zeros(program.environment_size, dtype=np.bool_)
    wanted[program.outputs.entries] = True
    for layer in reversed(program.layers):
        for unit in layer:
            if wanted[inputs + unit]:
                pieces = slice(units.starts[unit], units.starts[unit + 1])
                used = np.concatenate([units.selectors[pieces], units.values[pieces]])
                rows = used if fixed[unit] < 0 else fixed[unit : unit + 1]
                wanted[units.forms.take(rows).entries] = True
    return wanted[inputs:]


def _moved(program: Program, chosen: Index, inner: SparseForms) -> tuple[SparseForms, Index, Index, Index]:
    """Return units as `ProgramBuilder.add_units` takes them, in the entries that `inner` gives."""
    units: UnitTable = program.units
    counts = np.diff(units.starts)[chosen]
    pieces = np.repeat(units.starts[chosen] - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
    used, places = np.unique(np.concatenate([units.selectors[pieces], units.values[pieces]]), return_inverse=True)
    forms = units.forms.take(used).substitute(inner)
    return forms, places[: len(pieces)], places[len(pieces) :], counts
