"""What the code of kernels is made of beside numbers: pointers into two buffers, and bits of integers."""

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic


def _pointer(kind: Any) -> Any:
    """Return a compiled function from addresses to pointers to numbers of a kind.

    Pointers, unlike arrays, are handed from function to function without their references being counted.
    """

    @intrinsic
    def pointer(_context: Any, address: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return builder.inttoptr(arguments[0], context.get_value_type(signature.return_type))

        return types.CPointer(kind)(types.int64), generate  # type: ignore[no-untyped-call]

    return pointer


def _popcount(_context: Any, bits: Any) -> Any:
    def generate(_c: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.int64(types.int64), generate


def _lowest(_context: Any, bits: Any) -> Any:
    def generate(_c: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.int64(types.int64), generate


floats_at = _pointer(types.float64)
"""Return a pointer to the floats at an address."""

integers_at = _pointer(types.int64)
"""Return a pointer to the integers at an address."""

popcount: Any = intrinsic(_popcount)
"""Return how many of an integer's 64 bits are set."""

lowest: Any = intrinsic(_lowest)
"""Return the place of the lowest bit that is set in an integer other than 0."""
