"""Certificates that are checked while they are written."""

import io

import pytest

import exactgeo as eg
from exactgeo.certificates import checked_while_written, checking
from exactgeo.errors import CertificateError, CertificateRejected, InvalidArgument

CROSS = eg.relu_network([[[1, 0], [0, 1]], [[1, 1]]])
REJECTS_AT_ONCE = """
import sys
sys.stdin.close()
print('{"verdict": "rejected", "step": 3, "rule": "cell", "reason": "so"}')
"""


@pytest.fixture
def whole():
    return eg.enumerate_regions(CROSS, eg.Box.cube(2))


def _checker(tmp_path, monkeypatch, source):
    (tmp_path / "checker.py").write_text(source)
    monkeypatch.setattr(checking, "checker_path", lambda: tmp_path / "checker.py")


def test_the_verdict_and_the_file_are_those_of_saving_and_checking(whole, tmp_path):
    for found in (whole, eg.skeleton(whole), eg.decision_boundary(whole)):
        certificate = eg.certify(found)
        verdict = certificate.save_checked(tmp_path / "checked.cert")
        assert verdict == eg.check(certificate.save(tmp_path / "saved.cert"))
        assert (tmp_path / "checked.cert").read_bytes() == (tmp_path / "saved.cert").read_bytes()


def test_a_false_claim_leaves_no_file_and_is_told_as_such(whole, tmp_path):
    broken = eg.Arrangement(whole.program, whole.domain, whole.engine, whole.regions[:-1])
    with pytest.raises(CertificateError, match="lists no pattern that begins with"):
        eg.certify(broken).save_checked(tmp_path / "c.cert")
    assert not list(tmp_path.iterdir())


def test_what_the_checker_rejects_leaves_no_file(whole, tmp_path, monkeypatch):
    _checker(tmp_path, monkeypatch, REJECTS_AT_ONCE)
    with pytest.raises(CertificateRejected, match=r"rejected \(step 3, rule cell\): so"):
        eg.certify(whole).save_checked(tmp_path / "c.cert")
    assert [path.name for path in tmp_path.iterdir()] == ["checker.py"]


def test_a_checker_that_stops_reading_early_is_heard_out(tmp_path, monkeypatch):
    _checker(tmp_path, monkeypatch, REJECTS_AT_ONCE)
    written = io.BytesIO()
    with pytest.raises(CertificateRejected):
        checked_while_written(lambda stream: [stream.write(bytes(1 << 16)) for _ in range(50)], written)
    assert len(written.getvalue()) == 50 << 16


def test_a_checker_that_says_nothing_is_an_error(whole, tmp_path, monkeypatch):
    _checker(tmp_path, monkeypatch, "import sys; sys.stdin.buffer.read(); sys.exit('out of order')")
    with pytest.raises(InvalidArgument, match="out of order"):
        eg.certify(whole).save_checked(tmp_path / "c.cert")


def test_an_error_in_writing_is_not_hidden(monkeypatch, tmp_path):
    _checker(tmp_path, monkeypatch, "import time; time.sleep(100)")

    def fails(stream):
        stream.write(b"something")
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        checked_while_written(fails, io.BytesIO())


def test_the_checker_does_not_hear_what_the_terminal_tells_us(tmp_path, monkeypatch):
    """A Ctrl-C is for who writes: the checker ends when its input does."""
    _checker(
        tmp_path,
        monkeypatch,
        """
import os, sys
sys.stdin.buffer.read()
print('{"verdict": "rejected", "step": 0, "rule": "' + str(os.getsid(0) == os.getpid()) + '", "reason": ""}')
""",
    )
    with pytest.raises(CertificateRejected, match="rule True"):
        checked_while_written(lambda stream: stream.write(b"x"), io.BytesIO())
