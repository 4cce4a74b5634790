"""Whether a network is the same as another one, or as itself after a change of its input, decided exactly."""

from exactgeo.analyses.invariances.equality import Different as Different
from exactgeo.analyses.invariances.equality import Equal as Equal
from exactgeo.analyses.invariances.equality import equality as equality
from exactgeo.analyses.invariances.homogeneity import Homogeneous as Homogeneous
from exactgeo.analyses.invariances.homogeneity import Inhomogeneous as Inhomogeneous
from exactgeo.analyses.invariances.homogeneity import positive_homogeneity as positive_homogeneity
from exactgeo.analyses.invariances.shifts import cyclic_shift as cyclic_shift
from exactgeo.analyses.invariances.shifts import empty_border as empty_border
from exactgeo.analyses.invariances.symmetry import symmetry as symmetry
