"""Cells taken together: facets between them, affine pieces, linear regions by all their definitions."""

from exactgeo.complexes.cells.cell_complex import CellComplex as CellComplex
from exactgeo.complexes.cells.cell_complex import cell_complex as cell_complex
from exactgeo.complexes.cells.faces import FaceComplex as FaceComplex
from exactgeo.complexes.cells.facets import Facet as Facet
from exactgeo.complexes.definitions.convex_regions import Between as Between
from exactgeo.complexes.definitions.counts import RegionCounts as RegionCounts
from exactgeo.complexes.definitions.counts import count_by_definitions as count_by_definitions
from exactgeo.complexes.definitions.patterns import count_activation_patterns as count_activation_patterns
from exactgeo.complexes.facets import InteriorFacet as InteriorFacet
from exactgeo.complexes.facets import interior_facets as interior_facets
from exactgeo.complexes.linear_regions import LinearRegion as LinearRegion
from exactgeo.complexes.linear_regions import affine_classes as affine_classes
from exactgeo.complexes.linear_regions import affine_pieces as affine_pieces
from exactgeo.complexes.linear_regions import count_affine_pieces as count_affine_pieces
from exactgeo.complexes.linear_regions import count_linear_regions as count_linear_regions
from exactgeo.complexes.linear_regions import linear_regions as linear_regions
from exactgeo.complexes.skeletons.extrema import Extremum as Extremum
from exactgeo.complexes.skeletons.extrema import extrema as extrema
from exactgeo.complexes.skeletons.skeleton import Crease as Crease
from exactgeo.complexes.skeletons.skeleton import Skeleton as Skeleton
from exactgeo.complexes.skeletons.skeleton import skeleton as skeleton
