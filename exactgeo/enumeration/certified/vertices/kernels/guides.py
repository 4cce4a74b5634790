"""Walks that are sent to a prefix of patterns, and whether they get there. Compiled."""

from typing import Any

from exactgeo.compiling import kernel
from exactgeo.enumeration.certified.vertices.memory import Register as R


@kernel
def arrive(m: Any, i: Any) -> bool:
    """Leave the guide behind. Returns whether the walk is where it was sent: exact signs, and bounds, see to that.

    Floats that decide without bounds may decide otherwise than on the way on which the prefix was found.
    """
    guided = i[m.registers + R.GUIDED]
    for unit in range(guided):
        if i[m.chosen + unit] != i[m.guide + unit]:
            return False
    i[m.registers + R.GUIDED] = 0
    return True
