"""Cells as vertices with their incidences: signs at the vertices, and what a hyperplane cuts a cell into. Compiled.

A cell is a full-dimensional polyhedron without lines, given by its vertices, directions of infinity among them. Its
hyperplanes stand in slots; a vertex's incidences are a bit for each slot, set if and only if it lies on the hyperplane.
So an edge joins two vertices if and only if no third one has all the bits that they share (Fukuda and Prodon, Double
description method revisited, 1996, proposition 7).
"""

import math
from typing import Any

from exactgeo.compiling import inlined, kernel
from exactgeo.enumeration.certified.vertices.kernels.edges import put_between, put_whole_between
from exactgeo.enumeration.certified.vertices.kernels.meetings import refine
from exactgeo.enumeration.certified.vertices.kernels.pointers import popcount
from exactgeo.enumeration.certified.vertices.kernels.signs import UNKNOWN, is_structural_zero, value_at, whole_value
from exactgeo.enumeration.certified.vertices.memory import Register as R


@kernel
def evaluate(m: Any, f: Any, i: Any) -> bool:
    """Decide the signs of `form` at the current cell's vertices. Returns whether all are known."""
    first, count = i[m.registers + R.FIRST], i[m.registers + R.COUNT]
    linear, constant, norm = f[m.form_errors], f[m.form_errors + 1], f[m.form_errors + 2]
    known = True
    for k in range(count):
        vertex = m.vertices + (first + k) * m.width
        value, bound = value_at(m.width, f, m.form, linear, constant, norm, vertex, f[m.radii + first + k])
        if not abs(value) > bound and i[m.refined + first + k] == 0:
            refine(first + k, m, f, i)
            value, bound = value_at(m.width, f, m.form, linear, constant, norm, vertex, f[m.radii + first + k])
        exact = math.nan
        if not abs(value) > bound and i[m.registers + R.WHOLE] and i[m.whole + first + k]:
            exact = whole_value(m.width, f, m.form, m.integers + (first + k) * m.width)
        if value > bound or exact > 0.0:
            sign = 1
        elif value < -bound or exact < 0.0:
            sign = -1
        elif exact == 0.0 or is_structural_zero(m.width, f, m.form, linear, constant, vertex, f[m.radii + first + k]):
            sign = 0
        elif i[m.registers + R.TRUSTING]:
            sign = 1 if value > 0.0 else (-1 if value < 0.0 else 0)
        else:
            sign = UNKNOWN
            known = False
        f[m.values + k], f[m.bounds + k], i[m.signs + k] = value, bound, sign
    i[m.registers + R.SIGNS] += count
    return known


@inlined
def _are_joined(a: int, b: int, m: Any, i: Any) -> bool:
    """Whether an edge joins two of the current cell's vertices."""
    first = i[m.registers + R.FIRST]
    own, other = i[m.incidences + first + a], i[m.incidences + first + b]
    common = own & other
    if popcount(common) < m.inputs - 1:
        return False
    # Where just n hyperplanes meet, each n - 1 of them meet in an edge.
    if popcount(own) == m.inputs or popcount(other) == m.inputs:
        return True
    for k in range(i[m.registers + R.COUNT]):
        if k not in (a, b) and (i[m.incidences + first + k] & common) == common:
            return False
    return True


@inlined
def put_side(side: int, bit: int, place: int, m: Any, i: Any, f: Any) -> int:
    """Put the current cell's vertices on one side of the hyperplane, and on it, into the scratch.

    Returns:
        The next free place of the scratch; -1 if it is too small.
    """
    first, count = i[m.registers + R.FIRST], i[m.registers + R.COUNT]
    if place < 0 or place + count > m.most_vertices:
        return -1
    for k in range(count):
        sign = i[m.signs + k]
        if sign * side >= 0:
            for axis in range(m.width):
                f[m.new_vertices + place * m.width + axis] = f[m.vertices + (first + k) * m.width + axis]
            f[m.new_radii + place] = f[m.radii + first + k]
            i[m.new_refined + place] = i[m.refined + first + k]
            _copy_integers(m.whole, m.integers, first + k, m.new_whole, m.new_integers, place, m, f, i)
            i[m.new_incidences + place] = i[m.incidences + first + k] | (bit if sign == 0 else 0)
            place += 1
    return place


