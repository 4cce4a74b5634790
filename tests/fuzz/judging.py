"""What an import did: imported rightly, refused in our words, or a finding."""

import random
import traceback
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx

import exactgeo as eg
import onnx_import
from exactgeo.errors import ImportFailure, InternalError, InvalidArgument
from onnx_import.choices import IRRATIONAL_POLICIES
from onnx_import.evaluator import evaluate_file

MOST_ENTRIES = 20_000  # of a program that is evaluated to be compared


@dataclass(frozen=True)
class Verdict:
    """How an import ended.

    Attributes:
        kind: "imported", "refused", "compared"; or a finding: "crash", "memory", "differs", "unnamed".
        detail: the error, and where it was raised.
    """

    kind: str
    detail: str = ""

    @property
    def place(self) -> str:
        """Where in the code, or else the beginning of the detail: the same for findings of one kind."""
        return self.detail.rpartition(" at ")[2] if " at " in self.detail else self.detail[:40]

    @property
    def is_finding(self) -> bool:
        return self.kind not in ("imported", "refused", "compared")


def random_choices(content: bytes, rng: random.Random) -> dict[str, Any]:
    """Options of an import, most often none."""
    choices: dict[str, Any] = {"irrational": rng.choice(IRRATIONAL_POLICIES), "staircases": rng.random() < 0.7}
    if rng.random() < 0.15:
        try:
            nodes = onnx.ModelProto.FromString(content).graph.node
            choices["cut_at"] = rng.choice([one.name or one.output[0] for one in nodes])
        except Exception:  # noqa: BLE001 (no model, or one without nodes)
            choices["cut_at"] = "n"
    return choices


def judge(path: Path, choices: dict[str, Any], seed: int) -> Verdict:
    """Import a file, and compare what comes of it with the evaluator at a point."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            read = onnx_import.read(path, **choices)
        except InternalError as error:
            return Verdict("crash", _where(error))
        except (ImportFailure, InvalidArgument) as error:
            return _refusal(error)
        except BaseException as error:  # noqa: BLE001 (that is what is looked for)
            return Verdict("crash", _where(error))
    return _compared(path, read, choices, seed)


def _refusal(error: Exception) -> Verdict:
    if not str(error) or (type(error) is InvalidArgument and "cut" not in str(error) and "nothing" not in str(error)):
        return Verdict("unnamed", _where(error))
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, MemoryError):
            return Verdict("memory", _where(cause))
        cause = cause.__cause__ or cause.__context__
    return Verdict("refused", f"{type(error).__name__}: {error}")


def _where(error: BaseException) -> str:
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "tests/fuzz" not in frame.filename]
    ours = [frame for frame in frames if "onnx_import" in frame.filename or "/exactgeo/" in frame.filename]
    frame = (ours or frames or [None])[-1]
    place = "" if frame is None else f" at {Path(frame.filename).name}:{frame.lineno} ({frame.line})"
    return f"{type(error).__name__}: {str(error)[:200]!r}{place}"


def _compared(path: Path, read: onnx_import.ImportedModel, choices: dict[str, Any], seed: int) -> Verdict:
    program = read.program
    if len(program.units.forms.entries) + len(program.outputs.entries) + program.inputs > MOST_ENTRIES:
        return Verdict("imported", "too large to compare")
    rng = random.Random(seed)
    for _ in range(2):
        feeds, point = {}, []
        for name, shape in read.inputs:
            feeds[name] = [
                rng.choice(["0", "1/2", "1", "-1", "-3/4", "5/3", "2", "1/7"]) for _ in range(int(np.prod(shape)))
            ]
            point += feeds[name]
        try:
            names = [name for name, _ in read.outputs]
            found = evaluate_file(
                path, feeds, outputs=names, irrational=choices["irrational"], staircases=choices["staircases"]
            )
        except Exception as error:  # noqa: BLE001 (the evaluator is not what is tested here)
            return Verdict("imported", f"evaluator: {type(error).__name__}: {error}")
        wanted = list(eg.evaluate(program, point).outputs)
        start = 0
        for name, shape in read.outputs:
            size = int(np.prod(shape))
            here = np.asarray(found[name])
            if (
                here.shape != tuple(shape)
                or [int(v) if isinstance(v, bool) else v for v in here.ravel().tolist()] != wanted[start : start + size]
            ):
                got = f"{here.shape} {[str(v) for v in here.ravel()[:6]]}"
                return Verdict(
                    "differs",
                    f"'{name}': {tuple(shape)} {[str(v) for v in wanted[start : start + size][:6]]} for {got}",
                )
            start += size
    return Verdict("compared")
