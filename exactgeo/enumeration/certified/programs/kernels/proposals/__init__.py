"""What floats propose of a linear program. Nothing is concluded from it: `verdicts` and integers decide."""
