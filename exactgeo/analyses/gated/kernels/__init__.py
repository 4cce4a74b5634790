"""Neural path features and kernels, and what they are made of."""
