"""Affine maps modulo a prime, pattern after pattern. Compiled.

All numbers are residues below an odd modulus p < 2^62, in int64. Products are Montgomery's: `product(a, b)` is
a b 2^-64 modulo p, so that factors kept as f 2^64 multiply as f.

**Source**: P. Montgomery, Modular multiplication without trial division, 1985.
"""

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from exactgeo.compiling import inlined, kernel


def _montgomery(_context: Any, a: Any, b: Any, modulus: Any, inverse: Any) -> Any:
    def generate(_c: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        single, double = ir.IntType(64), ir.IntType(128)
        wide = [builder.zext(argument, double) for argument in arguments[:3]]
        total = builder.mul(wide[0], wide[1])
        multiple = builder.zext(builder.mul(builder.trunc(total, single), arguments[3]), double)
        total = builder.add(total, builder.mul(multiple, wide[2]))  # below 2^124 + 2^126
        result = builder.trunc(builder.lshr(total, ir.Constant(double, 64)), single)  # below 2 p
        reduced = builder.sub(result, arguments[2])
        return builder.select(builder.icmp_unsigned(">=", result, arguments[2]), reduced, result)

    return types.int64(types.int64, types.int64, types.int64, types.int64), generate


product: Any = intrinsic(_montgomery)
"""Return a b / 2^64 modulo an odd modulus, given -1 / modulus modulo 2^64."""


@inlined
def total(a: int, b: int, modulus: int) -> int:
    """Return a + b modulo the modulus."""
    result = a + b
    return result - modulus if result >= modulus else result


@kernel
def put_products(numbers: Any, factors: Any, modulus: int, inverse: int, results: Any) -> None:
    """Put the products of residues into `results`."""
    for k in range(len(numbers)):
        results[k] = product(numbers[k], factors[k], modulus, inverse)


@kernel
def put_combinations(columns: Any, factors: Any, modulus: int, inverse: int, results: Any) -> None:
    """Add to `results` the columns of residues, each times its factor."""
    for i in range(len(columns)):
        for k in range(len(factors)):
            results[i] = total(results[i], product(columns[i, k], factors[k], modulus, inverse), modulus)


@inlined
def _power(base: int, exponent: int, modulus: int, inverse: int) -> int:
    """Return base^exponent times a power of 2^64 that depends on the exponent only (exponent > 0)."""
    bit = 1
    while 2 * bit <= exponent:
        bit *= 2
    result = base
    while bit > 1:
        bit //= 2
        result = product(result, result, modulus, inverse)
        if exponent & bit:
            result = product(result, base, modulus, inverse)
    return result


@kernel
def put_quotients(numerators: Any, denominators: Any, modulus: int, inverse: int, results: Any) -> None:
    """Put numerators / denominators modulo a prime, times a factor that is the same for all, into `results`."""
    for i in range(numerators.shape[0]):
        for k in range(numerators.shape[1]):
            reciprocal = _power(denominators[i, k], modulus - 2, modulus, inverse)
            results[i, k] = product(numerators[i, k], reciprocal, modulus, inverse)


@kernel
def put_starts(rows: Any, entries: Any, factors: Any, points: Any, modulus: int, inverse: int, forms: Any) -> None:
    """Add to `forms` what the constant and the inputs contribute: factors[k] * points[entries[k]] to row rows[k]."""
    for k in range(len(rows)):
        for w in range(points.shape[1]):
            term = product(factors[k], points[entries[k], w], modulus, inverse)
            forms[rows[k], w] = total(forms[rows[k], w], term, modulus)


@kernel
def follow(
    patterns: Any,
    previous: Any,
    piece_starts: Any,
    value_rows: Any,
    column_starts: Any,
    targets: Any,
    factors: Any,
    values: Any,
    forms: Any,
    modulus: int,
    inverse: int,
    wanted: int,
    results: Any,
) -> None:
    """Follow patterns one after the other, and put the forms from row `wanted` on into `results`.

    `forms` and `values` are kept up to date: from the first unit whose piece differs from the pattern before, a unit
    whose value has changed tells the rows that use it by how much.
    """
    width = forms.shape[1]
    outputs = forms.shape[0] - wanted
    units = len(previous)
    for i in range(len(patterns)):
        first = 0
        while first < units and patterns[i, first] == previous[first]:
            first += 1
        for unit in range(first, units):
            piece = patterns[i, unit]
            previous[unit] = piece
            row = value_rows[piece_starts[unit] + piece]
            changed = False
            for w in range(width):
                if forms[row, w] != values[unit, w]:
                    changed = True
            if changed:
                for w in range(width):
                    change = forms[row, w] - values[unit, w]
                    if change != 0:
                        change += modulus if change < 0 else 0
                        for k in range(column_starts[unit], column_starts[unit + 1]):
                            term = product(factors[k], change, modulus, inverse)
                            forms[targets[k], w] = total(forms[targets[k], w], term, modulus)
                        values[unit, w] = forms[row, w]
        for k in range(outputs):
            for w in range(width):
                results[i, k * width + w] = forms[wanted + k, w]
