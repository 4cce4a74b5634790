"""Colours that colour-blind people can tell apart.

The qualitative ones are those of Paul Tol's schemes 'light' and 'bright', in another order; the continuous scale is
matplotlib's cividis.
**Source**: P. Tol, Colour schemes, SRON technical note 09-002, 2021.
"""

from collections.abc import Sequence
from enum import Enum
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib import colormaps
from matplotlib.colors import Normalize

from exactgeo.complexes import CellComplex, DecisionBoundary

LIGHT = ("#77AADD", "#EEDD88", "#FFAABB", "#44BB99", "#EE8866", "#DDDDDD", "#BBCC33", "#99DDFF", "#AAAA00")
BRIGHT = ("#4477AA", "#228833", "#AA3377", "#CCBB44", "#66CCEE", "#EE6677", "#BBBBBB")
INK = "#222222"
BOUNDARY = "#CC3311"  # the red of the scheme 'vibrant', which no layer has

Colours = npt.NDArray[Any]
"""(cells,) names, or (cells, 4) numbers."""


class Colouring(Enum):
    """What the cells' colours say."""

    PATTERN = "pattern"
    GRADIENT = "gradient"
    CLASS = "class"


def by_pattern(cells: CellComplex) -> Colours:
    """Return light colours, such that no two cells that meet in a facet have the same if nine colours will do."""
    neighbours: list[list[int]] = [[] for _ in cells.shapes]
    for _, here, there in cells.interior():
        neighbours[here].append(there)
        neighbours[there].append(here)
    chosen = [-1] * len(cells.shapes)
    uses = [0] * len(LIGHT)
    for cell, beside in enumerate(neighbours):
        taken = {chosen[other] for other in beside}
        free = [colour for colour in range(len(LIGHT)) if colour not in taken] or list(range(len(LIGHT)))
        chosen[cell] = min(free, key=lambda colour: (uses[colour], colour))
        uses[chosen[cell]] += 1
    names: Colours = np.array(LIGHT)[chosen]
    return names


def by_gradient(cells: CellComplex, output: int) -> tuple[Colours, Normalize]:
    """Return the colours of the gradient's Euclidean norm, and the scale."""
    norms = [
        float(np.hypot.reduce([float(value) for value in maps[output].coefficients[1:]])) for maps in cells.affine_maps
    ]
    scale = Normalize(min(norms), max(norms) if max(norms) > min(norms) else min(norms) + 1)
    return np.asarray(colormaps["cividis"](scale(norms))), scale


def by_class(boundary: DecisionBoundary) -> Colours:
    """Return the colours of the cells' classes."""
    shown = of_classes(boundary)
    names: Colours = np.array([shown[label] for label in boundary.labels])
    return names


def of_classes(boundary: DecisionBoundary) -> dict[int, str]:
    """Return a colour for each class that occurs; up to nine of them have different ones."""
    return {label: LIGHT[k % len(LIGHT)] for k, label in enumerate(sorted(set(boundary.labels)))}


def of_layers(layers: Sequence[int]) -> Colours:
    """Return dark colours for the layers that made creases."""
    names: Colours = np.array(BRIGHT)[np.array(layers, dtype=int) % len(BRIGHT)]
    return names
