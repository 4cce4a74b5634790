"""Check a certificate of activation regions, trusting nothing but this file and Python.

FORMAT.md specifies the certificate, RULES.md proves that an accepted one is a proof; the terms below are theirs.
Only integers decide anything. The text is read once, line by line; one path of the tree is kept in memory.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import math
import os
import re
import sys
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from _typeshed import WriteableBuffer

LINE_LIMIT = 1 << 24  # a line, its line feed included, has fewer bytes
CHUNK = 1 << 16  # how much is read or decompressed at once
NATURAL = re.compile(r"0|[1-9a-f][0-9a-f]{0,65535}")  # at most 2^16 digits, so that no number takes hours
INTEGER = re.compile(r"0|-?[1-9a-f][0-9a-f]{0,65535}")
SHA256 = re.compile(r"[0-9a-f]{64}")

# Integer coefficients, none of them 0, by the number of the entry they multiply; {} is the zero form.
# Being sparse, it needs no memory for entries that a text merely claims to have.
Form = dict[int, int]


@dataclass(eq=False)
class Malformed(Exception):
    """A line, counted from 1, does not have the shape that the format demands."""

    line: int
    reason: str

    def __str__(self) -> str:
        return f"malformed (line {self.line}): {self.reason}"


@dataclass(eq=False)
class Rejected(Exception):
    """The lines are well formed, but a rule does not hold at a step, counted from 1 (0: outside the tree)."""

    step: int
    rule: str
    reason: str

    def __str__(self) -> str:
        return f"rejected (step {self.step}, rule {self.rule}): {self.reason}"


@dataclass(frozen=True)
class Verified:
    """What is proved of which program in which domain; the model is as stated, and nothing is proved of it."""

    claim: str
    regions: int
    patterns_sha256: str
    program_sha256: str
    inputs: int
    units: int
    outputs: int
    domain: list[str]  # its rows, as they are written
    steps: int
    model_sha256: str | None
    model: dict[str, object] | None
    facets: int | None = None  # of the claims that check_facets.py understands
    facets_sha256: str | None = None

    def __str__(self) -> str:
        facets = "" if self.facets is None else f"{self.facets:,} facets of the "
        claim = "" if self.claim == "activation-regions" else f"{facets}{self.claim}, "
        return (
            f"verified: {claim}{self.regions:,} activation regions of program {self.program_sha256[:12]}... "
            f"({self.inputs:,} inputs, {self.units:,} units, {self.outputs:,} outputs) in "
            f"{f'a domain of {len(self.domain):,} half-spaces' if self.domain else 'all of R^n'}; {self.steps:,} steps"
        )


def trailer_apart(stream: BinaryIO) -> Iterator[bytes]:
    """Yield the bytes of a stream in pieces, the last 8 by themselves.

    These are the checksum and length of a gzip member. If they are wrong, zlib discards what it decompressed from
    the same piece. So that this is no text, and every line is read before the defect is found, they come alone.
    """
    held = b""
    while more := stream.read(CHUNK):
        yield (held + more)[:-8]
        held = (held + more)[-8:]
    yield held


class GzipMember(io.RawIOBase):
    """The text of a stream that is exactly one gzip member."""

    def __init__(self, stream: BinaryIO) -> None:
        self._pieces = trailer_apart(stream)
        self._inflate = zlib.decompressobj(wbits=31)  # 31: one gzip member, checksum and length verified

    def readable(self) -> bool:
        """Say that this stream can be read."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Put the next bytes of the text into the buffer; return their number, 0 at the end."""
        view = memoryview(buffer)
        while not self._inflate.eof:
            piece = self._inflate.unconsumed_tail or next(self._pieces, None)
            text = self._inflate.decompress(piece or b"", len(view))
            if text:
                view[: len(text)] = text
                return len(text)
            if piece is None:
                raise EOFError("it is truncated")
        if self._inflate.unused_data or any(self._pieces):
            raise EOFError("bytes follow it")
        return 0


