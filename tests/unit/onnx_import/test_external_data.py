"""Tensors in files beside the model: which are read, and that no other file ever is."""

import hashlib
import os

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from unit.onnx_import.models import dyadics, imported, model, node

import onnx_import
from exactgeo.errors import ImportFailure, MalformedModel, UnsupportedOperator
from onnx_import.files.stored import DataFolder, stored_array

WEIGHTS = dyadics(1, 3, 4)
SECRET = np.full((3, 4), 77.0)
KINDS = [
    *("FLOAT", "DOUBLE", "FLOAT16", "BFLOAT16", "INT8", "UINT8", "INT16", "UINT16", "INT32", "INT64", "UINT32"),
    *("UINT64", "BOOL", "INT4", "UINT4", "INT2", "UINT2"),
    *("FLOAT8E4M3FN", "FLOAT8E4M3FNUZ", "FLOAT8E5M2", "FLOAT8E5M2FNUZ", "FLOAT8E8M0", "FLOAT4E2M1"),
    *(name for name in ("FLOAT6E2M3", "FLOAT6E3M2") if name in TensorProto.DataType.keys()),  # noqa: SIM118 (no dict)
]


def _external(location, *, array=WEIGHTS, **entries):
    tensor = numpy_helper.from_array(array, "w")
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in {"location": location, **entries}.items():
        tensor.external_data.add(key=key, value=str(value))
    return tensor


def _model(tensor):
    made = model([node("MatMul", ["x", "w"], ["y"])], {"x": (1, 3)}, ["y"])
    made.graph.initializer.append(tensor)
    return made


@pytest.fixture
def folder(tmp_path):
    """A model's folder, with a secret beside it."""
    (tmp_path / "secret").write_bytes(SECRET.tobytes())
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "data").write_bytes(WEIGHTS.tobytes())
    return tmp_path / "model"


def _read(folder, tensor):
    (folder / "model.onnx").write_bytes(_model(tensor).SerializeToString())
    return onnx_import.read(folder / "model.onnx")


def _plain():
    return imported(_model(numpy_helper.from_array(WEIGHTS, "w"))).program


# What is read


def test_weights_in_a_file_are_as_good_as_weights_in_the_model(folder):
    assert _read(folder, _external("data")).program == _plain()


def test_a_model_saved_by_onnx_with_external_data_is_the_same_model(tmp_path):
    plain = _model(numpy_helper.from_array(WEIGHTS, "w"))
    onnx.save_model(plain, tmp_path / "m.onnx", save_as_external_data=True, location="w.bin", size_threshold=0)
    assert b"w.bin" in (tmp_path / "m.onnx").read_bytes()
    assert onnx_import.load(tmp_path / "m.onnx") == _plain()


def test_an_offset_and_a_length_pick_a_part_of_the_file(folder):
    (folder / "data").write_bytes(b"12345678" + WEIGHTS.tobytes() + b"more")
    assert _read(folder, _external("data", offset=8, length=WEIGHTS.nbytes)).program == _plain()
    assert _read(folder, _external("data", offset=8)).program == _plain()


def test_a_folder_below_is_read(folder):
    (folder / "sub" / "deep").mkdir(parents=True)
    (folder / "data").rename(folder / "sub" / "deep" / "data")
    assert _read(folder, _external("sub/deep/data")).program == _plain()
    assert _read(folder, _external("./sub/../sub/deep/data")).program == _plain()


def test_a_link_within_the_folder_is_read(folder):
    (folder / "link").symlink_to("data")
    assert _read(folder, _external("link")).program == _plain()


def test_a_folder_that_is_itself_behind_a_link_is_read(folder, tmp_path):
    (folder / "model.onnx").write_bytes(_model(_external("data")).SerializeToString())
    (tmp_path / "other").symlink_to(folder)
    assert onnx_import.load(tmp_path / "other" / "model.onnx") == _plain()


def test_a_relative_path_of_the_model_will_do(folder, monkeypatch):
    (folder / "model.onnx").write_bytes(_model(_external("data")).SerializeToString())
    monkeypatch.chdir(folder)
    assert onnx_import.load("model.onnx") == _plain()


def test_the_files_that_were_read_are_named_by_their_hashes(folder):
    read = _read(folder, _external("data"))
    assert dict(read.external_data) == {"data": hashlib.sha256((folder / "data").read_bytes()).hexdigest()}
    assert not imported(_model(numpy_helper.from_array(WEIGHTS, "w"))).external_data


def test_attributes_may_lie_in_files_too(folder):
    value = _external("data")
    made = model([node("Constant", [], ["w"], value=value), node("MatMul", ["x", "w"], ["y"])], {"x": (1, 3)}, ["y"])
    (folder / "model.onnx").write_bytes(made.SerializeToString())
    assert onnx_import.load(folder / "model.onnx") == _plain()


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("count", [1, 5, 8])
def test_every_type_is_read_as_it_is_in_a_model(folder, name, count):
    kind = TensorProto.DataType.Value(name)
    values = np.array([1, 0, 1, 1, 0, 1, 0, 1][:count]).astype(helper.tensor_dtype_to_np_dtype(kind))
    inner = numpy_helper.from_array(values, "w")
    outer = TensorProto(name="w", data_type=kind, dims=[count], data_location=TensorProto.EXTERNAL)
    outer.external_data.add(key="location", value="data")
    (folder / "data").write_bytes(inner.raw_data)
    expected, found = (stored_array(tensor, "w", DataFolder(folder)) for tensor in (inner, outer))
    assert found.dtype == expected.dtype and found.tobytes() == expected.tobytes() == values.tobytes()


