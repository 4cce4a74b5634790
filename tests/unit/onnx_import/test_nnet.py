"""The .nnet format: small networks worked out by hand, files that are broken, and the published ones."""

import json
from fractions import Fraction
from pathlib import Path

import jsonschema
import numpy as np
import onnx
import pytest
from onnx import numpy_helper

import exactgeo as eg
import onnx_import
from exactgeo.cli import main
from exactgeo.errors import InvalidArgument, MalformedModel, NonFiniteWeight, UnsupportedOperator
from onnx_import import Choices, read_nnet

ROOT = Path(__file__).parents[3]
CORPUS = ROOT.parent / "shared" / "corpus"

# Two inputs, two hidden units, one output: y = 10 relu(0.1 a - b + 0.5) - relu(2 a + 3 b) + 0.25 on normalised a, b.
# Normalised are a = (x1 - 1) / 2 for x1 in [-3, 5] and b = (x2 + 1/2) / 0.1 for x2 in [-1, 0]; the output is 7 y + 100.
SMALL = """\
// Two inputs, two hidden units, one output.
// Numbers are decimals.
2,2,1,2,
2,2,1,
0,
-3,-1.0,
5,0.0,
1,-5e-1,100.0,
2,0.1,7,
0.1,-1.0,
2,3.,
5.0E-01,
0,
10,-1,
.25,
"""


@pytest.fixture
def written(tmp_path):
    """A function that writes a file and returns its path."""

    def write(content, name="small.nnet"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return path

    return write


def lines_of(text):
    return text.splitlines(keepends=True)


def with_line(number, line, text=SMALL):
    """The text with another line `number`, counted from 1."""
    lines = lines_of(text)
    lines[number - 1] = line + "\n"
    return "".join(lines)


def small(a, b):
    """The network on normalised inputs, by hand."""
    return (
        10 * max(Fraction(0), Fraction(1, 10) * a - b + Fraction(1, 2))
        - max(Fraction(0), 2 * a + 3 * b)
        + Fraction(1, 4)
    )


POINTS = [(0, 0), (1, 2), (-3, "1/7"), ("1/3", -1), (5, "-1/2"), (100, 40), (-100, -3)]


@pytest.mark.parametrize("point", POINTS)
def test_weights_and_biases_are_read_row_by_row(written, point):
    imported = read_nnet(written(SMALL))
    assert eg.evaluate(imported.program, point).outputs == (small(*map(Fraction, point)),)


@pytest.mark.parametrize("point", POINTS)
def test_affine_normalisation_shifts_and_scales_inputs_and_output(written, point):
    x1, x2 = map(Fraction, point)
    expected = 7 * small((x1 - 1) / 2, (x2 + Fraction(1, 2)) * 10) + 100
    assert eg.evaluate(read_nnet(written(SMALL), normalisation="affine").program, point).outputs == (expected,)


@pytest.mark.parametrize("point", POINTS)
def test_clipped_normalisation_moves_inputs_into_their_bounds_first(written, point):
    x1, x2 = map(Fraction, point)
    x1, x2 = min(max(x1, Fraction(-3)), Fraction(5)), min(max(x2, Fraction(-1)), Fraction(0))
    expected = 7 * small((x1 - 1) / 2, (x2 + Fraction(1, 2)) * 10) + 100
    assert eg.evaluate(read_nnet(written(SMALL), normalisation="clipped").program, point).outputs == (expected,)


@pytest.mark.parametrize("normalisation, units", [("none", 2), ("affine", 2), ("clipped", 4)])
def test_units_are_relus_and_one_for_each_input_that_is_clipped(written, normalisation, units):
    program = read_nnet(written(SMALL), normalisation=normalisation).program
    assert (program.inputs, program.unit_count, program.output_count) == (2, units, 1)
    assert program.is_continuous


def test_the_last_layer_has_no_relu(written):
    text = "1,1,1,1,\n1,1,\n0,\n0,\n1,\n0,0,\n1,1,\n-3,\n0.5,\n"
    program = read_nnet(written(text)).program
    assert program.unit_count == 0
    assert eg.evaluate(program, ["2"]).outputs == (Fraction(-11, 2),)


def test_layers_come_one_after_the_other(written):
    # relu(relu(2 x + 1) - 3) * 5 - 1
    text = "3,1,1,1,\n1,1,1,1,\n0,\n0,\n1,\n0,0,\n1,1,\n2\n1\n1\n-3\n5\n-1\n"
    program = read_nnet(written(text)).program
    assert [eg.evaluate(program, [x]).outputs[0] for x in (-1, 1, 2)] == [-1, -1, 9]


def test_decimals_are_exact_and_not_floats(written):
    text = with_line(10, "0.1000000000000000055511151231257827021181583404541015625,-1e-400,")
    forms = read_nnet(written(text)).program.unit(0).pieces[1].selector
    assert dict(forms) == {0: Fraction(1, 2), 1: Fraction(0.1), 2: Fraction(-1, 10**400)}
    assert dict(read_nnet(written(SMALL)).program.unit(0).pieces[1].selector)[1] == Fraction(1, 10)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace(",\n", "\n"),
        lambda text: text.replace(",", " , "),
        lambda text: text + "\n  \n\n",
        lambda text: text.rstrip("\n"),
        lambda text: "".join(lines_of(text)[2:]),
        lambda text: "// by André\n" + text,
    ],
    ids=["CRLF", "no last commas", "spaces", "empty lines at the end", "no line feed", "no comments", "another letter"],
)
def test_spellings_that_make_no_difference(written, change):
    assert read_nnet(written(change(SMALL))).program == read_nnet(written(SMALL)).program


