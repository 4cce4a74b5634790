"""Enumeration of activation regions: engines, arrangements, budgets."""

from exactgeo.enumeration.arrangements import ActivationRegion as ActivationRegion
from exactgeo.enumeration.arrangements import Arrangement as Arrangement
from exactgeo.enumeration.arrangements import PartialArrangement as PartialArrangement
from exactgeo.enumeration.budgets import Budget as Budget
from exactgeo.enumeration.budgets import Progress as Progress
from exactgeo.enumeration.engines import ENGINES as ENGINES
from exactgeo.enumeration.engines import enumerate_regions as enumerate_regions
