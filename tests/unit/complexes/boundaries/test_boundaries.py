"""Decision boundaries that are known."""

from fractions import Fraction

import pytest
from oracles.known import DIAMOND, OCTAHEDRON

from exactgeo import (
    Box,
    Budget,
    Polyhedron,
    ProgramBuilder,
    decision_boundary,
    enumerate_regions,
    margin,
    margins,
    measure,
    mesh,
    polylines,
    relu_network,
    sample,
)
from exactgeo.arithmetic.enclosures import sum_of_roots
from exactgeo.errors import BudgetExhausted, DimensionMismatch, InvalidArgument

# |x| + |y| - 1, whose boundary is a square on its corner, and |x| + |y| + |z| - 1.
IDENTITY = relu_network([[[1, 0], [-1, 0], [0, 1], [0, -1]], [[1, -1, 0, 0], [0, 0, 1, -1], [0, 0, 0, 0]]])


def _boundary(program, domain, **options):
    return decision_boundary(enumerate_regions(program, domain), **options)


def test_a_square_on_its_corner():
    boundary = _boundary(DIAMOND, Box.cube(2, radius=2))
    (line,) = polylines(boundary)
    assert line.is_closed and set(line.vectors) == {(1, 1, 0), (1, 0, 1), (1, -1, 0), (1, 0, -1)}
    (component,) = boundary.components()
    assert component.is_closed and component.is_bounded and not component.touches_border
    assert component.classes == (0, 1)
    bounds = measure(boundary)
    assert bounds.lower**2 <= 32 <= bounds.upper**2
    assert sorted(region.label for region in boundary.regions()) == [0, 1]
    assert boundary.faces.betti_numbers == (1, 1)


def test_a_square_on_its_corner_cut_by_the_domain():
    boundary = _boundary(DIAMOND, Box.cube(2, radius="3/4"))
    assert len(boundary.components()) == 4
    for component in boundary.components():
        assert component.touches_border and not component.is_closed
    assert measure(boundary).lower ** 2 <= 8 <= measure(boundary).upper ** 2


def test_thresholds_move_the_boundary():
    square = Box.cube(2, radius=3)
    assert measure(_boundary(DIAMOND, square, threshold=1)).lower ** 2 <= 128
    assert not _boundary(DIAMOND, square, threshold=-1).pieces
    assert not _boundary(DIAMOND, square, threshold="-3/2").pieces
    assert sorted({len(line.pieces) for line in polylines(_boundary(DIAMOND, square, threshold="1/2"))}) == [4]


def test_an_octahedron():
    boundary = _boundary(OCTAHEDRON, Box.cube(3, radius=2))
    found = mesh(boundary)
    assert found.is_watertight and len(found.vertices) == 6 and len(found.polygons) == 8
    assert boundary.faces.f_vector == (6, 12, 8) and boundary.faces.betti_numbers == (1, 0, 1)
    bounds = measure(boundary)
    assert bounds.lower**2 <= 48 <= bounds.upper**2  # eight triangles of sides sqrt(2)
    for ring in found.polygons:
        a, b, c = (found.vertices[k][1:] for k in ring)
        normal = [(b[i] - a[i]) * (c[k] - a[k]) - (b[k] - a[k]) * (c[i] - a[i]) for i, k in ((1, 2), (2, 0), (0, 1))]
        assert sum(n * (p + q + r) for n, p, q, r in zip(normal, a, b, c, strict=True)) > 0  # out, to class 1


def test_three_classes_meet_in_a_point():
    boundary = _boundary(IDENTITY, Box.cube(2))
    assert [len(line.pieces) for line in polylines(boundary)] == [1, 1, 1]
    assert all((1, 0, 0) in line.vectors for line in polylines(boundary))
    assert {piece.classes for piece in boundary.pieces} <= {(a, b) for a in range(3) for b in range(3)}
    assert len(boundary.between(0, 1)) == len(boundary.between(1, 2)) == len(boundary.between(2, 0)) == 1
    (component,) = boundary.components()
    assert component.classes == (0, 1, 2) and not component.is_closed


def test_full_dimensional_ties_are_told_and_no_part_of_the_boundary():
    network = relu_network([[[1, 0]], [[1]]])  # relu(x): 0 on half of the plane
    boundary = _boundary(network, Box.cube(2))
    assert [tie.classes for tie in boundary.ties] == [(0, 1)]
    assert [boundary.labels[tie.cell] for tie in boundary.ties] == [0]
    assert len(boundary.pieces) == 1


