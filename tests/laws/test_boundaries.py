"""Laws about decision boundaries."""

from fractions import Fraction
from itertools import combinations, product

import pytest
import sympy
from hypothesis import assume, given, note
from hypothesis import strategies as st
from laws.gates import behind_gates
from laws.rebuilding import FEWER, questions

from exactgeo import decision_boundary, enumerate_regions, evaluate, margin, measure, mesh, polylines, sample
from exactgeo.arithmetic.rationals import Rational
from exactgeo.errors import InvalidArgument
from exactgeo.polyhedra.shapes import point_of
from exactgeo.strategies import points, programs, relu_networks

CONTINUOUS = relu_networks(max_inputs=3, max_units=5) | relu_networks(min_inputs=4, max_inputs=4, max_units=3)
ANY = CONTINUOUS | programs(max_inputs=3, max_units=3)
PLANAR = relu_networks(min_inputs=2, max_inputs=2, max_units=5) | programs(min_inputs=2, max_inputs=2, max_units=3)
SPATIAL = relu_networks(min_inputs=3, max_inputs=3, max_units=5) | behind_gates(min_inputs=3)
NORMS = ("l1", "l2", "linf")


def _boundary(question):
    note(question[0].text)
    return decision_boundary(enumerate_regions(*question))


def _class(program, x):
    """Return the class at a point by the definition, from an evaluation alone."""
    outputs = evaluate(program, x).outputs
    return int(outputs[0] > 0) if len(outputs) == 1 else outputs.index(max(outputs))


def _at(row, vector):
    return sum(a * x for a, x in zip(row, vector, strict=True))


@FEWER
@given(questions(ANY))
def test_each_cell_has_one_class(question):
    boundary = _boundary(question)
    regions = boundary.cells.arrangement.regions
    for cell, label in enumerate(boundary.labels):
        assert _class(question[0], regions[cell].witness) == label
    assert sorted(cell for region in boundary.regions() for cell in region.cells) == list(range(len(regions)))


@FEWER
@given(questions(CONTINUOUS))
def test_on_the_boundary_of_a_continuous_network_two_outputs_are_greatest(question):
    boundary = _boundary(question)
    for piece in boundary.pieces:
        for vector in piece.facet.flat.generators:
            if vector[0]:
                outputs = evaluate(question[0], point_of(vector)).outputs
                assert outputs == (0,) if len(outputs) == 1 else outputs.count(max(outputs)) > 1


@FEWER
@given(questions(ANY), st.data())
def test_a_segment_between_two_classes_meets_the_boundary(question, data):
    boundary = _boundary(question)
    regions = boundary.cells.arrangement.regions
    start, end = (regions[data.draw(st.integers(0, len(regions) - 1))].witness for _ in range(2))
    if _class(question[0], start) != _class(question[0], end):
        assert any(_meets(boundary, piece, start, end) for piece in boundary.pieces)


@FEWER
@given(questions(ANY), st.fractions(0, 1, max_denominator=7).filter(bool), st.data())
def test_a_grid_of_points_never_contradicts_the_boundary(question, step, data):
    boundary = _boundary(question)
    arrangement = boundary.cells.arrangement
    numbers = {region.pattern: number for number, region in enumerate(arrangement.regions)}
    middle = data.draw(st.sampled_from(list(arrangement.regions))).witness
    steps = range(-2, 3)
    grid = {at: _moved(middle, at, step) for at in product(steps, repeat=len(middle))}
    inside = {at: x for at, x in grid.items() if arrangement.domain.contains(x)}
    classes = {at: _class(question[0], x) for at, x in inside.items()}
    for at, x in inside.items():
        region = arrangement.locate(x)
        assert region is None or boundary.labels[numbers[region.pattern]] == classes[at]
        for axis in range(len(at)):
            after = (*at[:axis], at[axis] + 1, *at[axis + 1 :])
            other = arrangement.locate(inside[after]) if after in inside else None
            if region is not None and other is not None and classes[at] != classes[after]:
                assert any(_meets(boundary, piece, x, inside[after]) for piece in boundary.pieces)


def _moved(x, steps, step):
    return tuple(a + k * Rational(step.numerator, step.denominator) for a, k in zip(x, steps, strict=True))


