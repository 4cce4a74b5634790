"""Check that a symmetric rational matrix is positive semidefinite of the stated rank, or that it is not.

The evidence is a JSON object, or lies under the keys "kernel" and "gram" of one (as `exactgeo gated -o` writes it):

    matrix      rows of rationals, written "p/q" or "p"
    lower       L, rows likewise, and
    diagonal    D: then matrix = L D L^T is claimed, L being lower triangular with ones on its diagonal, D >= 0
    null_space  a basis of the vectors v with matrix v = 0
    rank        of the matrix
or
    vector      v: then v^T matrix v < 0 is claimed

L has an inverse, so matrix and D have the same rank, and v^T matrix v = w^T D w >= 0 with w = L^T v. Nothing is said of
where the matrix comes from. The standard library only; Python's integers of any length.
"""

import argparse
import json
import os
import re
import sys
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(/[1-9][0-9]*)?", re.ASCII)
Vector = list[Fraction]


class Rejected(Exception):
    """The evidence is well formed, and does not prove what it should."""


def rational(text: object) -> Fraction:
    """Read a number."""
    if not isinstance(text, str) or not NUMBER.fullmatch(text):
        raise ValueError(f"{text!r} is no rational number 'p/q'")
    return Fraction(text)


def vector(values: object, size: int) -> Vector:
    """Read a vector of a given size."""
    if not isinstance(values, list) or len(values) != size:
        raise ValueError(f"a list of {size} numbers was expected")
    return [rational(value) for value in values]


def rows(values: object, size: int, count: int | None = None) -> list[Vector]:
    """Read some rows, or so many, of a given size."""
    if not isinstance(values, list) or count not in (None, len(values)):
        raise ValueError(f"a list of {size} rows was expected")
    return [vector(row, size) for row in values]


def inner(first: Vector, second: Vector) -> Fraction:
    """Return the sum of products."""
    return sum((a * b for a, b in zip(first, second, strict=True)), Fraction(0))


def demand(what: str, *, holds: bool) -> None:
    """Reject the evidence, for what is wrong with it, unless something holds."""
    if not holds:
        raise Rejected(what)


def verdict(evidence: dict[str, Any]) -> str:
    """Return what the evidence proves."""
    size = len(evidence["matrix"])
    matrix = rows(evidence["matrix"], size, size)
    is_symmetric = all(matrix[i][j] == matrix[j][i] for i in range(size) for j in range(i))
    demand("the matrix is not symmetric", holds=is_symmetric)
    if "vector" in evidence:
        v = vector(evidence["vector"], size)
        value = inner(v, [inner(row, v) for row in matrix])
        demand(f"v^T matrix v is {value}, which is not negative", holds=value < 0)
        return f"verified: a {size} x {size} matrix is not positive semidefinite: v^T matrix v = {value}"
    lower, diagonal = rows(evidence["lower"], size, size), vector(evidence["diagonal"], size)
    is_unit = all(row[i] == 1 and not any(row[i + 1 :]) for i, row in enumerate(lower))
    demand("L is not lower triangular with ones on its diagonal", holds=is_unit)
    demand("D has a negative entry", holds=all(value >= 0 for value in diagonal))
    for i in range(size):
        scaled = [a * d for a, d in zip(lower[i], diagonal, strict=True)]
        is_row = all(inner(scaled, lower[j]) == matrix[i][j] for j in range(i + 1))
        demand(f"row {i} of L D L^T is another one", holds=is_row)
    rank = sum(value != 0 for value in diagonal)
    demand(f"the rank is {rank}", holds=type(evidence["rank"]) is int and evidence["rank"] == rank)
    null_space = rows(evidence["null_space"], size)
    are_null = all(not inner(row, v) for row in matrix for v in null_space)
    demand("a vector of the null space is not one", holds=are_null)
    is_basis = len(null_space) == size - rank == rank_of(null_space)
    demand("the vectors of the null space are no basis of it", holds=is_basis)
    return f"verified: a {size} x {size} matrix is positive semidefinite, of rank {rank}"


def rank_of(vectors: list[Vector]) -> int:
    """Return how many vectors are independent, by elimination."""
    rest, rank = [list(v) for v in vectors], 0
    for column in range(len(rest[0]) if rest else 0):
        pivot = next((v for v in rest if v[column]), None)
        if pivot is None:
            continue
        rank += 1
        rest.remove(pivot)
        for v in rest:
            factor = v[column] / pivot[column]
            v[:] = [a - factor * b for a, b in zip(v, pivot, strict=True)]
    return rank


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the verdict; return 0 (verified), 1 (rejected), 2 (malformed or unreadable)."""
    parser = argparse.ArgumentParser(description="Check the definiteness of a matrix.")
    parser.add_argument("evidence", metavar="FILE")
    path = parser.parse_args(arguments).evidence
    sys.set_int_max_str_digits(0)
    try:
        evidence = json.loads(Path(path).read_text(encoding="utf-8"), object_pairs_hook=unique)
        evidence = evidence["kernel"]["gram"] if "kernel" in evidence else evidence
        said, code = verdict(evidence), 0
    except Rejected as rejected:
        said, code = f"rejected: {rejected}", 1
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        print(f"malformed or unreadable: {path}: {type(error).__name__} {error}", file=sys.stderr)
        return 2
    try:
        print(said, flush=True)
    except OSError:  # nobody is reading, or the disk is full: the exit code must not say "rejected" by accident
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return code or 2
    return code


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return a JSON object, in which no key stands twice."""
    if len({key for key, _ in pairs}) < len(pairs):
        raise ValueError("a key stands twice in one object")
    return dict(pairs)


if __name__ == "__main__":
    sys.exit(main())
