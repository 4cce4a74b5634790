"""What was compiled from other sources is never used: numba looks at a function's own file only."""

import importlib
import pkgutil
from pathlib import Path

import pytest
from numba.core.registry import CPUDispatcher

import exactgeo
from exactgeo.enumeration.certified.kernels import compiling


def _modules():
    names = [module.name for module in pkgutil.walk_packages(exactgeo.__path__, "exactgeo.")]
    return [importlib.import_module(name) for name in names if ".kernels." in name]


def _kernels():
    found = [value for module in _modules() for value in vars(module).values() if isinstance(value, CPUDispatcher)]
    return {kernel.py_func.__module__ + "." + kernel.py_func.__qualname__: kernel for kernel in found}


KERNELS = _kernels()


def test_kernels_of_all_folders_are_found():
    folders = {name.rpartition(".")[0].rpartition(".")[0] for name in KERNELS}
    assert {
        "exactgeo.enumeration.certified.kernels",
        "exactgeo.enumeration.certified.kernels.proposals",
        "exactgeo.complexes.kernels",
    } <= folders


@pytest.mark.parametrize("name", KERNELS)
def test_what_a_kernel_keeps_lies_in_a_folder_that_is_watched(name):
    folder = Path(KERNELS[name].stats.cache_path)
    assert (folder / compiling._STAMP).read_text() == compiling._digest()


@pytest.mark.parametrize("module", _modules(), ids=lambda module: module.__name__)
def test_every_file_of_kernels_counts(module):
    assert Path(module.__file__) in compiling.sources()


def _kept(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_folder_is_emptied_once_when_a_source_has_changed(tmp_path, monkeypatch):
    source, folder = tmp_path / "bounds.py", tmp_path / "cache"
    source.write_text("SAFE = 2")
    folder.mkdir()
    monkeypatch.setattr(compiling, "sources", lambda: [source])

    def may_keep():
        compiling._digest.cache_clear()
        compiling._may_keep.cache_clear()
        return compiling._may_keep(folder)

    try:
        (folder / "old.nbi").touch()
        assert may_keep() and _kept(folder) == [compiling._STAMP]
        (folder / "new.nbc").touch()
        assert may_keep() and _kept(folder) == [compiling._STAMP, "new.nbc"]
        source.write_text("SAFE = 1")
        assert may_keep() and _kept(folder) == [compiling._STAMP]
    finally:
        compiling._digest.cache_clear()
        compiling._may_keep.cache_clear()


def test_nothing_is_kept_where_nothing_can_be_written(tmp_path):
    blocked = tmp_path / "file"
    blocked.touch()
    assert not compiling._may_keep(blocked / "cache")
