"""Numbers as files hold them: of every type, dense and sparse, and those that contradict themselves."""

import ml_dtypes
import numpy as np
import pytest

from onnx_import.stored import DataFolder, is_tiny_float, widened

NOWHERE = DataFolder(None)
TINY = ("float8_e4m3fn", "float8_e4m3fnuz", "float8_e5m2", "float8_e5m2fnuz", "float8_e8m0fnu", "float4_e2m1fn")
LARGE = ("float16", "bfloat16", "float32", "float64")


# Types


@pytest.mark.parametrize("name", TINY)
def test_floats_of_8_bits_or_fewer_are_tiny(name):
    assert is_tiny_float(np.dtype(getattr(ml_dtypes, name)))


@pytest.mark.parametrize("name", [*LARGE, "int8", "uint8", "int64", "bool", "complex64"])
def test_no_other_type_is_tiny(name):
    kind = np.dtype(ml_dtypes.bfloat16) if name == "bfloat16" else np.dtype(name)
    assert not is_tiny_float(kind)


@pytest.mark.parametrize("name", LARGE)
def test_larger_floats_stay_as_they_are(name):
    array = np.array([0.1, -3]).astype(ml_dtypes.bfloat16 if name == "bfloat16" else name)
    assert widened(array) is array
