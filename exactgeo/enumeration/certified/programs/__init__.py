"""The certified engine where cells have too many vertices: linear programs in floats, each answer proved."""