class Reader:
    """Reads lines and their parts, and names the line of every defect."""

    def __init__(self, stream: BinaryIO) -> None:
        self._text = io.BufferedReader(GzipMember(stream), CHUNK)
        self._line = 0  # the number of the last line read
        self.sha256 = hashlib.sha256()  # of the lines read since it was set

    def fail(self, reason: str) -> NoReturn:
        """Report a defect of the last line read."""
        raise Malformed(self._line, reason)

    def _bytes(self) -> bytes:
        """Return the next line, or a long part of it, or nothing at the end of the text."""
        try:
            data = self._text.readline(LINE_LIMIT)
        except (EOFError, zlib.error) as error:
            self.fail(f"the file is not a whole gzip member: {error}")
        self._line += 1
        return data

    def line(self) -> str:
        """Return the next line without its line feed."""
        data = self._bytes()
        if len(data) >= LINE_LIMIT:
            self.fail("the line is too long")
        if not data.endswith(b"\n"):
            self.fail("the text ends where a line was expected")
        self.sha256.update(data)
        line = data[:-1].decode("latin-1")  # which decodes anything
        if not (line.isascii() and line.isprintable()):
            self.fail("a character is not printable ASCII")
        return line

    def end_of_text(self) -> None:
        """Make sure that nothing follows."""
        if self._bytes():
            self.fail("the text goes on after its end")

    def literally(self, text: str) -> None:
        """Read a line that can only be this one."""
        if self.line() != text:
            self.fail(f"expected '{text}'")

    def after(self, keyword: str) -> list[str]:
        """Read a line that starts with a keyword; return the other tokens."""
        first, *tokens = self.line().split(" ")
        if first != keyword:
            self.fail(f"expected '{keyword}'")
        return tokens

    def count(self, keyword: str, least: int = 0) -> int:
        """Read a line of a keyword and a natural that is not less than the least."""
        tokens = self.after(keyword)
        number = self.number(tokens[0]) if len(tokens) == 1 else -1
        if number < least:
            self.fail(f"expected '{keyword}' and one natural, at least {least}")
        return number

    def counted(self, keyword: str) -> tuple[int, str]:
        """Read a line of a keyword, a natural and a SHA-256."""
        number, sha256, *more = (*self.after(keyword), "", "")
        if more != ["", ""]:
            self.fail(f"expected '{keyword}', a natural and a SHA-256")
        return self.number(number), self.hash(sha256)

    def point(self, tokens: list[str], inputs: int) -> list[int]:
        """Return the numbers d, w1, ..., wn of a point."""
        if len(tokens) != 1 + inputs or tokens[0] == "0":
            self.fail("expected a point: a natural above 0, and as many integers as there are inputs")
        return [self.number(tokens[0]), *(self.number(w, INTEGER) for w in tokens[1:])]

    def number(self, token: str, shape: re.Pattern[str] = NATURAL) -> int:
        """Return the value of a natural, or of an integer."""
        if not shape.fullmatch(token):
            self.fail(f"expected {'a natural' if shape is NATURAL else 'an integer'}")
        return int(token, 16)

    def hash(self, token: str) -> str:
        """Return a token that is a SHA-256."""
        if not SHA256.fullmatch(token):
            self.fail("expected a SHA-256")
        return token

    def pairs(self, tokens: list[str], shape: re.Pattern[str] = INTEGER) -> dict[int, int]:
        """Return pairs of a natural, each greater than the last, and a number that is not 0."""
        if len(tokens) % 2:
            self.fail("expected pairs of numbers")
        pairs: dict[int, int] = {}
        last = -1
        for key, value in zip(tokens[::2], tokens[1::2], strict=True):
            k, c = self.number(key), self.number(value, shape)
            if k <= last or c == 0:
                self.fail("pairs of numbers are not in order, or one ends in 0")
            pairs[k] = c
            last = k
        return pairs

    def coefficients(self, tokens: list[str], entries: int, denominator: int) -> Form:
        """Return the numerators of a form over the first so many entries, or a row (with denominator 0)."""
        form = self.pairs(tokens)
        if max(form, default=0) >= entries:
            self.fail("there is no entry of that number")
        if math.gcd(denominator, *form.values()) != 1:
            self.fail("the coefficients do not have gcd 1")
        return form

    def form(self, tokens: list[str], entries: int) -> tuple[int, Form]:
        """Return the denominator and the numerators of a form."""
        denominator = self.number(tokens[0]) if tokens else 0
        if denominator == 0:
            self.fail("expected a form, with a denominator above 0")
        return denominator, self.coefficients(tokens[1:], entries, denominator)

    def row(self, inputs: int) -> tuple[str, Form]:
        """Read a row of the domain; return it as it is written, and its coefficients."""
        tokens = self.after("row")
        row = self.coefficients(tokens, 1 + inputs, 0)
        if row.keys() <= {0}:
            self.fail("the row has no variable")
        return " ".join(tokens), row


