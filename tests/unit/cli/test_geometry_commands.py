"""The commands that describe and draw a network's geometry."""

import gzip
import json
from pathlib import Path

import jsonschema
import numpy as np
import onnx
import pytest
from unit.onnx_import.models import model, node

ROOT = Path(__file__).parents[3]
MOONS = str(ROOT / "examples" / "models" / "moons.onnx")
CLASSES = str(ROOT / "examples" / "models" / "three_classes.onnx")
FOUR_INPUTS = str(ROOT / "examples" / "models" / "regression.onnx")
SMALL = "box:-1/4,1/4"


def _schema(name):
    return json.loads((ROOT / "exactgeo" / "reports" / "schemas" / f"{name}.schema.json").read_text())


@pytest.fixture
def plane(tmp_path):
    """A slice of four inputs."""
    path = tmp_path / "slice.json"
    points = [[0, 0, 0, 0], [1, 0, 0, "1/2"], [0, 1, 0.25, 0]]
    path.write_text(json.dumps({"format": "exactgeo-slice", "version": 1, "points": points}))
    return str(path)


def test_a_skeletons_summary_and_its_facets_follow_the_schema(run, tmp_path):
    status, out, _ = run("skeleton", MOONS, "--domain", SMALL, "-o", tmp_path / "s.json", "--json")
    summary, whole = json.loads(out), json.loads((tmp_path / "s.json").read_text())
    jsonschema.validate(summary, _schema("skeleton"))
    jsonschema.validate(whole, _schema("skeleton"))
    (outline,), (bones,) = summary["outputs"], whole["skeletons"]
    assert status == 0 and outline["facets"] == len(bones["creases"]) == outline["convex"] + outline["concave"]
    assert outline["vertices"] == len(bones["values"]) and all(len(v["values"]) == 1 for v in bones["values"])
    kinds = [extremum["kind"] for extremum in outline["extrema"]]
    assert {"minimum", "maximum"} == set(kinds)


def test_creases_that_continue_are_joined_on_request(run, tmp_path):
    bent = [node("Relu", ["x"], ["bent"]), node("ReduceSum", ["bent"], ["y"], axes=[1], keepdims=1)]
    onnx.save(model(bent, {"x": (1, 2)}, ["y"], opset=11), tmp_path / "cross.onnx")  # two lines that cross
    status, out, _ = run("skeleton", tmp_path / "cross.onnx", "--coarsen", "-o", tmp_path / "s.json", "--json")
    summary, whole = json.loads(out), json.loads((tmp_path / "s.json").read_text())
    jsonschema.validate(summary, _schema("skeleton"))
    jsonschema.validate(whole, _schema("skeleton"))
    (outline,), (bones,) = summary["outputs"], whole["skeletons"]
    assert status == 0 and (outline["facets"], outline["coarsened"]) == (4, 2)
    hyperplanes = [{str(bones["creases"][k]["hyperplane"]) for k in group} for group in bones["groups"]]
    assert sorted(map(len, bones["groups"])) == [2, 2] and all(len(rows) == 1 for rows in hyperplanes)
    assert "2 faces coarsened" in " ".join(run("skeleton", tmp_path / "cross.onnx", "--coarsen")[1].split())


@pytest.mark.parametrize("choice", [("--output", "2"), ("--unit", "3")])
def test_one_output_or_one_unit_has_a_skeleton_of_its_own(run, choice):
    status, out, _ = run("skeleton", CLASSES, "--domain", SMALL, *choice, "--json")
    (outline,) = json.loads(out)["outputs"]
    assert status == 0 and outline[choice[0].removeprefix("--")] == int(choice[1])


def test_a_boundarys_summary_and_its_pieces_follow_the_schema(run, tmp_path):
    status, out, _ = run("boundary", CLASSES, "-o", tmp_path / "b.json", "--json")
    summary, whole = json.loads(out), json.loads((tmp_path / "b.json").read_text())
    jsonschema.validate(summary, _schema("boundary"))
    jsonschema.validate(whole, _schema("boundary"))
    assert status == 0 and summary["pieces"] == len(whole["facets"]) == summary["f_vector"][1]
    assert [entry["regions"] for entry in summary["classes"]] == [1, 1, 1]


