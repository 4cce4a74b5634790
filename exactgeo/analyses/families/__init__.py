"""One-parameter families of inputs, and what a network does along them."""

from exactgeo.analyses.families.along import Along as Along
from exactgeo.analyses.families.along import along as along
from exactgeo.analyses.families.functions import Extreme as Extreme
from exactgeo.analyses.families.functions import Interval as Interval
from exactgeo.analyses.families.functions import PiecewiseLinear as PiecewiseLinear
from exactgeo.analyses.families.paths import Path as Path
from exactgeo.analyses.families.pulses import area_sampled_pulse as area_sampled_pulse
from exactgeo.analyses.families.pulses import binary_disk as binary_disk
from exactgeo.analyses.families.pulses import binary_pulse as binary_pulse
from exactgeo.analyses.families.pulses import smooth_disk as smooth_disk
from exactgeo.analyses.families.radius import greatest_radius_error as greatest_radius_error
from exactgeo.analyses.families.sensitivity import sensitivities as sensitivities
