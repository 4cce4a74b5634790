"""The six definitions of linear regions: networks that tell them apart, counted by hand, and what is always true."""

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exactgeo import (
    Box,
    Budget,
    Polyhedron,
    ProgramBuilder,
    affine_classes,
    count_activation_patterns,
    count_by_definitions,
    enumerate_regions,
    evaluate,
    faces,
    gated_network,
    hyperplane_arrangement,
    maxout_network,
    relu_network,
)
from exactgeo.complexes.definitions.merging import Complex
from exactgeo.complexes.definitions.patterns import thin_patterns
from exactgeo.complexes.joining.regions import linear_region_leaders
from exactgeo.complexes.steps import Steps
from exactgeo.errors import BudgetExhausted, InvalidArgument
from exactgeo.strategies import domains, programs, relu_networks

FEWER = settings(max_examples=settings().max_examples // 4)
X, Y, ONE, ZERO = {1: 1}, {2: 1}, {0: 1}, {}


def _relu(form):
    return [(ZERO, ZERO), (form, form)]


def _program(inputs, *units, outputs):
    builder = ProgramBuilder(inputs)
    for unit in units:
        builder.add_unit(unit)
    return builder.build(outputs)


def _counts(program, domain=None, engine="certified"):
    counts = count_by_definitions(enumerate_regions(program, domain or Polyhedron(program.inputs), engine=engine))
    convex = counts.convex_regions
    return (
        counts.activation_patterns,
        counts.activation_regions,
        (convex.least, convex.most) if convex else None,
        counts.linear_regions,
        counts.closed_connected_regions,
        counts.affine_pieces,
    )


# max(-y, min(0, -x)), of which the literature gives 7, 5, 4, 3, 3, 3, as relu(c) - relu(x) with c = relu(x) - y:
# y is split into relu(y) and relu(-y), so that y = 0 has patterns of its own, for x <= 0 and for x > 0. The cells are
# x < 0 with y > 0 or y < 0, and x > 0 with y > x, 0 < y < x or y < 0. Where c > 0, the network is -y: below the graph
# of relu(x), which is connected and not convex. Above it is 0 or -x.
STAIRCASE = _program(
    2, _relu(X), _relu(Y), _relu({2: -1}), _relu({3: 1, 4: -1, 5: 1}), outputs=[{6: 1, 3: -1}]
)  # fmt: skip

# relu(x) + relu(y) - relu(x + y): 0 where x, y > 0 and where x, y < 0, two closed quadrants that meet in the origin.
# Elsewhere, in angles of 45 degrees, it is min(|x|, |y|) with four different maps. All ties at the origin go to the
# pattern of x, y < 0, those on the rays to that of a neighbour.
BOW_TIE = relu_network([[[1, 0], [0, 1], [1, 1]], [[1, 1, -1]]])

# On a line: 0, a hat, 0. The two pieces with the map 0 are apart, open or closed.
HAT = relu_network([[[1], [1], [1]], [[1, -2, 1]]], [[1, 0, -1], [0]])

# 0 where x <= 0, x where y >= x >= 0, 2 x where -y >= x >= 0, and (3 x - y) / 2 between. All four are convex, but
# what lies across the half-plane's side changes in the origin: a complex cuts the half-plane, and nothing else. The
# network is relu(x) + relu(relu(x) - y) / 2 - relu(-relu(x) - y) / 2; for x <= 0 the last two cancel, their
# hyperplane y = 0 cuts the half-plane.
SPLIT_SIDE = _program(
    2, _relu(X), _relu({3: 1, 2: -1}), _relu({3: -1, 2: -1}), outputs=[{3: 1, 4: "1/2", 5: "-1/2"}]
)  # fmt: skip

# min(h(x), |y|), h being a hat on [0, 2]. It is 0 for x < 0 and for x > 2, which the segment y = 0 between them joins,
# through the diamond |y| < h(x) with the maps y and -y. Above and below the diamond it is x, then 2 - x; the two parts
# of either meet in a corner of the diamond. 12 cells: x < 0 and x > 2 are cut by y = 0, and each half of the diamond,
# by x = 1. On y = 0 there are five more patterns: for x <= 0, up to 1, below 2, at 2 (where h is 0) and beyond. All
# eight linear regions are convex, but the sides of x < 0 and x > 2 have two neighbours each, and must be cut.
BRIDGE = _program(
    2,
    *(_relu(X), _relu({0: -1, 1: 1}), _relu({0: -2, 1: 1}), _relu(Y), _relu({2: -1})),
    _relu({3: 1, 4: -2, 5: 1, 6: -1, 7: -1}),
    outputs=[{3: 1, 4: -2, 5: 1, 8: -1}],
)

EXAMPLES = {
    "the staircase of the literature": (STAIRCASE, (7, 5, (4, 4), 3, 3, 3)),
    "quadrants that meet in a point": (BOW_TIE, (6, 6, (6, 6), 6, 5, 5)),
    "a hat": (HAT, (4, 4, (4, 4), 4, 4, 3)),
    "|x|, whose kink has a pattern of its own": (relu_network([[[1], [-1]], [[1, 1]]]), (3, 2, (2, 2), 2, 2, 2)),
    "relu(x) - relu(-x) = x": (relu_network([[[1], [-1]], [[1, -1]]]), (3, 2, (1, 1), 1, 1, 1)),
    "a line across the plane that is not seen": (
        relu_network([[[1, 0], [-1, 0], [0, 1]], [[1, -1, 1]]]),
        (6, 4, (2, 2), 2, 2, 2),
    ),
    "a grid that is not seen": (
        relu_network([[[1, 0], [1, 0], [0, 1], [0, 1]], [[0, 0, 0, 0]]], [[0, 1, 0, 1], [0]]),
        (9, 9, (1, 1), 1, 1, 1),
    ),
    "a split side": (SPLIT_SIDE, (5, 5, (5, 5), 4, 4, 4)),
    "a thin bridge": (BRIDGE, (17, 12, (10, 10), 8, 5, 5)),
    "the maximum of three": (maxout_network([[[[0, 0], [1, 0], [0, 1]]], [[1]]]), (3, 3, (3, 3), 3, 3, 3)),
    "an affine map": (relu_network([[[3]]]), (1, 1, (1, 1), 1, 1, 1)),
    "a gated network": (gated_network([[[1]]], [[[1]], [[1]]], None, [[1], [0]]), (2, 2, None, 2, None, 2)),
}


@pytest.mark.parametrize("engine", ["certified", "reference"])
@pytest.mark.parametrize("program, expected", EXAMPLES.values(), ids=EXAMPLES.keys())
def test_each_definition_has_its_count(program, expected, engine):
    assert _counts(program, engine=engine) == expected


@pytest.mark.parametrize("radius", [3, "7/2", 100])
def test_a_bounded_domain_that_holds_all_corners_changes_nothing(radius):
    for program, expected in EXAMPLES.values():
        assert _counts(program, Box.cube(program.inputs, radius=radius)) == expected


def test_a_domain_may_cut_the_bridge_or_leave_out_one_end():
    assert _counts(BRIDGE, Box((-1, "1/4"), (3, 3)))[3:] == (5, 5, 4)  # 0 twice, y, x, 2 - x
    assert _counts(BRIDGE, Box((-1, -1), (1, 1)))[3:] == (5, 4, 4)  # 0, y, -y, x twice


@st.composite
def _questions(draw, networks):
    program = draw(networks)
    return program, draw(domains(program.inputs))


SMALL = relu_networks(max_inputs=2, max_units=5, max_outputs=1)


@FEWER
@given(_questions(SMALL | programs(max_inputs=2, max_units=4)))
def test_each_definition_counts_no_more_than_the_one_before(question):
    patterns, regions, convex, linear, closed, pieces = _counts(*question)
    assert patterns >= regions >= linear >= pieces
    if question[0].is_continuous:
        assert regions >= convex[1] >= convex[0] >= linear >= closed >= pieces


@FEWER
@given(_questions(SMALL))
def test_the_patterns_are_those_inside_the_faces_of_the_cells(question):
    """Inside a face of a cell, each unit of a continuous network has the same sign everywhere."""
    found = enumerate_regions(*question)
    seen = set()
    for region in found:
        for face in faces(found.cell(region)) if found.cell(region).generators().lines == () else ():
            centre = [sum(values) / len(face.vertices) for values in zip(*face.vertices, strict=True)]
            point = [c + sum(ray[k] for ray in face.rays) for k, c in enumerate(centre)]
            if found.domain.contains_inside(point):
                seen.add(evaluate(question[0], point).pattern)
    if all(found.cell(region).generators().lines == () for region in found):
        assert count_activation_patterns(found) == len(seen)


@FEWER
@given(_questions(SMALL | programs(max_inputs=2, max_units=4)))
def test_thin_patterns_are_those_of_their_points_and_of_no_region(question):
    found = enumerate_regions(*question)
    thin = list(thin_patterns(found, Steps(len(found), "patterns", 1)))
    assert all(found.domain.contains_inside(point) for _, point in thin)
    assert [evaluate(question[0], point).pattern for _, point in thin] == [pattern for pattern, _ in thin]
    patterns = {pattern for pattern, _ in thin} | {region.pattern for region in found}
    assert len(patterns) == len(thin) + len(found) == count_activation_patterns(found)


@FEWER
@given(_questions(SMALL))
def test_closed_connected_regions_are_what_slices_that_meet_make(question):
    found = enumerate_regions(*question)
    counts = count_by_definitions(found)
    maps = [found.affine_map(region)[0] for region in found]
    assert counts.closed_connected_regions == sum(_components(found, maps, wanted) for wanted in set(maps))


def _components(found, maps, wanted):
    """Return the number of components with interior of { f = wanted }, by the meetings of each two slices."""
    slices = []
    for region, own in zip(found, maps, strict=True):
        cell, equation = found.cell(region), (own - wanted).numerators
        slices.append(Polyhedron(cell.dimension, cell.inequalities, (equation,)))
    left, components = {k for k, part in enumerate(slices) if not part.is_empty()}, 0
    while left:
        reached = stack = {left.pop()}
        while stack:
            near = {j for j in left for k in stack if not slices[j].intersection(slices[k]).is_empty()}
            left -= near
            reached, stack = reached | near, near
        components += any(maps[k] == wanted for k in reached)
    return components


@FEWER
@given(_questions(SMALL))
def test_merged_cells_are_a_complex(question):
    found = enumerate_regions(*question)
    leaders = linear_region_leaders(found, affine_classes(found), Steps(len(found), "regions", 9))
    merged = Complex(found, leaders, Steps(len(found), "regions", 1))
    merged.merge_all()
    parts = [Polyhedron(found.program.inputs, rows) for rows in merged.rows()]
    assert sum(_holds(part, region) for part in parts for region in found) == len(found)
    for first, second in combinations(parts, 2):
        common = first.intersection(second)
        if not common.is_empty():
            assert _least_face(first, common).is_same_set(common) and _least_face(second, common).is_same_set(common)


def _holds(part, region):
    return part.contains(region.witness)


def _least_face(polyhedron, part):
    """Return the least face of a polyhedron that holds a part of it."""
    flat = [row for row in polyhedron.inequalities if getattr(part.maximise(row), "value", None) == 0]
    return Polyhedron(polyhedron.dimension, polyhedron.inequalities, tuple(flat))


@pytest.mark.parametrize("count", [count_activation_patterns, count_by_definitions])
def test_a_partial_arrangement_or_a_budget_that_ends_leaves_no_count(count):
    program = hyperplane_arrangement([(0, 1), (1, 1)])
    partial = enumerate_regions(program, Polyhedron(1), budget=Budget(max_regions=2))
    with pytest.raises(InvalidArgument, match="the limit of 2 regions was reached"):
        count(partial)
    with pytest.raises(BudgetExhausted, match="0 seconds"):
        count(enumerate_regions(program, Polyhedron(1)), Budget(max_seconds=0))