def test_boundaries_are_written_for_other_tools_by_the_files_ending(run, tmp_path, plane):
    assert run("boundary", MOONS, "--domain", SMALL, "-o", tmp_path / "b.geojson")[0] == 0
    assert json.loads((tmp_path / "b.geojson").read_text())["type"] == "FeatureCollection"
    cut = json.loads(Path(plane).read_text())
    cut["points"].append([0, 0, 1, "1/7"])
    Path(plane).write_text(json.dumps(cut))
    for ending, start in (("ply", "ply\nformat ascii"), ("obj", "# made by exactgeo")):
        target = tmp_path / f"b.{ending}"
        assert run("boundary", FOUR_INPUTS, "--slice", plane, "--domain", SMALL, "-o", target)[0] == 0
        assert target.read_text().startswith(start)
    status, _, err = run("boundary", MOONS, "--domain", SMALL, "-o", tmp_path / "c.ply")
    assert (
        status == 2 and "a mesh is that of three inputs, and there are 2" in err and not (tmp_path / "c.ply").exists()
    )


def test_a_threshold_moves_the_boundary(run):
    pieces = [
        json.loads(run("boundary", MOONS, "--domain", SMALL, "--threshold", value, "--json")[1])["pieces"]
        for value in ("0", "1000000")
    ]
    assert pieces[0] > 0 and pieces[1] == 0


def test_tables_for_people(run):
    _, table, _ = run("boundary", MOONS, "--domain", SMALL)
    assert "decision region" in table and "length" in table and "components" in table
    _, table, _ = run("skeleton", MOONS, "--domain", SMALL)
    assert "convex" in table and "local minima" in table


@pytest.mark.parametrize("verb", ["regions", "skeleton", "boundary"])
def test_a_slice_is_told_in_the_answer(run, plane, verb):
    status, out, _ = run(verb, FOUR_INPUTS, "--slice", plane, "--domain", SMALL, "--json")
    answer = json.loads(out)
    jsonschema.validate(answer, _schema(verb))
    assert (status, answer["program"]["inputs"]) == (0, 2)
    assert answer["slice"] == {
        "origin": ["0"] * 4,
        "directions": [["1", "0", "0", "1/2"], ["0", "1", "1/4", "0"]],
    }


def test_a_certificate_on_a_slice_names_it_and_is_confirmed_by_the_model(run, plane, tmp_path):
    target = tmp_path / "c.cert"
    status, out, _ = run("certify", FOUR_INPUTS, "--slice", plane, "-o", target, "--json")
    assert status == 0 and json.loads(out)["slice"]["directions"] == [["1", "0", "0", "1/2"], ["0", "1", "1/4", "0"]]
    _, counted, _ = run("regions", FOUR_INPUTS, "--slice", plane, "--json")
    assert json.loads(out)["regions"] == json.loads(counted)["counts"]["activation_regions"]
    status, out, _ = run("check", target, "--model", FOUR_INPUTS)
    assert status == 0 and "on the slice that it names is that program" in out
    status, out, _ = run("check", target, "--model", FOUR_INPUTS, "--json")
    lines = gzip.decompress(target.read_bytes()).decode().splitlines()
    (model,) = (json.loads(line.split(" ", 2)[2]) for line in lines if line.startswith("model "))
    assert json.loads(out)["choices"] == model
    jsonschema.validate(model, json.loads((ROOT / "proofs" / "model.schema.json").read_text()))


def test_a_certificate_on_a_slice_of_another_network_is_rejected(run, plane, tmp_path):
    run("certify", FOUR_INPUTS, "--slice", plane, "-o", tmp_path / "c.cert")
    status, out, _ = run("check", tmp_path / "c.cert", "--model", MOONS)
    assert status == 1 and "the slice lies in 4 dimensions, but the network has 2 inputs" in out
    whole = gzip.decompress((tmp_path / "c.cert").read_bytes())
    for changed in (b'"slice":5', b'"slice":{"origin":[]}', b'"slice":{"directions":[],"origin":["0"]}'):
        start = whole.index(b'"slice"')
        end = whole.index(b"}", start) + 1
        (tmp_path / "d.cert").write_bytes(gzip.compress(whole[:start] + changed + whole[end:]))
        status, out, _ = run("check", tmp_path / "d.cert", "--model", FOUR_INPUTS)
        assert status == 1 and "classes or property do not fit" in out


