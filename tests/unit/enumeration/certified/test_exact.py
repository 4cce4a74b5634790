"""Exact signs: the vertices that incidences name."""

from fractions import Fraction

import pytest

from exactgeo import Polyhedron, ProgramBuilder, enumerate_regions
from exactgeo.enumeration.certified.vertices.exact import ExactSigns
from exactgeo.networks import hyperplane_arrangement
from exactgeo.networks.branches import LayeredForms

INFINITY = (1, 0, 0)


@pytest.fixture
def signs():
    return ExactSigns(LayeredForms(hyperplane_arrangement([(0, 1, 0)])))


def test_a_direction_has_the_sense_of_the_cell_that_asks_for_it(signs):
    on = 0b011  # the first two hyperplanes, in cells on both sides of the third
    assert signs._vertex(on, {0: (0, 0, 1), 1: INFINITY, 2: (0, 1, 0)}) == (0, 1, 0)
    assert signs._vertex(on, {0: (0, 0, 1), 1: INFINITY, 2: (0, -1, 0)}) == (0, -1, 0)


def test_a_point_is_the_same_whichever_cell_asks_for_it(signs):
    on = 0b011
    for beside in ((0, 1, 0), (7, -1, 0)):
        assert signs._vertex(on, {0: (-1, 0, 2), 1: (-3, 1, 0), 2: beside}) == (2, 6, 1)


def _nearly_the_axis(tiny):
    builder = ProgramBuilder(2)
    for form in ({2: 1}, {1: 1}, {1: 1, 2: tiny}, {1: 1, 2: -tiny}):
        builder.add_unit([({}, {}), (form, form)])
    return builder.build([{3: 1}])


@pytest.mark.parametrize("tiny", [Fraction(1, 2**400), Fraction(3, 2**1100)])
def test_opposite_directions_of_a_plane_are_told_apart(tiny):
    """No float holds the coefficient: every sign is exact, on both sides of the first two hyperplanes."""
    found = enumerate_regions(_nearly_the_axis(tiny), Polyhedron(2), engine="certified")
    assert [region.pattern for region in found] == [
        *((0, 0, 0, 0), (0, 0, 0, 1), (0, 1, 0, 1), (0, 1, 1, 1)),
        *((1, 0, 0, 0), (1, 0, 1, 0), (1, 1, 1, 0), (1, 1, 1, 1)),
    ]
