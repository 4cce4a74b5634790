"""Ranks and dimensions, against sympy and generators."""

from fractions import Fraction

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.analyses.features.layers import last_layers, plain

from exactgeo.analyses.features import LastLayer, boundary, boundary_dimensions, class_subspace
from exactgeo.errors import InvalidArgument
from exactgeo.strategies import points


def _rational(value):
    return sympy.Rational(int(value.numerator), int(value.denominator))


def _rank(rows):
    return sympy.Matrix([[_rational(value) for value in row] for row in rows]).rank() if rows else 0


@settings(max_examples=100)
@given(last_layers(classes=(2, 5), features=(1, 5)))
def test_the_rank_is_that_of_all_differences(layer):
    rows = [plain(row) for row in layer.weights]
    found = class_subspace(layer)
    assert found.rank == _rank([[a - b for a, b in zip(one, other, strict=True)] for one in rows for other in rows])
    assert found.lineality + found.rank == layer.features
    assert found.rank <= found.greatest_rank == min(layer.classes - 1, layer.features)


@settings(max_examples=100)
@given(st.data())
def test_logits_differ_as_before_along_the_lineality_space(data):
    layer = data.draw(last_layers(features=(2, 4)))
    rows = [plain(row) for row in layer.weights]
    matrix = sympy.Matrix([[_rational(a - b) for a, b in zip(row, rows[0], strict=True)] for row in rows[1:]])
    null = [[Fraction(int(v.p), int(v.q)) for v in vector] for vector in matrix.nullspace()]
    assert len(null) == class_subspace(layer).lineality
    h = data.draw(points(layer.features))
    logits = layer.logits(h)
    for vector in null:
        moved = layer.logits([a + b for a, b in zip(plain(h), vector, strict=True)])
        assert [z - moved[0] for z in moved] == [z - logits[0] for z in logits]


@settings(max_examples=100)
@given(last_layers(classes=(2, 4), features=(1, 3)), st.booleans())
def test_boundaries_have_the_dimension_of_their_generators(layer, nonnegative):
    pairs = []
    for first, second, dimension in boundary_dimensions(layer, nonnegative=nonnegative):
        pairs.append((first, second))
        found = boundary(layer, first, second, nonnegative=nonnegative).generators()
        if not found.vertices:
            assert dimension == -1
            continue
        start = found.vertices[0]
        spans = [[a - b for a, b in zip(vertex, start, strict=True)] for vertex in found.vertices[1:]]
        assert dimension == _rank([*spans, *found.rays, *found.lines])
    assert pairs == [(c, d) for c in range(layer.classes) for d in range(c + 1, layer.classes)]


def test_boundaries_of_known_dimension():
    layer = LastLayer.of([[1, 0], [0, 1], [0, 0], [0, 0]], [0, 0, -1, 0])
    dimensions = {(c, d): e for c, d, e in boundary_dimensions(layer)}
    # Class 2 is always below class 3; 0, 1 and 3 meet in the origin, and their boundaries are rays.
    assert dimensions == {(0, 1): 1, (0, 2): -1, (0, 3): 1, (1, 2): -1, (1, 3): 1, (2, 3): -1}
    assert {(c, d): e for c, d, e in boundary_dimensions(layer, nonnegative=True)}[0, 3] == 0
    twins = LastLayer.of([[1, 0], [1, 0]])
    assert list(boundary_dimensions(twins)) == [(0, 1, 2)] and class_subspace(twins).lineality == 2


def test_a_class_has_no_boundary_with_itself():
    with pytest.raises(InvalidArgument, match="with itself"):
        boundary(LastLayer.of([[1], [2]]), 1, 1)
