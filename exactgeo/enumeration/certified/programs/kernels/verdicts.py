"""What proves a verdict: values at a point, and bounds over the domain (proofs/FILTERS.md, section 9). Compiled."""

import math

from exactgeo.compiling import kernel
from exactgeo.enumeration.certified.floats import SAFE, ULP
from exactgeo.enumeration.certified.programs.kernels.spaces import Bytes, Floats, Rows, Scratch, Space

SMALLEST = 2.0**-200
LARGEST = 2.0**200
LEAST_MULTIPLIER = 2.0**-60  # of the largest


@kernel
def put_values(point: Floats, space: Space, values: Floats, radii: Floats) -> bool:
    """Put a point's coordinates there, and bounds of their errors. Returns whether it surely is inside the bounds."""
    inputs = len(point)
    inside = True
    for j in range(inputs):
        x = point[j]
        if not (space.least[j] <= x <= space.most[j]):
            inside = False
        if x != 0.0 and not (SMALLEST <= abs(x) <= LARGEST):
            inside = False
    values[:] = 0.0
    radii[:] = 0.0  # the sizes, until all are known
    for j in range(inputs):
        x = point[j]
        for i in range(len(values)):
            term = space.columns[j, i] * x
            values[i] += term
            radii[i] += abs(term)
    for i in range(len(values)):
        radii[i] = (inputs + 2) * ULP * radii[i] * SAFE
    return inside


@kernel
def sign_at(form: Floats, values: Floats, radii: Floats) -> int:
    """Return the sign of a form at a point, 0 if the bound does not tell."""
    total = form[0]
    size = abs(total)
    spread = 0.0
    for i in range(len(values)):
        term = form[1 + i] * values[i]
        total += term
        size += abs(term)
        spread += abs(form[1 + i]) * radii[i]
    bound = (spread + (len(values) + 4) * ULP * size) * SAFE
    if total > bound:
        return 1
    return -1 if total < -bound else 0


@kernel
def put_range(form: Floats, errors: Floats, space: Space, slopes: Floats, ends: Floats) -> None:
    """Put there numbers with the signs of a lower and of an upper bound of a form over the domain's bounds.

    Each entry of the form is known up to its error. The form's slopes by inputs are left in `slopes`, which has room
    for as many errors behind them.
    """
    coordinates, inputs = space.matrix.shape
    for j in range(inputs):
        slopes[j] = 0.0
        slopes[inputs + j] = 0.0
    for i in range(coordinates):
        a = form[1 + i]
        weight = errors[1 + i] + (coordinates + 4) * ULP * abs(a)
        for j in range(inputs):
            slopes[j] += a * space.matrix[i, j]
            slopes[inputs + j] += weight * abs(space.matrix[i, j])
    above = form[0]
    below = form[0]
    size = abs(form[0])
    spread = errors[0]
    for j in range(inputs):
        low, high = space.low[j], space.high[j]
        d, error = slopes[j], slopes[inputs + j]
        if d == 0.0 and error == 0.0:
            continue
        if not low <= high:  # a bound is lost, and a maximum would forget it
            ends[0] = ends[1] = math.nan
            return
        if low == -math.inf or high == math.inf:
            # The value is bounded on one side at most, and only if the slope's sign is sure.
            rises, falls = d > error * SAFE, d < -error * SAFE
            at_low, at_high = math.inf, math.inf
            if low != -math.inf:
                at_low = d * low
                spread += error * abs(low)
                size += abs(at_low)
            if high != math.inf:
                at_high = d * high
                spread += error * abs(high)
                size += abs(at_high)
            above += at_high if rises else (at_low if falls else math.inf)
            lower = at_low if rises else (at_high if falls else math.inf)
            below += -math.inf if lower == math.inf else lower
            continue
        first, second = d * low, d * high
        above += max(first, second)
        below += min(first, second)
        reach = max(abs(low), abs(high))
        size += abs(d) * reach
        spread += error * reach
    bound = (spread + (inputs + 4) * ULP * size) * SAFE
    ends[0] = below - bound  # rounding a difference of floats keeps its sign
    ends[1] = above + bound


@kernel
def refutes(count: int, multipliers: Floats, rows: Rows, space: Space, s: Scratch) -> bool:
    """Whether multipliers prove that rows are nowhere in the domain's interior positive together.

    Multipliers that are not positive, or very small beside the largest, are taken to be 0.
    """
    combined, errors = s.combined, s.errors
    largest = 0.0
    for k in range(count):
        largest = max(largest, multipliers[k])
    if not 0.0 < largest < math.inf:
        return False
    terms = 0
    for i in range(len(combined)):
        combined[i] = 0.0
        errors[i] = 0.0
    for k in range(count):
        factor = multipliers[k] / largest
        if not factor >= LEAST_MULTIPLIER:
            continue
        terms += 1
        for i in range(len(combined)):
            term = factor * rows.forms[k, i]
            combined[i] += term
            errors[i] += abs(term)
    for i in range(len(combined)):
        errors[i] *= (terms + 3) * ULP * SAFE
    put_range(combined, errors, space, s.ranges, s.ends)
    return bool(s.ends[1] <= 0.0)


@kernel
def put_signs(rows: Rows, space: Space, s: Scratch, signs: Bytes) -> None:
    """Put there for each form that has one the sign that it has all over the domain's interior, for others 0.

    What the forms are searched with is put there too.
    """
    for k in range(len(signs)):
        for i in range(rows.forms.shape[1]):
            s.combined[i] = rows.forms[k, i]
            s.errors[i] = ULP * abs(rows.forms[k, i])
        put_range(s.combined, s.errors, space, s.ranges, s.ends)
        signs[k] = 1 if s.ends[0] >= 0.0 else (-1 if s.ends[1] <= 0.0 else 0)
        _put_search(k, rows, space, s)


@kernel
def _put_search(k: int, rows: Rows, space: Space, s: Scratch) -> None:
    constant = rows.forms[k, 0]
    size = 0.0
    for j in range(len(space.half)):
        slope = s.ranges[j] if math.isfinite(s.ranges[j]) else 0.0
        constant += slope * space.middle[j]
        slope *= space.half[j]
        rows.slopes[k, j] = slope
        size += abs(slope)
    rows.constants[k] = constant if math.isfinite(constant) else 0.0
    size = max(size + abs(rows.constants[k]), SMALLEST)
    rows.scales[k] = math.ldexp(1.0, math.frexp(size)[1])
