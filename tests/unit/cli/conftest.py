"""What the commands' tests share."""

import pytest

from exactgeo.cli import main


@pytest.fixture
def run(capsys):
    """A function that runs a command, and returns its exit status and what it said on stdout and stderr."""

    def _run(*arguments):
        status = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return _run
