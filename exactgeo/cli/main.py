"""The command `exactgeo`: its verbs, and what becomes of errors.

Exit status: 0 done or verified; 1 the answer is no; 2 usage, or something that cannot be read or written; 3 stopped
early, by a budget or Ctrl-C, with what was found written; 101 a bug of exactgeo.
"""

import io
import os
import sys
import traceback
from collections.abc import Sequence

import click

from exactgeo.cli.boundary import boundary_command
from exactgeo.cli.certify import certify_command
from exactgeo.cli.check import check_command
from exactgeo.cli.family import family_command
from exactgeo.cli.features import features_command
from exactgeo.cli.gated import gated_command
from exactgeo.cli.inspect import inspect_command
from exactgeo.cli.output import printable
from exactgeo.cli.plot import plot_command
from exactgeo.cli.regions import regions_command
from exactgeo.cli.skeleton import skeleton_command
from exactgeo.errors import BudgetExhausted, CertificateRejected, ExactGeoError, InternalError
from exactgeo.version import __version__

REJECTED, UNUSABLE, STOPPED, OUR_BUG = 1, 2, 3, 101


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, package_name="exactgeo")
def commands() -> None:
    """The exact geometry of piecewise-affine (ReLU) neural networks, with certificates.

    A network is read from an ONNX file, each of its stored floats as the rational number that it is. All answers
    are exact.
    """


for command in (
    inspect_command,
    regions_command,
    skeleton_command,
    boundary_command,
    plot_command,
    family_command,
    gated_command,
    features_command,
    certify_command,
    check_command,
):
    commands.add_command(command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # file names may hold what the terminal's encoding does not
            stream.reconfigure(errors="backslashreplace")
    try:
        # Not commands.main, which would turn a closed pipe into status 1: here that means that the answer is no.
        with commands.make_context("exactgeo", list(sys.argv[1:] if arguments is None else arguments)) as context:
            status = commands.invoke(context)
        if sys.stdout is not None:  # as it is where the caller closed it
            sys.stdout.flush()
    except click.exceptions.Exit as end:
        return end.exit_code
    except BrokenPipeError:  # whoever read our output has seen enough
        _forget_output()
        return 0
    except (click.Abort, KeyboardInterrupt):
        _say("interrupted; nothing was written")
        return STOPPED
    except Exception as error:  # noqa: BLE001 (the outermost place: each error gets its exit status)
        return _explain(error)
    return int(status or 0)


def _explain(error: Exception) -> int:
    if isinstance(error, click.ClickException):
        error.show()
        return UNUSABLE
    if isinstance(error, MemoryError):
        _say("error: out of memory")
        return UNUSABLE
    if isinstance(error, InternalError) or not isinstance(error, ExactGeoError | OSError):
        return _report_bug(error)
    if isinstance(error, OSError):
        _forget_output()
    written = f"{error.filename}: {error.strerror}" if isinstance(error, OSError) and error.filename else str(error)
    _say(f"error: {written}")
    for note in getattr(error, "__notes__", ()):
        _say(f"  {note}")
    if isinstance(error, CertificateRejected):
        return REJECTED
    return STOPPED if isinstance(error, BudgetExhausted) else UNUSABLE


def _forget_output() -> None:
    """Let Python's last flush of stdout go nowhere, so that it does not fail again and change the exit status."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError, AttributeError):  # there is no stdout, or it is no file
        return


def _report_bug(error: Exception) -> int:
    traceback.print_exception(error)
    _say("this is a bug of exactgeo, not a fault of yours: please report it with the lines above and the model")
    return OUR_BUG


def _say(message: str) -> None:
    click.echo(f"exactgeo: {printable(message)}", err=True)
