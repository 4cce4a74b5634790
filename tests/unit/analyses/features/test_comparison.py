"""Whether layers agree on a domain, against all faces of the plane that their ties cut."""

from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.analyses.features.layers import class_of, faces_of_the_plane, last_layers, logits_of, plain

import exactgeo as eg
from exactgeo.analyses.features import (
    Agreed,
    Comparison,
    Differing,
    LastLayer,
    compare,
    compare_networks,
    feature_box,
    orthant,
)
from exactgeo.arithmetic.rationals import point
from exactgeo.errors import BudgetExhausted, DimensionMismatch, InvalidArgument
from exactgeo.polyhedra import Polyhedron
from exactgeo.polyhedra.systems import Contradiction
from exactgeo.strategies import points, relu_networks

planar = last_layers(classes=(2, 3), features=(2, 2))


def _lines(layer):
    pairs = permutations(range(layer.classes), 2)
    return [(b, *a) for b, *a in (plain(layer.advantage(c, d).coefficients) for c, d in pairs if c < d)]


def _expected(first, second, places):
    """Return which pairs of classes differ somewhere, and which strictly: from a point of every face."""
    everywhere, strictly = set(), set()
    for h in places:
        z, y = logits_of(first, h), logits_of(second, h)
        c = class_of(z)
        for d in range(len(y)):
            if d != c and (y[d] > y[c] or (y[d] == y[c] and d < c)):
                everywhere.add((c, d))
                if y[d] > y[c] and z.count(max(z)) == 1:
                    strictly.add((c, d))
    return everywhere, strictly


def _found(comparison):
    pairs = [own for own in comparison.verdicts if isinstance(own, Differing)]
    return {(v.label, v.rival) for v in pairs}, {(v.label, v.rival) for v in pairs if v.is_strict}


@settings(max_examples=150)
@given(st.data())
def test_layers_differ_on_a_box_where_some_face_says_so(data):
    first = data.draw(planar)
    kept = data.draw(st.lists(st.sets(st.integers(0, 1)), min_size=first.classes, max_size=first.classes))
    fresh = last_layers(classes=(first.classes, first.classes), features=(2, 2))
    second = first.keeping(kept) if data.draw(st.booleans()) else data.draw(fresh)
    upper = data.draw(st.tuples(st.integers(0, 3), st.integers(0, 3)))
    comparison = compare(first, second, feature_box(point(upper)))
    sides = [(0, 1, 0), (upper[0], -1, 0), (0, 0, 1), (upper[1], 0, -1)]
    lines = sorted({*_lines(first), *_lines(second), *sides})
    places = list(faces_of_the_plane(lines, ((0, upper[0]), (0, upper[1]))))
    everywhere, strictly = _expected(first, second, places)
    assert _found(comparison) == (everywhere, strictly)
    assert comparison.verify()
    assert comparison.agrees == (not everywhere) and comparison.agrees_but_for_ties == (not strictly)
    for verdict in comparison.counterexamples:
        h = plain(verdict.point)
        assert class_of(logits_of(first, h)) == verdict.label != class_of(logits_of(second, h))


@settings(max_examples=100)
@given(st.data())
def test_without_biases_the_orthant_is_a_box(data):
    """Scaling h changes no class, so that what happens on h >= 0 happens in [0, 1]^m already."""
    first = data.draw(last_layers(biases=False))
    kept = st.sets(st.integers(0, first.features - 1))
    second = first.keeping(data.draw(st.lists(kept, min_size=first.classes, max_size=first.classes)))
    whole, part = (
        compare(first, second, orthant(first.features)),
        compare(first, second, feature_box((1,) * first.features)),
    )
    assert _found(whole) == _found(part) and whole.verify() and part.verify()


def test_ties_alone_are_told_apart():
    first = LastLayer.of([[1, 0], [0, 1]])
    second = LastLayer.of([[0, 1], [1, 0]])
    swapped = compare(first, second, feature_box((1, 1)))
    assert not swapped.agrees_but_for_ties and swapped.verify()
    # z_0 = h_0, z_1 = 1 against z_1 = 1 and z_0 = h_0 with classes the other way round at h_0 = 1 alone.
    low = LastLayer.of([[0], [1]], [1, 0])  # class 1 where h > 1
    high = LastLayer.of([[0], [2]], [2, 0])  # the same
    assert compare(low, high, feature_box((2,))).agrees
    shifted = LastLayer.of([[-1], [0]], [0, 0])  # class 0 at h = 0, class 1 elsewhere
    ties = compare(LastLayer.of([[0], [0]], [0, 1]), shifted, feature_box((2,)))
    (found,) = ties.counterexamples
    assert found.point == point((0,)) and not found.is_strict and not ties.agrees and ties.agrees_but_for_ties
    assert (found.label, found.rival) == (1, 0) and not ties.has_equal_logits(1, 0) and ties.verify()
    moved = [replace(own, point=point((1,))) if isinstance(own, Differing) else own for own in ties.verdicts]
    assert not replace(ties, verdicts=tuple(moved)).verify()
    same = compare(LastLayer.of([[0], [0]], [0, 1]), LastLayer.of([[1], [1]], [0, 0]), feature_box((2,)))
    (found,) = same.counterexamples
    assert not found.is_strict and same.has_equal_logits(1, 0) and same.verify()


