"""Analyses of networks, made exact."""
