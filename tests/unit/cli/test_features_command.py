"""The command that looks at a classifier's last layer."""

import json
import zipfile
from collections import Counter
from fractions import Fraction
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from unit.onnx_import.models import dyadics, fractions, model, node

import exactgeo as eg

ROOT = Path(__file__).parents[3]
PIXELS = (1, 1, 4, 4)
FILTERS, WEIGHTS, BIAS = dyadics(5, 4, 1, 3, 3, step=0.5), dyadics(6, 3, 4), dyadics(7, 3)


def _schema(name):
    return json.loads((ROOT / "exactgeo" / "reports" / "schemas" / f"{name}.schema.json").read_text())


def _nodes(*last):
    return [
        node("Conv", ["x", "k"], ["z"], pads=[1, 1, 1, 1]),
        node("Relu", ["z"], ["y"]),
        node("GlobalAveragePool", ["y"], ["p"]),
        node("Flatten", ["p"], ["h"]),
        *last,
    ]


LAST = node("Gemm", ["h", "w", "b"], ["s"], transB=1, name="last")


def _written(path, nodes, output="s"):
    made = model(nodes, {"x": PIXELS}, [output], {"k": FILTERS, "w": WEIGHTS, "b": BIAS})
    path.write_bytes(made.SerializeToString())
    return path


@pytest.fixture
def network(tmp_path):
    return _written(tmp_path / "net.onnx", _nodes(LAST))


def _features(images):
    """Return the pooled features, by convolution in Fractions."""
    found = []
    for image in fractions(images).reshape(-1, 4, 4):
        padded = np.full((6, 6), Fraction(0), dtype=object)
        padded[1:5, 1:5] = image
        maps = [
            [max(0, (padded[r : r + 3, c : c + 3] * kernel[0]).sum()) for r in range(4) for c in range(4)]
            for kernel in fractions(FILTERS)
        ]
        found.append([sum(own) / Fraction(16) for own in maps])
    return found


@pytest.fixture
def data(tmp_path):
    images = dyadics(8, 12, 4, 4, step=1, largest=3)
    images[3] = 0
    path = tmp_path / "data.npz"
    np.savez(path, x=images.astype(np.float32))
    return path, images


def _logits(h, kept=None):
    rows = zip(fractions(WEIGHTS), fractions(BIAS), strict=True)
    return [
        b + sum(w * v for j, (w, v) in enumerate(zip(row, h, strict=True)) if kept is None or j in kept[c])
        for c, (row, b) in enumerate(rows)
    ]


def test_what_is_reported_is_what_plain_sums_give(run, network, data):
    path, images = data
    status, out, _ = run("features", network, "--data", path, "--top", 2, "--json")
    document = json.loads(out)
    jsonschema.validate(document, _schema("features"))
    assert status == 0 and document["last_layer"]["node"] == "last"
    assert document["last_layer"]["nonnegative"] == "certain"
    features = _features(images)
    labels = [z.index(max(z)) for z in map(_logits, features)]
    kept = []
    for c, own in enumerate(document["classes"]):
        mine = [h for h, label in zip(features, labels, strict=True) if label == c and any(h)]
        counter = Counter(j for h in mine for j in sorted(range(4), key=lambda j, h=h: (-h[j], j))[:2] if h[j])
        kept.append(sorted(counter, key=lambda j: (-counter[j], j))[:2])
        assert own["chosen"] == kept[-1] and own["images"] == len(mine)
        masses = sorted(sum(h[j] for j in kept[-1]) / sum(h) for h in mine)
        assert (
            own["mass"] is None
            if not masses
            else [own["mass"]["least"], own["mass"]["greatest"]]
            == [
                str(masses[0]),
                str(masses[-1]),
            ]
        )
    assert sum(own["without_shares"] for own in document["classes"]) == sum(not any(h) for h in features) == 1
    others = [z.index(max(z)) for z in (_logits(h, kept) for h in features)]
    assert document["agreement_on_data"]["agreed"] == sum(map(int.__eq__, labels, others))
    for own in document["subspace"]["boundaries"]:
        dimensions = [_boundary_dimension(*own["classes"], least=least) for least in (-10, 0)]
        assert [own["dimension"], own["dimension_nonnegative"]] == dimensions
    assert document["overlaps"] == [[len({*a} & {*b}) for b in kept] for a in kept]
    upper = [max(values) for values in zip(*features, strict=True)]
    assert document["greatest_values"] == list(map(str, upper))
    for h, label, own in zip(features, labels, document["sufficient_subsets"], strict=True):
        assert own["class"] == label
        for entry in own["margins"]:
            lead = [a - b for a, b in zip(fractions(WEIGHTS)[label], fractions(WEIGHTS)[entry["rival"]], strict=True)]
            base = fractions(BIAS)[label] - fractions(BIAS)[entry["rival"]]
            least = base + sum(a * h[j] if j in own["subset"] else min(0, a * upper[j]) for j, a in enumerate(lead))
            assert entry["margin"] == str(least) and least > 0
    for where in ("agreement_on_box", "agreement_everywhere"):
        for pair in document[where]["pairs"]:
            if pair["verdict"] != "agreed":
                h = list(map(Fraction, pair["point"]))
                classes = [z.index(max(z)) for z in (_logits(h), _logits(h, kept))]
                assert pair["classes"] == classes and classes[0] == pair["class"] != classes[1]
                assert all(v >= 0 and (v <= u or "everywhere" in where) for v, u in zip(h, upper, strict=True))


