"""Hypothesis strategies for programs, domains and points, made to be degenerate.

For testing exactgeo, and for testing other tools against it. Needs the library hypothesis.
"""

try:
    import hypothesis as _hypothesis  # noqa: F401 (only to see that it is there)
except ImportError as error:
    from exactgeo.errors import MissingDependency

    raise MissingDependency("exactgeo.strategies needs hypothesis: pip install hypothesis") from error

from exactgeo.strategies.domains import domains as domains
from exactgeo.strategies.gated import fully_connected as fully_connected
from exactgeo.strategies.gated import gated_networks as gated_networks
from exactgeo.strategies.networks import programs as programs
from exactgeo.strategies.networks import relu_networks as relu_networks
from exactgeo.strategies.numbers import points as points
from exactgeo.strategies.numbers import rationals as rationals
from exactgeo.strategies.numbers import weights as weights
