"""Options that several verbs have."""

import functools
from collections.abc import Callable
from typing import Any

import click

from onnx_import import Choices
from onnx_import.choices import IRRATIONAL_POLICIES, NORMALISATIONS, IrrationalPolicy, Normalisation

Command = Callable[..., Any]

model_argument = click.argument("model", type=click.Path(dir_okay=False))
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


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
