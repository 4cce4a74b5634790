"""Last layers, their shares and what is frequent in their classes."""

from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.analyses.features.layers import class_of, last_layers, logits_of, plain

import exactgeo as eg
from exactgeo.analyses.features import (
    LastLayer,
    agreement_on_data,
    certainly_nonnegative,
    class_features,
    mass,
    overlaps,
    shares,
    top_features,
)
from exactgeo.arithmetic.affine import AffineForm
from exactgeo.arithmetic.rationals import point
from exactgeo.errors import DimensionMismatch, InvalidArgument
from exactgeo.strategies import points, programs, relu_networks

nonnegative = st.integers(0, 4) | st.builds(Fraction, st.integers(0, 6), st.integers(1, 3))


@settings(max_examples=100)
@given(st.data())
def test_a_layer_computes_classifies_decomposes_and_follows_affine_maps(data):
    layer = data.draw(last_layers())
    h = data.draw(st.lists(nonnegative, min_size=layer.features, max_size=layer.features))
    logits = logits_of(layer, h)
    assert list(layer.logits(h)) == logits == list(eg.evaluate(layer.program(), h).outputs)
    assert layer.classify(h) == class_of(logits)
    assert layer.is_tied(h) == (max(logits) == sorted(logits)[-2])
    for c in range(layer.classes):
        assert sum(layer.contributions(h, c)) + layer.bias[c] == logits[c]
        assert [layer.advantage(c, d)(h) for d in range(layer.classes)] == [logits[c] - other for other in logits]
    kept = data.draw(
        st.lists(st.sets(st.integers(0, layer.features - 1)), min_size=layer.classes, max_size=layer.classes)
    )
    decomposed = layer.keeping(kept)
    for c, own in enumerate(kept):
        expected = plain(layer.bias)[c] + sum(plain(layer.weights[c])[j] * h[j] for j in own)
        assert decomposed.logits(h)[c] == expected
    x = data.draw(points(2))
    forms = [AffineForm.of(data.draw(points(3))) for _ in h]
    assert layer.after(forms).logits(x) == layer.logits([form(x) for form in forms])


def test_the_decomposed_layer_is_a_program_from_the_input_on():
    body = eg.relu_network([[[1, 2], [3, -1], [0, 1]], [[1, 0, 0], [0, 1, 0], [0, 0, 1]]])
    layer = LastLayer.of([[1, 2, 3], [4, 5, 6]], [7, 8])
    net = eg.compose(layer.keeping([(0, 2), (1,)]).program(), body)
    assert net.inputs == 2 and net.output_count == 2
    for x in ((1, 1), (-2, 3), (5, -7), ("1/3", "-1/5")):
        a, b = plain(point(x))
        h = [max(0, a + 2 * b), max(0, 3 * a - b), max(0, b)]
        assert list(eg.evaluate(net, x).outputs) == [h[0] + 3 * h[2] + 7, 5 * h[1] + 8]


@settings(max_examples=100)
@given(st.data())
def test_what_is_frequent_in_a_class_is_counted(data):
    width, classes = data.draw(st.integers(1, 5)), 3
    images = data.draw(st.lists(st.lists(nonnegative, min_size=width, max_size=width), min_size=1, max_size=8))
    labels = data.draw(st.lists(st.integers(0, classes - 1), min_size=len(images), max_size=len(images)))
    top = data.draw(st.integers(1, width))
    found = class_features([point(h) for h in images], labels, classes=classes, top=top)
    for c, own in enumerate(found):
        mine = [h for h, label in zip(images, labels, strict=True) if label == c]
        counter = Counter()
        for h in mine:
            # Feature j is among the greatest if fewer than `top` come before it.
            before = [sum(v > h[j] or (v == h[j] and i < j) for i, v in enumerate(h)) for j in range(width)]
            counter.update(j for j in range(width) if before[j] < top and h[j] > 0)
        ranked = sorted(counter, key=lambda j: (-counter[j], j))[:top]
        assert own.counts == tuple(counter[j] for j in range(width)) and own.chosen == tuple(ranked)
        assert own.images + own.without_shares == len(mine) and own.without_shares == sum(not any(h) for h in mine)
        assert list(own.masses) == [Fraction(sum(h[j] for j in ranked)) / sum(h) for h in mine if any(h)]
    sets = [set(own.chosen) for own in found]
    assert overlaps([own.chosen for own in found]) == tuple(tuple(len(a & b) for b in sets) for a in sets)


def test_shares_add_up_to_one_unless_there_are_none():
    h = point((1, "1/2", 0))
    assert shares(h) == point(("2/3", "1/3", 0)) and mass(h, (1, 2)) == Fraction(1, 3)
    assert shares(point((0, 0))) is None and mass(point((0, 0)), (0,)) is None
    assert top_features(point((1, 3, 0, 3, 1)), 3) == (1, 3, 0) and top_features(point((0, 1)), 2) == (1,)


