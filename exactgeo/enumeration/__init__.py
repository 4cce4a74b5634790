"""Enumeration of activation regions: engines, arrangements, budgets."""

from exactgeo.enumeration.arrangements import ActivationRegion as ActivationRegion
from exactgeo.enumeration.arrangements import Arrangement as Arrangement
from exactgeo.enumeration.arrangements import PartialArrangement as PartialArrangement
from exactgeo.enumeration.budgets import Budget as Budget
from exactgeo.enumeration.budgets import Progress as Progress
from exactgeo.enumeration.engines import DEFAULT_ENGINE as DEFAULT_ENGINE
from exactgeo.enumeration.engines import ENGINES as ENGINES
from exactgeo.enumeration.engines import Count as Count
from exactgeo.enumeration.engines import count_regions as count_regions
from exactgeo.enumeration.engines import enumerate_regions as enumerate_regions
from exactgeo.enumeration.engines import is_exact as is_exact