def _meets(boundary, piece, start, end):
    """Whether a segment has a point on a piece."""
    rows = [(row, 1) for cell in piece.facet.cells for row in boundary.cells.shapes[cell].rows]
    low, high = Fraction(0), Fraction(1)
    for row, _ in [*rows, (piece.facet.hyperplane, 1), (tuple(-a for a in piece.facet.hyperplane), 1)]:
        first, last = (Fraction(str(_at(row, (1, *x)))) for x in (start, end))
        if first == last:
            if first < 0:
                return False
        elif first < last:
            low = max(low, -first / (last - first))
        else:
            high = min(high, first / (first - last))
    return low <= high


@FEWER
@given(questions(PLANAR))
def test_the_polylines_are_the_pieces_one_after_the_other(question):
    boundary = _boundary(question)
    lines = polylines(boundary)
    assert sorted(number for line in lines for number in line.pieces) == list(range(len(boundary.pieces)))
    for line in lines:
        assert len(line.vectors) == len(line.pieces) + (not line.is_closed)
        for k, number in enumerate(line.pieces):
            ends = [line.vectors[k], line.vectors[(k + 1) % len(line.vectors)]]
            flat = boundary.pieces[number].facet.flat
            assert sorted(ends) == sorted(flat.generators) or flat.lines
            assert set(line.classes) == set(boundary.pieces[number].classes)


@FEWER
@given(questions(PLANAR, bounded=True))
def test_on_the_left_of_a_polyline_is_its_left_class(question):
    boundary = _boundary(question)
    for line in polylines(boundary):
        (u, a, b), (w, c, d) = line.vectors[:2]
        east, north = Fraction(c, w) - Fraction(a, u), Fraction(d, w) - Fraction(b, u)
        middle = ((Fraction(a, u) + Fraction(c, w)) / 2, (Fraction(b, u) + Fraction(d, w)) / 2)
        for side, label in zip((1, -1), line.classes, strict=True):
            step = Fraction(side)
            cells = list(boundary.pieces[line.pieces[0]].facet.cells)
            while not any(_holds(boundary, cell, middle, north, east, step) for cell in cells):
                step /= 2
            x = (middle[0] - step * north, middle[1] + step * east)
            assert _class(question[0], x) == label


def _holds(boundary, cell, middle, north, east, step):
    x = (1, middle[0] - step * north, middle[1] + step * east)
    return all(_at(row, x) > 0 for row in boundary.cells.shapes[cell].rows)


@FEWER
@given(questions(PLANAR, bounded=True))
def test_lengths_lie_between_their_bounds(question):
    boundary = _boundary(question)
    length = sum(
        (sympy.Point(*map(str, point_of(first))).distance(sympy.Point(*map(str, point_of(last)))))
        for first, last in (piece.facet.flat.generators for piece in boundary.pieces)
    )
    bounds = measure(boundary)
    assert sympy.Rational(str(bounds.lower)) <= length <= sympy.Rational(str(bounds.upper))
    assert bounds.upper - bounds.lower <= Fraction(1, 2**90)


@FEWER
@given(questions(SPATIAL, bounded=True))
def test_a_mesh_is_watertight_exactly_if_two_classes_boundary_has_no_rim(question):
    assume(question[0].output_count == 1)
    boundary = _boundary(question)
    found = mesh(boundary)
    assert found.is_watertight == all(component.is_closed for component in boundary.components())
    assert len(found.vertices) == boundary.faces.f_vector[0]
    edges = {frozenset(pair) for ring in found.polygons for pair in zip(ring, (*ring[1:], ring[0]), strict=True)}
    assert len(edges) == boundary.faces.f_vector[1]
    for ring, piece in zip(found.polygons, boundary.pieces, strict=True):
        corners, generators = {found.vertices[k] for k in ring}, set(piece.facet.flat.generators)
        assert corners >= generators and (corners == generators or not question[0].is_continuous)


@FEWER
@given(questions(ANY, bounded=True), st.data())
def test_no_point_of_another_class_is_nearer_than_the_margin(question, data):
    boundary = _boundary(question)
    norm = data.draw(st.sampled_from(NORMS))
    x, y = (
        boundary.cells.arrangement.regions[data.draw(st.integers(0, len(boundary.labels) - 1))].witness
        for _ in range(2)
    )
    found = margin(boundary, x, norm)
    assert (found.distance is None) == (not boundary.pieces)
    if found.distance is not None:
        assert _length(x, found.point, norm) == found.distance
        assert _at(boundary.pieces[found.piece].facet.hyperplane, (1, *found.point)) == 0
        shapes = [boundary.cells.shapes[cell] for cell in boundary.pieces[found.piece].facet.cells]
        assert all(_at(row, (1, *found.point)) >= 0 for shape in shapes for row in shape.rows)
    if _class(question[0], x) != _class(question[0], y):
        assert _length(x, y, norm) >= found.distance
    for piece in boundary.pieces:
        for vector in piece.facet.flat.generators:
            assert _length(x, point_of(vector), norm) >= found.distance