# What is not read

OUTSIDE = ["../secret", "sub/../../secret", "../model/../secret", "..", "../", "."]


def _assert_refused(folder, tensor, match, error=MalformedModel):
    opened = []
    original = type(folder).open

    def watched(path, *arguments, **options):
        opened.append(path.resolve())
        return original(path, *arguments, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(folder), "open", watched)
        with pytest.raises(error, match=match):
            _read(folder, tensor)
    assert all(path.parent == folder.resolve() for path in opened)


@pytest.mark.parametrize("location", OUTSIDE)
def test_paths_that_leave_the_folder_are_refused(folder, location):
    (folder / "sub").mkdir()
    _assert_refused(folder, _external(location), "'w' lies in .*(outside of the model's folder|no file)")


def test_absolute_paths_are_refused(folder):
    for path in (folder.parent / "secret", folder / "data"):
        _assert_refused(folder, _external(os.fspath(path)), "outside of the model's folder")


def test_links_that_leave_the_folder_are_refused(folder):
    (folder / "link").symlink_to("../secret")
    (folder / "absolute").symlink_to(folder.parent / "secret")
    (folder / "up").symlink_to("..")
    for location in ("link", "absolute", "up/secret"):
        _assert_refused(folder, _external(location), "outside of the model's folder")


def test_links_in_circles_are_refused(folder):
    (folder / "a").symlink_to("b")
    (folder / "b").symlink_to("a")
    _assert_refused(folder, _external("a"), "'w' lies in 'a'")


def test_devices_pipes_and_folders_are_refused(folder):
    (folder / "sub").mkdir()
    os.mkfifo(folder / "pipe")
    (folder / "zero").symlink_to("/dev/zero")
    for location in ("sub", "pipe", "zero", "/dev/zero", "/dev/stdin"):
        _assert_refused(folder, _external(location), "'w' lies in")


@pytest.mark.parametrize("location", ["", "absent", "data/more", "data\0", "x" * 5000, "sub/absent", "~/data"])
def test_files_that_are_not_there_are_refused(folder, location):
    _assert_refused(folder, _external(location), "'w' lies in")


def test_a_backslash_is_no_way_out(folder):
    _assert_refused(folder, _external("..\\secret"), "'w' lies in")


def test_a_tensor_without_a_location_is_refused(folder):
    tensor = _external("data")
    del tensor.external_data[:]
    _assert_refused(folder, tensor, "'w' lies in")


@pytest.mark.parametrize("size", [0, 1, WEIGHTS.nbytes - 1])
def test_files_that_are_too_short_are_refused(folder, size):
    (folder / "data").write_bytes(WEIGHTS.tobytes()[:size])
    _assert_refused(folder, _external("data"), "reaches beyond the end of the file 'data'")


@pytest.mark.parametrize("offset", [1, WEIGHTS.nbytes, 2**62, 10**18])
def test_offsets_beyond_the_end_are_refused(folder, offset):
    _assert_refused(folder, _external("data", offset=offset), "reaches beyond the end")


@pytest.mark.parametrize("length", [0, 1, WEIGHTS.nbytes - 1, WEIGHTS.nbytes + 1, 10**18])
def test_lengths_that_are_not_the_tensor_s_are_refused(folder, length):
    (folder / "data").write_bytes(WEIGHTS.tobytes() * 2)
    _assert_refused(folder, _external("data", length=length), f"has {length} bytes in the file 'data'")


@pytest.mark.parametrize("key", ["offset", "length"])
@pytest.mark.parametrize("text", ["-1", "+8", "1.0", "", " 8", "0x8", "eight", "٨", "1" * 30, "8_8"])
def test_numbers_that_are_no_digits_are_refused(folder, key, text):
    _assert_refused(folder, _external("data", **{key: text}), f"the {key} '")


def test_a_tensor_that_is_too_large_is_refused_before_its_file_is_looked_at(folder):
    tensor = _external("data")
    tensor.dims[:] = [2**40, 3]
    _assert_refused(folder, tensor, "more than", UnsupportedOperator)


@pytest.mark.parametrize("kind", [TensorProto.STRING, TensorProto.UNDEFINED, 99])
def test_data_that_is_text_or_of_no_type_is_refused(folder, kind):
    tensor = _external("data")
    tensor.data_type = kind
    _assert_refused(folder, tensor, f"'w' has data of type {kind}")


def test_a_model_of_bytes_alone_reads_no_file():
    with pytest.raises(UnsupportedOperator, match="another file; read the model from its folder"):
        stored_array(_external("data"), "the thing", DataFolder(None))


def test_a_file_that_may_not_be_read_is_refused(folder, monkeypatch):
    original = type(folder).open

    def refuse(path, *arguments, **options):
        if path.name == "data":
            raise PermissionError(13, "Permission denied")
        return original(path, *arguments, **options)

    (folder / "model.onnx").write_bytes(_model(_external("data")).SerializeToString())
    monkeypatch.setattr(type(folder), "open", refuse)
    with pytest.raises(MalformedModel, match="'w' cannot be read from 'data': Permission denied"):
        onnx_import.load(folder / "model.onnx")


def test_weights_that_nobody_uses_are_looked_for_all_the_same(folder):
    made = _model(numpy_helper.from_array(WEIGHTS, "w"))
    made.graph.initializer.append(_external("absent"))
    made.graph.initializer[1].name = "unused"
    (folder / "model.onnx").write_bytes(made.SerializeToString())
    with pytest.raises(ImportFailure, match="'unused' lies in 'absent'"):
        onnx_import.load(folder / "model.onnx")
