"""The memory of a walk: two buffers, of floats and of integers, and a map of where in them everything lies.

Compiled functions take the map, a tuple of integers, and two pointers: that costs nothing at a call, where a tuple of
arrays would have each array's references counted.
"""

import math
from collections import namedtuple
from enum import IntEnum
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

SLOTS = 64
"""How many hyperplanes a cell may have at once: the bits of an integer."""

_INTEGERS: dict[str, tuple[str | int, ...]] = {
    # the program (tables.py)
    "unit_starts": ("layer_ends",),
    "row_starts": ("layer_ends",),
    "piece_starts": ("unit_ends",),
    "unit_rows": ("units",),
    "unit_layers": ("units",),
    "selector_rows": ("pieces",),
    "value_rows": ("pieces",),
    "support_starts": ("layer_ends",),
    "support_units": ("support",),
    "matrix_starts": ("layer_ends",),
    "whole_rows": ("rows",),
    "whole_layers": ("layers",),
    # where the walk stands
    "registers": (32,),
    "chosen": ("units",),
    "guide": ("units",),
    # what the layers' forms were computed for
    "updates": ("layers",),
    "stamps": ("layers",),
    "seen_pieces": ("support",),
    "seen_stamps": ("support",),
    "exact_layers": ("layers",),
    # the stack of cells
    "frame_fields": ("frames", 8),
    "frame_slots": ("frames", SLOTS),
    "undecided": ("lists",),
    "incidences": ("vertices",),
    "refined": ("vertices",),
    "whole": ("vertices",),
    # the current cell
    "signs": ("vertices",),
    "slots": (SLOTS,),
    # hyperplanes on the path
    "origins": ("path", 3),
    # scratch
    "new_incidences": ("vertices",),
    "new_refined": ("vertices",),
    "new_whole": ("vertices",),
    "chosen_rows": (SLOTS,),
    # what was found
    "patterns": ("results", "units"),
}

_FLOATS: dict[str, tuple[str | int, ...]] = {
    # the program
    "value_factors": ("pieces",),
    "largest_sums": ("layers",),
    "largest_bases": ("layers",),
    "base": ("width", "rows"),
    "base_linear_errors": ("rows",),
    "base_constant_errors": ("rows",),
    "matrix": ("entries",),
    # what was computed of it
    "forms": ("width", "rows"),
    "linear_errors": ("rows",),
    "constant_errors": ("rows",),
    "norms": ("rows",),
    "value": ("width",),
    "value_errors": (2,),
    "form": ("width",),
    "form_errors": (3,),
    "point": ("width",),
    "centre": ("inputs",),
    "half": ("inputs",),
    "vertices": ("vertices", "width"),
    "radii": ("vertices",),
    "integers": ("vertices", "width"),  # of whole vertices: coordinates (w, x1, …, xn) that are integers
    "values": ("vertices",),
    "bounds": ("vertices",),
    "frame_shares": ("frames",),
    "share": (1,),  # the current cell's part of the tree of choices, each split giving half to either side
    "done": (1,),
    "path_forms": ("path", "width"),
    "path_errors": ("path", 3),
    "new_vertices": ("vertices", "width"),
    "new_radii": ("vertices",),
    "new_integers": ("vertices", "width"),
    "equations": (SLOTS, "width"),
    "inverse": ("inputs", "twice_inputs"),
    "solution": ("width",),
    "residuals": ("width",),
    "witnesses": ("results", "inputs"),
}

SIZES = (
    "inputs",
    "width",
    "twice_inputs",
    "units",
    "unit_ends",
    "layers",
    "layer_ends",
    "rows",
    "pieces",
    "support",
    "entries",
)
"""Of the program: what the dimensions of arrays are called by, one more or the double of it where it is needed."""

_CAPACITIES = ("vertices", "frames", "path", "lists", "results")

_NAMES = [*SIZES, *(f"most_{name}" for name in _CAPACITIES), "floats_at", "integers_at", *_INTEGERS, *_FLOATS]

Map: Any = namedtuple("Map", _NAMES)  # type: ignore[misc]  # noqa: PYI024 (numba takes no dataclass)
"""Sizes, capacities, the addresses of the two buffers, and where in its buffer each array begins."""

Buffers: TypeAlias = tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]


class Memory:
    """The buffers and their map.

    Args:
        sizes: those of `SIZES`.
        capacities: of vertices and of cells on the stack, of hyperplanes on the path, and of regions not yet fetched.
        program: what the buffers begin with (`program_buffers`).
    """

    def __init__(self, sizes: dict[str, int], capacities: dict[str, int], program: Buffers) -> None:
        self.sizes, self.capacities, self._program = sizes, capacities, program
        self._arrays: dict[str, npt.NDArray[Any]] = {}
        layout = _lay_out(tuple({**sizes, **capacities}.items()))
        self._parts = layout.parts
        self._integers, self._floats = np.zeros(layout.integers, dtype=np.int64), np.zeros(layout.floats)
        integers, floats = program
        self._integers[: len(integers)] = integers
        self._floats[: len(floats)] = floats
        addresses = (_address(self._floats), _address(self._integers))
        self.map = Map._make((*layout.sizes, *addresses, *layout.places))

    def array(self, name: str) -> npt.NDArray[Any]:
        """Return an array, in its shape; what is written to it is written to memory."""
        known = self._arrays.get(name)
        if known is None:
            buffer = self._floats if name in _FLOATS else self._integers
            place, shape = self._parts[name]
            known = self._arrays[name] = buffer[place : place + math.prod(shape)].reshape(shape)
        return known

    def with_more(self, capacity: str) -> "Memory":
        """Return memory of the same content with twice the capacity of a kind."""
        larger = Memory(self.sizes, {**self.capacities, capacity: 2 * self.capacities[capacity]}, self._program)
        for name in (*_INTEGERS, *_FLOATS):
            old = self.array(name)
            larger.array(name)[tuple(map(slice, old.shape))] = old
        return larger


