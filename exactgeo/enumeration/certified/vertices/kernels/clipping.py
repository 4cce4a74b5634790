"""Clipping copies of a cell to the places at which a piece is chosen, for units of more than two pieces. Compiled."""

from typing import Any

from exactgeo.compiling import inlined, kernel
from exactgeo.enumeration.certified.vertices.kernels.cells import (
    copy_from_scratch,
    copy_on_stack,
    evaluate,
    keep_facets,
    put_crossings,
    put_side,
)
from exactgeo.enumeration.certified.vertices.kernels.frames import push, put_on_path, take_cell
from exactgeo.enumeration.certified.vertices.kernels.guides import arrive
from exactgeo.enumeration.certified.vertices.kernels.pointers import lowest
from exactgeo.enumeration.certified.vertices.kernels.units import put_difference, sides
from exactgeo.enumeration.certified.vertices.memory import SLOTS, Field, Pause, Phase
from exactgeo.enumeration.certified.vertices.memory import Register as R

_FIELDS = len(Field)


@kernel
def begin_clips(unit: int, m: Any, f: Any, i: Any) -> int:
    """Put the current cell on the stack, to clip copies of it for each piece of a unit, the last piece first."""
    r = m.registers
    pieces = i[m.piece_starts + unit + 1] - i[m.piece_starts + unit]
    if i[r + R.FRAMES] + pieces + 1 > m.most_frames:
        return Pause.FRAMES
    i[r + R.PARENT] = push(0, i[r + R.FIRST], i[r + R.COUNT], i[r + R.FACETS], m, f, i)
    i[r + R.UNIT], i[r + R.PIECE], i[r + R.RIVAL] = unit, pieces, pieces
    i[r + R.COUNT] = 0
    i[r + R.PHASE] = Phase.CLIP
    return -1


@kernel
def clip(m: Any, f: Any, i: Any) -> int:
    """Take one step in clipping copies of a cell to the places at which one piece's selector is the largest."""
    r = m.registers
    unit, piece, rival = i[r + R.UNIT], i[r + R.PIECE], i[r + R.RIVAL]
    start = i[m.piece_starts + unit]
    pieces = i[m.piece_starts + unit + 1] - start
    if rival == pieces:
        return _next_piece(pieces, m, f, i)
    if rival == piece:
        i[r + R.RIVAL] += 1
        return -1
    if not i[r + R.ANSWERED]:
        put_difference(i[m.selector_rows + start + piece], i[m.selector_rows + start + rival], m, f, i)
        if not evaluate(m, f, i):
            return Pause.EXACT
    negative, positive = sides(m, i)
    if negative and positive:
        pause = _clip_by_form(piece, rival, m, f, i)
        if pause >= 0:
            return pause
    elif negative or (not positive and rival < piece):
        i[r + R.COUNT] = 0  # no such cell: another is larger, or a lesser one the same
        i[r + R.RIVAL] = pieces - 1
    i[r + R.ANSWERED] = 0
    i[r + R.RIVAL] += 1
    return -1


@inlined
def _next_piece(pieces: int, m: Any, f: Any, i: Any) -> int:
    """Keep the copy that has been clipped, if anything is left of it, and begin with the next piece's."""
    r = m.registers
    parent = m.frame_fields + i[r + R.PARENT] * _FIELDS
    unit, piece = i[r + R.UNIT], i[r + R.PIECE]
    left = i[r + R.COUNT] > 0
    top = m.frame_fields + (i[r + R.FRAMES] - 1) * _FIELDS
    place = i[r + R.FIRST] + i[r + R.COUNT] if left else i[top + Field.FIRST] + i[top + Field.COUNT]
    if place + i[parent + Field.COUNT] > m.most_vertices:
        return Pause.VERTICES
    if left and (unit >= i[r + R.GUIDED] or i[m.guide + unit] == piece):
        push(piece, i[r + R.FIRST], i[r + R.COUNT], i[r + R.FACETS], m, f, i)
    if piece > 0:
        take_cell(i[r + R.PARENT], m, f, i)
        copy_on_stack(i[r + R.FIRST], i[r + R.COUNT], place, m, f, i)
        i[r + R.FIRST] = place
        i[r + R.PIECE], i[r + R.RIVAL] = piece - 1, 0
        return -1
    if unit >= i[r + R.GUIDED] and not arrive(m, i):
        return Pause.ASTRAY
    i[r + R.FRAMES] -= 1  # the parent leaves the stack
    share = f[m.frame_shares + i[r + R.PARENT]] / max(i[r + R.FRAMES] - i[r + R.PARENT], 1)
    for number in range(i[r + R.PARENT], i[r + R.FRAMES]):
        for k in range(_FIELDS):
            i[m.frame_fields + number * _FIELDS + k] = i[m.frame_fields + (number + 1) * _FIELDS + k]
        for slot in range(SLOTS):
            i[m.frame_slots + number * SLOTS + slot] = i[m.frame_slots + (number + 1) * SLOTS + slot]
        f[m.frame_shares + number] = share
    i[r + R.PHASE] = Phase.POP
    return -1


@inlined
def _clip_by_form(piece: int, rival: int, m: Any, f: Any, i: Any) -> int:
    """Keep of the current cell only where the form is positive."""
    r = m.registers
    if i[r + R.FACETS] == -1:
        return Pause.SLOTS
    if i[r + R.PATH] + 1 > m.most_path:
        return Pause.PATH
    slot = lowest(~i[r + R.FACETS])
    bit = 1 << slot
    total = put_crossings(bit, put_side(1, bit, 0, m, i, f), m, f, i)
    if total < 0 or i[r + R.FIRST] + total > m.most_vertices:
        return Pause.VERTICES
    i[m.slots + slot] = put_on_path(1.0, piece, rival, m, f, i)
    i[r + R.FACETS] = keep_facets(i[r + R.FACETS] | bit, 0, total, m, i)
    copy_from_scratch(total, i[r + R.FIRST], m, f, i)
    i[r + R.COUNT] = total
    i[r + R.SPLITS] += 1
    return -1
