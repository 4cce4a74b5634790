"""Cells as numpy's arrays of floats: fast to load, and lossy."""

from itertools import accumulate
from pathlib import Path

import numpy as np

from exactgeo.complexes import CellComplex
from exactgeo.errors import InvalidArgument
from exactgeo.files import replacing
from exactgeo.polyhedra.shapes import Vector, rounded


def write_npz(cells: CellComplex, path: Path | str) -> None:
    """Write bounded cells as arrays: `lossy` says that the coordinates are rounded; all numbers of cells are exact.

    `vertices` (vertices, inputs), of cells and facets; `corners` with `corner_starts`: of cell k the vertices
    corners[corner_starts[k]:corner_starts[k + 1]]; `facets` (facets, 2) the cells on either side, -1 outside the
    domain, and `facet_corners` with `facet_starts` likewise; `patterns` (cells, units); `gradients` (cells, outputs,
    inputs) and `offsets` (cells, outputs).

    Raises:
        InvalidArgument: if a cell is unbounded.
    """
    if not cells.is_bounded:
        raise InvalidArgument("arrays have no place for unbounded cells: choose a bounded domain")
    flats = (*(shape.flat() for shape in cells.shapes), *(facet.flat for facet in cells.facets))
    vertices = sorted({vector for flat in flats for vector in flat.generators})
    numbers: dict[Vector, int] = {vector: number for number, vector in enumerate(vertices)}
    corners = [[numbers[vector] for vector in shape.generators] for shape in cells.shapes]
    facet_corners = [[numbers[vector] for vector in facet.flat.generators] for facet in cells.facets]
    sides = [[-1 if cell is None else cell for cell in (facet.positive, facet.negative)] for facet in cells.facets]
    forms = np.array([[[float(c) for c in form.coefficients] for form in maps] for maps in cells.affine_maps])
    arrays = {
        "lossy": np.array("coordinates, gradients and offsets are rounded to float64"),
        "program": np.array(cells.arrangement.program.sha256),
        "vertices": np.array(list(map(rounded, vertices))),
        "corners": np.concatenate([*corners]),
        "corner_starts": np.array(list(accumulate(map(len, corners), initial=0))),
        "facets": np.array(sides).reshape(-1, 2),
        "facet_corners": np.concatenate([np.zeros(0, dtype=np.int64), *facet_corners]).astype(np.int64),
        "facet_starts": np.array(list(accumulate(map(len, facet_corners), initial=0))),
        "patterns": cells.arrangement.patterns[:],
        "gradients": forms[:, :, 1:],
        "offsets": forms[:, :, 0],
    }
    with replacing(Path(path)) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, **arrays)  # type: ignore[arg-type]
