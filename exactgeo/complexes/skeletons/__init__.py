"""Skeletons of the functions that a network computes: where they bend, and where they are least and greatest."""
