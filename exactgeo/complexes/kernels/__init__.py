"""Compiled: walks over sorted patterns, and joins between neighbouring ones."""
