"""What is done to the text of a certificate, or to its file, to corrupt it."""

import re

from mutants.texts import pattern_lines, summary, tree_patterns


def changed_number(line, rng):
    tokens = line.split(" ")
    places = [
        k for k, token in enumerate(tokens) if re.fullmatch(r"-?[0-9a-f]+", token) and token not in ("c", "e", "f")
    ]
    if not places:
        return line + " 1"
    k = rng.choice(places)
    value = int(tokens[k], 16)
    tokens[k] = f"{rng.choice([value + 1, value - 1, -value, value * 2, 0, value ^ 1, rng.randrange(1 << 12)]):x}"
    return " ".join(tokens)


def change_a_number(lines, rng):
    i = rng.choice(lines.tree)
    lines.lines[i] = changed_number(lines.lines[i], rng)
    return lines.text()


def change_a_weight(lines, rng):
    i = rng.choice([i for i in lines.program if lines.lines[i].startswith("piece ")])
    lines.lines[i] = changed_number(lines.lines[i], rng)
    return lines.text()


def change_a_weight_and_restate_the_hash(lines, rng):
    change_a_weight(lines, rng)
    return lines.restated()


def change_the_domain(lines, rng):
    rows = [i for i, line in enumerate(lines.lines) if line.startswith("row ")]
    i = rng.choice(rows or [lines.index("domain")])
    lines.lines[i] = changed_number(lines.lines[i], rng)
    return lines.text()


def change_the_count(lines, rng):
    i = lines.index("regions ")
    _, number, digest = lines.lines[i].split()
    lines.lines[i] = f"regions {max(0, int(number, 16) + rng.choice([-2, -1, 1, 2])):x} {digest}"
    return lines.text()


def drop_a_line(lines, rng):
    del lines.lines[rng.randrange(len(lines.lines))]
    return lines.text()


def repeat_a_line(lines, rng):
    i = rng.randrange(len(lines.lines))
    lines.lines.insert(i, lines.lines[i])
    return lines.text()


def swap_two_lines(lines, rng):
    i, k = rng.choice(lines.tree), rng.choice(lines.tree)
    lines.lines[i], lines.lines[k] = lines.lines[k], lines.lines[i]
    return lines.text()


def drop_a_subtree(lines, rng):
    i = rng.choice(lines.tree)
    del lines.lines[i : lines.subtree_end(i)]
    return lines.text()


def refute_a_subtree(lines, rng):
    """Replace a subtree by an Empty and restate count and hash without its patterns, as a liar would."""
    i = rng.choice(lines.tree)
    evidence = rng.choice([line for line in lines.lines if line.startswith("e ")] or ["e 0 1"])
    lines.lines[i : lines.subtree_end(i)] = [evidence]
    return _with_its_own_patterns(lines)


def swap_sibling_subtrees(lines, rng):
    i = rng.choice([i for i in lines.tree if lines.lines[i] == "n"])
    first = i + 1, lines.subtree_end(i + 1)
    second = first[1], lines.subtree_end(first[1])
    swapped = lines.lines[slice(*second)] + lines.lines[slice(*first)]
    lines.lines[first[0] : second[1]] = swapped
    return _with_its_own_patterns(lines)


def drop_a_unit(lines, rng):
    units = [i for i in lines.program if lines.lines[i].startswith("unit ")]
    i = rng.choice(units)
    del lines.lines[i : i + 1 + int(lines.lines[i].split()[1], 16)]
    k = lines.index("units ")
    lines.lines[k] = f"units {len(units) - 1:x}"
    return lines.restated()


TEXT_MUTATIONS = (
    change_a_number,
    change_a_number,
    change_a_weight,
    change_a_weight_and_restate_the_hash,
    change_the_domain,
    change_the_count,
    drop_a_line,
    repeat_a_line,
    swap_two_lines,
    drop_a_subtree,
    refute_a_subtree,
    swap_sibling_subtrees,
    drop_a_unit,
)


def _with_its_own_patterns(lines):
    """State the patterns of the tree's own Cells."""
    lines.state("regions", *summary(pattern_lines(tree_patterns(lines))))
    return lines.text()


def flipped(content, rng):
    data = bytearray(content)
    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(data)
