"""Whole graphs by both routes: the program that is imported, and the graph itself, which must agree exactly."""

import json
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
import onnx
import pytest
from conformance.corpus import ONLY_BY_NIGHT, name_of, networks, reviewed
from conformance.modes import Mode
from conformance.modes import imported as imported_in
from conformance.onnx_graphs import graphs
from conformance.replaying import points, ties
from conformance.running import ordered, runtime, without_last_functions
from conformance.tapping import tapped
from google.protobuf.message import DecodeError
from hypothesis import event, given, note, settings
from hypothesis import strategies as st

import exactgeo as eg
import onnx_import
from exactgeo.arithmetic.rationals import Rational
from exactgeo.cli import main
from exactgeo.errors import ImportFailure, UnsupportedOperator
from onnx_import.replay import random_points, replay

MODELS = Path(__file__).parents[2] / "examples" / "models"
SEEDS = st.integers(0, 99)
SHARE_IMPORTED = 0.8
SHARE_NOT_EVALUATED = 0.03
WIDE = {onnx.TensorProto.DOUBLE, onnx.TensorProto.FLOAT}
ROUGHLY = 1e-2
WRONG_IN_THE_REFERENCE = {"GlobalMaxPool", "Loop"}
"""It drops axes of what is no image, never enters a Loop without a condition, and joins what a Loop's runs hand out."""
POINTS_OF_THE_CORPUS = 20
FEWER_GRAPHS = settings(max_examples=max(1, 2 * settings.default.max_examples // 3))
"""200 of them in the profile that is run on each change, more than 3,000 by night."""


def _read(drawn, folder):
    """Return the file and what is imported from it, or the refusal."""
    path = Path(folder) / "drawn.onnx"
    onnx.save(drawn.model, path)
    try:
        return path, onnx_import.read(path, **drawn.options)
    except ImportFailure as error:
        return path, error


def _labels(model):
    """Return the names that nodes go by, those of inner graphs and of functions included."""
    waiting, found = [*model.graph.node, *(n for f in model.functions for n in f.node)], set()
    while waiting:
        node = waiting.pop()
        found |= {node.name, *node.output}
        waiting += [inner for attribute in node.attribute for inner in attribute.g.node]
    return found - {""}


@FEWER_GRAPHS
@given(graphs(), SEEDS)
def test_both_routes_give_the_same_numbers_and_shapes_or_the_refusal_names_a_node(drawn, seed):
    note(onnx.printer.to_text(drawn.model))
    onnx.checker.check_model(drawn.model)
    with tempfile.TemporaryDirectory() as folder:
        path, imported = _read(drawn, folder)
        if isinstance(imported, ImportFailure):
            event("refused")
            assert any(f"'{label}'" in str(imported) for label in _labels(drawn.model)), imported
            return
        shapes = [[d.dim_value for d in value.type.tensor_type.shape.dim] for value in drawn.model.graph.output]
        assert [list(shape) for _, shape in imported.outputs] == shapes
        chosen = points(imported.program, seed)
        try:
            assert replay(path, imported, chosen) == len(chosen)
        except UnsupportedOperator as refusal:  # of the evaluator, which is stricter here and there
            event("the evaluator refuses")
            note(str(refusal))


def test_most_random_graphs_are_imported_and_evaluated():
    found = Counter()

    @settings(max_examples=150, derandomize=True, database=None)
    @given(graphs())
    def count(drawn):
        with tempfile.TemporaryDirectory() as folder:
            path, imported = _read(drawn, folder)
            if isinstance(imported, ImportFailure):
                found["refused"] += 1
                return
            try:
                replay(path, imported, random_points(imported.program.inputs, 1))
                found["replayed"] += 1
            except UnsupportedOperator:
                found["not evaluated"] += 1

    count()
    assert found["replayed"] >= SHARE_IMPORTED * found.total()
    assert found["not evaluated"] <= SHARE_NOT_EVALUATED * found.total()


def _feeds(drawn, imported, point):
    """Return a point as arrays, exactly."""
    kinds = {value.name: value.type.tensor_type.elem_type for value in drawn.model.graph.input}
    feeds, start = {}, 0
    for name, shape in imported.inputs:
        size = int(np.prod(shape))
        numbers = np.array([float(v) for v in point[start : start + size]]).reshape(shape)
        feeds[name] = numbers.astype(onnx.helper.tensor_dtype_to_np_dtype(kinds[name]))
        start += size
    return feeds


def _computed(model, feeds):
    """Return what onnxruntime computes, or else the standard's implementation; None if neither knows the model."""
    try:
        one = runtime(model)
        if one.name == "the reference" and any(_is_wrong_there(node, model) for node in model.graph.node):
            return None
        return [np.asarray(array) for array in one.run(feeds)]
    except Exception as error:  # noqa: BLE001 (whatever they raise where they do not know a version or an attribute)
        event(f"a runtime raises {type(error).__name__}")
        return None


def _is_wrong_there(node, model):
    """Whether the standard's implementation errs: before these opsets it takes an operator for the later one."""
    mended = {"BatchNormalization": 14, "Hardmax": 13}.get(node.op_type, 0)
    return node.op_type in WRONG_IN_THE_REFERENCE or model.opset_import[0].version < mended


@FEWER_GRAPHS
@given(graphs(), SEEDS)
def test_random_graphs_are_what_runtimes_take_them_for(drawn, seed):
    """A check of the drawing: shapes and, roughly, values; where a network jumps, floats may land elsewhere."""
    note(onnx.printer.to_text(drawn.model))
    with tempfile.TemporaryDirectory() as folder:
        _, imported = _read(drawn, folder)
    if isinstance(imported, ImportFailure) or drawn.model.graph.input[0].type.tensor_type.elem_type not in WIDE:
        return
    point = next(random_points(imported.program.inputs, 1, seed))
    found = _computed(drawn.model, _feeds(drawn, imported, point))
    if found is None:
        return
    assert [array.shape for array in found] == [shape for _, shape in imported.outputs]
    if imported.program.is_continuous:
        ours = np.array([float(value) for value in eg.evaluate(imported.program, point).outputs])
        theirs = np.concatenate([array.astype(np.float64).ravel() for array in found])
        np.testing.assert_allclose(theirs, ours, rtol=ROUGHLY, atol=ROUGHLY * (1 + np.abs(ours).max(initial=0)))


def test_points_on_borders_are_ties():
    """On the way from one point to another, the pattern changes at the first tie, not before it."""
    program = onnx_import.load(MODELS / "moons.onnx")
    for seed in range(10):
        start, end = random_points(2, 2, seed)
        first = next(ties(program, start, end))
        length = next((f - a) / (b - a) for a, b, f in zip(start, end, first, strict=True) if a != b)
        around = [length * Rational(k, 1000) for k in (999, 1000, 1001)]
        at = [tuple(a + t * (b - a) for a, b in zip(start, end, strict=True)) for t in around]
        before, _, behind = (eg.evaluate(program, point).pattern for point in at)
        assert eg.evaluate(program, start).pattern == before != behind


def _networks(*, by_night):
    return [pytest.param(p, id=name_of(p)) for p in networks() if (name_of(p) in ONLY_BY_NIGHT) == by_night]


def _replayed(path, folder, count):
    """Replay a network of the corpus, if need be without its last functions. Returns None if it is refused."""
    try:
        model = onnx.load(path)
    except DecodeError:
        return None
    stored = {tensor.name for tensor in model.graph.initializer}
    mode = Mode(tuple(value.name for value in model.graph.input if value.name not in stored))
    for made in (model, ordered(without_last_functions(model))):
        chained = tapped(made) if name_of(path) in ONLY_BY_NIGHT else made
        try:
            binding = imported_in(chained, mode, folder / "network.onnx")
        except ImportFailure:
            continue
        chosen = list(random_points(binding.imported.program.inputs, count))
        return replay(folder / "network.onnx", binding.imported, chosen)
    return None


@pytest.mark.parametrize("path", _networks(by_night=False))
def test_a_network_of_the_corpus_is_replayed(path, tmp_path):
    done = _replayed(path, tmp_path, POINTS_OF_THE_CORPUS)
    if done is None:
        assert name_of(path) in reviewed()
        pytest.skip("it is on the list of those that are refused")
    assert done == POINTS_OF_THE_CORPUS


@pytest.mark.nightly
@pytest.mark.parametrize("path", _networks(by_night=True))
def test_a_large_network_of_the_corpus_is_replayed(path, tmp_path):
    assert _replayed(path, tmp_path, 1) == 1


def test_an_example_is_replayed_in_every_region(capsys):
    status = main(["inspect", str(MODELS / "moons.onnx"), "--replay", "2", "--domain", "box:-1,1", "--json"])
    replayed = json.loads(capsys.readouterr().out)["replay"]
    regions = eg.enumerate_regions(onnx_import.load(MODELS / "moons.onnx"), eg.Box.cube(2, radius=1))
    assert status == 0
    assert replayed == {"points": 2 + 3 * len(regions), "random_points": 2, "regions": len(regions)}
