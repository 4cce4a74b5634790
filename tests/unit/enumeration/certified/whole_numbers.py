"""What the kernels make of forms and vertices of integers, on batches of cases.

The kernels here are not cached: numba would not notice that what they call has changed.
"""

import numpy as np
from numba import njit
from unit.enumeration.certified.filters import scratch

from exactgeo.enumeration.certified.vertices.kernels.cells import evaluate
from exactgeo.enumeration.certified.vertices.kernels.edges import put_whole_between
from exactgeo.enumeration.certified.vertices.kernels.pointers import floats_at, integers_at
from exactgeo.enumeration.certified.vertices.kernels.units import put_difference
from exactgeo.enumeration.certified.vertices.memory import Register

_FIRST, _COUNT, _WHOLE = (int(Register[name]) for name in ("FIRST", "COUNT", "WHOLE"))
_compiled = njit(nogil=True, error_model="numpy")


@_compiled
def _crossings(m, forms, ends, flags, signs, found):
    f, i = floats_at(m.floats_at), integers_at(m.integers_at)
    i[m.registers + _FIRST], i[m.registers + _COUNT] = 0, 2
    f[m.form_errors] = f[m.form_errors + 1] = f[m.form_errors + 2] = np.inf  # only integers tell a sign
    for case in range(len(forms)):
        i[m.registers + _WHOLE] = flags[case, 0]
        for end in range(2):
            for k in range(m.width):
                f[m.form + k] = forms[case, k]
                f[m.integers + end * m.width + k] = ends[case, end, k]
                f[m.vertices + end * m.width + k] = 1.0
            i[m.refined + end], i[m.whole + end] = 1, flags[case, 1 + end]
        evaluate(m, f, i)
        signs[case, 0], signs[case, 1] = i[m.signs], i[m.signs + 1]
        i[m.new_whole] = 1  # of another vertex
        put_whole_between(0, 1, 0, m, f, i)
        for k in range(m.width):
            found[case, k], found[case, m.width + k] = f[m.new_integers + k], f[m.new_vertices + k]
        found[case, 2 * m.width], found[case, 2 * m.width + 1] = f[m.new_radii], i[m.new_whole]


def crossings(forms, ends, flags):
    """Return what integers tell about an edge and the vertex on it at which a form is 0, case by case.

    Args:
        forms: (cases, width).
        ends: (cases, 2, width) the edge's.
        flags: (cases, 3) whether form, first and second end count as integers.

    Returns:
        The signs at both ends, 2 where unknown; the vertex' integers; the floats beside them; the radius of these; and
        whether the integers are claimed to be the vertex.
    """
    count, width = forms.shape
    signs, found = np.zeros((count, 2), dtype=np.int64), np.zeros((count, 2 * width + 2))
    memory = scratch(width - 1)
    _crossings(memory.map, forms, ends, flags, signs, found)
    return signs, found[:, :width], found[:, width : 2 * width], found[:, -2], found[:, -1] != 0


@_compiled
def _differences(m, found):
    f, i = floats_at(m.floats_at), integers_at(m.integers_at)
    for pair in range(m.rows // 2):
        put_difference(2 * pair, 2 * pair + 1, m, f, i)
        for k in range(m.width):
            found[pair, k] = f[m.form + k]
        found[pair, m.width], found[pair, m.width + 1] = f[m.form_errors], f[m.form_errors + 1]
        found[pair, m.width + 2] = i[m.registers + _WHOLE]


def differences(forms, linear, constant, whole):
    """Return form 0 minus form 1, form 2 minus form 3, …; bounds of its errors; whether it counts as of integers.

    Args:
        forms: (forms, width).
        linear: (forms,) bounds of the errors of their linear parts.
        constant: (forms,) bounds of the errors of their constants.
        whole: (forms,) whether the program's rows are of integers.
    """
    memory = scratch(forms.shape[1] - 1, rows=len(forms))
    memory.array("forms")[...] = forms.T
    memory.array("linear_errors")[...], memory.array("constant_errors")[...] = linear, constant
    memory.array("whole_rows")[...] = whole
    found = np.zeros((len(forms) // 2, forms.shape[1] + 3))
    _differences(memory.map, found)
    return found[:, :-3], found[:, -3:-1], found[:, -1] != 0
