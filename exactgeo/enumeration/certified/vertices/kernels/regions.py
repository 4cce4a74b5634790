"""Handing out a region: its pattern, and a point of it. Compiled."""

from typing import Any

from exactgeo.compiling import inlined, kernel
from exactgeo.enumeration.certified.vertices.kernels.pointers import lowest
from exactgeo.enumeration.certified.vertices.kernels.signs import value_at
from exactgeo.enumeration.certified.vertices.memory import Register as R


@kernel
def hand_out(m: Any, f: Any, i: Any) -> None:
    """Hand out the current cell's pattern, and a point that surely lies in it, or NaN."""
    place = i[m.registers + R.RESULTS]
    for unit in range(m.units):
        i[m.patterns + place * m.units + unit] = i[m.chosen + unit]
    _put_inner_point(m, f, i)
    for k in range(m.inputs):
        f[m.witnesses + place * m.inputs + k] = f[m.point + 1 + k]
    i[m.registers + R.RESULTS] = place + 1


@inlined
def _put_inner_point(m: Any, f: Any, i: Any) -> None:  # noqa: C901 (sums are loops)
    """Put the mean of the current cell's vertices, a step in each direction of infinity added, into `point`, or NaN."""
    first, count = i[m.registers + R.FIRST], i[m.registers + R.COUNT]
    for k in range(m.width):
        f[m.point + k] = 0.0
    for v in range(first, first + count):
        if f[m.vertices + v * m.width] != 0.0:
            for k in range(m.width):
                f[m.point + k] += f[m.vertices + v * m.width + k]
    points = f[m.point]
    f[m.point] = 1.0
    for k in range(1, m.width):
        f[m.point + k] /= points
    for v in range(first, first + count):
        if f[m.vertices + v * m.width] == 0.0:
            for k in range(1, m.width):
                f[m.point + k] += f[m.vertices + v * m.width + k]
    facets = i[m.registers + R.FACETS]
    while facets != 0:
        row = i[m.slots + lowest(facets)]
        facets &= facets - 1
        errors = m.path_errors + row * 3
        value, bound = value_at(
            m.width, f, m.path_forms + row * m.width, f[errors], f[errors + 1], f[errors + 2], m.point, 0.0
        )
        if not value > bound and not i[m.registers + R.TRUSTING]:
            f[m.point + 1] = float("nan")
