"""Taking the last affine layer off a network."""

from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.onnx_import.models import dyadics, feeds_of, fractions, model, node

import exactgeo as eg
from exactgeo.errors import InvalidArgument, NotPiecewiseAffine, UnsupportedOperator
from onnx_import import split_last_layer

BODY = [
    node("Conv", ["x", "k"], ["z"], pads=[1, 1, 1, 1], name="conv"),
    node("Relu", ["z"], ["y"]),
    node("GlobalAveragePool", ["y"], ["p"]),
    node("Flatten", ["p"], ["h"]),
]
W, B = dyadics(2, 3, 4), dyadics(3, 3)
CONSTANTS = {
    "k": dyadics(1, 4, 1, 3, 3),
    "w": W,
    "wt": W.T.copy(),
    "b": B,
    "row": B[None, :],
    "one": np.array(1.0),
    "half": np.array(0.5),
    "shape": np.array([1, 3]),
}
SPELLINGS = {
    "gemm": ([node("Gemm", ["h", "w", "b"], ["s"], transB=1, name="last")], W, B),
    "gemm without transposition": ([node("Gemm", ["h", "wt", "b"], ["s"], name="last")], W, B),
    "gemm without bias": ([node("Gemm", ["h", "wt"], ["s"], name="last")], W, 0 * B),
    "gemm with factors": (
        [node("Gemm", ["h", "wt", "row"], ["s"], alpha=0.5, beta=-2.0, name="last")],
        0.5 * W,
        -2 * B,
    ),
    "transposed data": (
        [
            node("Transpose", ["h"], ["column"]),
            node("Gemm", ["column", "wt", "b"], ["s"], transA=1, name="last"),
        ],
        W,
        B,
    ),
    "matmul": ([node("MatMul", ["h", "wt"], ["s"], name="last")], W, 0 * B),
    "matmul and add": ([node("MatMul", ["h", "wt"], ["m"], name="last"), node("Add", ["b", "m"], ["s"])], W, B),
    "weights from the left": (
        [
            node("Transpose", ["h"], ["column"]),
            node("MatMul", ["w", "column"], ["m"], name="last"),
            node("Reshape", ["m", "shape"], ["s"]),
        ],
        W,
        0 * B,
    ),
    "constants that nodes make": (
        [
            node("Identity", ["w"], ["same"]),
            node("Transpose", ["same"], ["turned"]),
            node("Mul", ["turned", "half"], ["halved"]),
            node("Gemm", ["h", "halved", "b"], ["s"], name="last"),
        ],
        0.5 * W,
        B,
    ),
    "what follows": (
        [
            node("Gemm", ["h", "wt", "b"], ["g"], name="last"),
            node("Sub", ["one", "g"], ["t"]),
            node("Div", ["t", "half"], ["u"]),
            node("Shape", ["u"], ["own"]),
            node("Reshape", ["u", "own"], ["s"]),
        ],
        -2 * W,
        2 * (1 - B),
    ),
}


def _model(nodes, output="s", body=BODY):
    return model([*body, *nodes], {"x": ("batch", 1, 3, 3)}, [output], CONSTANTS)


def _split(made, **options):
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        path.write_bytes(made.SerializeToString())
        return split_last_layer(path, **options)


@pytest.mark.parametrize("nodes, weights, bias", SPELLINGS.values(), ids=SPELLINGS)
def test_the_last_layer_is_what_comes_after_the_features_however_it_is_spelled(nodes, weights, bias):
    split = _split(_model(nodes))
    assert split.weights.tolist() == fractions(weights).tolist() and split.bias.tolist() == fractions(bias).tolist()
    assert split.node == "last" and split.body.output_count == 4
    for seed in range(5):
        x = fractions(dyadics(100 + seed, 9)).tolist()
        h = [Fraction(int(v.numerator), int(v.denominator)) for v in eg.evaluate(split.body, x).outputs]
        logits = fractions(weights) @ np.array(h, dtype=object) + fractions(bias)
        assert list(eg.evaluate(split.whole.program, x).outputs) == logits.tolist()
        assert list(eg.evaluate(eg.compose(split.layer, split.body), x).outputs) == logits.tolist()


def test_a_final_softmax_is_cut_off_first():
    nodes = [node("Gemm", ["h", "wt", "b"], ["s"], name="last"), node("Softmax", ["s"], ["chances"], name="squash")]
    made = _model(nodes, "chances")
    split = _split(made, cut_at="squash")
    assert split.weights.tolist() == fractions(W).tolist() and split.whole.choices.cut_at == "squash"
    with pytest.raises(NotPiecewiseAffine, match="squash"):
        _split(made)


def test_a_body_may_compute_shapes_from_its_input():
    nodes = [
        node("Shape", ["x"], ["sizes"]),
        node("Gather", ["sizes", "zero"], ["batch"], axis=0),
        node("Concat", ["batch", "three"], ["target"], axis=0),
        node("Gemm", ["h", "wt", "b"], ["g"], name="last"),
        node("Reshape", ["g", "target"], ["s"]),
    ]
    constants = {**CONSTANTS, "zero": np.array([0]), "three": np.array([3])}
    made = model([*BODY, *nodes], {"x": ("batch", 1, 3, 3)}, ["s"], constants)
    assert _split(made).bias.tolist() == fractions(B).tolist()


