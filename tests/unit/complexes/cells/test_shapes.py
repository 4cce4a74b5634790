"""Shapes as the kernels hand them out, batch by batch."""

import random
from itertools import pairwise

from exactgeo import Box, enumerate_regions, relu_network
from exactgeo.complexes.cells.shapes import cell_shapes
from exactgeo.complexes.steps import Steps
from exactgeo.enumeration.certified.vertices.walks import Walker
from exactgeo.enumeration.found import Batch
from exactgeo.enumeration.search import Prefix, Search
from exactgeo.networks.branches import LayeredForms


def _network(widths, seed):
    chance = random.Random(seed)
    layers = [
        [[chance.randint(-9, 9) for _ in range(inputs)] for _ in range(units)] for inputs, units in pairwise(widths)
    ]
    return relu_network(layers, [[chance.randint(-9, 9) for _ in layer] for layer in layers])


def test_batches_that_are_joined_keep_their_shapes():
    found = enumerate_regions(_network([2, 8, 8, 1], seed=1), Box.cube(2))
    forms = LayeredForms(found.program)
    walker = Walker(forms, shows=True, steps=64)
    batches = list(Search(forms, found.domain, walker, keeps=True).explore(Prefix()))
    joined = Batch.joined(found.program, batches)
    assert sum(bool(batch.shapes) for batch in batches) > 1
    expected = list(cell_shapes(found, Steps(len(found), "cells", 1, None, lambda _: None)))
    assert [joined.shapes[place] for place in range(joined.regions)] == expected
