"""From a graph to a program: what lowers any node, and what the operators share."""
