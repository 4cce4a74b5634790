"""What a unit decides on, as the current form, and the signs that it has. Compiled."""

from typing import Any

from exactgeo.compiling import inlined
from exactgeo.enumeration.certified.floats import EXACT, SAFE, ULP
from exactgeo.enumeration.certified.vertices.kernels.cells import evaluate
from exactgeo.enumeration.certified.vertices.memory import Register as R


@inlined
def decide(unit: int, m: Any, f: Any, i: Any) -> bool:
    """Find the signs at the cell's vertices of what a unit of two pieces decides on. Returns whether all are known."""
    if i[m.registers + R.ANSWERED]:
        return True
    row = i[m.unit_rows + unit]
    for axis in range(m.width):
        f[m.form + axis] = f[m.forms + axis * m.rows + row]
    f[m.form_errors], f[m.form_errors + 1] = f[m.linear_errors + row], f[m.constant_errors + row]
    f[m.form_errors + 2] = f[m.norms + row]
    i[m.registers + R.WHOLE] = _is_whole(row, m, f, i)
    i[m.registers + R.UNIT], i[m.registers + R.PIECE], i[m.registers + R.RIVAL] = unit, 1, 0
    return bool(evaluate(m, f, i))


@inlined
def put_difference(row: int, other: int, m: Any, f: Any, i: Any) -> None:
    """Make the difference of two rows the current form."""
    size = 0.0
    norm = 0.0
    for axis in range(m.width):
        x = f[m.forms + axis * m.rows + row] - f[m.forms + axis * m.rows + other]
        f[m.form + axis] = x
        if axis > 0:
            size = max(size, abs(x))
            norm += abs(x)
    f[m.form_errors] = (f[m.linear_errors + row] + f[m.linear_errors + other] + ULP * size) * SAFE
    constant = f[m.constant_errors + row] + f[m.constant_errors + other]
    f[m.form_errors + 1] = (constant + ULP * abs(f[m.form])) * SAFE
    f[m.form_errors + 2] = norm
    whole = _is_whole(row, m, f, i) and _is_whole(other, m, f, i) and max(size, abs(f[m.form])) < EXACT
    i[m.registers + R.WHOLE] = 1 if whole else 0
    if whole:
        f[m.form_errors] = f[m.form_errors + 1] = 0.0


@inlined
def _is_whole(row: int, m: Any, f: Any, i: Any) -> int:
    """Whether a row's coefficients are integers on the current cell."""
    return 1 if i[m.whole_rows + row] and f[m.linear_errors + row] == 0.0 and f[m.constant_errors + row] == 0.0 else 0


@inlined
def sides(m: Any, i: Any) -> tuple[bool, bool]:
    """Return whether some of the signs are negative, and whether some are positive."""
    negative = positive = False
    for k in range(i[m.registers + R.COUNT]):
        if i[m.signs + k] < 0:
            negative = True
        elif i[m.signs + k] > 0:
            positive = True
    return negative, positive
