"""JSON files that people write, whose numbers are read exactly."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from exactgeo.arithmetic.rationals import rational
from exactgeo.errors import InvalidArgument


def read_text(path: Path | str, what: str, remedy: str = "") -> str:
    """Return a text file's content.

    Args:
        path: of the file.
        what: what the file should hold, for messages: "the slice".
        remedy: what else to say where there is no such file.

    Raises:
        InvalidArgument: if it cannot be read, is not text, or is a device, which may never end.
    """
    try:
        content = None if Path(path).is_char_device() else Path(path).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InvalidArgument(f"{what} {path} is not text") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InvalidArgument(f"{what} {path} cannot be read ({reason}){remedy}") from error
    if content is None:
        raise InvalidArgument(f"{what} {path} is a device, not a file")
    return content


@contextmanager
def understanding(path: Path | str, what: str) -> Iterator[None]:
    """Let whatever is wrong with a file's content name the file.

    Raises:
        InvalidArgument: if the block cannot make sense of the content; of the same class as what the block raised, if
            that is a class of it.
    """
    try:
        yield
    except (InvalidArgument, ValueError, KeyError, TypeError, IndexError, RecursionError) as error:
        kind = type(error) if isinstance(error, InvalidArgument) else InvalidArgument
        raise kind(f"{what} {path} cannot be understood: {error}") from error


@contextmanager
def reading(path: Path | str, what: str, kind: str) -> Iterator[dict[str, Any]]:
    """Give the JSON object in a file (see `exact_document`), and let whatever is wrong with it name the file.

    Args:
        path: of the file.
        what: what the file should hold, for messages.
        kind: what the key "format" must say.

    Raises:
        InvalidArgument: if the file cannot be read, is no such object, or the block cannot make sense of it.
    """
    content = read_text(path, what)
    with understanding(path, what):
        yield exact_document(content, kind)


def exact_document(content: str, kind: str) -> dict[str, Any]:
    """Return the JSON object in a text: integers as rationals, decimals as the text that they are.

    Args:
        content: the text.
        kind: what the key "format" must say; "version" must be 1.

    Raises:
        InvalidArgument: for another format or version, or a key that stands twice in one object.
        ValueError, RecursionError: if it is no JSON.
    """
    document = json.loads(content, parse_float=str, parse_int=rational, parse_constant=str, object_pairs_hook=_unique)
    if not isinstance(document, dict) or document.get("format") != kind or not _is_one(document.get("version")):
        raise InvalidArgument(f'expected an object with "format": "{kind}" and "version": 1')
    return document


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) < len(pairs):
        raise InvalidArgument("a key stands twice in one object")
    return dict(pairs)


def _is_one(value: object) -> bool:
    return not isinstance(value, bool | str) and value == 1
