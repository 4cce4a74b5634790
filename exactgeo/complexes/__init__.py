"""Cells taken together: facets between them, affine pieces, linear regions."""

from exactgeo.complexes.facets import InteriorFacet as InteriorFacet
from exactgeo.complexes.facets import interior_facets as interior_facets
from exactgeo.complexes.linear_regions import LinearRegion as LinearRegion
from exactgeo.complexes.linear_regions import affine_pieces as affine_pieces
from exactgeo.complexes.linear_regions import count_affine_pieces as count_affine_pieces
from exactgeo.complexes.linear_regions import count_linear_regions as count_linear_regions
from exactgeo.complexes.linear_regions import linear_regions as linear_regions