@pytest.mark.parametrize(
    "model, options, verb, count",
    [
        (MOONS, ("--claim", "boundary"), ("boundary",), lambda found: found["pieces"]),
        (CLASSES, ("--claim", "boundary"), ("boundary",), lambda found: found["pieces"]),
        (
            CLASSES,
            ("--claim", "boundary", "--output", "1", "--threshold", "1/3"),
            ("boundary", "--output", "1", "--threshold", "1/3"),
            lambda found: found["pieces"],
        ),
        (
            CLASSES,
            ("--claim", "skeleton", "--output", "2"),
            ("skeleton", "--output", "2"),
            lambda found: found["outputs"][0]["facets"],
        ),
        (
            CLASSES,
            ("--claim", "skeleton", "--unit", "20"),
            ("skeleton", "--unit", "20"),
            lambda found: found["outputs"][0]["facets"],
        ),
    ],
    ids=["sign", "classes", "threshold", "output", "unit"],
)
def test_boundaries_and_skeletons_are_certified_and_confirmed(run, tmp_path, model, options, verb, count):
    target = tmp_path / "c.cert"
    status, out, _ = run("certify", model, "--domain", SMALL, *options, "-o", target, "--json")
    made = json.loads(out)
    _, found, _ = run(verb[0], model, "--domain", SMALL, *verb[1:], "--json")
    assert status == 0 and made["facets"] == count(json.loads(found)) > 0
    status, out, _ = run("check", target, "--model", model, "--json")
    checked = json.loads(out)
    assert status == 0 and checked["model_confirmed"]
    assert (checked["facets"], checked["regions"]) == (made["facets"], made["regions"])
    jsonschema.validate(checked["choices"], json.loads((ROOT / "proofs" / "model.schema.json").read_text()))
    status, out, _ = run("check", target, "--model", model)
    assert status == 0 and f"exactly {made['facets']} facets of the {options[1]}" in out
    other = MOONS if model == CLASSES else CLASSES
    assert run("check", target, "--model", other)[0] == 1


def test_a_boundary_on_a_slice_is_certified_and_confirmed(run, plane, tmp_path):
    target = tmp_path / "c.cert"
    options = ("--claim", "boundary", "--threshold", "1/8", "--slice", plane)
    assert run("certify", FOUR_INPUTS, *options, "-o", target)[0] == 0
    status, out, _ = run("check", target, "--model", FOUR_INPUTS)
    assert status == 0 and "on the slice that it names with its class is that program" in out


def test_a_certificate_with_other_classes_is_rejected(run, tmp_path):
    run("certify", CLASSES, "--domain", SMALL, "--claim", "boundary", "-o", tmp_path / "c.cert")
    whole = gzip.decompress((tmp_path / "c.cert").read_bytes())
    old = b'"classes":{"output":null,"threshold":null}'
    for classes, message in [
        (b"5", "classes have an output and a threshold"),
        (b'{"output":true,"threshold":null}', "cannot be understood"),
        (b'{"output":9,"threshold":null}', "there is no output 9"),
        (b'{"output":0,"threshold":"1/7"}', "the certificate is about"),
    ]:
        changed = whole.replace(old, b'"classes":' + classes)
        assert changed != whole
        (tmp_path / "d.cert").write_bytes(gzip.compress(changed))
        status, out, _ = run("check", tmp_path / "d.cert", "--model", CLASSES)
        assert status == 1 and message in out


@pytest.mark.parametrize(
    "options",
    [(), ("--skeleton", "--boundary", "--colour", "class"), ("--colour", "gradient"), ("--surface",)],
    ids=["pattern", "class", "gradient", "surface"],
)
def test_pictures_are_drawn(run, tmp_path, options):
    status, _, err = run("plot", MOONS, "--domain", SMALL, "-o", tmp_path / "p.svg", *options)
    assert status == 0 and "cells of" in err
    assert (tmp_path / "p.svg").read_text().startswith("<?xml")


@pytest.mark.parametrize(
    "verb",
    [("skeleton",), ("boundary",), ("certify", "--claim", "boundary"), ("certify", "--claim", "skeleton"), ("plot",)],
    ids=" ".join,
)
def test_too_many_inputs_are_refused_before_regions_are_looked_for(run, tmp_path, verb):
    """The regions of this network in its cube would take for ever to find."""
    generator = np.random.default_rng(0)
    constants = {"w": generator.standard_normal((50, 300)), "v": generator.standard_normal((300, 1))}
    nodes = [node("MatMul", ["x", "w"], ["z"]), node("Relu", ["z"], ["r"]), node("MatMul", ["r", "v"], ["y"])]
    path = tmp_path / "wide.onnx"
    path.write_bytes(model(nodes, {"x": [1, 50]}, ["y"], constants, opset=20).SerializeToString())
    name, *options = verb
    status, _, err = run(name, path, *options, "-o", tmp_path / "p.svg")
    assert status == 2 and "slice" in err and not (tmp_path / "p.svg").exists()


