"""The engine's filters one by one, on batches of cases; and exact numbers to judge them by.

A case consists of floats with errors, as the kernels see them, and of exact numbers within these errors: integers of
a common scale, or fractions. What a filter says must be true of the exact ones.

The kernels here are not cached: numba would not notice that what they call has changed.
"""

from fractions import Fraction

import numpy as np
from numba import njit

from exactgeo.enumeration.certified.vertices.kernels.cells import evaluate
from exactgeo.enumeration.certified.vertices.kernels.edges import put_between
from exactgeo.enumeration.certified.vertices.kernels.filtering import _put_box, _sign_in_box
from exactgeo.enumeration.certified.vertices.kernels.layers import _add_to_value, _clear_value
from exactgeo.enumeration.certified.vertices.kernels.meetings import refine
from exactgeo.enumeration.certified.vertices.kernels.pointers import floats_at, integers_at
from exactgeo.enumeration.certified.vertices.kernels.regions import _put_inner_point
from exactgeo.enumeration.certified.vertices.kernels.signs import is_structural_zero, value_at
from exactgeo.enumeration.certified.vertices.kernels.units import put_difference
from exactgeo.enumeration.certified.vertices.memory import SIZES, Memory, Register, program_buffers

WIDE = 1126  # every float is an integer multiple of 2^-WIDE

_compiled = njit(nogil=True, error_model="numpy")
_FIRST, _COUNT, _FACETS = int(Register.FIRST), int(Register.COUNT), int(Register.FACETS)


def integers(floats, bits=WIDE):
    """Return finite floats times 2^bits, as Python's integers."""
    mantissas, exponents = np.frexp(np.asarray(floats, dtype=np.float64))
    shifts = exponents.astype(np.int64) - 53 + bits
    whole = np.ldexp(mantissas, 53).astype(np.int64)
    trailing = np.where((shifts < 0) & (whole != 0), -shifts, 0)
    assert np.all(trailing < 54) and np.all(whole % (1 << np.minimum(trailing, 54)) == 0), "not enough bits"
    whole >>= trailing
    return whole.astype(object) << np.where(whole == 0, 0, np.maximum(shifts, 0)).astype(object)


def fractions(floats):
    """Return floats as fractions, in a list (of lists)."""
    return [fractions(part) if isinstance(part, list) else Fraction(part) for part in np.asarray(floats).tolist()]


def scratch(inputs, rows=1, **capacities):
    """Return memory for cells of so many dimensions, and forms in so many rows, without a program."""
    sizes = dict.fromkeys(SIZES, 1) | {"inputs": inputs, "width": inputs + 1, "twice_inputs": 2 * inputs, "rows": rows}
    capacities = {"vertices": 600, "frames": 1, "path": 64, "lists": 1, "results": 1} | capacities
    return Memory(sizes, capacities, program_buffers(sizes, {}))


@_compiled
def _values(width, address, results, count):
    f, out = floats_at(address), floats_at(results)
    step = 2 * width + 4
    for case in range(count):
        at = case * step
        linear, constant, norm, radius = (
            f[at + 2 * width],
            f[at + 2 * width + 1],
            f[at + 2 * width + 2],
            f[at + 2 * width + 3],
        )
        value, bound = value_at(width, f, at, linear, constant, norm, at + width, radius)
        out[3 * case], out[3 * case + 1] = value, bound
        out[3 * case + 2] = 1.0 if is_structural_zero(width, f, at, linear, constant, at + width, radius) else 0.0


def values(forms, linear, constant, vertices, radii):
    """Return values, bounds, and whether the form is structurally zero, case by case; norms are computed as ever."""
    count, width = forms.shape
    norm = np.zeros(count)
    for k in range(1, width):
        norm += abs(forms[:, k])
    columns = [forms, vertices, *(np.broadcast_to(part, count)[:, None] for part in (linear, constant, norm, radii))]
    cases, results = np.ascontiguousarray(np.concatenate(columns, axis=1)), np.empty((count, 3))
    _values(width, cases.ctypes.data, results.ctypes.data, count)
    return results[:, 0], results[:, 1], results[:, 2] != 0


@_compiled
def _crossings(m, forms, errors, ends, radii, told, found):
    f, i = floats_at(m.floats_at), integers_at(m.integers_at)
    i[m.registers + _FIRST], i[m.registers + _COUNT] = 0, 2
    for case in range(len(forms)):
        for k in range(m.width):
            f[m.form + k] = forms[case, k]
            f[m.vertices + k] = ends[case, 0, k]
            f[m.vertices + m.width + k] = ends[case, 1, k]
        for k in range(3):
            f[m.form_errors + k] = errors[case, k]
        f[m.radii], f[m.radii + 1] = radii[case, 0], radii[case, 1]
        i[m.refined], i[m.refined + 1] = 1, 1
        evaluate(m, f, i)
        found[case, m.width] = np.nan
        if told or (i[m.signs] == 1 and i[m.signs + 1] == -1):
            put_between(0, 1, 0, m, f, i)
            for k in range(m.width):
                found[case, k] = f[m.new_vertices + k]
            found[case, m.width] = f[m.new_radii]


