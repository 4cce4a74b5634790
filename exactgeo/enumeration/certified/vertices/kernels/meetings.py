"""The point at which hyperplanes meet, computed again as exactly as floats allow (proofs/FILTERS.md). Compiled."""

import math
from typing import Any

from exactgeo.compiling import inlined, kernel
from exactgeo.enumeration.certified.floats import SAFE, TINY, ULP
from exactgeo.enumeration.certified.vertices.kernels.pointers import lowest
from exactgeo.enumeration.certified.vertices.memory import Register as R

_UNDERFLOW = 2.0**-1060  # outweighs what the products of a residual lose
_LARGEST_GAP = 0.5  # any number below 1 would do


@kernel
def refine(v: int, m: Any, f: Any, i: Any) -> None:
    """Compute a vertex again from hyperplanes that meet in it, if that makes its radius smaller.

    With A x + c = 0 the exact equations, X an approximate inverse of A and G = I - X A: the solution is within
    |X| r / (1 - |G|) of any point whose residuals are at most r (maximum norms, |G| < 1; Rump, Verification methods,
    Acta Numerica 19, 2010).
    """
    i[m.refined + v] = 1
    i[m.registers + R.REFINED] += 1
    n = m.inputs
    vertex = m.vertices + v * m.width
    finite = f[vertex] != 0.0
    needed = n if finite else n - 1
    axis = _longest(vertex, m, f)
    if not finite and not abs(f[vertex + axis]) > f[m.radii + v]:
        return  # not even the direction's sense is known
    count = _rows_through(v, m, f, i)
    if count < needed:
        return
    if count > needed:
        _choose_rows(count, needed, m, f, i)
    _set_equations(vertex, axis, needed, m, f, i)
    if not _invert(m, f):
        return
    structural = _solve(finite, needed, m, f, i)
    worst = _gap(needed, m, f, i)
    if worst >= _LARGEST_GAP:
        return
    radius = 0.0 if structural else _weighed_residual(m, f) / (1.0 - worst) * SAFE + TINY
    if radius < f[m.radii + v]:
        for k in range(1, m.width):
            f[vertex + k] = f[m.solution + k]
        f[m.radii + v] = radius


@inlined
def _solve(finite: bool, needed: int, m: Any, f: Any, i: Any) -> bool:
    """Put x = -X c into `solution`, and bounds of what the exact equations leave there into `residuals`.

    Returns:
        Whether the solution is exact because every product in the equations is one of an exact 0.
    """
    n = m.inputs
    length = 0.0
    for row in range(n):
        x = 0.0
        for k in range(n):
            x -= f[m.inverse + row * 2 * n + n + k] * f[m.equations + k * m.width]
        f[m.solution + 1 + row] = x
        length += abs(x)
    structural = _is_structural(finite, needed, length, m, f, i)
    for row in range(n):
        equation = m.equations + row * m.width
        total = f[equation]
        size = abs(total)
        for k in range(1, m.width):
            term = f[equation + k] * f[m.solution + k]
            total += term
            size += abs(term)
        bound = abs(total) + (n + 3) * ULP * size + (0.0 if structural else _UNDERFLOW)
        if row < needed:
            errors = m.path_errors + i[m.chosen_rows + row] * 3
            bound += f[errors] * length + (f[errors + 1] if finite else 0.0)
        f[m.residuals + row] = bound
    return structural


@inlined
def _is_structural(finite: bool, needed: int, length: float, m: Any, f: Any, i: Any) -> bool:
    """Whether in the equations at the solution there is nothing but products of an exact 0."""
    for row in range(m.inputs):
        if f[m.equations + row * m.width] != 0.0:
            return False
        for k in range(1, m.width):
            if f[m.equations + row * m.width + k] != 0.0 and f[m.solution + k] != 0.0:
                return False
        if row < needed:
            errors = m.path_errors + i[m.chosen_rows + row] * 3
            if (f[errors] != 0.0 and length != 0.0) or (finite and f[errors + 1] != 0.0):
                return False
    return True


@inlined
def _gap(needed: int, m: Any, f: Any, i: Any) -> float:
    """Return a bound of |I - X A| for the exact A."""
    n = m.inputs
    worst = 0.0
    for row in range(n):
        own = m.inverse + row * 2 * n + n
        gap = 0.0
        for k in range(n):
            total = -1.0 if row == k else 0.0
            size = abs(total)
            for j in range(n):
                term = f[own + j] * f[m.equations + j * m.width + 1 + k]
                total += term
                size += abs(term)
            gap += abs(total) + (n + 3) * ULP * size + TINY
        for j in range(needed):
            gap += n * abs(f[own + j]) * f[m.path_errors + i[m.chosen_rows + j] * 3]
        if not gap < _LARGEST_GAP:  # NaN is not, either
            return 1.0
        worst = max(worst, gap)
    return worst


