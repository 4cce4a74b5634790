"""Having a certificate checked: by the independent program in its own process, and against the model it names."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import nullcontext, suppress
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

import onnx_import
from exactgeo.arithmetic.affine import Row
from exactgeo.certificates.sources import Stated
from exactgeo.errors import (
    CertificateRejected,
    InternalError,
    InvalidArgument,
    MalformedCertificate,
)
from exactgeo.networks import Program
from exactgeo.networks.paths import Path as InputPath
from exactgeo.polyhedra import Optimum, Polyhedron, Unbounded

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verified certificate proves.

    Attributes:
        regions: the number of activation regions.
        program_sha256: the exact network.
        inputs, units, outputs: its size.
        domain: the rows of the domain, as the certificate writes them (proofs/FORMAT.md, section 2).
        patterns_sha256: the hash of the list of patterns.
        steps: the number of steps of the tree.
        model_sha256: the model file that the certificate names, if it names one. A statement of its maker, unless
            `model_confirmed`.
        choices: what was chosen at import, whether only the last layer is meant, the slice or the path, how the outputs
            decide on classes, and which property is to hold, as the certificate says.
        claim: what the certificate is about (proofs/FORMAT.md, section 3). A `boundary` is that of the last unit's
            pieces: the model's own decision boundary only if `choices` says so under "classes", and `model_confirmed`.
            `safety` is of the last unit, too: the model's property only under the same conditions.
        facets: the number of facets of the boundary or skeleton; None if the claim is about none.
        facets_sha256: the hash of their list.
        model_confirmed: whether that model file was imported again, with these choices, and gave this program.
        is_continuous: of `safety`, whether every unit of the program, and the path if there is one, is continuous; None
            unless `model_confirmed`. A path of pulses may jump at its very end, where its program does not.
    """

    regions: int
    program_sha256: str
    inputs: int
    units: int
    outputs: int
    domain: tuple[str, ...]
    patterns_sha256: str
    steps: int
    model_sha256: str | None
    choices: Mapping[str, Any]
    claim: str = "activation-regions"
    facets: int | None = None
    facets_sha256: str | None = None
    model_confirmed: bool = False
    is_continuous: bool | None = None

    def domain_polyhedron(self) -> Polyhedron:
        """Return the domain."""
        return Polyhedron(self.inputs, tuple(_dense(row, self.inputs) for row in self.domain))


def check(certificate: str | os.PathLike[str], *, model: str | os.PathLike[str] | None = None) -> Verdict:
    """Have a certificate checked by the independent checker, in a process of its own.

    Args:
        certificate: the file; - for the standard input.
        model: an ONNX file; it is imported again, with the choices that the certificate names, and must give the
            certificate's program.

    Raises:
        MalformedCertificate: if it is not well formed; with the line.
        CertificateRejected: if a rule does not hold, or the model gives another program (step 0, rule `model`).
        InvalidArgument: if the file cannot be read.
        ImportFailure: if the model cannot be imported.

    **Source**: proofs/RULES.md says what a verified certificate proves.
    """
    verdict = _verdict(*_run_checker(certificate))
    return verdict if model is None else _confirmed(verdict, model)


def checked_while_written(write: Callable[[IO[bytes]], None], stream: IO[bytes]) -> Verdict:
    """Have a certificate checked while it is written: by a process of its own, which gets the same bytes.

    Args:
        write: writes the certificate to a stream.
        stream: where it goes.

    Raises:
        MalformedCertificate, CertificateRejected: as `check` does; and whatever writing raises.
    """
    pipe = subprocess.PIPE
    # In a session of its own, the checker does not get the Ctrl-C by which we may be asked to stop.
    with subprocess.Popen(  # noqa: S603 (our checker)
        _command(), stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True
    ) as checker:
        given = cast("IO[bytes]", checker.stdin)
        try:
            write(cast("IO[bytes]", _Twice(stream, given)))
            said, complaint = checker.communicate()
        except BaseException:
            checker.kill()
            with suppress(BrokenPipeError):  # which would hide the error
                given.close()
            raise
    return _verdict(said, complaint, checker.returncode)


class _Twice(io.RawIOBase):
    """A stream that writes to two: to the second as long as it is read."""

    def __init__(self, first: IO[bytes], second: IO[bytes]) -> None:
        self._first, self._second = first, second
        self._is_read = True

    def writable(self) -> bool:
        return True

    def write(self, data: "ReadableBuffer") -> int:
        if self._is_read:
            try:
                self._second.write(data)
            except BrokenPipeError:  # the checker has seen enough, and says why
                self._is_read = False
        return self._first.write(data)


def _verdict(said: bytes, complaint: bytes, status: int) -> Verdict:
    """Return what the checker says, or raise what it complains about."""
    facts = _facts(said, complaint, status)
    return Verdict(
        facts["regions"],
        facts["program_sha256"],
        facts["inputs"],
        facts["units"],
        facts["outputs"],
        tuple(facts["domain"]),
        facts["patterns_sha256"],
        facts["steps"],
        facts["model_sha256"],
        facts["model"] or {},
        facts["claim"],
        facts["facets"],
        facts["facets_sha256"],
    )