def test_the_table_the_files_and_the_pictures(run, network, data, tmp_path):
    path, _ = data
    cert = tmp_path / "lead.cert"
    options = ("features", network, "--data", path, "--top", 2, "--certify", cert, "--check")
    status, out, _ = run(*options, "-o", tmp_path / "f.svg", "--difference", tmp_path / "d.svg")
    out = " ".join(out.split())  # however wide the terminal is
    assert status == 0 and "the node 'last': 4 features, 3 classes; features >= 0: certain" in out
    assert "12 images, by the network's own classes" in out and "checked" in out
    assert (tmp_path / "f.svg").read_text().startswith("<?xml")
    assert "image" in (tmp_path / "d.svg").read_text()
    status, out, _ = run("check", cert, "--model", network)
    assert status == 0 and "from the node 'last' on on the slice" in out and "everywhere in the domain" in out
    status, out, _ = run(
        "features", network, "--data", path, "--agreement", "box", "-o", tmp_path / "f.json", "--top", 4
    )
    document = json.loads((tmp_path / "f.json").read_text())
    jsonschema.validate(document, _schema("features"))
    assert document["agreement_everywhere"] is None and document["subspace"]["boundaries"] is None


def test_a_layer_that_keeps_all_features_agrees_with_itself(run, network, tmp_path):
    images = dyadics(9, 40, 4, 4, step=1, largest=3)
    np.savez(tmp_path / "many.npz", x=images, labels=np.arange(40) % 3)
    options = ("features", network, "--data", tmp_path / "many.npz", "--top", 4)
    status, out, _ = run(*options, "--json")
    document = json.loads(out)
    assert document["data"]["labels"] == "given" and document["agreement_on_data"]["agreed"] == 40
    every = all(sorted(own["chosen"]) == [0, 1, 2, 3] for own in document["classes"])
    assert every and document["agreement_on_box"]["agrees"] and document["agreement_everywhere"]["agrees"]
    status, out, err = run(*options, "--difference", tmp_path / "d.svg")
    assert status == 0 and "no difference to draw" in err and not (tmp_path / "d.svg").exists()
    _, out, _ = run(*options)
    assert "the classes are the same, ties included" in out


def test_labels_of_another_file(run, network, data, tmp_path):
    _, images = data
    np.save(tmp_path / "x.npy", images)
    np.save(tmp_path / "labels.npy", np.zeros(12, dtype=np.int64))
    _, out, err = run(
        "features",
        network,
        "--data",
        tmp_path / "x.npy",
        "--labels",
        tmp_path / "labels.npy",
        "--json",
        "--agreement",
        "data",
    )
    assert not err
    document = json.loads(out)
    assert document["classes"][0]["images"] == 11 and document["classes"][1]["images"] == 0
    assert document["agreement_on_box"] is None


def _boundary_dimension(first, second, *, least):
    """Return the dimension of the boundary of two classes in a large cube, by cddlib's generators."""
    weights, count = fractions(WEIGHTS), len(WEIGHTS[0])
    bias = fractions(BIAS)

    def lead(c, other):
        return (bias[c] - bias[other], *(a - b for a, b in zip(weights[c], weights[other], strict=True)))

    rows = [lead(first, other) for other in range(len(WEIGHTS)) if other not in (first, second)]
    ends = [
        (sign * end, *(-sign * (k == j) for k in range(count)))
        for j in range(count)
        for sign, end in ((1, 10), (-1, least))
    ]
    vertices = eg.Polyhedron(count, (*rows, *ends), (lead(first, second),)).generators().vertices
    return (
        int(np.linalg.matrix_rank(np.array(vertices, dtype=float) - np.array(vertices[0], dtype=float)))
        if vertices
        else -1
    )


def _spoilt(path, change):
    path.write_bytes(change(path.read_bytes()))