def test_data_is_drawn_and_told_line_by_line_where_it_is_none(run, tmp_path):
    data = tmp_path / "data.csv"
    data.write_text("x1,x2,class\n0,0.1,1\n-0.2,0.2,0\n")
    assert run("plot", MOONS, "--domain", SMALL, "--data", data, "-o", tmp_path / "p.png")[0] == 0
    data.write_text("0,0.1\n0.2\n")
    status, _, err = run("plot", MOONS, "--domain", SMALL, "--data", data, "-o", tmp_path / "q.png")
    assert status == 2 and f"line 2 of {data} is not x1,x2 or x1,x2,CLASS: 0.2" in err
    assert run("plot", MOONS, "--data", tmp_path / "none.csv", "-o", tmp_path / "q.png")[0] == 2
    assert not (tmp_path / "q.png").exists()


@pytest.mark.parametrize(
    "line", ["0,0,a", "0,0,1,2", "0", "nan,0", "0,inf", "0,0,99999999999999999999", "1" * 5000 + ",x", "0," + "9" * 400]
)
@pytest.mark.parametrize("heading", ["x,y\n", "1,2\n", ""])
def test_no_line_of_data_is_dropped_in_silence(run, tmp_path, line, heading):
    data = tmp_path / "data.csv"
    data.write_text(f"{heading}{line}\n")
    status, _, err = run("plot", MOONS, "--domain", SMALL, "--data", data, "-o", tmp_path / "q.png")
    assert status == 2 and f"line {1 + bool(heading)} of {data} is not x1,x2" in err and len(err) < 500


def test_a_field_longer_than_any_number_is_refused(run, tmp_path):
    data = tmp_path / "data.csv"
    data.write_text("0,0\n" + "1" * 200_000 + ",0\n")
    status, _, err = run("plot", MOONS, "--domain", SMALL, "--data", data, "-o", tmp_path / "q.png")
    assert status == 2 and "cannot be read: field larger than field limit" in err


def test_what_has_no_extrema_is_not_called_constant(run, tmp_path):
    kink = model([node("LeakyRelu", ["x"], ["y"], alpha=0.5)], {"x": [1]}, ["y"], opset=20)
    (tmp_path / "kink.onnx").write_bytes(kink.SerializeToString())
    _, out, _ = run("skeleton", tmp_path / "kink.onnx", "--domain", "all")
    assert "local minima 0, maxima 0" in out and "constant" not in out