def program_buffers(sizes: dict[str, int], arrays: dict[str, npt.NDArray[Any]]) -> Buffers:
    """Return what the two buffers begin with, whatever the capacities: a program's arrays, by their names.

    All of them, and no others.
    """
    parts = _lay_out(tuple({**sizes, **dict.fromkeys(_CAPACITIES, 0)}.items())).parts
    ends = {
        kind: max((parts[name][0] + _room(parts[name][1]) for name in shapes if name in arrays), default=0)
        for kind, shapes in (("integers", _INTEGERS), ("floats", _FLOATS))
    }
    integers, floats = np.zeros(ends["integers"], dtype=np.int64), np.zeros(ends["floats"])
    for name, array in arrays.items():
        place, shape = parts[name]
        (floats if name in _FLOATS else integers)[place : place + math.prod(shape)] = array.ravel()
    return integers, floats


class _Layout(NamedTuple):
    """Where everything lies.

    Attributes:
        parts: each array's place in its buffer, a multiple of eight, and its shape.
        integers: the size of their buffer.
        floats: likewise.
        sizes: sizes and capacities, as they begin a map.
        places: as they end it.
    """

    parts: dict[str, tuple[int, tuple[int, ...]]]
    integers: int
    floats: int
    sizes: tuple[int, ...]
    places: tuple[int, ...]


@lru_cache(maxsize=2**6)
def _lay_out(known: tuple[tuple[str, int], ...]) -> _Layout:
    """Return where everything lies, for known sizes and capacities."""
    parts, ends, sizes = {}, {}, dict(known)
    for kind, shapes in (("integers", _INTEGERS), ("floats", _FLOATS)):
        end = 0
        for name, named in shapes.items():
            shape = tuple(size if isinstance(size, int) else sizes[size] for size in named)
            parts[name] = (end, shape)
            end += _room(shape)
        ends[kind] = end
    places = tuple(place for place, _ in parts.values())
    return _Layout(parts, **ends, sizes=tuple(sizes[name] for name in (*SIZES, *_CAPACITIES)), places=places)


def _room(shape: tuple[int, ...]) -> int:
    """Return the numbers that an array takes in its buffer."""
    return -(-math.prod(shape) // 8) * 8


def _address(buffer: npt.NDArray[Any]) -> int:
    return int(buffer.__array_interface__["data"][0])


class Register(IntEnum):
    """Places in the array `registers`."""

    PHASE = 0
    LAYER = 1
    TURN = 2  # the place of the next unit in the list of undecided ones
    LAST = 3  # the end of that list
    FRAMES = 4  # how many cells are on the stack
    FIRST = 5  # the current cell's first vertex
    COUNT = 6  # how many vertices it has
    FACETS = 7  # which of its slots bear hyperplanes
    PATH = 8  # how many hyperplanes are on the path
    UNIT = 9  # the question: the sign of selector `piece` minus selector `rival` of this unit
    PIECE = 10
    RIVAL = 11
    ANSWERED = 12  # whether the signs at the vertices have been filled in
    PARENT = 13  # the frame of the cell whose copies are being clipped
    KEEPS = 14  # whether patterns and witnesses are handed out
    RESULTS = 15  # how many wait to be fetched
    FUEL = 16  # how many vertices to look at until the next rest
    REGIONS = 17
    SPLITS = 18
    SIGNS = 19  # asked for
    REFINED = 20  # vertices computed again
    EXACT = 21  # of them, those that floats left unknown
    CURSOR = 22  # how far a list has been looked through to make a shorter one
    START = 24  # where the shorter list begins
    WHOLE = 25  # whether the current form is one of integers
    TRUSTING = 26  # whether floats decide without bounds
    BOXED = 23  # whether the box around the current cell is known
    SHOWS = 29  # whether the walk pauses at each region, so that its cell can be looked at
    ROOM = 28  # how long lists may become for the sake of speed: the same in each run, however much memory there is
    GUIDED = 27  # of how many of the first units one piece only is wanted, until the walk is where it was sent


class Phase(IntEnum):
    """What the walk does next."""

    ENTER = 0  # bring a layer's forms up to date
    FILTER = 1  # decide the units of the list that do not cut the cell, and list the others
    NEXT = 2  # decide the next of them
    CLIP = 3  # find the cells of a unit of more than two pieces
    REGION = 4  # hand out a region
    POP = 5  # go on with the next cell on the stack


class Pause(IntEnum):
    """Why the walk pauses."""

    DONE = 0
    REST = 1
    EXACT = 2  # a sign is unknown
    VERTICES = 3  # memory for vertices has come to its end
    FRAMES = 4
    PATH = 5
    LISTS = 6
    RESULTS = 7
    SLOTS = 8  # a cell has more hyperplanes than slots
    ASTRAY = 9  # the walk is not where it was sent
    CELL = 10  # there is a region's cell to look at


class Field(IntEnum):
    """A frame's fields: a cell on the stack, and how the walk goes on with it."""

    LAYER = 0
    TURN = 1
    LAST = 2
    PIECE = 3  # of the unit that made it; -1 for a cell with which a layer is entered
    FIRST = 4
    COUNT = 5
    PATH = 6
    FACETS = 7
