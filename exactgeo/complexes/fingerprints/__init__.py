"""Which cells have the same affine map: proposed and proved by residues modulo primes."""
