"""What verbs print and write."""

import json
import os
import shutil
import sys
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

import click

from exactgeo.errors import InvalidArgument
from exactgeo.files import demand_writable, replacing

STREAM = "-"
_BOUND = "\N{NO-BREAK SPACE}"
_COLUMNS = 120  # where there is no terminal that says
_LONGEST_SHOWN = 200


def print_json(document: Mapping[str, Any]) -> None:
    """Print one JSON object on stdout."""
    click.echo(json.dumps(document))


def print_table(rows: Mapping[str, object], *, err: bool = False) -> None:
    """Print names and values in two columns, long ones over several lines; the items of a list are not broken."""
    width = max(map(len, rows))
    columns = shutil.get_terminal_size(fallback=(_COLUMNS, 24)).columns
    for name, value in rows.items():
        whole = (
            ", ".join(item.replace(" ", _BOUND) for item in map(printable, value)) if isinstance(value, list) else ""
        )
        lines = textwrap.wrap(
            whole or printable(value), max(columns - width - 2, 40), break_long_words=False, break_on_hyphens=False
        )
        for number, line in enumerate(lines or [""]):
            click.echo(f"{'' if number else name:<{width}}  {line.replace(_BOUND, ' ')}", err=err)


def printable(value: object) -> str:
    """Return a value as text without control characters: names in a file are not ours, and must not move the cursor."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in str(value))


def shortened(written: str) -> str:
    """Return a text, cut short if it is very long."""
    return written if len(written) <= _LONGEST_SHOWN else f"{written[:_LONGEST_SHOWN]}…"


def write_json(target: str, document: Mapping[str, Any]) -> None:
    """Write a JSON document to a file, whole or not at all, or to stdout for `-`; a value's iterator as a list."""
    if target == STREAM:
        standard_output().writelines(_json_parts(document))
        return
    with replacing(Path(target)) as temporary, temporary.open("w", encoding="utf-8") as file:
        file.writelines(_json_parts(document))


def standard_output() -> TextIO:
    """Return stdout. Raises InvalidArgument if the caller has closed it."""
    if sys.stdout is None:
        raise InvalidArgument("there is no standard output to write to")
    return sys.stdout


def _json_parts(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield a document's text, ending with a line feed, a little at a time."""
    opening = "{"
    for name, value in document.items():
        yield f"{opening}{json.dumps(name)}: "
        opening = ", "
        if isinstance(value, Iterator):
            yield "["
            for number, item in enumerate(value):
                yield ("" if number == 0 else ", ") + json.dumps(item)
            yield "]"
        else:
            yield json.dumps(value)
    yield "}\n"


def demand_target(target: str | None, *sources: str) -> None:
    """Raise now if the output cannot be written, or would replace an input, rather than when the work is done."""
    if target is None or target == STREAM:
        return
    if not target:
        raise InvalidArgument("the name of a file to write is empty")
    if any(_are_same(target, source) for source in sources):
        raise InvalidArgument(f"{target} is named twice; choose another name for what is written")
    demand_writable(Path(target))


def _are_same(first: str, second: str) -> bool:
    return os.path.realpath(first) == os.path.realpath(second) or (
        Path(first).exists() and Path(second).exists() and Path(first).samefile(second)
    )


def plural(count: int, noun: str) -> str:
    """Return `1 input`, `2 inputs`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
