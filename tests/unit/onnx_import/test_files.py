"""Files that are missing, cut short or spoilt: an error of ours or a program, and nothing else."""

import random
import signal
from contextlib import contextmanager

import numpy as np
import pytest
from onnx import TensorProto
from unit.onnx_import.models import dyadics, integers, model, node, scalar

import onnx_import
from exactgeo import Program
from exactgeo.errors import ExactGeoError, ImportFailure, MalformedModel

resource = pytest.importorskip("resource", reason="memory cannot be limited here")

SPOILT_FILES = 1500
SECONDS_FOR_ONE_FILE = 10
MEMORY = 4 << 30
FLOAT = {"kind": TensorProto.FLOAT}


def _short(seed, *shape):
    return dyadics(seed, *shape).astype(np.float32)


def _perceptron():
    nodes = [
        node("Gemm", ["x", "w", "b"], ["h"], transB=1, alpha=0.5),
        node("Relu", ["h"], ["r"]),
        node("MatMul", ["r", "v"], ["m"]),
        node("Add", ["m", "c"], ["y"]),
    ]
    constants = {"w": _short(1, 4, 3), "b": _short(2, 4), "v": _short(3, 4, 2), "c": _short(4, 2)}
    return model(nodes, {"x": ("N", 3)}, ["y"], constants, opset=13, **FLOAT)


def _activations():
    nodes = [
        node("LeakyRelu", ["x"], ["a"], alpha=0.25),
        node("PRelu", ["a", "slope"], ["b"]),
        node("Abs", ["b"], ["c"]),
        node("Clip", ["c", "", "high"], ["d"]),
        node("Max", ["d", "k"], ["e"]),
        node("Min", ["e", "x"], ["f"]),
        node("Neg", ["f"], ["g"]),
        node("Sub", ["g", "k"], ["h"]),
        node("Div", ["h", "k"], ["i"]),
        node("Dropout", ["i"], ["j", "mask"]),
        node("Cast", ["j"], ["y"], to=TensorProto.FLOAT),
    ]
    constants = {"slope": np.float32([0.5, 2]), "high": np.float32(3), "k": np.float32([1, 2])}
    return model(nodes, {"x": ("N", 2)}, ["y"], constants, opset=13, **FLOAT)


def _layout():
    nodes = [
        node("Reshape", ["x", "shape"], ["a"]),
        node("Transpose", ["a"], ["b"], perm=[1, 0]),
        node("Slice", ["b", "starts", "ends", "zero", "starts"], ["c"]),
        node("Split", ["c"], ["d", "e"], axis=0, num_outputs=2),
        node("Concat", ["e", "d", "k"], ["f"], axis=0),
        node("Unsqueeze", ["f", "zero"], ["g"]),
        node("Squeeze", ["g", "zero"], ["h"]),
        node("Flatten", ["h"], ["i"], axis=0),
        node("Gather", ["i", "picked"], ["y"], axis=1),
    ]
    constants = {"shape": integers(2, -1), "starts": integers(-1), "ends": integers(-9), "zero": integers(0)}
    constants |= {"k": _short(1, 1, 2), "picked": integers(0, -1)}
    return model(nodes, {"x": ("N", 6)}, ["y"], constants, opset=18, **FLOAT)


def _shapes():
    nodes = [
        node("Shape", ["x"], ["s"]),
        node("Gather", ["s", "one"], ["g"]),
        node("Constant", [], ["two"], value_int=2),
        node("Mul", ["g", "two"], ["m"]),
        node("Unsqueeze", ["g", "zero"], ["u"]),
        node("Concat", ["unknown", "u"], ["t"], axis=0),
        node("Reshape", ["x", "t"], ["r"]),
        node("Constant", [], ["c"], value_floats=[1.0, 2.0, 3.0]),
        node("Add", ["r", "c"], ["y"]),
    ]
    constants = {"one": scalar(1), "zero": integers(0), "unknown": integers(-1)}
    return model(nodes, {"x": (1, 3)}, ["y"], constants, opset=13, **FLOAT)