@dataclass(frozen=True)
class Unit:
    """The pieces of a unit, with denominators cleared.

    The unit has a scale S > 0, and these forms are S times those of the program. They are written in the *scaled
    environment*: 1 and the inputs as they are, y times the scale of its unit. All coefficients are then integers.
    The pieces share S, so it changes neither which selectors are equal nor the primitive row of a difference.
    """

    scale: int
    selectors: list[Form]
    values: list[Form]


@dataclass(frozen=True)
class Program:
    """A program: how many inputs it has, its units, and its outputs with their denominators."""

    inputs: int
    units: list[Unit]
    outputs: list[tuple[int, Form]]


def read_model(reader: Reader, text: str) -> dict[str, object]:
    """Return the JSON object of the model line."""
    try:
        model = json.loads(text)
        json.dumps([[model]], allow_nan=False)  # no NaN, which is not JSON; and a report, less deep, can be written
    except (ValueError, RecursionError):
        reader.fail("the model is not JSON, or it is too deep or has too long a number for Python")
    if not (isinstance(model, dict) and text[0] == "{" and text[-1] == "}"):
        reader.fail("the model is not a JSON object, or has spaces around it")
    return model


def read_unit(reader: Reader, inputs: int, units: list[Unit]) -> Unit:
    """Read the unit that comes after these units."""
    entries = 1 + inputs + len(units)
    selectors: list[tuple[int, Form]] = []
    values: list[tuple[int, Form]] = []
    for _ in range(reader.count("unit", least=2)):
        tokens = reader.after("piece")
        bar = tokens.index("|") if "|" in tokens else len(tokens)
        selectors.append(reader.form(tokens[:bar], entries))
        values.append(reader.form(tokens[bar + 1 :], entries) if bar < len(tokens) else selectors[-1])
        if bar < len(tokens) and values[-1] == selectors[-1]:
            reader.fail("the value does not differ from the selector")
    scale, cleared = without_denominators(selectors + values, inputs, units)
    return Unit(scale, cleared[: len(selectors)], cleared[len(selectors) :])


