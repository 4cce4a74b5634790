"""Whether a domain has interior points."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exactgeo import Box, Polyhedron
from exactgeo.errors import EmptyDomain
from exactgeo.polyhedra.boxes import domain_polyhedron

ENTRIES = st.integers(-3, 3)


@given(st.data())
def test_a_domain_is_taken_exactly_if_it_has_an_interior_point(data):
    dimension = data.draw(st.integers(1, 3))
    axis = st.sampled_from(
        [tuple(sense * int(i == k) for i in range(dimension)) for k in range(dimension) for sense in (1, -1)]
    )
    rows = st.lists(st.tuples(ENTRIES, st.tuples(*[ENTRIES] * dimension) | axis), max_size=5)
    domain = Polyhedron(dimension, tuple((constant, *linear) for constant, linear in data.draw(rows)))
    if domain.interior_point() is None:
        with pytest.raises(EmptyDomain):
            domain_polyhedron(domain, dimension)
    else:
        assert domain_polyhedron(domain, dimension) is domain


def test_a_box_of_many_dimensions_needs_no_linear_program(monkeypatch):
    monkeypatch.setattr(Polyhedron, "interior_point", None)
    assert domain_polyhedron(Box.cube(300), 300).dimension == 300
    cut = Polyhedron(300, (*Box.cube(300).polyhedron.inequalities, (1, *[1] * 300)))
    assert domain_polyhedron(cut, 300) is cut


def test_an_equation_leaves_no_interior():
    with pytest.raises(EmptyDomain):
        domain_polyhedron(Polyhedron(1, (), ((0, 1),)), 1)
    with pytest.raises(EmptyDomain):
        domain_polyhedron(Polyhedron(2, ((1, 1, 0), (1, -1, 0)), ((0, 0, 1),)), 2)
