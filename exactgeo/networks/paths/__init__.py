"""Piecewise-affine paths through a network's input space: polylines, pulses and disks of growing radius."""

from exactgeo.networks.paths.families import Family as Family
from exactgeo.networks.paths.families import path_of as path_of
from exactgeo.networks.paths.paths import Path as Path
from exactgeo.networks.paths.paths import Segment as Segment
from exactgeo.networks.paths.programs import path_program as path_program
from exactgeo.networks.paths.pulses import area_sampled_pulse as area_sampled_pulse
from exactgeo.networks.paths.pulses import binary_disk as binary_disk
from exactgeo.networks.paths.pulses import binary_pulse as binary_pulse
from exactgeo.networks.paths.pulses import smooth_disk as smooth_disk