def test_what_was_read_is_told(written):
    path = written(SMALL)
    imported = read_nnet(path, normalisation="clipped")
    assert imported.inputs == (("x", (2,)),) and imported.outputs == (("y", (1,)),)
    assert imported.operators == {"Clip": 1, "Gemm": 2, "Relu": 1}
    assert (imported.opset, imported.ir_version, imported.producer, imported.rounded) == (None, None, "", 0)
    assert imported.choices == Choices(normalisation="clipped")
    assert imported.choices.record()["normalisation"] == "clipped"


# Broken files


@pytest.mark.parametrize(
    "number, line, match",
    [
        (3, "2,2,1", "line 3 .* has 3 entries; the numbers of layers.* were expected: 4"),
        (3, "2,2,x,2,", "line 3 .* holds '2', '2', 'x', '2'; .*natural numbers"),
        (3, "-2,2,1,2,", "line 3 .* natural numbers"),
        (3, "2.0,2,1,2,", "line 3 .* natural numbers"),
        (3, "99999999999999999999,2,1,2,", "line 3 .* natural numbers below"),
        (3, "0,2,1,2,", "line 3 .* describes 0 layers"),
        (3, "999999999,2,1,2,", "line 4 .* has 3 entries; .* were expected: 1000000000"),
        (4, "2,2,2,1,", "line 4 .* has 4 entries"),
        (4, "3,2,1,", "line 4 .* from 2 to 1 were expected"),
        (4, "2,2,2,", "line 4 .* from 2 to 1 were expected"),
        (4, "2,3,1,", "line 4 .* each of them from 1 to 2"),
        (4, "2,0,1,", "line 4 .* each of them from 1 to 2"),
        (5, "0,0,", "line 5 .* the flag were expected: 1"),
        (6, "0,0,0,", "line 6 .* has 3 entries; the inputs' minima were expected: 2"),
        (6, "6,-1,", "line 7 .* a maximum that is below the minimum"),
        (8, "1,2,", "line 8 .* has 2 entries; the means of the inputs and of the outputs were expected: 3"),
        (9, "0,1,1,", "line 9 .* a range that is not positive"),
        (9, "1,1,-1,", "line 9 .* a range that is not positive"),
        (10, "0.1,", "line 10 .* has 1 entries; the weights of layer 1 were expected: 2"),
        (10, "0.1,,", "line 10 .* holds '' among the weights of layer 1; decimals were expected"),
        (10, "", "line 10 .* has 0 entries; the weights of layer 1"),
        (10, "0.1,1/3,", "line 10 .* holds '1/3' among"),
        (10, "0.1,0x1p3,", "line 10 .* holds '0x1p3' among"),
        (10, "0.1,1_0,", "line 10 .* holds '1_0' among"),
        (10, "0.1,1e99999999,", "line 10 .* holds '1e99999999' among"),
        (10, "0.1,\u22121,", "line 10 .* is not ASCII text"),
        (12, "1,2,", "line 12 .* has 2 entries; a bias of layer 1 were expected: 1"),
        (15, "// 3", "line 15 .* decimals were expected"),
    ],
)
def test_broken_lines_are_named(written, number, line, match):
    with pytest.raises(MalformedModel, match=match):
        read_nnet(written(with_line(number, line)))


@pytest.mark.parametrize("number", [6, 7, 8, 9, 10, 12, 15])
@pytest.mark.parametrize("token", ["nan", "NaN", "-nan(ind)", "inf", "-Inf", "+Infinity"])
def test_numbers_that_are_not_finite_are_refused(written, number, token):
    count = len([entry for entry in lines_of(SMALL)[number - 1].strip().split(",") if entry])
    line = ",".join([token] + ["1"] * (count - 1)) + ","
    with pytest.raises(NonFiniteWeight, match=rf"line {number} of the file holds '"):
        read_nnet(written(with_line(number, line)))


