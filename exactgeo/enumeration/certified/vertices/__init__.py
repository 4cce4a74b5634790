"""Cells by their vertices, in few dimensions."""