def without_denominators(forms: list[tuple[int, Form]], inputs: int, units: list[Unit]) -> tuple[int, list[Form]]:
    """Return a scale S > 0, and S times the forms, in the scaled environment."""
    # A term c e / d is c (s e) / (d s), where s is the scale of the entry e: so S is a multiple of every d s.
    scales = {k: units[k - inputs - 1].scale if k > inputs else 1 for _, form in forms for k in form}
    scale = math.lcm(*(d * scales[k] for d, form in forms for k in form))
    return scale, [{k: c * (scale // (d * scales[k])) for k, c in form.items()} for d, form in forms]


def read_program(reader: Reader, sha256: str) -> Program:
    """Read the program, which must have this hash."""
    reader.sha256 = hashlib.sha256()
    reader.literally("exactgeo-program 1")
    inputs = reader.count("inputs", least=1)
    if inputs >= LINE_LIMIT:
        reader.fail("there are more inputs than a line has room for")
    units: list[Unit] = []
    for _ in range(reader.count("units")):
        units.append(read_unit(reader, inputs, units))
    entries = 1 + inputs + len(units)
    outputs = [reader.form(reader.after("output"), entries) for _ in range(reader.count("outputs"))]
    reader.literally("end")
    if reader.sha256.hexdigest() != sha256:  # rule: program
        raise Rejected(0, "program", "the program does not have the SHA-256 that is stated")
    return Program(inputs, units, outputs)


def combine(terms: Iterable[tuple[int, Form]]) -> Form:
    """Return the sum of multiples of forms."""
    total: Form = {}
    for factor, form in terms:
        for k, c in form.items():
            total[k] = total.get(k, 0) + factor * c
    return {k: c for k, c in total.items() if c}


def substitute(form: Form, inputs: int, values: list[Form]) -> Form:
    """Return a form of the scaled environment as a form in (1, x), given what the units' values are in (1, x)."""
    return combine((c, values[k - inputs - 1] if k > inputs else {k: 1}) for k, c in form.items())


def pattern_of(pieces: Iterable[int]) -> str:
    """Return a pattern as a text has it."""
    return " ".join(f"{piece:x}" for piece in pieces)


def primitive_row(form: Form) -> Form:
    """Return the positive multiple, with integer coefficients of gcd 1, of a form that is not zero."""
    gcd = math.gcd(*form.values())
    return {k: c // gcd for k, c in form.items()}


def bounds_of(rows: list[Form]) -> dict[tuple[int, bool], tuple[int, int]]:
    """Return the bounds that the rows of the domain put on single variables.

    A row b + a xk >= 0 with no other variable says xk <= b/|a| if a < 0, and -xk <= b/|a| if a > 0. The pair (b, |a|)
    with the least b/|a| stands under (k, False) as the bound on xk, and under (k, True) as the bound on -xk.
    """
    bounds: dict[tuple[int, bool], tuple[int, int]] = {}
    for row in rows:
        k = max(row)
        if row.keys() <= {0, k}:
            a, b = row[k], row.get(0, 0)
            old = bounds.get((k, a > 0))
            if old is None or b * old[1] < old[0] * abs(a):
                bounds[k, a > 0] = (b, abs(a))
    return bounds


@dataclass
class Branch:
    """A Node on the path: the selectors of its unit in (1, x), and the piece below which the walk is."""

    selectors: list[Form]
    constraints: int  # how many there are at the Node itself
    piece: int = -1  # none yet


class Claim:
    """What a certificate claims besides its regions: nothing here; check_facets.py knows more."""

    def __init__(self, reader: Reader) -> None:
        self.text = "activation-regions"
        if reader.after("claim") != [self.text]:
            reader.fail("expected the claim activation-regions; check_facets.py knows others")

    def begin(self, reader: Reader, program: Program) -> None:
        """Read what the header says of it, after the line of the regions."""

    def at_cell(self, reader: Reader, walk: Walk) -> None:
        """Read and check what follows a Cell."""

    def end(self) -> dict[str, object]:
        """Compare what was checked with what the header says; return what a verdict says of it."""
        return {}


class Walk:
    """A walk through the tree: the path to the current step, and the patterns met so far."""

    def __init__(self, program: Program, rows: list[Form], claim: Claim) -> None:
        self.inputs = program.inputs
        self.units = program.units
        self.claim = claim
        self.bounds = bounds_of(rows)
        self.path: list[Branch] = []
        self.constraints = list(rows)
        self.values: list[Form] = []  # in (1, x), times the scale, for the units above the last Node of the path
        self.steps = 0
        self.patterns = 0
        self.sha256 = hashlib.sha256()

    def run(self, reader: Reader) -> None:
        """Read and check all steps of the tree."""
        self.step(reader)
        while self.advance():
            self.step(reader)

    def step(self, reader: Reader) -> None:
        """Read and check one step."""
        self.steps += 1
        match reader.line().split(" "):
            case ["n"]:
                self.node()
            case ["c", *tokens]:
                self.cell(reader.point(tokens, self.inputs))
                self.claim.at_cell(reader, self)
            case ["e", *tokens] if tokens:
                self.empty(reader.pairs(tokens, NATURAL))
            case ["f", piece]:
                self.flat(reader.number(piece))
            case _:
                reader.fail("expected a step of the tree")

    def reject(self, rule: str, reason: str) -> NoReturn:
        """Report a rule that does not hold at the current step."""
        raise Rejected(self.steps, rule, reason)

    def advance(self) -> bool:
        """Go to the subtree that comes next in pre-order; return False if there is none."""
        while self.path:
            branch = self.path[-1]
            del self.constraints[branch.constraints :]
            del self.values[len(self.path) - 1 :]
            branch.piece += 1
            if branch.piece < len(branch.selectors):
                self.descend(branch)
                return True
            self.path.pop()
        return False

    def descend(self, branch: Branch) -> None:
        """Add the constraints of a piece: its selector exceeds every one that is another form."""
        chosen = branch.selectors[branch.piece]
        others = (selector for selector in branch.selectors if selector != chosen)
        self.constraints += [primitive_row(combine([(1, chosen), (-1, other)])) for other in others]  # rule: descend

    def require_least(self) -> None:
        """Refuse a piece that has the same selector as an earlier one."""
        if self.path:
            branch = self.path[-1]
            first = branch.selectors.index(branch.selectors[branch.piece])  # the first that is equal
            if first != branch.piece:  # rule: least
                self.reject("least", f"the selector of this piece is that of piece {first}")

    def last_value(self) -> Form:
        """Return the value of the last unit on the path in (1, x)."""
        unit, branch = self.units[len(self.path) - 1], self.path[-1]
        value, selector = unit.values[branch.piece], unit.selectors[branch.piece]
        return branch.selectors[branch.piece] if value == selector else substitute(value, self.inputs, self.values)

    def node(self) -> None:
        """Check a Node, and append it to the path."""
        depth = len(self.path)
        if depth == len(self.units):  # rule: node
            self.reject("node", "every unit is decided")
        self.require_least()
        if self.path:
            self.values.append(self.last_value())
        selectors = [substitute(selector, self.inputs, self.values) for selector in self.units[depth].selectors]
        self.path.append(Branch(selectors, len(self.constraints)))

    def cell(self, point: list[int]) -> None:
        """Check a Cell, and list its pattern. The point is d, w1, ..., wn: d times the entries 1, x1, ..., xn."""
        if len(self.path) != len(self.units):
            self.reject("cell", "a unit is not decided")
        self.require_least()
        for i, row in enumerate(self.constraints):
            if sum(c * point[k] for k, c in row.items()) <= 0:  # rule: cell
                self.reject("cell", f"constraint {i} is not positive at the point")
        self.patterns += 1
        self.sha256.update((pattern_of(branch.piece for branch in self.path) + "\n").encode())

    def empty(self, multipliers: dict[int, int]) -> None:
        """Check an Empty: nowhere in the domain is this sum of constraints positive."""
        if max(multipliers) >= len(self.constraints):
            self.reject("empty", "there is no constraint of that number")
        self.require_not_positive(combine((m, self.constraints[i]) for i, m in multipliers.items()))

    def require_not_positive(self, total: Form) -> None:
        """Refuse a sum that the bounds of the domain do not keep from being positive."""
        constant = total.pop(0, 0)
        if any((k, c < 0) not in self.bounds for k, c in total.items()):
            self.reject("empty", "the domain has no bound on a variable that is left over")
        # In int D, c xk = |c| xk <= |c| b/|a| if c > 0, and c xk = |c| (-xk) <= |c| b/|a| if c < 0.
        terms = [(abs(c), *self.bounds[k, c < 0]) for k, c in total.items()]
        common = math.lcm(*(a for _, _, a in terms))
        if common * constant + sum(c * b * (common // a) for c, b, a in terms) > 0:  # rule: empty
            self.reject("empty", "the bounds of the domain do not keep the sum from being positive")

    def flat(self, other: int) -> None:
        """Check a Flat."""
        if not self.path:
            self.reject("flat", "no unit is decided")
        branch = self.path[-1]
        if other >= branch.piece or branch.selectors[other] != branch.selectors[branch.piece]:  # rule: flat
            self.reject("flat", "no earlier piece of that number has the same selector")


def check(source: str | os.PathLike[str] | BinaryIO, claims: Callable[[Reader], Claim] = Claim) -> Verified:
    """Check the certificate in a file or a binary stream; raise Malformed, Rejected or OSError if it is not one."""
    if isinstance(source, (str, os.PathLike)):
        with Path(source).open("rb") as stream:
            return check(stream, claims)
    reader = Reader(source)
    reader.literally("exactgeo-certificate 1")
    claim = claims(reader)
    model_sha256 = model = None
    keyword, _, rest = reader.line().partition(" ")
    if keyword == "model":
        sha256, _, text = rest.partition(" ")
        model_sha256, model = reader.hash(sha256), read_model(reader, text)
        keyword, _, rest = reader.line().partition(" ")
    if keyword != "program":
        reader.fail("expected 'program'")
    program_sha256 = reader.hash(rest)
    program = read_program(reader, program_sha256)
    rows = [reader.row(program.inputs) for _ in range(reader.count("domain"))]
    regions, patterns_sha256 = reader.counted("regions")
    claim.begin(reader, program)
    reader.literally("tree")
    walk = Walk(program, [row for _, row in rows], claim)
    walk.run(reader)
    if walk.patterns != regions:  # rule: count
        raise Rejected(0, "count", f"the tree has {walk.patterns:,} patterns, not the number that is stated")
    if walk.sha256.hexdigest() != patterns_sha256:  # rule: digest
        raise Rejected(0, "digest", "the patterns do not have the SHA-256 that is stated")
    more = claim.end()
    reader.literally("end")
    reader.end_of_text()
    return Verified(
        claim=claim.text,
        regions=regions,
        patterns_sha256=patterns_sha256,
        program_sha256=program_sha256,
        inputs=program.inputs,
        units=len(program.units),
        outputs=len(program.outputs),
        domain=[text for text, _ in rows],
        steps=walk.steps,
        model_sha256=model_sha256,
        model=model,
        **more,
    )


def main(argv: Sequence[str] | None = None, claims: Callable[[Reader], Claim] = Claim) -> int:
    """Print the verdict on a certificate; return 0 (verified), 1 (rejected), 2 (malformed or unreadable)."""
    parser = argparse.ArgumentParser(description="Check a certificate.")
    parser.add_argument("certificate", metavar="CERT", help="a file, or - for standard input")
    parser.add_argument("--json", action="store_true", help="print a JSON object, with hashes in full")
    arguments = parser.parse_args(argv)
    verdict: Verified | Rejected | Malformed
    try:
        stdin = os.fdopen(0, "rb", closefd=False) if arguments.certificate == "-" else None
        verdict, code = check(stdin or arguments.certificate, claims), 0
    except Rejected as rejected:
        verdict, code = rejected, 1
    except Malformed as malformed:
        verdict, code = malformed, 2
    except OSError as error:
        print(f"cannot read {arguments.certificate}: {error.strerror or error}", file=sys.stderr)
        return 2
    except MemoryError:
        print(f"cannot check {arguments.certificate}: out of memory", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    try:
        report = {"verdict": type(verdict).__name__.lower(), **vars(verdict)}
        print(json.dumps(report) if arguments.json else verdict, flush=True)
    except OSError:  # nobody is reading, or the disk is full: the exit code must not say "rejected" by accident
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return code or 2
    return code


if __name__ == "__main__":
    sys.exit(main())
