"""Which patterns differ in one choice only, and what that joins. Compiled.

Patterns are found by a table of their keys: the exclusive or of a random word for each unit's piece. What is found
there is compared piece by piece, so that equal keys of different patterns do no harm.
"""

from typing import Any

import numpy as np

from exactgeo.compiling import inlined, kernel

EMPTY = -1


@kernel
def put_keys(patterns: Any, piece_starts: Any, words: Any, keys: Any, table: Any) -> None:
    """Put every pattern's key, and its number into the table, whose size is a power of two."""
    mask = len(table) - 1
    for i in range(len(patterns)):
        key = np.int64(0)
        for unit in range(patterns.shape[1]):
            key ^= words[piece_starts[unit] + patterns[i, unit]]
        keys[i] = key
        place = key & mask
        while table[place] != EMPTY:
            place = (place + 1) & mask
        table[place] = i


@inlined
def _leader(leaders: Any, member: int) -> int:
    while leaders[member] != member:
        leaders[member] = leaders[leaders[member]]
        member = leaders[member]
    return member


@kernel
def join(leaders: Any, first: int, second: int) -> bool:
    """Join two members' sets, under the lesser leader. Returns whether they were apart."""
    a, b = _leader(leaders, first), _leader(leaders, second)
    if a == b:
        return False
    leaders[max(a, b)] = min(a, b)
    return True


@kernel
def are_apart(leaders: Any, first: int, second: int) -> bool:
    """Whether two members are in different sets."""
    return bool(_leader(leaders, first) != _leader(leaders, second))


@kernel
def put_leaders(leaders: Any) -> None:
    """Make every member point at its set's least."""
    for member in range(len(leaders)):
        leaders[member] = _leader(leaders, member)


@inlined
def _fits(patterns: Any, i: int, choices: Any, low: int, high: int, side: int) -> bool:
    """Whether a pattern has, of each of a bundle's choices, the piece on one side."""
    for k in range(low, high):
        if patterns[i, choices[k, 0]] != choices[k, side]:
            return False
    return True


@inlined
def _are_alike(patterns: Any, i: int, other: int, choices: Any, low: int, high: int) -> bool:
    """Whether two patterns are the same but for the units of a bundle of choices."""
    k = low
    for unit in range(patterns.shape[1]):
        if k < high and choices[k, 0] == unit:
            k += 1
        elif patterns[i, unit] != patterns[other, unit]:
            return False
    return True


@kernel
def find_flips(
    patterns: Any,
    classes: Any,
    leaders: Any,
    keys: Any,
    table: Any,
    piece_starts: Any,
    words: Any,
    choices: Any,
    bundle_starts: Any,
    bundles: Any,
    first: int,
    last: int,
    found: Any,
    joining: bool,
) -> tuple[int, int]:
    """Find, for patterns from `first` to before `last`, those that come of exchanging a bundle's pieces.

    A bundle is some rows (unit, piece, other piece) of `choices`, by increasing unit.

    Only pairs of one class whose sets are still apart are found. They are put into `found` if it has rows at all,
    (pattern, other, bundle) in each; and joined at once if so wanted.

    Returns:
        Up to where the patterns were looked at, and how many pairs were put.
    """
    mask = len(table) - 1
    count = 0
    for i in range(first, last):
        if len(found) > 0 and count + len(bundles) > len(found):
            return i, count
        for bundle in bundles:
            low, high = bundle_starts[bundle], bundle_starts[bundle + 1]
            if not _fits(patterns, i, choices, low, high, 1):
                continue  # if it fits on the other side, it is found from there
            key = keys[i]
            for k in range(low, high):
                start = piece_starts[choices[k, 0]]
                key ^= words[start + choices[k, 1]] ^ words[start + choices[k, 2]]
            place = key & mask
            while table[place] != EMPTY:
                other = table[place]
                if (
                    keys[other] == key
                    and _fits(patterns, other, choices, low, high, 2)
                    and _are_alike(patterns, i, other, choices, low, high)
                ):
                    if classes[i] == classes[other] and _leader(leaders, i) != _leader(leaders, other):
                        if joining:
                            join(leaders, i, other)
                        if len(found) > 0:
                            found[count, 0], found[count, 1], found[count, 2] = i, other, bundle
                            count += 1
                    break
                place = (place + 1) & mask
    return last, count
