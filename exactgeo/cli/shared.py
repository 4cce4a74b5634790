"""What the verbs have in common: options, progress, stopping on Ctrl-C, and output."""

import functools
import json
import math
import os
import shutil
import signal
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

import onnx_import
from exactgeo.complexes import CellComplex, cell_complex
from exactgeo.enumeration import DEFAULT_ENGINE, ENGINES, Arrangement, PartialArrangement, enumerate_regions, is_exact
from exactgeo.enumeration.budgets import Budget, Progress
from exactgeo.errors import BudgetExhausted, InvalidArgument
from exactgeo.files import demand_writable, replacing
from exactgeo.networks import Program
from exactgeo.networks.slices import Slice
from exactgeo.polyhedra import Domain
from exactgeo.polyhedra.boxes import domain_polyhedron
from exactgeo.polyhedra.domains import parse_domain
from exactgeo.reports.documents import domain_document, program_document, slice_document
from onnx_import import Choices, ImportedModel
from onnx_import.choices import IRRATIONAL_POLICIES, NORMALISATIONS, IrrationalPolicy, Normalisation

STREAM = "-"
_REDRAW_SECONDS = 0.1
_SAME_SECONDS = 0.2  # in which signals are one: who signals a process and then its group sends two
_BOUND = "\N{NO-BREAK SPACE}"
_COLUMNS = 120  # where there is no terminal that says

Command = Callable[..., Any]

model_argument = click.argument("model", type=click.Path(dir_okay=False))
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
domain_option = click.option(
    "--domain",
    "domain_text",
    default="box:-1,1",
    show_default=True,
    metavar="D",
    help="Where to look: box:LOW,HIGH (every input), box:LOW,HIGH;LOW,HIGH;… (each), all (R^n), a file (JSON, .ine).",
)


slice_option = click.option(
    "--slice",
    "slice_path",
    metavar="FILE",
    help="Restrict the network to a slice first: a JSON file with three points, or an origin and directions.",
)


exact_engine_option = click.option(
    "--engine",
    type=click.Choice([engine for engine in ENGINES if is_exact(engine)]),
    default=DEFAULT_ENGINE,
    show_default=True,
    help="Who enumerates.",
)


def import_options(command: Command) -> Command:
    """Add the options that say how a model is read; the command gets them as one argument, `choices`."""

    @functools.wraps(command)
    def with_choices(
        *,
        cut_at: str | None,
        irrational: IrrationalPolicy,
        staircases: bool,
        normalisation: Normalisation,
        **options: object,
    ) -> object:
        return command(choices=Choices(cut_at, irrational, staircases, normalisation), **options)

    for option in (
        click.option(
            "--normalisation",
            type=click.Choice(NORMALISATIONS),
            default=NORMALISATIONS[0],
            show_default=True,
            help="What of a .nnet file's normalisation belongs to the network.",
        ),
        click.option("--staircases", is_flag=True, help="Read QuantizeLinear of data, and its like, as a staircase."),
        click.option(
            "--irrational",
            type=click.Choice(IRRATIONAL_POLICIES),
            default=IRRATIONAL_POLICIES[0],
            show_default=True,
            help="What becomes of irrational constants, such as a batch normalisation's 1/sqrt: refused, or rounded.",
        ),
        click.option("--cut-at", metavar="NODE", help="End the network before this node (a final Softmax, say)."),
    ):
        with_choices = option(with_choices)
    return with_choices


def budget_options(command: Command) -> Command:
    """Add the options that limit long work."""
    seconds = click.option(
        "--max-seconds", type=click.FloatRange(min=0), help="Stop after this long, with what was found."
    )
    regions = click.option("--max-regions", type=click.IntRange(min=0), help="Stop at this many regions.")
    return seconds(regions(command))


def jobs_options(command: Command) -> Command:
    """Add the options that say who does long work, and how it survives."""
    jobs = click.option(
        "--jobs",
        type=click.IntRange(min=1),
        default=1,
        show_default=True,
        metavar="N",
        help="How many processes look for regions; what they find does not depend on it.",
    )
    resume = click.option(
        "--resume",
        metavar="FILE",
        help="Remember in FILE what was found, and go on from there if FILE is there already, however the work ended.",
    )
    return jobs(resume(command))


@dataclass(frozen=True, slots=True)
class How:
    """By which engine, with how many processes, and where what was found is remembered."""

    engine: str
    jobs: int
    resume: str | None


