"""The certified engine: floats with proven bounds, and exact arithmetic where a bound does not decide."""