def _length(x, y, norm):
    """Return a distance, of L2 its square."""
    sizes = [abs(a - b) for a, b in zip(x, y, strict=True)]
    return sum(sizes) if norm == "l1" else max(sizes) if norm == "linf" else sum(size**2 for size in sizes)


@FEWER
@given(questions(PLANAR, bounded=True), points(2))
def test_the_margin_is_the_distance_to_sympys_segments(question, x):
    boundary = _boundary(question)
    assume(0 < len(boundary.pieces) <= 8)
    found = margin(boundary, x)
    place = sympy.Point(*map(str, x))
    segments = [
        sympy.Segment(*(sympy.Point(*map(str, point_of(vector))) for vector in piece.facet.flat.generators))
        for piece in boundary.pieces
    ]
    assert sympy.Rational(str(found.distance)) == min(segment.distance(place) ** 2 for segment in segments)


@FEWER
@given(questions(ANY, bounded=True), st.integers(0, 99))
def test_samples_lie_on_their_pieces(question, seed):
    boundary = _boundary(question)
    if not boundary.pieces:
        with pytest.raises(InvalidArgument, match="empty"):
            sample(boundary, 1)
        return
    drawn = sample(boundary, 5, seed)
    assert drawn == sample(boundary, 5, seed)
    for x, number in drawn:
        facet = boundary.pieces[number].facet
        assert _at(facet.hyperplane, (1, *x)) == 0
        assert all(_at(row, (1, *x)) >= 0 for cell in facet.cells for row in boundary.cells.shapes[cell].rows)


@FEWER
@given(questions(PLANAR, bounded=True))
def test_in_a_cell_of_the_network_the_boundary_is_that_of_affine_functions(question):
    program, domain = question
    arrangement = enumerate_regions(*question)
    assume(program.output_count > 1 and len(arrangement) <= 6)
    boundary = decision_boundary(arrangement)
    pieces = list(boundary.pieces)
    x, y = sympy.symbols("x y")
    for region in arrangement:
        forms = [
            sum(sympy.Rational(str(c)) * v for c, v in zip(form.coefficients, (1, x, y), strict=True))
            for form in arrangement.affine_map(region)
        ]
        own = [
            piece
            for piece in pieces
            if all(
                boundary.cells.arrangement.regions[cell].pattern[:-1] == region.pattern for cell in piece.facet.cells
            )
        ]
        for piece in own:
            first, second = piece.classes
            for vector in piece.facet.flat.generators:
                place = dict(zip((x, y), map(sympy.Rational, map(str, point_of(vector))), strict=True))
                values = [form.subs(place) for form in forms]
                assert values[first] == values[second] == max(values)
        expected = sum(_is_edge(forms, pair, arrangement.cell(region), (x, y)) for pair in _distinct_pairs(forms))
        assert len({frozenset(sympy.expand(forms[k]) for k in piece.classes) for piece in own}) == expected
        assert domain.dimension == 2


def _distinct_pairs(forms):
    return list(combinations(sorted(set(map(sympy.expand, forms)), key=str), 2))


def _is_edge(forms, pair, cell, names):
    """Whether two affine functions are the greatest on a segment inside a cell, by sympy's polygons' corners alone."""
    line = sympy.expand(pair[0] - pair[1])
    a, b, c = (line.coeff(names[0]), line.coeff(names[1]), line.subs(dict.fromkeys(names, 0)))
    if a == b == 0:
        return False
    start = (-c * a / (a**2 + b**2), -c * b / (a**2 + b**2))
    direction = (-b, a)
    low, high = -sympy.oo, sympy.oo
    t = sympy.Symbol("t")
    on_line = {names[k]: start[k] + t * direction[k] for k in range(2)}
    rows = [row[0] + row[1] * names[0] + row[2] * names[1] for row in cell.inequalities]
    for condition in [*rows, *(pair[0] - form for form in forms if sympy.expand(form) not in pair)]:
        along = sympy.expand(sympy.sympify(condition).subs(on_line))
        slope, offset = along.coeff(t, 1), along.coeff(t, 0)
        if slope == 0:
            if offset < 0 or (offset == 0 and condition in rows):
                return False
        elif slope > 0:
            low = max(low, -offset / slope)
        else:
            high = min(high, -offset / slope)
    return bool(low < high)
