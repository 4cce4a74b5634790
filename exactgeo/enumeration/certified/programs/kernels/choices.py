"""Which pieces of a unit are chosen somewhere in a cell: by its point, or by programs that are proved. Compiled."""

import math

from exactgeo.compiling import kernel
from exactgeo.enumeration.certified.programs.kernels.proposals.pricing import put_gram
from exactgeo.enumeration.certified.programs.kernels.proposals.simplex import (
    NEGATIVE,
    PLAINLY,
    QUICKLY,
    STUCK,
    TILTED,
    begin_basis,
    maximise,
)
from exactgeo.enumeration.certified.programs.kernels.spaces import (
    Basis,
    Bytes,
    Cell,
    Floats,
    Found,
    Layer,
    Rows,
    Scratch,
    Space,
)
from exactgeo.enumeration.certified.programs.kernels.verdicts import put_values, refutes, sign_at

UNKNOWN = -1  # not looked at yet
EMPTY = 0
HERE = 1  # the cell's own point is one of the piece's
ELSEWHERE = 2  # another point is
UNDECIDED = 3

CUT = 0  # why `choose` ends: the unit cuts the cell
ASK = 1  # a piece is undecided
REST = 2  # it has taken long; no verdict is known
END = 3  # no unit is left

_WORK = 2**22  # products in steps of programs, until it rests
_GRIDS = 4
_FINER = 2.0**-10


@kernel
def choose(
    unit: int, count: int, path: Rows, layer: Layer, cell: Cell, found: Found, space: Space, s: Scratch
) -> tuple[int, int, int]:
    """Choose the pieces of units that have no choice in a cell, from a unit on.

    The verdicts about the pieces of the first unit that are known already are taken.

    Returns:
        Why it ends: CUT, ASK, REST or END; the unit; and the place of the piece among its unit's that is undecided.
    """
    rest = found.counts[2] + _WORK // (space.matrix.size + count * len(s.point))
    while unit < len(layer.pieces) - 1:
        if found.counts[2] > rest:
            return REST, unit, 0
        first, last = layer.pieces[unit], layer.pieces[unit + 1]
        living = 0
        for piece in range(first, last):
            place = piece - first
            if found.verdicts[place] == UNKNOWN:
                # Some piece is chosen almost everywhere in the cell: after all others, the last one.
                covers = living == 0 and piece == last - 1
                verdict = HERE if covers else _judge(piece, place, count, path, layer, cell, found, space, s)
                found.verdicts[place] = verdict
            if found.verdicts[place] == UNDECIDED:
                return ASK, unit, place
            if found.verdicts[place] != EMPTY:
                living += 1
        if living != 1:
            return CUT, unit, 0
        for piece in range(first, last):
            if found.verdicts[piece - first] != EMPTY:
                note_choice(piece, layer, cell.signs)
                found.chosen[unit] = layer.numbers[piece]
            found.verdicts[piece - first] = UNKNOWN
        unit += 1
    return END, unit, 0


@kernel
def note_choice(piece: int, layer: Layer, signs: Bytes) -> None:
    """Note the signs that a piece demands."""
    for k in range(layer.demands[piece], layer.demands[piece + 1]):
        signs[layer.asked[k]] = layer.senses[k]


@kernel
def _judge(
    piece: int, place: int, count: int, path: Rows, layer: Layer, cell: Cell, found: Found, space: Space, s: Scratch
) -> int:
    here = True
    total = count
    for k in range(layer.demands[piece], layer.demands[piece + 1]):
        row, sense = layer.asked[k], layer.senses[k]
        sign = cell.signs[row]
        if sign == -sense:
            return EMPTY
        if sign == 0:
            here = here and sign_at(layer.rows.forms[row], cell.values, cell.radii) == sense
            append_row(total, row, sense, layer.rows, path)
            total += 1
    if here:
        return HERE
    basis = Basis(found.sizes[place], found.rows[place], found.columns[place])
    basis.size[0] = cell.basis.size[0]
    for i in range(len(basis.rows)):
        basis.rows[i] = cell.basis.rows[i]
        basis.columns[i] = cell.basis.columns[i]
    if basis.size[0] == 0:
        begin_basis(total, path, basis)
    verdict = _decide(place, total, path, basis, found, space, s)
    found.counts[0] += 1
    return verdict


