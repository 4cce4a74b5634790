"""What a model file holds, as plain data: the graph and the numbers, nothing lowered yet."""