@inlined
def _weighed_residual(m: Any, f: Any) -> float:
    """Return the norm of |X| times the residuals."""
    n = m.inputs
    error = 0.0
    for row in range(n):
        total = 0.0
        for k in range(n):
            total += abs(f[m.inverse + row * 2 * n + n + k]) * f[m.residuals + k]
        if not total < math.inf:  # NaN is not, either
            return math.inf
        error = max(error, total)
    return error


@inlined
def _rows_through(v: int, m: Any, f: Any, i: Any) -> int:
    """List the hyperplanes that meet in a vertex, but for infinity, in `chosen_rows`. Returns how many there are."""
    count = 0
    bits = i[m.incidences + v]
    while bits != 0:
        row = i[m.slots + lowest(bits)]
        bits &= bits - 1
        if f[m.path_errors + row * 3 + 2] > 0.0:
            i[m.chosen_rows + count] = row
            count += 1
    return count


@inlined
def _choose_rows(count: int, needed: int, m: Any, f: Any, i: Any) -> None:  # noqa: C901 (elimination is loops)
    """Bring rows that are as independent as possible to the front of `chosen_rows`: elimination with all pivots."""
    for row in range(count):
        source = i[m.chosen_rows + row]
        for k in range(1, m.width):
            f[m.equations + row * m.width + k] = (
                f[m.path_forms + source * m.width + k] / f[m.path_errors + source * 3 + 2]
            )
    for step in range(needed):
        best, at, axis = 0.0, step, 1
        for row in range(step, count):
            for k in range(1, m.width):
                size = abs(f[m.equations + row * m.width + k])
                if size > best:
                    best, at, axis = size, row, k
        if best == 0.0:
            return
        source = i[m.chosen_rows + step]
        i[m.chosen_rows + step] = i[m.chosen_rows + at]
        i[m.chosen_rows + at] = source
        for k in range(1, m.width):
            x = f[m.equations + step * m.width + k]
            f[m.equations + step * m.width + k] = f[m.equations + at * m.width + k]
            f[m.equations + at * m.width + k] = x
        for row in range(step + 1, count):
            factor = f[m.equations + row * m.width + axis] / f[m.equations + step * m.width + axis]
            for k in range(1, m.width):
                f[m.equations + row * m.width + k] -= factor * f[m.equations + step * m.width + k]
            f[m.equations + row * m.width + axis] = 0.0


@inlined
def _longest(vertex: int, m: Any, f: Any) -> int:
    """Return the place of a vertex's largest coordinate."""
    axis = 1
    for k in range(1, m.width):
        if abs(f[vertex + k]) > abs(f[vertex + axis]):
            axis = k
    return axis


@inlined
def _set_equations(vertex: int, axis: int, needed: int, m: Any, f: Any, i: Any) -> None:
    """Write down n equations for a vertex, and [A | I]; a direction's coordinate on an axis is to be 1 or -1."""
    n = m.inputs
    for row in range(n):
        equation = m.equations + row * m.width
        source = m.path_forms + i[m.chosen_rows + row] * m.width
        for k in range(1, m.width):
            f[equation + k] = f[source + k] if row < needed else (1.0 if k == axis else 0.0)
            f[m.inverse + row * 2 * n + k - 1] = f[equation + k]
            f[m.inverse + row * 2 * n + n + k - 1] = 1.0 if row == k - 1 else 0.0
        if row >= needed:
            f[equation] = -1.0 if f[vertex + axis] > 0.0 else 1.0
        else:
            f[equation] = f[source] if f[vertex] != 0.0 else 0.0


@inlined
def _invert(m: Any, f: Any) -> bool:
    """Turn [A | I] into [I | inverse of A], approximately. Returns whether that went well."""
    n = m.inputs
    for column in range(n):
        at = column
        for row in range(column + 1, n):
            if abs(f[m.inverse + row * 2 * n + column]) > abs(f[m.inverse + at * 2 * n + column]):
                at = row
        pivot = f[m.inverse + at * 2 * n + column]
        if not abs(pivot) > 0.0:
            return False
        for k in range(2 * n):
            x = f[m.inverse + column * 2 * n + k]
            f[m.inverse + column * 2 * n + k] = f[m.inverse + at * 2 * n + k] / pivot
            if at != column:
                f[m.inverse + at * 2 * n + k] = x
        for row in range(n):
            factor = f[m.inverse + row * 2 * n + column]
            if row != column and factor != 0.0:
                for k in range(2 * n):
                    f[m.inverse + row * 2 * n + k] -= factor * f[m.inverse + column * 2 * n + k]
    return True
