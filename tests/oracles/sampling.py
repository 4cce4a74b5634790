"""Resizing and sampling as the standard defines them, taken literally: in fractions, entry by entry, slowly."""

import math
from fractions import Fraction
from itertools import product

import numpy as np

HALF = Fraction(1, 2)


def keys_cubic(distance, a):
    d = abs(distance)
    if d <= 1:
        return (a + 2) * d**3 - (a + 3) * d**2 + 1
    return a * d**3 - 5 * a * d**2 + 8 * a * d - 4 * a if d < 2 else Fraction(0)


def triangle(distance, a):
    return max(Fraction(0), 1 - abs(distance))


def nearest_index(x, how):
    low = math.floor(x)
    return {
        "floor": low,
        "ceil": math.ceil(x),
        "round_prefer_floor": low if x - low <= HALF else low + 1,
        "round_prefer_ceil": low if x - low < HALF else low + 1,
    }[how]


def original(coordinates, x, old, new, scale, region):
    """The schema's x_original."""
    half_pixel = (x + HALF) / scale - HALF
    formulas = {
        "half_pixel": lambda: half_pixel,
        "pytorch_half_pixel": lambda: half_pixel if new > 1 else Fraction(0),
        "align_corners": lambda: Fraction(x * (old - 1), new - 1) if new > 1 else Fraction(0),
        "asymmetric": lambda: x / scale,
        "tf_half_pixel_for_nn": lambda: (x + HALF) / scale,
        "half_pixel_symmetric": lambda: Fraction(old, 2) * (1 - new / (scale * old)) + half_pixel,
        "tf_crop_and_resize": lambda: cropped(x, old, new, *region),
    }
    return formulas[coordinates]()


def cropped(x, old, new, start, end):
    """The schema's x_original for tf_crop_and_resize."""
    if new > 1:
        return start * (old - 1) + x * (end - start) * (old - 1) / (new - 1)
    return HALF * (start + end) * (old - 1)


def taps(x, old, scale, mode, nearest="round_prefer_floor", a=Fraction(-3, 4), exclude=False, antialias=False):
    """The entries that the value at x_original = x is a weighted mean of, as pairs (index, weight)."""
    if mode == "nearest":
        return [(min(max(nearest_index(x, nearest), 0), old - 1), Fraction(1))]
    kernel = {"linear": triangle, "cubic": keys_cubic}[mode]
    width = max(Fraction(1), 1 / scale) if antialias else Fraction(1)
    far = math.ceil(3 * width)
    pairs = [(i, kernel((i - x) / width, a)) for i in range(math.floor(x) - far, math.ceil(x) + far + 1)]
    if exclude:
        pairs = [(i, w) for i, w in pairs if 0 <= i < old]
    total = sum(w for _, w in pairs)
    return [(min(max(i, 0), old - 1), w / total) for i, w in pairs if w]


def literal_resize(x, sizes, scales, coordinates, roi=None, filling=0, **options):
    """Each result as the weighted mean of neighbours along all axes at once."""
    rank = x.ndim
    out = np.empty(sizes, dtype=object)
    for place in np.ndindex(*sizes):
        lists, outside = [], False
        for k in range(rank):
            region = None if roi is None else (roi[k], roi[rank + k])
            at = original(coordinates, place[k], x.shape[k], sizes[k], scales[k], region)
            outside |= coordinates == "tf_crop_and_resize" and not 0 <= at <= x.shape[k] - 1
            lists.append(taps(at, x.shape[k], scales[k], **options))
        out[place] = sum(
            (
                math.prod(w for _, w in combination) * x[tuple(i for i, _ in combination)]
                for combination in product(*lists)
            ),
            Fraction(0),
        )
        if outside:
            out[place] = Fraction(filling)
    return out


def literal_sample(x, grid, mode, padding, aligned):
    """Each sample as a sum over all pixels of the padded image that is written out far beyond its border."""

    def entry(i, size):
        if padding == "border":
            return min(max(i, 0), size - 1)
        if padding == "reflection":
            while not 0 <= i < size:
                beyond = 2 * size - 2 if aligned else 2 * size - 1
                i = (0 if aligned else -1) - i if i < 0 else beyond - i
        return i if 0 <= i < size else None

    def along(value, size):
        at = (value + 1) / 2 * (size - 1) if aligned else ((value + 1) * size - 1) / 2
        low = math.floor(at)
        if mode == "nearest":
            whole = low if at - low < HALF or (at - low == HALF and low % 2 == 0) else low + 1
            pairs = [(whole, Fraction(1))]
        else:
            kernel = triangle if mode == "linear" else keys_cubic
            pairs = [(i, kernel(i - at, Fraction(-3, 4))) for i in range(low - 3, low + 5)]
        return [(entry(i, size), w) for i, w in pairs if w and entry(i, size) is not None]

    sizes, rank = x.shape[2:], x.ndim - 2
    out = np.empty((*x.shape[:2], *grid.shape[1:-1]), dtype=object)
    for place in np.ndindex(*out.shape):
        point = grid[(place[0], *place[2:])]
        lists = [along(point[rank - 1 - k], sizes[k]) for k in range(rank)]
        out[place] = sum(
            (math.prod(w for _, w in terms) * x[(*place[:2], *(i for i, _ in terms))] for terms in product(*lists)),
            Fraction(0),
        )
    return out


def literal_roi_align(x, rois, images, bins, ratio, scale, shifted):
    """The mean of samples in each bin, one by one."""
    height, width = x.shape[2:]

    def pixel(image, y, x_):
        if not (-1 <= y <= height and -1 <= x_ <= width):
            return Fraction(0)
        y, x_ = min(max(y, 0), height - 1), min(max(x_, 0), width - 1)
        total = Fraction(0)
        for i, j in product(range(height), range(width)):
            total += triangle(y - i, None) * triangle(x_ - j, None) * image[i, j]
        return total

    out = np.empty((len(rois), x.shape[1], *bins), dtype=object)
    for r, c, i, j in np.ndindex(*out.shape):
        x1, y1, x2, y2 = (Fraction(value) * scale - (HALF if shifted else 0) for value in rois[r])
        h, w = (y2 - y1, x2 - x1) if shifted else (max(y2 - y1, 1), max(x2 - x1, 1))
        bin_h, bin_w = Fraction(h) / bins[0], Fraction(w) / bins[1]
        down, across = (ratio, ratio) if ratio else (math.ceil(bin_h), math.ceil(bin_w))
        samples = [
            pixel(
                x[images[r], c],
                y1 + i * bin_h + (k + HALF) * bin_h / down,
                x1 + j * bin_w + (m + HALF) * bin_w / across,
            )
            for k in range(down)
            for m in range(across)
        ]
        out[r, c, i, j] = sum(samples) / len(samples)
    return out
