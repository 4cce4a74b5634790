"""The command line."""

from exactgeo.cli.main import main as main
