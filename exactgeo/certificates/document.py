"""The certificate as a text of lines (proofs/FORMAT.md), made as it is read."""

import gzip
import hashlib
import io
import json
import math
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from exactgeo.arithmetic.affine import Row
from exactgeo.arithmetic.rationals import Point
from exactgeo.certificates.checking import Verdict, checked_while_written
from exactgeo.certificates.claims import Certifiable, Claim, ListedFacet, claim_of, pairs
from exactgeo.certificates.crossings import Crossings
from exactgeo.certificates.prover import prove
from exactgeo.certificates.sources import ModelSource
from exactgeo.certificates.steps import Cell, Empty, Flat, NoFacet, Step
from exactgeo.enumeration.arrangements import ActivationRegion
from exactgeo.errors import CertificateError
from exactgeo.files import replacing
from exactgeo.networks.programs import Program
from exactgeo.networks.serialisation import program_lines
from exactgeo.polyhedra import Polyhedron

_LEVEL = 6  # level 9 saves 3 % of a certificate's bytes, and takes five times as long
_BLOCK = 1 << 16
_LINE_LIMIT = 1 << 24
_DIGITS_LIMIT = 1 << 16


@dataclass(frozen=True, slots=True)
class Certificate:
    """Evidence for the claim that regions, and facets between them, are exactly those of a program in a domain.

    The evidence is worked out while the lines are read, so memory is needed for one path of the tree only.

    Attributes:
        claim: what is claimed.
        source: the model file behind the program, if there is one.
        on_cell: told the number of cells shown so far.
    """

    claim: Claim
    source: ModelSource | None = None
    on_cell: Callable[[int], None] = lambda _: None

    def lines(self) -> Iterator[str]:
        """Yield the lines of the text, each with its line feed.

        Raises CertificateError if the regions turn out to be claimed falsely, or their cells do not meet in the facets
        that are known. Which of these facets belong to the claim is left to the checker.
        """
        regions, cells = self.claim.arrangement, self.claim.cells
        yield "exactgeo-certificate 1\n"
        yield f"claim {self.claim.text}\n"
        if self.source:
            choices = json.dumps(self.source.record(), ensure_ascii=True, sort_keys=True, separators=(",", ":"))
            yield f"model {self.source.sha256} {choices}\n"
        yield from _program(regions.program)
        yield from _domain(regions.domain)
        yield f"regions {len(regions):x} {_digest(map(_pattern, regions))}\n"
        if cells is not None:
            yield f"facets {len(self.claim.facets):x} {_digest(map(self._facet, self.claim.facets))}\n"
        yield "tree\n"
        crossings = None if cells is None else Crossings(cells)
        for step in prove(regions.program, regions.domain, regions.regions, self.on_cell, crossings):
            yield _written(step)
        yield "end\n"

    def _facet(self, facet: ListedFacet) -> str:
        sides = (_pattern(self.claim.arrangement.regions[number]) for number in (facet.here, facet.there))
        jumps = (f"{jump.denominator:x}{_entries(jump.numerators)}" for jump in facet.jumps)
        return " | ".join([_entries(facet.hyperplane).lstrip(), *sides, *jumps])

    def write(self, stream: IO[bytes]) -> None:
        """Write the compressed certificate.

        The bytes depend on the claim, its witnesses included: the same claim makes the same file wherever floats
        propose the same multipliers, as on one machine they do.
        """
        member = gzip.GzipFile(filename="", mode="wb", compresslevel=_LEVEL, fileobj=stream, mtime=0)
        with member, io.BufferedWriter(member, _BLOCK) as file:
            for line in self.lines():
                file.write(_within_limits(line).encode("ascii"))

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the certificate to a file and return its path. Nothing is left behind if that fails."""
        target = Path(path)
        with replacing(target) as temporary, temporary.open("wb") as stream:
            self.write(stream)
        return target

    def save_checked(self, path: str | os.PathLike[str]) -> Verdict:
        """Write the certificate to a file while the independent checker reads it; return the checker's verdict.

        On two processors that takes hardly longer than to write it. Nothing is left behind unless it is verified.

        Raises:
            MalformedCertificate, CertificateRejected: as `check` does.
        """
        with replacing(Path(path)) as temporary, temporary.open("wb") as stream:
            return checked_while_written(self.write, stream)


def certify(
    found: Certifiable,
    *,
    source: ModelSource | None = None,
    on_cell: Callable[[int], None] = lambda _: None,
) -> Certificate:
    """Return a certificate that what was found is exactly what there is; `save` it to have it worked out.

    Args:
        found: an arrangement, complete, from any engine: its regions; a property that is safe: that it holds in all of
            them; a decision boundary: its pieces; a skeleton: its creases, and how the functions jump across them.
        source: the model file behind the program, to be named in the certificate.
        on_cell: told the number of cells shown so far.

    Raises:
        InvalidArgument: for a partial arrangement: there is nothing complete to certify; for a violation.

    **Exactness**: exact. **Source**: proofs/RULES.md.
    """
    return Certificate(claim_of(found), source, on_cell)


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
        yield f"row{_entries(row)}\n"


def _digest(lines: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for line in lines:
        digest.update(f"{line}\n".encode("ascii"))
    return digest.hexdigest()


def _pattern(region: ActivationRegion) -> str:
    return " ".join(f"{piece:x}" for piece in region.pattern)


def _entries(row: Row) -> str:
    return "".join(f" {k:x} {value:x}" for k, value in pairs(row))


def _written(step: Step) -> str:
    if isinstance(step, Cell):
        return f"c {_over_common_denominator(step.witness)}\n"
    if isinstance(step, Empty | NoFacet):
        factor = f" {step.factor:x}" if isinstance(step, NoFacet) else ""
        return f"e{factor}" + "".join(f" {index:x} {value:x}" for index, value in step.multipliers) + "\n"
    if isinstance(step, Flat):
        return f"f {step.equal:x}\n"
    return "n\n"


def _over_common_denominator(point: Point) -> str:
    common = math.lcm(*(int(value.denominator) for value in point))
    numerators = (int(value.numerator) * (common // int(value.denominator)) for value in point)
    return " ".join(f"{number:x}" for number in (common, *numerators))