def test_evidence_that_is_wrong_is_not_accepted():
    first, second = LastLayer.of([[1, 0], [0, 1]]), LastLayer.of([[2, 0], [0, 1]])
    found = compare(first, second, feature_box((1, 1)))
    agreed = next(v for v in found.verdicts if isinstance(v, Agreed))
    differing = next(v for v in found.verdicts if isinstance(v, Differing))

    def with_verdicts(*verdicts):
        return replace(found, verdicts=tuple(sorted(verdicts, key=lambda v: (v.label, v.rival)))).verify()

    assert with_verdicts(agreed, differing)
    (index, multiplier), *others = agreed.contradiction.strict
    wrong = [
        Contradiction(((index, multiplier + 1), *others), agreed.contradiction.closed),
        Contradiction(((index, -multiplier), *others), agreed.contradiction.closed),
        Contradiction(((99, multiplier),), ()),
        Contradiction((), agreed.contradiction.closed),
        Contradiction((), ()),
    ]
    assert not any(with_verdicts(replace(agreed, contradiction=own), differing) for own in wrong)
    for place in ((0, 0), (2, 0), (1, 1)):
        assert not with_verdicts(agreed, replace(differing, point=point(place)))
    assert not with_verdicts(agreed, replace(differing, contradiction=agreed.contradiction))
    assert not with_verdicts(agreed)
    assert not with_verdicts(agreed, Agreed(differing.label, differing.rival, agreed.contradiction))


def test_the_point_of_an_open_difference_must_not_be_a_tie():
    first, second = LastLayer.of([[1, 0], [0, 1]]), LastLayer.of([[0, 1], [2, 0]])
    other = Differing(1, 0, point((0, 1)), None)
    assert Comparison(first, second, orthant(2), (Differing(0, 1, point((1, 0)), None), other)).verify()
    tie = Differing(0, 1, point((1, 1)), None)  # where the second layer prefers class 1, but the first has a tie
    assert not Comparison(first, second, orthant(2), (tie, other)).verify()


@settings(max_examples=100)
@given(st.data())
def test_behind_a_body_the_closed_regions_tell(data):
    body = data.draw(relu_networks(max_inputs=2, max_units=4, max_depth=2, max_outputs=3))
    size = (body.output_count, body.output_count)
    layer = data.draw(last_layers(classes=(2, 3), features=size))
    kept = st.sets(st.integers(0, layer.features - 1))
    other = layer.keeping(data.draw(st.lists(kept, min_size=layer.classes, max_size=layer.classes)))
    found = compare_networks(body, layer, other, eg.Box.cube(body.inputs, radius=2), engine="reference")
    assert all(own.verify() for own in found)
    nets = [eg.compose(own.program(), body) for own in (layer, other)]

    def classes(x):
        return [class_of(plain(eg.evaluate(net, x).outputs)) for net in nets]

    for own in found:
        for verdict in own.counterexamples:
            first, second = classes(verdict.point)
            assert first == verdict.label != second
    if all(own.agrees for own in found):
        for x in data.draw(st.lists(points(body.inputs), min_size=5, max_size=5)):
            first, second = classes([max(-2, min(2, value)) for value in x])
            assert first == second


def test_equations_of_a_domain_are_heeded():
    first, second = LastLayer.of([[1, 0], [0, 1]]), LastLayer.of([[0, 1], [1, 0]])
    diagonal = Polyhedron(2, (), ((0, 1, -1),))
    assert compare(first, second, diagonal).agrees and compare(first, second, diagonal).verify()
    assert compare(first, second, Polyhedron(2, ((-1, 0, 0),))).agrees  # the empty set


def test_what_does_not_fit_is_refused():
    layer = LastLayer.of([[1, 0], [0, 1]])
    gate = eg.gated_network([[[1]]], [[[1]], [[1], [1]]], biases=[[1], None])
    for make, error, match in (
        (lambda: compare(layer, layer, orthant(3)), DimensionMismatch, "3 dimensions for 2 features"),
        (lambda: compare(layer, LastLayer.of([[1], [2]]), orthant(2)), DimensionMismatch, "compared"),
        (lambda: compare_networks(gate, layer, layer, eg.Box.cube(1)), InvalidArgument, "discontinuous"),
        (lambda: feature_box(point((1, -1))), InvalidArgument, "feature 1"),
        (lambda: compare(layer, layer, orthant(2), budget=eg.Budget(max_seconds=0)), BudgetExhausted, "0 of 2 pairs"),
    ):
        with pytest.raises(error, match=match):
            make()
    body = eg.relu_network([[[1], [2]]])
    with pytest.raises(InvalidArgument, match="float may miss"):
        compare_networks(body, layer, layer, eg.Box.cube(1), engine="float")
    with pytest.raises(BudgetExhausted, match="regions"):
        compare_networks(
            eg.relu_network([[[1], [2]], [[1, 0], [0, 1]]]),
            layer,
            layer,
            eg.Box.cube(1),
            engine="reference",
            budget=eg.Budget(max_regions=0),
        )