def test_negative_features_have_no_shares():
    with pytest.raises(InvalidArgument, match="image 1: feature 0 is -1/2"):
        class_features([point((1, 1)), point(("-1/2", 1))], [0, 1], classes=2, top=1)
    for function in (shares, lambda h: top_features(h, 1), lambda h: mass(h, ())):
        with pytest.raises(InvalidArgument, match="feature 1 is -2"):
            function(point((1, -2)))


@settings(max_examples=100)
@given(st.data())
def test_agreement_on_data_is_counted(data):
    layer = data.draw(last_layers(classes=(3, 3), features=(2, 2)))
    other = data.draw(last_layers(classes=(3, 3), features=(2, 2)))
    images = data.draw(st.lists(st.lists(nonnegative, min_size=2, max_size=2), max_size=10))
    found = agreement_on_data(layer, other, [point(h) for h in images])
    pairs = [(class_of(logits_of(layer, h)), class_of(logits_of(other, h))) for h in images]
    counter = Counter(pairs)
    assert found.confusion == tuple(tuple(counter[c, d] for d in range(3)) for c in range(3))
    assert found.images == len(images) and found.agreed == sum(c == d for c, d in pairs)
    assert found.differing == tuple(k for k, (c, d) in enumerate(pairs) if c != d)
    assert found.by_class == tuple(
        (sum(c == own for c, _ in pairs), sum(c == d == own for c, d in pairs)) for own in range(3)
    )
    ties = [any(max(z) == sorted(z)[-2] for z in (logits_of(layer, h), logits_of(other, h))) for h in images]
    assert found.tied == tuple(k for k, tied in enumerate(ties) if tied)


@settings(max_examples=200)
@given(st.data())
def test_what_is_certainly_nonnegative_is_so(data):
    program = data.draw(programs() | relu_networks())
    found = certainly_nonnegative(program)
    for x in data.draw(st.lists(points(program.inputs), min_size=3, max_size=3)):
        outputs = eg.evaluate(program, x).outputs
        assert all(value >= 0 for value, certain in zip(outputs, found, strict=True) if certain)


def test_the_signs_of_pools_and_differences():
    builder = eg.ProgramBuilder(1)
    y = builder.add_unit([({}, {}), ({1: 1}, {1: 1})])
    least = builder.add_unit([({y: -1}, {y: 1}), ({0: -1}, {0: 1})])  # min(y, 1)
    gate = builder.add_unit([({}, {}), ({1: 1}, {1: 1})])
    raw = builder.add_unit([({1: 1}, {1: 1}), ({1: -2}, {1: -2})])
    turned = builder.add_unit([({}, {}), ({1: 1}, {1: -1})])  # -max(0, x)
    forms = [{y: "1/2", gate: "1/2"}, {least: 1, 0: 1}, {y: 1, 0: -1}, {raw: 1}, {turned: 1}, {1: 1}, {}]
    assert certainly_nonnegative(builder.build(forms)) == (True, True, False, False, False, False, True)


@pytest.mark.parametrize(
    "make, error",
    [
        (lambda: LastLayer.of([[1, 2]]), DimensionMismatch),
        (lambda: LastLayer.of([[1], [2]], [1]), DimensionMismatch),
        (lambda: LastLayer.of([1, 2]), DimensionMismatch),
        (lambda: LastLayer.of([[1], [2]]).logits((1, 2)), DimensionMismatch),
        (lambda: LastLayer.of([[1], [2]]).advantage(0, 2), InvalidArgument),
        (lambda: LastLayer.of([[1], [2]]).advantage(-1, 0), InvalidArgument),
        (lambda: LastLayer.of([[1], [2]]).keeping([(0,)]), DimensionMismatch),
        (lambda: LastLayer.of([[1], [2]]).keeping([(0,), (1,)]), InvalidArgument),
        (lambda: LastLayer.of([[1], [2]]).after([]), DimensionMismatch),
        (lambda: class_features([point((1,))], [0, 1], classes=2, top=1), DimensionMismatch),
        (lambda: class_features([], [], classes=2, top=1), DimensionMismatch),
        (lambda: class_features([point((1,)), point((1, 2))], [0, 0], classes=2, top=1), DimensionMismatch),
        (lambda: class_features([point((1,))], [2], classes=2, top=1), InvalidArgument),
        (lambda: class_features([point((1,))], [0], classes=2, top=2), InvalidArgument),
        (lambda: agreement_on_data(LastLayer.of([[1], [2]]), LastLayer.of([[1, 1], [2, 1]]), []), DimensionMismatch),
    ],
)
def test_what_does_not_fit_is_refused(make, error):
    with pytest.raises(error):
        make()
