"""Questions about a network in a domain: the options that ask them, and the regions that answer them."""

import functools
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import click

import onnx_import
from exactgeo.cli.options import Command, import_options, model_argument
from exactgeo.cli.output import STREAM, demand_target
from exactgeo.cli.running import Stopper, progress_bar
from exactgeo.complexes import (
    CellComplex,
    DecisionBoundary,
    Property,
    Safe,
    Violation,
    cell_complex,
    decide,
    decision_boundary,
)
from exactgeo.enumeration import DEFAULT_ENGINE, ENGINES, Arrangement, PartialArrangement, enumerate_regions, is_exact
from exactgeo.enumeration.budgets import Budget
from exactgeo.errors import BudgetExhausted, InvalidArgument
from exactgeo.networks import Program
from exactgeo.networks.slices import Slice
from exactgeo.polyhedra import Domain
from exactgeo.polyhedra.boxes import domain_polyhedron
from exactgeo.polyhedra.domains import parse_domain
from exactgeo.reports.documents import domain_document, program_document
from onnx_import import Choices, ImportedModel

EXACT_ENGINES = tuple(engine for engine in ENGINES if is_exact(engine))


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

    def documents(self) -> dict[str, Any]:
        """Return what names model, network, slice and domain in a JSON document."""
        document = {
            "model": model_document(self.model, self.path),
            "program": program_document(self.program),
            "domain": domain_document(self.domain_text, domain_polyhedron(self.domain, self.program.inputs)),
        }
        return document if self.cut is None else {**document, "slice": self.cut.record()}


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked at the command line: of which model, where, and how to find out.

    Attributes:
        model: its path.
        choices: how it is read.
        domain_text: as it was written.
        slice_path: the slice's file, None without one.
        how: who enumerates.
        max_regions: when to stop.
        max_seconds: likewise.
    """

    model: str
    choices: Choices
    domain_text: str
    slice_path: str | None
    how: How
    max_regions: int | None
    max_seconds: float | None

    def question(self, target: str | None, *others: str | None) -> Question:
        """Import the model and understand slice and domain, after making sure that files can be written.

        Args:
            target: what else is to be written, besides the journal.
            others: what else will be read.

        Raises:
            InvalidArgument, OSError: if a file cannot be written, or is named for two things.
        """
        sources = [path for path in (self.model, self.domain_text, self.slice_path, *others) if path is not None]
        demand_target(target, *sources)
        if self.how.resume == STREAM:
            raise InvalidArgument("--resume needs a file that stays: - is none")
        demand_target(self.how.resume, *sources, *([] if target in (None, STREAM) else [target]))
        model = onnx_import.read(self.model, **self.choices.record())
        cut = None if self.slice_path is None else Slice.read(self.slice_path)
        program = model.program if cut is None else cut.applied(model.program)
        domain = parse_domain(self.domain_text, program.inputs)
        return Question(model, self.model, program, domain, self.domain_text, self.slice_path, cut)

    def budget(self, stopper: Stopper) -> Budget:
        """Return the budget, which also ends when the user asks to stop."""
        return stopper.budget(self.max_regions, self.max_seconds)


def question_options(engines: Sequence[str]) -> Callable[[Command], Command]:
    """Add the argument MODEL and the options that ask a question; the command gets them as one argument, `asked`.

    Args:
        engines: those that may answer.
    """

    def decorated(command: Command) -> Command:
        @functools.wraps(command)
        def with_question(
            *,
            model: str,
            choices: Choices,
            domain_text: str,
            slice_path: str | None,
            engine: str,
            jobs: int,
            resume: str | None,
            max_regions: int | None,
            max_seconds: float | None,
            **options: object,
        ) -> object:
            how = How(engine, jobs, resume)
            asked = Asked(model, choices, domain_text, slice_path, how, max_regions, max_seconds)
            return command(asked=asked, **options)

        return model_argument(_where(_who(engines, _when(import_options(with_question)))))

    return decorated


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
    return shapes_of(regions_of(question, how, budget), budget)


def shapes_of(regions: Arrangement, budget: Budget) -> CellComplex:
    """Return regions' cells as polyhedra. Errors are those of `cell_complex`."""
    with progress_bar("shapes", "cells") as on_progress:
        return cell_complex(regions, budget, on_progress)


def boundary_of(
    regions: Arrangement, output: int | None, threshold: str | None, how: How, budget: Budget
) -> DecisionBoundary:
    """Find where the class changes. Errors are those of `decision_boundary`."""
    with progress_bar("classes") as on_progress:
        return decision_boundary(
            regions, output=output, threshold=threshold, jobs=how.jobs, budget=budget, on_progress=on_progress
        )


def decided(question: Question, required: Property, how: How, budget: Budget) -> Safe | Violation:
    """Decide whether a property holds. Errors are those of `decide`."""
    with progress_bar("deciding") as on_progress:
        return decide(
            question.program, question.domain, required, **asdict(how), budget=budget, on_progress=on_progress
        )


def _where(command: Command) -> Command:
    domain = click.option(
        "--domain",
        "domain_text",
        default="box:-1,1",
        show_default=True,
        metavar="D",
        help="Where to look: box:LOW,HIGH (every input), box:LOW,HIGH;LOW,HIGH;… (each), all (R^n), "
        "a file (JSON, .ine).",
    )
    cut = click.option(
        "--slice",
        "slice_path",
        metavar="FILE",
        help="Restrict the network to a slice first: a JSON file with three points, or an origin and directions.",
    )
    return domain(cut(command))


def _who(engines: Sequence[str], command: Command) -> Command:
    engine = click.option(
        "--engine", type=click.Choice(list(engines)), default=DEFAULT_ENGINE, show_default=True, help="Who enumerates."
    )
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
    return engine(jobs(resume(command)))


def _when(command: Command) -> Command:
    seconds = click.option(
        "--max-seconds", type=click.FloatRange(min=0), help="Stop after this long, with what was found."
    )
    regions = click.option("--max-regions", type=click.IntRange(min=0), help="Stop at this many regions.")
    return seconds(regions(command))