def crossings(forms, linear, constant, ends, radii, *, told=False):
    """Return, for edges from a positive to a negative end, the vertex at which the form is 0, and its radius.

    NaN stands for the radius where the floats do not tell that the form is positive at the first end, negative at the
    second, unless that is told.
    """
    count, width = forms.shape
    errors = np.stack(
        [np.broadcast_to(linear, count), np.broadcast_to(constant, count), abs(forms[:, 1:]).sum(1)], axis=1
    )
    found = np.zeros((count, width + 1))
    memory = scratch(width - 1)
    _crossings(memory.map, forms, errors, ends, np.broadcast_to(radii, (count, 2)), told, found)
    return found[:, :width], found[:, width]


@_compiled
def _meetings(m, rows, errors, found):
    f, i = floats_at(m.floats_at), integers_at(m.integers_at)
    for case in range(len(rows)):
        for row in range(rows.shape[1]):
            for k in range(m.width):
                f[m.path_forms + row * m.width + k] = rows[case, row, k]
            for k in range(3):
                f[m.path_errors + row * 3 + k] = errors[case, row, k]
            i[m.slots + row] = row
        i[m.incidences] = (1 << rows.shape[1]) - 1
        for k in range(m.width):
            f[m.vertices + k] = found[case, k]
        f[m.radii] = found[case, m.width]
        refine(0, m, f, i)
        for k in range(m.width):
            found[case, k] = f[m.vertices + k]
        found[case, m.width] = f[m.radii]


def meetings(rows, linear, constant, vertices, radii):
    """Return the vertices (cases, width), computed again from the hyperplanes (cases, rows, width), and their radii."""
    shape = rows.shape[:2]
    norms = abs(rows[:, :, 1:]).sum(2)
    errors = np.stack([np.broadcast_to(linear, shape), np.broadcast_to(constant, shape), norms], axis=2)
    found = np.concatenate([vertices, np.broadcast_to(radii, len(rows))[:, None]], axis=1)
    memory = scratch(rows.shape[2] - 1)
    _meetings(memory.map, rows, errors, found)
    return found[:, :-1], found[:, -1]


@_compiled
def _box_signs(m, signs):
    f, i = floats_at(m.floats_at), integers_at(m.integers_at)
    if not _put_box(m, f, i):
        return False
    length = 0.0
    for k in range(m.inputs):
        length += abs(f[m.centre + k]) + f[m.half + k]
    for row in range(m.rows):
        signs[row] = _sign_in_box(row, length, m, f)
    return True


def box_signs(forms, linear, constant, vertices, radii):
    """Return the sign of each form all over the box around a cell, 0 if it is not known."""
    memory = scratch(forms.shape[1] - 1, rows=len(forms))
    memory.array("forms")[...] = forms.T
    memory.array("linear_errors")[...], memory.array("constant_errors")[...] = linear, constant
    memory.array("vertices")[: len(vertices)], memory.array("radii")[: len(vertices)] = vertices, radii
    memory.array("registers")[_COUNT] = len(vertices)
    signs = np.zeros(len(forms), dtype=np.int64)
    return signs if _box_signs(memory.map, signs) else np.zeros(len(forms), dtype=np.int64)


@_compiled
def _differences(m, found):
    f, i = floats_at(m.floats_at), integers_at(m.integers_at)
    for pair in range(m.rows // 2):
        put_difference(2 * pair, 2 * pair + 1, m, f, i)
        for k in range(m.width):
            found[pair, k] = f[m.form + k]
        for k in range(3):
            found[pair, m.width + k] = f[m.form_errors + k]


def differences(forms, linear, constant):
    """Return form 0 minus form 1, form 2 minus form 3, …; and for each (linear, constant, norm)."""
    memory = scratch(forms.shape[1] - 1, rows=len(forms))
    memory.array("forms")[...] = forms.T
    memory.array("linear_errors")[...], memory.array("constant_errors")[...] = linear, constant
    found = np.zeros((len(forms) // 2, forms.shape[1] + 3))
    _differences(memory.map, found)
    return found[:, :-3], found[:, -3:]


@_compiled
def _differ(m, unit, piece, seen):
    f, i = floats_at(m.floats_at), integers_at(m.integers_at)
    _clear_value(m, f)
    _add_to_value(unit, piece, 1.0, m, f, i)
    if seen >= 0:
        _add_to_value(unit, seen, -1.0, m, f, i)


def value_of(memory, unit, piece, seen=-1):
    """Return a piece's form, or what it differs by from another's, and the bounds (constant, linear) of its errors."""
    _differ(memory.map, unit, piece, seen)
    return memory.array("value").copy(), memory.array("value_errors").copy()


@_compiled
def _inner_point(m):
    _put_inner_point(m, floats_at(m.floats_at), integers_at(m.integers_at))


def inner_point(rows, linear, constant, vertices):
    """Return a point that surely lies where all rows are positive, or NaN."""
    memory = scratch(rows.shape[1] - 1)
    count = len(rows)
    memory.array("path_forms")[:count] = rows
    memory.array("path_errors")[:count] = np.stack(
        [np.broadcast_to(linear, count), np.broadcast_to(constant, count), abs(rows[:, 1:]).sum(1)], axis=1
    )
    memory.array("vertices")[: len(vertices)] = vertices
    memory.array("slots")[:] = np.arange(64)
    registers = memory.array("registers")
    registers[_COUNT], registers[_FACETS] = len(vertices), (1 << count) - 1
    _inner_point(memory.map)
    return memory.array("point")[1:].copy()
