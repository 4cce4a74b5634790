"""One-parameter families of inputs, and what a network does along them."""

from exactgeo.analyses.families.along import Along as Along
from exactgeo.analyses.families.along import along as along
from exactgeo.analyses.families.bounds import Bounds as Bounds
from exactgeo.analyses.families.bounds import bounds as bounds
from exactgeo.analyses.families.functions import Extreme as Extreme
from exactgeo.analyses.families.functions import Interval as Interval
from exactgeo.analyses.families.functions import PiecewiseLinear as PiecewiseLinear
from exactgeo.analyses.families.radius import greatest_radius_error as greatest_radius_error
from exactgeo.analyses.families.sensitivity import sensitivities as sensitivities
from exactgeo.networks.paths import Family as Family
from exactgeo.networks.paths import Path as Path
from exactgeo.networks.paths import area_sampled_pulse as area_sampled_pulse
from exactgeo.networks.paths import binary_disk as binary_disk
from exactgeo.networks.paths import binary_pulse as binary_pulse
from exactgeo.networks.paths import path_program as path_program
from exactgeo.networks.paths import smooth_disk as smooth_disk
