"""Cutting a cell in two by a unit of two pieces. Compiled."""

from typing import Any

from exactgeo.compiling import kernel
from exactgeo.enumeration.certified.vertices.kernels.cells import (
    copy_from_scratch,
    copy_within_scratch,
    keep_facets,
    put_crossings,
    put_side,
)
from exactgeo.enumeration.certified.vertices.kernels.frames import push, put_on_path
from exactgeo.enumeration.certified.vertices.kernels.guides import arrive
from exactgeo.enumeration.certified.vertices.kernels.pointers import lowest
from exactgeo.enumeration.certified.vertices.memory import Pause, Phase
from exactgeo.enumeration.certified.vertices.memory import Register as R


@kernel
def split(unit: int, m: Any, f: Any, i: Any) -> int:
    """Cut the current cell in two by a unit of two pieces; put piece 1 on the stack, and go on in piece 0.

    If the guide wants one of them only, the other is dropped.

    Returns:
        -1, or the reason to pause; then nothing has changed.
    """
    r = m.registers
    facets = i[r + R.FACETS]
    if facets == -1:
        return Pause.SLOTS
    if i[r + R.FRAMES] == m.most_frames:
        return Pause.FRAMES
    if i[r + R.PATH] + 2 > m.most_path:
        return Pause.PATH
    slot = lowest(~facets)
    bit = 1 << slot
    if unit >= i[r + R.GUIDED] and not arrive(m, i):
        return Pause.ASTRAY
    # The scratch: the side > 0, the crossings; the side < 0, the crossings once more.
    first = i[r + R.FIRST]
    upper = put_side(1, bit, 0, m, i, f)
    middle = put_crossings(bit, upper, m, f, i)
    lower = put_side(-1, bit, middle, m, i, f)
    total = lower + middle - upper
    if lower < 0 or total > m.most_vertices or first + total > m.most_vertices:
        return Pause.VERTICES
    for k in range(middle - upper):
        copy_within_scratch(upper + k, lower + k, m, f, i)
    guided = unit < i[r + R.GUIDED]
    if not guided:
        f[m.share] *= 0.5
    above = put_on_path(1.0, 1, 0, m, f, i)
    below = put_on_path(-1.0, 0, 1, m, f, i)
    facets |= bit
    i[m.slots + slot] = above
    push(1, first, middle, keep_facets(facets, 0, middle, m, i), m, f, i)
    i[m.slots + slot] = below
    i[r + R.FACETS] = keep_facets(facets, middle, total, m, i)
    copy_from_scratch(total, first, m, f, i)
    i[r + R.FIRST], i[r + R.COUNT] = first + middle, total - middle
    i[m.chosen + unit] = 0
    i[r + R.TURN] += 1
    i[r + R.SPLITS] += 1
    if guided and i[m.guide + unit] == 0:
        i[r + R.FRAMES] -= 1
    elif guided:
        i[r + R.PHASE] = Phase.POP
    return -1
