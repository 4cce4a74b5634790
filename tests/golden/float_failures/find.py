"""Find small networks on which floats go wrong, and write them as JSON: PYTHONPATH=tests python find.py [FOLDER]

Hypothesis draws a network and a domain and makes them as small as it can. Expected is what brute force over fractions
finds; the float engine is the kernels without their bounds, which decide as other tools do.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from hypothesis import HealthCheck, Phase, find, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample
from oracles.brute_force import brute_force_patterns
from oracles.translation import plain_program, plain_rows

from exactgeo import Box, Program, enumerate_regions
from exactgeo.polyhedra import Domain
from exactgeo.strategies import domains, programs, relu_networks

FEW = settings(
    max_examples=3_000,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate, Phase.shrink],
)


class Question(NamedTuple):
    """A network and where to look at it."""

    program: Program
    domain: Domain


Patterns = set[tuple[int, ...]]


@st.composite
def questions(draw, networks, *, bounded):
    """Draw a question."""
    program = draw(networks)
    return Question(program, draw(domains(program.inputs, bounded=bounded)))


def by_floats(question: Question) -> Patterns:
    """Return the patterns that floats find."""
    return {region.pattern for region in enumerate_regions(*question, engine="float")}


def exactly(question: Question) -> Patterns:
    """Return the patterns that there are, by the certified engine."""
    return {region.pattern for region in enumerate_regions(*question, engine="certified")}


KINDS: dict[str, Callable[[Patterns, Patterns], bool]] = {
    "missing": lambda floats, exact: floats < exact,
    "invented": lambda floats, exact: floats > exact,
    "same_number": lambda floats, exact: floats != exact and len(floats) == len(exact),
}


def document(question: Question) -> dict[str, object]:
    """Return a question with its true answer and that of floats."""
    program = plain_program(question.program)
    domain = question.domain.polyhedron if isinstance(question.domain, Box) else question.domain
    exact, floats = brute_force_patterns(program, plain_rows(domain)), by_floats(question)
    wrong = enumerate_regions(*question, engine="certified")
    witnesses = {region.pattern: [str(value) for value in region.witness] for region in wrong}

    def plain(form):
        return {str(entry): str(value) for entry, value in form}

    return {
        "inputs": program.inputs,
        "units": [[[plain(form) for form in piece] for piece in unit] for unit in program.units],
        "outputs": [plain(form) for form in program.outputs],
        "domain": [[str(value) for value in row] for row in domain.inequalities],
        "patterns": sorted(exact),
        "by_floats": len(floats),
        "missing": [{"pattern": pattern, "witness": witnesses[pattern]} for pattern in sorted(exact - floats)],
        "invented": sorted(floats - exact),
    }


def main(folder: Path) -> None:
    """Write a file for each kind of network and of failure that is found."""
    for name, networks in (
        ("relu_1d", relu_networks(max_inputs=1, max_units=6)),
        ("relu_2d", relu_networks(min_inputs=2, max_inputs=2, max_units=6)),
        ("relu_3d", relu_networks(min_inputs=3, max_inputs=3, max_units=6)),
        ("selection_2d", programs(min_inputs=2, max_inputs=2, max_units=5)),
        ("selection_3d", programs(min_inputs=3, max_inputs=3, max_units=5)),
    ):
        for bounded in (True, False):
            for kind, fails in KINDS.items():
                title = f"{name}_{'box' if bounded else 'any_domain'}_{kind}"
                try:
                    question = find(
                        questions(networks, bounded=bounded),
                        lambda q, fails=fails: fails(by_floats(q), exactly(q)),
                        settings=FEW,
                    )
                except NoSuchExample:
                    print(f"{title}: none found", flush=True)
                    continue
                record = document(question)
                (folder / f"{title}.json").write_text(json.dumps(record, indent=1) + "\n")
                print(f"{title}: {len(record['patterns'])} regions, {record['by_floats']} by floats", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
