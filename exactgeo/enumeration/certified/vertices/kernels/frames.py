"""The stack of cells that wait, and the path of hyperplanes to the current one. Compiled."""

from typing import Any

from exactgeo.compiling import inlined
from exactgeo.enumeration.certified.vertices.kernels.pointers import lowest
from exactgeo.enumeration.certified.vertices.memory import SLOTS, Field
from exactgeo.enumeration.certified.vertices.memory import Register as R

_FIELDS = len(Field)


@inlined
def push(piece: int, first: int, count: int, facets: int, m: Any, f: Any, i: Any) -> int:
    """Put a cell on the stack on which the unit that is being decided has a piece. Returns its frame's number."""
    r = m.registers
    number = i[r + R.FRAMES]
    frame = m.frame_fields + number * _FIELDS
    i[frame + Field.LAYER], i[frame + Field.TURN], i[frame + Field.LAST] = (
        i[r + R.LAYER],
        i[r + R.TURN] + 1,
        i[r + R.LAST],
    )
    i[frame + Field.PIECE] = piece
    i[frame + Field.FIRST], i[frame + Field.COUNT], i[frame + Field.FACETS] = first, count, facets
    i[frame + Field.PATH] = i[r + R.PATH]
    f[m.frame_shares + number] = f[m.share]
    while facets != 0:
        slot = lowest(facets)
        facets &= facets - 1
        i[m.frame_slots + number * SLOTS + slot] = i[m.slots + slot]
    i[r + R.FRAMES] = number + 1
    return int(number)


@inlined
def take_cell(number: int, m: Any, f: Any, i: Any) -> None:
    """Make a frame's cell the current one."""
    frame = m.frame_fields + number * _FIELDS
    i[m.registers + R.FIRST], i[m.registers + R.COUNT] = i[frame + Field.FIRST], i[frame + Field.COUNT]
    i[m.registers + R.FACETS] = i[frame + Field.FACETS]
    f[m.share] = f[m.frame_shares + number]
    facets = i[frame + Field.FACETS]
    while facets != 0:
        slot = lowest(facets)
        facets &= facets - 1
        i[m.slots + slot] = i[m.frame_slots + number * SLOTS + slot]


@inlined
def put_on_path(sign: float, piece: int, rival: int, m: Any, f: Any, i: Any) -> int:
    """Put the current form, or its negative, on the path. Returns its number there."""
    row = i[m.registers + R.PATH]
    for axis in range(m.width):
        f[m.path_forms + row * m.width + axis] = sign * f[m.form + axis]
    for k in range(3):
        f[m.path_errors + row * 3 + k] = f[m.form_errors + k]
    i[m.origins + row * 3] = i[m.registers + R.UNIT]
    i[m.origins + row * 3 + 1], i[m.origins + row * 3 + 2] = piece, rival
    i[m.registers + R.PATH] = row + 1
    return int(row)