@pytest.mark.parametrize(
    "arguments, message",
    [
        (("plot", MOONS, "-o", "p.gif"), "end it with .svg, .pdf, .png"),
        (("plot", FOUR_INPUTS, "--domain", "box:-1/64,1/64", "-o", "p.png"), "restrict it to a slice"),
        (("plot", MOONS, "--domain", "all", "-o", "p.png"), "bounded domain"),
        (("skeleton", MOONS, "--output", "1"), "there is no output 1"),
        (("skeleton", MOONS, "--unit", "99"), "there is no unit 99"),
        (("skeleton", MOONS, "--unit", "0", "--output", "0"), "not both"),
        (("boundary", CLASSES, "--threshold", "0"), "say which one"),
        (("boundary", MOONS, "--threshold", "abc"), "abc"),
        (("boundary", MOONS, "--slice", "none.json"), "cannot be read"),
        (("certify", MOONS, "--output", "0", "-o", "c"), "--output has no meaning for the claim regions"),
        (("certify", MOONS, "--claim", "boundary", "--unit", "0", "-o", "c"), "--unit has no meaning"),
        (("certify", MOONS, "--claim", "skeleton", "--threshold", "0", "-o", "c"), "--threshold has no meaning"),
        (("certify", MOONS, "--claim", "skeleton", "--engine", "float", "-o", "c"), "promises nothing"),
        (("plot", MOONS, "-o", "p.svg", "--resume", "p.svg"), "p.svg is named twice"),
        (("plot", MOONS, "-o", "p.svg", "--resume", "-"), "--resume needs a file"),
        (("plot", MOONS, "-o", "p.svg", "--data", "p.svg"), "p.svg is named twice"),
        (
            ("plot", MOONS, "-o", "p.svg", "--threshold", "1"),
            "--threshold has no meaning for a picture without classes",
        ),
        (("plot", MOONS, "-o", "p.svg", "--surface", "--data", "d.csv"), "--data has no meaning for a surface"),
        (("boundary", MOONS, "-o", "b.ply"), "a mesh is that of three inputs, and there are 2"),
        (("boundary", FOUR_INPUTS, "-o", "b.geojson"), "GeoJSON is of two inputs, and there are 4"),
    ],
    ids=lambda case: " ".join(case[:1] + case[2:4]) if isinstance(case, tuple) else None,
)
def test_impossible_questions_end_with_2_and_write_nothing(run, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    status, _, err = run(*arguments)
    assert status == 2 and message in err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("verb", ["skeleton", "boundary", "plot"])
def test_a_budget_writes_nothing_and_ends_with_3(run, tmp_path, verb):
    status, _, err = run(verb, MOONS, "--max-regions", "5", "-o", tmp_path / "x.png")
    assert status == 3 and "limit of 5 regions" in err
    assert not list(tmp_path.iterdir())


@pytest.fixture
def gate(tmp_path):
    """x2 + 1 where x1 > 0, x2 - 1 elsewhere."""
    nodes = [
        node("MatMul", ["x", "first"], ["u"]),
        node("MatMul", ["x", "second"], ["v"]),
        node("Greater", ["u", "zero"], ["open"]),
        node("Add", ["v", "one"], ["up"]),
        node("Sub", ["v", "one"], ["down"]),
        node("Where", ["open", "up", "down"], ["y"]),
    ]
    constants = {"first": [[1.0], [0.0]], "second": [[0.0], [1.0]], "zero": [0.0], "one": [1.0]}
    onnx.save(model(nodes, {"x": (1, 2)}, ["y"], constants, opset=17), tmp_path / "gate.onnx")
    return str(tmp_path / "gate.onnx")


@pytest.fixture
def staircase(tmp_path):
    """The multiple of 1/2 that is nearest to x."""
    constants = {"half": np.float32(0.5), "zero": np.int8(0)}
    nodes = [
        node("QuantizeLinear", ["x", "half", "zero"], ["q"]),
        node("DequantizeLinear", ["q", "half", "zero"], ["y"]),
    ]
    made = model(nodes, {"x": (1, 1)}, ["y"], constants, opset=17, kind=onnx.TensorProto.FLOAT)
    onnx.save(made, tmp_path / "staircase.onnx")
    return str(tmp_path / "staircase.onnx")


def test_a_gates_jump_is_told_with_both_values_and_its_sign_flips_there(run, gate, tmp_path):
    assert run("skeleton", gate, "--domain", "box:-2,2", "-o", tmp_path / "s.json")[0] == 0
    (bones,) = json.loads((tmp_path / "s.json").read_text())["skeletons"]
    (crease,) = bones["creases"]
    assert crease["hyperplane"] == ["0", "1", "0"] and crease["points"] == [["0", "-2"], ["0", "2"]]
    assert (crease["positive"], crease["negative"], crease["bend"]) == (["1", "0", "1"], ["-1", "0", "1"], None)
    assert bones["values"] == [
        {"point": ["0", "-2"], "values": ["-3", "-1"]},
        {"point": ["0", "2"], "values": ["1", "3"]},
    ]
    assert run("boundary", gate, "--domain", "box:-2,2", "-o", tmp_path / "b.json")[0] == 0
    found = json.loads((tmp_path / "b.json").read_text())
    assert [(piece["points"], piece["classes"]) for piece in found["facets"]] == [
        ([["0", "-1"], ["0", "1"]], [1, 0]),
        ([["-2", "1"], ["0", "1"]], [0, 1]),
        ([["0", "-1"], ["2", "-1"]], [1, 0]),
    ]
    assert found["measure"] == ["6", "6"]


def test_a_staircases_jumps_are_told_with_both_values(run, staircase, tmp_path):
    asked = ("--staircases", "--domain", "box:-1,1")
    assert run("skeleton", staircase, *asked, "-o", tmp_path / "s.json")[0] == 0
    (bones,) = json.loads((tmp_path / "s.json").read_text())["skeletons"]
    assert [entry["point"] for entry in bones["values"]] == [["-3/4"], ["-1/4"], ["1/4"], ["3/4"]]
    assert [entry["values"] for entry in bones["values"]] == [["-1", "-1/2"], ["-1/2", "0"], ["0", "1/2"], ["1/2", "1"]]
    assert bones["jumps"] == 4 and bones["extrema"] is None
    assert run("boundary", staircase, *asked, "--threshold", "1/3", "-o", tmp_path / "b.json")[0] == 0
    (piece,) = json.loads((tmp_path / "b.json").read_text())["facets"]
    assert piece["points"] == [["1/4"]]


@pytest.mark.parametrize("claim", ["boundary", "skeleton"])
def test_what_jumps_is_certified(run, gate, staircase, tmp_path, claim):
    for network, options in ((gate, ("--domain", "all")), (staircase, ("--staircases",))):
        assert run("certify", network, *options, "--claim", claim, "-o", tmp_path / "c.cert")[0] == 0
        status, out, _ = run("check", tmp_path / "c.cert", "--model", network)
        assert status == 0 and f"of the {claim}" in out
