"""The certificate as a text of lines (proofs/FORMAT.md), made as it is read."""

import gzip
import hashlib
import json
import math
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from exactgeo.arithmetic.rationals import Point
from exactgeo.certificates.prover import Cell, Empty, Flat, Step, prove
from exactgeo.enumeration.arrangements import ActivationRegion, Arrangement, PartialArrangement
from exactgeo.errors import CertificateError, InvalidArgument
from exactgeo.files import replacing
from exactgeo.networks.programs import Program
from exactgeo.networks.serialisation import program_lines
from exactgeo.networks.slices import Slice
from exactgeo.polyhedra import Polyhedron

_LINE_LIMIT = 1 << 24
_DIGITS_LIMIT = 1 << 16


@dataclass(frozen=True, slots=True)
class ModelSource:
    """Where a program came from.

    Attributes:
        sha256: of the model file's bytes.
        choices: what was chosen at import (proofs/model.schema.json).
        cut: the slice to which the model was restricted, None if it was not.
    """

    sha256: str
    choices: Mapping[str, Any] = field(default_factory=dict)
    cut: Slice | None = None

    def record(self) -> dict[str, Any]:
        """Return what is told of the import: the choices, and the slice if there is one."""
        return {**self.choices, **({} if self.cut is None else {"slice": self.cut.record()})}


@dataclass(frozen=True, slots=True)
class Certificate:
    """Evidence for the claim that these are exactly the activation regions of a program in a domain.

    The evidence is worked out while the lines are read, so memory is needed for one path of the tree only.

    Attributes:
        arrangement: the claim.
        source: the model file behind the program, if there is one.
        on_cell: told the number of cells shown so far.
    """

    arrangement: Arrangement
    source: ModelSource | None = None
    on_cell: Callable[[int], None] = lambda _: None

    def lines(self) -> Iterator[str]:
        """Yield the lines of the text, each with its line feed.

        Raises CertificateError if the claim turns out to be false.
        """
        claim = self.arrangement
        yield "exactgeo-certificate 1\n"
        yield "claim activation-regions\n"
        if self.source:
            choices = json.dumps(self.source.record(), ensure_ascii=True, sort_keys=True, separators=(",", ":"))
            yield f"model {self.source.sha256} {choices}\n"
        yield from _program(claim.program)
        yield from _domain(claim.domain)
        yield f"regions {len(claim):x} {_digest(claim)}\n"
        yield "tree\n"
        for step in prove(claim.program, claim.domain, claim.regions, self.on_cell):
            yield _written(step)
        yield "end\n"

    def write(self, stream: IO[bytes]) -> None:
        """Write the compressed certificate.

        The bytes depend on the claim, its witnesses included: the same claim makes the same file wherever floats
        propose the same multipliers, as on one machine they do.
        """
        with gzip.GzipFile(filename="", mode="wb", fileobj=stream, mtime=0) as file:
            for line in self.lines():
                file.write(_within_limits(line).encode("ascii"))

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the certificate to a file and return its path. Nothing is left behind if that fails."""
        target = Path(path)
        with replacing(target) as temporary, temporary.open("wb") as stream:
            self.write(stream)
        return target


def certify(
    arrangement: Arrangement | PartialArrangement,
    *,
    source: ModelSource | None = None,
    on_cell: Callable[[int], None] = lambda _: None,
) -> Certificate:
    """Return a certificate that an arrangement lists exactly the activation regions; `save` it to have it worked out.

    Args:
        arrangement: complete; from any engine.
        source: the model file behind the program, to be named in the certificate.
        on_cell: told the number of cells shown so far.

    Raises:
        InvalidArgument: for a partial arrangement: there is nothing complete to certify.

    **Exactness**: exact. **Source**: proofs/RULES.md.
    """
    if isinstance(arrangement, PartialArrangement):
        raise InvalidArgument(f"a partial arrangement cannot be certified ({arrangement.reason}): raise the limit")
    return Certificate(arrangement, source, on_cell)


def _within_limits(line: str) -> str:
    """Return a line, unless the format has no room for it: then a checker would refuse it only after all the work."""
    if len(line) >= _LINE_LIMIT or (len(line) > _DIGITS_LIMIT and max(map(len, line.split())) > _DIGITS_LIMIT):
        raise CertificateError("the certificate would hold a line or a number longer than its format allows")
    return line


def _program(program: Program) -> Iterator[str]:
    yield f"program {program.sha256}\n"
    yield from program_lines(program.inputs, program.units, program.outputs)


def _domain(domain: Polyhedron) -> Iterator[str]:
    yield f"domain {len(domain.inequalities):x}\n"
    for row in domain.inequalities:
        yield "row" + "".join(f" {k:x} {value:x}" for k, value in enumerate(row) if value) + "\n"


def _digest(regions: Iterable[ActivationRegion]) -> str:
    digest = hashlib.sha256()
    for region in regions:
        digest.update((" ".join(f"{piece:x}" for piece in region.pattern) + "\n").encode("ascii"))
    return digest.hexdigest()


def _written(step: Step) -> str:
    if isinstance(step, Cell):
        return f"c {_over_common_denominator(step.witness)}\n"
    if isinstance(step, Empty):
        return "e" + "".join(f" {index:x} {value:x}" for index, value in step.multipliers) + "\n"
    if isinstance(step, Flat):
        return f"f {step.equal:x}\n"
    return "n\n"


def _over_common_denominator(point: Point) -> str:
    common = math.lcm(*(int(value.denominator) for value in point))
    numerators = (int(value.numerator) * (common // int(value.denominator)) for value in point)
    return " ".join(f"{number:x}" for number in (common, *numerators))
