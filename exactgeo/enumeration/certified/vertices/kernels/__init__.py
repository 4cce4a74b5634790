"""Compiled code: everything that runs once a cell or more often."""
