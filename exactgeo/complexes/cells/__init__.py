"""Cells as polyhedra: their shapes, the facets in which they meet, and all faces."""
