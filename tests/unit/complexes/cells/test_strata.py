"""Faces of cells that do not meet face to face, counted by hand."""

import exactgeo as eg
from exactgeo.complexes.cells.overlaps import common_refinement
from exactgeo.polyhedra.shapes import Shape


def _crossed():
    """Two boxes below z = 0, on either side of x = 0, and two above, on either side of y = 0."""
    builder = eg.ProgramBuilder(3)
    turned = builder.add_unit([({}, {1: 1}), ({3: 1}, {2: 1})])
    positive = builder.add_unit([({}, {}), ({turned: 1}, {turned: 1})])
    return builder.build([{positive: 1}])


def test_boxes_that_lie_crosswise_cut_one_anothers_sides():
    cells = eg.cell_complex(eg.enumerate_regions(_crossed(), eg.Box.cube(3)))
    assert cells.faces.f_vector == (21, 38, 22, 4)
    assert cells.faces.betti_numbers == (1, 0, 0, 0) and cells.faces.euler_characteristic == 1
    border = cells.closure_of([facet for facet in cells.facets if not facet.is_interior])
    assert border.f_vector == (20, 34, 16) and border.betti_numbers == (1, 0, 1)


def test_without_a_box_around_them_their_faces_are_unbounded():
    cells = eg.cell_complex(eg.enumerate_regions(_crossed(), eg.Polyhedron(3)))
    assert cells.faces.f_vector == (1, 4, 6, 4)
    assert cells.faces.betti_numbers == (1, 0, 0, 0)


def test_a_boundary_between_them_is_a_mesh_whose_sides_are_cut_where_others_end():
    boundary = eg.decision_boundary(eg.enumerate_regions(_crossed(), eg.Box.cube(3)))
    # x = 0 below, y = 0 above, and between them the two quadrants of z = 0 in which only one of x and y is positive.
    assert len(boundary.pieces) == 4 and len(boundary.components()) == 1
    found = eg.mesh(boundary)
    assert sorted(map(len, found.polygons)) == [4, 4, 5, 5]
    assert len(found.vertices) == 11 and not found.is_watertight
    assert boundary.faces.f_vector == (11, 14, 4) and boundary.faces.betti_numbers[:2] == (1, 0)


def test_the_common_refinement_of_intervals_lies_between_neighbouring_ends():
    intervals = [Shape.of(1, [(-low, 1), (high, -1)]) for low, high in ((0, 4), (1, 2), (1, 3), (3, 4), (0, 1))]
    ends = [[vector[1] for vector in shape.generators] for shape in common_refinement(intervals)]
    assert sorted(ends) == [[0, 1], [1, 2], [3, 4]]