@pytest.mark.parametrize("count", range(15))
def test_truncated_files_say_what_is_missing(written, count):
    with pytest.raises(MalformedModel, match=r"expected") as caught:
        read_nnet(written("".join(lines_of(SMALL)[:count])))
    assert any("small.nnet" in note for note in caught.value.__notes__)


def test_a_file_cut_in_a_layer_counts_lines(written):
    with pytest.raises(MalformedModel, match=r"ends with line 13: after line 9 there are 4 lines.*6 were expected"):
        read_nnet(written("".join(lines_of(SMALL)[:13])))


def test_lines_after_the_last_bias_are_refused(written):
    with pytest.raises(MalformedModel, match=r"line 16 .* comes after the last bias"):
        read_nnet(written(SMALL + "0,\n"))


def test_sizes_that_the_file_cannot_hold_are_refused_before_memory_is_taken(written):
    text = "2,900000000,1,900000000,\n900000000,900000000,1,\n0,\n" + SMALL
    with pytest.raises(MalformedModel, match=r"line 4 .* were expected: 900000000"):
        read_nnet(written(text))
    text = "2,1,1,900000000,\n1,900000000,1,\n0,\n0,\n1,\n0,0,\n1,1,\n1,\n1,\n"
    with pytest.raises(MalformedModel, match="there are 2 lines of weights and biases; 1800000002 were expected"):
        read_nnet(written(text))


def test_numbers_too_long_for_a_certificate_are_refused(written):
    with pytest.raises(UnsupportedOperator, match="line 10 of the file"):
        read_nnet(written(with_line(10, "0.1," + "7" * 100_000 + ",")))


def test_networks_that_are_mirrored_are_refused(written):
    with pytest.raises(UnsupportedOperator, match="line 5 of the file has the flag 1"):
        read_nnet(written(with_line(5, "1,")))


@pytest.mark.parametrize("content", [b"", b"\n\n", b"// nothing", b"\x08\x07\x12\xff\xfe", b"\xef\xbb\xbf2,2,1,2,\n"])
def test_files_that_are_something_else_are_refused(written, content):
    with pytest.raises(MalformedModel, match=r"line \d of the file"):
        read_nnet(written(content))


def test_missing_files_are_refused(tmp_path):
    with pytest.raises(MalformedModel, match=r"cannot read .*none\.nnet: No such file"):
        read_nnet(tmp_path / "none.nnet")


# The door that is chosen by the name


def test_read_and_load_take_files_whose_names_end_in_nnet(written):
    path = written(SMALL, "UPPER.NNET")
    assert onnx_import.read(path, normalisation="affine") == read_nnet(path, normalisation="affine")
    assert onnx_import.load(path) == read_nnet(path).program


@pytest.mark.parametrize("options", [{"cut_at": "n"}, {"irrational": "fold-float32"}, {"staircases": True}])
def test_choices_for_onnx_models_are_refused_for_nnet_files(written, options):
    with pytest.raises(InvalidArgument, match=r"a \.nnet file has no nodes to cut at"):
        onnx_import.read(written(SMALL), **options)


def test_a_normalisation_is_refused_for_onnx_models():
    with pytest.raises(InvalidArgument, match="'affine' was chosen for an ONNX model"):
        onnx_import.read(ROOT / "examples" / "models" / "moons.onnx", normalisation="affine")


def test_unknown_normalisations_are_refused(written):
    with pytest.raises(InvalidArgument, match="'linear' is no normalisation; there are none, affine, clipped"):
        read_nnet(written(SMALL), normalisation="linear")


@pytest.mark.parametrize("normalisation", ["none", "affine", "clipped"])
def test_certificates_name_the_normalisation_and_the_file_is_read_again(written, tmp_path, capsys, normalisation):
    path, certificate = str(written(SMALL)), str(tmp_path / "small.cert")
    domain = "box:-1,1" if normalisation == "none" else "box:-4,6;-2,1"
    options = [] if normalisation == "none" else ["--normalisation", normalisation]
    assert main(["certify", path, "--domain", domain, *options, "-o", certificate]) == 0
    assert main(["check", certificate, "--model", path]) == 0
    capsys.readouterr()
    assert main(["check", certificate, "--json"]) == 0
    choices = json.loads(capsys.readouterr().out)["choices"]
    jsonschema.validate(choices, json.loads((ROOT / "proofs" / "model.schema.json").read_text()))
    assert choices["normalisation"] == normalisation
    other = written(with_line(15, ".5,"), "other.nnet")
    assert main(["check", certificate, "--model", str(other)]) == 1