def checker_path() -> Path:
    """Return the file of the independent checker, which check.py lies beside: of a source tree, or installed."""
    in_source_tree = Path(__file__).resolve().parents[2] / "proofs" / "check_facets.py"
    if in_source_tree.is_file():
        return in_source_tree
    spec = find_spec("exactgeo_check_facets")
    if spec is None or spec.origin is None:
        raise InternalError("the checker is not installed beside exactgeo; reinstall the package")
    return Path(spec.origin)


def _command() -> list[str]:
    return [sys.executable, "-I", "-S", str(checker_path()), "--json", "-"]


def _run_checker(certificate: str | os.PathLike[str]) -> tuple[bytes, bytes, int]:
    """Return what the checker prints on its two streams, and its exit status."""
    try:
        # - is the standard input, which the checker inherits.
        with nullcontext() if certificate == "-" else Path(certificate).open("rb") as file:
            result = subprocess.run(_command(), stdin=file, capture_output=True, check=False)  # noqa: S603 (our checker)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InvalidArgument(f"cannot read {os.fspath(certificate)}: {reason}") from error
    return result.stdout, result.stderr, result.returncode


def _facts(said: bytes, complaint: bytes, status: int) -> Mapping[str, Any]:
    """Return the checker's report, or raise the error that it stands for."""
    try:
        facts: Mapping[str, Any] = json.loads(said)
    except (ValueError, RecursionError):
        text = complaint.decode("utf-8", "backslashreplace").strip()
        raise InvalidArgument(text or f"the checker ended with status {status} and said nothing") from None
    if facts["verdict"] == "malformed":
        raise MalformedCertificate(f"malformed (line {facts['line']}): {facts['reason']}", facts["line"])
    if facts["verdict"] == "rejected":
        message = f"rejected (step {facts['step']}, rule {facts['rule']}): {facts['reason']}"
        raise CertificateRejected(message, facts["step"], facts["rule"])
    return facts


def _confirmed(verdict: Verdict, model: str | os.PathLike[str]) -> Verdict:
    stated = Stated.of(verdict.choices)
    try:
        choices = onnx_import.Choices.of(stated.choices)
    except InvalidArgument as error:
        raise _another(f"the certificate names import choices that are not known: {error}") from None
    imported = onnx_import.read(model, **choices.record())
    whole = imported.program if stated.starts_at is None else _last_layer(model, stated.starts_at, choices)
    try:
        program, path = stated.applied(whole), stated.along(whole)
        if path is not None:
            _demand_within(path, verdict.domain_polyhedron())
    except InvalidArgument as error:
        raise _another(
            f"the certificate's slice, path, classes or property do not fit {os.fspath(model)}: {error}"
        ) from None
    if program.sha256 != verdict.program_sha256:
        raise _another(
            f"{os.fspath(model)} is the program {program.sha256}, the certificate is about {verdict.program_sha256}"
        )
    if verdict.model_sha256 not in (None, imported.sha256):
        raise _another(
            f"{os.fspath(model)} has the SHA-256 {imported.sha256}, the certificate names {verdict.model_sha256}"
        )
    confirmed = replace(verdict, model_sha256=imported.sha256, model_confirmed=True)
    if verdict.claim != "safety":
        return confirmed
    return replace(confirmed, is_continuous=program.is_continuous and (path is None or path.is_continuous))


def _demand_within(path: InputPath, domain: Polyhedron) -> None:
    """Raise InvalidArgument if a domain goes beyond the ends of a path, where its program goes on straight."""
    for end, row in ((path.breaks[-1], (0, 1)), (-path.breaks[0], (0, -1))):
        most = domain.maximise(row)
        if isinstance(most, Unbounded) or (isinstance(most, Optimum) and most.value > end):
            raise InvalidArgument("the domain goes beyond the ends of the path")


def _last_layer(model: str | os.PathLike[str], starts_at: object, choices: "onnx_import.Choices") -> Program:
    """Return the last layer of a model, which a certificate may be about instead of the whole."""
    try:
        choices.demand_none_for_nnet()
        split = onnx_import.split_last_layer(
            model, cut_at=choices.cut_at, irrational=choices.irrational, staircases=choices.staircases
        )
    except InvalidArgument as error:
        raise _another(f"{os.fspath(model)} has no last layer, which the certificate is about: {error}") from None
    if split.node != starts_at:
        raise _another(f"the last layer of {os.fspath(model)} is the node '{split.node}', not {starts_at!r}")
    return split.layer


def _another(reason: str) -> CertificateRejected:
    return CertificateRejected(reason, 0, "model")


def _dense(row: str, dimension: int) -> Row:
    numbers = [int(token, 16) for token in row.split()]
    coefficients = dict(zip(numbers[::2], numbers[1::2], strict=True))
    return tuple(coefficients.get(k, 0) for k in range(dimension + 1))
