"""Compiled: which pieces are chosen in a cell, and what proves it."""