@kernel
def append_row(count: int, row: int, sense: int, rows: Rows, path: Rows) -> None:
    """Put a form, or its negative, behind others."""
    for i in range(rows.forms.shape[1]):
        path.forms[count, i] = sense * rows.forms[row, i]
    for j in range(rows.slopes.shape[1]):
        path.slopes[count, j] = sense * rows.slopes[row, j]
    path.constants[count] = sense * rows.constants[row]
    path.scales[count] = rows.scales[row]
    put_gram(count, path)


@kernel
def decide(place: int, total: int, path: Rows, basis: Basis, found: Found, space: Space, s: Scratch) -> int:
    """Decide whether rows are positive together somewhere: EMPTY, ELSEWHERE or UNDECIDED."""
    if basis.size[0] == 0:
        begin_basis(total, path, basis)
    return _decide(place, total, path, basis, found, space, s)


@kernel
def _decide(place: int, total: int, path: Rows, basis: Basis, found: Found, space: Space, s: Scratch) -> int:
    """Decide whether rows are positive together somewhere."""
    outcome, t, steps = maximise(total, path, basis, s, QUICKLY)
    found.counts[2] += steps
    verdict = _proved(outcome, t, place, total, path, found, space, s)
    if verdict != UNDECIDED:
        return verdict
    if outcome == STUCK:
        begin_basis(total, path, basis)
    outcome, t, steps = maximise(total, path, basis, s, PLAINLY if outcome == NEGATIVE else TILTED)
    found.counts[2] += steps
    return _proved(outcome, t, place, total, path, found, space, s)


@kernel
def decide_plainly(place: int, total: int, path: Rows, basis: Basis, found: Found, space: Space, s: Scratch) -> int:
    """Go on to decide what was undecided."""
    outcome, t, steps = maximise(total, path, basis, s, PLAINLY)
    found.counts[2] += steps
    return _proved(outcome, t, place, total, path, found, space, s)


@kernel
def _proved(outcome: int, t: float, place: int, total: int, path: Rows, found: Found, space: Space, s: Scratch) -> int:
    """Return the verdict that a program's outcome leads to, if there is a proof."""
    if outcome == STUCK:
        return UNDECIDED
    if t <= 0.0:
        return EMPTY if refutes(total, s.multipliers, path, space, s) else UNDECIDED
    if _put_witness(total, path, found.values[place], found.radii[place], space, s):
        found.points[place, :] = s.point
        return ELSEWHERE
    return UNDECIDED


@kernel
def _put_witness(total: int, path: Rows, values: Floats, radii: Floats, space: Space, s: Scratch) -> bool:
    """Put a point with few bits near the optimal one there. Returns whether it surely has all rows positive."""
    shrink = 0.5
    grain = 1.0
    for k in range(total):
        scale = path.scales[k]
        value = s.rows_at[k]
        if value > path.constants[k]:
            shrink = min(shrink, 0.5 * value / (value - path.constants[k]))
        grain = min(grain, value / (16.0 * scale))
    if not (shrink > 0.0 and grain > 0.0):
        return False
    grain = min(grain, 0.25 * shrink)
    for _ in range(_GRIDS):
        for j in range(len(s.point)):
            unit = math.ldexp(1.0, math.frexp(space.half[j] * grain)[1] - 1)
            aim = space.middle[j] + space.half[j] * (1.0 - shrink) * s.position[j]
            s.point[j] = math.floor(aim / unit + 0.5) * unit
        if put_values(s.point, space, values, radii) and _all_positive(total, path, values, radii):
            return True
        grain *= _FINER
    return False


@kernel
def _all_positive(total: int, path: Rows, values: Floats, radii: Floats) -> bool:
    for k in range(total):  # noqa: SIM110 (compiled)
        if sign_at(path.forms[k], values, radii) != 1:
            return False
    return True