def _old():
    nodes = [
        node("Clip", ["x"], ["a"], min=-1.0, max=1.0),
        node("Slice", ["a"], ["b"], starts=[0], ends=[2], axes=[1]),
        node("Squeeze", ["b"], ["c"], axes=[0]),
        node("Unsqueeze", ["c"], ["d"], axes=[0]),
        node("Split", ["d"], ["e", "f"], axis=1, split=[1, 1]),
        node("Dropout", ["e"], ["g"], ratio=0.5),
        node("Concat", ["f", "g"], ["y"], axis=1),
    ]
    return model(nodes, {"x": (1, 3)}, ["y"], opset=7, **FLOAT)


MODELS = {
    "perceptron": _perceptron,
    "activations": _activations,
    "layout": _layout,
    "shapes": _shapes,
    "opset 7": _old,
}


@contextmanager
def _seconds(limit):
    """Raise TimeoutError if the block takes longer."""

    def stop(_signal, _frame):
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, limit)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.fixture
def _little_memory():
    """Let a spoilt size fail at once, instead of filling the machine."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, before)


def _outcome(path, content, expected_error):
    """Return the program, or None for an expected error, of a file with this content; other errors as text."""
    path.unlink(missing_ok=True)  # to write over a file is slow
    path.write_bytes(content)
    try:
        with _seconds(SECONDS_FOR_ONE_FILE):
            return onnx_import.load(path)
    except expected_error:
        return None
    except Exception as error:  # noqa: BLE001 (the point is to find what comes out that should not)
        return f"{type(error).__name__}: {error}"


# Spoilt files


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.usefixtures("_little_memory")
def test_a_file_that_is_cut_short_anywhere_is_refused_or_means_the_same(tmp_path, name):
    content = MODELS[name]().SerializeToString()
    path = tmp_path / "model.onnx"
    whole = _outcome(path, content, ImportFailure)
    outcomes = [_outcome(path, content[:end], ImportFailure) for end in range(len(content))]
    assert isinstance(whole, Program)
    assert [outcome for outcome in outcomes if outcome not in (None, whole)] == []


def _spoilt(content, rng):
    """Return a copy with one to three bytes replaced, by any others or by some of its own."""
    changed = bytearray(content)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        changed[rng.randrange(len(changed))] = rng.choice((rng.randrange(256), rng.choice(content), rng.randrange(8)))
    return bytes(changed)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.usefixtures("_little_memory")
def test_a_spoilt_file_gives_an_error_of_ours_or_a_program(tmp_path, name):
    content, rng = MODELS[name]().SerializeToString(), random.Random(name)
    outcomes = [_outcome(tmp_path / "model.onnx", _spoilt(content, rng), ExactGeoError) for _ in range(SPOILT_FILES)]
    assert {outcome for outcome in outcomes if isinstance(outcome, str)} == set()


@pytest.mark.parametrize("name", MODELS)
def test_some_spoilt_files_are_read_and_some_are_refused(tmp_path, name):
    """The test above would say nothing if all files were refused in the same place."""
    content, rng = MODELS[name]().SerializeToString(), random.Random(name)
    outcomes = [_outcome(tmp_path / "model.onnx", _spoilt(content, rng), Exception) for _ in range(SPOILT_FILES // 5)]
    refused = sum(outcome is None for outcome in outcomes)
    assert 0 < refused < len(outcomes)


# Missing files


def test_a_missing_file_is_refused_by_name(tmp_path):
    with pytest.raises(MalformedModel, match=r"cannot read .*absent\.onnx: No such file"):
        onnx_import.load(tmp_path / "absent.onnx")


def test_a_directory_is_refused_by_name(tmp_path):
    with pytest.raises(MalformedModel, match=f"cannot read {tmp_path}"):
        onnx_import.load(tmp_path)


def test_a_path_through_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(MalformedModel, match="cannot read"):
        onnx_import.load(tmp_path / "file" / "model.onnx")


def test_an_empty_file_is_refused(tmp_path):
    (tmp_path / "model.onnx").write_bytes(b"")
    with pytest.raises(MalformedModel, match="empty"):
        onnx_import.load(tmp_path / "model.onnx")


def test_a_path_that_no_file_can_have_is_refused():
    with pytest.raises(ExactGeoError):
        onnx_import.load("model\0.onnx")