def test_files_that_are_broken_are_named(run, network, tmp_path):
    """Whatever numpy's, or the zip's, or the compression's reader makes of them."""
    path = tmp_path / "bad.npz"
    for change in (
        lambda content: content[:60] + bytes(40) + content[100:],  # the compressed stream
        lambda content: content.replace(b"PK\x01\x02", b"PK\x01\x03"),
        lambda content: content[: len(content) // 2],
        lambda _: b"",
    ):
        np.savez_compressed(path, x=np.arange(320.0).reshape(20, 16))
        _spoilt(path, change)
        status, _, err = run("features", network, "--data", path)
        assert status == 2 and f"the data {path}" in err
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x", "no array")
    status, _, err = run("features", network, "--data", path)
    assert status == 2 and f"'x' in the data {path} is no array" in err
    array = tmp_path / "bad.npy"
    np.save(array, np.zeros((2, 16)))
    _spoilt(array, lambda content: content.replace(b"(2, 16)", b"(2, (1,"))
    status, _, err = run("features", network, "--data", array)
    assert status == 2 and f"the data {array} cannot be read" in err


def test_numbers_too_large_for_floats_are_not_drawn_and_nothing_is_written(run, network, tmp_path):
    path, pictures = tmp_path / "huge.npy", [tmp_path / "f.svg", tmp_path / "d.svg"]
    np.save(path, np.full((2, 16), 1e300) * np.arange(32).reshape(2, 16))
    options = ("--data", path, "--top", 1, "--agreement", "data")
    status, _, err = run("features", network, *options, "-o", pictures[0], "--difference", pictures[1])
    assert not err or (status == 2 and "too large for a float" in err and not any(p.exists() for p in pictures))


@pytest.mark.parametrize(
    "arrays, message",
    [
        ({"y": np.zeros((2, 16))}, "holds nothing of use; an array 'x'"),
        ({"x": np.zeros((2, 15))}, r"has the shape (2, 15)"),
        ({"x": np.zeros(16)}, r"has the shape (16,)"),
        ({"x": np.zeros((0, 16))}, r"has the shape (0, 16)"),
        ({"x": np.array([[np.nan] * 16])}, "entry (0, 0) is nan"),
        ({"x": np.zeros((2, 16), dtype=bool)}, "the data"),
        ({"x": np.zeros((2, 16)), "labels": np.zeros(3, dtype=int)}, "the labels in"),
        ({"x": np.zeros((2, 16)), "labels": np.zeros(2)}, "the type float64"),
        ({"x": np.zeros((2, 16)), "labels": np.array([0, 3])}, "'last' reads: image 1 has the label 3"),
        ({"x": np.zeros((2, 16)), "labels": np.array([0, -1])}, "image 1 has the label -1"),
    ],
)
def test_data_that_does_not_fit_is_refused(run, network, tmp_path, arrays, message):
    np.savez(tmp_path / "bad.npz", **arrays)
    status, _, err = run("features", network, "--data", tmp_path / "bad.npz", "--top", 2)
    assert status == 2 and message in err


def test_what_cannot_be_meant_is_refused(run, network, data, tmp_path):
    path, _ = data
    (tmp_path / "text.npz").write_text("no archive")
    (tmp_path / "text.npy").write_text("no array")
    raw = _written(tmp_path / "raw.onnx", [node("Flatten", ["x"], ["f"]), node("Gemm", ["f", "m"], ["s"], name="g")])
    made = model(
        [node("Flatten", ["x"], ["f"]), node("Gemm", ["f", "m"], ["s"], name="g")],
        {"x": PIXELS},
        ["s"],
        {"m": dyadics(1, 16, 3)},
    )
    raw.write_bytes(made.SerializeToString())
    for options, message in (
        ((network, "--data", tmp_path / "none.npz"), "cannot be read"),
        ((network, "--data", tmp_path / "text.npz"), "cannot be read"),
        ((network, "--data", tmp_path / "text.npy"), "cannot be read"),
        ((network, "--data", tmp_path / "data.txt"), "ends in .npz or .npy"),
        ((network, "--data", path, "--labels", path), "an .npy file was expected"),
        ((network, "--data", path, "--top", 5), "between 1 and 4"),
        ((network, "--data", path, "-o", tmp_path / "f.gif"), "end it with .json"),
        ((network, "--data", path, "--difference", tmp_path / "f.json"), "end it with .svg"),
        ((network, "--data", path, "--check"), "say --certify"),
        ((network, "--data", path, "--certify", "-"), "needs a file"),
        ((network, "--data", path, "--certify", tmp_path / "c", "--image", 12), "no image 12"),
        ((network, "--data", path, "-o", tmp_path / "a.svg", "--difference", tmp_path / "a.svg"), "named twice"),
        ((raw, "--data", path), "of what the node 'g' reads: image 0: feature"),
    ):
        status, _, err = run("features", *(("--top", 2) if "--top" not in options else ()), *options)
        assert status == 2 and message in err, (options, err)
    status, _, err = run("features", network, "--data", path, "--max-seconds", 0)
    assert status == 3 and "the features of 0 of 12 images are known" in err


def test_a_softmax_is_cut_off(run, data, tmp_path):
    path, _ = data
    squashed = _written(tmp_path / "soft.onnx", _nodes(LAST, node("Softmax", ["s"], ["q"], name="squash")), "q")
    status, out, _ = run("features", squashed, "--data", path, "--cut-at", "squash", "--agreement", "data", "--top", 2)
    assert status == 0 and "the node 'last'" in out
    status, _, err = run("features", squashed, "--data", path)
    assert status == 2 and "--cut-at 'squash'" in err