def test_regions_of_a_small_network(written, capsys):
    # The lines 0.1 a - b + 0.5 = 0 and 2 a + 3 b = 0 cross at a = -15/23, b = 10/23, inside of the square.
    assert main(["regions", str(written(SMALL)), "--domain", "box:-1,1", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["counts"]["activation_regions"] == 4
    assert answer["model"]["normalisation"] == "none"


def test_inspect_tells_the_format(written, capsys):
    path = str(written(SMALL))
    assert main(["inspect", path, "--normalisation", "affine"]) == 0
    table = capsys.readouterr().out
    assert "unknown (.nnet)" in table and "normalisation  affine" in table
    assert main(["inspect", path, "--json"]) == 0
    schema = ROOT / "exactgeo" / "reports" / "schemas" / "inspect.schema.json"
    jsonschema.validate(json.loads(capsys.readouterr().out), json.loads(schema.read_text()))


# The published networks


@pytest.fixture(scope="module")
def corpus():
    if not CORPUS.is_dir():
        pytest.skip("there is no corpus of networks beside the checkout")
    return CORPUS


def _nnet(corpus, name):
    return corpus / "acasxu_marabou_nnet" / f"ACASXU_experimental_v2a_{name}.nnet"


def _decimals(path):
    """The file's layers, as matrices and vectors of text: read without the importer."""
    lines = [line.rstrip(",\n").split(",") for line in path.read_text().splitlines() if not line.startswith("//")]
    sizes, rows, layers = [int(size) for size in lines[1]], iter(lines[7:]), []
    for height in sizes[1:]:
        weights = [next(rows) for _ in range(height)]
        layers.append((weights, [next(rows)[0] for _ in range(height)]))
    return layers


@pytest.mark.parametrize("name", ["1_1", "3_3"])
def test_the_onnx_spelling_holds_the_decimals_rounded_to_float32(corpus, name):
    """The decimals have six digits; the ONNX file's floats are the nearest float32 of each, and equal hardly any."""
    made = onnx.load(corpus / "acasxu_dnnv_gemm" / f"N_{name}.onnx")
    arrays = {tensor.name: numpy_helper.to_array(tensor) for tensor in made.graph.initializer}
    gemms = [node for node in made.graph.node if node.op_type == "Gemm"]
    equal = 0
    for (weights, biases), node in zip(_decimals(_nnet(corpus, name)), gemms, strict=True):
        for texts, stored in ((weights, arrays[node.input[1]]), (biases, arrays[node.input[2]])):
            assert np.array_equal(np.array(texts, dtype=np.float64).astype(np.float32), stored)
            pairs = zip(np.ravel(texts), stored.ravel(), strict=True)
            equal += sum(Fraction(str(text)) == Fraction(float(value)) for text, value in pairs)
    assert equal < 20


@pytest.mark.parametrize("name", ["1_1", "3_3"])
def test_the_published_networks_compute_nearly_what_their_onnx_spelling_computes(corpus, name):
    decimals = onnx_import.load(_nnet(corpus, name))
    floats = onnx_import.load(corpus / "acasxu_dnnv_gemm" / f"N_{name}.onnx")
    assert (decimals.inputs, decimals.unit_count, decimals.output_count) == (5, 300, 5)
    assert decimals.sha256 != floats.sha256
    for point in np.random.default_rng(1).integers(-32, 33, (5, 5)):
        x = [Fraction(int(value), 64) for value in point]
        pairs = zip(eg.evaluate(decimals, x).outputs, eg.evaluate(floats, x).outputs, strict=True)
        assert all(abs(a - b) < Fraction(1, 10**5) for a, b in pairs)


def test_the_published_normalisation_is_the_one_of_the_first_property(corpus):
    # Property 1 of ACAS Xu is published with distances from 55947.691, and from 0.6 on normalised inputs.
    path = _nnet(corpus, "1_1")
    means, ranges = (
        [Fraction(value) for value in line.split(",")[:-1]] for line in path.read_text().splitlines()[8:10]
    )
    low = (Fraction("55947.691") - means[0]) / ranges[0]
    assert abs(low - Fraction("0.6")) < Fraction(1, 10**8)
    affine, plain = onnx_import.load(path, normalisation="affine"), onnx_import.load(path)
    x = [Fraction(value) for value in (56000, 0, "0.5", 1150, 30)]
    normalised = [(value - mean) / scale for value, mean, scale in zip(x, means, ranges, strict=False)]
    expected = [value * ranges[-1] + means[-1] for value in eg.evaluate(plain, normalised).outputs]
    assert list(eg.evaluate(affine, x).outputs) == expected
    clipped = onnx_import.load(path, normalisation="clipped")
    far = [Fraction(10**6), *x[1:4], Fraction(-5)]
    assert eg.evaluate(clipped, far).outputs == eg.evaluate(affine, [Fraction(60760), *x[1:4], Fraction(0)]).outputs
