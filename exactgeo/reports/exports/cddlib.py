"""Cells as cddlib's files, exactly: half-spaces (.ine), and generators (.ext)."""

from collections.abc import Sequence
from pathlib import Path

from exactgeo.arithmetic.rationals import Rational, text
from exactgeo.files import replacing
from exactgeo.polyhedra.shapes import Shape


def write_ine(shape: Shape, path: Path | str) -> None:
    """Write the facets of a polyhedron, rows b a1 … an with b + a.x >= 0. **Exactness**: exact."""
    _write(path, "H-representation", (), [list(map(_integer, row)) for row in shape.rows], shape.dimension + 1)


def write_ext(shape: Shape, path: Path | str) -> None:
    """Write the generators of a polyhedron: 1 and a point, 0 and a ray or (linear) a line. **Exactness**: exact."""
    rows = [["0", *map(_integer, line[1:])] for line in shape.lines]
    for vector in shape.generators:
        scale = vector[0] or 1
        rows.append(["1" if vector[0] else "0", *(text(Rational(value, scale)) for value in vector[1:])])
    _write(path, "V-representation", range(1, len(shape.lines) + 1), rows, shape.dimension + 1)


def _integer(value: int) -> str:
    return text(Rational(value))  # str would refuse more than 4300 digits


def _write(path: Path | str, kind: str, linear: Sequence[int], rows: Sequence[Sequence[str]], width: int) -> None:
    lines = [kind]
    if linear:
        lines.append(" ".join(["linearity", str(len(linear)), *map(str, linear)]))
    lines += ["begin", f"{len(rows)} {width} rational", *map(" ".join, rows), "end"]
    with replacing(Path(path)) as temporary:
        temporary.write_text("\n".join(lines) + "\n", encoding="ascii")
