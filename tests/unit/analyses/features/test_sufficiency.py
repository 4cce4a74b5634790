"""Sufficient subsets, against all subsets of the features and all corners of their boxes."""

from dataclasses import replace
from fractions import Fraction
from itertools import chain, combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.analyses.features.layers import class_of, corners_of, last_layers, logits_of, plain

from exactgeo.analyses.features import LastLayer, Situation, SizeBound, greatest_values, minimal_sufficient_subset
from exactgeo.arithmetic.rationals import point
from exactgeo.errors import DimensionMismatch, InvalidArgument

heights = st.integers(0, 3) | st.builds(Fraction, st.integers(0, 5), st.integers(1, 3))


@st.composite
def situations(draw, most=6):
    layer = draw(last_layers(classes=draw(st.sampled_from([(2, 2), (3, 4)])), features=(1, most)))
    pairs = draw(st.lists(st.tuples(heights, heights), min_size=layer.features, max_size=layer.features))
    return layer, [min(pair) for pair in pairs], [max(pair) for pair in pairs]


def _subsets(count):
    return chain.from_iterable(combinations(range(count), size) for size in range(count + 1))


def _suffices(layer, label, h, upper, subset):
    """Whether the class wins at every corner of the box; between corners logits are affine."""
    ends = [(value,) if j in subset else (0, most) for j, (value, most) in enumerate(zip(h, upper, strict=True))]
    for corner in corners_of(ends):
        logits = logits_of(layer, corner)
        if any(other >= logits[label] for c, other in enumerate(logits) if c != label):
            return False
    return True


@settings(max_examples=150)
@given(situations())
def test_subsets_are_sufficient_minimal_and_bounded(situation):
    layer, h, upper = situation
    label = class_of(logits_of(layer, h))
    known = {frozenset(own): _suffices(layer, label, h, upper, own) for own in _subsets(layer.features)}
    place = Situation(layer, label, h, upper)
    assert all(place.suffices(own) == known[own] for own in known)
    found = minimal_sufficient_subset(layer, h, upper)
    if not known[frozenset(range(layer.features))]:
        assert found is None
        return
    assert found is not None and found.verify()
    chosen = frozenset(found.subset)
    assert known[chosen] and not any(holds for own, holds in known.items() if own < chosen)
    least = min(len(own) for own, holds in known.items() if holds)
    assert found.bound.size <= least <= len(chosen)
    assert not found.is_least or len(chosen) == least
    if layer.classes == 2:  # of one rival the greatest gains are the best choice
        assert found.bound.size == least
    for rival in place.rivals:
        for own in combinations(range(layer.features), least):
            assert not SizeBound(least + 1, rival, own).holds(*place.gains(rival))
    for j in found.subset:
        corner = plain(found.counterexample(j))
        assert all(corner[k] == h[k] for k in chosen - {j})
        assert all(0 <= value <= most for value, most in zip(corner, upper, strict=True))
        logits = logits_of(layer, corner)
        assert any(other >= logits[label] for c, other in enumerate(logits) if c != label)
    for rival, margin in found.margins:
        ends = [(v,) if j in chosen else (0, u) for j, (v, u) in enumerate(zip(h, upper, strict=True))]
        leads = [z[label] - z[rival] for z in (logits_of(layer, corner) for corner in corners_of(ends))]
        assert margin == min(leads)


@settings(max_examples=100)
@given(situations(most=4), st.integers(0, 3))
def test_a_class_that_does_not_win_has_no_sufficient_subset(situation, number):
    layer, h, upper = situation
    label = number % layer.classes
    logits = logits_of(layer, h)
    wins = all(logits[label] > other for c, other in enumerate(logits) if c != label)
    assert (minimal_sufficient_subset(layer, h, upper, label) is not None) == wins


def test_features_are_left_out_in_the_order_of_what_they_contribute():
    # Any one of the three features is enough; the last that is looked at is kept: the greatest contribution's.
    layer = LastLayer.of([[1, 3, 2], [0, 0, 0]])
    assert minimal_sufficient_subset(layer, (1, 1, 1), (1, 1, 1)).subset == (1,)
    # Of equal contributions the lesser number is left out first.
    assert minimal_sufficient_subset(LastLayer.of([[1, 1], [0, 0]]), (1, 1), (1, 1)).subset == (1,)


def test_a_margin_of_zero_does_not_suffice():
    layer = LastLayer.of([[1, 1], [0, 2]])
    assert minimal_sufficient_subset(layer, (1, 0), (1, 1)).subset == (0, 1)
    assert minimal_sufficient_subset(layer, (1, 1), (1, 1)) is None


def test_evidence_that_is_wrong_is_not_accepted():
    found = minimal_sufficient_subset(LastLayer.of([[2, 1, 1], [0, 1, 2], [0, 0, 0]], [0, 3, -1]), (3, 1, 1), (4, 4, 4))
    assert found.verify() and found.subset == (0, 2) and found.bound.size == 2
    (rival, margin), *others = found.margins
    wrong = [
        replace(found, margins=((rival, margin + 1), *others)),
        replace(found, margins=tuple(others)),
        replace(found, subset=(0, 1, 2)),
        replace(found, subset=(0,), needed=found.needed[:1]),
        replace(found, needed=found.needed[:1]),
        replace(found, needed=((0, 0), *found.needed[1:])),
        replace(found, needed=((0, 2), (2, 2))),
        replace(found, bound=replace(found.bound, size=3)),
        replace(found, bound=replace(found.bound, size=3, greatest=(0, 2))),
        replace(found, bound=replace(found.bound, greatest=(1,))),
        replace(found, bound=replace(found.bound, greatest=(7,))),
        replace(found, bound=replace(found.bound, rival=0)),
        replace(found, bound=replace(found.bound, size=0)),
    ]
    assert not any(own.verify() for own in wrong)
    with pytest.raises(InvalidArgument, match="feature 1 is not in the subset"):
        found.counterexample(1)


def test_bounds_come_from_the_data():
    assert greatest_values([point((1, 5)), point((2, "1/2"))]) == point((2, 5))
    with pytest.raises(InvalidArgument, match="no images"):
        greatest_values([])


@pytest.mark.parametrize(
    "h, upper, error",
    [((1,), (1, 1), DimensionMismatch), ((2, 0), (1, 1), InvalidArgument), ((-1, 0), (1, 1), InvalidArgument)],
)
def test_what_does_not_fit_is_refused(h, upper, error):
    with pytest.raises(error):
        minimal_sufficient_subset(LastLayer.of([[1, 0], [0, 1]]), h, upper, 0)
