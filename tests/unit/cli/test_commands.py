"""The verbs of the command line: what they print, what they write, and how they end."""

import gzip
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import jsonschema
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

ROOT = Path(__file__).parents[3]
MOONS = str(ROOT / "examples" / "models" / "moons.onnx")
SCHEMAS = ROOT / "exactgeo" / "reports" / "schemas"


def _schema(name):
    return json.loads((SCHEMAS / f"{name}.schema.json").read_text())


def _model(path, nodes, weights=(), inputs=2, opset=17):
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, inputs])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    tensors = [numpy_helper.from_array(np.asarray(value, dtype=np.float32), name) for name, value in weights]
    graph = helper.make_graph(nodes, "g", [x], [y], tensors)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8), path)
    return str(path)


@pytest.fixture
def cross(tmp_path):
    """relu(x0), relu(x1): four regions."""
    return _model(tmp_path / "cross.onnx", [helper.make_node("Relu", ["x"], ["y"])])


def _command(*arguments, **options):
    return subprocess.Popen(
        [sys.executable, "-m", "exactgeo", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def test_regions_prints_the_three_counts(run, cross):
    run("regions", cross)  # the first time, it may have to compile, and says so
    status, out, err = run("regions", cross)
    assert status == 0
    assert re.search(r"^activation regions +4\nlinear regions +4\naffine pieces +4$", out, re.MULTILINE)
    assert err == ""


def test_regions_as_json_follows_its_schema_and_names_model_and_program(run, cross):
    _, out, _ = run("regions", cross, "--domain", "all", "--json")
    answer = json.loads(out)
    jsonschema.validate(answer, _schema("regions"))
    assert answer["counts"]["activation_regions"] == 4
    assert answer["domain"] == {"text": "all", "dimension": 2, "half_spaces": 0}
    assert answer["certified"]
    assert answer["complete"]


def test_regions_by_all_definitions(run, cross):
    """Of relu(x0), relu(x1) as two outputs: four quadrants by each definition."""
    status, out, err = run("regions", cross, "--count", "definitions")
    assert (status, err) == (0, "")
    for name in ("activation regions", "linear regions", "affine pieces", "activation patterns", "convex regions"):
        assert re.search(rf"^{name} +4$", out, re.MULTILINE)
    _, out, _ = run("regions", cross, "--count", "definitions", "--json")
    answer = json.loads(out)
    jsonschema.validate(answer, _schema("regions"))
    assert answer["counts"].pop("convex_regions_between") == [4, 4]
    assert set(answer["counts"].values()) == {4} and len(answer["counts"]) == 6


def test_what_was_not_asked_for_is_null(run, cross):
    _, out, _ = run("regions", cross, "--count", "activation", "--json")
    answer = json.loads(out)
    jsonschema.validate(answer, _schema("regions"))
    assert answer["counts"] == {"activation_regions": 4, "linear_regions": None, "affine_pieces": None}


def test_definitions_of_a_discontinuous_network_are_those_that_it_has(run, tmp_path):
    nodes = [
        helper.make_node("Sub", ["x", "x"], ["zero"]),
        helper.make_node("Greater", ["x", "zero"], ["positive"]),
        helper.make_node("Cast", ["positive"], ["y"], to=TensorProto.FLOAT),
    ]
    model = _model(tmp_path / "step.onnx", nodes)
    _, out, _ = run("regions", model, "--count", "definitions", "--json")
    answer = json.loads(out)
    jsonschema.validate(answer, _schema("regions"))
    assert answer["counts"]["convex_regions"] is answer["counts"]["closed_connected_regions"] is None
    assert answer["counts"]["linear_regions"] == answer["counts"]["activation_regions"] == 4
    _, out, _ = run("regions", model, "--count", "definitions")
    assert out.count("not defined for a discontinuous network") == 2


def test_regions_writes_the_cells(run, cross, tmp_path):
    run("regions", cross, "-o", tmp_path / "cells.json")
    cells = json.loads((tmp_path / "cells.json").read_text())
    jsonschema.validate(cells, _schema("regions"))
    assert [region["pattern"] for region in cells["regions"]] == [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert cells["regions"][1]["affine_map"] == [["0", "0", "0"], ["0", "0", "1"]]


def test_regions_on_a_stream_leave_stdout_to_the_document(run, cross):
    _, out, err = run("regions", cross, "-o", "-")
    assert len(json.loads(out)["regions"]) == 4
    assert "activation regions  4" in err


def test_inspect_as_json_follows_its_schema(run, cross):
    status, out, _ = run("inspect", cross, "--json")
    answer = json.loads(out)
    jsonschema.validate(answer, _schema("inspect"))
    assert (status, answer["operators"], answer["program"]["units"]) == (0, {"Relu": 1}, 2)


def test_inspect_names_the_exact_network(run, cross):
    _, table, _ = run("inspect", cross)
    _, document, _ = run("inspect", cross, "--json")
    assert json.loads(document)["program"]["sha256"] in table


def test_certify_and_check_agree(run, cross, tmp_path):
    status, out, _ = run("certify", cross, "--domain", "box:-2,1/3;-1,1", "-o", tmp_path / "c.cert")
    assert (status, "4 activation regions" in out) == (0, True)
    status, out, _ = run("check", tmp_path / "c.cert", "--model", cross)
    assert status == 0
    assert "exactly 4 activation regions" in out
    assert "box:-2,1/3;-1,1" in out


def test_the_model_line_of_a_certificate_follows_its_schema(run, cross, tmp_path):
    run("certify", cross, "-o", tmp_path / "c.cert")
    line = gzip.decompress((tmp_path / "c.cert").read_bytes()).decode().splitlines()[2]
    choices = json.loads(line.split(" ", 2)[2])
    jsonschema.validate(choices, json.loads((ROOT / "proofs" / "model.schema.json").read_text()))


def test_the_same_claim_makes_the_same_certificate(run, cross, tmp_path):
    for name in ("a", "b"):
        run("certify", cross, "-o", tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_certificate_of_another_model_is_rejected(run, cross, tmp_path):
    run("certify", cross, "-o", tmp_path / "c.cert")
    status, out, _ = run("check", tmp_path / "c.cert", "--model", MOONS)
    assert status == 1
    assert "is the program" in out


def test_a_corrupted_certificate_is_rejected_with_step_and_rule(run, cross, tmp_path):
    run("certify", cross, "-o", tmp_path / "c.cert")
    text = gzip.decompress((tmp_path / "c.cert").read_bytes()).decode()
    (tmp_path / "bad.cert").write_bytes(gzip.compress(re.sub(r"\nc .*", "\nc 1 5 5", text, count=1).encode()))
    status, out, _ = run("check", tmp_path / "bad.cert", "--json")
    answer = json.loads(out)
    assert (status, answer["verdict"], answer["rule"]) == (1, "rejected", "cell")


@pytest.mark.parametrize(
    "content", [b"", b"not gzip", gzip.compress(b"exactgeo-certificate 9\n")], ids=["empty", "no gzip", "no version"]
)
def test_a_malformed_certificate_ends_with_2(run, tmp_path, content):
    (tmp_path / "bad.cert").write_bytes(content)
    status, out, _ = run("check", tmp_path / "bad.cert")
    assert (status, out.startswith("malformed (line")) == (2, True)


def test_a_network_cut_before_its_softmax_is_certified_and_confirmed(run, tmp_path):
    nodes = [helper.make_node("Relu", ["x"], ["h"]), helper.make_node("Softmax", ["h"], ["y"], name="last")]
    model = _model(tmp_path / "soft.onnx", nodes)
    status, _, err = run("regions", model)
    assert status == 2
    assert "--cut-at 'last'" in err
    assert run("certify", model, "--cut-at", "last", "-o", tmp_path / "c.cert")[0] == 0
    assert run("check", tmp_path / "c.cert", "--model", model)[0] == 0


def test_the_cut_is_named_wherever_the_network_is(run, tmp_path):
    nodes = [helper.make_node("Relu", ["x"], ["h"], name="a"), helper.make_node("Relu", ["h"], ["y"], name="b")]
    model = _model(tmp_path / "two.onnx", nodes)
    target = tmp_path / "c.cert"
    for arguments in (["regions", model, "--cut-at", "b"], ["certify", model, "--cut-at", "b", "-o", target]):
        assert "cut before the node 'b'" in run(*arguments)[1]
    assert "cut before the node 'b' is that program" in run("check", target, "--model", model)[1]
    choices = {"cut_at": "b", "irrational": "exact-if-square", "staircases": False, "normalisation": "none"}
    assert json.loads(run("check", target, "--json")[1])["choices"] == choices


def test_a_certificate_that_names_another_file_is_rejected(run, cross, tmp_path):
    run("certify", cross, "-o", tmp_path / "c.cert")
    text = gzip.decompress((tmp_path / "c.cert").read_bytes()).decode()
    (tmp_path / "c.cert").write_bytes(gzip.compress(re.sub("model [0-9a-f]+", "model " + "0" * 64, text).encode()))
    assert run("check", tmp_path / "c.cert")[0] == 0
    status, out, _ = run("check", tmp_path / "c.cert", "--model", cross)
    assert (status, "the certificate names 0000" in out) == (1, True)


@pytest.mark.parametrize("verb", ["regions", "certify"])
def test_an_input_is_never_overwritten(run, cross, verb):
    before = Path(cross).read_bytes()
    status, _, err = run(verb, cross, "-o", cross)
    assert (status, "is named twice" in err) == (2, True)
    assert Path(cross).read_bytes() == before


def test_an_empty_name_for_the_output_is_refused(run, cross):
    status, _, err = run("regions", cross, "-o", "")
    assert (status, "is empty" in err) == (2, True)


def test_numbers_beyond_python_s_limit_of_digits_are_computed_with(run, cross):
    status, out, _ = run("regions", cross, "--domain", "box:-1,1e9000", "--json")
    assert (status, json.loads(out)["counts"]["activation_regions"]) == (0, 4)


def test_control_characters_in_names_do_not_reach_the_terminal(run, tmp_path):
    model = _model(tmp_path / "n.onnx", [helper.make_node("Relu", ["x"], ["y"])])
    made = onnx.load(model)
    made.producer_name = "evil\nprogram  forged\x1b[31m"
    onnx.save(made, model)
    _, out, _ = run("inspect", model)
    assert "\x1b" not in out
    assert "\nprogram  forged" not in out


def test_a_region_budget_leaves_what_was_found(run, tmp_path):
    status, out, err = run("regions", MOONS, "--max-regions", 5, "--json", "-o", tmp_path / "cells.json")
    answer, cells = json.loads(out), json.loads((tmp_path / "cells.json").read_text())
    jsonschema.validate(cells, _schema("regions"))
    assert status == 3
    assert (answer["complete"], answer["counts"]["activation_regions"]) == (False, 5)
    assert answer["counts"]["linear_regions"] is None
    assert len(cells["regions"]) == 5
    assert cells["unexplored"]
    assert err == ""


def test_a_time_budget_ends_with_3_and_says_so(run):
    status, out, err = run("regions", MOONS, "--max-seconds", "0")
    assert status == 3
    assert "at least 0" in out
    assert "limit of 0 seconds" in err


def test_a_budget_writes_no_certificate(run, tmp_path):
    status, _, err = run("certify", MOONS, "--max-regions", 5, "-o", tmp_path / "c.cert")
    assert status == 3
    assert "nothing was written" in err
    assert list(tmp_path.iterdir()) == []


def test_a_budget_of_exactly_the_regions_is_enough(run, cross):
    assert run("regions", cross, "--max-regions", 4)[0] == 0


BAD = {
    "a missing file": (["regions", "no/such.onnx"], "No such file"),
    "a folder": (["regions", "."], "Is a directory|is a directory"),
    "a domain of the wrong dimension": (["regions", MOONS, "--domain", "box:0,1;0,1;0,1"], "3 intervals.*2 inputs"),
    "an empty domain": (["regions", MOONS, "--domain", "box:1,1"], "1,1 of input 0 has no interior"),
    "a domain that is none": (["regions", MOONS, "--domain", "sphere:1"], "neither 'all' nor 'box:LOW,HIGH'"),
    "a bound that is no number": (["regions", MOONS, "--domain", "box:a,b"], "'a' is not a rational number"),
    "an unknown engine": (
        ["regions", MOONS, "--engine", "magic"],
        "'magic' is not 'reference'|invalid choice|Invalid value",
    ),
    "a node that is not there": (["regions", MOONS, "--cut-at", "nowhere"], "no node 'nowhere'"),
    "an unknown option": (["regions", MOONS, "--fast"], "No such option"),
    "no certificate": (["check", "no/such.cert"], "No such file"),
    "a negative budget": (["regions", MOONS, "--max-regions", "-1"], "-1 is not in the range"),
}


@pytest.mark.parametrize("arguments, message", BAD.values(), ids=BAD.keys())
def test_bad_input_ends_with_2_and_a_clear_message(run, arguments, message):
    status, out, err = run(*arguments)
    assert (status, out) == (2, "")
    assert re.search(message, err)
    assert "Traceback" not in err


def test_a_truncated_model_is_refused(run, tmp_path):
    (tmp_path / "half.onnx").write_bytes(Path(MOONS).read_bytes()[:900])
    status, _, err = run("regions", tmp_path / "half.onnx")
    assert status == 2
    assert re.search("cut short|cannot be read|no graph", err)


def test_an_unknown_operator_is_named(run, tmp_path):
    model = _model(tmp_path / "n.onnx", [helper.make_node("NonMaxSuppression", ["x"], ["y"], name="nms")])
    status, _, err = run("regions", model)
    assert status == 2
    assert "node 'nms' (NonMaxSuppression, opset 17)" in err


def test_a_weight_that_is_not_a_number_is_located(run, tmp_path):
    weights = [("W", [[1, np.nan], [0, 1]])]
    model = _model(tmp_path / "n.onnx", [helper.make_node("MatMul", ["x", "W"], ["y"], name="m")], weights)
    status, _, err = run("regions", model)
    assert status == 2
    assert re.search(r"node 'm' .* reads 'W', where entry \(0, 1\) is nan", err)


@pytest.mark.parametrize("verb", ["regions", "certify"])
@pytest.mark.parametrize("target", ["none/file", "."])
def test_a_target_that_cannot_be_written_is_named_before_the_work(run, cross, tmp_path, verb, target):
    status, out, err = run(verb, cross, "-o", tmp_path / target)
    assert (status, out) == (2, "")
    assert str(tmp_path / target) in err


def test_a_full_disk_leaves_no_file(run, cross, tmp_path):
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8k", "tmpfs", tmp_path], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("a small file system can only be mounted as root")
    try:
        status, _, err = run("regions", MOONS, "--domain", "box:-1/2,1/2", "-o", tmp_path / "cells.json")
        left = list(tmp_path.iterdir())
    finally:
        subprocess.run(["umount", tmp_path], check=True)
    assert status == 2
    assert "No space left on device" in err
    assert left == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_full_stdout_ends_with_2():
    with open("/dev/full", "w") as full:  # noqa: PTH123 (a device)
        result = subprocess.run(
            [sys.executable, "-m", "exactgeo", "inspect", MOONS],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert result.returncode == 2
    assert "No space left on device" in result.stderr


def test_a_device_as_target_is_not_replaced(run, cross):
    status, _, _ = run("certify", cross, "-o", os.devnull)
    assert status == 0
    assert not Path(os.devnull).is_file()


@pytest.mark.parametrize("jobs", [1, 2])
def test_interrupted_work_is_resumed_to_the_same_file(run, tmp_path, jobs):
    whole, output, journal = tmp_path / "whole.json", tmp_path / "cells.json", tmp_path / "work.journal"
    options = ["regions", MOONS, "--domain", "box:-1/2,1/2", "--count", "activation"]
    assert run(*options, "-o", whole)[0] == 0
    assert run(*options, "--resume", journal, "--jobs", jobs, "--max-regions", 9, "-o", output)[0] == 3
    assert run(*options, "--resume", journal, "--jobs", jobs, "-o", output)[0] == 0
    documents = [json.loads(file.read_text()) for file in (whole, output)]
    assert documents[0] | {"seconds": 0} == documents[1] | {"seconds": 0}


def test_a_certificate_may_come_from_a_pipe(cross, tmp_path):
    with _command("certify", cross, "-o", "-") as maker:
        checker = _command("check", "-", stdin=maker.stdout)
        maker.stdout.close()
        out, err = checker.communicate(timeout=60)
        maker.stderr.close()
    assert (checker.returncode, "verified" in out, err) == (0, True, "")


def test_certify_shares_and_resumes_the_search(run, tmp_path):
    plain, resumed, journal = tmp_path / "plain.cert", tmp_path / "resumed.cert", tmp_path / "work.journal"
    options = ["certify", MOONS, "--domain", "box:-1/8,1/8"]
    assert run(*options, "-o", plain)[0] == 0
    assert run(*options, "--resume", journal, "--max-regions", 3, "-o", resumed)[0] == 3
    assert not resumed.exists()
    assert run(*options, "--resume", journal, "--jobs", 2, "-o", resumed)[0] == 0
    assert resumed.read_bytes() == plain.read_bytes()
    assert run(*options, "--resume", "-", "-o", resumed)[0] == 2


def test_definitions_of_what_floats_find_are_refused(run, cross):
    status, _, err = run("regions", cross, "--engine", "float", "--count", "definitions")
    assert (status, "certainly right" in err) == (2, True)


def test_the_journal_of_another_domain_is_refused(run, cross, tmp_path):
    journal = tmp_path / "work.journal"
    assert run("regions", cross, "--resume", journal)[0] == 0
    status, _, err = run("regions", cross, "--domain", "box:-2,2", "--resume", journal)
    assert (status, "journal of other work (domain" in err) == (2, True)


def test_a_journal_takes_no_other_file_s_place(run, cross, tmp_path):
    for arguments in ([cross, "--resume", cross], [cross, "--resume", tmp_path / "a", "-o", tmp_path / "a"]):
        status, _, err = run("regions", *arguments)
        assert (status, "is named twice" in err) == (2, True)


def test_ctrl_c_writes_what_was_found(tmp_path):
    target = tmp_path / "cells.json"
    journal = tmp_path / "work.journal"
    process = _command("regions", MOONS, "--engine", "reference", "-o", target, "--resume", journal)
    while not journal.exists() and process.poll() is None:  # it is made when the work begins
        time.sleep(0.01)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 3
    assert "interrupted" in err
    assert json.loads(target.read_text())["complete"] is False
    assert "activation regions" in out


@pytest.mark.parametrize("seconds", [0.05, 0.4, 0.8])
def test_a_signal_to_all_processes_of_a_group_stops_the_work_in_order(tmp_path, seconds):
    journal = tmp_path / "work.journal"
    options = [MOONS, "--engine", "reference", "--count", "activation", "--jobs", "2", "--resume", journal]
    process = _command("regions", *options, process_group=0)
    while not journal.exists() and process.poll() is None:
        time.sleep(0.01)
    time.sleep(seconds)
    for _ in range(2):  # as `timeout` does
        os.killpg(process.pid, signal.SIGTERM)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, "interrupted" in err, "activation regions" in out) == (3, True, True)


def test_a_reader_that_leaves_early_is_no_error():
    with _command("regions", MOONS, "--domain", "box:-1/8,1/8", "-o", "-") as process:
        process.stdout.close()
        err = process.stderr.read()
    assert (process.returncode, "Traceback" in err) == (0, False)


def test_a_bug_of_ours_ends_with_101_and_a_traceback(run, cross, monkeypatch):
    def broken(*_, **__):
        raise KeyError("oops")

    monkeypatch.setattr("exactgeo.cli.regions.enumerate_regions", broken)
    status, _, err = run("regions", cross)
    assert status == 101
    assert "Traceback" in err
    assert "please report it" in err


def test_help_and_version_end_with_0(run):
    assert run("--help")[0] == 0
    assert run("--version")[0] == 0


@pytest.mark.parametrize("verb", [("inspect",), ("regions", "--domain", "box:-1/8,1/8"), ("certify", "-o", "c.cert")])
def test_a_closed_standard_output_changes_no_exit_status(verb, tmp_path):
    name, *options = verb
    command = shlex.join([sys.executable, "-m", "exactgeo", name, MOONS, *options])
    done = subprocess.run(["sh", "-c", f"{command} >&-"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "Traceback" not in done.stderr


def test_a_certificate_needs_a_standard_output_to_go_there(tmp_path):
    command = shlex.join([sys.executable, "-m", "exactgeo", "certify", MOONS, "--check", "-o", "-"])
    done = subprocess.run(["sh", "-c", f"{command} >&-"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "there is no standard output to write to" in done.stderr


@pytest.mark.parametrize("checker", ["check.py", "check_facets.py"])
def test_the_checker_says_verified_where_nobody_listens_and_reads_no_closed_input(run, checker, tmp_path):
    run("certify", MOONS, "--domain", "box:-1/8,1/8", "-o", tmp_path / "c.cert")
    command = shlex.join([sys.executable, "-I", "-S", str(ROOT / "proofs" / checker)])
    heard = subprocess.run(["sh", "-c", f"{command} {tmp_path}/c.cert >&-"], capture_output=True, check=False)
    assert (heard.returncode, heard.stderr) == (0, b"")
    given = subprocess.run(["sh", "-c", f"{command} - <&-"], capture_output=True, text=True, check=False)
    assert given.returncode == 2 and given.stderr == "cannot read -: Bad file descriptor\n"