@dataclass(frozen=True, slots=True)
class Question:
    """A model and where to look at it.

    Attributes:
        model: what was imported.
        path: from where.
        program: the network, or what it is on a slice.
        domain: where, in the slice's coordinates if there is one.
        domain_text: as it was written.
        slice_path: the slice's file, None without one.
        cut: the slice.
    """

    model: ImportedModel
    path: str
    program: Program
    domain: Domain
    domain_text: str
    slice_path: str | None = None
    cut: Slice | None = None

    @property
    def model_text(self) -> str:
        """The model's path, what was chosen at import, and the slice."""
        cut = "" if self.slice_path is None else f" on the slice {self.slice_path}"
        return self.path + self.model.choices.remarks() + cut

    @classmethod
    def read(cls, path: str, domain_text: str, choices: Choices, slice_path: str | None = None) -> "Question":
        """Import the model and understand slice and domain."""
        model = onnx_import.read(path, **choices.record())
        cut = None if slice_path is None else Slice.read(slice_path)
        program = model.program if cut is None else cut.applied(model.program)
        return cls(model, path, program, parse_domain(domain_text, program.inputs), domain_text, slice_path, cut)

    def documents(self) -> dict[str, Any]:
        """Return what names model, network, slice and domain in a JSON document."""
        document = {
            "model": model_document(self.model, self.path),
            "program": program_document(self.program),
            "domain": domain_document(self.domain_text, domain_polyhedron(self.domain, self.program.inputs)),
        }
        return document if self.cut is None else {**document, "slice": slice_document(self.cut)}


def model_document(model: ImportedModel, path: str) -> dict[str, Any]:
    """Return what names a model file."""
    return {"path": path, "sha256": model.sha256, **model.choices.record()}


def regions_of(question: Question, how: How, budget: Budget) -> Arrangement:
    """Find all regions.

    Raises:
        BudgetExhausted: if the budget ends first.
    """
    with progress_bar("enumerating") as on_progress:
        found = enumerate_regions(
            question.program, question.domain, **asdict(how), budget=budget, on_progress=on_progress
        )
    if isinstance(found, PartialArrangement):
        raise BudgetExhausted(f"nothing was written: {found.reason}, with {len(found):,} regions found", found)
    return found


def cells_of(question: Question, how: How, budget: Budget) -> CellComplex:
    """Find all cells, as polyhedra. Errors are those of `regions_of`, and of `cell_complex`."""
    found = regions_of(question, how, budget)
    with progress_bar("shapes", "cells") as on_progress:
        return cell_complex(found, budget, on_progress)


@dataclass(slots=True)
class Stopper:
    """Whether the user asked to stop."""

    asked: threading.Event = field(default_factory=threading.Event)

    def budget(self, max_regions: int | None, max_seconds: float | None) -> Budget:
        """Return a budget that also ends when the user asks to stop."""
        return Budget(max_regions, max_seconds, self.asked.is_set)


@contextmanager
def stoppable() -> Iterator[Stopper]:
    """Turn the first Ctrl-C or SIGTERM into a request to stop and write what was found; a later one stops at once."""
    stopper = Stopper()

    first = math.inf

    def ask(_number: int, _frame: FrameType | None) -> None:
        nonlocal first
        if stopper.asked.is_set() and time.monotonic() - first > _SAME_SECONDS:
            raise KeyboardInterrupt
        first = min(first, time.monotonic())
        stopper.asked.set()

    if threading.current_thread() is not threading.main_thread():
        yield stopper
        return
    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopper
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def compilation_announced() -> Iterator[None]:
    """Say why nothing happens at first, where kernels are used for the first time."""
    from exactgeo.compiling import announced  # noqa: PLC0415 (numba is slow to load)

    def announce() -> None:
        click.echo("exactgeo: compiling, once after an installation; half a minute or so", err=True)

    with announced(announce):
        yield


@contextmanager
def progress_bar(title: str, noun: str = "regions") -> Iterator[Callable[[Progress], None]]:
    """Draw progress on stderr if that is a terminal; give what takes the news."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _: None
        return
    columns = (
        TextColumn(title),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%  {task.fields[found]:,} " + noun),
        TimeElapsedColumn(),
    )
    with Bar(*columns, console=console, transient=True, auto_refresh=False) as bar:
        task = bar.add_task(title, total=1.0, found=0)
        drawn = 0.0

        def show(news: Progress) -> None:
            nonlocal drawn
            if time.monotonic() - drawn >= _REDRAW_SECONDS:
                drawn = time.monotonic()
                bar.update(task, completed=news.fraction, found=news.regions, refresh=True)

        yield show


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


def write_json(target: str, document: Mapping[str, Any]) -> None:
    """Write a JSON document to a file, whole or not at all, or to stdout for `-`; a value's iterator as a list."""
    if target == STREAM:
        sys.stdout.writelines(_json_parts(document))
        return
    with replacing(Path(target)) as temporary, temporary.open("w", encoding="utf-8") as file:
        file.writelines(_json_parts(document))


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


def demand_journal(resume: str | None, *others: str | None) -> None:
    """Raise now if the journal's file cannot be written, or is named for something else, too."""
    if resume == STREAM:
        raise InvalidArgument("--resume needs a file that stays: - is none")
    demand_target(resume, *(other for other in others if other is not None and other != STREAM))


def _are_same(first: str, second: str) -> bool:
    return os.path.realpath(first) == os.path.realpath(second) or (
        Path(first).exists() and Path(second).exists() and Path(first).samefile(second)
    )


def plural(count: int, noun: str) -> str:
    """Return `1 input`, `2 inputs`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
