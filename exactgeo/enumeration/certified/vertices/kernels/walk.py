"""The walk through the tree of choices, cell by cell, until there is a reason to pause. Compiled.

Depth first, by increasing pattern. Most of a layer's units are decided at once on the cell with which the layer is
entered; the others are decided one after the other, and cut the cell where they must.
"""

from typing import Any

from exactgeo.compiling import inlined, kernel
from exactgeo.enumeration.certified.vertices.kernels.clipping import begin_clips, clip
from exactgeo.enumeration.certified.vertices.kernels.filtering import begin_filter, filter_list, shorten_list
from exactgeo.enumeration.certified.vertices.kernels.frames import take_cell
from exactgeo.enumeration.certified.vertices.kernels.guides import arrive
from exactgeo.enumeration.certified.vertices.kernels.layers import enter_layer
from exactgeo.enumeration.certified.vertices.kernels.pointers import floats_at, integers_at
from exactgeo.enumeration.certified.vertices.kernels.regions import hand_out
from exactgeo.enumeration.certified.vertices.kernels.splitting import split
from exactgeo.enumeration.certified.vertices.kernels.units import decide, sides
from exactgeo.enumeration.certified.vertices.memory import Field, Pause, Phase
from exactgeo.enumeration.certified.vertices.memory import Register as R

_FIELDS = len(Field)


@kernel
def prepare(m: Any, layers: int) -> None:
    """Compute the forms of the first layers, for the pieces chosen."""
    for layer in range(layers):
        enter_layer(layer, m, floats_at(m.floats_at), integers_at(m.integers_at))


@kernel
def walk(m: Any) -> int:  # noqa: C901, PLR0912 (a state machine)
    """Walk on until there is a reason to pause, and return it."""
    f, i = floats_at(m.floats_at), integers_at(m.integers_at)
    r = m.registers
    while True:
        phase = i[r + R.PHASE]
        pause = -1
        if phase == Phase.NEXT:
            pause = _next(m, f, i)
        elif phase == Phase.ENTER:
            pause = _enter(m, f, i)
        elif phase == Phase.FILTER:
            pause = filter_list(m, f, i)
        elif phase == Phase.CLIP:
            pause = clip(m, f, i)
        elif phase == Phase.REGION:
            if not arrive(m, i):
                return Pause.ASTRAY
            i[r + R.REGIONS] += 1
            f[m.done] += f[m.share]
            if i[r + R.KEEPS]:
                hand_out(m, f, i)
            i[r + R.PHASE] = Phase.POP
            if i[r + R.SHOWS]:
                return Pause.CELL
        elif i[r + R.FRAMES] == 0:
            return Pause.DONE if i[r + R.GUIDED] == 0 else Pause.ASTRAY
        elif i[r + R.FUEL] <= 0 and i[r + R.GUIDED] == 0:
            return Pause.REST
        elif i[r + R.RESULTS] == m.most_results:
            return Pause.RESULTS
        else:
            _pop(m, f, i)
            i[r + R.FUEL] -= i[r + R.COUNT]
        if pause >= 0:
            return pause


@kernel
def _enter(m: Any, f: Any, i: Any) -> int:
    """Enter a layer with the current cell: bring its forms up to date, and list its units."""
    r = m.registers
    layer, top = i[r + R.LAYER], i[r + R.LAST]
    begin, end = i[m.unit_starts + layer], i[m.unit_starts + layer + 1]
    if top + end - begin > m.most_lists:
        return Pause.LISTS
    enter_layer(layer, m, f, i)
    for unit in range(begin, end):
        i[m.undecided + top + unit - begin] = unit
    i[r + R.CURSOR] = i[r + R.TURN] = top
    i[r + R.LAST] = top + end - begin
    begin_filter(m, f, i)
    return -1


@inlined
def _next(m: Any, f: Any, i: Any) -> int:
    """Decide the next unit of the list on the current cell, or leave the layer."""
    r = m.registers
    turn = i[r + R.TURN]
    if turn == i[r + R.LAST]:
        if i[r + R.LAYER] + 1 == m.layers:
            i[r + R.PHASE] = Phase.REGION
        else:
            i[r + R.LAYER] += 1
            i[r + R.PHASE] = Phase.ENTER
        return -1
    unit = i[m.undecided + turn]
    if i[m.unit_rows + unit] < 0:
        return begin_clips(unit, m, f, i)
    if not decide(unit, m, f, i):
        return Pause.EXACT
    negative, positive = sides(m, i)
    if negative and positive:
        pause = split(unit, m, f, i)
        if pause >= 0:
            return pause
        if i[r + R.PHASE] == Phase.NEXT:
            shorten_list(m, f, i)
    else:
        i[m.chosen + unit] = 1 if positive else 0
        i[r + R.TURN] = turn + 1
    i[r + R.ANSWERED] = 0
    return -1


@inlined
def _pop(m: Any, f: Any, i: Any) -> None:
    """Make the topmost cell on the stack the current one."""
    r = m.registers
    i[r + R.FRAMES] -= 1
    frame = m.frame_fields + i[r + R.FRAMES] * _FIELDS
    layer, turn = i[frame + Field.LAYER], i[frame + Field.TURN]
    i[r + R.LAYER], i[r + R.TURN], i[r + R.LAST], i[r + R.PATH] = (
        layer,
        turn,
        i[frame + Field.LAST],
        i[frame + Field.PATH],
    )
    take_cell(i[r + R.FRAMES], m, f, i)
    if i[frame + Field.PIECE] < 0:  # the cell with which a layer is entered
        i[r + R.PHASE] = Phase.ENTER
    else:
        i[m.chosen + i[m.undecided + turn - 1]] = i[frame + Field.PIECE]
        shorten_list(m, f, i)
