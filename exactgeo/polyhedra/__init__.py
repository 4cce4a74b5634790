"""Exact polyhedra: half-spaces, boxes, linear programs, generators and faces."""

from exactgeo.polyhedra.boxes import Box as Box
from exactgeo.polyhedra.boxes import Domain as Domain
from exactgeo.polyhedra.faces import Face as Face
from exactgeo.polyhedra.faces import faces as faces
from exactgeo.polyhedra.polyhedron import HalfSpace as HalfSpace
from exactgeo.polyhedra.polyhedron import Polyhedron as Polyhedron
from exactgeo.polyhedra.solvers import Generators as Generators
from exactgeo.polyhedra.solvers import Infeasible as Infeasible
from exactgeo.polyhedra.solvers import InteriorPoint as InteriorPoint
from exactgeo.polyhedra.solvers import Optimum as Optimum
from exactgeo.polyhedra.solvers import Refutation as Refutation
from exactgeo.polyhedra.solvers import Unbounded as Unbounded
