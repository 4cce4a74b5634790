"""Meshes as PLY and OBJ files, which most viewers of three-dimensional models read."""

from collections.abc import Iterator
from pathlib import Path

from exactgeo.complexes import Mesh
from exactgeo.files import replacing
from exactgeo.polyhedra.shapes import rounded

_REMARK = "made by exactgeo; coordinates are rounded to floats, faces are exact"


def write_ply(mesh: Mesh, path: Path | str) -> None:
    """Write a mesh as an ASCII PLY file, whole or not at all. Coordinates are rounded to float64."""
    _write(path, _ply(mesh))


def write_obj(mesh: Mesh, path: Path | str) -> None:
    """Write a mesh as a Wavefront OBJ file, whole or not at all. Coordinates are rounded to float64."""
    _write(path, _obj(mesh))


def _ply(mesh: Mesh) -> Iterator[str]:
    yield "ply\nformat ascii 1.0\n"
    yield f"comment {_REMARK}\n"
    yield f"element vertex {len(mesh.vertices)}\n"
    yield from (f"property double {axis}\n" for axis in "xyz")
    yield f"element face {len(mesh.polygons)}\nproperty list uint int vertex_indices\nend_header\n"
    yield from (" ".join(place) + "\n" for place in _places(mesh))
    yield from (" ".join(map(str, (len(ring), *ring))) + "\n" for ring in mesh.polygons)


def _obj(mesh: Mesh) -> Iterator[str]:
    yield f"# {_REMARK}\n"
    yield from (f"v {' '.join(place)}\n" for place in _places(mesh))
    yield from (f"f {' '.join(str(corner + 1) for corner in ring)}\n" for ring in mesh.polygons)


def _places(mesh: Mesh) -> Iterator[tuple[str, ...]]:
    for vector in mesh.vertices:
        yield tuple(map(repr, rounded(vector)))


def _write(path: Path | str, lines: Iterator[str]) -> None:
    with replacing(Path(path)) as temporary, temporary.open("w", encoding="ascii") as file:
        file.writelines(lines)
