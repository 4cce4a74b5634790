"""What was compiled from other sources is never used: numba looks at a function's own file only."""

import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest
from numba.core.registry import CPUDispatcher

import exactgeo
from exactgeo import compiling

DIGEST = compiling.digest()[:16]


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
        "exactgeo.enumeration.certified.programs.kernels",
        "exactgeo.enumeration.certified.programs.kernels.proposals",
        "exactgeo.enumeration.certified.vertices.kernels",
        "exactgeo.complexes.kernels",
    } <= folders


@pytest.mark.parametrize("name", KERNELS)
def test_the_files_of_a_kernel_name_all_sources(name):
    cache = KERNELS[name]._cache
    assert isinstance(cache, compiling._Cache)
    assert DIGEST in cache._cache_file._index_name and cache._cache_file._source_stamp == compiling.digest()


def test_numba_is_not_loaded_before_it_is_needed():
    loaded = "import exactgeo.cli, sys; assert not {'numba', 'llvmlite'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", loaded], check=True)


@pytest.mark.parametrize("module", _modules(), ids=lambda module: module.__name__)
def test_every_file_of_kernels_counts(module):
    assert Path(module.__file__) in compiling.sources()


PYTHON = [sys.executable, "-B", "-c"]  # -B: Python itself takes files of one second and size for the same
PROGRAM = """
import sys
from pathlib import Path
from exactgeo import compiling
compiling.sources = lambda: [Path("bounds.py")]
import user
with compiling.announced(lambda: print("compiling")):
    print(user.value())
"""
USER = """
from exactgeo.compiling import inlined, kernel
import bounds
bound = inlined(bounds.bound)
@kernel
def value():
    return bound()
"""


def _run(folder, bound):
    (folder / "bounds.py").write_text(f"def bound():\n    return {bound}\n")
    done = subprocess.run([*PYTHON, PROGRAM], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.split(), {path.name for path in folder.rglob("*.nb[ic]")}


def test_a_function_is_compiled_once_and_again_when_another_file_has_changed(tmp_path):
    (tmp_path / "user.py").write_text(USER)
    first, kept = _run(tmp_path, 1)
    assert first == ["compiling", "1"] and kept
    assert _run(tmp_path, 1) == (["1"], kept)
    second, others = _run(tmp_path, 2)
    assert second == ["compiling", "2"] and not kept & others
    assert _run(tmp_path, 1)[0] == ["compiling", "1"]


def test_a_process_of_older_sources_does_not_disturb_newer_ones(tmp_path):
    """It was begun before they changed, and keeps what it compiles under names of its own."""
    (tmp_path / "user.py").write_text(USER)
    (tmp_path / "bounds.py").write_text("def bound():\n    return 1\n")
    waiting = "import user\nprint('read', flush=True)\nsys.stdin.readline()\n"
    older = [*PYTHON, PROGRAM.replace("import user\n", waiting)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(older, cwd=tmp_path, **pipes, text=True) as process:
        assert process.stdout.readline() == "read\n"
        assert _run(tmp_path, 2)[0] == ["compiling", "2"]
        assert process.communicate("\n")[0].split() == ["compiling", "1"]
    assert _run(tmp_path, 2)[0] == ["2"]


def test_kept_files_that_are_damaged_are_compiled_again(tmp_path):
    (tmp_path / "user.py").write_text(USER)
    _, kept = _run(tmp_path, 1)
    for file in tmp_path.rglob("*.nb[ic]"):
        file.write_bytes(file.read_bytes()[:9])
    assert _run(tmp_path, 1) == (["compiling", "1"], kept)
    assert _run(tmp_path, 1) == (["1"], kept)


def test_what_cannot_be_kept_is_compiled_each_time(tmp_path):
    (tmp_path / "user.py").write_text(USER)
    (tmp_path / "bounds.py").write_text("def bound():\n    return 1\n")
    limited = "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
    limited += "resource.setrlimit(resource.RLIMIT_FSIZE, (99, 99))\n" + PROGRAM
    for _ in range(2):
        done = subprocess.run([*PYTHON, limited], cwd=tmp_path, capture_output=True, text=True, check=True)
        assert done.stdout.split() == ["compiling", "1"]