def test_a_single_layer_has_the_input_for_features():
    split = _split(model([node("Gemm", ["x", "wt"], ["s"], name="only")], {"x": (1, 4)}, ["s"], CONSTANTS))
    assert split.body.unit_count == 0 and split.weights.tolist() == fractions(W).tolist()
    assert list(eg.evaluate(split.body, (1, 2, 3, 4)).outputs) == [1, 2, 3, 4]


@settings(max_examples=100)
@given(st.integers(0, 10**6), st.booleans(), st.integers(1, 4), st.integers(1, 4), st.integers(1, 4))
def test_body_and_layer_are_the_network(seed, transposed, inputs, features, outputs):
    weights = dyadics(seed, features, outputs)
    nodes = [
        node("MatMul", ["x", "first"], ["z"]),
        node("Relu", ["z"], ["h"]),
        node("Gemm", ["h", "w", "b"], ["s"], transB=int(transposed), alpha=0.25),
    ]
    constants = {
        "first": dyadics(seed + 1, inputs, features),
        "w": weights.T.copy() if transposed else weights,
        "b": dyadics(seed + 2, outputs),
    }
    made = model(nodes, {"x": (1, inputs)}, ["s"], constants)
    split = _split(made)
    (x,) = feeds_of(made, seed).values()
    hidden = np.maximum(fractions(x) @ fractions(constants["first"]), 0)
    expected = hidden @ fractions(weights) * Fraction(1, 4) + fractions(constants["b"])
    assert list(eg.evaluate(split.body, fractions(x)[0]).outputs) == hidden[0].tolist()
    assert split.weights.tolist() == (fractions(weights).T * Fraction(1, 4)).tolist()
    assert split.bias.tolist() == fractions(constants["b"]).tolist()
    assert list(eg.evaluate(split.whole.program, fractions(x)[0]).outputs) == expected[0].tolist()


@pytest.mark.parametrize(
    "nodes, output, match",
    [
        ([node("Gemm", ["h", "wt"], ["g"], name="last"), node("Relu", ["g"], ["s"], name="r")], "s", r"'r' \(Relu"),
        ([node("Mul", ["h", "half"], ["s"])], "s", "no Gemm or MatMul"),
        ([node("Neg", ["h"], ["n"]), node("Max", ["h", "n"], ["s"], name="joint")], "s", "'joint'.* reads 2 values"),
        (
            [
                node("Gemm", ["h", "wt"], ["g"], name="last"),
                node("ReduceSum", ["y"], ["t"], keepdims=0),
                node("Add", ["g", "t"], ["s"], name="joint"),
            ],
            "s",
            "'joint'.* reads 2 values",
        ),
        (
            [
                node("Gemm", ["h", "wt"], ["g"], name="last"),
                node("Flatten", ["y"], ["flat"]),
                node("Concat", ["g", "flat"], ["both"], axis=1, name="mixed"),
                node("Shape", ["both"], ["sizes"]),
                node("ConstantOfShape", ["sizes"], ["zeros"]),
                node("ReduceSum", ["zeros"], ["nothing"], keepdims=0),
                node("Add", ["g", "nothing"], ["s"]),
            ],
            "s",
            "'mixed'.* reads 'flat' from before the last layer",
        ),
        ([node("EyeLike", ["h"], ["e"]), node("Gemm", ["e", "wt"], ["s"], name="last")], "s", "reads 'e', which is"),
        (
            [node("Gemm", ["h", "wt"], ["g"], name="last"), node("EyeLike", ["g"], ["s"])],
            "s",
            "does not depend on the features 'h'",
        ),
    ],
)
def test_what_has_no_last_layer_is_refused(nodes, output, match):
    with pytest.raises(InvalidArgument, match=match):
        _split(_model(nodes, output))


def test_a_node_without_a_name_must_not_be_taken_for_another():
    nodes = [node("Neg", ["h"], ["n"], name="s"), node("Gemm", ["n", "wt"], ["s"])]
    with pytest.raises(InvalidArgument, match="called like another node"):
        _split(_model(nodes))
    assert _split(_model([nodes[0], node("Gemm", ["n", "wt"], ["s"], name="last")])).node == "last"
    assert _split(_model([node("Gemm", ["h", "wt"], ["s"])])).node == "s"


def test_several_outputs_are_refused():
    made = _model([node("Gemm", ["h", "wt"], ["s"])])
    made.graph.output.add().CopyFrom(made.graph.output[0])
    made.graph.output[1].name = "h"
    with pytest.raises(InvalidArgument, match="outputs s, h"):
        _split(made)


def test_a_format_without_nodes_is_refused(tmp_path):
    with pytest.raises(InvalidArgument, match="only ONNX models"):
        split_last_layer(tmp_path / "a.nnet")


def test_what_the_importer_refuses_is_refused():
    with pytest.raises(UnsupportedOperator, match="'odd'"):
        _split(_model([node("Strange", ["h"], ["s"], name="odd")]))