@inlined
def put_crossings(bit: int, place: int, m: Any, f: Any, i: Any) -> int:
    """Put the points at which the hyperplane crosses the current cell's edges into the scratch.

    Returns:
        The next free place of the scratch; -1 if it is too small.
    """
    first, count = i[m.registers + R.FIRST], i[m.registers + R.COUNT]
    if place < 0:
        return -1
    for a in range(count):
        if i[m.signs + a] == 1:
            for b in range(count):
                if i[m.signs + b] == -1 and _are_joined(a, b, m, i):
                    if place == m.most_vertices:
                        return -1
                    if not put_whole_between(a, b, place, m, f, i):
                        put_between(a, b, place, m, f, i)
                    i[m.new_incidences + place] = (i[m.incidences + first + a] & i[m.incidences + first + b]) | bit
                    place += 1
    return place


@inlined
def _copy_integers(
    flags: int, numbers: int, source: int, new_flags: int, new_numbers: int, target: int, m: Any, f: Any, i: Any
) -> None:
    i[new_flags + target] = i[flags + source]
    if i[flags + source]:
        for axis in range(m.width):
            f[new_numbers + target * m.width + axis] = f[numbers + source * m.width + axis]


@inlined
def copy_within_scratch(source: int, target: int, m: Any, f: Any, i: Any) -> None:
    """Repeat a vertex."""
    for axis in range(m.width):
        f[m.new_vertices + target * m.width + axis] = f[m.new_vertices + source * m.width + axis]
    f[m.new_radii + target] = f[m.new_radii + source]
    i[m.new_refined + target] = i[m.new_refined + source]
    _copy_integers(m.new_whole, m.new_integers, source, m.new_whole, m.new_integers, target, m, f, i)
    i[m.new_incidences + target] = i[m.new_incidences + source]


@inlined
def copy_from_scratch(count: int, target: int, m: Any, f: Any, i: Any) -> None:
    """Copy the first vertices of the scratch to the stack."""
    for k in range(count):
        for axis in range(m.width):
            f[m.vertices + (target + k) * m.width + axis] = f[m.new_vertices + k * m.width + axis]
        f[m.radii + target + k] = f[m.new_radii + k]
        i[m.refined + target + k] = i[m.new_refined + k]
        _copy_integers(m.new_whole, m.new_integers, k, m.whole, m.integers, target + k, m, f, i)
        i[m.incidences + target + k] = i[m.new_incidences + k]


@inlined
def copy_on_stack(source: int, count: int, target: int, m: Any, f: Any, i: Any) -> None:
    """Copy vertices on the stack to a place above them."""
    for k in range(count):
        for axis in range(m.width):
            f[m.vertices + (target + k) * m.width + axis] = f[m.vertices + (source + k) * m.width + axis]
        f[m.radii + target + k] = f[m.radii + source + k]
        i[m.refined + target + k] = i[m.refined + source + k]
        _copy_integers(m.whole, m.integers, source + k, m.whole, m.integers, target + k, m, f, i)
        i[m.incidences + target + k] = i[m.incidences + source + k]


@inlined
def keep_facets(slots: int, low: int, high: int, m: Any, i: Any) -> int:
    """Return which slots' hyperplanes may bear facets of the polyhedron whose vertices stand in the scratch.

    A facet has at least n vertices. The other slots become free, and leave the vertices' incidences.
    """
    kept = slots
    rest = slots
    while rest != 0:
        bit = rest & -rest
        rest &= rest - 1
        on = 0
        for k in range(low, high):
            if i[m.new_incidences + k] & bit:
                on += 1
        if on < m.inputs:
            kept &= ~bit
    for k in range(low, high):
        i[m.new_incidences + k] &= kept
    return kept
