"""Domains as text: `box:-1,1`, `box:-1,1;0,1/2`, `all`, or a file (JSON, or cddlib's .ine)."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from exactgeo.arithmetic.documents import exact_document, read_text, understanding
from exactgeo.arithmetic.rationals import Rational, rational, text
from exactgeo.errors import DimensionMismatch, EmptyDomain, InvalidArgument
from exactgeo.polyhedra.bounds import Bounds
from exactgeo.polyhedra.boxes import Box, Domain
from exactgeo.polyhedra.polyhedron import Polyhedron

FORMAT = "exactgeo-domain"

# cddlib's words for rows that are equations (its manual, section 3).
_LINEARITIES = {"linearity", "equality", "strict_inequality", "partial_enum", "partial_enumeration"}


def parse_domain(written: str, dimension: int) -> Domain:
    """Return the domain that a text describes.

    Args:
        written: `all` (R^n); `box:low,high` for every input or `box:low,high;low,high;…` with an interval for each,
            numbers being integers, fractions or decimals, and `-inf`, `inf` meaning no bound; or the path of a
            file, JSON (schemas/domain.schema.json) or cddlib's H-representation (`.ine`).
        dimension: the number of inputs.

    Raises:
        InvalidArgument: if the text or the file cannot be understood.
        DimensionMismatch: if the domain has another number of coordinates.
        EmptyDomain: if an interval has no interior.

    **Exactness**: exact: decimals mean the decimal numbers.
    """
    if written == "all":
        return Polyhedron(dimension)
    if written.startswith("box:"):
        return _box(written, dimension)
    domain = _from_file(Path(written))
    if domain.dimension != dimension:
        raise DimensionMismatch(
            f"the domain in {written} has {domain.dimension} coordinates, but the network has {dimension} inputs"
        )
    return domain


def describe_domain(domain: Polyhedron) -> str:
    """Return a domain as text: `all`, `box:…` where its rows are bounds, else the number of its half-spaces."""
    if not domain.inequalities:
        return "all"
    bounds = Bounds.of(domain.dimension, domain.inequalities)
    if len(bounds.rows) < len(domain.inequalities):
        return f"{len(domain.inequalities)} half-spaces in {domain.dimension} dimensions"
    low = ["-inf" if bound is None else text(bound) for bound in bounds.lower]
    high = ["inf" if bound is None else text(bound) for bound in bounds.upper]
    intervals = [f"{a},{b}" for a, b in zip(low, high, strict=True)]
    return "box:" + (intervals[0] if len(set(intervals)) == 1 else ";".join(intervals))


def _box(written: str, dimension: int) -> Box:
    intervals = written.removeprefix("box:").split(";")
    if len(intervals) not in (1, dimension):
        raise DimensionMismatch(
            f"the domain '{written}' has {len(intervals)} intervals, but the network has {dimension} inputs: "
            f"give one interval for all of them, or {dimension}"
        )
    ends = [interval.split(",") for interval in intervals]
    if any(len(pair) != 2 for pair in ends):  # noqa: PLR2004 (an interval has two ends)
        raise InvalidArgument(f"the domain '{written}' is not of the form box:LOW,HIGH or box:LOW,HIGH;LOW,HIGH;…")
    low, high = ([_end(pair[k], no_bound) for pair in ends] for k, no_bound in ((0, "-inf"), (1, "inf")))
    return Box(tuple(low * (dimension // len(low))), tuple(high * (dimension // len(high))))


def _end(written: str, no_bound: str) -> Rational | None:
    return None if written.strip() == no_bound else rational(written)


def _from_file(path: Path) -> Domain:
    content = read_text(path, "the domain", ", and it is neither 'all' nor 'box:LOW,HIGH'")
    with understanding(path, "the domain"):
        return _ine(content) if path.suffix == ".ine" else _json(content)


def _json(content: str) -> Domain:
    document = exact_document(content, FORMAT)
    if unknown := sorted(set(document) - {"format", "version", "dimension", "box", "inequalities"}):
        raise InvalidArgument(f'"{unknown[0]}" is not a known key')
    if ("box" in document) == ("inequalities" in document):
        raise InvalidArgument('expected either "box" or "inequalities"')
    key = "box" if "box" in document else "inequalities"
    rows = document[key]
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise InvalidArgument(f'"{key}" must be a list of lists of numbers')
    of_rows = (len(rows) if key == "box" else len(rows[0]) - 1) if rows else None
    dimension = document.get("dimension", of_rows)
    if isinstance(dimension, bool | str) or dimension is None or dimension < 1 or dimension != int(dimension):
        raise InvalidArgument('"dimension" must be a positive integer, and is needed where there are no inequalities')
    dimension = int(dimension)
    if key == "inequalities":
        return Polyhedron(dimension, tuple(map(tuple, rows)))
    if len(rows) != dimension:
        raise InvalidArgument(f'"box" has {len(rows)} intervals, but "dimension" is {dimension}')
    pairs = [(low, high) for low, high in rows]
    return Box(tuple(low for low, _ in pairs), tuple(high for _, high in pairs))


def _ine(content: str) -> Domain:
    """Read cddlib's H-representation: rows b a1 … an with b + a.x >= 0."""
    lines = [line.split() for line in content.splitlines() if line.strip() and not line.lstrip().startswith("*")]
    words = [line[0] for line in lines]
    if "V-representation" in words:
        raise InvalidArgument("it is a V-representation; an H-representation was expected")
    begin = words.index("begin") if words.count("begin") == 1 else None
    if begin is None or "end" not in words[begin:]:
        raise InvalidArgument("there is not exactly one block from 'begin' to 'end'")
    end = words.index("end", begin)
    options = {*words[:begin], *words[end:]}
    if options & _LINEARITIES:
        raise EmptyDomain("a domain with linearities has no interior: it must be full-dimensional")
    if "hull" in options:
        raise InvalidArgument("the option 'hull' makes its rows generators; half-spaces were expected")
    size, rows = lines[begin + 1], lines[begin + 2 : end]
    if len(size) != 3 or size[2] not in ("integer", "rational"):  # noqa: PLR2004 (rows, columns, type)
        raise InvalidArgument(f"expected 'ROWS COLUMNS integer' or '… rational', found '{' '.join(size)}'")
    count, columns = int(size[0]), int(size[1])
    if len(rows) != count or any(len(row) != columns for row in rows):
        raise InvalidArgument(f"the rows do not form a matrix of {count} rows and {columns} columns")
    return Polyhedron(columns - 1, tuple(_numbers(row) for row in rows))


def _numbers(words: Sequence[str]) -> tuple[Any, ...]:
    return tuple(rational(word) for word in words)
