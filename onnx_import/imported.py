"""What an import gives, whichever door it came through."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from exactgeo.errors import MalformedModel
from exactgeo.networks.programs import Program
from onnx_import.choices import Choices


@dataclass(frozen=True, slots=True)
class Origin:
    """A node of the graph that made units of the program.

    Attributes:
        node: its name, or its first output's if it has none.
        operator: its operator.
        units: how many units it made. A program's units come in the order of the nodes that made them.
    """

    node: str
    operator: str
    units: int


@dataclass(frozen=True, slots=True)
class ImportedModel:
    """A program, and what it was made from.

    Attributes:
        program: the exact network.
        sha256: of the file's bytes.
        inputs: name and shape of each input, in the order in which they make up x (each flattened in row-major order).
        outputs: likewise of each output.
        operators: how often each operator was lowered.
        origins: the nodes that made units, in the units' order.
        opset: the version of the standard operators; None for a file that is not ONNX.
        ir_version: of the file; None for a file that is not ONNX.
        producer: what wrote the file, as it says itself.
        choices: what was chosen at import.
        rounded: how many irrational constants were rounded, as the choices allow.
        external_data: the SHA-256 of each other file that was read, by its name in the model.
    """

    program: Program
    sha256: str
    inputs: tuple[tuple[str, tuple[int, ...]], ...]
    outputs: tuple[tuple[str, tuple[int, ...]], ...]
    operators: Mapping[str, int]
    origins: tuple[Origin, ...]
    opset: int | None
    ir_version: int | None
    producer: str
    choices: Choices
    rounded: int
    external_data: Mapping[str, str]


def content_of(path: str | os.PathLike[str]) -> bytes:
    """Return a model file's bytes. Raises MalformedModel if it cannot be read."""
    try:
        if Path(path).is_char_device():
            raise MalformedModel(f"cannot read {os.fspath(path)}: it is a device, not a file")
        return Path(path).read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise MalformedModel(f"cannot read {os.fspath(path)}: {reason}") from error
