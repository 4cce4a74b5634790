"""Which cells with the same affine map hang together: the linear regions."""