def test_unbounded_boundaries():
    boundary = _boundary(DIAMOND, Polyhedron(2), threshold=0)
    assert boundary.components()[0].is_bounded
    wedge = relu_network([[[1, 0], [-1, 0], [0, 1], [0, -1]], [[1, 1, -1, 1]]])  # |x| - y
    open_one = _boundary(wedge, Polyhedron(2))
    (component,) = open_one.components()
    assert component.is_closed and not component.is_bounded and not component.touches_border
    (line,) = polylines(open_one)
    assert [vector[0] for vector in line.vectors] == [0, 1, 0]
    with pytest.raises(InvalidArgument, match="bounded domain"):
        measure(open_one)
    with pytest.raises(InvalidArgument, match="unbounded"):
        sample(open_one, 1)
    assert margin(open_one, (0, -1)).distance == 1
    assert margin(open_one, (0, 5), "linf").distance == Fraction(5, 2)
    assert margin(open_one, (10**6, 10**6), "l1").distance == 0


def test_a_staircase_has_its_steps_as_its_boundary():
    builder = ProgramBuilder(2)
    steps = [builder.add_unit([({}, {}), ({1: 1, 0: -k}, {0: 1})]) for k in (-1, 0, 1)]
    network = builder.build([{**dict.fromkeys(steps, 1), 0: Fraction(-3, 2)}])
    boundary = _boundary(network, Box.cube(2, radius=2))
    assert [piece.facet.hyperplane for piece in boundary.pieces] == [(0, 1, 0)]
    assert measure(boundary).lower == measure(boundary).upper == 4


def test_margins_of_many_points_stop_at_a_budget_and_keep_what_they_have():
    boundary = _boundary(DIAMOND, Box.cube(2, radius=2))
    found = margins(boundary, [(0, 0), (2, 2), ("1/2", "1/2")])
    assert [margin.distance for margin in found] == [Fraction(1, 2), Fraction(9, 2), 0]
    with pytest.raises(BudgetExhausted) as stopped:
        margins(boundary, [(0, 0)] * 3, budget=Budget(max_seconds=0))
    assert len(stopped.value.partial) == 1


def test_samples_fall_on_pieces_by_their_length():
    boundary = _boundary(DIAMOND, Box.cube(2, radius=2))
    drawn = sample(boundary, 400, seed=3)
    counts = [sum(number == k for _, number in drawn) for k in range(4)]
    assert all(50 < count < 150 for count in counts)
    assert all(abs(x) + abs(y) == 1 for (x, y), _ in drawn)


@pytest.mark.parametrize(
    "ask, message",
    [
        (lambda b: margin(b, (0, 0, 0)), "3 coordinates for 2 inputs"),
        (lambda b: margin(b, (0, 0), "l3"), "there is no norm 'l3'; there is l1, l2, linf"),
        (lambda b: margin(b, 1), "1 is no sequence of coordinates"),
        (mesh, "only a network of 3 inputs has a mesh, and this one has 2"),
    ],
)
def test_impossible_questions_are_refused(ask, message):
    boundary = _boundary(DIAMOND, Box.cube(2, radius=2))
    with pytest.raises((InvalidArgument, DimensionMismatch), match=message):
        ask(boundary)


@pytest.mark.parametrize(
    "program, options, message",
    [
        (DIAMOND, {"output": 1}, "there is no output 1: the network has 1"),
        (IDENTITY, {"threshold": 0}, r"a threshold is one output's, and the network has 3: say which one \(output=0\)"),
        (IDENTITY, {"output": 3}, "there is no output 3"),
        (IDENTITY, {"output": "0"}, "there is no output '0'"),
        (DIAMOND, {"output": False}, "there is no output False"),
    ],
)
def test_rules_that_do_not_fit_are_refused(program, options, message):
    with pytest.raises(InvalidArgument, match=message):
        _boundary(program, Box.cube(2), **options)


def test_sums_of_roots():
    bounds = sum_of_roots([Fraction(4, 9), 16, 0])
    assert bounds.lower == bounds.upper == Fraction(14, 3)
    bounds = sum_of_roots([2, Fraction(1, 10**60)])
    assert bounds.lower <= bounds.upper < bounds.lower + Fraction(1, 2**100)
    assert (bounds.lower - Fraction(1, 10**30)) ** 2 <= 2 <= (bounds.upper - Fraction(1, 10**30)) ** 2


@pytest.mark.parametrize("exponent", [200, 40, -40, -200])
def test_sums_of_huge_and_of_tiny_roots(exponent):
    size = Fraction(10) ** exponent
    found = sum_of_roots([2 * size**2, 3 * size**2])
    lower, upper = (Fraction(str(value)) / size for value in (found.lower, found.upper))
    assert upper - lower < Fraction(1, 10**30)
    # (sqrt 2 + sqrt 3)^2 - 5 = 2 sqrt 6
    assert (lower**2 - 5) ** 2 <= 24 <= (upper**2 - 5) ** 2
